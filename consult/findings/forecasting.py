"""Before launch (D27): which tables the gate will let through at the expected numbers, and what to merge for it.

Nobody knows the answers yet. So each question is tried with two shapes: everybody's answers spread evenly, and each
answer given half as often as the one before it. A table that stands in both will most likely stand; one that stands in
the even shape alone may not.

Rule 1: the gate itself decides (`protection.protect`); here is no second rule of what may be shown.
Rule 2: only neighbours are merged, in the order in which the definition has them: ages with the next ages. The weakest
goes first, with the smaller of its neighbours, until every row stands by itself.
Rule 3: a forecast promises nothing: a release is made of what was answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from consult.findings.protection import Rules, Said, Table, protect

Merges = tuple[tuple[str, ...], ...]  # values that stand together, in the definition's order
Verdict = Literal["stands", "merged", "perhaps", "none"]
_SHAPES: Final = ("uneven", "even")
_VARIABLE: Final = "segment"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What becomes of one breakdown. "stands": each value by itself; "merged": once `groups` are; "perhaps": so merged
    if answers are spread evenly; "none": no breakdown at these numbers (`groups` is empty)."""

    verdict: Verdict
    groups: Merges = ()


def forecast(expected: Mapping[str, int], answers: int, rules: Rules | None = None) -> Forecast:
    """The breakdown of a question of so many `answers` by a segment: value -> people expected, in order."""
    alone: Merges = tuple((value,) for value in expected)
    for shape in _SHAPES:
        groups = _merged(expected, alone, answers, shape, rules or Rules())
        if groups and shape == "even":
            return Forecast("perhaps", groups)
        if groups:
            return Forecast("stands" if groups == alone else "merged", groups)
    return Forecast("none")


def published(expected: Mapping[str, int], groups: Merges, answers: int, rules: Rules, shape: str) -> Table | None:
    """The table that the gate makes of these people, with values merged so; None where it makes none."""
    said = [
        Said((row, code), f"answer{code}", {_VARIABLE: row}, n=n)
        for row, people in (("|".join(group), sum(expected[value] for value in group)) for group in groups)
        for code, n in enumerate(spread(people, answers, shape))
        if n
    ]
    made = protect("expected", said, (_VARIABLE,), rules=rules)
    return next((table for table in made.tables if table.variable), None)


def spread(people: int, answers: int, shape: str) -> list[int]:
    """So many people over so many answers; what does not go evenly goes to the first."""
    weights = [1.0 if shape == "even" else 0.5**place for place in range(answers)]
    shares = [int(people * weight / sum(weights)) for weight in weights]
    left = people - sum(shares)
    return [share + (place < left) for place, share in enumerate(shares)]


def apart(table: Table | None, groups: Merges) -> bool:
    """Whether each group is a row by itself."""
    return table is not None and {*table.rows} == {frozenset({"|".join(group)}) for group in groups}


def _merged(expected: Mapping[str, int], groups: Merges, answers: int, shape: str, rules: Rules) -> Merges:
    """The groups with which every row stands; none where not even two do."""
    while len(groups) > 1:
        if apart(published(expected, groups, answers, rules, shape), groups):
            return groups
        groups = _joined(expected, groups)
    return ()


def _joined(expected: Mapping[str, int], groups: Sequence[tuple[str, ...]]) -> Merges:
    """The weakest group and the smaller of its neighbours as one."""
    sizes = [sum(expected[value] for value in group) for group in groups]
    weak = min(range(len(groups)), key=lambda place: (sizes[place], place))
    beside = [place for place in (weak - 1, weak + 1) if 0 <= place < len(groups)]
    first = min(weak, min(beside, key=lambda place: (sizes[place], place)))
    return (*groups[:first], groups[first] + groups[first + 1], *groups[first + 2 :])
