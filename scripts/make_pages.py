"""Write the pages of the documentation that are tables of the package: ``docs/quirks.md``."""

from __future__ import annotations

import sys
from pathlib import Path

from llmspend.quirks import QUIRKS

DOCS = Path(__file__).parent.parent / "docs"


def quirks_page() -> str:
    """Lay out QUIRKS."""
    lines = [
        "# Where LiteLLM's number is not the provider's price",
        "",
        "llmspend agrees with LiteLLM 1.106.2 to the last bit, its quirks included: that is what a",
        "gateway's dashboard shows. A row that a quirk may have touched names it in the column",
        '`quirks`. `price(usage, quirks="published")` prices by the published rule instead,',
        "`quirk_impact(charges)` and `llmspend quirks` say what each comes to.",
        "",
        "This page is written by `scripts/make_pages.py` from `llmspend.QUIRKS`.",
    ]
    for quirk in QUIRKS:
        lines += [
            "",
            f"## `{quirk.name}`",
            "",
            f"- **LiteLLM:** {quirk.litellm}",
            f"- **Published:** {quirk.published}",
            f"- Source: {quirk.source}",
        ]
    return "\n".join(lines) + "\n"


PAGES = {DOCS / "quirks.md": quirks_page}


def main() -> None:
    """Write every page."""
    for path, page in PAGES.items():
        path.write_text(page(), encoding="utf-8")
        print(path.name, file=sys.stderr)


if __name__ == "__main__":
    main()
