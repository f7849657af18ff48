"""How fast llmspend is, beside a plain copy of the same file."""

from __future__ import annotations
