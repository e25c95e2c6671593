"""How long an operator waits for `consult --help`, and what importing the doors costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median

from tests.benchmarks.measuring import ROOT, Figure, Report, stopwatch

TIMES = 15
DOORS = {
    "python": "pass",
    "consult.cli": "import consult.cli",
    "consult.engine": "import consult.engine",
    "consult.web": "import consult.web",
    "flask": "import flask",
}


def run(rounds: int) -> Report:
    """Medians, in milliseconds; `rounds` is not used, since each is started fifteen times anyway."""
    del rounds
    program = Path(sys.executable).with_name("consult")
    found: dict[str, list[float]] = {name: [] for name in ("consult --help", *DOORS)}
    for _ in range(TIMES):
        found["consult --help"].append(_took([str(program), "--help"]))
        for name, code in DOORS.items():
            found[name].append(_took([sys.executable, "-c", code]))
    took = {name: round(median(times), 1) for name, times in found.items()}
    return Report({"milliseconds": took}, (Figure("consult --help", took["consult --help"], "ms", 200, "less"),))


def _took(command: list[str]) -> float:
    with stopwatch() as spent:
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return spent[0] * 1000
