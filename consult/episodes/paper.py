"""Call sheets typed into a spreadsheet and saved as CSV, with the totals that were counted on the paper; pure.

    ticket,time,language,who,moving,turn_to,point,agrees,danger,before,state
    1,18:04,ha,W,1,3,the bridge is out,R,,,waiting
    total,,,,1:1,3:1,,,,,

Rule 1: a sheet whose totals disagree with its lines is refused, by the line of the total, the question and the key;
nothing of the file is taken.
Rule 2: the same ticket of the same episode is the same slip, however often its sheet is brought.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from consult.intake.slips import AGREED, WHO

LARGEST = 512 * 1024  # characters
_ABOUT = ("ticket", "time", "language", "who", "point", "agrees", "danger", "before", "state")
_WHO = dict(zip("WMOU", WHO, strict=True))
_AGREED = dict(zip("ARWC", AGREED, strict=True))
_NONE = "-"  # in a total: gave no answer


class SheetWrong(Exception):
    """It cannot be taken; `line` of the file and why."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")
        self.line = line


@dataclass(slots=True)
class _Sheet:
    """The tickets since the last total."""

    tickets: int = 0
    given: dict[str, Counter[str]] = field(default_factory=dict)


def read(text: str, asked: Sequence[str]) -> list[dict[str, Any]]:
    """The slips of these sheets, as `episodes.desk` takes them; `asked`: names of the questions. Raises SheetWrong."""
    if len(text) > LARGEST:
        raise SheetWrong(1, "the file is too large; bring the sheets one by one")
    rows = csv.DictReader(text.splitlines(), restval="")
    _demand_columns(rows.fieldnames or (), asked)
    slips, sheet, seen = [], _Sheet(), set[str]()
    for row in rows:
        line = rows.line_num
        cells = {key: (value or "").strip() for key, value in row.items() if key and isinstance(value, str | None)}
        if not any(cells.values()):
            continue
        if cells["ticket"].casefold() == "total":
            _demand_totals(cells, sheet, asked, line)
            sheet = _Sheet()
            continue
        if cells["ticket"] in seen:
            raise SheetWrong(line, "this ticket stands in the file already")
        seen.add(cells["ticket"])
        slips.append(_slip(cells, asked, line))
        _count(cells, sheet, asked)
    if sheet.tickets:
        raise SheetWrong(rows.line_num, "the last sheet has no total; count it and write a line that begins with total")
    return slips


def _demand_columns(columns: Iterable[str], asked: Sequence[str]) -> None:
    wanted = {*_ABOUT, *asked}
    if missing := sorted(wanted - set(columns)):
        raise SheetWrong(1, f"the column {missing[0]} is missing; the columns are {', '.join((*_ABOUT, *asked))}")
    if unknown := sorted(set(columns) - wanted):
        raise SheetWrong(1, f"there is no place for the column {unknown[0][:20]!r}; take it out, also if it is empty")


def _slip(cells: Mapping[str, str], asked: Sequence[str], line: int) -> dict[str, Any]:
    about = {key: cells[key] for key in ("ticket", "time", "language", "point")}
    about["who"] = _letter("who", cells["who"], _WHO, line)
    about["agreed"] = _letter("agrees", cells["agrees"], _AGREED, line)
    about["state"] = cells["state"] or "counted"
    about |= {key: cells[key] for key in ("danger", "before")}
    about["checked"] = "1"  # whoever typed it looked at it
    return {"id": f"paper-ticket-{cells['ticket']}", "answers": {name: cells[name] for name in asked}, "about": about}


def _letter(column: str, said: str, known: Mapping[str, str], line: int) -> str:
    found = known.get(said.upper())
    if found is None:
        raise SheetWrong(line, f"{column} is one of {', '.join(known)}")
    return found


def _count(cells: Mapping[str, str], sheet: _Sheet, asked: Sequence[str]) -> None:
    sheet.tickets += 1
    for name in asked:
        sheet.given.setdefault(name, Counter())[cells[name] or _NONE] += 1


def _demand_totals(cells: Mapping[str, str], sheet: _Sheet, asked: Sequence[str], line: int) -> None:
    for name in asked:
        if not cells[name]:
            continue  # not every question is counted on paper
        told, given = _told(name, cells[name], line), sheet.given.get(name, Counter())
        for key in sorted({*told, *given}):
            if told.get(key, 0) != given[key]:
                raise SheetWrong(
                    line, f"{name}: {key} was counted {told.get(key, 0)} times and stands on {given[key]} lines"
                )


def _told(name: str, cell: str, line: int) -> dict[str, int]:
    """ "1:5 2:3 -:1" as counts."""
    counts = {}
    for part in cell.split():
        key, colon, times = part.rpartition(":")
        if not colon or not times.isascii() or not times.isdecimal() or len(times) > 5:
            raise SheetWrong(line, f"{name}: write totals as 1:5 2:3 {_NONE}:1")
        counts[key] = int(times)
    return counts
