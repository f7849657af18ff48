"""Find the objects that an address means: one, all below a prefix, or those of a pattern."""

from __future__ import annotations

import fnmatch
import glob
import itertools
from typing import TYPE_CHECKING, Any, Final

from llmspend.errors import LogFormatError, nearest
from llmspend.remote_pieces import MissingError, RemoteError
from llmspend.remote_stores import listed, needs, object_piece, store_of
from llmspend.remote_urls import is_url, object_of, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from llmspend.remote_urls import Object

_NAMED: Final = 5


def objects_of(url: str, is_log: Callable[[str], object]) -> list[str]:
    """Find the files that an address means.

    Parameters
    ----------
    url
        Of a file on the web; of an object; of a "folder" of objects; or a pattern of object
        names, as `glob` has it (``*``, ``**``, ``?``, ``[a-z]``).
    is_log
        Tells by its name whether an object of a folder may be a log.

    Returns
    -------
    list of str
        Their addresses, in the order of their names; one on the web is not looked for.

    Raises
    ------
    LogFormatError
        When there are none, or it cannot be told.
    """
    if is_url(url):
        return [url]
    try:
        return _found(url, object_of(url), is_log)
    except RemoteError as error:
        raise LogFormatError(f"{shown(url)} cannot be read: {error}.") from None


def _found(url: str, asked: Object, is_log: Callable[[str], object]) -> list[str]:
    store = store_of(asked.cloud, asked.root)
    begins = url[: len(url) - len(asked.key)] if asked.key else url.rstrip("/") + "/"
    key = asked.key.rstrip("/")
    folder = _Folders(asked, store)
    if key and key == asked.key and folder.has(key):
        return [url]
    if key and glob.has_magic(key):
        inside = ["**"] if key != asked.key else []
        keys = list(folder.matching((), [*key.split("/"), *inside]))
        if not keys:
            raise LogFormatError(f"no object matches the pattern {url}.{folder.beside(key)}")
    else:
        inside = folder.below(key)
        keys = [k for k in inside if is_log(_name(k))]
        if not keys and inside:
            names = ", ".join(inside[:_NAMED])
            raise LogFormatError(
                f"there is no log below {begins}{key}: no object's name says that it is one "
                f"(.parquet, .csv, .jsonl, .json …). Found: {names}."
            )
        if not keys:
            raise LogFormatError(
                f"there is no object {url}, and none below it.{folder.beside(key)}"
            )
    return [begins + k for k in sorted(keys, key=lambda k: k.split("/"))]


class _Folders:
    """The objects of a bucket, as if they lay in folders."""

    def __init__(self, asked: Object, store: Any) -> None:  # noqa: ANN401 - see store_of
        self._asked = asked
        self._store = store
        self._obstore = needs("obstore")

    def has(self, key: str) -> bool:
        try:
            # not only its head: an error's reason is in the body
            object_piece(self._store, self._asked.cloud, key, 0, 1)
        except MissingError:
            return False
        return True

    def below(self, prefix: str) -> list[str]:
        """List everything below a folder; what is empty may be the folder's own mark."""
        pages = listed(
            self._asked.cloud,
            lambda: self._obstore.list(self._store, prefix=prefix or None).collect(),
        )
        return [o["path"] for o in pages if o["size"]]

    def inside(self, prefix: str) -> tuple[list[str], list[str]]:
        """List what is directly in a folder: folders, and objects."""
        found = listed(
            self._asked.cloud,
            lambda: self._obstore.list_with_delimiter(self._store, prefix=prefix or None),
        )
        return found["common_prefixes"], [o["path"] for o in found["objects"] if o["size"]]

    def matching(self, folder: tuple[str, ...], pattern: list[str]) -> Iterator[str]:
        """Find the keys of a pattern, listing only folders in which there may be some."""
        plain = 0
        while plain < len(pattern) - 1 and not glob.has_magic(pattern[plain]):
            plain += 1
        folder, pattern = (*folder, *pattern[:plain]), pattern[plain:]
        prefix = "/".join(folder)
        if pattern[0] == "**":
            yield from (
                key
                for key in self.below(prefix)
                if _matches(key.split("/")[len(folder) :], pattern)
            )
            return
        folders, objects = self.inside(prefix)
        if len(pattern) == 1:
            yield from (key for key in objects if _fits(_name(key), pattern[0]))
            return
        for each in folders:
            if _fits(_name(each), pattern[0]):
                yield from self.matching(tuple(each.split("/")), pattern[1:])

    def beside(self, key: str) -> str:
        """Suggest what is there where something was looked for."""
        plain = key.split("/")[:-1]
        while any(map(glob.has_magic, plain)):
            plain.pop()
        for depth in range(len(plain), -1, -1):
            prefix = "/".join(plain[:depth])
            try:
                folders, objects = self.inside(prefix)
            except RemoteError:
                return ""
            names = [f"{_name(f)}/" for f in folders] + [_name(o) for o in objects]
            if names:
                wanted = key.split("/")[depth]
                near = nearest(wanted, names, n=_NAMED) or names[:_NAMED]
                where = f"{self._asked.root}/{prefix}".rstrip("/")
                return f" In {where}: {', '.join(near)}."
        return f" {self._asked.root} is empty."


def _name(key: str) -> str:
    return key.rpartition("/")[2]


def _fits(name: str, pattern: str) -> bool:
    # as in a shell, a star stands for no hidden name
    if name.startswith(".") and not pattern.startswith("."):
        return False
    return fnmatch.fnmatchcase(name, pattern)


def _matches(names: Sequence[str], pattern: Sequence[str]) -> bool:
    """Compare a key with a pattern, part by part."""
    if not pattern:
        return not names
    if pattern[0] != "**":
        return bool(names) and _fits(names[0], pattern[0]) and _matches(names[1:], pattern[1:])
    rest = pattern[1:] or ["*"]
    shown = itertools.takewhile(lambda i: not i or _fits(names[i - 1], "*"), range(len(names)))
    return any(_matches(names[i:], rest) for i in shown)
