from __future__ import annotations

import pytest

from llmspend.errors import (
    CostMapError,
    InputError,
    LlmspendError,
    LogFormatError,
    UnknownModelError,
    UnknownNameError,
    nearest,
)


@pytest.mark.parametrize(
    ("error", "parents"),
    [
        (InputError, (LlmspendError, ValueError)),
        (LogFormatError, (InputError,)),
        (CostMapError, (InputError,)),
        (UnknownNameError, (InputError,)),
        (UnknownModelError, (LlmspendError, LookupError)),
    ],
)
def test_tree(error, parents):
    assert all(issubclass(error, parent) for parent in parents)


def test_a_short_list_of_known_names_is_shown_a_long_one_is_not():
    few, many = ["model", "team"], [f"name-{i}" for i in range(100)]
    assert "Known: model, team." in str(UnknownNameError.of("dimension", "tame", few))
    assert "Known" not in str(UnknownNameError.of("dimension", "name-1", many))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("modle", ["model"]),
        ("MODEL", ["model"]),
        ("zzz", []),
        ("", []),
        ("mod", ["model"]),
    ],
)
def test_nearest(name, found):
    assert nearest(name, ["model", "team", "period"]) == found
