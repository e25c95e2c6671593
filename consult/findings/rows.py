"""De-identified rows: what each person answered, so coarse that at least ten look alike. Pure.

For those who must look at answers together, where tables cannot tell. It takes two people to make them, and they are
no publication: whoever knows what a woman answered to several questions may still find her row and read the others.

Rule 1: closed answers only. Never her own words, times, languages, channels, or anything of her telephone.
Rule 2: who she is (segments) is shown only as far as ten people of her frame share all of it: the segment declared
last is hidden first. What is hidden is hidden of at least ten.
Rule 3: an answer that fewer than ten of a frame gave is hidden, and with it the next rarest until ten are; one that
everybody gave is hidden too. Numbers are bands of ten, a ranking is its first place.
Rule 4: a frame of fewer than thirty people has no rows. Frames are never merged.
Rule 5: sensitive questions are left out, and people whose telephone several share may be.
Rule 6: rows are given in an order of their own: the caller shuffles, and numbers them anew each time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from consult.consultation import Question
from consult.engine import counted
from consult.events import Began, Escape, Event, Value
from consult.facts import segments_of
from consult.findings.tally import Told

ALIKE: Final = 10  # people; upward only
BASE: Final = 30  # people of a frame
HIDDEN: Final = "hidden"
NONE: Final = ""  # she did not answer it

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a frame. `columns`: segments, then questions; `people`: how many rows there are."""

    frame: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(slots=True)
class _Person:
    events: list[Event]
    segments: dict[str, str]


def sheets(questions: Sequence[Question], told: Iterable[Told], *, shared: bool = True) -> list[Sheet]:
    """One sheet for each frame of thirty people or more who answered anything."""
    frames: dict[str, dict[int, _Person]] = {}
    for one in told:
        if (one.shared and not shared) or one.verdict != "in_time":
            continue
        person = frames.setdefault(one.frame, {}).setdefault(one.person, _Person([], {}))
        person.events.append(one.event)
        if isinstance(one.event, Began):
            person.segments |= segments_of(one.event)
    made = (_sheet(frame, questions, list(people.values())) for frame, people in sorted(frames.items()))
    return [each for each in made if each.rows]


def _sheet(frame: str, questions: Sequence[Question], people: Sequence[_Person]) -> Sheet:
    answers = [dict(counted(person.events)) for person in people]
    given = [(person, answered) for person, answered in zip(people, answers, strict=True) if answered]
    if len(given) < BASE:
        return Sheet(frame, (), ())
    named = tuple(dict.fromkeys(name for person, _ in given for name in sorted(person.segments)))
    who = [each for each in questions if each.segment and each.type in _CLOSED]
    asked = [each for each in questions if not each.segment and not each.sensitive and each.type in _CLOSED]
    segments = [
        (*(person.segments.get(name, NONE) for name in named), *(_code(each, answered) for each in who))
        for person, answered in given
    ]
    columns = [_answers(each, [answered for _, answered in given]) for each in asked]
    rows = tuple((*who_, *said) for who_, said in zip(alike(segments), zip(*columns, strict=True), strict=True))
    return Sheet(frame, (*named, *(each.name for each in (*who, *asked))), rows) if columns else Sheet(frame, (), ())


# ---- who she is


def alike(rows: Sequence[Row]) -> list[Row]:
    """The rows with as much hidden that each is like at least ten (rule 2); all of it, where nothing less will do."""
    shown = list(rows)
    for place in reversed(range(len(rows[0]) if rows else 0)):
        sizes = Counter(shown)
        shown = [_without(row, place) if sizes[row] < ALIKE else row for row in shown]
    return _topped(shown)


def _topped(rows: list[Row]) -> list[Row]:
    """Where fewer than ten are hidden wholly, the smallest other class joins them, until they are ten."""
    while 0 < min((n for n in Counter(rows).values()), default=0) < ALIKE and len(set(rows)) > 1:
        sizes = Counter(rows)
        small = {row for row, n in sizes.items() if n < ALIKE}
        joins = min((row for row in sizes if row not in small), key=lambda row: (sizes[row], row), default=None)
        nothing = tuple(HIDDEN for _ in rows[0])
        rows = [nothing if row in small or row == joins else row for row in rows]
    return rows


def _without(row: Row, place: int) -> Row:
    return (*row[:place], HIDDEN, *row[place + 1 :])


# ---- what she said


def _answers(question: Question, answered: Sequence[Mapping[str, Value]]) -> list[str]:
    """A column: every row's answer, with what is rare or everybody's hidden."""
    said = [_parts(question, each) for each in answered]
    people: dict[str, set[int]] = {}
    for row, parts in enumerate(said):
        for part in parts:
            people.setdefault(part, set()).add(row)
    gone = rare(people, sum(bool(parts) for parts in said))
    return [" ".join(dict.fromkeys(HIDDEN if part in gone else part for part in parts)) for parts in said]


def rare(people: Mapping[str, Set[int]], base: int) -> frozenset[str]:
    """The answers that are hidden (rule 3), of who gave each and how many answered at all."""
    order = sorted(people, key=lambda part: (len(people[part]), part))
    gone = {part for part in order if len(people[part]) < ALIKE or len(people[part]) == base}
    for part in order:
        if not gone or len(set[int]().union(*(people[each] for each in gone))) >= ALIKE:
            break
        gone.add(part)
    return frozenset(gone)


def _code(question: Question, answered: Mapping[str, Value]) -> str:
    return " ".join(_parts(question, answered))


def _parts(question: Question, answered: Mapping[str, Value]) -> tuple[str, ...]:
    value = answered.get(question.name)
    if value is None:
        return ()
    if isinstance(value, Escape):
        return (value.value,)
    return _CLOSED[question.type](value)


def _one(value: Value) -> tuple[str, ...]:
    return (str(value),)


def _each(value: Value) -> tuple[str, ...]:
    return tuple(sorted(value)) if isinstance(value, tuple) else _one(value)


def _first(value: Value) -> tuple[str, ...]:
    return value[:1] if isinstance(value, tuple) else _one(value)


def _band(value: Value) -> tuple[str, ...]:
    least = int(value) // 10 * 10 if isinstance(value, int) else 0
    return (f"{least} to {least + 9}",)


_CLOSED: Final[Mapping[str, Callable[[Value], tuple[str, ...]]]] = {
    "select_one": _one,
    "select_multiple": _each,
    "range": _one,
    "rank": _first,
    "integer": _band,
}
