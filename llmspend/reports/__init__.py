"""The report: where the money went, and how much of it is known.

`report` adds charges up, in one pass, into a `Report`; what a report says is written once, as
sections of text, numbers, tables and charts, and laid out as a page of HTML or as Markdown.
`llmspend.terminal` prints the gist of it.
"""

from __future__ import annotations

from llmspend.labels import labels
from llmspend.reports._build import report
from llmspend.reports._report import Report

__all__ = ["Report", "labels", "report"]
