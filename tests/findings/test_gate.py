"""No shown table tells of fewer than ten people, alone or beside another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.findings.gate import HIDDEN, MINIMUM, SMALL, moved, shown, shows, steady
from consult.findings.tally import FrameTable, QuestionTable

COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 40), min_size=1)


def frame(*questions: QuestionTable, people: int = 50) -> FrameTable:
    names = ("invited", "started", "consented", "finished", "stopped", "declined", "partial", "late", "shared")
    return FrameTable("open", **dict.fromkeys(names, people), questions=questions)


def asked(counts: dict[str, int], people: int | None = None, name: str = "q") -> QuestionTable:
    return QuestionTable(name, "select_one", sum(counts.values()) if people is None else people, counts, 0)


def cells(counts: dict[str, int], people: int | None = None) -> dict[str, Any]:
    return shown(frame(asked(counts, people)))["questions"][0]["counts"]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"a": 12, "b": 15, "c": 11}, {"a": 12, "b": 15, "c": 11}),
        ({"a": 30, "b": 15, "c": 9}, {"a": 30, "b": HIDDEN, "c": SMALL}),  # the sum would tell c
        ({"a": 30, "b": 3, "c": 4}, {"a": HIDDEN, "b": SMALL, "c": SMALL}),  # the sum would tell of seven
        ({"a": 30, "b": 6, "c": 5}, {"a": 30, "b": SMALL, "c": SMALL}),
        ({"a": 30, "b": 0, "c": 0}, {"a": HIDDEN, "b": SMALL, "c": SMALL}),  # everybody said a
        ({"answers": 30, "b": 0}, {"answers": 30, "b": SMALL}),  # that all used words says nothing of the words
        ({"a": 30, "b": 12, "c": 1, "d": 0}, {"a": 30, "b": HIDDEN, "c": SMALL, "d": SMALL}),
        ({"a": 9, "b": 9}, {"a": SMALL, "b": SMALL}),
        ({"a": 10, "b": 10}, {"a": 10, "b": 10}),
        ({"a": 25, "b": 9}, {"a": HIDDEN, "b": SMALL}),
    ],
)
def test_small_cells_are_hidden_and_a_neighbour_where_subtraction_would_find_them(
    counts: dict[str, int], expected: dict[str, object]
) -> None:
    assert cells(counts) == expected


@given(counts=COUNTS)
def test_no_cell_below_ten_is_a_number_and_subtraction_finds_nobody(counts: dict[str, int]) -> None:
    given_out = cells(counts)
    assert list(given_out) == list(counts)
    for code, value in given_out.items():
        assert counts[code] < MINIMUM if value == SMALL else counts[code] >= MINIMUM
        assert value in (SMALL, HIDDEN, counts[code])
    hidden = [code for code, value in given_out.items() if not isinstance(value, int)]
    behind = sum(counts[code] for code in hidden)
    assert behind == 0 or behind >= MINIMUM or len(hidden) == len(counts)


@pytest.mark.parametrize("people", [0, 1, 9])
def test_few_people_are_never_counted(people: int) -> None:
    table = shown(frame(asked({"a": 12, "b": 13}), people=people))
    counts = {key: value for key, value in table.items() if key not in ("frame", "questions")}
    assert set(counts.values()) == {SMALL}
    assert not shows(table)


def test_raw_counts_are_as_they_are() -> None:
    table = shown(frame(asked({"a": 1, "b": 0}), people=1), raw=True)
    assert table["started"] == 1
    assert table["questions"][0]["counts"] == {"a": 1, "b": 0}
    assert shows(shown(frame()))


def test_ten_more_people_move_a_figure_nine_do_not() -> None:
    assert not moved(9)
    assert moved(10)


@given(before=COUNTS, after=COUNTS)
def test_a_question_moves_only_when_ten_more_have_answered_it(before: dict[str, int], after: dict[str, int]) -> None:
    old, new = shown(frame(asked(before))), shown(frame(asked(after), people=99))
    now = steady(new, old)
    assert now["started"] == 99
    question, people = now["questions"][0], old["questions"][0]["people"]
    if question != old["questions"][0]:
        assert people == SMALL or sum(after.values()) - people >= MINIMUM
        assert question == new["questions"][0]


def test_a_question_that_was_never_shown_is_shown_at_once() -> None:
    new = shown(replace(frame(asked({"a": 20, "b": 20}, name="new"))))
    assert steady(new, shown(frame(asked({"a": 10, "b": 10}, name="old")))) == new
    assert steady(new, None) == new


def test_counts_of_who_came_and_went_stand_for_themselves() -> None:
    table = shown(replace(frame(people=0), started=30, consented=29, finished=25, partial=4))
    assert [table[name] for name in ("started", "consented", "finished", "partial")] == [30, 29, 25, SMALL]
