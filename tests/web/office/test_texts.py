"""The queue of texts on the producer's page: closed without the station's key, which stays nowhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from consult.episodes import Episode, close_books, close_window, material, plan, stationkey
from consult.publish import publish
from tests.episodes.test_texts import asking, joins, rows
from tests.web.office.conftest import Hub, opened_hub

PAGE = "/office/consultations/safety/episodes/2/texts"
WORDS = "/office/consultations/safety/episodes/2/words"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    for hub in opened_hub(tmp_path / "data", country="NG", replies_per_number=1000):
        publish(hub.house, asking(), day=20_780, test=True)
        published = hub.house.store.read(lambda view: view.published("safety"))
        assert published is not None
        at = int(time.time())
        given = material(hub.house.library.edition(published), "en", 2, ("says",))
        day, version = at // 86_400, published.version
        plan(
            hub.house, Episode("safety", 2, version, "radio", "en", day, 300, "", "", "", opens_at=at - 3600), given, at
        )
        yield hub


def with_text(hub: Hub) -> str:
    """The key, and one text that waits."""
    from dataclasses import replace

    from channels.sms import Sms
    from tests.fakes.post import Post

    key = stationkey.issue(hub.house, "safety", int(time.time()))
    joins(replace(hub.house, channels={"sms": Sms({"post": Post()})}), "1", "The bridge fell and nobody came")
    return key


def test_it_shows_how_many_wait_and_not_a_word(hub: Hub) -> None:
    with_text(hub)
    page = hub.inside("producer").get(PAGE).text
    assert "Texts that wait: 1" in page
    assert "bridge" not in page


def test_the_key_opens_them_and_a_wrong_one_does_not(hub: Hub) -> None:
    key, visitor = with_text(hub), hub.inside("producer")
    visitor.get(PAGE)
    assert "bridge" not in visitor.post(PAGE, key="AAAA-AAAA-A").text
    opened = visitor.post(PAGE, key=key)
    assert "The bridge fell and nobody came" in opened.text
    assert opened.headers["Cache-Control"] == "no-store"
    held = b"".join(file.read_bytes() for file in hub.house.settings.data.rglob("*") if file.is_file())
    assert key.encode() not in held


def test_what_she_will_say_is_kept_and_read_on_the_page_of_words(hub: Hub) -> None:
    key, visitor = with_text(hub), hub.inside("producer")
    visitor.get(PAGE)
    id = str(rows(hub.house)[0].id)
    refused = visitor.post(PAGE, key=key, id=id, state="read", told="ring 0803 123 4567")
    assert "There is a number in it" in refused.text
    visitor.post(PAGE, key=key, id=id, state="read", told="the bridge is gone and no help came")
    words = visitor.get(WORDS).text
    assert "the bridge is gone and no help came" in words
    assert "nobody came" not in words
    assert visitor.post(PAGE, key=key, id="999", state="read", told="x").status_code == 400
    assert visitor.post(PAGE, key=key, id=id, state="else", told="x").status_code == 400


def test_without_the_key_nothing_is_settled(hub: Hub) -> None:
    with_text(hub)
    visitor = hub.inside("producer")
    visitor.get(PAGE)
    visitor.post(PAGE, key="nonsense", id=str(rows(hub.house)[0].id), state="read", told="planted words")
    assert "planted" not in visitor.get(WORDS).text


def test_with_closed_books_they_are_gone(hub: Hub) -> None:
    key, at, visitor = with_text(hub), int(time.time()), hub.inside("producer")
    close_window(hub.house, "safety", 2, at)
    close_books(hub.house, "safety", 2, at)
    visitor.get(PAGE)
    assert "the words are gone" in visitor.post(PAGE, key=key).text
