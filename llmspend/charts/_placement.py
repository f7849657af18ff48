"""Where names stand beside points, so that none covers another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHARACTER: Final = 6.7
_HEIGHT: Final = 15
_GAP: Final = 5


class Circle(NamedTuple):
    """A point as it is drawn, in pixels from the upper left corner.

    Attributes
    ----------
    x, y
        Its centre.
    radius
        Its radius.
    name
        What to write beside it.
    """

    x: float
    y: float
    radius: float
    name: str


class Placed(NamedTuple):
    """A name in its place.

    Attributes
    ----------
    circle
        The place of its circle among them.
    x, y
        Where it begins, ends or has its middle, in pixels.
    align
        Which of these.
    """

    circle: int
    x: float
    y: float
    align: str


class _Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: _Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def place(circles: Sequence[Circle], width: float, height: float, at_most: int) -> list[Placed]:
    """Find room for names: right of their circles, else left, above or below.

    Parameters
    ----------
    circles
        The points, the most important first.
    width, height
        Of the plot, in pixels.
    at_most
        How many circles get a name, from the first on.

    Returns
    -------
    list of Placed
        The names that there is room for.

    Examples
    --------
    >>> [p.align for p in place([Circle(50, 50, 5, "a"), Circle(62, 50, 5, "b")], 200, 99, 2)]
    ['right', 'left']
    """
    occupied = [_box(c.x - c.radius, c.x + c.radius, c.y, c.radius) for c in circles]
    placed = []
    for index, circle in enumerate(circles[:at_most]):
        for candidate, box in _candidates(index, circle, width):
            inside = box.left >= 0 and box.right <= width and box.top >= 0 and box.bottom <= height
            if inside and not any(box.overlaps(other) for other in occupied):
                placed.append(candidate)
                occupied.append(box)
                break
    return placed


def _candidates(index: int, circle: Circle, width: float) -> list[tuple[Placed, _Box]]:
    x, y, radius, name = circle
    length, half = _CHARACTER * len(name), _HEIGHT / 2
    off = radius + _GAP
    right = (Placed(index, x + off, y, "left"), _box(x + off, x + off + length, y, half))
    left = (Placed(index, x - off, y, "right"), _box(x - off - length, x - off, y, half))
    beyond = radius + half + 1
    # above and below, a name is moved inside the plot as far as it stays at its circle
    inside = min(max(x, length / 2), width - length / 2)
    middle = min(max(inside, x - length / 2), x + length / 2)
    above, below = (
        (
            Placed(index, middle, y + step, "center"),
            _box(middle - length / 2, middle + length / 2, y + step, half),
        )
        for step in (-beyond, beyond)
    )
    return [right, left, above, below]


def _box(left: float, right: float, middle: float, half: float) -> _Box:
    return _Box(left, middle - half, right, middle + half)
