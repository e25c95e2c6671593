"""A real HTTP server that behaves like a provider of text messages which signs nothing.

It accepts, refuses, breaks and dawdles as it is told (`will`), keeps what it was given (`calls`) and what it took of it
(`taken`), and answers in the words of one provider (`Speech`).

Rule 1: it shares no code with what it tests.
Rule 2: what it took is in `taken` before it answers, so a client that is cut off was still served.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Call:
    """What came over the wire."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Act:
    """How a call is met: taken or not, and then what the client is told. `said` stands for the provider's own words."""

    taken: bool = True
    status: int = 201
    said: bytes | None = None
    media: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    then: Literal["answer", "silence", "hang_up", "dribble"] = "answer"


PAGE = b"<html><h1>Welcome +237650000001 secret-body</h1></html>"
ACCEPT = Act()
BUSY = Act(False, 429, b"slow down", headers=(("Retry-After", "7"),))
BROKEN = Act(False, 500, PAGE, "text/html")
BROKEN_AFTER = Act(True, 503, PAGE, "text/html")
HTML = Act(True, 200, PAGE, "text/html")
AWAY = Act(False, 302, b"", headers=(("Location", "/elsewhere"),))
SILENT = Act(then="silence")
HUNG_UP = Act(then="hang_up")
DRIBBLE = Act(then="dribble")  # an answer that never ends
ENDLESS = Act(True, 200, b"x" * 200_000)

Speech = Callable[[Call, int], bytes]


class Provider:
    """The server; `speech` is what it says of the n-th message it took, `fault` what it has against a call at all."""

    def __init__(self, speech: Speech, fault: Callable[[Call], Act | None] = lambda _: None) -> None:
        self.speech, self.fault = speech, fault
        self.calls: list[Call] = []
        self.taken: list[Call] = []
        self.acts: deque[Act] = deque()
        self.released = Event()
        self.lock = Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Calls,), {"provider": self}))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Provider:
        Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()

    def will(self, *acts: Act) -> None:
        """How the next calls are met; after these, they are accepted."""
        self.acts.extend(acts)

    def meet(self, call: Call) -> tuple[Act, bytes]:
        with self.lock:
            self.calls.append(call)
            act = self.fault(call) or (self.acts.popleft() if self.acts else ACCEPT)
            if act.taken:
                self.taken.append(call)
            return act, act.said if act.said is not None else self.speech(call, len(self.taken))


class _Calls(BaseHTTPRequestHandler):
    provider: Provider
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        with suppress(OSError):  # clients that hang up
            super().handle()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(self.command, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), headers, body)
        act, said = self.provider.meet(call)
        if act.then == "silence":
            self.provider.released.wait(30)
        if act.then in ("silence", "hang_up"):
            self.close_connection = True
            return
        self._answer(act, said)

    do_GET = do_PUT = do_POST

    def _answer(self, act: Act, said: bytes) -> None:
        self.send_response(act.status)
        length = len(said) + (10_000 if act.then == "dribble" else 0)
        for name, value in (("Content-Type", act.media), ("Content-Length", str(length)), *act.headers):
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(said)
            while act.then == "dribble" and not self.provider.released.wait(0.05):
                self.wfile.write(b" ")

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""
