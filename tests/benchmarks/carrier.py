"""`python -m tests.benchmarks.carrier`: the fake carrier in a process of its own, which reports on what it took.

Prints its address; then answers each line of its input with what it took so far, as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from queue import SimpleQueue
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from tests.benchmarks.measuring import ROOT
from tests.fakes.twilio_server import Message, TwilioServer, sign

LINES: Final = 16


@dataclass(frozen=True)
class Carrier:
    """The one that runs."""

    url: str
    process: subprocess.Popen[str]

    def told(self) -> dict[str, Any]:
        """`taken` messages to `people`, the moments of each, and reports `refused` by us."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found


@contextmanager
def carrier() -> Iterator[Carrier]:
    """Started, and ended with what follows."""
    command = [sys.executable, "-m", "tests.benchmarks.carrier"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield Carrier(process.stdout.readline().strip(), process)
        finally:
            process.stdin.close()


class ThroughAProxy(TwilioServer):
    """One whose reports come as through the proxy that stands before a hub (deploy/hub): over a few connections that
    are kept, instead of one for each."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: SimpleQueue[Message] = SimpleQueue()
        self._lines = threading.local()
        for _ in range(LINES):
            threading.Thread(target=self._report, daemon=True).start()

    def _report_later(self, message: Message) -> None:
        self._waiting.put(message)

    def _report(self) -> None:
        while True:
            message = self._waiting.get()
            for status in self.reports:
                self.tell(message, status)

    def post(self, url: str, fields: Mapping[str, str]) -> tuple[int, str]:
        """Over the line of this thread; once more where that was closed meanwhile."""
        where = urlsplit(url)
        line = getattr(self._lines, "line", None) or HTTPConnection(where.netloc, timeout=30)
        self._lines.line = line
        form = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": sign(url, fields)}
        for last in (False, True):
            try:
                line.request("POST", f"{where.path}?{where.query}", urlencode(fields), form)
                answer = line.getresponse()
                body = answer.read().decode()
                self.answered.append((url, answer.status))
                return answer.status, body
            except (OSError, HTTPException):
                line.close()
                if last:
                    self.answered.append((url, 0))
        return 0, ""


def _answer(server: TwilioServer) -> dict[str, Any]:
    taken = list(server.accepted)
    return {
        "taken": len(taken),
        "twice": len(taken) - len({each.callback for each in taken}),  # it ends in our number of the message
        "at": [round(each.created, 3) for each in taken],
        "refused": sum(status != 200 for _, status in list(server.answered)),
    }


if __name__ == "__main__":
    with ThroughAProxy() as running:
        running.reports = ("sent", "delivered")
        print(running.url, flush=True)
        for _ in sys.stdin:
            print(json.dumps(_answer(running)), flush=True)
