from __future__ import annotations

import ast
import importlib.util
import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.fixture
def dev(tmp_path):
    """dev.py over an empty project; `dev.steps` are the commands it would have run."""
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    venv = tmp_path / ".venv"
    module.ROOT, module.VENV, module.STAMP = tmp_path, venv, venv / "stamp.json"
    module.PYTHON = Path(sys.executable)
    module.venv_works, module.has = venv.exists, {"ensurepip"}.__contains__
    module.steps = []
    module.quietly = lambda *command: module.steps.append(" ".join(command))
    (tmp_path / "pyproject.toml").write_text(
        "project.optional-dependencies.lab = ['jupyterlab']\ndependency-groups.test = ['pytest>=9']"
    )
    return module


def prepared(dev, *parts):
    """What one more `prepare` does: the last word of each of its steps."""
    dev.steps.clear()
    dev.prepare(frozenset(parts))
    return [Path(step.split()[-1]).name or "." for step in dev.steps]


def test_old_pythons_can_read_that_they_are_too_old():
    ast.parse((ROOT / "dev.py").read_text("utf-8"), feature_version=(3, 8))


def test_every_command_asks_for_parts_that_pyproject_has(dev):
    known = PROJECT["project"]["optional-dependencies"].keys() | PROJECT["dependency-groups"].keys()
    assert {part for command in dev.COMMANDS.values() for part in command.parts} <= known


def test_requirements_are_pyprojects_own(dev):
    test = PROJECT["dependency-groups"]["test"]
    assert dev.requirements(PROJECT, frozenset()) == ["--editable", "."]
    assert dev.requirements(PROJECT, frozenset({"test"})) == ["--editable", ".", *test]
    assert dev.requirements(PROJECT, frozenset({"lab"})) == ["--editable", ".[lab]"]


def test_what_is_installed_is_not_installed_again(dev):
    assert prepared(dev) == [".venv", "."]
    assert prepared(dev) == []
    assert prepared(dev, "test") == ["pytest>=9"]
    assert prepared(dev) == prepared(dev, "test") == []


def test_a_changed_pyproject_is_installed_in_place(dev):
    prepared(dev, "lab")
    with (dev.ROOT / "pyproject.toml").open("a") as file:
        file.write("\n# edited")
    assert prepared(dev) == [".[lab]"]
    assert prepared(dev) == []


@pytest.mark.parametrize("left", ["", '{"ho', '{"home": "/elsewhere cpython-39"}'])
def test_a_crash_or_a_move_is_repaired(dev, left):
    prepared(dev)
    dev.STAMP.write_text(left)
    assert prepared(dev) == [".venv", "."]


def test_a_venv_made_by_hand_is_kept(dev):
    dev.VENV.mkdir()
    assert prepared(dev) == ["."]


def test_a_vanished_python_is_noticed(dev, monkeypatch):
    prepared(dev)
    monkeypatch.setattr(dev, "PYTHON", dev.VENV / "gone")
    monkeypatch.setattr(dev, "venv_works", lambda: False)
    assert prepared(dev) == [".venv", "."]


def test_when_pip_fails_the_old_environment_is_still_believed(dev, monkeypatch):
    prepared(dev)
    before = json.loads(dev.STAMP.read_text())

    def offline(*_):
        sys.exit("no network")

    monkeypatch.setattr(dev, "quietly", offline)
    with pytest.raises(SystemExit, match="no network"):
        dev.prepare(frozenset({"test"}))
    assert json.loads(dev.STAMP.read_text()) == before
    assert prepared(dev) == []


@pytest.mark.parametrize(
    ("has", "root", "tried"),
    [
        ({"ensurepip", "pip", "uv", "apt-get"}, True, ["-m venv"]),
        ({"pip", "uv", "apt-get"}, True, ["--without-pip", "--python .* install pip"]),
        ({"uv", "apt-get"}, True, ["uv venv"]),
        ({"apt-get"}, True, ["apt-get install", "-m venv"]),
        ({"apt-get"}, False, r"sudo apt-get install python3\.\d+-venv"),
        (set(), False, "Install pip or uv"),
    ],
)
def test_venv_is_made_whichever_way_there_is(dev, monkeypatch, has, root, tried):
    monkeypatch.setattr(dev.shutil, "which", lambda name: name if name in has else None)
    monkeypatch.setattr(dev, "has", has.__contains__)
    monkeypatch.setattr(dev.importlib.metadata, "version", lambda _: "23.0.1")
    monkeypatch.setattr(dev.os, "geteuid", lambda: 0 if root else 1000, raising=False)
    if isinstance(tried, str):
        with pytest.raises(SystemExit, match=tried):
            dev.make_venv()
    else:
        dev.make_venv()
        assert len(dev.steps) == len(tried)
        assert all(map(re.search, tried, dev.steps))
