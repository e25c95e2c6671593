"""Paying: lease, hand over, settle."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from consult.channel import Receipt, SendFailed
from consult.delivery.leasing import Leased, Paid, lease_some
from consult.delivery.settling import accepted, refused
from consult.house import House
from consult.intake.orders import settle_orders
from consult.sealing import Locked
from consult.store import View
from consult.store.records import Message, Moving

log = logging.getLogger("consult.delivery")

_OUTCOMES = {"uncertain": Paid.UNCERTAIN, "queued": Paid.LATER, "failed": Paid.FAILED}


def pay(house: House, id: int, at: int) -> Paid:
    """Pay one row now (`at`, epoch seconds). Raises StoreError; then the lease runs out and the sweep sees to it."""
    return hand_over(house, leased(house, [id], 1, at)[0], at)


def leased(house: House, ids: Sequence[int], most: int, at: int) -> list[Leased | Paid]:
    """The leases of the first of these rows, `most` at most, taken together. Raises StoreError: then none is."""
    if not house.gate.answers:
        return [Paid.HALTED]
    try:
        return house.store.write(partial(lease_some, house, ids, most, at))
    except Locked:  # meanwhile
        return [Paid.HALTED]


def hand_over(house: House, leased: Leased | Paid, at: int) -> Paid:
    """Give what is leased to its carrier, and settle it. Raises StoreError, as `pay`."""
    if isinstance(leased, Paid):
        return leased
    outcome = _settle(house, leased, _handed_over(house, leased, at), at)
    _ring_next(house, leased.message)
    return outcome


def report_to(house: House, channel: str, carrier: str) -> str:
    """Where the carrier reports to; it adds our id in its own way. "" without a public address."""
    base = house.settings.public_url
    return f"{base}/hooks/{channel}/{carrier}/status" if base else ""


def _handed_over(house: House, leased: Leased, at: int) -> Receipt | SendFailed:
    message = leased.message
    if at >= message.lease_until:  # this machine slept meanwhile: the row may be another's
        return SendFailed("the lease had ended", retry=True)
    carrier = house.channels[message.channel].carriers[message.carrier]
    if not house.gate.answers:  # locked between the lease and now
        return SendFailed("the node is locked", retry=True)
    try:
        return carrier.send(leased.owed, report_to(house, message.channel, message.carrier))
    except SendFailed as failed:
        return failed
    except Exception as error:  # a carrier's own fault: nobody knows whether it was taken
        log.error("a carrier broke while it took a message (%s)", type(error).__name__)
        return SendFailed(f"the carrier broke ({type(error).__name__})", uncertain=True)


def _settle(house: House, leased: Leased, result: Receipt | SendFailed, at: int) -> Paid:
    message = leased.message
    if isinstance(result, Receipt):
        if not house.store.write(partial(accepted, house, message, result, at), Moving(message.id)):
            log.warning("a message was taken by its carrier after its lease had passed to another")
        opted_out, outcome = result.opt_out, Paid.SENT
    else:
        state = house.store.write(partial(refused, house, message, result, at), Moving(message.id))
        opted_out, outcome = result.opt_out, Paid.HALTED if result.halt else _OUTCOMES.get(state, Paid.SENT)
    if opted_out:
        settle_orders(house)
    return outcome


def _ring_next(house: House, paid: Message) -> None:
    """The next part of what she is told may leave now."""
    if paid.session is None:
        return
    following = house.store.read(partial(_next_part, paid))
    if following is not None:
        house.doorbell.ring(following)


def _next_part(paid: Message, view: View) -> int | None:
    parts = view.traffic(paid.address, 20)
    return next((one.id for one in parts if one.session == paid.session and one.state == "queued"), None)
