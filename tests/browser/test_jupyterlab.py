"""Notebooks in a real JupyterLab, driven by Chromium without a network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from llmspend.charts._theme import PALETTE

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
FIRST = next((ROOT / "notebooks").glob("01*.ipynb"))
START_SECONDS, RUN_MILLISECONDS = 120, 120_000
SETTINGS = {
    # cells out of sight are drawn too
    "notebook-extension/tracker": {"windowingMode": "none"},
    "docmanager-extension/plugin": {"autosave": False},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
OPTIONS = (
    "--no-browser",
    "--allow-root",
    "--ServerApp.port=0",
    "--IdentityProvider.token=",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
)

PIXELS = """(canvas) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const counts = {}, right = {};
  for (let i = 0; i < data.length; i += 4) {
    const colour = "#" + [data[i], data[i + 1], data[i + 2]].map(
      (part) => part.toString(16).padStart(2, "0")).join("");
    counts[colour] = (counts[colour] || 0) + 1;
    const x = (i / 4) % width, y = Math.floor(i / 4 / width);
    if (!right[colour] || x >= right[colour][0]) right[colour] = [x, y];
  }
  return { counts, right, scale: canvas.getBoundingClientRect().width / width };
}"""
"""How many pixels of a drawing have which colour, and where the rightmost of each is."""


@contextmanager
def server(folder):
    """Run JupyterLab on a folder, with settings and keys of its own; give its address."""
    own = folder / ".jupyter"
    for name, settings in SETTINGS.items():
        path = own / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_RUNTIME_DIR": str(own / "runtime"),
        "IPYTHONDIR": str(own / "ipython"),
    }
    command = [sys.executable, "-m", "jupyterlab", *OPTIONS, f"--ServerApp.root_dir={folder}"]
    with (folder / "log").open("w") as log:
        lab = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log,
                               stderr=log)  # fmt: skip
        try:
            yield address(lab, own / "runtime", folder / "log")
        finally:
            lab.terminate()
            lab.wait(30)


def address(lab, runtime, log):
    """Wait until the server says where it listens."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and lab.poll() is None:
        for said in runtime.glob("jpserver-*.json"):
            with suppress(json.JSONDecodeError):  # half written
                return json.loads(said.read_text())["url"]
        time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start: {log.read_text()[-2000:]}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Copies of the notebooks and of the data they read."""
    folder = tmp_path_factory.mktemp("lab")
    for name in ("notebooks", "sample_data"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def lab(folder):
    with server(folder) as url:
        yield url


@pytest.fixture
def run_all(open_page, lab, folder):
    """Open a notebook, run all its cells, wait for the last one, give the page."""

    def run(name):
        cells = nbformat.read(folder / "notebooks" / name, as_version=4).cells
        count = sum(cell.cell_type == "code" for cell in cells)
        url = f"{lab}lab/workspaces/{Path(name).stem}/tree/notebooks/{name}"
        page = open_page(url, viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(RUN_MILLISECONDS)
        code = page.locator(".jp-CodeCell")
        expect(code).to_have_count(count, timeout=RUN_MILLISECONDS)
        ready = page.get_by_text("Python 3 (ipykernel) | Idle")
        expect(ready).to_be_visible(timeout=RUN_MILLISECONDS)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.locator('[data-command="runmenu:run-all"]').click()
        last = code.last.locator(".jp-InputPrompt").first
        expect(last).to_have_text(f"[{count}]:", timeout=RUN_MILLISECONDS)
        assert page.locator('.jp-OutputArea [data-mime-type*="stderr"]').all_inner_texts() == []
        return page

    return run


def drawing(page, canvas, *, until=lambda _: True):
    """Look at a drawing again and again until it is as expected."""
    end = time.monotonic() + 20
    while True:
        seen = canvas.evaluate(PIXELS)
        if until(seen["counts"]) or time.monotonic() > end:
            return seen
        page.wait_for_timeout(50)


def click_at(canvas, seen, colour):
    """Click on the rightmost pixels of a colour: its symbol in the legend."""
    x, y = seen["right"][colour]
    scale = seen["scale"]
    canvas.scroll_into_view_if_needed()
    canvas.click(position={"x": (x - 3) * scale, "y": y * scale})


def written(folder, name, *cells):
    """Write a notebook for the kernel of the others."""
    metadata = nbformat.read(FIRST, as_version=4).metadata
    code = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=code, metadata=metadata), folder / name)


def test_the_first_notebook_shows_its_charts_and_the_legend_isolates(run_all):
    page = run_all(FIRST.name)
    canvases = page.locator(".jp-RenderedVegaLite canvas")
    for canvas in canvases.all():
        assert len(drawing(page, canvas, until=lambda counts: len(counts) > 5)["counts"]) > 5
    canvas = page.locator('[aria-label*="Stacked bars"] canvas').first
    largest, second = PALETTE[:2]
    before = drawing(page, canvas, until=lambda counts: counts.get(largest, 0) > 1000)
    assert before["counts"][largest] > 1000
    click_at(canvas, before, second)
    after = drawing(page, canvas, until=lambda counts: counts.get(largest, 0) < 500)
    assert after["counts"].get(largest, 0) < 500
    assert after["counts"][second] > before["counts"][second] / 2


IMPORTS = """
import llmspend
from tests.hostile_names import HOSTILE, hostile_charges
"""
EXPLORER = """
usage = llmspend.read_logs("../sample_data/litellm_spend_logs.parquet")
llmspend.charts.explorer(llmspend.price(usage))
"""
HOSTILE_CHART = """
charges = hostile_charges()
llmspend.charts.spend_over_time(charges, "team", title=HOSTILE[0])
"""
HOSTILE_TABLE = 'llmspend.breakdown(charges, ["key", "team"])'
HOSTILE_REPORT = "llmspend.report(charges, source=HOSTILE[1])"
CELLS = (IMPORTS, EXPLORER, HOSTILE_CHART, HOSTILE_TABLE, HOSTILE_REPORT)


def test_the_explorer_can_be_brushed_and_hostile_names_are_inert(run_all, folder):
    written(folder, "notebooks/explorer.ipynb", *CELLS)
    page = run_all("explorer.ipynb")
    canvases = page.locator(".jp-RenderedVegaLite canvas")
    expect(canvases).to_have_count(2)

    largest = PALETTE[0]
    canvas = canvases.first
    before = drawing(page, canvas, until=lambda counts: counts.get(largest, 0) > 1000)
    x, y = (part * before["scale"] for part in before["right"][largest])
    canvas.hover(position={"x": x - 2, "y": y - 2})
    page.mouse.down()
    canvas.hover(position={"x": x - 60, "y": y - 2})
    canvas.hover(position={"x": x - 120, "y": y - 2})
    page.mouse.up()
    half = before["counts"][largest] / 2
    after = drawing(page, canvas, until=lambda counts: counts.get(largest, 0) < half)
    assert 0 < after["counts"].get(largest, 0) < half

    expect(page.locator(".jp-OutputArea-output table").first).to_contain_text("<svg onload")
    outputs = page.locator(".jp-OutputArea-output")
    assert outputs.locator("img, iframe, script, object, embed").count() == 0
    assert outputs.locator("a[href*=evil], mjx-container, .MathJax").count() == 0
    assert page.evaluate("() => window.ran") is None
