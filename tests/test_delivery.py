"""Paying what is owed: once, in time, and never to someone who said no; whatever the carrier or the machine does."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult import delivery, intake
from consult.channel import Delivery, Heard, Owed, Receipt, SendFailed
from consult.config import Settings
from consult.delivery import Paid
from consult.delivery.leasing import LEASE
from consult.delivery.settling import HALTED, PROBE_EVERY, TRIES, climbed
from consult.delivery.sweeping import RESEND_AFTER, SURE_AFTER
from consult.house import House, open_house
from consult.intake.resting import FORGOTTEN_AFTER
from consult.letters import seal_number, seal_text
from consult.store import Tx
from consult.store.records import Campaign, Message
from tests.fakes.post import NOON, OURS, Post, house, published, said
from tests.fakes.twilio_server import (
    ACCEPT,
    ACCOUNT,
    BROKEN,
    BROKEN_AFTER,
    BUSY,
    HTML,
    HUNG_UP,
    NUMBER,
    TOKEN,
    Act,
    TwilioServer,
)

HER = "+2348031234567"
MINUTES = 60
NIGHT = NOON + 10 * 3600


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def home(tmp_path: Path, post: Post) -> Iterator[House]:
    opened = house(tmp_path, post)
    published(opened)
    yield opened
    opened.close()


def says(home: House, text: str, at: int = NOON, who: str = HER) -> tuple[int, ...]:
    """She writes; the outbox rows it causes."""
    return intake.take(home, said(text, who, at), 0).owed


def row(home: House, id: int) -> Message:
    found = home.store.read(lambda view: view.message(id))
    assert found is not None
    return found


def enter(home: House, number: str = HER) -> int:
    """Her address."""

    def work(tx: Tx) -> int:
        index = home.vault.index(number)
        found = tx.address(index) or tx.add_address(index, seal_number(home.vault, index, number), "Africa/Lagos")
        return found.id

    return home.store.write(work)


def owe(home: House, text: str = "1?", at: int = NOON, **more: Any) -> int:
    """A message to her that stands alone."""
    address = enter(home, more.pop("number", HER))
    message = Message(
        0, address, OURS, "sms", "post", "reply", seal_text(home.vault, address, text), at, None, "safety", segments=1
    )
    return home.store.write(lambda tx: tx.owe(replace(message, **more)))


def campaign(home: House, **more: Any) -> int:
    begun = Campaign(0, "safety", 1, "sms", "post", OURS, "running", 0.0, None, None, 0.01)
    return home.store.write(lambda tx: tx.add_campaign(replace(begun, **more)))


def spent(home: House, id: int) -> tuple[int, float, str]:
    found = home.store.read(lambda view: view.campaign(id))
    assert found is not None
    return found.spent_segments, round(found.spent_money, 6), found.state


def address(home: House, number: str = HER) -> Any:
    return home.store.read(lambda view: view.address(home.vault.index(number)))


def change(home: House, **changes: Any) -> None:
    changed = replace(address(home), **changes)
    home.store.write(lambda tx: tx.update_address(changed))


def session(home: House, number: str = HER) -> Any:
    return home.store.read(lambda view: view.open_session(address(home, number).id, OURS))


# ---- paying


def test_a_reply_is_handed_over_once_and_its_words_are_gone(home: House, post: Post) -> None:
    first, second = says(home, "river")
    assert [delivery.pay(home, id, NOON + 1) for id in (first, second, first, second)] == [
        Paid.SENT, Paid.SENT, Paid.GONE, Paid.GONE,
    ]  # fmt: skip
    assert [(one.receiver, one.sender) for one in post.sent] == [(HER, OURS)] * 2
    settled = row(home, first)
    assert (settled.state, settled.text, settled.ref, settled.segments, settled.price) == (
        "accepted", b"", f"post-{first}", 1, 0.01,
    )  # fmt: skip


def test_many_workers_pay_one_row_once(home: House, post: Post) -> None:
    ids = [owe(home, str(n)) for n in range(30)]
    with ThreadPoolExecutor(8) as workers:
        outcomes = list(workers.map(lambda id: delivery.pay(home, id, NOON), ids * 4))
    assert outcomes.count(Paid.SENT) == 30
    assert sorted(one.id for one in post.sent) == ids


def test_the_parts_of_a_reply_leave_in_their_order(home: House, post: Post) -> None:
    first, second = says(home, "river")
    assert delivery.pay(home, second, NOON) is Paid.LATER
    assert delivery.sweep(home, lambda: NOON).sent == 2
    assert [one.id for one in post.sent] == [first, second]


def test_the_carrier_reports_to_the_public_address(tmp_path: Path, post: Post) -> None:
    home = house(tmp_path, post, public_url="https://consult.example.org")
    published(home)
    delivery.pay(home, owe(home), NOON)
    assert post.reports_to == ["https://consult.example.org/hooks/sms/post/status"]
    home.close()


def test_replies_leave_before_what_we_start(home: House, post: Post) -> None:
    begun = [
        owe(home, "hello", started=True, kind="invite", at=NOON - 100, number=f"+23480312345{n}") for n in (10, 11)
    ]
    reply = owe(home, "answer", at=NOON)
    delivery.sweep(home, lambda: NOON)
    assert [one.id for one in post.sent] == [reply, *begun]


def test_the_pace_of_the_carrier_is_kept_by_all_workers(home: House, post: Post) -> None:
    post.pace = 2.0
    ids = [owe(home, str(n)) for n in range(10)]
    with ThreadPoolExecutor(4) as workers:
        for at in (NOON, NOON + 1, NOON + 2):
            list(workers.map(lambda id, at=at: delivery.pay(home, id, at), ids))
    assert len(post.sent) == 6


def test_a_campaign_may_be_slower_than_its_carrier(home: House, post: Post) -> None:
    wave = campaign(home, pace=1.0)
    for n in range(5):
        owe(home, str(n), started=True, kind="news", campaign=wave)
    assert [delivery.sweep(home, lambda at=at: at).sent for at in (NOON, NOON + 1, NOON + 2)] == [1, 1, 1]
    owe(home, "a reply is not held back")
    assert delivery.sweep(home, lambda: NOON + 2).sent == 1


# ---- a clock that was wrong for a while

YEARS = NOON + 10 * 365 * 86_400


def test_a_pace_kept_by_a_clock_years_ahead_is_over_once_it_is_right(home: House, post: Post) -> None:
    post.pace = 1.0
    owe(home, "sent in ten years")
    wave = campaign(home, pace=0.5)
    home.store.write(lambda tx: tx.set(f"pace:{wave}", str(YEARS + 2.0)))
    assert delivery.sweep(home, lambda: YEARS).busy is False
    owe(home, "now")
    assert delivery.sweep(home, lambda: NOON).sent == 1
    owe(home, "a wave", started=True, kind="news", campaign=wave)
    assert delivery.sweep(home, lambda: NOON + 2).sent == 1


@pytest.mark.parametrize("halt", [True, False])
def test_a_rest_or_a_halt_of_a_clock_years_ahead_is_over_once_it_is_right(home: House, post: Post, halt: bool) -> None:
    first = owe(home, expires_at=YEARS + 900)
    post.will.append(SendFailed("busy", retry=not halt, halt=halt, after=600))
    delivery.pay(home, first, YEARS)
    assert delivery.pay(home, owe(home, "now"), NOON) is Paid.SENT


@pytest.mark.parametrize("can_find", [True, False])
def test_a_hand_over_cut_short_while_the_clock_was_ahead_is_settled(home: House, post: Post, can_find: bool) -> None:
    post.can_find = can_find
    id = owe(home, expires_at=None)
    post.will.append(SendFailed("timeout, gone", uncertain=True))
    assert delivery.pay(home, id, YEARS) is Paid.UNCERTAIN
    for at in (NOON, NOON + 30):
        delivery.settle_uncertain(home, at)
        assert row(home, id).state == "uncertain"  # its list may be behind
    delivery.settle_uncertain(home, NOON + SURE_AFTER)
    assert delivery.sweep(home, lambda: NOON + SURE_AFTER).sent == 1
    assert row(home, id).resent is not can_find


def test_a_list_read_by_a_clock_years_ahead_is_read_again(home: House, post: Post) -> None:
    take = partial(taken, home)
    intake.take(home, said("river", "+2348031234568", YEARS, "ahead"), 0)
    delivery.recover(home, take, YEARS)
    post.letters = [said("river", HER, NOON - 5 * 86_400, "r1")]
    assert [delivery.recover(home, take, at) for at in (NOON, NOON + 60)] == [1, 0]


# ---- what may not leave


def test_whoever_said_stop_while_it_waited_gets_nothing_but_the_confirmation(home: House, post: Post) -> None:
    waiting = says(home, "river")
    stopped = says(home, "STOP", NOON + 5)
    delivery.sweep(home, lambda: NOON + 6)
    assert [one.id for one in post.sent] == list(stopped)
    assert {row(home, id).state for id in waiting} == {"cancelled"}


def test_a_stop_that_overtakes_a_lease_is_obeyed_by_the_next(home: House, post: Post) -> None:
    id = owe(home)
    post.will.append(lambda _: change(home, stopped=20_000))
    assert delivery.pay(home, id, NOON) is Paid.SENT  # it was in the carrier's hands already
    assert delivery.pay(home, owe(home, "next"), NOON) is Paid.DROPPED
    assert len(post.sent) == 1


@pytest.mark.parametrize("changes", [{"dead": True}, {"stopped": 20_000}])
def test_a_dead_or_stopped_number_gets_nothing(home: House, post: Post, changes: dict[str, Any]) -> None:
    id = owe(home)
    change(home, **changes)
    assert delivery.pay(home, id, NOON) is Paid.DROPPED
    assert (row(home, id).state, row(home, id).text, post.sent) == ("cancelled", b"", [])


def test_an_erasure_during_the_hand_over_leaves_nothing_to_settle(home: House, post: Post) -> None:
    id, hers = owe(home), address(home).id
    post.will.append(lambda _: home.store.write(lambda tx: tx.erase(hers)))
    delivery.pay(home, id, NOON)
    assert (row(home, id).state, row(home, id).address, row(home, id).ref) == ("cancelled", 0, "")


def test_a_reply_too_late_expires_and_the_question_is_owed_first(home: House, post: Post) -> None:
    for id in says(home, "river"):
        delivery.pay(home, id, NOON)
    (question,) = says(home, "1", NOON + 10)
    assert delivery.pay(home, question, NOON + 20 * MINUTES) is Paid.DROPPED
    assert (row(home, question).state, session(home).owes) == ("expired", True)
    (again,) = says(home, "2", NOON + 21 * MINUTES)  # not an answer: she has not seen the question
    delivery.pay(home, again, NOON + 21 * MINUTES)
    assert "1 Easier" in post.sent[-1].text
    assert not session(home).owes


def test_a_reply_that_a_newer_one_replaced_never_comes_back(home: House, post: Post) -> None:
    for id in says(home, "river"):
        delivery.pay(home, id, NOON)
    (old,) = says(home, "1", NOON + 10)
    newer: list[int] = []

    def she_writes_meanwhile(_: Owed) -> None:
        newer.extend(says(home, "help", NOON + 20))
        raise SendFailed("busy", retry=True, after=5)

    post.will.append(she_writes_meanwhile)
    assert delivery.pay(home, old, NOON + 10) is Paid.LATER
    delivery.sweep(home, lambda: NOON + 5 * MINUTES)
    assert newer
    assert [one.id for one in post.sent[2:]] == newer
    assert row(home, old).why == "superseded"
    assert not session(home).owes


def test_what_cannot_be_opened_fails_and_holds_up_nobody(home: House, post: Post) -> None:
    bad, good = owe(home), owe(home)
    damaged = replace(row(home, bad), text=b"damaged")
    home.store.write(lambda tx: tx.update_message(damaged))
    delivery.sweep(home, lambda: NOON)
    assert row(home, bad).state == "failed"
    assert [one.id for one in post.sent] == [good]


def test_no_row_is_leased_for_a_carrier_that_is_not_configured(home: House) -> None:
    id = owe(home, carrier="elsewhere")
    assert delivery.pay(home, id, NOON) is Paid.HALTED
    assert row(home, id).state == "queued"


# ---- what we start


def test_outside_her_safe_hours_nothing_that_we_start_leaves(home: House, post: Post) -> None:
    news, reply = owe(home, "news", started=True, kind="news"), owe(home, "reply")
    delivery.sweep(home, lambda: NIGHT)
    assert [one.id for one in post.sent] == [reply]
    waits = row(home, news)
    assert (waits.state, waits.not_before) == ("queued", NIGHT + 10 * 3600)  # 09:00 in Lagos


def test_the_window_closes_on_a_full_outbox_and_none_leaves(home: House, post: Post) -> None:
    address = enter(home)
    text = seal_text(home.vault, address, "hello")
    rows = [Message(0, address, OURS, "sms", "post", "invite", text, NOON, None, "safety", started=True)] * 2_000
    home.store.write(lambda tx: [tx.owe(one) for one in rows])
    while delivery.sweep(home, lambda: NIGHT, limit=500).busy:
        pass
    assert post.sent == []
    assert home.store.read(lambda view: view.stats("safety")).queued == 0


def test_without_safe_hours_nothing_that_we_start_ever_leaves(tmp_path: Path, post: Post) -> None:
    home = house(tmp_path, post)
    published(home, edit=lambda toml: toml.replace("safe_hours = ", "# "))
    id = owe(home, started=True, kind="news")
    assert delivery.pay(home, id, NOON) is Paid.DROPPED
    assert post.sent == []
    home.close()


@pytest.mark.parametrize("state", ["paused", "stopped", "done"])
def test_a_campaign_that_does_not_run_sends_nothing_it_started(home: House, post: Post, state: str) -> None:
    wave = campaign(home, state=state)
    id = owe(home, started=True, kind="reminder", campaign=wave)
    assert delivery.pay(home, id, NOON) is Paid.DROPPED
    assert post.sent == []


def test_a_suppressed_number_is_never_written_to_first(home: House, post: Post) -> None:
    id = owe(home, started=True, kind="news")
    home.store.write(lambda tx: tx.suppress(home.vault.index(HER), "stop", 20_000))
    assert delivery.pay(home, id, NOON) is Paid.DROPPED
    assert post.sent == []


# ---- failures


def test_a_busy_carrier_is_tried_again_later_and_not_for_ever(home: House, post: Post) -> None:
    id, at, waits = owe(home), NOON, []
    post.will.extend(SendFailed("busy", retry=True) for _ in range(TRIES))
    while row(home, id).state == "queued":
        assert delivery.pay(home, id, at - 1) in (Paid.GONE, Paid.LATER)
        delivery.pay(home, id, at)
        waits.append(row(home, id).not_before - at)
        at = max(at, row(home, id).not_before)
    assert row(home, id).state == "failed"
    assert row(home, id).text == b""
    assert waits[:-1] == sorted(waits[:-1])
    assert len(waits) == TRIES
    assert post.sent == []


def test_the_wait_that_the_carrier_asks_for_is_kept(home: House, post: Post) -> None:
    id = owe(home)
    post.will.append(SendFailed("busy", retry=True, after=900))
    delivery.pay(home, id, NOON)
    assert row(home, id).not_before >= NOON + 900


def test_a_backlog_does_not_come_back_as_one_wave(home: House, post: Post) -> None:
    ids = [owe(home, str(n)) for n in range(20)]
    post.will.extend(SendFailed("busy", retry=True) for _ in ids)
    for n, id in enumerate(ids):
        delivery.pay(home, id, NOON + n * 100)
    assert len({row(home, id).not_before - n * 100 for n, id in enumerate(ids)}) > 4


@pytest.mark.parametrize("trouble", [{"retry": True}, {"retry": True, "uncertain": True}])
def test_a_carrier_in_trouble_is_left_alone_and_an_outage_uses_up_nothing(
    home: House, post: Post, trouble: dict[str, bool]
) -> None:
    ids = [owe(home, str(n)) for n in range(100)]
    post.will.extend(SendFailed("unavailable", **trouble) for _ in range(1_000))
    for at in range(NOON, NOON + 3600, 5):
        delivery.sweep(home, lambda at=at: at)
        delivery.settle_uncertain(home, at)
    assert 60 <= 1_000 - len(post.will) <= 80  # one a minute
    post.will.clear()
    for at in range(NOON + 3600, NOON + 7200, 5):
        delivery.sweep(home, lambda at=at: at)
        delivery.settle_uncertain(home, at)
    assert {row(home, id).state for id in ids} == {"accepted"}
    assert sorted(one.id for one in post.sent) == ids


def test_the_first_message_that_is_taken_ends_the_rest(home: House, post: Post) -> None:
    post.will.extend(SendFailed("busy", retry=True, after=40) for _ in range(2))
    for n in range(5):
        owe(home, str(n))
    tried = []
    for later in (0, 39, 40, 79, 100):
        delivery.sweep(home, lambda at=NOON + later: at)
        tried.append((2 - len(post.will), len(post.sent)))
    assert tried == [(1, 0), (1, 0), (2, 0), (2, 0), (2, 5)]


def test_an_opt_out_at_the_carrier_holds_here_and_outside_the_database(home: House, post: Post) -> None:
    for id in says(home, "river"):
        delivery.pay(home, id, NOON)
    (question,) = says(home, "1", NOON + 1)
    other = owe(home, "another")
    post.will.append(SendFailed("21610", opt_out=True))
    assert delivery.pay(home, question, NOON + 1) is Paid.FAILED
    assert address(home).stopped == NOON // 86_400
    assert row(home, other).state == "cancelled"
    assert session(home) is None
    assert home.suppressions.standing()[home.vault.index(HER)].stopped == NOON // 86_400


def test_a_dead_number_closes_the_link(home: House, post: Post) -> None:
    for id in says(home, "river"):
        delivery.pay(home, id, NOON)
    (question,) = says(home, "1", NOON + 1)
    post.will.append(SendFailed("no such number", dead=True))
    delivery.pay(home, question, NOON + 1)
    assert address(home).dead
    assert session(home) is None  # whoever has the number now is a stranger


def test_a_halt_stops_the_run_is_told_and_heals(home: House, post: Post) -> None:
    wave = campaign(home)
    first, second = owe(home, "a"), owe(home, "b")
    post.will.append(SendFailed("wrong credentials", halt=True))
    assert delivery.pay(home, first, NOON) is Paid.HALTED
    assert delivery.pay(home, second, NOON + 1) is Paid.HALTED
    assert (row(home, first).state, row(home, second).state, row(home, first).tries) == ("queued", "queued", 0)
    assert home.store.read(lambda view: view.setting(HALTED + "sms post")) == "wrong credentials"
    assert spent(home, wave)[2] == "paused"
    delivery.sweep(home, lambda: NOON + PROBE_EVERY + 1)
    delivery.sweep(home, lambda: NOON + PROBE_EVERY + 1)
    assert len(post.sent) == 2
    assert not home.store.read(lambda view: view.setting(HALTED + "sms post"))


def test_while_it_is_halted_one_message_tries_now_and_then(home: House, post: Post) -> None:
    ids = [owe(home, str(n)) for n in range(10)]
    post.will.extend(SendFailed("wrong credentials", halt=True) for _ in range(50))
    for at in range(NOON, NOON + 3 * PROBE_EVERY, 30):
        delivery.sweep(home, lambda at=at: at)
    assert 50 - len(post.will) == 3
    assert {row(home, id).state for id in ids} == {"queued"}


def test_a_fault_of_the_carriers_own_is_uncertain_never_repeated_blindly(home: House, post: Post) -> None:
    def breaks(_: Owed) -> None:
        raise ZeroDivisionError(HER)

    id = owe(home)
    post.will.append(breaks)
    assert delivery.pay(home, id, NOON) is Paid.UNCERTAIN
    assert HER not in row(home, id).why


def test_a_reply_that_failed_for_good_is_owed_again(home: House, post: Post) -> None:
    for id in says(home, "river"):
        delivery.pay(home, id, NOON)
    (question,) = says(home, "1", NOON + 1)
    post.will.append(SendFailed("blocked"))
    delivery.pay(home, question, NOON + 1)
    assert session(home).owes


# ---- uncertain


def lost_in(home: House, post: Post, how: str) -> int:
    """A message whose hand-over nobody heard the end of: taken or not."""
    id = owe(home)
    post.will.append(SendFailed(f"timeout, {how}", uncertain=True))
    assert delivery.pay(home, id, NOON) is Paid.UNCERTAIN
    return id


def test_the_carriers_list_settles_what_it_took(home: House, post: Post) -> None:
    id = lost_in(home, post, "taken")
    delivery.settle_uncertain(home, NOON + 1)
    delivery.sweep(home, lambda: NOON + 3600)
    assert (row(home, id).state, len(post.sent), row(home, id).resent) == ("accepted", 1, False)


def test_what_the_carrier_certainly_has_not_is_sent_again(home: House, post: Post) -> None:
    id = lost_in(home, post, "gone")
    for at in (NOON + 1, NOON + SURE_AFTER - 1):
        delivery.settle_uncertain(home, at)
        assert row(home, id).state == "uncertain"  # its list may be behind
    delivery.settle_uncertain(home, NOON + SURE_AFTER)
    delivery.sweep(home, lambda: NOON + SURE_AFTER)
    assert (row(home, id).state, len(post.sent), row(home, id).resent) == ("accepted", 1, False)


def test_a_carrier_that_cannot_be_asked_now_is_asked_later(home: House, post: Post, monkeypatch: Any) -> None:
    id = lost_in(home, post, "taken")

    def unreachable(owed: Owed, since: int) -> None:
        raise SendFailed("unreachable", retry=True)

    with monkeypatch.context() as patched:
        patched.setattr(post, "find", unreachable)
        delivery.settle_uncertain(home, NOON + RESEND_AFTER + 1)
    assert row(home, id).state == "uncertain"
    delivery.settle_uncertain(home, NOON + RESEND_AFTER + 3600)
    assert (row(home, id).state, len(post.sent)) == ("accepted", 1)


def test_where_nobody_can_be_asked_one_flagged_resend_follows_after_ten_minutes(home: House, post: Post) -> None:
    post.can_find = False
    id = lost_in(home, post, "taken")
    for at in range(NOON, NOON + RESEND_AFTER, 30):
        delivery.settle_uncertain(home, at)
        delivery.sweep(home, lambda at=at: at)
    assert len(post.sent) == 1
    post.will.append(SendFailed("timeout, taken", uncertain=True))
    for at in range(NOON + RESEND_AFTER, NOON + 10 * RESEND_AFTER, 30):
        delivery.settle_uncertain(home, at)
        delivery.sweep(home, lambda at=at: at)
    assert len(post.sent) == 2
    assert (row(home, id).state, row(home, id).resent) == ("failed", True)


def test_a_report_settles_what_was_uncertain(home: House, post: Post) -> None:
    post.can_find = False
    id = lost_in(home, post, "taken")
    assert delivery.report(home, "post", Receipt("x-1", Delivery.DELIVERED, id=id), NOON + 5)
    delivery.settle_uncertain(home, NOON + RESEND_AFTER)
    delivery.sweep(home, lambda: NOON + RESEND_AFTER)
    assert (row(home, id).state, len(post.sent)) == ("delivered", 1)


def test_a_report_between_decision_and_resend_prevents_it(home: House, post: Post) -> None:
    post.can_find = False
    id = lost_in(home, post, "taken")
    delivery.settle_uncertain(home, NOON + RESEND_AFTER)
    assert row(home, id).state == "queued"
    delivery.report(home, "post", Receipt("x-1", Delivery.SENT, id=id), NOON + RESEND_AFTER)
    delivery.sweep(home, lambda: NOON + RESEND_AFTER)
    assert (row(home, id).state, len(post.sent)) == ("sent", 1)


def test_a_worker_killed_between_lease_and_receipt_leaves_it_uncertain(home: House, post: Post) -> None:
    id = owe(home)

    def killed(_: Owed) -> None:
        raise SystemExit

    post.will.append(killed)
    with pytest.raises(SystemExit):
        delivery.pay(home, id, NOON)
    delivery.sweep(home, lambda: NOON + LEASE - 1)
    delivery.settle_uncertain(home, NOON + LEASE - 1)
    assert (row(home, id).state, post.sent) == ("handing", [])
    delivery.settle_uncertain(home, NOON + LEASE)
    delivery.sweep(home, lambda: NOON + LEASE)
    assert (row(home, id).state, len(post.sent)) == ("accepted", 1)


def test_a_late_receipt_is_not_thrown_away(home: House, post: Post) -> None:
    id = owe(home)
    post.can_find = False
    post.will.append(lambda _: delivery.settle_uncertain(home, NOON + LEASE))  # it dawdled until others gave it up
    assert delivery.pay(home, id, NOON) is Paid.SENT
    assert row(home, id).state == "accepted"


def test_an_uncertain_reply_too_old_to_be_an_answer_expires(home: House, post: Post) -> None:
    for id in says(home, "river"):
        delivery.pay(home, id, NOON)
    (question,) = says(home, "1", NOON)
    post.will.append(SendFailed("timeout", uncertain=True))
    delivery.pay(home, question, NOON)
    delivery.settle_uncertain(home, NOON + 20 * MINUTES)
    assert (row(home, question).state, session(home).owes) == ("expired", True)


FATES = {"taken, 503": BROKEN_AFTER, "500": BROKEN, "HTML": HTML, "hung up": HUNG_UP, "busy": BUSY, "taken": ACCEPT}


@pytest.mark.parametrize("act", FATES.values(), ids=FATES.keys())
def test_with_twilios_own_client_a_message_leaves_exactly_once(tmp_path: Path, act: Act) -> None:
    with TwilioServer() as twilio:
        given = {"twilio_account_sid": ACCOUNT, "twilio_auth_token": TOKEN, "twilio_from": NUMBER}
        home = open_house(Settings(data=tmp_path / "data", twilio_api=twilio.url, twilio_pace=0.0, **given))
        twilio.will(HER, act)
        began = int(time.time())
        id = owe(home, "1?", began, carrier="twilio", ours=NUMBER)
        for at in range(began, began + 400, 20):
            delivery.settle_uncertain(home, at)
            delivery.sweep(home, lambda at=at: at)
        state = row(home, id).state
        home.close()
    assert (state, [one.receiver for one in twilio.accepted]) == ("accepted", [HER])


# ---- reports

LADDER = [Delivery.ACCEPTED, Delivery.SENT, Delivery.DELIVERED]


@pytest.mark.parametrize("order", list(permutations(LADDER)))
def test_reports_in_any_order_end_the_same(home: House, order: tuple[Delivery, ...]) -> None:
    id = owe(home)
    delivery.pay(home, id, NOON)
    for state in order:
        delivery.report(home, "post", Receipt(f"post-{id}", state), NOON + 1)
    assert row(home, id).state == "delivered"


receipts = st.lists(st.sampled_from([*LADDER, Delivery.FAILED]), max_size=8)


@given(receipts)
def test_no_report_moves_a_message_down(states: list[Delivery]) -> None:
    message = Message(1, 1, OURS, "sms", "post", "reply", b"", NOON, None, state="handing", segments=1)
    rank = {"handing": 0, "accepted": 1, "sent": 2, "delivered": 3, "failed": 4}
    for state in states:
        after = climbed(message, Receipt("r", state), 0.01)
        assert rank[after.state] >= rank[message.state]
        assert message.state not in ("delivered", "failed") or after.state == message.state
        message = after


def test_unknown_and_strange_reports_change_nothing(home: House) -> None:
    id = owe(home)
    delivery.pay(home, id, NOON)
    before = row(home, id)
    strange = [Receipt("nobody's", Delivery.FAILED), Receipt("another", Delivery.FAILED, id=id)]
    for receipt in (*strange, Receipt("x", Delivery.SENT, id=999)):
        assert not delivery.report(home, "post", receipt, NOON)
    assert not delivery.report(home, "other", Receipt(before.ref, Delivery.FAILED, id=id), NOON)
    assert row(home, id) == before


def test_a_report_on_a_message_never_handed_over_is_anothers(home: House) -> None:
    """After a restore ids are given again: a late report may name the id of a message of before."""
    id = owe(home)
    late = Receipt("SM-before", Delivery.DELIVERED, id=id, opt_out=True)
    assert not delivery.report(home, "post", late, NOON)
    assert (row(home, id).state, address(home).stopped) == ("queued", None)
    assert delivery.pay(home, id, NOON) is Paid.SENT


def test_a_report_may_overtake_the_receipt(home: House, post: Post) -> None:
    id = owe(home)
    early = Receipt(f"post-{id}", Delivery.DELIVERED, id=id)
    post.will.append(lambda _: delivery.report(home, "post", early, NOON))
    delivery.pay(home, id, NOON)
    assert row(home, id).state == "delivered"


def test_a_report_of_an_opt_out_or_a_dead_number_is_heeded(home: House) -> None:
    other = "+2348031234568"
    mine, hers = owe(home), owe(home, number=other)
    for id in (mine, hers):
        delivery.pay(home, id, NOON)
    delivery.report(home, "post", Receipt(f"post-{mine}", Delivery.FAILED, opt_out=True), NOON)
    delivery.report(home, "post", Receipt(f"post-{hers}", Delivery.FAILED, dead=True), NOON)
    assert (address(home).stopped, address(home, other).dead) == (NOON // 86_400, True)


@pytest.mark.parametrize("more", [{"opt_out": True}, {"dead": True}])
def test_a_closed_link_lets_no_conversation_of_hers_rest_for_ever(home: House, more: dict[str, bool]) -> None:
    says(home, "river")
    intake.take(home, replace(said("river", HER, NOON + 1), ours="4040"), 0)
    mine = owe(home)
    delivery.pay(home, mine, NOON)
    delivery.report(home, "post", Receipt(f"post-{mine}", Delivery.FAILED, **more), NOON + 5)
    rows = home.store.read(lambda view: view.sessions_at(address(home).id))
    assert [(row.resting, row.lapse_at) for row in rows] == [(True, NOON + 5 + FORGOTTEN_AFTER)] * 2


def test_a_failed_question_is_owed_again_unless_she_wrote_since(home: House) -> None:
    for id in says(home, "river"):
        delivery.pay(home, id, NOON)
    (question,) = says(home, "1", NOON + 1)
    delivery.pay(home, question, NOON + 1)
    delivery.report(home, "post", Receipt(f"post-{question}", Delivery.FAILED), NOON + 2)
    assert session(home).owes
    (again,) = says(home, "2", NOON + 3)
    delivery.pay(home, again, NOON + 3)
    delivery.report(home, "post", Receipt(f"post-{question}", Delivery.FAILED), NOON + 4)
    assert not session(home).owes


def test_a_reported_halt_pauses_campaigns_but_not_replies(home: House, post: Post) -> None:
    wave, id = campaign(home), owe(home)
    delivery.pay(home, id, NOON)
    delivery.report(home, "post", Receipt(f"post-{id}", Delivery.FAILED, why="filtered", halt=True), NOON)
    assert spent(home, wave)[2] == "paused"
    assert "filtered" in (home.store.read(lambda view: view.setting(HALTED + "sms post")) or "")
    assert delivery.pay(home, owe(home), NOON) is Paid.SENT


# ---- money


def test_segments_and_price_are_corrected_never_counted_twice(home: House, post: Post) -> None:
    wave = campaign(home)
    id = owe(home, campaign=wave)
    delivery.pay(home, id, NOON)
    assert spent(home, wave) == (1, 0.01, "running")
    for _ in range(3):
        delivery.report(home, "post", Receipt(f"post-{id}", Delivery.SENT, segments=2, price=0.05), NOON)
    assert spent(home, wave) == (2, 0.05, "running")
    delivery.report(home, "post", Receipt(f"post-{id}", Delivery.DELIVERED, segments=2), NOON)
    assert spent(home, wave) == (2, 0.05, "running")


def test_replies_within_a_campaign_count_and_passing_the_budget_stops_it(home: House, post: Post) -> None:
    wave = campaign(home, budget_money=0.025)
    for n in range(3):
        delivery.pay(home, owe(home, str(n), campaign=wave), NOON)
    assert spent(home, wave) == (3, 0.03, "stopped")
    assert delivery.pay(home, owe(home, "she is still answered", campaign=wave), NOON) is Paid.SENT


def test_what_never_left_costs_nothing(home: House, post: Post) -> None:
    wave = campaign(home, spent_segments=1, spent_money=0.01)  # reserved when it was owed
    id = owe(home, started=True, kind="news", campaign=wave, price=0.01)
    post.will.append(SendFailed("blocked"))
    delivery.pay(home, id, NOON)
    assert spent(home, wave) == (0, 0.0, "running")


# ---- after downtime


def test_what_carriers_hold_is_taken_and_deleted_there(home: House, post: Post) -> None:
    post.letters = [said("river", HER, NOON - 300, "r1"), said("1", HER, NOON - 200, "r2")]
    assert delivery.recover(home, lambda heard: intake.take(home, heard, 0), NOON) == 2
    assert post.forgotten == ["r1", "r2"]
    assert session(home) is not None


def test_what_came_by_webhook_is_deleted_and_not_taken_twice(home: House, post: Post) -> None:
    heard = said("river", HER, NOON - 10, "r1")
    owed = intake.take(home, heard, 0).owed
    post.letters = [heard]
    delivery.recover(home, lambda heard: intake.take(home, heard, 0), NOON)
    assert post.forgotten == ["r1"]
    assert [one.id for one in home.store.read(lambda view: view.traffic(address(home).id))] == list(owed)


def test_a_message_is_not_deleted_there_before_it_is_kept_here(home: House, post: Post) -> None:
    post.letters = [said("river", HER, NOON - 10, "r1")]

    def full(_: object) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        delivery.recover(home, full, NOON)
    assert post.forgotten == []
    assert delivery.recover(home, lambda heard: intake.take(home, heard, 0), NOON + 1) == 1


def taken(home: House, heard: Heard) -> object:
    return intake.take(home, heard, 0)


def test_a_message_that_came_before_one_that_was_heard_is_found(home: House, post: Post) -> None:
    take = partial(taken, home)
    delivery.recover(home, take, NOON)
    intake.take(home, said("river", "+2348031234568", NOON + 3000, "late"), 0)
    post.letters = [said("river", HER, NOON + 100, "lost")]
    assert delivery.recover(home, take, NOON + 3600) == 1


def test_lists_are_read_hourly(home: House, post: Post) -> None:
    post.letters = [said("river", HER, NOON - 10, "r1")]
    take = partial(taken, home)
    assert [delivery.recover(home, take, at) for at in (NOON, NOON + 60, NOON + 3599)] == [1, 0, 0]
    post.letters.append(said("1", HER, NOON + 20, "r2"))
    assert delivery.recover(home, take, NOON + 3600) == 1


# ---- silence about her


def test_no_number_and_no_words_in_logs_results_or_reasons(home: House, post: Post, caplog: Any) -> None:
    def breaks(_: Owed) -> None:
        raise RuntimeError(f"cannot send SECRET to {HER}")

    caplog.set_level(logging.DEBUG)
    id = owe(home, "SECRET")
    post.will.append(breaks)
    outcome = delivery.pay(home, id, NOON)
    delivery.settle_uncertain(home, NOON + 3600)
    shown = f"{outcome} {row(home, id).why} {caplog.text}"
    assert "SECRET" not in shown
    assert HER[4:] not in shown
