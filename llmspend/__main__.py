"""``python -m llmspend``."""

from __future__ import annotations

from llmspend.cli import main

main()
