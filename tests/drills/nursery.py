"""Starts the processes that a drill kills, and kills them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds: a machine that is shared may be slow


@dataclass(frozen=True)
class Child:
    """A process that can be killed. `ended` is a file with its exit code, once it ended by itself."""

    pid: int
    ended: Path

    def alive(self) -> bool:
        """Whether it still runs."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone; one that died by itself fails the drill."""
        assert self.alive(), "a process died before it was killed"
        os.kill(self.pid, signal.SIGKILL)
        self._await()

    def end(self) -> int:
        """SIGTERM, as an operator stops it; its exit code."""
        os.kill(self.pid, signal.SIGTERM)
        self._await()
        return int(self.ended.read_text(encoding="ascii"))

    def sleep(self) -> None:
        """It stands still, and knows nothing of it."""
        os.kill(self.pid, signal.SIGSTOP)

    def wake(self) -> None:
        """It goes on where it stood."""
        os.kill(self.pid, signal.SIGCONT)

    def _await(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.alive():
            assert time.monotonic() < deadline, "a process that was told to go does not go"
            time.sleep(0.001)


class Nursery:
    """Forks servers and workers; whatever still runs at its end is killed."""

    def __init__(self, log: Path) -> None:
        self._log, self._children = log, list[Child]()
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.drills.children"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for child in self._children:
            if child.alive():
                child.kill()
        self._parent.communicate()

    def start(self, duty: str, environment: dict[str, str], port: int = 0) -> Child:
        """A new process at this duty (`children.DUTIES`); a server is waited for until it listens."""
        return self._start({"duty": duty, "words": [], "port": port, "environment": environment})

    def command(self, words: tuple[str, ...], environment: dict[str, str], port: int = 0) -> Child:
        """A new process that runs a command of ours; a server is waited for until it listens on `port`."""
        return self._start({"duty": "", "words": words, "port": port, "environment": environment})

    def _start(self, told: dict[str, object]) -> Child:
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        ended = self._log.with_name(f"{self._log.name}-ended-{len(self._children)}")
        self._parent.stdin.write(json.dumps(told | {"log": str(self._log), "ended": str(ended)}) + "\n")
        self._parent.stdin.flush()
        child = Child(int(self._parent.stdout.readline()), ended)
        self._children.append(child)
        if port := told["port"]:
            self._await(child, int(str(port)))
        return child

    def _await(self, child: Child, port: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                assert child.alive(), self._log.read_text()
                assert time.monotonic() < deadline, "the server does not listen"
                time.sleep(0.005)
