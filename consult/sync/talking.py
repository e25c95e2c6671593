"""What a node asks of its hub on one connection: bodies ahead of their answers, a long page in pieces, a long order.

Rule 1: answers come in the order of the requests (RFC 9112, 9.3.2), so only bodies that may be repeated go ahead.
Rule 2: an answer that is none of a hub of ours breaks the connection; nothing in it is believed here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Final

from consult.store.fieldwork import Leaving
from consult.sync.keys import Hub
from consult.sync.twins import HEADER
from consult.sync.wire import Broken, Wire, body

LARGEST: Final = 256 * 1024  # bytes of an answer


class Unknown(Exception):
    """The hub knows neither this node nor its token."""


class Talk:
    """Requests of one node on one connection."""

    def __init__(self, wire: Wire, hub: Hub, node: bytes, ahead: int, mark: str = "") -> None:
        self.wire, self._ahead = wire, ahead
        self._place = f"{wire.path}/p/{node.hex()}"
        self._token = hub.token
        self._asked = deque[str]()
        self._mark = f"{HEADER}: {mark}\r\n" if mark else ""  # goes with the first request

    # ---- bodies

    def weigh(self, data: bytes) -> int:
        """Bytes that `post` sends, without what TLS adds."""
        return len(self._head("POST", "", f"Content-Length: {len(data)}\r\n")) + len(data)

    def post(self, data: bytes) -> Iterator[bytes]:
        """Send a body; the answers that had to be waited for meanwhile. Raises Broken, Unknown."""
        self._send("POST", "", f"Content-Length: {len(data)}\r\n", data)
        while len(self._asked) >= self._ahead:
            yield self._answered()

    def ask(self, data: bytes) -> bytes:
        """Send a body when nothing else is on its way; its answer."""
        self._send("POST", "", f"Content-Length: {len(data)}\r\n", data)
        return self._answered()

    def rest(self) -> Iterator[bytes]:
        """The answers that are still to come."""
        while self._asked:
            yield self._answered()

    def _answered(self) -> bytes:
        answer = self._next()
        if answer.status != 200:
            raise Broken(f"the hub said {answer.status}")
        return _whole(answer)

    # ---- a page in pieces

    def reached(self, where: str) -> int | None:
        """How many bytes of what goes there are there; None where all are. Raises Broken, Unknown."""
        answer = self._ask("HEAD", where)
        return None if answer.getheader("Upload-Complete") == "?1" else _offset(answer)

    def piece(self, where: str, whole: bytes, start: int, size: int) -> tuple[int, bytes]:
        """Send a piece; how many bytes are there, and what was said once that is all of them."""
        data, total = whole[start : start + size], len(whole)
        about = f"Content-Range: bytes {start}-{start + len(data) - 1}/{total}\r\nContent-Length: {len(data)}\r\n"
        answer = self._ask("PATCH", where, about, data)
        if answer.status == 200:
            return total, _whole(answer)
        if answer.status not in (204, 409):
            raise Broken(f"the hub said {answer.status}")
        body(answer)
        return _offset(answer), b""

    # ---- a long order, a sound

    def download(self, where: str, start: int) -> Iterator[bytes]:
        """Its bytes from there on, as they come; none where nothing is left."""
        answer = self._ask("GET", where, f"Range: bytes={start}-\r\n")
        if answer.status == 416:
            body(answer)
            return
        if answer.status != 206:
            raise Broken(f"the hub said {answer.status}")
        while some := body(answer, 1024):
            yield some
        if answer.length:
            raise Broken("it ended early")

    # ---- requests

    def _ask(self, method: str, where: str, about: str = "", data: bytes = b"") -> HTTPResponse:
        self._send(method, where, about, data)
        return self._next()

    def _send(self, method: str, where: str, about: str, data: bytes) -> None:
        self.wire.send(self._head(method, where, about) + data)
        self._mark = ""
        self._asked.append(method)

    def _head(self, method: str, where: str, about: str) -> bytes:
        return (
            f"{method} {self._place}{where} HTTP/1.1\r\nHost: {self.wire.host}\r\n"
            f"Authorization: Bearer {self._token}\r\n{self._mark}{about}\r\n"
        ).encode("ascii")

    def _next(self) -> HTTPResponse:
        """Raises Broken, Unknown."""
        answer = self.wire.answer(self._asked.popleft())
        if answer.status in (401, 403, 404):
            raise Unknown
        return answer


def place_of(page: Leaving) -> str:
    """Where a page goes that is longer than a body."""
    return f"/{page.epoch:08x}/{page.number}"


def _offset(answer: HTTPResponse) -> int:
    said = answer.getheader("Upload-Offset", "")
    if answer.status not in (200, 204, 409) or not (said.isascii() and said.isdecimal()):
        raise Broken(f"the hub said {answer.status}")
    return int(said)


def _whole(answer: HTTPResponse) -> bytes:
    data = body(answer, LARGEST + 1)
    if len(data) > LARGEST or not answer.isclosed():
        raise Broken("an answer longer than any of a hub's")
    return data
