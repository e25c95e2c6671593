"""The restricted annex: early warnings, for the few who must act on them. Two people release it, each time.

It stands in no table, release or page. It says when, by which way and from where a warning came, as coarsely as she
told it herself; never a number, a name, or what else she answered.

Rule 1: an early warning is not gated at ten people: it is shown to those who protect, and so to nobody else.
Rule 2: who looked, and that she did, is in the audit before anything is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from consult.engine import counted
from consult.events import Alerted, Began, Event
from consult.facts import segments_of
from consult.figures import opened
from consult.house import House
from consult.library import day_of
from consult.store import Tx
from consult.store.records import Fact
from consult.unsealing import Opening


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """One early warning. `day` is whole days since 1970-01-01; `segments` are (name, code) of who she is."""

    day: int
    channel: str
    frame: str
    segments: tuple[tuple[str, str], ...]


def early_warnings(house: House, name: str, *, at: int, private: bytes | None = None) -> list[EarlyWarning]:
    """Every early warning, the oldest first; that they were read is noted first.

    Raises figures.NoSuch, custody.NoKey, vault.Unopenable.
    """
    return [warning for _, warning in warnings(house, opened(house, name, private), at=at)]


def warnings(house: House, opening: Opening, *, at: int) -> list[tuple[Fact, EarlyWarning]]:
    """Each with the fact it is of, for a room that keeps them for those who protect; noted first."""
    house.store.write(partial(_note, opening.published.name, at))
    questions = house.library.edition(opening.published).consultation.questions
    return list(_warnings(opening.events(), frozenset(each.name for each in questions if each.segment)))


def _warnings(told: Iterable[tuple[Fact, Event]], segments: frozenset[str]) -> Iterable[tuple[Fact, EarlyWarning]]:
    events: dict[int, list[Event]] = {}
    warned: list[Fact] = []
    for fact, event in told:
        events.setdefault(fact.person, []).append(event)
        if isinstance(event, Alerted):
            warned.append(fact)
    for fact in warned:
        yield fact, EarlyWarning(fact.day, fact.channel, fact.frame, _who(events[fact.person], segments))


def _who(events: list[Event], segments: frozenset[str]) -> tuple[tuple[str, str], ...]:
    known: dict[str, str] = {}
    for event in events:
        known |= segments_of(event) if isinstance(event, Began) else {}
    return tuple((known | {name: str(value) for name, value in counted(events) if name in segments}).items())


def _note(name: str, at: int, tx: Tx) -> None:
    tx.note(day_of(at), f"the restricted annex of {name} was read")
