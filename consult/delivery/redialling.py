"""A call of ours that reached nobody, or not at a good moment, is made again: another day or hour, a few times.

Rule 1: her silence, a machine and a call that rang out are the same: nothing was said that she could have kept.
Rule 2: at another hour, a third of the safe hours later or on the next day, and at most `CALLED` times in all.
Rule 3: whoever has taken up her conversation, by whatever way, is not called about it again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from consult import engine, hours
from consult.channel import CALL_UNITS
from consult.delivery.budget import spend, spent_out
from consult.house import House
from consult.intake.keeping import edition_of, session_of
from consult.letters import seal_text
from consult.session import Phase
from consult.store import Tx
from consult.store.records import Address, Message, SessionRow

CALLED: Final = 3
SHORTEST: Final = 3600  # seconds to the next try
_KINDS: Final = frozenset({"invite", "redial"})


def open_to(house: House, tx: Tx, message: Message) -> SessionRow | None:
    """The conversation this call is to begin, while she has not taken it up."""
    row = tx.session(message.session) if message.session else None
    if row is None or row.resting:
        return None
    enrolment = tx.enrolment(row.person, row.consultation)
    if enrolment and enrolment.state != "invited":
        return None
    return row if session_of(house, row, edition_of(house, tx, row)).phase is Phase.INVITED else None


def redial(house: House, tx: Tx, message: Message, at: int) -> None:
    """After the end of a call: owe the next one, where there is to be one."""
    row = open_to(house, tx, message) if message.kind in _KINDS else None
    address = tx.address_of(message.address) if row else None
    campaign = tx.campaign(message.campaign) if message.campaign else None
    if row is None or address is None or campaign is None or spent_out(campaign, CALL_UNITS):
        return
    tries = sum(one.session == row.id and one.kind in _KINDS for one in tx.traffic(address.id))
    later = _another_hour(house, tx, row, address, at) if tries < CALLED else None
    if later is None:
        return
    price = CALL_UNITS * campaign.price
    tx.owe(_again(message, later, seal_text(house.vault, address.id, ""), price))
    spend(tx, campaign.id, CALL_UNITS, price)
    tx.save(replace(row, lapse_at=later + engine.AWAKE))


def _again(message: Message, at: int, text: bytes, price: float) -> Message:
    return Message(
        id=0,
        address=message.address,
        ours=message.ours,
        channel=message.channel,
        carrier=message.carrier,
        kind="redial",
        text=text,
        not_before=at,
        expires_at=at + engine.AWAKE,
        consultation=message.consultation,
        session=message.session,
        campaign=message.campaign,
        started=True,
        segments=CALL_UNITS,
        price=price,
    )


def _another_hour(house: House, tx: Tx, row: SessionRow, address: Address, at: int) -> int | None:
    """A third of her safe hours later in the day, from their beginning again on the next; None without safe hours."""
    definition = edition_of(house, tx, row).consultation
    zone = hours.zone_for(definition.timezone, definition.area, address.zone)
    window = definition.safe_hours
    if not zone or window is None:
        return None
    opens = hours.next_allowed(at, zone, window)
    if opens is None:
        return None
    now, place = max(opens, at), ZoneInfo(zone)
    today = datetime.fromtimestamp(now, place)
    length = datetime.combine(today, window[1]) - datetime.combine(today, window[0])
    third = max(int(length.total_seconds()) // 3, SHORTEST)
    begins = datetime.combine(today.date(), window[0], place)
    into = int(now - begins.timestamp()) + third
    if into < length.total_seconds():
        return now + third
    tomorrow = datetime.combine(today.date() + timedelta(days=1), window[0], place).timestamp()
    return hours.next_allowed(int(tomorrow) + into % int(length.total_seconds() or 1), zone, window)
