"""Parity with LiteLLM: llmspend's numbers beside LiteLLM's own answers, over oracle files."""

from __future__ import annotations
