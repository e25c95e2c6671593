"""Which facts a page brought, as its row at the hub keeps it: "1-7,9", or "1a2b3c4d:1-7,9".

Rule 1: the epoch the facts are kept under stands in front where it is not the page's own: they are of a tail that was
taken in apart, or were heard before the node was restored.
Rule 2: no library of pages is needed for this: whoever counts reads it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from consult.store.fieldwork import PageRow

BELIEVED: Final = ("merged", "held", "sealed")


def ranges(numbers: Iterable[int]) -> str:
    """Numbers as "1-7,9"."""
    out: list[list[int]] = []
    for number in sorted(numbers):
        if out and number == out[-1][1] + 1:
            out[-1][1] = number
        else:
            out.append([number, number])
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in out)


def spread(numbers: str) -> list[int]:
    """The numbers behind "1-7,9"."""
    out: list[int] = []
    for part in numbers.split(",") if numbers else ():
        first, _, last = part.partition("-")
        out += range(int(first), int(last or first) + 1)
    return out


def told(page_epoch: int, epoch: int, numbers: Iterable[int]) -> str:
    """What a page brought: numbers of facts, with the epoch they are kept under where it is not the page's."""
    said = ranges(numbers)
    return said if epoch == page_epoch or not said else f"{epoch:08x}:{said}"


def brought(row: PageRow) -> tuple[int, str]:
    """The epoch and the numbers of the facts of a merged page."""
    epoch, _, numbers = row.numbers.rpartition(":")
    return int(epoch, 16) if epoch else row.epoch, numbers
