"""What may be told of an episode in the next: an order, behind the gate, after the window closed, in no number."""

from __future__ import annotations

import pytest

from channels.radio.report import lines
from consult.episodes import NotNow, close_window
from consult.episodes.feedback import Told, heard
from consult.wording import for_locale
from tests.episodes.conftest import NOW, Show


def told(show: Show, at: int = NOW + 50) -> list[Told]:
    episode = show.house.store.read(lambda view: view.episode("safety", 2))
    published = show.house.store.read(lambda view: view.published("safety"))
    assert episode is not None
    assert published is not None
    return heard(show.house, episode, show.house.library.edition(published), "en", at)


def test_answers_are_told_by_how_often_they_were_named(show: Show) -> None:
    for n, key in enumerate("3331122"):
        show.slip(f"slip-{n:04d}", said={"moving": key})
    close_window(show.house, "safety", 2, NOW + 40)
    first, second, third = told(show)
    assert first == Told(
        "In the last month, has it become easier or harder to get to the market?",
        (("Harder",), ("Easier", "The same")),
    )
    assert (second.ranks, third.ranks) == ((), ())


def test_nothing_is_told_while_answers_come_in(show: Show) -> None:
    show.slip("slip-once")
    with pytest.raises(NotNow, match="close its window first"):
        told(show)
    assert told(show, NOW + 3600)  # its time is over


def test_of_real_people_only_what_passes_the_gate_is_named(real_show: Show) -> None:
    for n in range(9):
        real_show.slip(f"slip-{n:04d}", said={"moving": "3"})
    assert told(real_show, NOW + 3600)[0].ranks == ()
    for n in range(9, 40):
        real_show.slip(f"slip-{n:04d}", said={"moving": "3" if n < 25 else "1"})
    assert told(real_show, NOW + 3600)[0].ranks == (("Harder",), ("Easier",))


def test_the_sentences_hold_no_number_and_close_with_whom_they_do_not_stand_for() -> None:
    said = list(lines([Told("Why?", (("A",), ("B", "C"), ("D",), ("E",))), Told("When?", ())], for_locale("en")))
    assert said == [
        "We had asked: Why?",
        "Named most often: A.",
        "Named next: B, and as often C.",
        "Named next: D.",
        "We had asked: When?",
        "Too few answers have come for us to tell you more.",
        "Those who answered do not stand for everybody.",
    ]
    assert list(lines([], for_locale("ar"))) == []
