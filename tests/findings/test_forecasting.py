"""The forecast before launch, held against the gate that will decide."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.findings.forecasting import Forecast, apart, forecast, published, spread
from consult.findings.protection import Rules, Said, protect

numbers = st.lists(st.integers(0, 300), min_size=2, max_size=7).map(lambda ns: {f"v{n}": k for n, k in enumerate(ns)})
answers = st.integers(2, 5)
RANK = ["none", "perhaps", "merged", "stands"]
SHAPES = {"stands": ["even", "uneven"], "merged": ["uneven"], "perhaps": ["even"]}


@given(numbers, answers)
@settings(max_examples=60, deadline=None)
def test_what_is_forecast_the_gate_publishes(expected: dict[str, int], codes: int) -> None:
    """With people spread as the forecast supposes, each suggested group is a row of its own in the real table."""
    found = forecast(expected, codes)
    for shape in SHAPES.get(found.verdict, ())[-1:]:
        said = [
            Said((group, code, n), str(code), {"who": "+".join(group)})
            for group in found.groups
            for code, many in enumerate(spread(sum(expected[value] for value in group), codes, shape))
            for n in range(many)
        ]
        tables = [each for each in protect("q", said, ("who",)).tables if each.variable]
        assert [sorted(row) for row in tables[0].rows] == sorted(["+".join(group)] for group in found.groups)
        assert all(cell >= 10 for row in tables[0].cells for cell in row)


@given(numbers, answers)
@settings(max_examples=60, deadline=None)
def test_merges_are_of_neighbours_and_leave_nobody_out(expected: dict[str, int], codes: int) -> None:
    found = forecast(expected, codes)
    assert [value for group in found.groups for value in group] == ([*expected] if found.groups else [])
    if found.verdict in ("stands", "merged"):
        assert (found.verdict == "merged") == any(len(group) > 1 for group in found.groups)


@given(numbers, answers)
@settings(max_examples=60, deadline=None)
def test_where_all_stand_the_gate_merges_nothing(expected: dict[str, int], codes: int) -> None:
    alone = tuple((value,) for value in expected)
    if forecast(expected, codes).verdict == "stands":
        assert apart(published(expected, alone, codes, Rules(), "uneven"), alone)
    else:
        assert not apart(published(expected, alone, codes, Rules(), "uneven"), alone)


@given(st.integers(0, 29), answers)
def test_under_thirty_people_nothing_is_broken_down(people: int, codes: int) -> None:
    assert forecast({"town": people // 2, "village": people - people // 2}, codes) == Forecast("none")


@given(st.integers(0, 500), answers, st.sampled_from(["even", "uneven"]))
def test_everybody_gives_one_answer(people: int, codes: int, shape: str) -> None:
    assert sum(spread(people, codes, shape)) == people


@given(numbers, answers)
@settings(max_examples=40, deadline=None)
def test_stricter_rules_let_no_more_through(expected: dict[str, int], codes: int) -> None:
    loose, strict = forecast(expected, codes), forecast(expected, codes, Rules(cell=20, base=60))
    assert RANK.index(strict.verdict) <= RANK.index(loose.verdict)


@pytest.mark.parametrize(
    ("expected", "codes", "verdict", "groups"),
    [
        ({"town": 100, "village": 100}, 2, "stands", (("town",), ("village",))),
        ({"a18": 12, "a30": 90, "a50": 80}, 2, "merged", (("a18", "a30"), ("a50",))),
        ({"a18": 90, "a30": 80, "a50": 5}, 2, "merged", (("a18",), ("a30", "a50"))),
        ({"town": 22, "village": 22}, 2, "perhaps", (("town",), ("village",))),
        ({"town": 200, "village": 5}, 2, "none", ()),
        ({"one": 500}, 2, "none", ()),
        ({}, 2, "none", ()),
    ],
)
def test_by_hand(expected: dict[str, int], codes: int, verdict: str, groups: tuple[tuple[str, ...], ...]) -> None:
    found = forecast(expected, codes)
    assert (found.verdict, found.groups) == (verdict, groups)
