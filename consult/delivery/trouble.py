"""A carrier in trouble is left alone: one message at a time tries whether it is over.

Otherwise an outage of an hour would use up every try of everything that waits. The rest doubles with each failure in
a row, from two seconds to one minute, and ends with the first message that is taken. It stands in the database, so
that all workers rest.
"""

from __future__ import annotations

from typing import Final

from consult.channel import SendFailed
from consult.store import Tx

LONGEST: Final = 60  # seconds
_RESTING: Final = "resting:"  # setting: "until failures"


def tired(tx: Tx, way: str, at: int) -> bool:
    """Whether the carrier is left alone for now."""
    return at < _rest(tx, way)[0] <= at + LONGEST  # no longer, whatever the clock said then


def rest(tx: Tx, way: str, failed: SendFailed, at: int) -> None:
    """It did not answer, or asked for time (`after`)."""
    failures = _rest(tx, way)[1] + 1
    wait = min(max(failed.after, 1 << min(failures, 6)), LONGEST)
    tx.set(_RESTING + way, f"{at + wait} {failures}")


def rested(tx: Tx, way: str) -> None:
    """It took a message."""
    if tx.setting(_RESTING + way):
        tx.set(_RESTING + way, "")


def _rest(tx: Tx, way: str) -> tuple[int, int]:
    until, _, failures = (tx.setting(_RESTING + way) or "0 0").partition(" ")
    return int(until), int(failures)
