"""Field nodes come here: `/p/NODE`, with the token they were given when they joined. The wire is in `docs/sync.md`.

It stands before Flask, like `hooks`: what browsers are told about scripts and frames would cost a node on a 2G link
half a second with every answer.

Rule 1: who shows no token of ours finds here what stands where nothing is, whatever he asks.
Rule 2: every answer comes after what it answers is on disk. What fails here is a 503: the node comes again.
Rule 3: nothing of a request is logged. The libraries of pages are imported with the first node that comes.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from consult.house import House
from consult.store.fieldwork import Node
from consult.web.hooks import LARGEST, log

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

PLACE: Final = "/p/"
_PATH: Final = re.compile(r"/p/([0-9a-f]{16})(?:/([0-9a-f]{8})/([0-9]{1,10})|/orders/([0-9]{1,10}))?")
_PIECE: Final = re.compile(r"bytes ([0-9]{1,8})-([0-9]{1,8})/([0-9]{1,8})")
_FROM: Final = re.compile(r"bytes=([0-9]{1,8})-")
_TYPE: Final = ("Content-Type", "application/cbor-seq")
_TOKEN: Final = re.compile(r"Bearer ([A-Za-z0-9_\-.~+/=]{1,200})")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered; `headers` beside the length."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class Nodes:
    """The WSGI application that answers nodes; everything else goes to what is `behind` it."""

    def __init__(self, house: House, behind: WSGIApplication) -> None:
        self._house, self._behind = house, behind

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        asked = _PATH.fullmatch(path) if path.startswith(PLACE) else None
        told = _guarded(lambda: self._answer(environ, asked)) if asked else None
        if told is None:
            return self._behind(environ, start_response)
        length = [] if told.status == HTTPStatus.NO_CONTENT else [("Content-Length", str(len(told.body)))]
        start_response(f"{told.status} {HTTPStatus(told.status).phrase}", [*told.headers, *length])
        return (told.body,)

    def _answer(self, environ: dict[str, Any], asked: re.Match[str]) -> Answer | None:
        """None for whoever is nobody here."""
        node = self._who(environ, asked[1])
        if node is None:
            return None
        match environ["REQUEST_METHOD"], bool(asked[2]), bool(asked[4]):
            case "POST", False, False:
                return _met(self._house, node, _body(environ))
            case "HEAD", True, _:
                return _reached(self._house, node, asked)
            case "PATCH", True, _:
                return _piece(self._house, node, asked, environ)
            case "GET", _, True:
                return _order(self._house, node, int(asked[4]), environ)
        return Answer(405)

    def _who(self, environ: dict[str, Any], node: str) -> Node | None:
        shown = _TOKEN.fullmatch(environ.get("HTTP_AUTHORIZATION", ""))
        if shown is None or not self._house.store.read(lambda view: view.nodes()):
            return None
        from consult.sync import meeting

        return meeting.known(self._house, bytes.fromhex(node), shown[1])


def _guarded(work: Callable[[], Answer | None]) -> Answer | None:
    try:
        return work()
    except _Unfit as error:
        return Answer(error.status)
    except Exception as error:
        log.error("a node could not be answered (%s)", type(error).__name__)
        return Answer(503, headers=(("Retry-After", "60"),))


class _Unfit(Exception):
    """No request of a node's."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def _body(environ: dict[str, Any]) -> bytes:
    """Raises _Unfit."""
    length = environ.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdecimal()) or int(length) > LARGEST:
        raise _Unfit(413)
    body: bytes = environ["wsgi.input"].read(int(length))
    if len(body) != int(length):
        raise _Unfit(400)
    return body


def _met(house: House, node: Node, body: bytes) -> Answer:
    from consult.sync import meeting

    try:
        return Answer(200, meeting.answer(house, node, body, int(time.time())), (_TYPE,))
    except meeting.Garbled:
        return Answer(400)


# ---- pages in pieces


def _reached(house: House, node: Node, asked: re.Match[str]) -> Answer:
    from consult.sync import uploads

    offset = uploads.reached(house, uploads.Place(node.node, int(asked[2], 16), int(asked[3])))
    return Answer(200, headers=(("Upload-Complete", "?1"),) if offset is None else (_offset(offset),))


def _offset(offset: int) -> tuple[str, str]:
    return "Upload-Offset", str(offset)


def _piece(house: House, node: Node, asked: re.Match[str], environ: dict[str, Any]) -> Answer:
    from consult.sync import uploads

    said, body = _PIECE.fullmatch(environ.get("HTTP_CONTENT_RANGE", "")), _body(environ)
    if said is None or len(body) != int(said[2]) - int(said[1]) + 1:
        return Answer(400)
    place = uploads.Place(node.node, int(asked[2], 16), int(asked[3]))
    try:
        here = uploads.keep(house, place, uploads.Piece(int(said[1]), int(said[3]), body), int(time.time()))
    except uploads.TooMuch:
        return Answer(413)
    if here.page is None:
        return Answer(204 if here.fits else 409, headers=(_offset(here.offset),))
    told = _met(house, node, here.page)
    uploads.done(house, place)
    return told


# ---- orders that are longer than the node asked for


def _order(house: House, node: Node, number: int, environ: dict[str, Any]) -> Answer:
    from consult.sync import meeting

    found, wanted = meeting.order(house, node, number), _FROM.fullmatch(environ.get("HTTP_RANGE", "bytes=0-"))
    start = int(wanted[1]) if wanted else 0
    if found is None:
        return Answer(404)
    if wanted is None or start >= len(found):
        return Answer(416, headers=(("Content-Range", f"bytes */{len(found)}"),))
    about = ("Content-Range", f"bytes {start}-{len(found) - 1}/{len(found)}")
    return Answer(206, found[start:], (_TYPE, about))
