"""Whether a history holds a sin: what women said, what the hub kept, what the carrier took, held against each other.

Rule 1: pure: the history is a value, and so is the judgement; whoever gathers one looks nothing up here.
Rule 2: a sin is told with the one it was done to, so that a finding can be followed.
Rule 3: "0 doubled" counts effects, and sends of carriers that can be asked: a resend that is flagged may arrive twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, get_args

Sin = Literal[
    "lost",  # acknowledged, and without its effect
    "doubled",  # an effect that nobody asked for, or once too often
    "unsettled",  # a message of which the hub does not know what became of it
    "unsent",  # the hub believes that the carrier took it, and the carrier did not
    "misdirected",  # a message of hers that went to somebody else
    "repeated",  # one message of ours, taken more than once
    "by night",  # we began, outside her hours
    "after leaving",  # more than the one farewell after her STOP or ERASE was acknowledged
    "not forgotten",  # something of her is left, or the list that restores obey lacks her
]
SINS: Final[tuple[Sin, ...]] = get_args(Sin)
UNSETTLED: Final = ("queued", "handing", "uncertain")
BELIEVED: Final = ("accepted", "sent", "delivered")


@dataclass(frozen=True)
class Said:
    """Somebody and what she said, as an effect that can be counted."""

    who: str
    what: Hashable


@dataclass(frozen=True)
class Row:
    """A message of ours as the hub remembers it. `resent`: flagged, perhaps taken twice."""

    id: str
    who: str
    state: str
    resent: bool = False


@dataclass(frozen=True)
class Taken:
    """A message the carrier took, at its own time (epoch seconds); `started`: it answers nothing that she wrote."""

    who: str
    row: str
    at: float = 0.0
    started: bool = False


@dataclass(frozen=True)
class Left:
    """Who wrote STOP or ERASE, and how many messages she had when that was acknowledged."""

    who: str
    had: int


@dataclass(frozen=True)
class History:
    """All that three parties remember; `taken` in the carrier's order. `remembered`: who should be forgotten, by whom
    the hub can still be shown to know her."""

    acknowledged: tuple[Said, ...] = ()
    kept: tuple[Said, ...] = ()
    rows: tuple[Row, ...] = ()
    taken: tuple[Taken, ...] = ()
    left: tuple[Left, ...] = ()
    remembered: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One sin, and to whom it was done."""

    sin: Sin
    who: str


def judge(history: History, awake: Callable[[str, float], bool] = lambda who, at: True) -> tuple[Finding, ...]:
    """Every sin of it. `awake`: whether we may begin to write to her at this time."""
    return tuple(
        Finding(sin, who)
        for sin, whose in (
            ("lost", _more(history.acknowledged, history.kept)),
            ("doubled", _more(history.kept, history.acknowledged)),
            ("unsettled", (row.who for row in history.rows if row.state in UNSETTLED)),
            ("unsent", _unsent(history)),
            ("misdirected", _misdirected(history)),
            ("repeated", _repeated(history)),
            ("by night", (one.who for one in history.taken if one.started and not awake(one.who, one.at))),
            ("after leaving", _after_leaving(history)),
            ("not forgotten", iter(history.remembered)),
        )
        for who in whose
    )


def resent(history: History) -> int:
    """How many messages were sent again, flagged: counted apart."""
    return sum(row.resent for row in history.rows)


def _more(these: tuple[Said, ...], those: tuple[Said, ...]) -> Iterator[str]:
    return (said.who for said in (Counter(these) - Counter(those)).elements())


def _unsent(history: History) -> Iterator[str]:
    taken = {one.row for one in history.taken}
    return (row.who for row in history.rows if row.state in BELIEVED and row.id not in taken)


def _misdirected(history: History) -> Iterator[str]:
    whose = {row.id: row.who for row in history.rows}
    return (one.who for one in history.taken if whose.get(one.row, one.who) != one.who)


def _repeated(history: History) -> Iterator[str]:
    allowed = {row.id: 1 + row.resent for row in history.rows}
    seen = Counter((one.row, one.who) for one in history.taken)
    return (who for (row, who), n in seen.items() for _ in range(n - allowed.get(row, 1)))


def _after_leaving(history: History) -> Iterator[str]:
    had = Counter(one.who for one in history.taken)
    return (left.who for left in history.left for _ in range(had[left.who] - left.had - 1))
