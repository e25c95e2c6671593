"""Which tables there will be of a consultation that has not begun (D27): what is expected of whom, and the gate's word.

Who is expected, by segment: the contact list's people times the share that usually answers; where the list does not
know a segment, the targets of its coverage; failing both, everybody spread evenly, which is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from consult import coverage
from consult.consultation import Question
from consult.contacts import counting
from consult.findings.forecasting import Forecast, Verdict, forecast
from consult.findings.persons import asked
from consult.findings.protection import Rules, tightened
from consult.house import House

Source = Literal["list", "targets", "even"]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One segment: who is expected and whence that is known; how many tables have which verdict; the merge that lets
    the most of them stand, () where none is needed or none helps."""

    variable: str
    source: Source
    expected: Mapping[str, int]
    verdicts: Mapping[Verdict, int]
    merge: tuple[tuple[str, ...], ...]


def breakdowns(house: House, name: str, share: int, people: int = 0) -> list[Breakdown]:
    """Every segment's. `share`: percent of the list who will answer; `people`: how many answer in all, where there is
    no list (an open line). Raises LookupError."""
    published = house.store.read(lambda view: view.published(name))
    if published is None:
        raise LookupError(name)
    questions = house.library.edition(published).consultation.questions
    rules = tightened(house.settings.release_rules)
    counted = counting.kinds(house, name)
    listed = sum(counting.waiting(house, name).values())
    total = people or listed * share // 100
    targets = coverage.kept(house, name)["targets"]
    sizes = _sizes(questions)
    return [
        _breakdown(question, *_expected(question, counted, share, targets, total), sizes, rules)
        for question in questions
        if question.segment and question.choices
    ]


def _sizes(questions: tuple[Question, ...]) -> Counter[int]:
    """How many tables have how many answers. Sensitive questions have no breakdown; numbers are not known yet."""
    items = [item for item in asked(questions) if not item.question.sensitive]
    return Counter(2 if item.choice else len(item.question.choices) for item in items if item.question.choices)


def _expected(
    question: Question, counted: Mapping[str, Counter[str]], share: int, targets: list[dict[str, Any]], total: int
) -> tuple[Source, dict[str, int]]:
    names = [option.name for option in question.choices]
    if known := counted.get(question.name):
        return "list", {name: known[name] * share // 100 for name in names}
    aimed = {each["value"]: int(each["people"]) for each in targets if each["variable"] == question.name}
    if aimed:
        return "targets", {name: aimed.get(name, 0) for name in names}
    return "even", {name: total // len(names) for name in names}


def _breakdown(
    question: Question, source: Source, expected: dict[str, int], sizes: Counter[int], rules: Rules
) -> Breakdown:
    found = {answers: _forecast(tuple(expected.items()), answers, rules) for answers in sizes}
    verdicts: Counter[Verdict] = Counter()
    merges: Counter[tuple[tuple[str, ...], ...]] = Counter()
    for answers, n in sizes.items():
        verdicts[found[answers].verdict] += n
        if any(len(group) > 1 for group in found[answers].groups):
            merges[found[answers].groups] += n
    best = max(merges, key=lambda groups: (merges[groups], len(groups)), default=())
    return Breakdown(question.name, source, expected, verdicts, best)


@lru_cache(256)
def _forecast(expected: tuple[tuple[str, int], ...], answers: int, rules: Rules) -> Forecast:
    """Remembered: the page asks again each time it is opened."""
    return forecast(dict(expected), answers, rules)
