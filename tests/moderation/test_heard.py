"""Who asked by telephone hears the answer in a call, after a key, before what everybody hears; and nobody else does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from consult.asks import newscast
from consult.letters import seal_number
from consult.moderation import replies
from consult.moderation.hers import Hers
from consult.store import Tx
from consult.store.moderated import Writing
from consult.store.records import Enrolment, KeyRow
from consult.vault import add_wrap
from tests.fakes.telephone import HER
from tests.moderation.conftest import MUSA, RUTH
from tests.test_calling_out import ANSWERED, Exchange
from tests.test_news_calls import LISTEN, asked, in_all, rings, told

OTHER = "+2348030000002"
DOOR = "Hello. News has come. To hear it now, press 1. If not, press 2."


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Exchange]:
    with told(tmp_path) as opened:
        yield opened


def arrives(hub: Exchange, number: str) -> int:
    """She agreed to news; her person."""

    def work(tx: Tx) -> int:
        index = hub.house.vault.index(number)
        address = tx.add_address(index, seal_number(hub.house.vault, index, number), "Africa/Lagos")
        tx.update_address(replace(address, locale="en"))
        person = tx.add_person(address.id, 0, 0).id
        tx.enrol(Enrolment(person, "safety", "open", "en", b"", state="begun", news=True))
        return person

    person = hub.house.store.write(work)
    made = key(hub, person)
    hub.house.store.write(lambda tx: tx.put_key(made))
    return person


def key(hub: Exchange, person: int) -> KeyRow:
    published = hub.house.store.read(lambda view: view.published("safety"))
    assert published is not None
    made = hub.house.vault.new_key(person, "safety", published.public)[1]
    return replace(made, wrapped=add_wrap(b"", made.wrapped))


def asks(hub: Exchange, channel: str) -> int:
    """She asked something on this channel, as one of ten, and was answered; the answer's number."""
    hers, person = Hers(hub.house, "safety"), arrives(hub, HER)
    sealed = hers.seal(person, {"text": "what will happen", "channel": channel}, "m" * 32)
    assert sealed is not None

    def work(tx: Tx) -> int:
        for n in range(9):
            tx.keep_writing(Writing(0, "safety", "why", f"{n:032d}", 990 + n, 20_800, "fine", False, 0, RUTH, bytes(9)))
        return tx.keep_writing(Writing(0, "safety", "why", "m" * 32, person, 20_800, "fine", True, 0, RUTH, sealed))

    text = hub.house.store.write(work)
    id = replies.write(hub.house, "safety", {text}, in_all("They meet in spring"), at=hub.now, by=RUTH)
    replies.approve(hub.house, "safety", id, at=hub.now, by=MUSA)
    return id


def test_she_is_called_and_hears_it_after_a_key(hub: Exchange) -> None:
    arrives(hub, OTHER)
    asked(hub)
    id = asks(hub, "voice")
    assert sum(replies.send(hub.house, "safety", id, ring="", at=hub.now)) == 1
    (placed,) = hub.goes_on(5)
    assert placed.fields["To"] == HER
    phone = hub.picked_up(placed)
    assert DOOR in phone.said[0]
    said = phone.presses("1")
    assert said[0].startswith("They meet in spring en")
    assert LISTEN in said
    assert phone.presses("1")[0].startswith("You said: Mend the road en")  # then what everybody hears


def test_a_machine_and_who_presses_nothing_hear_nothing_of_it(hub: Exchange) -> None:
    id = asks(hub, "voice")
    assert sum(replies.send(hub.house, "safety", id, ring="", at=hub.now)) == 1
    (placed,) = hub.goes_on(5)
    phone = hub.picked_up(placed)
    phone.waits()
    assert not any("spring" in each for each in phone.heard)


def test_whoever_else_rings_hears_nothing_of_it(hub: Exchange) -> None:
    asked(hub)
    asks(hub, "sms")
    assert not any("spring" in each for each in rings(hub, OTHER).heard)


def test_who_asked_and_rings_hears_it_behind_the_door(hub: Exchange) -> None:
    asks(hub, "sms")
    phone = hub.phone(HER, ANSWERED)
    assert phone.rings() == [DOOR]
    assert phone.presses("1")[0].startswith("They meet in spring en")


def test_what_is_told_is_listed_to_be_recorded(hub: Exchange) -> None:
    asks(hub, "voice")
    published = hub.house.store.read(lambda view: view.published("safety"))
    assert published is not None
    edition = hub.house.library.edition(published)
    found = hub.house.store.read(lambda view: newscast.items(hub.house, edition, view))
    assert [tag for where, tag, _ in found if where == "news, answer 1"] == list(edition.consultation.languages)
