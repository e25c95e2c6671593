"""One campaign, one broken row, one sleeping machine: none of them holds up others, and none is paid twice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from consult import campaign, delivery
from consult.channel import Delivery, Receipt
from consult.delivery import Paid
from consult.delivery.leasing import LEASE
from consult.delivery.paying import hand_over, leased
from consult.delivery.sweeping import PUT_OFF
from consult.house import House
from consult.letters import seal_number
from consult.store import Tx
from consult.store.records import Enrolment, Message
from tests.fakes.post import NOON, Post, house, published
from tests.test_campaign import PLAN
from tests.test_delivery import owe, row, says

DAY = 86_400


@pytest.fixture
def post() -> Post:
    return Post(pace=1.0)


@pytest.fixture
def home(tmp_path: Path, post: Post) -> Iterator[House]:
    opened = house(tmp_path, post)
    published(opened)
    yield opened
    opened.close()


def enrol(home: House, name: str, numbers: list[str]) -> None:
    def work(tx: Tx) -> None:
        for number in numbers:
            index = home.vault.index(number)
            address = tx.add_address(index, seal_number(home.vault, index, number), "Africa/Lagos")
            tx.enrol(Enrolment(tx.add_person(address.id, 0, 0).id, name, "enrolled", "en", b""))

    home.store.write(work)


def test_a_campaign_with_a_pace_of_its_own_neither_starves_nor_stalls_another(home: House, post: Post) -> None:
    other = published(home, "pulse")
    enrol(home, "safety", [f"+23480331{n:05}" for n in range(400)])
    enrol(home, other, [f"+23480341{n:05}" for n in range(400)])
    campaign.start(home, "safety", PLAN, NOON)
    campaign.start(home, other, replace(PLAN, pace=0.1), NOON)
    seed = itertools.cycle(range(256)).__next__
    for at in range(NOON, NOON + 300):
        if at % 30 == 0:
            campaign.waves(home, at, seed)
        while delivery.sweep(home, lambda at=at: at).sent:  # type: ignore[misc]
            pass
    theirs = sum(each.receiver.startswith("+23480341") for each in post.sent)
    assert 15 <= theirs <= 31  # of 30 at its own pace; the first wait behind what stood there before
    assert len(post.sent) >= 295


def test_broken_rows_make_way_for_what_follows_them(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {owe(home, number=f"+23480351{n:05}") for n in range(100)}
    good = owe(home, at=NOON + 1)
    real = delivery.leasing.owed

    def breaks(place: House, message: Message, address: object) -> object:
        if message.id in broken:
            raise RuntimeError("it cannot be read")
        return real(place, message, address)  # type: ignore[arg-type]

    monkeypatch.setattr(delivery.leasing, "owed", breaks)
    delivery.sweep(home, lambda: NOON + 2)
    assert delivery.sweep(home, lambda: NOON + 3).sent == 1
    assert row(home, good).state == "accepted"
    assert {row(home, id).not_before for id in broken} == {NOON + 2 + PUT_OFF}


def test_who_slept_through_a_lease_hands_nothing_over(home: House, post: Post) -> None:
    id = owe(home)
    (mine,) = leased(home, [id], 1, NOON)
    assert delivery.settle_uncertain(home, NOON + LEASE + 1) == 1
    hand_over(home, mine, NOON + LEASE + 2)
    assert post.sent == []
    for at in (NOON + LEASE + 70, NOON + LEASE + 800):
        delivery.settle_uncertain(home, at)
        delivery.sweep(home, lambda at=at: at + 1)  # type: ignore[misc]
    assert [each.id for each in post.sent] == [id]


def test_a_row_whose_lease_just_ended_waits_for_its_turn_again(home: House, post: Post) -> None:
    id = owe(home)
    (mine,) = leased(home, [id], 1, NOON)
    assert hand_over(home, mine, NOON + LEASE) is Paid.LATER
    assert (post.sent, row(home, id).state) == ([], "queued")


@pytest.mark.parametrize("word", ["STOP", "ERASE"])
def test_a_farewell_s_row_tells_no_moment_and_no_identifier_for_ever(home: House, word: str) -> None:
    for n, text in enumerate(("river", word, word)):
        says(home, text, NOON + 60 * n)
        for _ in range(3):
            delivery.sweep(home, lambda n=n: NOON + 60 * n + 5)  # type: ignore[misc]
    home.store.write(lambda tx: tx.fade(NOON + 10 * DAY))
    rows = home.store.read(lambda view: [each for id in range(1, 12) if (each := view.message(id))])
    assert len(rows) >= 2
    assert {(each.address, each.ref, each.not_before, each.handed_at) for each in rows} == {(0, "", 0, 0)}
    delivery.report(home, "post", Receipt("SM-late", Delivery.DELIVERED, id=rows[0].id), NOON + 11 * DAY)
    assert row(home, rows[0].id).ref == ""
