"""An answer to one woman is heard by nobody: not on the number that tells news, not in a call, not by who records."""

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
from tests.test_calling_out import Exchange
from tests.test_news_calls import asked, in_all, rings, told

OTHER = "+2348030000002"


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


def test_who_asked_by_telephone_is_not_called(hub: Exchange) -> None:
    id = asks(hub, "voice")
    assert sum(replies.send(hub.house, "safety", id, at=hub.now, by=MUSA)) == 0
    assert hub.goes_on(5) == []


@pytest.mark.parametrize("channel", ["sms", "voice"])
def test_the_number_tells_her_who_asked_what_it_tells_everybody(hub: Exchange, channel: str) -> None:
    asked(hub)
    asks(hub, channel)
    arrives(hub, OTHER)
    heard = rings(hub, HER).heard
    assert heard == rings(hub, OTHER).heard
    assert not any("spring" in each for each in heard)


def test_an_answer_is_not_read_by_who_records_what_is_told(hub: Exchange) -> None:
    asked(hub)
    asks(hub, "sms")
    published = hub.house.store.read(lambda view: view.published("safety"))
    assert published is not None
    edition = hub.house.library.edition(published)
    found = hub.house.store.read(lambda view: newscast.items(view, edition))
    assert found
    assert "They meet in spring" not in repr(found)
