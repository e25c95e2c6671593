"""What became of a hand-over: the receipt, the failure, and every report that follows.

Rule 1: states form a ladder (queued, handing or uncertain, accepted, sent, delivered). Nothing goes down; what is
delivered, failed, expired or cancelled stays so.
Rule 2: whatever the carrier tells of her (she opted out there, the number is nobody's) holds for the address at once.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final, cast

from consult.channel import Delivery, Receipt, SendFailed
from consult.delivery.budget import keep, lost
from consult.delivery.redialling import redial
from consult.delivery.threads import start_clocks, superseded, unheard
from consult.delivery.trouble import rest, rested
from consult.house import House
from consult.intake.orders import note_order, settle_orders
from consult.intake.resting import resting
from consult.letters import number_of
from consult.library import day_of
from consult.store import Tx
from consult.store.records import CALLS, Campaign, Message, Moving, State, way
from consult.sync.leavers import Leaver
from consult.sync.rationing import left

HALTED: Final = "halted:"  # setting, by `records.way`: why a carrier takes nothing, "" when it does
PROBED: Final = "probed:"  # setting: when that was last tried
REPORTED: Final = "reported: "  # a halt that only reports told of: sending is not held up
PROBE_EVERY: Final = 300  # seconds
TRIES: Final = 8
BACKOFF: Final = 15  # seconds, doubling
LONGEST_WAIT: Final = 3600

_LADDER: Final = {"queued": 0, "handing": 1, "uncertain": 1, "accepted": 2, "sent": 3, "delivered": 4}


def by(carried: Message | Campaign) -> str:
    """The way it goes: what belongs to one channel of a carrier is no matter of its others."""
    return way(carried.channel, carried.carrier)


def climbed(message: Message, receipt: Receipt, rate: float) -> Message:
    """The row after this receipt. `rate` prices a segment where the carrier tells no price."""
    segments = receipt.segments or message.segments
    price = receipt.price
    if price is None:
        told = message.price if segments == message.segments else 0.0
        price = told or segments * rate
    state = _higher(message.state, receipt.state)
    faded = not message.not_before  # a report that comes this late brings no identifier back
    ref, why = message.ref if faded else receipt.ref or message.ref, receipt.why or message.why
    return replace(message, state=state, text=b"", ref=ref, segments=segments, price=price, why=why)


def _higher(state: State, reported: Delivery) -> State:
    if state not in _LADDER or state == "delivered":
        return state
    if reported is Delivery.FAILED:
        return "failed"
    return cast(State, max(state, reported.value, key=_LADDER.__getitem__))


def rate(house: House, tx: Tx, message: Message) -> float:
    """What a segment costs: as the campaign was told, else as the hub is."""
    campaign = tx.campaign(message.campaign) if message.campaign else None
    return campaign.price if campaign else house.unit_price(message.channel)


# ---- at once


def accepted(house: House, leased: Message, receipt: Receipt, at: int, tx: Tx) -> bool:
    """The carrier has it. A report may have come before this; True if it was still ours to settle."""
    now = tx.message(leased.id)
    if now is None or now.fence != leased.fence or now.address != leased.address:
        return False
    after = climbed(now, receipt, rate(house, tx, now))
    keep(tx, now, after)
    if after.state == "failed":
        _failed_for_good(tx, now, receipt.halt, after.why)
    else:
        if after.kind == "frame":
            left(tx, after, at)
        start_clocks(tx, after, at)
        _clear_halt(tx, by(after), after.state)
        rested(tx, by(after))
    _heed(house, tx, after, opt_out=receipt.opt_out, dead=receipt.dead, at=at)
    return True


def refused(house: House, leased: Message, failed: SendFailed, at: int, tx: Tx) -> State:
    """The carrier did not take it, or may have. What the row is then."""
    now = tx.message(leased.id)
    if now is None or now.fence != leased.fence or now.state != "handing":
        return now.state if now else "cancelled"
    if failed.uncertain:
        after = replace(now, state="uncertain", why=failed.why, lease_until=at)
    elif failed.halt or (failed.retry and now.tries + 1 < TRIES and not failed.opt_out and not failed.dead):
        tries = now.tries + (not failed.halt)  # a halt is no fault of the message
        after = replace(now, state="queued", tries=tries, not_before=at + _wait(now, failed), why=failed.why)
    else:
        after = lost(now, "failed", failed.why)
    keep(tx, now, after, fenced=True)
    if failed.uncertain or failed.retry:
        rest(tx, by(now), failed, at)
    if failed.halt:
        _halt(tx, now, failed.why, at)
    elif after.state == "failed":
        _failed_for_good(tx, now, False, failed.why)
    _heed(house, tx, now, opt_out=failed.opt_out, dead=failed.dead, at=at)
    return after.state


def _wait(message: Message, failed: SendFailed) -> int:
    """Doubling, and spread by the row's id, so that a backlog does not come back as one wave."""
    if failed.halt:
        return max(failed.after, 1)
    wait = min(BACKOFF << message.tries, LONGEST_WAIT)
    return max(failed.after, wait + message.id * 7919 % (wait // 2 + 1))


# ---- later


def report(house: House, carrier: str, receipt: Receipt, at: int) -> bool:
    """A carrier's report on a message of ours; False when the message is unknown or it tells nothing new."""
    about = Moving(receipt.id) if receipt.id else None
    new = house.store.write(partial(_report, house, carrier, receipt, at), about)
    if receipt.opt_out:
        settle_orders(house)
    return new


def _report(house: House, carrier: str, receipt: Receipt, at: int, tx: Tx) -> bool:
    message = tx.message(receipt.id) if receipt.id else tx.message_by_ref(carrier, receipt.ref)
    if message is None or message.carrier != carrier or (message.ref and message.ref != receipt.ref):
        return False
    if message.fence == 0:  # never handed over: a report on a row that had this id before a restore
        return False
    if message.state not in _LADDER:  # over: only what it tells of her still counts
        _heed(house, tx, message, opt_out=receipt.opt_out, dead=receipt.dead, at=at)
        return False
    after = climbed(message, receipt, rate(house, tx, message))
    _heed(house, tx, message, opt_out=receipt.opt_out, dead=receipt.dead, at=at)
    if after == message:
        return False
    keep(tx, message, after)
    if after.state in ("failed", "delivered") and message.kind in CALLS and message.channel in house.calls:
        redial(house, tx, message, at)
    if after.state == "failed" != message.state:
        _failed_for_good(tx, message, receipt.halt, after.why)
    elif message.state in ("queued", "handing", "uncertain"):
        start_clocks(tx, after, at)
    if after.state == "delivered":
        _clear_halt(tx, by(after), after.state)
    return True


# ---- what follows


def _failed_for_good(tx: Tx, message: Message, halt: bool, why: str) -> None:
    """It did not reach her: an unheard reply is owed again, an unheard invitation is not followed by a reminder."""
    if halt:
        _pause_campaigns(tx, message, why)
        tx.set(HALTED + by(message), REPORTED + why)
    if message.kind == "reply" and not superseded(tx, message):
        unheard(tx, message)
    row = tx.session(message.session) if message.kind == "invite" and message.session else None
    if row and row.remind_at is not None:
        tx.save(replace(row, remind_at=None))


def _halt(tx: Tx, message: Message, why: str, at: int) -> None:
    """Every further send would fail: pause the run until the operator has seen to it."""
    tx.set(HALTED + by(message), why)
    tx.set(PROBED + by(message), str(at))
    _pause_campaigns(tx, message, why)


def _pause_campaigns(tx: Tx, message: Message, why: str) -> None:
    for campaign in tx.campaigns():
        if by(campaign) == by(message) and campaign.state == "running":
            tx.update_campaign(replace(campaign, state="paused", why=why))


def _clear_halt(tx: Tx, carried_by: str, state: State) -> None:
    why = tx.setting(HALTED + carried_by)
    if why and (state == "delivered" or not why.startswith(REPORTED)):
        tx.set(HALTED + carried_by, "")


def _heed(house: House, tx: Tx, message: Message, *, opt_out: bool, dead: bool, at: int) -> None:
    """She opted out at the carrier, or the number is nobody's any more: the link is closed."""
    address = tx.address_of(message.address) if message.address and (opt_out or dead) else None
    if address is None:
        return
    day = day_of(at)
    if opt_out and address.stopped is None:
        tx.update_address(replace(address, stopped=day))
        tx.suppress(address.index, "stop", day)
        number = number_of(house.vault, address.index, address.sealed) if address.sealed else ""
        note_order(house, tx, Leaver(address.index, number, "stop", day), address.generation)
    elif dead and not address.dead:
        tx.update_address(replace(address, dead=True))
    else:
        return
    tx.cancel(address.id)
    for row in tx.sessions_at(address.id):
        if not row.resting:
            tx.save(resting(row, at))
