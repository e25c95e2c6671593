"""Who said what, put together by person: what a release counts. Pure.

Rule 1: people are counted, never messages; each stands in the frame she came by.
Rule 2: what tells people apart was known of them, answered by them, or declared before launch as a compound of two of
these (D26): nothing is put together afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from consult.consultation import Compound, Question
from consult.engine import counted
from consult.events import Answered, Began, Consented, Escape, Event, Finished, Skipped, Value
from consult.facts import segments_of
from consult.findings.ground import LEFT
from consult.findings.protection import ESCAPES, Said

YES, NO = ":chosen", LEFT  # of one choice of several; no choice has such a name
CHANNEL = ":channel"  # the variable by which a table tells apart how people answered; no question has such a name
SEVERAL = "several"  # who answered on more than one
_NONE: Mapping[str, str] = {}
BOTH, FIRST, SECOND, NEITHER = "both", "first", "second", "neither"  # of a compound


class Opened(NamedTuple):
    """One fact, opened, as a release reads it. `source`: who entered it, "" for herself; `message`: what her words are
    called outside, "" for what is no words."""

    person: int
    frame: str
    channel: str
    in_time: bool
    shared: bool
    source: str
    event: Event
    message: str = ""


@dataclass(slots=True)
class Person:
    """What counts of one person in one frame. `segments`: what was known of her, what she answered of herself, and on
    which channel; `written`: the questions she answered in her own words, and what each is called outside. Who was
    invited and never took it up is none of those who `started`."""

    id: int
    shared: bool
    source: str
    invited: bool
    started: bool
    consented: bool
    finished: bool
    answers: Mapping[str, Value]
    segments: Mapping[str, str]
    written: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Heard:
    """What was heard of one person, as it came."""

    shared: bool = False
    source: str = ""
    channel: str = ""
    events: list[Event] = field(default_factory=list)
    messages: Mapping[str, str] = field(default_factory=lambda: _NONE)


def people(
    facts: Iterable[Opened], questions: Sequence[Question], compounds: Sequence[Compound] = ()
) -> dict[str, list[Person]]:
    """By frame, whoever said anything in time, in the order of their numbers."""
    frames: dict[str, dict[int, _Heard]] = {}
    for fact in facts:
        if not fact.in_time:
            continue
        frame = frames.setdefault(fact.frame, {})
        heard = frame.get(fact.person)
        if heard is None:
            heard = frame[fact.person] = _Heard()
        heard.shared |= fact.shared
        heard.source = fact.source or heard.source
        heard.events.append(fact.event)
        if fact.message and isinstance(fact.event, Answered):
            heard.messages = {**heard.messages, fact.event.question: fact.message}
        if not isinstance(fact.event, Began):
            heard.channel = fact.channel if heard.channel in ("", fact.channel) else SEVERAL
    who = [Asked(question.name, question) for question in questions if question.segment]
    alike: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}  # many are alike: one value for all of them
    return {
        frame: [_person(id, each, who, compounds, alike) for id, each in sorted(heard_.items())]
        for frame, heard_ in sorted(frames.items())
    }


def _person(
    id: int,
    heard: _Heard,
    who: Sequence[Asked],
    compounds: Sequence[Compound],
    alike: dict[tuple[tuple[str, str], ...], Mapping[str, str]],
) -> Person:
    answers = dict(counted(heard.events))
    segments: dict[str, str] = {}
    invited = consented = finished = False
    for event in heard.events:
        match event:
            case Began():
                segments |= segments_of(event)
                invited = invited or event.how == "invited"
            case Consented("take_part", True, _):
                consented = True
            case Finished():
                finished = True
    segments |= {each.id: each.code(answers[each.id]) for each in who if each.id in answers}
    segments |= {each.name: side for each in compounds if (side := _side(each, segments))}
    segments |= {CHANNEL: heard.channel} if heard.channel else {}
    started = not invited or any(isinstance(event, Consented | Answered | Skipped) for event in heard.events)
    same = alike.setdefault(tuple(sorted(segments.items())), segments)
    written = {name: each for name, each in heard.messages.items() if worded(answers.get(name))} or _NONE
    return Person(id, heard.shared, heard.source, invited, started, consented, finished, answers, same, written)


def worded(value: Value | None) -> bool:
    """Whether this answer to a question of type text is words: no escape, and written down where it was spoken."""
    return isinstance(value, str) and not isinstance(value, Escape) and bool(value)


def _side(compound: Compound, segments: Mapping[str, str]) -> str:
    """Where she stands; "" while one of the two is not known of her."""
    (first, firsts), (second, seconds) = compound.when.items()
    if {segments.get(first, ""), segments.get(second, "")} & {"", *ESCAPES}:
        return ""
    inside = segments[first] in firsts, segments[second] in seconds
    return {(True, True): BOTH, (True, False): FIRST, (False, True): SECOND}.get(inside, NEITHER)


# ---- questions as they can be counted


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that can be counted: a question, or one choice of several. `codes` in the order of the definition."""

    id: str
    question: Question
    choice: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        if self.choice:
            return (YES, NO, *ESCAPES)
        return (*(option.name for option in self.question.choices), *ESCAPES)

    def code(self, value: Value) -> str:
        """What this answer counts as here."""
        if isinstance(value, Escape):
            return value.value
        if self.choice:
            return YES if isinstance(value, tuple) and self.choice in value else NO
        if isinstance(value, tuple):
            return value[0]
        if isinstance(value, int) and self.question.type == "integer":
            return f"{value // 10 * 10}-{value // 10 * 10 + 9}"
        return str(value)


def asked(questions: Iterable[Question]) -> Iterator[Asked]:
    """What is counted of these questions. Segments are none here, and words are not counted by what they say."""
    for question in questions:
        if question.segment or question.type in ("note", "text"):
            continue
        if question.type == "select_multiple":
            yield from (Asked(f"{question.name}={option.name}", question, option.name) for option in question.choices)
        else:
            yield Asked(question.name, question)


def variables(questions: Sequence[Question], frame: Sequence[Person]) -> list[str]:
    """By what people may be told apart: the questions that ask who they are, and what is known besides."""
    who = [question.name for question in questions if question.segment]
    known = {name for person in frame for name in person.segments}
    several = {person.segments.get(CHANNEL, "") for person in frame} - {""}
    return [*who, *sorted(known - {*who, CHANNEL}), *([CHANNEL] if len(several) > 1 else [])]


def said(item: Asked, frame: Iterable[Person]) -> list[Said]:
    """What everybody in this frame answered to it."""
    name = item.question.name
    return [
        Said(person.id, item.code(person.answers[name]), person.segments, person.source)
        for person in frame
        if name in person.answers
    ]
