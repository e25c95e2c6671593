"""After downtime, and every hour: read what the carriers hold for us, take it, and have them delete it.

Rule 1: read from the last complete reading on, not from the last message heard: a later message may have come through
while an earlier one did not.
Rule 2: a time ahead of now was written by a clock that has been put right; then as much is read as is ever read.
Rule 3: a message is deleted at the carrier only after it was taken; taking it twice is harmless.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from consult.channel import Carrier, Heard, SendFailed
from consult.house import House
from consult.store import View
from consult.store.records import way

log = logging.getLogger("consult.delivery")

SLACK = 900  # seconds: clocks differ, and carriers list late
FIRST_LOOK = 86_400  # seconds back, where nothing was ever heard
LONGEST_LOOK = 30 * 86_400
EVERY = 3600

_READ = "recovered:"  # setting: when a carrier's list was last read to its end


def recover(house: House, take: Callable[[Heard], object], at: int, *, every: int = EVERY) -> int:
    """Take what carriers hold since they were last read (`every` seconds ago or more). How many messages were read."""
    read = 0
    for channel in house.channels.values():
        for name, carrier in channel.carriers.items():
            by = way(channel.name, name)
            last, since = house.store.read(partial(_since, by, at))
            if at - last >= every:
                read += _recovered(house, by, carrier, take, since, at)
    return read


def _since(by: str, at: int, view: View) -> tuple[int, int]:
    """When its list was last read, and from where on to read now."""
    last = int(view.setting(_READ + by) or 0)
    begin = last or view.last_heard(by)
    if begin > at:
        return 0, at - LONGEST_LOOK
    return last, max(begin - SLACK, at - LONGEST_LOOK) if begin else at - FIRST_LOOK


def _recovered(house: House, by: str, carrier: Carrier, take: Callable[[Heard], object], since: int, at: int) -> int:
    read = 0
    try:
        for heard in carrier.missed(since):
            take(heard)
            carrier.forget(heard.ref)
            read += 1
    except SendFailed as failed:
        log.warning("the list of %s could not be read to its end and is read again: %s", by, failed.why)
        return read
    house.store.write(lambda tx: tx.set(_READ + by, str(at)))
    return read
