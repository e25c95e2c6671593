"""What a locked node shows: that it is closed, to everybody alike, and nothing of why.

Rule 1: nothing of the office is opened for it; what was open of it is let go, with the key its forms were signed by.
"""

from __future__ import annotations

from html import escape

from flask import Response, request

from consult.house import House
from consult.web.annex import PLACES
from consult.wording import PAGES, for_pages

_PAGE = """<!doctype html>
<html lang="{lang}" dir="auto"><head><meta charset="utf-8"><title>{title}</title></head>
<body><p>{line}</p></body></html>
"""


def guard(house: House) -> Response | None:
    """Before every request: the pages of the office are closed."""
    return None if house.gate.shows or not request.path.startswith(PLACES) else closed()


def closed() -> Response:
    """503, in a language of the reader's."""
    tag = request.accept_languages.best_match(PAGES) or PAGES[0]
    say = for_pages(tag)
    line = say("This page is closed just now. Please come back later.")
    body = _PAGE.format(lang=tag, title=escape(say("Closed")), line=escape(line))
    response = Response(body, status=503, mimetype="text/html")
    response.headers["Retry-After"] = "60"
    return response
