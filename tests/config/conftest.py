"""A config is written to a file, and loaded with the fictional cost map."""

from __future__ import annotations

import json

import pytest

from llmspend.config import load_config


@pytest.fixture
def load(tmp_path, acme_map):
    """Write a config (JSON is YAML) and load it."""

    def write(config, strict=True, name="config.yaml"):
        file = tmp_path / name
        text = config if isinstance(config, str) else json.dumps(config)
        file.write_text(text, "utf-8")
        return load_config(file, cost_map=acme_map, strict=strict)

    return write
