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

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from consult.consultation import Consultation, Question
from consult.findings.ground import NotWeighted, gaps, minorities, rake, shared, word
from consult.findings.persons import CHANNEL, Asked, Person, asked, said, variables
from consult.findings.protection import (
    Before,
    Group,
    Protected,
    Rules,
    Said,
    Table,
    alike,
    percent,
    protect,
    sides_stand,
    size,
)

_NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Earlier:
    """The release before: its chapters with their numbers, its people who can still be opened, how many no longer can,
    by frame; what its themes were counted from (`consult.findings.themes`)."""

    chapters: Sequence[Mapping[str, Any]]
    frames: Mapping[str, Sequence[Person]]
    erased: Mapping[str, int]
    coded: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Aims:
    """Whom the consultation means to hear: (variable, value) -> people; and shares of everybody, for weights."""

    people: Mapping[tuple[str, str], int] = field(default_factory=dict)
    margins: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def chapters(
    definition: Consultation,
    frames: Mapping[str, Sequence[Person]],
    rules: Rules,
    earlier: Earlier | None = None,
    aims: Aims | None = None,
    *,
    flash: bool = False,
) -> list[dict[str, Any]]:
    """One for each frame that ten people came by. `flash`: thirty, and without any breakdown."""
    least = rules.base if flash else rules.cell
    enough = {name: frame for name, frame in frames.items() if sum(p.started for p in frame) >= least}
    if flash:
        return [_overall(name, definition.questions, frame, rules, earlier) for name, frame in enough.items()]
    return [_chapter(name, definition, frame, rules, earlier, aims or Aims()) for name, frame in enough.items()]


def _overall(
    name: str, questions: Sequence[Question], frame: Sequence[Person], rules: Rules, earlier: Earlier | None
) -> dict[str, Any]:
    listed = []
    for item in asked(questions):
        answered = said(item, frame)
        if len(answered) >= rules.base:
            before = _before(name, item, earlier)
            made = protect(item.id, answered, (), rules=rules, codes=item.codes, before=before)
            told = {"id": item.id, "question": item.question.name, "choice": item.choice, "type": item.question.type}
            listed.append({**told, "tables": [table_values(table) for table in made.tables]})
    reach = _reach(frame, rules)
    return {"frame": name, "people": reach["started"], "reach": reach, "coverage": [], "questions": listed}


def in_words(chapter: Mapping[str, Any]) -> dict[str, Any]:
    """An overall chapter as it is told: no number but how many took part."""
    listed = (item for item in chapter["questions"] if item["tables"])
    questions = [{**item, "tables": [_words(table) for table in item["tables"]]} for item in listed]
    return {**chapter, "reach": {"started": chapter["reach"]["started"]}, "questions": questions}


def _words(table: Mapping[str, Any]) -> dict[str, Any]:
    shares = table["percent"][0]
    words = ["nearly all"] if table["band"] else [word(share) for share in shares]
    return {"variable": "", "columns": [table["band"]] if table["band"] else table["columns"], "words": words}


def _chapter(
    name: str,
    definition: Consultation,
    frame: Sequence[Person],
    rules: Rules,
    earlier: Earlier | None,
    aims: Aims,
) -> dict[str, Any]:
    reach = _reach(frame, rules)
    questions, compounds = definition.questions, {each.name for each in definition.compounds}
    segments, alone = variables(questions, frame), {person.id for person in frame if not person.shared}
    tables, listed = list[Table](), list[dict[str, Any]]()
    for item in asked(questions):
        answered = said(item, frame)
        before = _before(name, item, earlier)
        made = protect(
            item.id,
            answered,
            segments,
            rules=rules,
            codes=item.codes,
            sensitive=item.question.sensitive,
            before=before,
            compounds=compounds,
        )
        tables += made.tables
        listed.append({**_listed(item, made, answered, alone, rules), "weighted": _weighted(made, answered, aims)})
    sides = [table for table in tables if table.variable != CHANNEL]  # how she answered is no side of hers
    wholes = {table.question: table for table in tables if not table.variable}
    return {
        "frame": name,
        "people": reach["started"],
        "reach": reach,
        "coverage": [
            _reached(variable, frame, rules, name, earlier, aims, apart=variable in compounds) for variable in segments
        ],
        "questions": listed,
        "common_ground": [_plain(asdict(each)) for each in shared(sides)],
        "divergence": _apart(sides),
        "channels": _apart([table for table in tables if table.variable == CHANNEL]),
        "minorities": [
            {"question": id, "variable": v, "row": sorted(row), "answer": sorted(answer), "people": n}
            for id, whole in wholes.items()
            for v, row, answer, n in minorities(whole, [t for t in sides if t.variable and t.question == id])
        ],
    }


def _reach(frame: Sequence[Person], rules: Rules) -> dict[str, int | None]:
    """Numbers of people, rounded; None for fewer than ten, and for what differs by one to nine from another shown."""
    counts = {
        "started": sum(p.started for p in frame),
        "finished": sum(p.finished for p in frame),
        "consented": sum(p.consented for p in frame),
        "invited": sum(p.invited for p in frame),
    }
    shown: dict[str, int] = {}
    for name, n in counts.items():
        if n >= rules.cell and not any(0 < abs(n - other) < rules.cell for other in shown.values()):
            shown[name] = n
    return {name: _rounded(shown[name], rules) if name in shown else None for name in counts}


def _apart(tables: Iterable[Table]) -> list[dict[str, Any]]:
    return [{**_plain(asdict(each)), "points": each.points} for each in gaps(tables)]


