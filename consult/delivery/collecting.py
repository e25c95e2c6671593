"""Carriers that call nobody are emptied: what came in is taken and then deleted there, what became of ours is reported.

Rule 1: a message is deleted at the carrier only after it was taken; taking it twice is harmless.
Rule 2: what lies with a carrier on this machine can be taken back before it leaves; its rows count as expired.
Rule 3: one message's fault does not hold up the others. It stays there, and is tried again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from consult.channel import Carrier, Heard, KeepingCarrier, SendFailed, WithdrawingCarrier
from consult.delivery.leasing import expire
from consult.delivery.settling import report
from consult.house import House
from consult.store import Tx

log = logging.getLogger("consult.delivery")


def keeping(house: House) -> Iterator[KeepingCarrier]:
    """The carriers that have to be emptied."""
    for channel in house.channels.values():
        yield from (carrier for carrier in channel.carriers.values() if isinstance(carrier, KeepingCarrier))


def collect(house: House, carrier: KeepingCarrier, take: Callable[[Heard], object], at: int) -> int:
    """Take what this carrier holds. How many messages were taken."""
    taken = 0
    try:
        for heard in carrier.held(at):
            taken += _taken(carrier, heard, take)
        for receipt in carrier.reports(at):
            report(house, carrier.name, receipt, at)
    except SendFailed as failed:
        log.warning("%s could not be emptied and is tried again: %s", carrier.name, failed.why)
    return taken


def withdraw(house: House) -> int:
    """Take back what has not left, where that is possible; how many messages do not leave. Needs no key.

    Raises StoreError, when the rows could not be changed: then the next report or its absence tells.
    """
    carriers = (carrier for channel in house.channels.values() for carrier in channel.carriers.values())
    return sum(_withdrawn(house, carrier) for carrier in carriers if isinstance(carrier, WithdrawingCarrier))


def _withdrawn(house: House, carrier: WithdrawingCarrier) -> int:
    try:
        ids = carrier.withdraw()
    except SendFailed as failed:
        log.error("what lies with %s could not be taken back: %s", carrier.name, failed.why)
        return 0
    house.store.write(partial(_expired, carrier.name, ids))
    return len(ids)


def _expired(carrier: str, ids: Sequence[int], tx: Tx) -> None:
    for message in filter(None, map(tx.message, ids)):
        if message.carrier == carrier and message.state in ("handing", "uncertain", "accepted"):
            expire(tx, message)


def _taken(carrier: Carrier, heard: Heard, take: Callable[[Heard], object]) -> bool:
    try:
        take(heard)
    except Exception as error:
        log.error("a message could not be taken from %s and is tried again (%s)", carrier.name, type(error).__name__)
        return False
    carrier.forget(heard.ref)
    return True
