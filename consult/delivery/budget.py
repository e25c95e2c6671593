"""What a campaign has spent, kept beside every change of a message.

A message we start is charged when it is owed (a reservation, by the forecast) and put right when the carrier bills it;
a reply within the campaign is charged when the carrier takes it. What never left costs nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from consult.store import Tx
from consult.store.records import Campaign, Message, State

BUDGET: Final = "budget reached"
_CENT: Final = 1e-9  # money is a float: sums of prices are not exact

_BILLED: Final = frozenset({"accepted", "sent", "delivered"})
_RESERVED: Final = frozenset({"queued", "handing", "uncertain"})


def charged(message: Message) -> tuple[int, float]:
    """Segments and money this row stands for in its campaign's account."""
    counts = (
        message.state in _BILLED
        or (message.state == "failed" and bool(message.ref))  # taken, not delivered: carriers bill that too
        or (message.started and message.state in _RESERVED)
    )
    return (message.segments, message.price) if counts else (0, 0.0)


def lost(message: Message, state: State, why: str) -> Message:
    """The row of a message that does not leave (any more): no text, no cost."""
    return replace(message, state=state, text=b"", segments=0, price=0.0, why=why)


def keep(tx: Tx, before: Message, after: Message, *, fenced: bool = False) -> bool:
    """Keep the change and put the campaign's account right; False when another took the lease since."""
    if fenced and not tx.settle(after, before.fence):
        return False
    if not fenced:
        tx.update_message(after)
    was, now = charged(before), charged(after)
    spend(tx, after.campaign, now[0] - was[0], now[1] - was[1])
    return True


def spend(tx: Tx, campaign: int | None, segments: int, money: float) -> None:
    """Add to a campaign's account; passing a budget stops it."""
    found = tx.campaign(campaign) if campaign and (segments or money) else None
    if found is None:
        return
    total = max(0.0, found.spent_money + money)
    spent = replace(found, spent_segments=found.spent_segments + segments, spent_money=total)
    if spent.state == "running" and spent_out(spent):
        spent = replace(spent, state="stopped", why=BUDGET)
    tx.update_campaign(spent)


def spent_out(campaign: Campaign, segments: int = 0) -> bool:
    """Whether so many segments more would pass a budget."""
    money = campaign.spent_money + segments * campaign.price
    over = campaign.budget_segments is not None and campaign.spent_segments + segments > campaign.budget_segments
    return over or (campaign.budget_money is not None and money > campaign.budget_money + _CENT)
