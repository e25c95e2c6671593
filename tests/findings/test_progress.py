"""Where people stand, apart by who they are: nobody is told from fewer than ten, in one view or between two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from consult.events import Answered, Began, Finished, Stopped
from consult.findings.gate import HIDDEN, SMALL
from consult.findings.progress import STEPS, Came, broken_down

Log = list[tuple[int, Came]]


def came(person: int, place: str, *events: Any, frame: str = "open", tag: str = "en") -> list[Came]:
    began = Began("keyword", 0, (("place", place),))
    return [Came(person, frame, "text", "hub", tag, True, event) for event in (began, *events)]


def log(*people: list[Came]) -> Log:
    return [*enumerate((each for one in people for each in one), 1)]


def women(first: int, n: int, place: str, *events: Any) -> list[list[Came]]:
    return [came(each, place, Answered("q", "yes"), *events) for each in range(first, first + n)]


def shown(found: Mapping[str, Any], value: str, by: str = "open place") -> Any:
    return found[by][value]["started"]


def test_people_stand_apart_by_who_they_are() -> None:
    found = broken_down((), log(*women(0, 30, "town", Finished()), *women(30, 12, "village", Stopped())), {}, {})
    rows = found["open place"]
    assert rows["town"] == {"invited": SMALL, "started": 30, "finished": 30, "stopped": SMALL, "partial": SMALL}
    assert rows["village"]["stopped"] == 12
    assert [*found] == ["open place"], "where all are alike there is no breakdown"


def test_few_are_not_told_by_what_is_left_of_the_total() -> None:
    found = broken_down((), log(*women(0, 30, "town"), *women(30, 12, "village"), *women(42, 3, "camp")), {}, {})
    assert shown(found, "camp") == SMALL
    assert shown(found, "village") == HIDDEN
    assert shown(found, "town") == 30


def test_a_row_moves_by_ten() -> None:
    first = log(*women(0, 30, "town"), *women(30, 12, "village"))
    before = broken_down((), first, {}, {})
    places = dict.fromkeys(before, len(first))
    for more, moves in ((9, False), (10, True)):
        later = [*first, *((len(first) + n, each) for n, each in log(*women(50, more, "village")))]
        assert ("open place" in broken_down((), later, before, places)) is moves


def test_who_changes_sides_moves_nothing() -> None:
    first = log(*women(0, 30, "town"), *women(30, 12, "village"))
    before = broken_down((), first, {}, {})
    places = dict.fromkeys(before, len(first))
    moved = [(len(first) + n, each) for n, each in log(came(0, "village"), *women(50, 10, "village"))]
    assert broken_down((), [*first, *moved], before, places) == {}, "the town would be one less"


def test_who_corrects_herself_is_no_news() -> None:
    first = log(*women(0, 30, "town"), *women(30, 12, "village"))
    before = broken_down((), first, {}, {})
    places = dict.fromkeys(before, len(first))
    again = [(len(first) + n, each) for n, each in log(*women(30, 11, "village"))]
    finished = [(999, Came(30, "open", "text", "hub", "en", True, Finished()))]
    assert broken_down((), [*first, *again, *finished], before, places) == {}


def test_frames_are_never_merged() -> None:
    town, village = women(0, 20, "town"), women(20, 20, "village")
    others = [[each._replace(frame="enrolled", person=each.person + 100) for each in one] for one in (*town, *village)]
    found = broken_down((), log(*town, *village, *others), {}, {})
    assert {*found} == {"open place", "enrolled place"}
    assert shown(found, "town") == 20


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 40), min_size=2))
@settings(max_examples=60, deadline=None)
def test_no_row_below_ten_is_a_number_and_subtraction_finds_nobody(sizes: dict[str, int]) -> None:
    people, first = [], 0
    for value, n in sizes.items():
        people += women(first, n, value)
        first += n
    found = broken_down((), log(*people), {}, {}).get("open place", {})
    for value, row in found.items():
        assert row["started"] in (SMALL, HIDDEN, sizes[value])
        assert row["started"] != SMALL or sizes[value] < 10
        assert all(row[step] in (SMALL, HIDDEN) or row[step] >= 10 for step in STEPS)
    behind = sum(sizes[value] for value, row in found.items() if not isinstance(row["started"], int))
    numbers = [value for value, row in found.items() if isinstance(row["started"], int)]
    assert not numbers or behind == 0 or behind >= 10


@given(st.lists(st.tuples(st.sampled_from(["town", "village", "camp"]), st.integers(1, 14)), min_size=2, max_size=8))
@settings(max_examples=40, deadline=None)
def test_between_two_views_no_row_that_showed_a_number_moves_by_fewer_than_ten(steps: list[tuple[str, int]]) -> None:
    told: Log = []
    view: dict[str, Any] = {}
    places: dict[str, int] = {}
    first = 0
    for place, n in steps:
        told += [(len(told) + at, each) for at, each in log(*women(first, n, place))]
        first += n
        free = broken_down((), told, view, places)
        for value, row in free.get("open place", {}).items():
            was = view.get("open place", {}).get(value, {}).get("started")
            if isinstance(was, int) and isinstance(row["started"], int):
                assert row["started"] == was or row["started"] - was >= 10
        view |= free
        places |= dict.fromkeys(free, len(told))
