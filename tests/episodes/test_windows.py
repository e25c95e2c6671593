"""An episode's life: planned, open, closed, booked; what came when, and what is left of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from consult.episodes import NotNow, close_books, close_window, count, material, open_window, plan, readable, verdict
from consult.intake.slips import words_of
from tests.episodes.conftest import NOW, Show


def test_planning_records_what_is_read_and_in_which_order(show: Show) -> None:
    episode = show.house.store.read(lambda view: view.episode("safety", 2))
    assert episode is not None
    assert episode.asks == "moving obstacle turn_to"
    orders = json.loads(episode.orders)
    assert orders["moving"] == ["easier", "same", "harder"]
    assert sorted(orders["obstacle"]) == ["checks", "cost", "fear", "roads"]
    assert orders["obstacle"] != ["roads", "cost", "checks", "fear"]


def test_a_window_tells_when_an_answer_came_and_drops_none(show: Show) -> None:
    for ref, at in (("slip-early", NOW - 61), ("slip-first", NOW - 60), ("slip-last", NOW + 3599)):
        assert show.slip(ref, at=at)
    assert show.slip("slip-late", at=NOW + 3600)
    books = show.house.store.read(lambda view: count(view, "safety", 2))
    assert books.slips == {"early": 1, "in_time": 2, "late": 1}
    assert books.missing == 0


def test_a_window_whose_times_were_never_set_takes_nothing_in_time(show: Show) -> None:
    episode = show.house.store.read(lambda view: view.episode("safety", 2))
    assert episode is not None
    assert verdict(replace(episode, opens_at=None), NOW) == "early"
    assert verdict(replace(episode, closes_at=None), NOW + 10**6) == "in_time"


def test_it_is_opened_closed_and_booked_by_hand_in_that_order_only(show: Show) -> None:
    house = show.house
    with pytest.raises(NotNow, match="must be closed"):
        close_books(house, "safety", 2, NOW)
    open_window(house, "safety", 2, NOW)
    with pytest.raises(NotNow, match="is open"):
        open_window(house, "safety", 2, NOW)
    close_window(house, "safety", 2, NOW + 10)
    episode = house.store.read(lambda view: view.episode("safety", 2))
    assert episode is not None
    assert (episode.state, episode.opens_at, episode.closes_at) == ("closed", NOW, NOW + 10)
    published = house.store.read(lambda view: view.published("safety"))
    assert published is not None
    with pytest.raises(NotNow, match="plan another"):
        plan(house, episode, material(house.library.edition(published), "en", 2), NOW)
    with pytest.raises(NotNow, match="not planned"):
        open_window(house, "safety", 7, NOW)


def test_a_window_that_closes_before_it_opens_is_refused(show: Show) -> None:
    episode = show.house.store.read(lambda view: view.episode("safety", 2))
    published = show.house.store.read(lambda view: view.published("safety"))
    assert episode is not None
    assert published is not None
    with pytest.raises(NotNow, match="closes before it opens"):
        plan(
            show.house,
            replace(episode, closes_at=NOW - 61),
            material(show.house.library.edition(published), "en", 2),
            NOW,
        )


def test_closing_the_books_counts_and_destroys_the_words(show: Show) -> None:
    house = show.house
    show.slip("slip-one", point="the bridge was marked-by-a-canary", agreed="read")
    show.slip("slip-two", agreed="count", danger="1")
    rows = house.store.read(lambda view: view.slips("safety", 2))
    assert [words_of(house, row)["point"] for row in rows] == ["the bridge was marked-by-a-canary", ""]
    close_window(house, "safety", 2, NOW + 20)
    books = close_books(house, "safety", 2, NOW + 30)
    assert (books.slips, books.agreed, books.danger, books.missing) == (
        {"in_time": 2},
        {"read": 1, "count": 1},
        1,
        0,
    )
    rows = house.store.read(lambda view: view.slips("safety", 2))
    assert [words_of(house, row) for row in rows] == [{}, {}]
    assert close_books(house, "safety", 2, NOW + 40) == books
    assert show.slip("slip-after", point="came afterwards")  # a desk was offline for long
    assert words_of(house, house.store.read(lambda view: view.slips("safety", 2))[-1]) == {}


def test_words_can_be_read_for_a_day_after_the_window(show: Show) -> None:
    episode = show.house.store.read(lambda view: view.episode("safety", 2))
    assert episode is not None
    assert readable(episode, NOW + 3600 + 86_399)
    assert not readable(episode, NOW + 3600 + 86_400)
    assert not readable(replace(episode, state="booked"), NOW)
