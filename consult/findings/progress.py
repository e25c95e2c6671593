"""How far people came, apart by channel, language, place of entry and who they are, behind the gate (D19). Pure.

Rule 1: frames are never merged; within one, each person stands once in each breakdown: where she is now.
Rule 2: fewer than ten are shown as that. Where what is hidden of a breakdown adds up to one to nine people, the
smallest row that could be shown is hidden too: else the frame's total would tell.
Rule 3: a breakdown moves as a whole, and only when each of its rows that showed a number stands as it stood, or ten of
its people more have begun or answered since: what two views differ by is never the doing of fewer. Who goes from one
row to another (she changed her language), or is erased, moves nothing by herself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from consult.consultation import Question
from consult.events import Answered, Began, Event
from consult.facts import segments_of
from consult.findings.gate import HIDDEN, MINIMUM, SMALL, at_least, moved
from consult.findings.tally import FrameTable, Told, tally

STEPS: Final = ("invited", "started", "finished", "stopped", "partial")
CHANNEL: Final = "channel"
LANGUAGE: Final = "language"
NODE: Final = "node"
Row = Mapping[str, int | str]  # step -> people, "<10" or "hidden"
Rows = Mapping[str, Row]  # value -> row


class Came(NamedTuple):
    """One fact, opened: who, in which frame, where it was heard, in which language."""

    person: int
    frame: str
    channel: str
    node: str
    language: str
    in_time: bool
    event: Event


@dataclass(slots=True)
class _Person:
    told: list[Told] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    news: set[str] = field(default_factory=set)  # breakdowns since whose last showing she began or answered


Shown = Mapping[str, Rows]  # "frame breakdown" -> rows
Places = Mapping[str, int]  # "frame breakdown" -> up to which fact it was counted


def broken_down(
    questions: Sequence[Question], came: Iterable[tuple[int, Came]], before: Shown, places: Places
) -> dict[str, Rows]:
    """The breakdowns that may be shown anew. `came`: (arrival, fact) in order; `before`: as they were shown last, each
    at its place."""
    who = {question.name for question in questions if question.segment and question.choices}
    frames: dict[str, dict[int, _Person]] = {}
    for arrival, one in came:
        person = frames.setdefault(one.frame, {}).setdefault(one.person, _Person())
        _hear(person, arrival, one, who, places)
    fresh = {f"{frame} {by}": (people, by) for frame, people in frames.items() for by in _breakdowns(people)}
    rows = {name: _rows(people.values(), by) for name, (people, by) in fresh.items()}
    free = {name for name, (people, by) in fresh.items() if _moves(rows[name], before.get(name), people, name, by)}
    return {name: rows[name] for name in rows if name in free}


def _hear(person: _Person, arrival: int, one: Came, who: set[str], places: Places) -> None:
    begun = isinstance(one.event, Began | Answered)
    first = not any(_same(told.event, one.event) for told in person.told) if begun else False
    person.told.append(Told(one.person, one.frame, "in_time" if one.in_time else "late", False, one.event))
    person.values |= {CHANNEL: one.channel, LANGUAGE: one.language, **segments_of(one.event)}
    person.values.setdefault(NODE, one.node)
    if isinstance(one.event, Answered) and one.event.question in who and isinstance(one.event.value, str):
        person.values[one.event.question] = one.event.value
    if first:
        person.news |= {name for name, place in places.items() if name.startswith(f"{one.frame} ") and arrival > place}


def _same(one: Event, other: Event) -> bool:
    """Whether both say that she began, or answer one question: who corrects herself is no news."""
    if isinstance(one, Answered) and isinstance(other, Answered):
        return one.question == other.question
    return isinstance(one, Began) and isinstance(other, Began)


def _breakdowns(people: Mapping[int, _Person]) -> list[str]:
    """By what there are at least two values."""
    names = dict.fromkeys(name for person in people.values() for name in person.values)
    return [name for name in names if len({person.values.get(name, "") for person in people.values()}) > 1]


def _rows(people: Iterable[_Person], by: str) -> Rows:
    told = (replace(each, frame=person.values.get(by, "")) for person in people for each in person.told)
    tables = tally((), told)
    shown: dict[str, Row] = {table.frame: {step: at_least(getattr(table, step)) for step in STEPS} for table in tables}
    left = [table for table in tables if shown[table.frame]["started"] == SMALL]
    large = [table for table in tables if shown[table.frame]["started"] != SMALL]
    if large and 0 < sum(table.started for table in left) < MINIMUM:
        shown[min(large, key=_started).frame] = dict.fromkeys(STEPS, HIDDEN)
    return shown


def _started(table: FrameTable) -> int:
    return table.started


def _moves(now: Rows, before: Rows | None, people: Mapping[int, _Person], name: str, by: str) -> bool:
    """See Rule 3."""
    since: dict[str, int] = {}
    for person in people.values():
        value = person.values.get(by, "")
        since[value] = since.get(value, 0) + (name in person.news)
    told = {value: row for value, row in (before or {}).items() if isinstance(row["started"], int)}
    return all(moved(since.get(value, 0)) or now.get(value) == row for value, row in told.items())
