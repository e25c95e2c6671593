"""From facts to a table of answers. Pure: what was opened comes in, counts of distinct people go out.

Rule 1: people are counted, never messages; per question the last answer of a person counts.
Rule 2: frames (enrolled, open line, ...) are never merged: one table each.
Rule 3: only answers given in time count; late ones are counted apart, of how many people.
Rule 4: voices that share a phone are flagged; a table can be made with and without them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from consult.consultation import Question
from consult.engine import counted
from consult.events import Answered, Began, Consented, Declined, Event, Finished, Skipped, Stopped, Value
from consult.questions import TYPES


@dataclass(frozen=True, slots=True)
class Told:
    """One fact, opened: who (a number that means nothing outside), in which frame, whether in time, and what."""

    person: int
    frame: str
    verdict: str
    shared: bool  # her phone has more than one voice
    event: Event


@dataclass(frozen=True, slots=True)
class QuestionTable:
    """`people` answered (escapes included); `counts` per choice code, in definition order, escapes by their names."""

    name: str
    type: str
    people: int
    counts: dict[str, int]
    skipped: int


@dataclass(frozen=True, slots=True)
class FrameTable:
    """One frame's figures: distinct people. `invited`: we wrote first; `started`: she took it up.

    `partial` consented and answered something but did not come to the end.
    """

    frame: str
    invited: int
    started: int
    consented: int
    finished: int
    stopped: int
    declined: int
    partial: int
    late: int
    shared: int
    questions: tuple[QuestionTable, ...]


@dataclass(slots=True)
class _Person:
    shared: bool = False
    events: list[Event] = field(default_factory=list)
    late: bool = False


def tally(questions: Iterable[Question], told: Iterable[Told], *, shared: bool = True) -> list[FrameTable]:
    """One table for each frame that has anybody; `shared=False` leaves out voices that share a phone."""
    asked = tuple(question for question in questions if TYPES[question.type].asks)
    frames: dict[str, dict[int, _Person]] = {}
    for one in told:
        if one.shared and not shared:
            continue
        person = frames.setdefault(one.frame, {}).setdefault(one.person, _Person())
        person.shared |= one.shared
        if one.verdict == "in_time" or not isinstance(one.event, Answered | Skipped):
            person.events.append(one.event)
        else:
            person.late = True
    return [_frame(frame, list(people.values()), asked) for frame, people in sorted(frames.items())]


def nobody(frame: str, questions: Iterable[Question]) -> FrameTable:
    """The table of a frame by which nobody came."""
    return _frame(frame, [], tuple(question for question in questions if TYPES[question.type].asks))


def _frame(frame: str, people: list[_Person], asked: tuple[Question, ...]) -> FrameTable:
    answers: dict[str, list[Value]] = {question.name: [] for question in asked}
    skips = dict.fromkeys(answers, 0)
    for person in people:
        for name, value in counted(person.events):
            if name in answers:
                answers[name].append(value)
        for name in _skipped(person.events) & skips.keys():
            skips[name] += 1
    return FrameTable(
        frame=frame,
        invited=sum(_invited(person) for person in people),
        started=sum(not _only_invited(person) for person in people),
        consented=sum(_consented(person) for person in people),
        finished=_having(people, Finished),
        stopped=_having(people, Stopped),
        declined=_having(people, Declined),
        partial=sum(_partial(person) for person in people),
        late=sum(person.late for person in people),
        shared=sum(person.shared for person in people),
        questions=tuple(
            QuestionTable(
                question.name,
                question.type,
                len(answers[question.name]),
                TYPES[question.type].tally(question, answers[question.name]),
                skips[question.name],
            )
            for question in asked
        ),
    )


def _having(people: list[_Person], kind: type[Event]) -> int:
    return sum(any(isinstance(event, kind) for event in person.events) for person in people)


def _invited(person: _Person) -> bool:
    return any(event.how == "invited" for event in person.events if isinstance(event, Began))


def _only_invited(person: _Person) -> bool:
    """We wrote to her and she never took it up: all there is was done by us, or said at the invitation."""
    return _invited(person) and not any(isinstance(event, Consented | Answered | Skipped) for event in person.events)


def _consented(person: _Person) -> bool:
    return any(event.scope == "take_part" and event.agreed for event in person.events if isinstance(event, Consented))


def _partial(person: _Person) -> bool:
    ended = any(isinstance(event, Finished | Stopped) for event in person.events)
    return not ended and any(isinstance(event, Answered) for event in person.events)


def _skipped(events: list[Event]) -> set[str]:
    open_: set[str] = set()
    for event in events:
        match event:
            case Skipped(name, why) if why != "withdrawn":
                open_.add(name)
            case Answered(name):
                open_.discard(name)
    return open_
