"""A locked node keeps what comes and says one thing to everybody; unlocked, it takes all of it in, in order (D21)."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import replace
from typing import Any

import pytest

from consult import delivery, intake, jobs
from consult.channel import Beeped, Heard, Keys, Missed, Owed, Rang, SendFailed, Text
from consult.delivery import Paid
from consult.delivery.paying import leased
from consult.intake.call import freeze, thaw
from consult.lock.gate import State
from consult.sealing import Locked
from tests.drills.traces import found_under, of_number
from tests.fakes.post import NOON, OURS, said
from tests.lock.conftest import HER, OTHER, Node

RECEIVED = "Thank you. Received. You can delete these messages."
DAY = 86_400
WORDS = "okapimarker"
JOINED = 2  # facts


def receipts(node: Node) -> list[tuple[str, str]]:
    return [(owed.receiver, owed.text) for owed in node.post.sent]


def session(node: Node, number: str = HER) -> Any:
    address = node.house.store.read(lambda view: view.address(node.house.vault.index(number)))
    return address and node.house.store.read(lambda view: view.open_session(address.id, OURS))


def answers(node: Node) -> int:
    return node.house.store.read(lambda view: sum(1 for _ in view.facts("safety")))


def pays(node: Node, at: int) -> list[str]:
    """What leaves by the outbox."""
    before = len(node.post.sent)
    while delivery.sweep(node.house, lambda: at).sent:
        pass
    return [owed.text for owed in node.post.sent[before:]]


# ---- while locked


def test_a_message_is_kept_and_answered_by_one_constant_receipt(node: Node) -> None:
    assert node.says("RIVER").new
    node.says(WORDS)
    node.says("1", OTHER)
    assert receipts(node) == [(HER, RECEIVED), (OTHER, RECEIVED)]
    assert node.waiting() == 3


def test_the_receipt_is_the_same_whoever_she_is_and_whatever_she_writes(node: Node) -> None:
    node.unlock()
    node.says("RIVER")
    pays(node, NOON)
    node.lock()
    node.post.sent.clear()
    for sender, words in ((HER, "1"), (OTHER, "RIVER"), ("+2348030000003", "?")):
        node.says(words, sender, NOON + 60)
    assert {text for _, text in receipts(node)} == {RECEIVED}
    assert len(node.post.sent) == 3


def test_another_day_brings_another_receipt(node: Node) -> None:
    for at in (NOON, NOON + 60, NOON + DAY):
        node.says("hello", at=at)
    assert len(node.post.sent) == 2


@pytest.mark.parametrize("words", ["STOP", "stop.", "ARRET", "ERASE"])
def test_a_stop_word_gets_no_receipt(node: Node, words: str) -> None:
    assert node.says(words).new
    assert node.post.sent == []
    assert node.waiting() == 1


@pytest.mark.parametrize("sender", [None, "AIRTEL", "12345", OURS])
def test_who_is_nobody_gets_no_receipt(node: Node, sender: str | None) -> None:
    assert intake.take(node.house, replace(said("hello", HER, NOON), sender=sender), 0).new
    assert node.post.sent == []


def test_a_flood_is_answered_no_more_than_the_day_allows(node: Node) -> None:
    node.house = replace(node.house, settings=replace(node.house.settings, replies_per_day=3))
    for n in range(9):
        node.says("hello", f"+23480300000{n:02d}")
    assert len(node.post.sent) == 3
    assert node.waiting() == 9


def test_a_receipt_that_cannot_leave_loses_nothing(node: Node) -> None:
    node.post.will = deque([SendFailed("no network", retry=True)])
    assert node.says("hello").new
    assert node.waiting() == 1


@pytest.mark.parametrize("what", [Rang("RIVER"), Keys("1")])
def test_a_call_is_not_answered(node: Node, what: Rang | Keys) -> None:
    taken = intake.take(node.house, Heard("sms", "post", OURS, HER, what, "c1", NOON, call="c1"), 0)
    assert not taken.new
    assert (taken.prompts, taken.answer) == ((), None)
    assert node.waiting() == 0


def test_a_missed_call_is_not_kept_and_a_beep_is(node: Node) -> None:
    for what, waiting in ((Missed("RIVER"), 0), (Beeped(), 1)):
        intake.take(node.house, Heard("sms", "post", OURS, HER, what, "c1", NOON), 0)
        assert node.waiting() == waiting
    assert node.post.sent == []
    assert node.unlock()
    assert node.waiting() == 0


def test_what_is_kept_cannot_be_read_and_has_one_length(node: Node) -> None:
    for sender, words in ((HER, "1"), (OTHER, f"{WORDS} and more {WORDS}")):
        node.says(words, sender)
    kept = node.house.store.read(lambda view: view.captured())
    assert len({len(sealed) for _, sealed in kept}) == 1
    markers = (WORDS, *map(of_number, (HER, OTHER)))
    assert found_under([node.folder], markers) == {}
    with pytest.raises(Locked):
        node.house.vault.unbox(kept[0][1])


def test_nothing_else_leaves_and_nothing_breaks(node: Node) -> None:
    node.unlock()
    node.says("RIVER")
    node.lock()
    due, _ = node.house.store.read(lambda view: view.payable("sms", "post", NOON))
    assert delivery.pay(node.house, due, NOON) is Paid.HALTED
    assert jobs.duties(node.house, "me", lambda: NOON)
    worker = jobs.EmbeddedWorker(0.05, lambda: NOON)
    worker.start(node.house)
    worker.ring(due)
    time.sleep(0.3)
    worker.stop()
    assert node.post.sent == []
    assert node.house.store.read(lambda view: view.message(due)).state == "queued"  # type: ignore[union-attr]


def test_a_message_on_its_way_to_the_carrier_stays_when_it_is_locked(node: Node) -> None:
    node.unlock()
    node.says("RIVER")
    due, _ = node.house.store.read(lambda view: view.payable("sms", "post", NOON))
    turning = _Turning(node.house.channels["sms"], node)
    house = replace(node.house, channels={"sms": turning})
    turning.ready = True
    assert delivery.pay(house, due, NOON) is Paid.LATER
    assert node.post.sent == []


def test_a_message_stays_when_it_is_locked_before_its_lease(node: Node) -> None:
    node.unlock()
    node.says("RIVER")
    due, _ = node.house.store.read(lambda view: view.payable("sms", "post", NOON))
    node.house.vault.forget()
    assert delivery.pay(node.house, due, NOON) is Paid.HALTED
    assert leased(node.house, [due], 1, NOON) == [Paid.HALTED]
    assert node.house.store.read(lambda view: view.message(due)).state == "queued"  # type: ignore[union-attr]


class _Turning:
    """A channel whose carriers are asked for by the store's thread, at the lease, which may be done twice, and by ours,
    at the hand-over: then all is locked.
    """

    def __init__(self, channel: Any, node: Node) -> None:
        self._channel, self._node, self.ready = channel, node, False
        self._hands = threading.current_thread()

    def __getattr__(self, name: str) -> Any:
        if name == "carriers" and self.ready and threading.current_thread() is self._hands:
            self._node.lock()
        return getattr(self._channel, name)


def test_a_message_that_comes_as_it_is_locked_is_kept_all_the_same(node: Node) -> None:
    """The key goes between the first look at the gate and the work."""
    node.unlock()
    node.house.vault.forget()
    with pytest.raises(Locked):
        node.says("RIVER")  # its carrier brings it again
    node.house.gate.turn(State.LOCKED)
    assert node.says("RIVER").new
    assert node.waiting() == 1


# ---- unlocked again


def test_a_conversation_goes_on_from_what_was_kept(node: Node) -> None:
    node.says("RIVER")
    assert node.unlock()
    assert node.house.gate.state is State.OPEN
    assert node.waiting() == 0
    assert answers(node) == JOINED
    assert len(pays(node, NOON + 60)) == 2, "the consent, in two messages"


def test_it_is_taken_in_order_with_its_own_times(node: Node) -> None:
    for place, words in enumerate(("RIVER", "hello", "STOP")):
        node.says(words, at=NOON + 60 * place)
    node.says("RIVER", OTHER, NOON + 30)
    node.unlock()
    assert session(node) is None
    assert node.house.store.read(lambda view: view.suppressed(node.house.vault.index(HER)))
    assert session(node, OTHER).heard_at == NOON + 30


def test_a_stop_that_was_kept_holds_before_anything_leaves(node: Node) -> None:
    node.unlock()
    node.says("RIVER")
    node.lock()
    node.says("STOP", at=NOON + 30)
    node.unlock()
    assert pays(node, NOON + 60) == [node.house.library.strangers("en").stopped.text]


def test_a_reply_that_is_too_late_waits_until_she_writes_again(node: Node) -> None:
    node.says("RIVER")
    node.unlock()
    assert pays(node, NOON + 3600) == []
    node.says("1", at=NOON + 3700)
    assert pays(node, NOON + 3700) != []
    assert answers(node) == JOINED, "nothing is taken as an answer to what she has not seen"


def test_what_was_taken_before_is_not_taken_again(node: Node) -> None:
    node.unlock()
    node.says("RIVER", ref="one")
    before = answers(node)
    node.lock()
    for _ in range(2):
        node.says("RIVER", ref="one")
    node.unlock()
    assert node.waiting() == 0
    assert answers(node) == before


def test_what_comes_while_it_is_taken_in_waits_behind(node: Node) -> None:
    node.says("RIVER")
    node.bring()
    node.says("1", at=NOON + 5)
    assert node.waiting() == 2
    assert receipts(node) == [(HER, RECEIVED)]
    intake.take_captured(node.house, lambda: 0, lambda: True)
    assert node.waiting() == 0
    assert session(node).heard_at == NOON + 5


def test_locked_again_meanwhile_it_keeps_the_rest(node: Node) -> None:
    for n in range(4):
        node.says("RIVER", f"+234803000010{n}")
    node.bring()
    seeds = iter((0, 0))

    def draw() -> int:
        try:
            return next(seeds)
        except StopIteration:
            node.lock()
            return 0

    assert not intake.take_captured(node.house, draw, lambda: True)
    assert node.house.gate.state is State.LOCKED
    assert node.waiting() == 2
    assert node.unlock()
    assert node.waiting() == 0
    assert answers(node) == 4 * JOINED


def test_what_cannot_be_opened_is_left_out(node: Node) -> None:
    node.house.store.write(lambda tx: tx.capture(b"x" * 300))
    node.says("RIVER")
    assert node.unlock()
    assert node.waiting() == 0
    assert answers(node) == JOINED


def test_nothing_of_what_was_kept_remains(node: Node) -> None:
    node.says(WORDS)
    kept = [sealed for _, sealed in node.house.store.read(lambda view: view.captured())]
    node.unlock()
    files = b"".join(file.read_bytes() for file in node.folder.glob("consult.db*"))
    assert all(sealed[40:80] not in files for sealed in kept)


@pytest.mark.parametrize("what", [Text("1"), Keys("1#"), Beeped()])
def test_a_message_comes_back_as_it_was(what: Text | Keys | Beeped) -> None:
    heard = Heard("sms", "post", OURS, HER, what, "ref", NOON, sent_at=NOON - 5, incomplete=True)
    assert thaw(freeze(heard)) == heard


def test_a_hub_without_a_passphrase_keeps_nothing(node: Node) -> None:
    assert node.house.vault.wrapped
    node.house.vault.wrapped = None
    with pytest.raises(Locked):
        node.says("hello")
    assert node.waiting() == 0
    assert not any(isinstance(each, Owed) for each in node.post.sent)
