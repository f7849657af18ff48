"""The fictional cost map of the fixtures, loaded once."""

from __future__ import annotations

import pytest

from llmspend import load_cost_map
from tests.formats.nova import NOVA


@pytest.fixture(scope="session")
def nova():
    return load_cost_map(NOVA)