def _reached(
    variable: str,
    frame: Sequence[Person],
    rules: Rules,
    name: str,
    earlier: Earlier | None,
    aims: Aims,
    *,
    apart: bool,
) -> dict[str, Any]:
    """How many of each kind took part, beside how many were meant to; kinds of few stand together, as do their aims.
    `apart`: they may not (`protection`, rule 9)."""
    before = None
    if earlier:
        listed = next((each["coverage"] for each in earlier.chapters if each["frame"] == name), ())
        stood = next((each for each in listed if each["variable"] == variable), None)
        then = _who(variable, earlier.frames.get(name, ()))
        tables = [table_of(variable, stood["table"])] if stood and stood["table"] else []
        known = any(each["frame"] == name for each in earlier.chapters)
        before = Before(tables, then, earlier.erased.get(name, 0)) if known else None
    whole = protect(variable, _who(variable, frame), (), rules=rules, before=before).whole()
    if whole and apart and not _side_counts_stand(variable, whole, frame, rules):
        whole = None
    wanted = {value: n for (aimed, value), n in aims.people.items() if aimed == variable}
    groups = whole.columns if whole and not whole.band else ()
    return {
        "variable": variable,
        "table": table_values(whole) if whole else None,
        "targets": [None if "" in group else sum(wanted.get(code, 0) for code in group) or None for group in groups],
        "aims": wanted,
    }


def _side_counts_stand(variable: str, whole: Table, frame: Sequence[Person], rules: Rules) -> bool:
    """Whether how many stand where, less how many are in each of the segments, leaves nobody to be told apart."""
    started = [Said(one.id, "", one.segments, one.source) for one in frame if one.started]
    if whole.merged() or whole.band:
        return False
    others = {name for one in started for name in one.segments} - {variable, CHANNEL}
    rows = {name: sorted({one.segments.get(name, "") for one in started}) for name in others}
    tables = [_counts_of(name, [Group({code}) for code in codes]) for name, codes in rows.items()]
    return sides_stand(started, _counts_of(variable, whole.columns), tables, rules)


def _counts_of(variable: str, rows: Sequence[Group]) -> Table:
    """How many are in each group, as a table of one column."""
    return Table(variable, variable, tuple(rows), (Group({""}),), (), (), 0)


def _who(variable: str, frame: Sequence[Person]) -> list[Said]:
    return [
        Said(person.id, person.segments.get(variable, ""), _NONE, person.source) for person in frame if person.started
    ]


def _weighted(made: Protected, answered: Sequence[Said], aims: Aims) -> dict[str, Any] | None:
    """The whole table's shares as if people were spread as everybody is; why not, where that says too much. None
    without margins. Beside the counts, never instead."""
    whole = made.whole()
    if not aims.margins or whole is None or whole.band:
        return None
    if made.frozen:
        return {"refused": "the table stands as in the release before"}
    group = {code: n for n, column in enumerate(whole.columns) for code in column}
    try:
        raked = rake([(one.segments, str(group[one.code])) for one in answered], aims.margins)
    except NotWeighted as refused:
        return {"refused": str(refused)}
    shares = [raked.shares.get(str(n), 0.0) for n in range(len(whole.columns))]
    step = 5 if whole.people >= 100 else 10  # as the shares beside them
    return {
        "percent": [min(100 - step, max(step, int(round(share, 6) / step + 0.5) * step)) for share in shares],
        "effect": round(raked.effect, 1),
        "worth": int(raked.worth // 10 * 10),
        "residual": round(raked.residual),
        "by": sorted(aims.margins),
    }


def _rounded(n: int, rules: Rules) -> int:
    return (2 * n + rules.rounding) // (2 * rules.rounding) * rules.rounding


def _listed(
    item: Asked, made: Protected, answered: Sequence[Said], alone: Container[int], rules: Rules
) -> dict[str, Any]:
    return {
        "id": item.id,
        "question": item.question.name,
        "choice": item.choice,
        "type": item.question.type,
        "tables": [table_values(table) for table in made.tables],
        "without_shared": without(made, answered, [one for one in answered if one.who in alone], rules),
        "dropped": list(made.dropped),
        "frozen": list(made.frozen),
        "merged": sum(table.merged() for table in made.tables),
    }


def without(
    made: Protected, everybody: Sequence[Said], alone: Sequence[Said], rules: Rules
) -> list[dict[str, Any]] | None:
    """The same tables without shared telephones: of those who are `alone`. None where one cell would lose one to nine
    people, or stand on few."""
    if len(alone) == len(everybody):
        return [table_values(table) for table in made.tables]
    if made.frozen:
        return None
    kept = {one.who for one in alone}
    shared_, people_ = alike(one for one in everybody if one.who not in kept), alike(alone)
    out = []
    for table in made.tables:
        cells = [
            [(_inside(people_, table, r, c), _inside(shared_, table, r, c)) for c in table.columns] for r in table.rows
        ]
        if table.band or any(n < rules.cell or 0 < gone < rules.cell for row in cells for n, gone in row):
            return None
        out.append({**table_values(table), "cells": [[_rounded(n, rules) for n, _ in row] for row in cells]})
        out[-1]["bases"] = [_rounded(sum(n for n, _ in row), rules) for row in cells]
        out[-1]["people"] = _rounded(size(alone), rules)
    return out


def _inside(people_: Iterable[Said], table: Table, row: Group, column: Group) -> int:
    return size(
        one
        for one in people_
        if one.code in column and (not table.variable or one.segments.get(table.variable, "") in row)
    )


def _before(name: str, item: Asked, earlier: Earlier | None) -> Before | None:
    if earlier is None:
        return None
    chapter = next((each for each in earlier.chapters if each["frame"] == name), None)
    listed = next((each for each in chapter["questions"] if each["id"] == item.id), None) if chapter else None
    if listed is None:
        return None
    then = said(item, earlier.frames.get(name, ()))
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
