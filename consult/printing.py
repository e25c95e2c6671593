"""A page as PDF, tagged, so that it can be read aloud. Nothing is loaded from anywhere.

WeasyPrint was chosen for its shaping of Arabic and Sorani and its right-to-left tables; it is an optional extra.
"""

from __future__ import annotations

from typing import Any

CURE = "pip install 'consult[pdf]' (and apt-get install libpango-1.0-0 libpangoft2-1.0-0), or print the .html"


class Missing(Exception):
    """What makes PDF is not installed; the message says how to get it."""


def as_pdf(html: str) -> bytes:
    """Raises Missing."""
    try:
        from weasyprint import HTML
    except (ImportError, OSError):
        raise Missing(f"PDF needs WeasyPrint: {CURE}") from None
    page: Any = HTML  # without types
    made: bytes = page(string=html, url_fetcher=_nothing).write_pdf(pdf_variant="pdf/ua-1")
    return made


def _nothing(url: str) -> dict[str, object]:
    raise ValueError(url.partition(":")[0])
