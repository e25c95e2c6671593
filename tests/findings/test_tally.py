"""From facts to counts: people not messages, the last answer, frames and escapes apart."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.edition import Edition
from consult.events import (
    Answered,
    Began,
    Consented,
    Declined,
    Escape,
    Event,
    Finished,
    Misheard,
    Returned,
    Skipped,
    Stopped,
)
from consult.findings.tally import FrameTable, Told, tally

AGREED = Consented("take_part", True, "w")


def told(*events: Event, person: int = 1, frame: str = "open", verdict: str = "in_time", shared: bool = False):
    return [Told(person, frame, verdict, shared, event) for event in events]


def of(edition: Edition, facts: list[Told], *, shared: bool = True) -> dict[str, FrameTable]:
    return {table.frame: table for table in tally(edition.consultation.questions, facts, shared=shared)}


def counts(table: FrameTable, name: str) -> dict[str, int]:
    question = next(question for question in table.questions if question.name == name)
    return {code: n for code, n in question.counts.items() if n}


@pytest.fixture
def safety(editions: dict[str, Edition]) -> Edition:
    return editions["safety"]


def test_the_last_answer_of_a_person_counts_once(safety: Edition) -> None:
    facts = told(Began("keyword"), AGREED, Answered("moving", "easier"), Returned("moving"), Answered("moving", "same"))
    table = of(safety, facts)["open"]
    assert counts(table, "moving") == {"same": 1}
    assert (table.started, table.consented, table.partial, table.finished) == (1, 1, 1, 0)


def test_an_answer_withdrawn_or_skipped_later_no_longer_counts(safety: Edition) -> None:
    facts = told(AGREED, Answered("obstacle", ("roads", "cost")), Skipped("obstacle", "withdrawn"))
    facts += told(AGREED, Answered("age", "a60"), Skipped("age", "misheard"), person=2)
    table = of(safety, facts)["open"]
    assert counts(table, "obstacle") == {}
    assert counts(table, "age") == {}
    skipped = {question.name: question.skipped for question in table.questions}
    assert (skipped["obstacle"], skipped["age"]) == (0, 1)


def test_an_answer_after_a_skip_takes_the_skip_away(safety: Edition) -> None:
    facts = told(
        AGREED, Misheard("age", "unclear"), Skipped("age", "misheard"), Returned("age"), Answered("age", "a60")
    )
    question = next(question for question in of(safety, facts)["open"].questions if question.name == "age")
    assert (question.people, question.skipped) == (1, 0)


def test_each_escape_is_counted_by_itself(safety: Edition) -> None:
    person = count(1)
    facts = [one for each in Escape for one in told(AGREED, Answered("turn_to", each), person=next(person))]
    assert counts(of(safety, facts)["open"], "turn_to") == {"not_sure": 1, "not_understood": 1, "prefer_not": 1}


def test_frames_are_never_merged(safety: Edition) -> None:
    facts = told(Began("invited"), AGREED, Answered("moving", "easier"), person=1, frame="enrolled")
    facts += told(Began("keyword"), AGREED, Answered("moving", "easier"), person=2, frame="open")
    tables = of(safety, facts)
    assert set(tables) == {"enrolled", "open"}
    assert all(counts(table, "moving") == {"easier": 1} for table in tables.values())


def test_late_and_early_answers_are_counted_apart(safety: Edition) -> None:
    facts = told(Began("keyword"), AGREED, Answered("moving", "easier"))
    facts += told(Answered("age", "a60"), verdict="late")
    facts += told(Answered("place", "town"), verdict="early", person=2)
    table = of(safety, facts)["open"]
    assert table.late == 2
    assert counts(table, "age") == counts(table, "place") == {}


def test_how_far_people_came_is_told_apart(safety: Edition) -> None:
    facts = told(Began("keyword"), AGREED, Answered("moving", "same"), Finished(), person=1)
    facts += told(Began("keyword"), AGREED, Answered("moving", "same"), Stopped(), person=2)
    facts += told(Began("keyword"), Consented("take_part", False, "w"), Declined("consent"), person=3)
    facts += told(Began("keyword"), AGREED, Answered("moving", "same"), person=4)
    facts += told(Began("invited"), person=5)
    facts += told(Began("invited"), Declined("invite"), person=6)
    table = of(safety, facts)["open"]
    assert (table.invited, table.started, table.consented) == (2, 4, 3)
    assert (table.finished, table.stopped, table.declined, table.partial) == (1, 1, 2, 1)


def test_voices_that_share_a_phone_are_flagged_and_can_be_left_out(safety: Edition) -> None:
    facts = told(AGREED, Answered("moving", "same"), person=1, shared=True)
    facts += told(AGREED, Answered("moving", "same"), person=2, shared=True)
    facts += told(AGREED, Answered("moving", "same"), person=3)
    assert of(safety, facts)["open"].shared == 2
    assert counts(of(safety, facts)["open"], "moving") == {"same": 3}
    assert counts(of(safety, facts, shared=False)["open"], "moving") == {"same": 1}


@given(data=st.data())
def test_nobody_counts_twice_whatever_she_said(editions: dict[str, Edition], data: st.DataObject) -> None:
    safety = editions["safety"]
    codes = st.sampled_from(["easier", "same", "harder", *Escape])
    said = data.draw(st.lists(st.tuples(st.integers(1, 5), codes), max_size=30))
    facts = [one for person, value in said for one in told(AGREED, Answered("moving", value), person=person)]
    tables = of(safety, facts)
    people = {person for person, _ in said}
    if people:
        question = tables["open"].questions[0]
        assert question.people == len(people) == sum(question.counts.values())
