"""Carriers that call nobody are emptied: what came in is taken and then deleted there, what became of ours is reported.

Rule 1: a message is deleted at the carrier only after it was taken; taking it twice is harmless.
Rule 2: one message's fault does not hold up the others. It stays there, and is tried again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from consult.channel import Carrier, Heard, KeepingCarrier, SendFailed
from consult.delivery.settling import report
from consult.house import House

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


def _taken(carrier: Carrier, heard: Heard, take: Callable[[Heard], object]) -> bool:
    try:
        take(heard)
    except Exception as error:
        log.error("a message could not be taken from %s and is tried again (%s)", carrier.name, type(error).__name__)
        return False
    carrier.forget(heard.ref)
    return True
