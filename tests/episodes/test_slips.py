"""Slips: taken once and whole, each somebody of her own, in a frame of their own, with answers as they were read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given as generated
from hypothesis import strategies

from consult.channel import Heard, Slip
from consult.figures import figures, frame_of
from consult.intake.slips import OLDEST, NoEpisode, SlipRefused, erase_ticket, take_slip, told_at, words_of
from consult.jobs import duties
from tests.episodes.conftest import NOW, Show


def people(show: Show) -> int:
    return len({fact.person for fact in show.house.store.read(lambda view: list(view.facts("safety")))})


def test_a_slip_is_taken_once_however_often_it_comes(show: Show) -> None:
    assert show.slip("slip-same") is True
    assert show.slip("slip-same") is False
    assert show.slip("slip-same", said={"moving": "3"}, at=NOW + 9) is False
    assert people(show) == 1
    assert len(show.house.store.read(lambda view: view.slips("safety", 2))) == 1


def test_every_slip_is_somebody_of_her_own_in_the_frame_of_slips(show: Show) -> None:
    for n in range(12):
        show.slip(f"slip-{n:04d}", ticket=f"A-{n}")
    facts = show.house.store.read(lambda view: list(view.facts("safety")))
    assert {fact.frame for fact in facts} == {"slip"}
    assert {fact.channel for fact in facts} == {"wave"}
    assert {fact.entered_by for fact in facts} == {"account 3"}
    assert people(show) == 12
    table = frame_of(figures(show.house, "safety"), "slip")
    assert (table["started"], table["consented"], table["partial"]) == (12, 12, 12)
    counts = {row["name"]: row["counts"] for row in table["questions"]}
    assert counts["moving"]["easier"] == 12
    assert counts["turn_to"]["elders"] == 12


def test_a_key_means_what_the_episode_read_not_what_the_file_says(show: Show) -> None:
    """The second episode begins the obstacles elsewhere than the definition does."""
    show.slip("slip-turn", said={"moving": "3", "obstacle": "1", "turn_to": "99", "age": "2"})
    table = frame_of(figures(show.house, "safety"), "slip")
    counts = {row["name"]: row["counts"] for row in table["questions"]}
    order = show.house.store.read(lambda view: view.episode("safety", 2))
    assert order is not None
    first = order.orders.split('"obstacle": ["')[1].split('"')[0]
    assert first != "roads"
    assert counts["obstacle"][first] == 1
    assert counts["turn_to"]["prefer_not"] == 1
    assert counts["age"]["a30_44"] == 1
    assert table["finished"] == 1


@pytest.mark.parametrize(
    ("change", "field", "why"),
    [
        ({"said": {"moving": "9"}}, "moving", "unknown"),
        ({"said": {"secret": "1"}}, "secret", "unknown"),
        ({"who": "Amina"}, "who", "unknown"),
        ({"agreed": ""}, "agreed", "unknown"),
        ({"state": "lost"}, "state", "unknown"),
        ({"ticket": "Amina Bello"}, "ticket", "unknown"),
        ({"time": "25:00"}, "time", "unknown"),
        ({"point": "ring 0801234567"}, "point", "number"),
        ({"point": "the son of Amina"}, "point", "name"),
        ({"point": "house of maryam"}, "point", "name"),
    ],
)
def test_one_fault_refuses_the_whole_and_nothing_moves(
    show: Show, change: dict[str, str], field: str, why: str
) -> None:
    with pytest.raises(SlipRefused) as refused:
        show.slip("slip-bad", **change)  # type: ignore[arg-type]
    assert (refused.value.field, refused.value.why) == (field, why)
    assert people(show) == 0
    assert show.house.store.read(lambda view: view.slips("safety", 2)) == []
    assert show.slip("slip-bad") is True  # put right, it is taken under the same identity


def test_what_may_be_a_name_is_taken_once_somebody_looked(show: Show) -> None:
    assert show.slip("slip-looked", point="we go to Market Square", checked="1")


def test_an_unknown_episode_takes_nothing(show: Show) -> None:
    with pytest.raises(NoEpisode):
        take_slip(show.house, "safety", 9, Heard("wave", "desk", "", None, Slip(()), "slip-none", NOW))


def test_words_answers_and_tickets_lie_nowhere_in_clear(show: Show, tmp_path: Path) -> None:
    show.slip("slip-sealed-id", point="planted canary sentence", ticket="ZZ-7731")
    held = b"".join(file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file())
    for planted in (b"canary", b"ZZ-7731", b"slip-sealed-id"):
        assert planted not in held


def test_a_slip_is_erased_by_its_ticket_and_no_other_with_it(show: Show) -> None:
    show.slip("slip-hers", ticket="A-1", point="a canary point")
    show.slip("slip-other", ticket="A-11", point="another point")
    assert erase_ticket(show.house, "safety", 2, "A-1", NOW) == 1
    assert erase_ticket(show.house, "safety", 2, "A-1", NOW) == 0
    assert frame_of(figures(show.house, "safety"), "slip")["started"] == 1
    rows = show.house.store.read(lambda view: view.slips("safety", 2))
    assert [words_of(show.house, row).get("point") for row in rows] == [None, "another point"]


def test_a_day_after_the_window_the_words_are_destroyed_by_the_round_of_duties(show: Show) -> None:
    show.slip("slip-hers", point="a canary point")
    closes = NOW + 3600
    duties(show.house, "worker", lambda: closes + 86_399)
    (row,) = show.house.store.read(lambda view: view.slips("safety", 2))
    assert words_of(show.house, row)["point"] == "a canary point"
    duties(show.house, "worker", lambda: closes + 86_400)
    (row,) = show.house.store.read(lambda view: view.slips("safety", 2))
    assert not any(row.sealed)
    assert frame_of(figures(show.house, "safety"), "slip")["started"] == 1


@generated(strategies.integers(0, 2**40), strategies.integers(-(2**40), 2**40))
def test_a_desk_s_clock_is_believed_as_a_difference_only(there: int, ago: int) -> None:
    told = told_at(NOW, there, there - ago)
    assert told == (NOW - ago if 0 <= ago <= OLDEST else NOW)
