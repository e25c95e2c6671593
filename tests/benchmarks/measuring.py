"""What a benchmark gives back, and the few ways of measuring that several share."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Figure:
    """One line of the final table. `better`: whether it should be at least or at most the aim."""

    what: str
    value: float
    unit: str
    aim: float | None = None
    better: Literal["more", "less"] = "more"

    def shown(self) -> str:
        return f"{self.value:,.{2 if self.value < 10 else 1 if self.value < 100 else 0}f} {self.unit}"

    def aim_shown(self) -> str:
        return "" if self.aim is None else f"{'>=' if self.better == 'more' else '<='} {self.aim:g}"

    def verdict(self) -> str:
        if self.aim is None:
            return ""
        reached = self.value >= self.aim if self.better == "more" else self.value <= self.aim
        return "reached" if reached else "MISSED"


@dataclass(frozen=True)
class Report:
    """Everything measured (one JSON line), and what of it stands in the table."""

    values: Mapping[str, Any]
    figures: tuple[Figure, ...] = ()


@contextmanager
def one_core(core: int = -1) -> Iterator[None]:
    """This process and the children it starts meanwhile stay on one core: the last, unless another is named."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(before)[core]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def stopwatch() -> Iterator[list[float]]:
    """Seconds spent inside, as the only item of the list."""
    spent: list[float] = []
    start = perf_counter()
    yield spent
    spent.append(perf_counter() - start)


def kilobytes(pid: int, field: str = "VmRSS") -> int:
    """A line of /proc/PID/status, in kB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    return 0
