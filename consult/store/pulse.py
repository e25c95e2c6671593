"""How a writer's commits go: how many works each keeps and how long it takes, counted since the process began.

Rule 1: only sizes and durations: no work, row or person can be told from them.
Rule 2: the writer's thread alone counts, without a lock: a reader may see one commit of which half is counted.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)  # works in a commit
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


@dataclass(slots=True)
class Histogram:
    """How often a value fell under each bound, and what all of them make together."""

    bounds: tuple[float, ...]
    counts: list[int] = field(init=False)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def count(self, value: float) -> None:
        """One more."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def upto(self) -> list[int]:
        """How many were at most each bound; the last is all of them."""
        return list(accumulate(self.counts))


@dataclass(frozen=True, slots=True)
class Pulse:
    """Of one writer."""

    sizes: Histogram = field(default_factory=lambda: Histogram(SIZES))
    seconds: Histogram = field(default_factory=lambda: Histogram(SECONDS))

    def kept(self, works: int, seconds: float) -> None:
        """A commit that is on the disk."""
        self.sizes.count(works)
        self.seconds.count(seconds)
