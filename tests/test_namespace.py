"""``df.llmspend`` is there, whoever was imported first, and is the plain functions."""

from __future__ import annotations

import subprocess
import sys

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import llmspend
from llmspend.namespace import FUNCTIONS

CALLS = pl.DataFrame({"model": ["gpt-4o", "nobody-knows"], "prompt_tokens": [1000, 7]})
ASK = "pl.LazyFrame({'model': ['gpt-4o']}).llmspend.price().llmspend.breakdown('model')"


@pytest.mark.parametrize(
    "imports",
    [
        "import llmspend, polars as pl",
        "import polars as pl, llmspend",
        "import llmspend; llmspend.breakdown; import polars as pl",
        "import polars as pl, llmspend, importlib; importlib.reload(llmspend)",
    ],
)
def test_it_is_there_after_both_imports(imports):
    script = f"{imports}; {ASK}; import sys; print([f for f in sys.meta_path if 'llm' in repr(f)])"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_methods_are_the_functions():
    charges = CALLS.llmspend.price()
    assert_frame_equal(charges, llmspend.price(CALLS))
    assert_frame_equal(charges.lazy().llmspend.issues(), llmspend.issues(charges))
    assert charges.llmspend.breakdown.__doc__ == llmspend.breakdown.__doc__


def test_every_method_is_a_public_function():
    assert set(FUNCTIONS) <= set(llmspend.__all__)
    assert dir(CALLS.llmspend) == sorted(FUNCTIONS)


def test_a_wrong_name_says_which_are_near():
    with pytest.raises(AttributeError, match=r"no \.llmspend\.brakedown\. Nearest: breakdown"):
        CALLS.llmspend.brakedown()
