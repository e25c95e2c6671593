"""The live table: gated, steady, apart by frame; raw only where nobody can be hurt, or where it is written down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from consult import custody, publish, unsealing
from consult.custody import NoKey
from consult.figures import NoSuch, figures, frame_of, raw_tally
from consult.library import day_of
from consult.store.records import Published
from tests.journeys.script import definition
from tests.journeys.stage import Stage, set_up

TWO = ("Amina", "Ruth")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = set_up(tmp_path, at=1_795_424_400 + 8 * 86_400, replies_per_day=10_000)
    made.publish(definition("brief"), test=False)
    yield made
    made.house.close()


def number(n: int) -> str:
    return f"+23480400{n:05}"


def answers(stage: Stage, people: range, market: str = "1", place: str = "1") -> None:
    """These people join and answer both questions."""
    for n in people:
        for said in ("CANDLE", "1", market, place):
            stage.hears(said, number(n))
            stage.sends()


def open_frame(stage: Stage) -> dict[str, Any]:
    return frame_of(figures(stage.house, "brief"), "open")


def cells(table: dict[str, Any], name: str = "market") -> dict[str, Any]:
    counts = next(question for question in table["questions"] if question["name"] == name)["counts"]
    return {code: n for code, n in counts.items() if code in ("open", "shut", "town", "village")}


def test_below_ten_people_nothing_is_a_number(stage: Stage) -> None:
    answers(stage, range(9))
    table = open_frame(stage)
    assert {table[key] for key in ("started", "consented", "finished", "partial")} == {"<10"}
    assert cells(table) == {"open": "<10", "shut": "<10"}
    assert table["raw"] is False


def test_the_tenth_person_brings_the_first_numbers(stage: Stage) -> None:
    answers(stage, range(10))
    table = open_frame(stage)
    assert (table["started"], table["finished"], table["stopped"]) == (10, 10, "<10")
    assert cells(table) == {"open": "hidden", "shut": "<10"}  # all ten gave it


def test_figures_move_by_ten_people_and_not_by_one(stage: Stage) -> None:
    answers(stage, range(11), "1")
    answers(stage, range(11, 22), "2")
    first = open_frame(stage)
    assert cells(first) == {"open": 11, "shut": 11}
    answers(stage, range(22, 31), "1")
    assert open_frame(stage) == first
    answers(stage, range(31, 32), "1")
    assert cells(open_frame(stage)) == {"open": 21, "shut": 11}


def test_people_who_only_begin_move_no_answer(stage: Stage) -> None:
    answers(stage, range(11), "1")
    answers(stage, range(11, 22), "2")
    open_frame(stage)
    answers(stage, range(22, 23), "1")
    for n in range(23, 35):
        stage.hears("CANDLE", number(n))
    table = open_frame(stage)
    assert table["started"] == 35
    assert cells(table) == {"open": 11, "shut": 11}


def test_a_correction_or_an_erasure_alone_moves_nothing(stage: Stage) -> None:
    answers(stage, range(11), "1")
    answers(stage, range(11, 22), "2")
    first = open_frame(stage)
    for n in range(3):
        stage.hears("erase", number(n))
    answers(stage, range(12, 15), "1")
    assert open_frame(stage) == first
    answers(stage, range(40, 49), "1")
    assert open_frame(stage) == first
    answers(stage, range(49, 50), "1")
    moved = open_frame(stage)
    assert moved["started"] == 29
    assert cells(moved) == cells(first), "ten are new and three are gone: too few to show"


def test_one_frame_moves_without_the_other(stage: Stage) -> None:
    for n in range(100, 124):
        stage.enrol("brief", number(n))
    answers(stage, range(100, 111), "1")
    answers(stage, range(111, 122), "2")
    answers(stage, range(11), "1")
    answers(stage, range(11, 22), "2")
    enrolled = frame_of(figures(stage.house, "brief"), "enrolled")
    assert cells(enrolled) == {"open": 11, "shut": 11}
    answers(stage, range(122, 123), "1")
    answers(stage, range(22, 32), "1")
    document = figures(stage.house, "brief")
    assert cells(frame_of(document, "open")) == {"open": 21, "shut": 11}
    assert frame_of(document, "enrolled")["questions"] == enrolled["questions"]
    assert frame_of(document, "enrolled")["started"] == enrolled["started"]


def test_a_small_frame_beside_a_large_one_shows_itself_when_it_is_ten(stage: Stage) -> None:
    answers(stage, range(11), "1")
    for n in range(100, 110):
        stage.enrol("brief", number(n))
    answers(stage, range(100, 109), "1")
    assert frame_of(figures(stage.house, "brief"), "enrolled")["started"] == "<10"
    answers(stage, range(109, 110), "1")
    assert frame_of(figures(stage.house, "brief"), "enrolled")["started"] == 10
    assert open_frame(stage)["started"] == 11


def test_who_only_babbles_moves_nobody_elses_beginning(stage: Stage) -> None:
    answers(stage, range(12), "1")
    first = open_frame(stage)
    for n in range(9):
        stage.hears("CANDLE", number(n))
        stage.hears("something else", number(n))
    answers(stage, range(12, 13), "1")
    assert open_frame(stage) == first


def test_pages_of_facts_add_up_to_all_of_them(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(stage, range(12), "1")
    whole = raw_tally(stage.house, "brief", who="operator", at=stage.at)
    monkeypatch.setattr(unsealing, "PAGE", 7)
    assert raw_tally(stage.house, "brief", who="operator", at=stage.at) == whole
    opening = unsealing.Opening(stage.house.store, *published_and_key(stage))
    arrivals = [fact.arrival for fact, _ in opening.events()]
    assert arrivals == sorted(set(arrivals))
    assert len(arrivals) > 7


def test_what_is_said_meanwhile_waits_for_the_next_opening(stage: Stage) -> None:
    answers(stage, range(2), "1")
    opening = unsealing.Opening(stage.house.store, *published_and_key(stage))
    before = len(list(opening.events()))
    answers(stage, range(2, 4), "1")
    assert len(list(opening.events())) == before


def published_and_key(stage: Stage) -> tuple[Published, bytes]:
    published = stage.house.store.read(lambda view: view.published("brief"))
    assert published is not None
    return published, custody.private_key(stage.house.settings.data, stage.house.vault, "brief")


def test_asking_again_gives_the_same_document(stage: Stage) -> None:
    answers(stage, range(12))
    assert figures(stage.house, "brief") == figures(stage.house, "brief")


def test_invented_data_is_shown_as_it_is(tmp_path: Path) -> None:
    stage = set_up(tmp_path / "test", at=1_795_424_400 + 8 * 86_400)
    stage.publish(definition("brief"), test=True)
    answers(stage, range(1))
    table = open_frame(stage)
    assert table["raw"]
    assert (table["started"], cells(table)["open"]) == (1, 1)
    stage.house.close()


def test_the_raw_tally_leaves_a_line_before_it_tells(stage: Stage) -> None:
    answers(stage, range(2))
    before = len(stage.house.store.read(lambda view: view.audit()))
    document = raw_tally(stage.house, "brief", who="operator", at=stage.at)
    assert cells(frame_of(document, "open"))["open"] == 2
    (line,) = stage.house.store.read(lambda view: view.audit())[before:]
    assert line[2] == "raw tally of brief read by operator"
    assert str(number(0)) not in str(line)


def test_the_raw_tally_of_what_cannot_be_opened_is_noted_all_the_same(stage: Stage) -> None:
    publish.retire(stage.house, "brief", day=day_of(stage.at), confirmed_by=TWO)
    before = len(stage.house.store.read(lambda view: view.audit()))
    with pytest.raises(NoKey):
        raw_tally(stage.house, "brief", who="operator", at=stage.at)
    assert len(stage.house.store.read(lambda view: view.audit())) == before + 1


def test_a_retired_consultation_is_refused_and_says_why(stage: Stage) -> None:
    answers(stage, range(3))
    publish.retire(stage.house, "brief", day=day_of(stage.at), confirmed_by=TWO)
    with pytest.raises(NoKey, match="retired"):
        figures(stage.house, "brief")


def test_offline_custody_opens_nothing_without_both_halves(tmp_path: Path) -> None:
    stage = set_up(tmp_path / "offline", at=1_795_424_400 + 8 * 86_400)
    text = definition("brief").replace("round = 1", 'round = 1\ncustody = "offline"', 1)
    published = stage.publish(text, test=True)
    answers(stage, range(2))
    with pytest.raises(NoKey, match="both halves"):
        figures(stage.house, "brief")
    private = custody.join(published.kit.half_a, published.kit.half_b)
    table = frame_of(figures(stage.house, "brief", private=private), "open")
    assert cells(table)["open"] == 2
    stage.house.close()


def test_nothing_published_and_nobody_by_that_frame_are_told_apart(stage: Stage) -> None:
    with pytest.raises(NoSuch, match="published: brief"):
        figures(stage.house, "river")
    document = figures(stage.house, "brief")
    assert document["frames"] == []
    assert frame_of(document, None) == document
    with pytest.raises(NoSuch, match="none yet"):
        frame_of(document, "open")


def test_what_is_kept_of_figures_holds_no_small_number(stage: Stage) -> None:
    answers(stage, range(11), "1")
    answers(stage, range(11, 15), "2")
    figures(stage.house, "brief")
    kept = stage.house.store.read(lambda view: view.figures("brief"))[1]
    assert '"shut": "<10"' in kept
    assert '"shut": 4' not in kept
