"""Whoever looks must be able to see: a history with each sin in it, and one with none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drills.judging import SINS, Finding, History, Left, Row, Said, Sin, Taken, judge, resent

ADA, BEA, CLEO = "+254722000000", "+254722000001", "+254722000002"

GOOD = History(
    acknowledged=(Said(ADA, ("need", "water")), Said(ADA, ("trust", 4)), Said(BEA, ("need", "road"))),
    kept=(Said(ADA, ("need", "water")), Said(BEA, ("need", "road")), Said(ADA, ("trust", 4))),
    rows=(
        Row("1", ADA, "accepted"),
        Row("2", ADA, "delivered", resent=True),
        Row("3", BEA, "accepted"),
        Row("4", BEA, "cancelled"),
        Row("5", CLEO, "expired"),
    ),
    taken=(
        Taken(ADA, "1", 9.0, started=True),
        Taken(ADA, "2", 23.0),
        Taken(ADA, "2", 23.5),
        Taken(BEA, "3", 10.0),
        Taken(CLEO, "0", 11.0),
    ),
    left=(Left(BEA, had=0), Left(CLEO, had=0)),
)
BAD: dict[Sin, tuple[History, str]] = {
    "lost": (replace(GOOD, kept=GOOD.kept[1:]), ADA),
    "doubled": (replace(GOOD, kept=GOOD.kept + GOOD.kept[1:2]), BEA),
    "unsettled": (replace(GOOD, rows=(*GOOD.rows, Row("6", CLEO, "uncertain"))), CLEO),
    "unsent": (replace(GOOD, rows=(*GOOD.rows, Row("6", CLEO, "sent"))), CLEO),
    "misdirected": (
        replace(GOOD, rows=(*GOOD.rows, Row("6", ADA, "sent")), taken=(*GOOD.taken, Taken("eve", "6", 12.0))),
        "eve",
    ),
    "repeated": (replace(GOOD, taken=(*GOOD.taken, Taken(ADA, "1", 9.5))), ADA),
    "by night": (replace(GOOD, taken=(*GOOD.taken, Taken(ADA, "7", 22.0, started=True))), ADA),
    "after leaving": (replace(GOOD, taken=(*GOOD.taken, Taken(BEA, "8", 12.0))), BEA),
    "not forgotten": (replace(GOOD, remembered=(CLEO,)), CLEO),
}


def by_day(who: str, at: float) -> bool:
    return 8 <= at < 20


def test_a_good_history_holds_no_sin() -> None:
    assert judge(GOOD, by_day) == ()
    assert resent(GOOD) == 1


@pytest.mark.parametrize("sin", SINS)
def test_each_sin_is_seen_and_no_other(sin: Sin) -> None:
    history, who = BAD[sin]
    assert judge(history, by_day) == (Finding(sin, who),)


def test_every_sin_counts_as_often_as_it_was_done() -> None:
    thrice = replace(GOOD, taken=GOOD.taken + (Taken(BEA, "3", 10.0),) * 3)
    assert judge(thrice).count(Finding("repeated", BEA)) == 3
    assert judge(thrice).count(Finding("after leaving", BEA)) == 3


def test_another_answer_in_place_of_hers_is_lost_and_doubled() -> None:
    changed = replace(GOOD, kept=(Said(ADA, ("need", "school")), *GOOD.kept[1:]))
    assert set(judge(changed)) == {Finding("lost", ADA), Finding("doubled", ADA)}


def test_a_flagged_resend_may_arrive_twice_and_not_thrice() -> None:
    assert judge(replace(GOOD, taken=(*GOOD.taken, Taken(ADA, "2", 24.0)))) == (Finding("repeated", ADA),)


said = st.builds(Said, st.sampled_from([ADA, BEA]), st.integers(0, 3))


@given(st.lists(said), st.lists(said))
def test_nothing_is_lost_or_doubled_only_where_both_are_the_same(first: list[Said], second: list[Said]) -> None:
    found = judge(History(acknowledged=tuple(first), kept=tuple(second)))
    assert (not found) == (sorted(first, key=repr) == sorted(second, key=repr))
    lost = sum(one.sin == "lost" for one in found)
    assert len(first) - lost == len(second) - (len(found) - lost)
