#!/usr/bin/env python3
"""Set up llmspend in a fresh clone and run it. Needs Python >= 3.11; the rest goes into .venv."""

from __future__ import annotations

import os
import shutil
import sys

if sys.version_info < (3, 11):  # noqa: UP036  (old Pythons must parse this file, to be told here)
    _newer = [name for name in (f"python3.{n}" for n in range(19, 10, -1)) if shutil.which(name)]
    _hint = f"Try: {_newer[0]} {' '.join(sys.argv)}" if _newer else "Install a newer one first."
    sys.exit(
        f"dev.py: llmspend needs Python 3.11 or newer, this is {sys.version.split()[0]}. {_hint}"
    )

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import json
import shlex
import signal
import subprocess
import time
import tomllib
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TextIO

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "llmspend-dev.json"  # what is installed; empty while something is being installed
TAG = str(sys.implementation.cache_tag)  # cpython-311: patch releases share an environment
PIP_KNOWS_PYTHON = 23  # `pip --python` came late in 22
PIP = ["-m", "pip", "--quiet", "--no-input", "--disable-pip-version-check"]


class Command(NamedTuple):
    """Install `parts`, run `steps` in `folder`; the last step also gets the user's arguments."""

    about: str
    steps: list[list[str]]
    parts: frozenset[str] = frozenset()  # extras and dependency groups of pyproject.toml
    folder: Path | None = ROOT  # None: where the user is


