"""The order of the house: a module imports only from lower ones, and only edges touch the world."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

import llmspend

PACKAGE = Path(llmspend.__file__).parent
LAYERS = {
    "vocabulary": (
        "_version",
        "errors",
        "text",
        "remote_urls",
        "meters",
        "time_spans",
        "quirks",
        "encodings",
        "lookup_rules",
        "inferred_providers",
        "name_rules",
        "name_fees",
        "provider_rules",
        "size_buckets",
        "image_rules",
        "billed_units",
        "kind_rules",
    ),
    "pure": (
        "casts",
        "moments",
        "usage",
        "values",
        "traced",
        "body_formulas",
        "body_paths",
        "usage_bodies",
        "body_columns",
        "quantity_formulas",
        "arithmetic",
        "tool_formulas",
        "unit_formulas",
        "row_classes",
        "row_issues",
        "off_peak",
        "spellings",
        "provider_finder",
        "entry_finder",
        "models",
        "log_tables",
        "formats",
        "measures",
        "copy_text",
        "csv_text",
        "log_sources",
        "log_casts",
        "log_sql",
        "duplicates",
        "database_tables",
        "database_url",
        "database_errors",
        "database_sql",
    ),
    "prices": (
        "entries",
        "cost_map",
        "cost_map_diff",
        "cost_map_fetch",
        "cost_map_refresh",
        "custom_pricing",
        "registry",
        "max_tokens",
        "call_fees",
        "image_keys",
        "image_prices",
        "tool_policies",
        "tool_rates",
        "unit_rates",
        "unit_card",
        "rate_rows",
        "rate_table",
        "batch_rates",
        "basis",
        "card_columns",
        "rate_lines",
        "rate_card",
        "name_lookups",
        "rate_origins",
        "price_choice",
        "override_rows",
        "overrides",
    ),
    "pricing": ("pricing",),
    "analysis": (
        "cost_map_impact",
        "labels",
        "parquet_scan",
        "table_cells",
        "table_rows",
        "spend_table",
        "spend_sql",
        "spend",
        "sql",
        "token_parts",
        "caching",
        "reconciliation",
        "daily",
        "spend_forecast",
        "spend_bridge",
        "unusual_spend",
        "as_if",
        "other_models",
        "unpriced_models",
        "explanation_view",
        "explanation",
        "explained_sums",
        "explainer",
        "audit",
        "engines",
    ),
    "edges": (
        "progress_bar",
        "config",
        "remote_pieces",
        "remote_web",
        "remote_stores",
        "remote_listing",
        "remote_handles",
        "remote_files",
        "opened_files",
        "log_files",
        "log_cells",
        "log_rows",
        "companions",
        "database_snapshot",
        "database_lease",
        "database_rows",
        "log_bodies",
        "log_recognition",
        "log_usage",
        "logs",
        "databases",
        "quarantined_rows",
        "remote_tables",
        "tokens",
        "call_tools",
        "call_quantities",
        "call_charges",
        "call_usage",
        "call_costs",
        "explain_calls",
        "charts",
        "kept_charges",
        "model_prices",
        "whole_files",
        "provenance",
        "pages",
        "chart_files",
        "reports",
        "terminal",
        "terminal_formats",
        "terminal_unpriced",
        "terminal_explain",
    ),
    "doors": ("namespace", "magics", "__init__", "cli", "__main__"),
}
"""Low to high; inside a layer too, a module imports only from those before it."""

ORDER = [module for modules in LAYERS.values() for module in modules]
OPENING = {"open", "print", "read_text", "read_bytes", "write_text", "write_bytes"}
OPENING |= {"scan_parquet", "scan_csv", "read_parquet", "read_csv", "read_json", "read_ndjson"}
OPENING |= {"getenv", "environ", "stdout", "stderr", "urlopen"}
MAY_OPEN = {
    "cost_map": "reads the packaged snapshot or a given path",
    "cost_map_refresh": "keeps the last good one in the user's cache directory, when asked",
    "registry": "loads the default cost map, as the environment says, when first asked",
    "parquet_scan": "takes a Parquet file of charges in place of a frame",
}


def module_of(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


SOURCES = {
    str(path.relative_to(PACKAGE)): ast.parse(path.read_text("utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}


def files(but=()):
    """Every file of the package, but those of some modules."""
    found = [(PACKAGE / name, tree) for name, tree in SOURCES.items()]
    found = [(path, tree) for path, tree in found if module_of(path) not in but]
    ids = [str(path.relative_to(PACKAGE)) for path, _ in found]
    return pytest.mark.parametrize(("path", "tree"), found, ids=ids)


def imported(tree):
    """Yield the modules of llmspend that a module imports, also for type checking."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield "a relative import"
        elif isinstance(node, ast.ImportFrom) and node.module == "llmspend":
            for alias in node.names:
                inside = PACKAGE / alias.name
                is_module = inside.is_dir() or inside.with_suffix(".py").exists()
                yield alias.name if is_module else "__init__"
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module]
            for name in names:
                if name.split(".")[0] == "llmspend":
                    yield [*name.split("."), "__init__"][1]


