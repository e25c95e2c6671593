"""She rang and hung up, or was not answered: we ring her back, at our cost.

Rule 1: within three minutes or never, and once a day; a second ring of hers that day changes nothing (D2).
Rule 2: it is we who call, so only in her safe hours; a consultation without any rings nobody back.
Rule 3: whoever rings is rung back, enrolled or not: that it rings tells nobody who takes part. Only who stopped is not.
Rule 4: while an area is paused nobody there is rung back, and nobody at all while everywhere is.
Rule 5: of a stranger nothing is kept but the row that is owed, her number sealed in it, gone when the call was placed.
"""

from __future__ import annotations

from functools import partial

from consult import hours, numbers
from consult.channel import CALL_UNITS, DecliningCarrier, Heard, Missed
from consult.house import House
from consult.incidents import paused
from consult.intake.call import Call, Taken, call_of, mark
from consult.intake.calling import news_of
from consult.intake.keeping import affordable
from consult.letters import seal_farewell, seal_text
from consult.library import day_of, matching, window
from consult.store import Tx
from consult.store.records import Address, Message, Published, way

WITHIN = 180  # seconds from her ring to ours


def take_missed(house: House, heard: Heard) -> Taken:
    """Take a missed call; it is refused on the line whatever becomes of it. Raises StoreError."""
    carrier = house.carrier(heard.channel, heard.carrier)
    answer = carrier.decline() if isinstance(carrier, DecliningCarrier) else None
    call = call_of(house, heard, 0)
    owed = house.store.write(partial(_nobody, house, heard) if call is None else partial(_missed, call))
    return Taken(new=owed is not None, owed=owed or (), answer=answer)


def _nobody(house: House, heard: Heard, tx: Tx) -> tuple[int, ...] | None:
    """A hidden number, or no person's."""
    new = tx.take(mark(house, heard), day_of(heard.heard_at), way(heard.channel, heard.carrier), heard.heard_at)
    return () if new else None


def _missed(call: Call, tx: Tx) -> tuple[int, ...] | None:
    """The row of the call that is owed; None for a ring we had."""
    if not tx.take(call.key, call.day, way(call.heard.channel, call.heard.carrier), call.at):
        return None
    address = tx.address(call.index)
    published = _stands_for(call, tx)
    if published is None or not _may_ring(call, tx, published, address):
        return ()
    if tx.attempt(call.index, call.day, "callback") > 1 or not affordable(call, tx):
        return ()
    return (tx.owe(_owed(call, published, address)),)


def _stands_for(call: Call, tx: Tx) -> Published | None:
    """The consultation of the number she rang, while it can be answered."""
    said, current = call.heard.said, call.house.library.current(tx)
    if isinstance(said, Missed) and (news := news_of(said.keyword)):
        return current.newest.get(news)
    joining = matching(current, said.keyword) if isinstance(said, Missed) else None
    published = current.newest[joining.name] if joining else None
    return published if published and window(call.house.library.edition(published), call.at) == "in_time" else None


def _may_ring(call: Call, tx: Tx, published: Published, address: Address | None) -> bool:
    if paused(call.house, tx, published.name, address):
        return False
    if tx.suppressed(call.index) or (address and (address.stopped is not None or address.dead)):
        return False
    definition = call.house.library.edition(published).consultation
    zone = hours.zone_for(definition.timezone, definition.area, numbers.zone(call.number))
    return hours.allowed(call.at, zone, definition.safe_hours)


def _owed(call: Call, published: Published, address: Address | None) -> Message:
    known, vault, heard = address is not None and bool(address.sealed), call.house.vault, call.heard
    return Message(
        id=0,
        address=address.id if address and known else 0,
        ours=heard.ours,
        channel=heard.channel,
        carrier=heard.carrier,
        kind="news" if isinstance(heard.said, Missed) and news_of(heard.said.keyword) else "callback",
        text=seal_text(vault, address.id, "") if address and known else seal_farewell(vault, call.number, ""),
        not_before=call.at,
        expires_at=call.at + WITHIN,
        consultation=published.name,
        started=True,
        segments=CALL_UNITS,
        price=CALL_UNITS * call.house.settings.price_per_minute,
    )
