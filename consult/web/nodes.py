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

    from consult.sync.uploads import Place

PLACE: Final = "/p/"
_PATH: Final = re.compile(
    r"/p/([0-9a-f]{16})(?:/([0-9a-f]{8})/([0-9]{1,10})|/orders/([0-9]{1,10})|/tapes/([0-9a-f]{32})"
    r"|/sounds/([0-9a-f]{32}\.wav))?"
)
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
        if mark := environ.get("HTTP_CONSULT_MARK"):
            _marked(self._house, node, mark)
        method, (page, order, tape, sound) = environ["REQUEST_METHOD"], (asked[2], asked[4], asked[5], asked[6])
        if method == "POST" and not (page or order or tape or sound):
            return _met(self._house, node, _body(environ))
        if method == "HEAD" and (page or tape):
            return _reached(self._house, node, asked)
        if method == "PATCH" and (page or tape):
            return _piece(self._house, node, asked, environ)
        if method == "GET" and (order or sound):
            return _from(_order(self._house, node, order) if order else _sound(self._house, node, sound), environ)
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


def _marked(house: House, node: Node, mark: str) -> None:
    from consult.library import day_of
    from consult.sync import twins

    day = day_of(int(time.time()))
    house.store.write(lambda tx: twins.heard(tx, node, mark, day))


def _met(house: House, node: Node, body: bytes) -> Answer:
    from consult.sync import meeting

    try:
        return Answer(200, meeting.answer(house, node, body, int(time.time())), (_TYPE,))
    except meeting.Garbled:
        return Answer(400)


# ---- pages in pieces


def _reached(house: House, node: Node, asked: re.Match[str]) -> Answer:
    from consult.sync import tapes, uploads

    if asked[5] and tapes.known(house, asked[5]):
        return Answer(200, headers=(("Upload-Complete", "?1"),))
    offset = uploads.reached(house, _place(node, asked))
    return Answer(200, headers=(("Upload-Complete", "?1"),) if offset is None else (_offset(offset),))


def _offset(offset: int) -> tuple[str, str]:
    return "Upload-Offset", str(offset)


def _piece(house: House, node: Node, asked: re.Match[str], environ: dict[str, Any]) -> Answer:
    from consult.sync import uploads

    said, body = _PIECE.fullmatch(environ.get("HTTP_CONTENT_RANGE", "")), _body(environ)
    if said is None or len(body) != int(said[2]) - int(said[1]) + 1:
        return Answer(400)
    place = _place(node, asked)
    try:
        here = uploads.keep(house, place, uploads.Piece(int(said[1]), int(said[3]), body), int(time.time()))
    except uploads.TooMuch:
        return Answer(413)
    if here.page is None:
        return Answer(204 if here.fits else 409, headers=(_offset(here.offset),))
    told = _taped(house, here.page) if asked[5] else _met(house, node, here.page)
    uploads.done(house, place)
    return told


def _place(node: Node, asked: re.Match[str]) -> Place:
    """Under which its pieces lie: those of a recording under epoch 0, which no page has."""
    from consult.sync.uploads import Place

    if asked[5]:
        return Place(node.node, 0, int(asked[5][:7], 16))
    return Place(node.node, int(asked[2], 16), int(asked[3]))


def _taped(house: House, tape: bytes) -> Answer:
    from consult.sync import tapes
    from consult.sync.pages import NotTaken

    try:
        tapes.arrive(house, tape, int(time.time()))
    except NotTaken:
        return Answer(400)
    return Answer(200)


# ---- orders that are longer than the node asked for, sounds for its calls


def _order(house: House, node: Node, number: str) -> bytes | None:
    from consult.sync import meeting

    return meeting.order(house, node, int(number))


def _sound(house: House, node: Node, name: str) -> bytes | None:
    from consult.speech.shelf import Shelf

    file = Shelf(house.settings.data).audio / name
    return file.read_bytes() if file.is_file() and not node.revoked else None


def _from(found: bytes | None, environ: dict[str, Any]) -> Answer:
    """The bytes from where the node wants them."""
    wanted = _FROM.fullmatch(environ.get("HTTP_RANGE", "bytes=0-"))
    start = int(wanted[1]) if wanted else 0
    if found is None:
        return Answer(404)
    if wanted is None or start >= len(found):
        return Answer(416, headers=(("Content-Range", f"bytes */{len(found)}"),))
    about = ("Content-Range", f"bytes {start}-{len(found) - 1}/{len(found)}")
    return Answer(206, found[start:], (_TYPE, about))
