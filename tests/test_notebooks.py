"""Notebooks are committed without outputs, hold no logic, and run from top to bottom."""

from __future__ import annotations

import ast
import os
import re
import warnings
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TIMEOUT_SECONDS = 120
LONGEST_FUNCTION = 5

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path):
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def test_there_are_notebooks():
    assert NOTEBOOKS


@each_notebook
def test_is_clean(path):
    for cell in code_cells(path):
        assert cell.outputs == []
        assert cell.execution_count is None
        assert re.fullmatch(r"[a-z][a-z-]*", cell.id), "ids are names, so that diffs stay small"


@each_notebook
def test_narrates_and_holds_no_logic(path):
    cells = nbformat.read(path, as_version=4).cells
    assert sum(c.cell_type == "markdown" for c in cells) >= len(cells) // 3
    for cell in code_cells(path):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, (ast.FunctionDef, ast.For, ast.While, ast.ClassDef)):
                assert node.end_lineno - node.lineno < LONGEST_FUNCTION, cell.source


@each_notebook
def test_runs(path, execute):
    notebook = nbformat.read(path, as_version=4)
    execute(notebook, ROOT / "notebooks")
    outputs = [o for cell in notebook.cells if cell.cell_type == "code" for o in cell.outputs]
    assert not [o for o in outputs if o.output_type in {"error", "stream"}]
    assert any("application/vnd.vegalite.v5+json" in o.get("data", {}) for o in outputs)


@each_notebook
def test_finds_its_data_from_the_root_too(path, execute):
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [c for c in notebook.cells if c.cell_type == "code"][:2]
    execute(notebook, ROOT)


@pytest.fixture
def execute(monkeypatch, tmp_path):
    """Run notebooks in a kernel of their own, as JupyterLab does."""
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))  # nobody's own start-up files

    def run(notebook, folder):
        client = NotebookClient(
            notebook,
            timeout=TIMEOUT_SECONDS,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
        )
        with warnings.catch_warnings():
            # The kernel listens on this machine only, which is what it warns about.
            warnings.filterwarnings("ignore", message=".*without encryption.*")
            # zmq and nbclient leave sockets and loops to the garbage collector.
            warnings.filterwarnings("ignore", category=ResourceWarning)
            client.execute()

    return run
