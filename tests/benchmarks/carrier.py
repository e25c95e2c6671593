"""`python -m tests.benchmarks.carrier`: the fake carrier in a process of its own, which reports on what it took.

Prints its address; then answers each line of its input with what it took so far, as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.measuring import ROOT
from tests.fakes.twilio_server import TwilioServer


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


def _answer(server: TwilioServer) -> dict[str, Any]:
    taken = list(server.accepted)
    return {
        "taken": len(taken),
        "twice": len(taken) - len({each.callback for each in taken}),  # it ends in our number of the message
        "at": [round(each.created, 3) for each in taken],
        "refused": sum(status != 200 for _, status in list(server.answered)),
    }


if __name__ == "__main__":
    with TwilioServer() as running:
        running.reports = ("sent", "delivered")
        print(running.url, flush=True)
        for _ in sys.stdin:
            print(json.dumps(_answer(running)), flush=True)
