"""What comes while the node is locked (D21): sealed as it came, answered by one constant receipt, taken in at unlock.

Rule 1: sealing needs the public half of the inbox key only; sender and words are sealed together, padded.
Rule 2: at most one receipt a number and day, the same for everybody, none to a stop word, none for a call. Who had one
is told by a hash under a key of this day that is kept nowhere: after a restart somebody may have a second.
Rule 3: at unlock all is taken in the order in which it came, each with the time at which it was heard, before anything
newer is, and before anything leaves.
Rule 4: calls are not answered. A beep is a vote and is kept; a missed call is not returned, since it would be too late.
Rule 5: what cannot be opened any more is left out, counted, and never stands before the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from secrets import randbelow
from typing import Final

from consult import numbers
from consult.channel import Beeped, DecliningCarrier, Heard, Missed, Owed, Response, SendFailed, Text
from consult.house import House
from consult.intake.call import Taken, freeze, thaw
from consult.intake.leaving import binding
from consult.library import day_of
from consult.sealing import Unopenable

AT_ONCE: Final = 50
LEAST: Final = 1000  # bytes: what fits one message has one length
_NOBODYS: Final = 1 << 40  # receipts belong to no outbox row: their numbers are below zero
log = logging.getLogger("consult.intake")


def capture(house: House, heard: Heard) -> Taken | None:
    """Keep it for later; None where the node is not locked (any more). Raises StoreError."""
    if isinstance(heard.said, Missed) or (heard.call and not isinstance(heard.said, Beeped)):
        return None if house.gate.answers else Taken(new=False, answer=_declined(house, heard))
    sealed = house.vault.box(freeze(heard).ljust(LEAST))  # JSON: spaces behind it are nothing
    if not house.gate.keep(lambda: house.store.write(lambda tx: tx.capture(sealed))):
        return None
    _acknowledge(house, heard)
    return Taken(new=True, answer=_declined(house, heard) if isinstance(heard.said, Beeped) else None)


def take_captured(house: House, take: Callable[[Heard], object], going: Callable[[], bool]) -> bool:
    """Take in what was kept, then open the gate; False where it was locked meanwhile. Raises StoreError, Locked."""
    while going():
        for id, sealed in house.store.read(lambda view: view.captured(AT_ONCE)):
            if not going():
                return False
            _take_one(house, id, sealed, take)
        if house.gate.open(partial(_waits, house)):
            house.store.scrub()
            return True
    return False


def _waits(house: House) -> bool:
    return house.store.read(lambda view: view.how_many_captured()) > 0


def _take_one(house: House, id: int, sealed: bytes, take: Callable[[Heard], object]) -> None:
    try:
        heard = thaw(house.vault.unbox(sealed))
    except (Unopenable, ValueError, KeyError, TypeError):
        log.error("a message that came while locked cannot be opened and is left out")
    else:
        take(heard)
    house.store.write(lambda tx: tx.uncapture(id))


def _declined(house: House, heard: Heard) -> Response | None:
    carrier = house.carrier(heard.channel, heard.carrier)
    return carrier.decline() if isinstance(carrier, DecliningCarrier) else None


# ---- the receipt


def _acknowledge(house: House, heard: Heard) -> None:
    number = _person(house, heard)
    if number is None or not isinstance(heard.said, Text) or heard.opted_out or heard.incomplete:
        return
    if binding(house.store.read(house.library.current), heard.said.text):
        return
    if house.gate.receipts.first(number, day_of(heard.heard_at), house.settings.replies_per_day):
        _send(house, heard, number)


def _person(house: House, heard: Heard) -> str | None:
    number = heard.sender or ""
    if not numbers.strict(number):
        number = numbers.normalise(number, house.settings.country) or ""
    return number if number and number not in house.ours else None


def _send(house: House, heard: Heard, number: str) -> None:
    """By the carrier it came by, and by no row of ours: nothing of it is kept, and it is not tried again."""
    carrier, channel = house.carrier(heard.channel, heard.carrier), house.channels[heard.channel]
    words = channel.render((house.library.strangers(house.settings.locale).received,))
    try:
        if carrier:
            carrier.send(Owed(-1 - randbelow(_NOBODYS), heard.ours, number, words[0]), "")
    except SendFailed as failed:
        log.warning("a receipt did not leave (%s)", failed.why)
