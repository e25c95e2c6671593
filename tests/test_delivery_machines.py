"""Several processes pay, or one dies in the midst of it: nothing is lost, and nothing is sent twice."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consult import delivery
from consult.delivery import Paid
from consult.delivery.leasing import LEASE
from consult.delivery.sweeping import RESEND_AFTER, SURE_AFTER
from consult.house import House
from consult.letters import seal_number, seal_text
from consult.store import Tx
from consult.store.records import Message
from tests.carriers_for_tests import Ledger, pays
from tests.conftest import many
from tests.fakes.post import NOON, OURS, Post, house, published

HER = "+2348031234567"
ABUJA = ZoneInfo("Africa/Lagos")


@pytest.fixture
def carrier(tmp_path: Path) -> Ledger:
    return Ledger(ledger=tmp_path / "ledger")


@pytest.fixture
def home(tmp_path: Path, carrier: Ledger) -> Iterator[House]:
    opened = house(tmp_path, carrier)
    published(opened)
    yield opened
    opened.close()


def owe(home: House, n: int = 1, **more: object) -> list[int]:
    """So many messages to her."""

    def work(tx: Tx) -> list[int]:
        index = home.vault.index(HER)
        her = tx.address(index) or tx.add_address(index, seal_number(home.vault, index, HER), "Africa/Lagos")
        text = seal_text(home.vault, her.id, "1?")
        message = Message(0, her.id, OURS, "sms", "post", "reply", text, NOON, None, "safety", segments=1)
        return [tx.owe(replace(message, **more)) for _ in range(n)]  # type: ignore[arg-type]

    return home.store.write(work)


def row(home: House, id: int) -> Message:
    found = home.store.read(lambda view: view.message(id))
    assert found is not None
    return found


def test_several_processes_pay_every_row_once(tmp_path: Path, home: House, carrier: Ledger) -> None:
    ids = owe(home, 150)
    others = [pays(tmp_path, NOON) for _ in range(3)]
    assert [other.wait(60) for other in others] == [0, 0, 0]
    assert sorted(carrier.lines()) == ids
    assert {row(home, id).state for id in ids} == {"accepted"}


def killed(tmp_path: Path, where: str) -> None:
    """A worker that is killed at its first hand-over."""
    assert pays(tmp_path, NOON, where).wait(60) == -signal.SIGKILL


def goes_on(home: House, until: int) -> None:
    """Another worker, minute after minute."""
    for at in range(NOON, NOON + until, 30):
        delivery.settle_uncertain(home, at)
        delivery.sweep(home, lambda at=at: at)  # type: ignore[misc]


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_worker_killed_in_the_midst_of_a_hand_over_doubles_nothing(
    tmp_path: Path, home: House, carrier: Ledger, where: str
) -> None:
    (id,) = owe(home)
    killed(tmp_path, where)
    goes_on(home, LEASE)
    assert row(home, id).state == "handing"  # whoever had it may still be at it
    goes_on(home, LEASE + SURE_AFTER + 60)
    assert (row(home, id).state, carrier.lines()) == ("accepted", [id])


@pytest.mark.parametrize(("where", "sent"), [("before", 1), ("after", 2)])
def test_where_the_carrier_cannot_be_asked_one_resend_follows_and_no_other(
    tmp_path: Path, home: House, carrier: Ledger, where: str, sent: int
) -> None:
    carrier.can_find = False
    (id,) = owe(home)
    killed(tmp_path, where)
    goes_on(home, RESEND_AFTER)
    assert len(carrier.lines()) == sent - 1
    goes_on(home, 5 * RESEND_AFTER)
    assert (row(home, id).state, row(home, id).resent, carrier.lines()) == ("accepted", True, [id] * sent)


def test_a_killed_worker_holds_up_only_the_row_in_its_hand(tmp_path: Path, home: House, carrier: Ledger) -> None:
    ids = owe(home, 30)
    killed(tmp_path, "before")
    delivery.sweep(home, lambda: NOON + 1)
    assert carrier.lines() == ids[1:]


# ---- her clock


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Post]]:
    post = Post()
    opened = house(tmp_path_factory.mktemp("hours"), post)
    published(opened)
    yield opened, post
    opened.close()


@settings(max_examples=many(120), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(NOON, NOON + 30 * 86_400))
def test_nothing_we_start_ever_leaves_outside_her_hours(hub: tuple[House, Post], at: int) -> None:
    home, post = hub
    (id,) = owe(home, kind="news", started=True)
    before, outcome = len(post.sent), delivery.pay(home, id, at)
    hour = datetime.fromtimestamp(at, ABUJA).hour
    assert outcome is (Paid.SENT if 9 <= hour < 17 else Paid.LATER)
    assert len(post.sent) - before == (outcome is Paid.SENT)
    if outcome is Paid.LATER:
        opens = datetime.fromtimestamp(row(home, id).not_before, ABUJA)
        assert (opens.hour, opens.minute, opens.second) == (9, 0, 0)
        assert 0 < row(home, id).not_before - at <= 16 * 3600


def test_thousands_that_wait_when_the_window_closes_wait_for_the_morning(hub: tuple[House, Post]) -> None:
    home, post = hub
    ids = owe(home, 3_000, kind="news", started=True)
    night = NOON + 10 * 3600
    before = len(post.sent)
    with ThreadPoolExecutor(8) as hands:
        while delivery.sweep(home, lambda: night, limit=1_000, hands=hands).busy:
            pass
    assert len(post.sent) == before
    assert {row(home, id).state for id in ids} == {"queued"}
    assert not home.store.read(lambda view: view.payable("sms", "post", night, 1))
