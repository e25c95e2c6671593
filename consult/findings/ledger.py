"""What it cost to hear a woman: by who she is and by channel, in round figures. Pure.

Rule 1: only groups that are published as people have a cost, so of ten and more (`protection`).
Rule 2: money is rounded up to ten of its unit before it is divided: a difference of two releases tells of no message.
Rule 3: what was spent on those who never answered is part of what it cost to hear the others.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from consult.findings.persons import Person

STEP = 10  # of the money's unit


def ledger(
    chapters: Sequence[Mapping[str, Any]], frames: Mapping[str, Sequence[Person]], spent: Mapping[int, float]
) -> list[dict[str, Any]]:
    """One row for each group whose number of people is published; none where nothing was paid. `spent`: by person."""
    return [row for chapter in chapters for row in _rows(chapter, frames[chapter["frame"]], spent)]


def _rows(chapter: Mapping[str, Any], frame: Sequence[Person], spent: Mapping[int, float]) -> Iterator[dict[str, Any]]:
    whole = _row(chapter["frame"], "", [], chapter["people"], sum(spent.get(one.id, 0.0) for one in frame))
    if not whole["money"]:
        return
    yield whole
    for each in chapter["coverage"]:
        table = each["table"]
        for group, people in zip(table["columns"], table["cells"][0], strict=True) if table else ():
            inside = (one for one in frame if one.segments.get(each["variable"], "") in group)
            money = sum(spent.get(one.id, 0.0) for one in inside)
            yield _row(chapter["frame"], each["variable"], group, people, money)


def _row(frame: str, variable: str, group: Sequence[str], people: int, money: float) -> dict[str, Any]:
    rounded = math.ceil(money / STEP) * STEP
    each = round(rounded / people, 1) if people else 0.0
    return {
        "frame": frame,
        "variable": variable,
        "group": list(group),
        "people": people,
        "money": rounded,
        "each": each,
    }
