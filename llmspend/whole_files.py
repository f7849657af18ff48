"""Files that appear whole or not at all."""

from __future__ import annotations

from contextlib import contextmanager
from secrets import token_hex
from typing import TYPE_CHECKING

from llmspend.errors import InputError
from llmspend.remote_urls import local_file
from llmspend.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def check_target(target: str | Path) -> Path:
    """Tell early that a file cannot be written where it is to be.

    Parameters
    ----------
    target
        The file.

    Returns
    -------
    pathlib.Path
        The same.

    Raises
    ------
    InputError
        When there is no such folder, or a folder of that name, or it is not on this machine.
    """
    target = local_file(target)
    place = target.resolve() if target.is_symlink() else target
    if not place.parent.is_dir():
        folder, name = printable(str(place.parent)), printable(place.name)
        raise InputError(f"there is no folder {folder} to write {name} into.")
    if target.is_dir():
        raise InputError(f"{printable(str(target))} is a folder: name a file in it.")
    return target


@contextmanager
def whole_file(target: str | Path) -> Iterator[Path]:
    """Write beside the target, then rename: only a whole file ever has its name.

    Parameters
    ----------
    target
        What is to be written; what is there already stays until the new file is whole.

    Yields
    ------
    pathlib.Path
        Where to write. It is renamed when the block ends, and removed when it fails.

    Raises
    ------
    InputError
        As for `check_target`.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with whole_file(f"{folder}/greeting.txt") as beside:
    ...         _ = beside.write_text("hello")
    ...     print(Path(folder, "greeting.txt").read_text())
    hello
    """
    # what a link stands for is written, and the link stays
    target = check_target(target).resolve()
    # of each writer its own, made with the mode that new files have
    beside = target.with_name(f".llmspend-{token_hex(8)}.part")
    try:
        yield beside
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
