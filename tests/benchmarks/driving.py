"""Signed messages posted to a hub: so many a second whatever it answers, or as fast as it answers them.

Rule 1: latency counts from the moment a message was due, so that a hub which falls behind is not asked less.
"""

from __future__ import annotations

import selectors
import socket
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from urllib.parse import urlencode

from tests.fakes.twilio_server import ACCOUNT, NUMBER, Message, inbound, sign

LATE: float = 30.0  # seconds after the last message in which answers are waited for


@dataclass(frozen=True)
class Letter:
    """A request as it goes over the wire, and the carrier's name of its message."""

    ref: str
    wire: bytes


@dataclass
class Drive:
    """What came of it. `taken`: names of the messages that were acknowledged; times in seconds."""

    taken: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    broken: int = 0
    seconds: float = 0.0

    def percentile(self, part: float) -> float:
        """Seconds within which this part of the messages was acknowledged."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * part), len(ordered) - 1)] if ordered else float("nan")


def letter(url: str, name: str, sender: str, said: str) -> Letter:
    """A message to the hub whose public address is `url`, as Twilio would post it."""
    path = "/hooks/sms/twilio"
    fields = inbound(ACCOUNT, Message(name, "inbound", sender, NUMBER, said, 0.0))
    body = urlencode(fields).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {url.removeprefix('http://')}\r\nX-Twilio-Signature: "
        f"{sign(url + path, fields)}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return Letter(f"{ACCOUNT}:{name}", head.encode() + body)


class _Line:
    """One connection that is kept open, and what is under way on it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.letter: Letter | None = None
        self.due = 0.0
        self._got = b""
        self.link = self._open()

    def _open(self) -> socket.socket:
        link = socket.create_connection(("127.0.0.1", self.port))
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return link

    def send(self, letter: Letter, due: float) -> None:
        self.letter, self.due, self._got = letter, due, b""
        self.link.sendall(letter.wire)

    def answer(self) -> int | None:
        """The status once it is whole; 0 for a connection that broke; None while more is to come."""
        try:
            some = self.link.recv(65536)
        except OSError:
            some = b""
        if not some:
            return 0
        self._got += some
        head, found, body = self._got.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0) if found else 0
        return int(head.split(b" ", 2)[1]) if found and len(body) >= length else None

    def again(self) -> None:
        """Another connection in place of one that broke."""
        self.link.close()
        self.link = self._open()


def drive(ports: Sequence[int], letters: Sequence[Letter], *, rate: float = 0.0, seconds: float, lines: int) -> Drive:
    """Post these letters for so long, over `lines` connections shared by the ports; `rate` 0: as fast as they go."""
    done, waiting = Drive(), deque[tuple[Letter, float]]()
    idle = deque(_Line(ports[i % len(ports)]) for i in range(lines))
    every, coming, start = list(idle), iter(letters), perf_counter()
    schedule = _schedule(start, rate, seconds, len(letters))
    due = next(schedule, None)
    with selectors.DefaultSelector() as selector:
        for line in every:
            selector.register(line.link, selectors.EVENT_READ, line)
        while True:
            now = perf_counter()
            while rate and due is not None and due <= now:
                waiting.append((next(coming), due))
                due = next(schedule, None)
            while idle and not rate and now - start < seconds and (one := next(coming, None)):
                idle.popleft().send(one, now)
            while idle and waiting:
                idle.popleft().send(*waiting.popleft())
            over = due is None if rate else now - start >= seconds
            if (over and not waiting and len(idle) == lines) or now - start > seconds + LATE:
                break
            for key, _ in selector.select(0.05 if due is None or not rate else max(0.0, min(0.05, due - now))):
                _heard(key.data, done, idle, selector)
    done.seconds = perf_counter() - start
    done.broken += lines - len(idle) + len(waiting)
    for line in every:
        line.link.close()
    return done


def _schedule(start: float, rate: float, seconds: float, most: int) -> Iterator[float]:
    if rate:
        yield from (start + n / rate for n in range(min(int(rate * seconds), most)))


def _heard(line: _Line, done: Drive, idle: deque[_Line], selector: selectors.BaseSelector) -> None:
    status = line.answer()
    if status is None:
        return
    if status == 0:
        selector.unregister(line.link)
        line.again()
        selector.register(line.link, selectors.EVENT_READ, line)
    if line.letter is None:  # closed between two messages
        return
    if status == 200:
        done.taken.append(line.letter.ref)
        done.latencies.append(perf_counter() - line.due)
    done.refused += status not in (0, 200)
    done.broken += status == 0
    line.letter = None
    idle.append(line)
