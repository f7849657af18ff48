"""Write the pages of the documentation that are tables of the package."""

from __future__ import annotations

import sys
from pathlib import Path

from llmspend.formats import FORMATS
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


def formats_page() -> str:
    """Lay out FORMATS."""
    lines = [
        "# Log formats",
        "",
        "What `llmspend.read_logs` reads; [reading logs](reading-logs.md) says how. Formats are",
        "recognised by columns, in this order; `read_logs(format=...)` takes a name, or one of",
        "your own.",
        "",
        "This page is written by `scripts/make_pages.py` from `llmspend.FORMATS`.",
    ]
    for log_format in FORMATS:
        recognised_by = sorted(log_format.identified_by) or sorted(log_format.document)
        lines += ["", f"## {log_format.name}", "", log_format.about, ""]
        if log_format.is_summary:
            lines += ["Its rows are sums over requests, not requests.", ""]
        lines += [
            f"- Recognised by: {', '.join(f'`{column}`' for column in recognised_by)}",
            f"- Source: {log_format.source}",
        ]
    return "\n".join(lines) + "\n"


PAGES = {DOCS / "quirks.md": quirks_page, DOCS / "formats.md": formats_page}


def main() -> None:
    """Write every page."""
    for path, page in PAGES.items():
        path.write_text(page(), encoding="utf-8")
        print(path.name, file=sys.stderr)


if __name__ == "__main__":
    main()