REPORT = ["llmspend", "report", "sample_data/litellm_spend_logs.parquet"]
MODULES = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("llmspend/**/*.py"))
LINT = [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"], ["numpydoc", "lint", *MODULES]]
GALLERY = ["python", "scripts/make_gallery.py"]
TEST, LAB, WEB = frozenset({"test"}), frozenset({"lab"}), frozenset({"browser", "export"})
# a file stays with one worker, for what its tests share
PYTEST = ["pytest", "-n", "auto", "--dist", "loadfile"]
BROWSER = ["pytest", "-m", "browser", "tests/browser"]

COMMANDS = {
    "demo": Command("report on the sample logs", [REPORT]),
    "run": Command("llmspend ARGS", [["llmspend"]], folder=None),
    "lab": Command("JupyterLab in notebooks/", [["jupyter", "lab"]], LAB, ROOT / "notebooks"),
    "test": Command("pytest ARGS", [PYTEST], TEST),
    "browser": Command("pytest in Chromium: JupyterLab, reports", [BROWSER], TEST | LAB | WEB),
    "lint": Command("check style, types and docstrings", LINT, TEST),
    "check": Command("lint, then test", [*LINT, PYTEST], TEST),
    "fmt": Command("format the code", [["ruff", "check", "--fix"], ["ruff", "format"]], TEST),
    "gallery": Command("draw the pictures of the notebooks", [GALLERY], TEST),
    "python": Command("the Python of .venv, with ARGS", [["python"]], TEST, None),
}
USAGE = "usage: python3 dev.py COMMAND [ARGS...]\n\n" + "\n".join(
    f"  {name:8}{command.about}" for name, command in COMMANDS.items()
)


def say(text: str) -> None:
    """Progress goes to stderr: stdout belongs to the command."""
    print(f"dev.py: {text}", file=sys.stderr, flush=True)


def quietly(*command: str) -> None:
    """Run one step of the set-up; only a failing one is heard."""
    pipe, null, both = subprocess.PIPE, subprocess.DEVNULL, subprocess.STDOUT
    done = subprocess.run(command, cwd=ROOT, stdin=null, stdout=pipe, stderr=both, check=False)
    if done.returncode:
        output = done.stdout.decode(errors="replace")
        sys.exit(f"{output}\ndev.py: the command that failed: {shlex.join(command)}")


def has(module: str) -> bool:
    """Whether this Python can import a module: Debian's has no ensurepip and maybe no pip."""
    return importlib.util.find_spec(module) is not None


def make_venv() -> None:
    """Make .venv afresh, with a pip in it, in whichever way this machine allows."""
    say(f"making .venv for {TAG}")
    shutil.rmtree(VENV, ignore_errors=True)
    VENV.mkdir(exist_ok=True)
    STAMP.touch()
    python = getattr(sys, "_base_executable", None) or sys.executable  # we may be run from .venv
    if has("ensurepip"):
        quietly(python, "-m", "venv", str(VENV))
    elif has("pip") and int(importlib.metadata.version("pip").split(".")[0]) >= PIP_KNOWS_PYTHON:
        quietly(python, "-m", "venv", "--without-pip", str(VENV))
        quietly(python, *PIP, "--python", str(PYTHON), "install", "pip")
    elif uv := shutil.which("uv"):
        quietly(uv, "venv", "--seed", "--allow-existing", "--python", python, str(VENV))
    else:
        install_ensurepip()
        quietly(python, "-m", "venv", str(VENV))


def install_ensurepip() -> None:
    """Install what Debian leaves out of its Python, or say how to."""
    lack = "this Python has neither ensurepip nor a recent pip"
    package = f"python3.{sys.version_info.minor}-venv"
    if not shutil.which("apt-get"):
        sys.exit(f"dev.py: {lack}. Install pip or uv with your package manager, then try again.")
    if os.geteuid() != 0:
        sys.exit(f"dev.py: {lack}. Type `sudo apt-get install {package}`, then try again.")
    say(f"{lack}: installing {package} with apt-get")
    # A semicolon, because another source that cannot be updated need not stop us.
    script = f"apt-get update; DEBIAN_FRONTEND=noninteractive apt-get install -y {package}"
    quietly("sh", "-c", script)


def venv_works() -> bool:
    """Whether .venv has a living Python of our version, with pip: Pythons move, set-ups crash."""
    probe = "import pip, sys; sys.exit(sys.implementation.cache_tag != sys.argv[1])"
    command = [str(PYTHON), "-c", probe, TAG]
    with contextlib.suppress(OSError):
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    return False


def read_stamp(home: str) -> dict[str, Any]:
    """Read what earlier runs installed; after a crash nothing is believed."""
    try:
        return dict(json.loads(STAMP.read_text()))
    except FileNotFoundError:
        return {"home": home}  # no .venv, or one made by hand, which is kept if it works
    except ValueError:
        return {}


def requirements(project: dict[str, Any], parts: frozenset[str]) -> list[str]:
    """List what pip installs: llmspend, editable, with its extras, and the dependency groups."""
    groups = project["dependency-groups"]
    extras = sorted(parts & project["project"]["optional-dependencies"].keys())
    itself = f".[{','.join(extras)}]" if extras else "."
    return [
        "--editable",
        itself,
        *(line for g in sorted(parts & groups.keys()) for line in groups[g]),
    ]


def prepare(parts: frozenset[str]) -> None:
    """Bring .venv up to date; instantly if pyproject.toml and Python are those of last time."""
    source = (ROOT / "pyproject.toml").read_bytes()
    home = f"{ROOT} {TAG}"  # a .venv copied to elsewhere, or of another Python, is of no use
    stamp = read_stamp(home)
    parts |= set(stamp.get("parts", ()))  # what is there already is kept up to date too
    wanted = {"home": home, "pyproject": hashlib.sha256(source).hexdigest(), "parts": sorted(parts)}
    if stamp == wanted and PYTHON.exists():
        return
    start = time.monotonic()
    if stamp.get("home") != home or not venv_works():
        make_venv()
        stamp = {"home": home}
    say(f"installing {' + '.join(['llmspend', *sorted(parts)])}: a minute or two, the first time")
    STAMP.write_text("")  # stays behind if we crash
    lines = requirements(tomllib.loads(source.decode()), parts)
    try:  # --compile, whatever PYTHONDONTWRITEBYTECODE says: imports are then 3x faster
        quietly(str(PYTHON), *PIP, "install", "--compile", *lines)
    except SystemExit:
        STAMP.write_text(json.dumps(stamp))  # pip gave up in good order: all is as it was
        raise
    STAMP.write_text(json.dumps(wanted))
    say(f"ready after {time.monotonic() - start:.0f} s")


def wait_for_others(lock: TextIO) -> None:
    """Let a second dev.py, in another terminal, wait until the first has installed."""
    with contextlib.suppress(ImportError, OSError):  # Windows and some network drives cannot
        import fcntl  # noqa: PLC0415

        fcntl.flock(lock, fcntl.LOCK_EX)


def tool(step: list[str]) -> list[str]:
    """Spell out where the command of a step lies: in .venv."""
    return [shutil.which(step[0], path=str(BIN)) or step[0], *step[1:]]


def become(command: list[str]) -> NoReturn:
    """Hand over to a command: output, exit code and Ctrl-C are its own from here on."""
    if os.name != "nt":
        os.execv(command[0], command)
    signal.signal(signal.SIGINT, lambda *_: None)  # exec on Windows would not wait: so we do
    sys.exit(subprocess.run(command, check=False).returncode)


def main(name: str = "--help", *arguments: str) -> None:
    """Prepare for a command, then run it."""
    if name not in COMMANDS:
        print(USAGE, file=sys.stderr)
        sys.exit(0 if name in {"-h", "--help"} else 2)
    command = COMMANDS[name]
    with Path(__file__).open() as lock:
        wait_for_others(lock)
        prepare(command.parts)
    path = os.environ.get("PATH", os.defpath)
    os.environ |= {"VIRTUAL_ENV": str(VENV), "PATH": f"{BIN}{os.pathsep}{path}"}
    os.chdir(command.folder or ".")
    *first, last = command.steps
    for step in first:
        say(" ".join(step[:3]))
        if code := subprocess.run(tool(step), check=False).returncode:
            sys.exit(code)
    become([*tool(last), *arguments])


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
