"""What a desk sends or saved: every value looked at, every slip by itself, nothing echoed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from consult.episodes import desk
from consult.episodes.desk import NotSlips, saved, take_all
from tests.episodes.conftest import NOW, Show

ABOUT = {"ticket": "A-1", "who": "woman", "agreed": "count", "state": "counted", "point": ""}


def slip(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "at": 1000, "answers": {"moving": "1"}, "about": ABOUT} | more


def took(show: Show, told: dict[str, Any]) -> list[tuple[str, str]]:
    episode = show.house.store.read(lambda view: view.episode("safety", 2))
    assert episode is not None
    return [(each.state, each.field) for each in take_all(show.house, episode, told, NOW, "console")]


def test_each_is_taken_or_refused_by_itself_and_known_the_next_time(show: Show) -> None:
    told = {
        "now": 1060,
        "slips": [slip("slip-good"), slip("slip-none", answers={"moving": "8"}), slip("bad id!"), slip("slip-more")],
    }
    assert took(show, told) == [("taken", ""), ("refused", "moving"), ("refused", "id"), ("taken", "")]
    assert took(show, told) == [("known", ""), ("refused", "moving"), ("refused", "id"), ("known", "")]


def test_its_time_is_told_by_how_long_it_waited_at_the_desk(show: Show) -> None:
    """The window opened a minute ago: by the desk's own clock one slip was written before that, one after."""
    took(show, {"now": 5000, "slips": [slip("slip-early", at=5000 - 61), slip("slip-then", at=5000 - 59)]})
    took(show, {"now": 5000, "slips": [slip("slip-jump", at=9000), slip("slip-none", at="x")]})
    rows = show.house.store.read(lambda view: view.slips("safety", 2))
    assert [row.verdict for row in rows] == ["early", "in_time", "in_time", "in_time"]


@pytest.mark.parametrize("told", [{}, {"slips": 3}, {"slips": {}}, {"slips": [None] * 5001}])
def test_what_is_no_list_of_slips_is_refused(show: Show, told: dict[str, Any]) -> None:
    with pytest.raises(NotSlips):
        took(show, told)


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=20),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, JSON, JSON)
def test_whatever_stands_in_a_slip_is_read_as_texts(id: Any, answers: Any, about: Any) -> None:
    found = desk._parts({"id": id, "at": id, "answers": answers, "about": about})
    assert isinstance(found[0], str)
    assert all(isinstance(value, str) for table in found[1:3] for value in table.values())
    assert type(found[3]) is int


@pytest.mark.parametrize("text", ["", "[]", "{", '{"consultation": "other", "episode": 2}', "[" * 100_000])
def test_a_file_that_no_desk_saved_for_this_episode_is_refused(text: str) -> None:
    with pytest.raises(NotSlips):
        saved(text, "safety", 2)


def test_a_saved_file_is_read() -> None:
    told = {"consultation": "safety", "episode": 2, "now": 3, "slips": []}
    assert saved(json.dumps(told), "safety", 2) == told
