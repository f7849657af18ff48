"""Pages of HTML that are one file, work without network, and let nothing run but themselves."""

from __future__ import annotations

from llmspend.pages._document import VEGA_LITE, document, template, vega

__all__ = ["VEGA_LITE", "document", "template", "vega"]
