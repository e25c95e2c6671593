"""What invitations and reminders share: to whom they may go, and the rows they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from consult.channel import CALL_UNITS, CallChannel
from consult.delivery import spend
from consult.house import House
from consult.letters import seal_text
from consult.store import Tx, View
from consult.store.records import Address, Campaign, Message, SessionRow

EXPIRES: Final = 3 * 86_400  # a first message that could not leave for so long is not sent any more

Kind = Literal["invite", "reminder"]


def reachable(view: View, person: int) -> Address | None:
    """Her address, if we may ever write to it first."""
    row = view.person(person)
    address = view.address_of(row.address) if row else None
    if address is None or not address.sealed or address.stopped is not None or address.dead:
        return None
    return None if view.suppressed(address.index) else address


def units(house: House, name: str, texts: Sequence[str]) -> list[tuple[str, int]]:
    """What leaves, with what each is reckoned at: messages in segments, or one call in minutes, without words."""
    channel = house.channels[name]
    if isinstance(channel, CallChannel):
        return [("", CALL_UNITS)]
    return [(text, channel.cost(text).segments) for text in texts]


def owe(house: House, tx: Tx, campaign: Campaign, row: SessionRow, texts: Sequence[str], at: int, kind: Kind) -> None:
    """The outbox rows of a first message or a reminder, charged to the campaign at once."""
    for text, segments in units(house, campaign.channel, texts):
        message = Message(
            id=0,
            address=row.address,
            ours=campaign.ours,
            channel=campaign.channel,
            carrier=campaign.carrier,
            kind=kind,
            text=seal_text(house.vault, row.address, text),
            not_before=at,
            expires_at=at + EXPIRES,
            consultation=campaign.consultation,
            session=row.id,
            campaign=campaign.id,
            started=True,
            segments=segments,
            price=segments * campaign.price,
        )
        tx.owe(message)
        spend(tx, campaign.id, segments, message.price)
