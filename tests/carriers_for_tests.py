"""A carrier that outlives its process: what it took is a line in a file. For tests with several workers, and kills.

    python -m tests.carriers_for_tests FOLDER AT [before|after]

pays everything that is owed in this folder's house at AT (epoch seconds); with a third word the process kills itself
(SIGKILL) at its first hand-over, before or after the carrier took the message.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from consult import delivery
from consult.channel import Delivery, Owed, Receipt
from tests.fakes.post import Post, house

ROOT = Path(__file__).parents[1]


@dataclass
class Ledger(Post):
    """The carrier; `ledger` is its file, `die` where it kills the process that hands over."""

    ledger: Path = Path("ledger")
    die: str = ""

    def send(self, owed: Owed, report_to: str) -> Receipt:
        if self.die == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        with self.ledger.open("a") as lines:
            lines.write(f"{owed.id}\n")
        if self.die == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return Receipt(f"ledger-{owed.id}", Delivery.ACCEPTED, owed.id, segments=1)

    def find(self, owed: Owed, since: int) -> Receipt | None:
        known = owed.id in self.lines()
        return Receipt(f"ledger-{owed.id}", Delivery.ACCEPTED, owed.id, segments=1) if known else None

    def lines(self) -> list[int]:
        """The rows it took, in order."""
        return [int(line) for line in self.ledger.read_text().split()] if self.ledger.exists() else []


def pays(folder: Path, at: int, die: str = "") -> subprocess.Popen[bytes]:
    """Another process that pays what is owed."""
    words = [sys.executable, "-m", "tests.carriers_for_tests", str(folder), str(at), die]
    return subprocess.Popen(words, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


def main(folder: Path, at: int, die: str) -> None:
    home = house(folder, Ledger(ledger=folder / "ledger", die=die))
    while delivery.sweep(home, lambda: at, limit=20).busy:
        pass
    home.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
