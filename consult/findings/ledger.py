"""What it cost to hear a woman: by who she is and by channel, in round figures. Pure.

Rule 1: only groups that are published as people have a cost, so of ten and more (`protection`).
Rule 2: money is rounded up to what ten people cost before it is divided: no difference tells of a single message.
Rule 3: what was spent on those who never answered is part of what it cost to hear the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from consult.findings.persons import Person

STEP = 10  # people


def ledger(
    chapters: Sequence[Mapping[str, Any]], frames: Mapping[str, Sequence[Person]], spent: Mapping[int, float]
) -> list[dict[str, Any]]:
    """One row for each group whose number of people is published; none where nothing was paid. `spent`: by person."""
    return [row for chapter in chapters for row in _rows(chapter, frames[chapter["frame"]], spent)]


def _rows(chapter: Mapping[str, Any], frame: Sequence[Person], spent: Mapping[int, float]) -> Iterator[dict[str, Any]]:
    total = sum(spent.get(one.id, 0.0) for one in frame)
    if not total or not chapter["people"]:
        return
    step = math.ceil(total / chapter["people"]) * STEP
    yield _row(chapter["frame"], "", [], chapter["people"], total, step)
    for each in chapter["coverage"]:
        table = each["table"]
        for group, people in zip(table["columns"], table["cells"][0], strict=True) if table else ():
            inside = (one for one in frame if one.segments.get(each["variable"], "") in group)
            money = sum(spent.get(one.id, 0.0) for one in inside)
            yield _row(chapter["frame"], each["variable"], group, people, money, step)


def _row(frame: str, variable: str, group: Sequence[str], people: int, money: float, step: int) -> dict[str, Any]:
    rounded = math.ceil(money / step) * step
    each = round(rounded / people, 1) if people else 0.0
    return {
        "frame": frame,
        "variable": variable,
        "group": list(group),
        "people": people,
        "money": rounded,
        "each": each,
    }
