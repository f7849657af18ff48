"""What the documentation shows runs, and names what exists."""

from __future__ import annotations

import importlib.util
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

import llmspend
from llmspend.cli import cli
from tests.test_layers import LAYERS, PACKAGE

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str, page: str = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def test_the_readme_python_runs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    scope: dict[str, object] = {}
    for block in blocks("python"):
        exec(block, scope)
    assert "charges" in scope


def test_the_readme_names_every_command_and_only_those():
    named = set(re.findall(r"^llmspend ([\w-]+)", "\n".join(blocks("sh")), re.MULTILINE))
    assert named == set(cli.commands)


def test_the_format_of_a_made_up_gateway_reads_its_file(tmp_path: Path):
    page = (ROOT / "docs" / "reading-logs.md").read_text("utf-8")
    (document,) = blocks("json", page)
    (tmp_path / "acme.json").write_text(document)
    *_, frame, own = blocks("python", page)
    scope: dict[str, object] = {"llmspend": llmspend}
    exec(frame + own, scope)
    usage = llmspend.read_logs(tmp_path, format=scope["acme"]).collect().row(0, named=True)
    expected = {
        "request_id": "c-1",
        "team": "search",
        "model": "gpt-4o",
        "provider": "openai",
        "prompt_tokens": 1200,
        "cache_read_tokens": 200,
        "source_row": 1,
    }
    assert {name: usage[name] for name in expected} == expected


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/design.md"])
@pytest.mark.parametrize("layer", LAYERS)
def test_tables_of_layers_name_every_module(page: str, layer: str):
    text = (ROOT / page).read_text("utf-8")
    (row,) = re.findall(rf"^\| {layer}\b.*", text, re.MULTILINE)
    patterns = [name.rstrip("/") for name in re.findall(r"`([^`]+)`", row)]
    modules = [m for m in LAYERS[layer] if not m.startswith("_")]
    there = [m for m in modules if any((PACKAGE / name).exists() for name in (m, f"{m}.py"))]
    assert not [m for m in there if not any(fnmatch(m, each) for each in patterns)]
    own = [*modules, "__init__"]
    assert not [each for each in patterns if not any(fnmatch(m, each) for m in own)]


def test_the_changelog_counts_right():
    page = (ROOT / "CHANGELOG.md").read_text("utf-8")
    cost_map = llmspend.load_cost_map()
    counts = f"{cost_map.models.height:,} models, {cost_map.rates.height:,} rates"
    assert counts in page
    assert f"by any of {len(llmspend.DIMENSIONS)} dimensions" in page


@pytest.mark.parametrize("heading", ["Run it", "Test it"])
def test_the_two_commands_stand_alone(heading: str):
    section = README.split(f"## {heading}\n")[1].split("\n## ")[0]
    (block,) = re.findall(r"^```sh\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    assert len(block.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "docs/design.md", "docs/reading-logs.md"]
)
def test_links_inside_the_project_lead_somewhere(page: str):
    text = (ROOT / page).read_text("utf-8")
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert ((ROOT / page).parent / target).exists(), target


def test_pages_of_tables_are_current():
    spec = importlib.util.spec_from_file_location("make_pages", ROOT / "scripts" / "make_pages.py")
    pages = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pages)
    for path, page in pages.PAGES.items():
        assert path.read_text("utf-8") == page(), f"run scripts/make_pages.py: {path.name}"


def test_public_functions_have_an_example():
    for name in llmspend.__all__:
        value = getattr(llmspend, name)
        if callable(value) and not isinstance(value, type):
            assert ">>>" in (value.__doc__ or ""), name
