"""What stands out of tables that may be published: common ground, divergence, minorities, in words with a fixed rule.

Everything here is made of published numbers, so that it can tell nothing they do not. Pure.

Rule 1: common ground is the least agreement over the segments, never the mean: what every side shares.
Rule 2: words, not intervals (FINDINGS 5): most from 60 %, split from 40 %, a few below; two segments are compared where
their shares lie 15 points apart and each stands on thirty.
Rule 3: a view is a minority's where most do not share it and ten or more of a segment do.
Rule 4: what was answered by no answer (not sure, not clear, rather not say), and a choice that was left, is agreement
with nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from consult.findings.protection import ESCAPES, Group, Table, percent

MOST, SPLIT, APART, COMPARED = 60, 40, 15, 30  # percent, percent, points, people
Word = Literal["most", "split", "some"]
LEFT: Final = ":left"  # a choice of several that she did not choose
_NOTHING: Final = frozenset((*ESCAPES, LEFT))


@dataclass(frozen=True, slots=True)
class Shared:
    """How far an answer is shared: the least share over the rows of a table, and each row's with its base."""

    question: str
    variable: str
    answer: Group
    least: int
    shares: tuple[tuple[Group, int, int], ...]  # row, percent, people


@dataclass(frozen=True, slots=True)
class Gap:
    """The widest difference of an answer between two rows."""

    question: str
    variable: str
    answer: Group
    higher: tuple[Group, int, int]
    lower: tuple[Group, int, int]

    @property
    def points(self) -> int:
        """How far apart, in percent points."""
        return self.higher[1] - self.lower[1]


def word(share: int) -> Word:
    """What a share is called."""
    return "most" if share >= MOST else "split" if share >= SPLIT else "some"


def shared(tables: Iterable[Table]) -> list[Shared]:
    """Every answer by how far it is shared, the widest first."""
    found = [_shared(table, column) for table in tables if table.variable for column in _answers(table)]
    return sorted(found, key=lambda each: (-each.least, each.question, each.variable, sorted(each.answer)))


def _shared(table: Table, column: Group) -> Shared:
    shares = tuple(_shares(table, column))
    return Shared(table.question, table.variable, column, min(share for _, share, _ in shares), shares)


def gaps(tables: Iterable[Table]) -> list[Gap]:
    """Differences that may be spoken of, the widest first; one for each answer."""
    found = [gap for table in tables if table.variable for gap in _gaps(table)]
    return sorted(found, key=lambda each: (-each.points, each.question, each.variable, sorted(each.answer)))


def _gaps(table: Table) -> Iterator[Gap]:
    for column in _answers(table):
        shares = [each for each in _shares(table, column) if each[2] >= COMPARED]
        if len(shares) < 2:
            continue
        higher, lower = max(shares, key=lambda each: each[1]), min(shares, key=lambda each: each[1])
        if higher[1] - lower[1] >= APART:
            yield Gap(table.question, table.variable, column, higher, lower)


def minorities(whole: Table, broken: Sequence[Table]) -> list[tuple[str, Group, Group, int]]:
    """Views that most do not share, and some segment holds: variable, row, answer, people."""
    base = max(whole.people, 1)
    few = [column for n, column in enumerate(whole.columns) if percent(whole.cells[0][n], base) < SPLIT]
    found = []
    for table in broken:
        for n, column in enumerate(table.columns):
            if column in few and not column <= _NOTHING:
                found += [
                    (table.variable, row, column, table.cells[r][n])
                    for r, row in enumerate(table.rows)
                    if percent(table.cells[r][n], table.bases[r]) >= SPLIT
                ]
    return found


def _answers(table: Table) -> list[Group]:
    return [column for column in table.columns if not column & _NOTHING]


def _shares(table: Table, column: Group) -> Iterator[tuple[Group, int, int]]:
    n = table.columns.index(column)
    for r, row in enumerate(table.rows):
        yield row, percent(table.cells[r][n], table.bases[r]), table.bases[r]


# ---- weighting, as a line beside


@dataclass(frozen=True, slots=True)
class Weighted:
    """A weighted share beside the plain one: percent of each answer, the design effect, and the people it is worth."""

    shares: Mapping[str, float]
    effect: float
    worth: float
    residual: float  # of the margin that fits worst, in percent points


class NotWeighted(Exception):
    """Weights would say more than the sample can; the message says why."""


def rake(
    people: Sequence[tuple[Mapping[str, str], str]], margins: Mapping[str, Mapping[str, float]], rounds: int = 50
) -> Weighted:
    """Weights that bring the sample to at most three margins (variable -> category -> share of one).

    `people`: who she is, and her answer. Raises NotWeighted where a category holds fewer than ten people, the sample is
    then worth fewer than thirty, or the design effect passes three.
    """
    if not 1 <= len(margins) <= 3:
        raise NotWeighted("one to three margins")
    cells = Counter(
        (tuple(who[variable] for variable in margins), answer)
        for who, answer in people
        if all(who.get(variable) in shares for variable, shares in margins.items())
    )  # whoever is alike weighs alike
    for place, (variable, shares) in enumerate(margins.items()):
        for category in shares:
            if sum(many for (who, _), many in cells.items() if who[place] == category) < 10:
                raise NotWeighted(f"fewer than ten people are {category} of {variable}")
    weights = _raked(cells, margins, rounds)
    n, total = cells.total(), sum(weights[who] * many for (who, _), many in cells.items())
    effect = n * sum(weights[who] ** 2 * many for (who, _), many in cells.items()) / total**2
    worth = n / effect
    if worth < 30 or effect > 3:
        raise NotWeighted(f"it would be worth {worth:.0f} people, at a design effect of {effect:.1f}")
    given: dict[str, float] = {}
    for (who, answer), many in cells.items():
        given[answer] = given.get(answer, 0.0) + 100 * weights[who] * many / total
    return Weighted(given, effect, worth, _residual(cells, weights, margins))


Who = tuple[str, ...]  # a category of each margin
Cells = Mapping[tuple[Who, str], int]
Margins = Mapping[str, Mapping[str, float]]


def _raked(cells: Cells, margins: Margins, rounds: int) -> dict[Who, float]:
    sizes: Counter[Who] = Counter()
    for (who, _), many in cells.items():
        sizes[who] += many
    weights = dict.fromkeys(sizes, 1.0)
    for _ in range(rounds):
        for place, shares in enumerate(margins.values()):
            held = _held(sizes, weights, place)
            total = sum(held.values())
            weights = {who: weight * shares[who[place]] * total / held[who[place]] for who, weight in weights.items()}
    return weights


def _held(sizes: Mapping[Who, int], weights: Mapping[Who, float], place: int) -> dict[str, float]:
    """How much each category of one margin weighs."""
    held: dict[str, float] = {}
    for who, many in sizes.items():
        held[who[place]] = held.get(who[place], 0.0) + weights[who] * many
    return held


def _residual(cells: Cells, weights: Mapping[Who, float], margins: Margins) -> float:
    sizes: Counter[Who] = Counter()
    for (who, _), many in cells.items():
        sizes[who] += many
    worst = 0.0
    for place, shares in enumerate(margins.values()):
        held = _held(sizes, weights, place)
        total = sum(held.values())
        worst = max(worst, *(abs(100 * held[category] / total - 100 * share) for category, share in shares.items()))
    return worst
