"""Notebooks are committed without outputs, hold no logic, and run from top to bottom."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import warnings
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TIMEOUT_SECONDS = 120
LONGEST_FUNCTION = 5
SHORTEST_ALTERNATIVE = 40

_SPEC = importlib.util.spec_from_file_location("gallery", ROOT / "scripts" / "make_gallery.py")
gallery = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(gallery)

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
        python = TransformerManager().transform_cell(cell.source)  # magics are calls
        for node in ast.walk(ast.parse(python)):
            if isinstance(node, (ast.FunctionDef, ast.For, ast.While, ast.ClassDef)):
                assert node.end_lineno - node.lineno < LONGEST_FUNCTION, cell.source


@each_notebook
def test_runs(path, execute):
    notebook = nbformat.read(path, as_version=4)
    execute(notebook, ROOT / "notebooks")
    outputs = [o for cell in notebook.cells if cell.cell_type == "code" for o in cell.outputs]
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    assert any("application/vnd.vegalite.v5+json" in o.get("data", {}) for o in outputs)


@each_notebook
def test_finds_its_data_from_the_root_too(path, execute):
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [*code_cells(path)[:1], nbformat.v4.new_code_cell("assert log.exists()")]
    execute(notebook, ROOT)


@each_notebook
def test_its_pictures_are_in_the_gallery(path):
    page = (ROOT / "docs" / "gallery.md").read_text("utf-8")
    cells = list(gallery.pictured(nbformat.read(path, as_version=4)))
    assert cells
    assert f"](../notebooks/{path.name})" in page
    for cell in cells:
        picture = gallery.picture_of(path, cell)
        assert picture.stat().st_size <= gallery.MOST_BYTES
        (said,) = re.findall(rf"!\[(.*?)\]\(img/{re.escape(picture.name)}\)", page)
        assert len(said) > SHORTEST_ALTERNATIVE, "what a picture shows is said in words"


def test_the_gallery_shows_nothing_else():
    page = (ROOT / "docs" / "gallery.md").read_text("utf-8")
    pictures = {
        gallery.picture_of(path, cell).name
        for path in NOTEBOOKS
        for cell in gallery.pictured(nbformat.read(path, as_version=4))
    }
    assert set(re.findall(r"\(img/(.*?)\)", page)) == pictures
    assert {p.name for p in (ROOT / "docs" / "img").glob("[0-9][0-9]-*")} == pictures


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
