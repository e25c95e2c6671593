"""One connection to the hub, on which every byte through the socket is counted, TLS and all.

Rule 1: a certificate that is not good ends it before anything was said; without TLS it speaks to this machine only.
Rule 2: silence is borne as long as a 2G link is silent, and no longer.
"""

from __future__ import annotations

import io
import socket
import ssl
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CONNECTING: Final = 60.0  # seconds until a connection must stand
SILENT: Final = 90.0  # seconds without a byte
_CHUNK: Final = 16 * 1024
_HERE: Final = ("localhost", "127.0.0.1", "::1")


class Broken(Exception):
    """The connection broke, or the hub could not answer now: try again later."""


class NotTrusted(Exception):
    """It is not certain that this is the hub; says why and the cure."""


class Wire:
    """An open connection. `up` and `down` are bytes through its socket; `host` is as a request names it."""

    def __init__(self, url: str, *, connecting: float = CONNECTING, silent: float = SILENT) -> None:
        """Connect; `secure` is to follow. Raises Broken, NotTrusted."""
        self.up = self.down = 0
        self._secure, where, self.host, self.path = _parts(url)
        self._name = where[0]
        self._tls: ssl.SSLObject | None = None
        try:
            self._socket = socket.create_connection(where, connecting)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.settimeout(silent)
        except OSError as error:
            raise Broken(_kind(error)) from None
        self._reader = _Reader(_Raw(self))

    def secure(self) -> None:
        """Begin TLS, where the address says so. Raises Broken, NotTrusted."""
        if not self._secure:
            return
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = ssl.create_default_context().wrap_bio(self._in, self._out, server_hostname=self._name)
        try:
            self._pumped(self._tls.do_handshake)
        except ssl.SSLCertVerificationError as error:
            raise NotTrusted(
                f"the certificate of {self._name} is not good ({error.verify_message}); correct the clock of this "
                "machine, or the address of the hub"
            ) from None
        except (OSError, ssl.SSLError) as error:
            raise Broken(_kind(error)) from None

    # ---- bytes

    def send(self, data: bytes) -> None:
        """Raises Broken."""
        try:
            if self._tls:
                self._tls.write(data)
                self._flush()
            else:
                self._push(data)
        except (OSError, ssl.SSLError) as error:
            raise Broken(_kind(error)) from None

    def read(self, most: int) -> bytes:
        """Some bytes; none once the other side has ended. Raises OSError, ssl.SSLError."""
        if self._tls is None:
            return self._pull(most)
        try:
            found: bytes = self._pumped(lambda: self._tls.read(most) if self._tls else b"")
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""
        return found

    def _pumped(self, step: Any) -> Any:
        """The step, with what it has to say sent and what it waits for read."""
        while True:
            try:
                done = step()
                self._flush()
                return done
            except ssl.SSLWantReadError:
                self._flush()
                if came := self._pull():
                    self._in.write(came)
                else:
                    self._in.write_eof()

    def _flush(self) -> None:
        if said := self._out.read():
            self._push(said)

    def _push(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            sent = self._socket.send(rest)
            self.up += sent
            rest = rest[sent:]

    def _pull(self, most: int = _CHUNK) -> bytes:
        came = self._socket.recv(min(most, _CHUNK))
        self.down += len(came)
        return came

    # ---- answers

    def answer(self, method: str) -> HTTPResponse:
        """The next answer; its body is still to be read (`body`). Raises Broken."""
        answer = HTTPResponse(cast(socket.socket, self), method=method)
        try:
            answer.begin()
        except (OSError, HTTPException, ssl.SSLError, ValueError) as error:
            raise Broken(_kind(error)) from None
        return answer

    def makefile(self, mode: str) -> io.BufferedReader:
        """What HTTPResponse asks a socket for: here the same for every answer, so none takes from the next."""
        del mode
        return self._reader

    def close(self) -> None:
        self._socket.close()


def body(answer: HTTPResponse, most: int = -1) -> bytes:
    """The body of an answer, or as many bytes of it. Raises Broken."""
    try:
        return answer.read(most) if most >= 0 else answer.read()
    except (OSError, HTTPException, ssl.SSLError, ValueError) as error:
        raise Broken(_kind(error)) from None


def _parts(url: str) -> tuple[bool, tuple[str, int], str, str]:
    """Whether it is secure, where to connect, what the hub calls itself, and the path. Raises NotTrusted."""
    found = urlsplit(url)
    host, secure = found.hostname or "", found.scheme == "https"
    if not host or not (secure or (found.scheme == "http" and host in _HERE)):
        raise NotTrusted("the address of the hub must begin with https://; enrol this node again with the right one")
    return secure, (host, found.port or (443 if secure else 80)), found.netloc.rpartition("@")[2], found.path


def _kind(error: Exception) -> str:
    """Of the failure, without its words."""
    return "no answer" if isinstance(error, TimeoutError) else type(error).__name__


class _Raw(io.RawIOBase):
    """The connection as a stream of what comes."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, into: WriteableBuffer) -> int:
        place = memoryview(into)
        came = self._wire.read(len(place))
        place[: len(came)] = came
        return len(came)


class _Reader(io.BufferedReader):
    """It outlives the answers that are read from it."""

    def close(self) -> None:
        """Nothing is open here but the socket, which `Wire` closes."""
