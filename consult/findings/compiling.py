"""From what was opened to the document of a release: plain values, in one order, so that the same facts give the same
bytes. Pure.

Rule 1: a frame is a chapter of its own; frames are never added up.
Rule 2: a question is as its type can be counted: several choices are a yes or no to each, a ranking is its first place,
a whole number is a band of ten. Her own words are counted and nothing else.
Rule 3: every figure also stands without the voices of shared telephones, where those are nobody or ten and more in
every cell; else it says that it may not.
Rule 4: time is a month, place is a declared segment, and no name but the consultation's own words stands in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from consult.consultation import Question
from consult.engine import counted
from consult.events import Began, Consented, Escape, Event, Finished, Value
from consult.facts import segments_of
from consult.findings.ground import gaps, minorities, shared
from consult.findings.protection import ESCAPES, Before, Group, Protected, Rules, Said, Table, percent, protect

YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Opened:
    """One fact, opened, as a release reads it. `source`: who entered it, "" for herself."""

    person: int
    frame: str
    in_time: bool
    shared: bool
    source: str
    event: Event


@dataclass(slots=True)
class Person:
    """What counts of one person in one frame."""

    id: int
    shared: bool = False
    source: str = ""
    events: list[Event] = field(default_factory=list)
    segments: dict[str, str] = field(default_factory=dict)


def people(facts: Iterable[Opened]) -> dict[str, list[Person]]:
    """By frame, whoever said anything in time."""
    frames: dict[str, dict[int, Person]] = {}
    for fact in facts:
        if not fact.in_time:
            continue
        person = frames.setdefault(fact.frame, {}).setdefault(fact.person, Person(fact.person))
        person.shared |= fact.shared
        person.source = fact.source or person.source
        person.events.append(fact.event)
        if isinstance(fact.event, Began):
            person.segments |= segments_of(fact.event)
    return {frame: list(each.values()) for frame, each in sorted(frames.items())}


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
    """By what people may be told apart: what was known of them, and the questions that ask who they are."""
    known = dict.fromkeys(name for person in frame for name in sorted(person.segments))
    return [*known, *(question.name for question in questions if question.segment and question.name not in known)]


def said(item: Asked, questions: Sequence[Question], frame: Sequence[Person]) -> list[Said]:
    """What everybody in this frame answered to it."""
    who = [question for question in questions if question.segment]
    found = []
    for person in frame:
        answers = dict(counted(person.events))
        if item.question.name in answers:
            more = {each.name: Asked(each.name, each).code(answers[each.name]) for each in who if each.name in answers}
            code = item.code(answers[item.question.name])
            found.append(Said(person.id, code, {**person.segments, **more}, person.source))
    return found


# ---- the document


@dataclass(frozen=True, slots=True)
class Earlier:
    """The release before: its document, its people who can still be opened, how many no longer can, by frame."""

    document: Mapping[str, Any]
    frames: Mapping[str, Sequence[Person]]
    erased: Mapping[str, int]


def chapters(
    questions: Sequence[Question], frames: Mapping[str, Sequence[Person]], rules: Rules, earlier: Earlier | None
) -> list[dict[str, Any]]:
    """One for each frame that ten people came by."""
    made = [_chapter(name, questions, frame, rules, earlier) for name, frame in frames.items()]
    return [each for each in made if each["people"] is not None]


def _chapter(
    name: str, questions: Sequence[Question], frame: Sequence[Person], rules: Rules, earlier: Earlier | None
) -> dict[str, Any]:
    reach = _reach(frame, rules)
    tables, listed = list[Table](), list[dict[str, Any]]()
    for item in asked(questions):
        before = _before(name, item, questions, earlier)
        made = protect(
            item.id,
            said(item, questions, frame),
            variables(questions, frame),
            rules=rules,
            codes=item.codes,
            sensitive=item.question.sensitive,
            before=before,
        )
        tables += made.tables
        listed.append(_listed(item, made, questions, frame, rules))
    wholes = {table.question: table for table in tables if not table.variable}
    return {
        "frame": name,
        "people": reach["took part"],
        "reach": reach,
        "questions": listed,
        "common_ground": [_plain(asdict(each)) for each in shared(tables)],
        "divergence": [{**_plain(asdict(each)), "points": each.points} for each in gaps(tables)],
        "minorities": [
            {"question": id, "variable": v, "row": sorted(row), "answer": sorted(answer), "people": n}
            for id, whole in wholes.items()
            for v, row, answer, n in minorities(whole, [t for t in tables if t.variable and t.question == id])
        ],
    }


def _reach(frame: Sequence[Person], rules: Rules) -> dict[str, int | None]:
    """Numbers of people, rounded; None for fewer than ten, and where the rest would be one to nine."""
    consented = [
        p for p in frame if any(isinstance(e, Consented) and e.scope == "take_part" and e.agreed for e in p.events)
    ]
    finished = [p for p in frame if any(isinstance(e, Finished) for e in p.events)]
    counts = {"took part": len(frame), "consented": len(consented), "finished": len(finished)}
    shown: dict[str, int | None] = {}
    last = 0
    for name, n in sorted(counts.items(), key=lambda each: each[1]):
        stands = n >= rules.cell and not 0 < n - last < rules.cell
        shown[name] = _rounded(n, rules) if stands else None
        last = n if stands else last
    return {name: shown[name] for name in counts}


def _rounded(n: int, rules: Rules) -> int:
    return (2 * n + rules.rounding) // (2 * rules.rounding) * rules.rounding


def _listed(
    item: Asked, made: Protected, questions: Sequence[Question], frame: Sequence[Person], rules: Rules
) -> dict[str, Any]:
    alone = [person for person in frame if not person.shared]
    return {
        "id": item.id,
        "question": item.question.name,
        "choice": item.choice,
        "type": item.question.type,
        "tables": [table_values(table) for table in made.tables],
        "without_shared": _without(made, said(item, questions, frame), said(item, questions, alone), rules),
        "dropped": list(made.dropped),
        "frozen": list(made.frozen),
        "merged": sum(table.merged() for table in made.tables),
    }


def _without(
    made: Protected, everybody: Sequence[Said], alone: Sequence[Said], rules: Rules
) -> list[dict[str, Any]] | None:
    """The same tables without shared telephones; None where one cell would lose one to nine people, or stand on few."""
    if len(alone) == len(everybody):
        return [table_values(table) for table in made.tables]
    if made.frozen:
        return None
    kept = {one.who for one in alone}
    shared_ = [one for one in everybody if one.who not in kept]
    out = []
    for table in made.tables:
        cells = [
            [(_inside(alone, table, r, c), _inside(shared_, table, r, c)) for c in table.columns] for r in table.rows
        ]
        if table.band or any(n < rules.cell or 0 < gone < rules.cell for row in cells for n, gone in row):
            return None
        out.append({**table_values(table), "cells": [[_rounded(n, rules) for n, _ in row] for row in cells]})
        out[-1]["bases"] = [_rounded(sum(n for n, _ in row), rules) for row in cells]
        out[-1]["people"] = _rounded(len(alone), rules)
    return out


def _inside(people_: Iterable[Said], table: Table, row: Group, column: Group) -> int:
    return sum(
        one.code in column and (not table.variable or one.segments.get(table.variable, "") in row) for one in people_
    )


def _before(name: str, item: Asked, questions: Sequence[Question], earlier: Earlier | None) -> Before | None:
    if earlier is None:
        return None
    chapter = next((each for each in earlier.document["chapters"] if each["frame"] == name), None)
    listed = next((each for each in chapter["questions"] if each["id"] == item.id), None) if chapter else None
    if listed is None:
        return None
    then = said(item, questions, earlier.frames.get(name, ()))
    return Before([table_of(item.id, each) for each in listed["tables"]], then, earlier.erased.get(name, 0))


def table_values(table: Table) -> dict[str, Any]:
    """A table as plain values; percentages are made of the rounded counts that stand beside them."""
    return {
        "variable": table.variable,
        "rows": [sorted(row) for row in table.rows],
        "columns": [sorted(column) for column in table.columns],
        "cells": [list(row) for row in table.cells],
        "bases": list(table.bases),
        "people": table.people,
        "percent": [[percent(n, base) for n in row] for row, base in zip(table.cells, table.bases, strict=True)],
        "band": sorted(table.band) if table.band else None,
    }


def table_of(question: str, values: Mapping[str, Any]) -> Table:
    """The table that `table_values` wrote."""
    return Table(
        question=question,
        variable=values["variable"],
        rows=tuple(Group(row) for row in values["rows"]),
        columns=tuple(Group(column) for column in values["columns"]),
        cells=tuple(tuple(row) for row in values["cells"]),
        bases=tuple(values["bases"]),
        people=values["people"],
        band=Group(values["band"]) if values["band"] else None,
    )


def _plain(value: Any) -> Any:
    match value:
        case frozenset():
            return sorted(value)
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case tuple() | list():
            return [_plain(each) for each in value]
        case _:
            return value
