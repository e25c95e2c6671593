"""De-identified rows: at least ten alike, rare answers hidden, nothing but closed answers."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.edition import Edition
from consult.events import Answered, Began, Consented, Escape, Event
from consult.findings.rows import ALIKE, HIDDEN, Sheet, alike, rare, sheets
from consult.findings.tally import Told
from tests.conftest import many

AGREED = Consented("take_part", True, "w")
CLASSES = st.tuples(st.sampled_from("nsew"), st.sampled_from(["young", "old"]), st.sampled_from("abc"))


def people(
    n: int, *events: Event, first: int = 0, segments: dict[str, str] | None = None, **more: object
) -> list[Told]:
    """`n` women who all said this."""
    began = Began("keyword", segments=tuple((segments or {}).items()))
    given: dict[str, object] = {"frame": "open", "verdict": "in_time", "shared": False} | more
    return [Told(first + i, event=event, **given) for i in range(n) for event in (began, AGREED, *events)]  # type: ignore[arg-type]


def of(edition: Edition, told: list[Told], **more: bool) -> list[Sheet]:
    return sheets(edition.consultation.questions, told, **more)


def column(sheet: Sheet, name: str) -> Counter[str]:
    place = sheet.columns.index(name)
    return Counter(row[place] for row in sheet.rows)


@pytest.fixture
def safety(editions: dict[str, Edition]) -> Edition:
    return editions["safety"]


def test_a_row_holds_closed_answers_and_nothing_else(safety: Edition) -> None:
    told = people(20, Answered("moving", "easier"), Answered("obstacle", ("roads", "cost")), Answered("age", "a18_29"))
    told += people(20, Answered("moving", "harder"), Answered("age", "a60"), first=50)
    (sheet,) = of(safety, told)
    assert set(sheet.columns) <= {question.name for question in safety.consultation.questions}
    assert "message" not in sheet.columns
    assert column(sheet, "moving") == {"easier": 20, "harder": 20}
    assert column(sheet, "age") == {"a18_29": 20, "a60": 20}


def test_a_small_class_of_who_she_is_is_hidden_with_enough_others(safety: Edition) -> None:
    told = people(30, Answered("moving", "easier"), segments={"place": "north"})
    told += people(1, Answered("moving", "harder"), segments={"place": "south"}, first=90)
    told += people(12, Answered("moving", "harder"), segments={"place": "east"}, first=100)
    (sheet,) = of(safety, told)
    assert column(sheet, "place") == {"north": 30, HIDDEN: 13}


def test_a_rare_answer_takes_the_next_rarest_with_it_and_a_full_one_is_hidden(safety: Edition) -> None:
    told = people(20, Answered("moving", "easier"), Answered("age", "a60"))
    told += people(3, Answered("moving", "harder"), first=30)
    told += people(15, Answered("moving", "same"), first=50)
    (sheet,) = of(safety, told)
    assert column(sheet, "moving") == {"easier": 20, HIDDEN: 18}
    (alone,) = of(safety, people(40, Answered("moving", "easier")))
    assert column(alone, "moving") == {HIDDEN: 40}


def test_thirty_people_make_rows_and_fewer_none_in_each_frame_by_itself(safety: Edition) -> None:
    told = people(29, Answered("moving", "easier")) + people(31, Answered("moving", "same"), first=50, frame="enrolled")
    assert [sheet.frame for sheet in of(safety, told)] == ["enrolled"]
    assert of(safety, people(40)) == []


def test_sensitive_questions_late_answers_and_shared_telephones_are_left_out(editions: dict[str, Edition]) -> None:
    safety = editions["safety"]
    sensitive = [question.name for question in safety.consultation.questions if question.sensitive]
    assert sensitive
    told = people(40, Answered("moving", "easier"), *(Answered(name, Escape.NOT_SURE) for name in sensitive))
    (sheet,) = of(safety, told)
    assert not set(sensitive) & set(sheet.columns)
    assert of(safety, people(40, Answered("moving", "easier"), verdict="late")) == []
    assert of(safety, people(40, Answered("moving", "easier"), shared=True), shared=False) == []
    assert of(safety, people(40, Answered("moving", "easier"), shared=True))


@given(st.lists(CLASSES, min_size=30, max_size=120))
@settings(max_examples=many(200))
def test_every_class_holds_ten_whatever_came(rows: list[tuple[str, str, str]]) -> None:
    shown = alike(rows)
    assert min(Counter(shown).values()) >= ALIKE
    assert all(
        now in (was, HIDDEN)
        for row, before in zip(shown, rows, strict=True)
        for now, was in zip(row, before, strict=True)
    )


@given(st.dictionaries(st.sampled_from("abcdef"), st.frozensets(st.integers(0, 60), min_size=1), min_size=1))
@settings(max_examples=many(200))
def test_what_is_hidden_of_a_question_is_of_ten_people_or_of_all(people: dict[str, frozenset[int]]) -> None:
    everyone = frozenset[int]().union(*people.values())
    gone = rare(people, len(everyone))
    hidden = frozenset[int]().union(*(people[part] for part in gone)) if gone else frozenset()
    assert not gone or len(hidden) >= ALIKE or gone == people.keys()
    assert all(ALIKE <= len(people[part]) < len(everyone) for part in people.keys() - gone)
