"""What doorbells, crashes and time-outs left behind: everything due is paid, everything uncertain is settled."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from consult.channel import Carrier, Receipt, SendFailed
from consult.delivery.budget import keep, lost
from consult.delivery.leasing import Leased, Paid, expire, owed
from consult.delivery.paying import hand_over, leased
from consult.delivery.settling import TRIES, accepted, by
from consult.delivery.threads import superseded, unheard
from consult.house import House
from consult.store import StoreError, Tx, View
from consult.store.records import Message, State

log = logging.getLogger("consult.delivery")

HANDS = 12  # messages handed over at once
SURE_AFTER = 60  # seconds after the hand-over from which a carrier's list is believed when a message is not in it
ASK_AGAIN = 60  # seconds until a carrier that could not be asked is asked again
RESEND_AFTER = 600  # a message that nobody can be asked about
UNSURE = 86_400  # seconds back a list is searched for what was handed over while the clock was wrong
PUT_OFF = 60  # seconds until a row that cannot be leased is tried again


@dataclass(frozen=True, slots=True)
class Swept:
    """How many rows left, and whether more are due that the pace holds back."""

    sent: int = 0
    busy: bool = False


def sweep(
    house: House,
    clock: Callable[[], int],
    *,
    limit: int = 100,
    hands: ThreadPoolExecutor | None = None,
    going: Callable[[], bool] = lambda: True,
) -> Swept:
    """Pay up to `limit` due rows of each carrier, replies before what we start.

    `hands` pay several at once; once `going` says no, nothing more is begun.
    """
    sent, busy = 0, False
    for channel in house.channels.values():
        for name in channel.carriers:
            due = house.store.read(partial(_due, channel.name, name, clock(), limit))
            outcomes = list(_paid(house, due, clock, hands, going))
            sent += outcomes.count(Paid.SENT)
            busy = busy or Paid.BUSY in outcomes or Paid.HELD in outcomes or len(outcomes) >= limit
    return Swept(sent, busy)


def _due(channel: str, carrier: str, at: int, limit: int, view: View) -> list[int]:
    """What is due, and as many more as wait in it for their campaign's own pace."""
    paced = [each for each in view.campaigns() if each.pace > 0 and (each.channel, each.carrier) == (channel, carrier)]
    held = sum(view.queued_of(each.id) for each in paced if each.state == "running")
    return view.payable(channel, carrier, at, limit + held)


def _paid(
    house: House,
    due: list[int],
    clock: Callable[[], int],
    hands: ThreadPoolExecutor | None,
    going: Callable[[], bool],
) -> Iterator[Paid]:
    """Until the pace, a halt or the end of the list says stop. Never more is leased than there are hands for."""
    many, most = hands.map if hands else map, HANDS if hands else 1
    while due and going():
        some = _leased(house, due[: 2 * most], most, clock())
        due = due[len(some) :]
        outcomes = list(many(lambda one: _handed(house, one, clock), some))
        yield from outcomes
        if Paid.BUSY in outcomes or Paid.HALTED in outcomes:
            return


def _leased(house: House, ids: list[int], most: int, at: int) -> list[Leased | Paid]:
    """One row's fault must not hold up the others."""
    try:
        return leased(house, ids, most, at)
    except Exception as error:
        if len(ids) > 1:
            return [one for id in ids[:most] for one in _leased(house, [id], 1, at)]
        log.error("a message could not be leased and is tried again (%s)", type(error).__name__)
        if not isinstance(error, StoreError):
            house.store.write(partial(_put_off, ids[0], at + PUT_OFF))
        return [Paid.LATER]


def _put_off(id: int, until: int, tx: Tx) -> None:
    """What cannot be leased is behind others next time: a hundred of these would hold up all that follow."""
    message = tx.message(id)
    if message is not None and message.state == "queued":
        tx.update_message(replace(message, not_before=until))


def _handed(house: House, one: Leased | Paid, clock: Callable[[], int]) -> Paid:
    try:
        return hand_over(house, one, clock())
    except Exception as error:
        log.error("a message could not be paid and is tried again (%s)", type(error).__name__)
        return Paid.LATER


# ---- uncertain


def settle_uncertain(house: House, at: int) -> int:
    """Interrupted hand-overs: asked about, or resent once where nobody can be asked. How many were due.

    A carrier that did not answer is not asked for the others.
    """
    found = house.store.read(lambda view: view.overdue(at))
    for message in found:
        if message.handed_at > at:
            house.store.write(partial(_look_again, replace(message, handed_at=at - UNSURE), at + ASK_AGAIN))
    due = [one for one in found if one.lease_until <= at and one.handed_at <= at]
    silent: set[str] = set()
    for message in due:
        try:
            if by(message) not in silent:
                _settle(house, message, at)
                continue
        except SendFailed:
            silent.add(by(message))
        except Exception as error:
            log.error("an uncertain message could not be looked up (%s)", type(error).__name__)
        house.store.write(partial(_look_again, message, at + ASK_AGAIN))
    return len(due)


def _settle(house: House, message: Message, at: int) -> None:
    carrier = house.carrier(message.channel, message.carrier)
    if carrier is None or not carrier.can_find:
        sure, again = message.handed_at + RESEND_AFTER, partial(_resend, flagged=True)
    else:
        found = _asked(house, carrier, message)
        if found:
            house.store.write(partial(_found, house, message, found, at))
            return
        sure, again = message.handed_at + SURE_AFTER, partial(_resend, flagged=False)
    if carrier is None or at < sure:
        house.store.write(partial(_look_again, message, max(sure, at + 1)))
    else:
        house.store.write(partial(again, message, at))


def _asked(house: House, carrier: Carrier, message: Message) -> Receipt | None:
    """What the carrier's list says. Raises SendFailed when it cannot be asked, vault.Unopenable."""
    address = house.store.read(lambda view: view.address_of(message.address)) if message.address else None
    return carrier.find(owed(house, message, address), message.handed_at)


def _look_again(message: Message, at: int, tx: Tx) -> None:
    now = _still(tx, message)
    if now:
        why, handed_at = now.why or "interrupted", message.handed_at
        tx.settle(replace(now, state="uncertain", why=why, lease_until=at, handed_at=handed_at), now.fence)


def _found(house: House, message: Message, receipt: Receipt, at: int, tx: Tx) -> None:
    if _still(tx, message):
        accepted(house, message, receipt, at, tx)


def _resend(message: Message, at: int, tx: Tx, *, flagged: bool) -> None:
    """Queue it again: certainly not taken, or perhaps taken and then once. A reply that is too old expires instead."""
    now = _still(tx, message)
    if now is None:
        return
    if (flagged and now.resent) or now.tries + 1 >= TRIES:
        keep(tx, now, lost(now, "failed", "uncertain twice" if flagged else now.why))
        if now.kind == "reply" and not superseded(tx, now):
            unheard(tx, now)
    elif now.expires_at is not None and at > now.expires_at:
        expire(tx, now)
    else:
        queued = replace(now, state="queued", tries=now.tries + 1, resent=now.resent or flagged, not_before=at)
        keep(tx, now, queued, fenced=True)


def _still(tx: Tx, message: Message) -> Message | None:
    """The row, if nobody settled or leased it since."""
    now = tx.message(message.id)
    waits: Iterable[State] = ("handing", "uncertain")
    return now if now and now.fence == message.fence and now.state in waits else None