@files()
def test_a_module_imports_only_from_lower_ones(path, tree):
    module = module_of(path)
    assert module in ORDER, f"{module} has no place in LAYERS yet"
    lower = {*ORDER[: ORDER.index(module)], module}
    assert set(imported(tree)) <= lower


def lent_privately(tree):
    """Yield the names that a module takes from another though they begin with an underscore."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("llmspend"):
            folder = PACKAGE.parent.joinpath(*node.module.split("."))
            for alias in node.names:
                is_private = alias.name.startswith("_") and not alias.name.endswith("__")
                if is_private and not (folder / f"{alias.name}.py").exists():
                    yield f"{node.module}.{alias.name}"


@pytest.mark.parametrize("folder", [PACKAGE, Path(__file__).parent], ids=["llmspend", "tests"])
def test_private_names_stay_in_their_module(folder):
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted(folder.rglob("*.py"))}
    found = {str(path): [*lent_privately(tree)] for path, tree in trees.items()}
    assert not {path: names for path, names in found.items() if names}


@files(but=(*LAYERS["edges"], *LAYERS["doors"], *MAY_OPEN))
def test_only_edges_and_doors_open_files_print_or_read_the_environment(path, tree):
    named = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    named |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    assert not named & OPENING, path


@files(
    but=(
        "provider_rules",
        "lookup_rules",
        "inferred_providers",
        "name_fees",
        "size_buckets",
        "image_rules",
        "kind_rules",
        "tool_policies",
        "quirks",
        "encodings",
        "formats",
        "max_tokens",
        "database_url",
    )
)
def test_only_tables_of_facts_name_providers(path, tree):
    providers = json.loads((PACKAGE / "data" / "cost_map.meta.json").read_text("utf-8"))[
        "providers"
    ]
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    literals = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    }
    assert not {text for text in literals if text.split("/")[0] in providers}, path


@files()
def test_the_name_of_a_file_is_no_pattern(path, tree):
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    scans = [n for n in calls if getattr(n.func, "attr", "") == "scan_parquet"]
    assert all("glob" in {k.arg for k in n.keywords} for n in scans), path


def test_importing_llmspend_loads_nothing_heavy():
    script = "import sys, llmspend; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=PACKAGE.parent,
    )
    loaded = {name.split(".")[0] for name in run.stdout.split()}
    assert not loaded & {
        "altair",
        "duckdb",
        "polars",
        "pyarrow",
        "tiktoken",
        "tokenizers",
        "click",
        "httpx",
    }


@pytest.mark.parametrize("name", llmspend.__all__)
def test_every_public_name_resolves(name):
    assert getattr(llmspend, name) is not None
    assert name in dir(llmspend)


def test_a_name_that_is_not_public_is_an_attribute_error():
    with pytest.raises(AttributeError, match="brakedown"):
        llmspend.brakedown  # noqa: B018


@pytest.mark.parametrize(
    ("module", "names"),
    [("__init__.py", {*llmspend._HOME_OF}), ("charts/__init__.py", {*llmspend.charts.__all__})],
)
def test_public_names_are_those_that_type_checkers_see(module, names):
    tree = SOURCES[module]
    blocks = [n for n in tree.body if isinstance(n, ast.If) and ast.unparse(n.test).isidentifier()]
    seen = {
        alias.name
        for node in blocks[0].body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == names
    # a function that gives any name would give a misspelled one too
    assert "__getattr__" not in {getattr(node, "name", "") for node in tree.body}


def test_public_names_are_those_that_can_be_loaded():
    assert set(llmspend.__all__) == {*llmspend._HOME_OF, "__version__"}
    for name, home in llmspend._HOME_OF.items():
        if home:
            assert getattr(importlib.import_module(f"llmspend.{home}"), name)


def test_a_report_without_charts_loads_no_altair():
    script = """
import sys
import llmspend, polars as pl
from llmspend import charts, reports, terminal
from rich.console import Console

calls = pl.DataFrame({"model": ["gpt-4o"], "prompt_tokens": [1000]})
terminal.show_report(llmspend.report(llmspend.price(calls)), Console(), 5)
assert "altair" not in sys.modules
assert callable(charts.budget) and "altair" in sys.modules
assert [name for name in charts.__all__ if not callable(getattr(charts, name))] == []
"""
    subprocess.run([sys.executable, "-c", script], check=True, cwd=PACKAGE.parent)
