"""A proxy's traffic as its database has it: how much there is, a day of it, what is secret."""

from __future__ import annotations

from pathlib import Path

DATA = Path(__file__).parent.parent / "data"
ROWS = 200_000
DAY = {"since": "2026-06-05", "until": "2026-06-06"}
ROWS_OF_A_DAY = 8640
SECRETS = ("S3cr", "p@ss", "p%40ss", "SECRET")
