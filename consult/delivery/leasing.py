"""Whether a row may leave now, decided in the transaction that leases it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from consult import hours, numbers
from consult.channel import Owed
from consult.delivery.budget import BUDGET, keep, lost, spent_out
from consult.delivery.redialling import open_to
from consult.delivery.settling import HALTED, PROBE_EVERY, PROBED, REPORTED, by
from consult.delivery.threads import follows, superseded, take_back, unheard
from consult.delivery.trouble import tired
from consult.house import House
from consult.incidents import paused
from consult.letters import farewell_of, number_of, text_of
from consult.store import Tx, View
from consult.store.records import Address, Campaign, Message, free
from consult.sync.rationing import rationed
from consult.vault import Unopenable

PAUSED = 3600  # seconds until news is tried again to an area that is paused
LEASE = 120  # seconds: longer than any carrier's time-outs together


class Paid(StrEnum):
    """What became of one row."""

    SENT = "sent"
    LATER = "later"  # it has another time, or follows a part that has not left
    BUSY = "busy"  # the pace does not allow it this moment
    HELD = "held"  # its campaign's own pace does not; others may leave
    GONE = "gone"  # it is no longer queued: another has it, or it was withdrawn
    DROPPED = "dropped"  # it may not leave any more
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    HALTED = "halted"  # the carrier takes nothing


@dataclass(frozen=True, slots=True)
class Leased:
    """A row that is ours to hand over until its lease ends."""

    message: Message
    owed: Owed


def lease(house: House, id: int, at: int, tx: Tx) -> Leased | Paid:
    """Take the row's lease, or say why not; whatever follows from a refusal is done here."""
    message = tx.message(id)
    if message is None or message.state != "queued" or message.not_before > at:
        return Paid.GONE
    address = tx.address_of(message.address) if message.address else None
    if refusal := _refused(house, tx, message, address, at):
        return refusal
    carrier = house.carrier(message.channel, message.carrier)
    if carrier is None or _halted(tx, by(message), at):
        return Paid.HALTED
    own = _own_pace(tx, message, at)
    if tired(tx, by(message), at):
        return Paid.BUSY
    if own.free_at >= at + 1:  # it keeps its place, and holds back nobody else's
        return Paid.HELD
    leased = tx.lease(id, at, at + LEASE, carrier.pace)
    if leased is None:
        return Paid.BUSY
    own.take(tx, message, at)
    try:
        return Leased(leased, owed(house, leased, address))
    except Unopenable:
        keep(tx, leased, lost(leased, "failed", "unreadable"))
        return Paid.FAILED


def lease_some(house: House, ids: Sequence[int], most: int, at: int, tx: Tx) -> list[Leased | Paid]:
    """The same of several, in this order, up to the first that the pace or a halt holds back, and `most` leases."""
    out, leases = list[Leased | Paid](), 0
    for place, id in enumerate(ids):
        if place % most == 0:
            tx.foresee(ids[place : place + most])
        out.append(lease(house, id, at, tx))
        leases += isinstance(out[-1], Leased)
        if leases == most or out[-1] in (Paid.BUSY, Paid.HALTED):
            break
    return out


def owed(house: House, message: Message, address: Address | None) -> Owed:
    """Number and words for the carrier. Raises vault.Unopenable."""
    if address is None:
        number, text = farewell_of(house.vault, message.text)
    else:
        number = number_of(house.vault, address.index, address.sealed)
        text = text_of(house.vault, address.id, message.text)
    return Owed(message.id, message.ours, number, text)


# ---- what refuses it


def _refused(house: House, tx: Tx, message: Message, address: Address | None, at: int) -> Paid | None:
    if barred := _barred(tx, message, address) or _stranger(house, tx, message, at):
        return drop(tx, message, barred)
    if message.expires_at is not None and at > message.expires_at:
        return expire(tx, message)
    if message.kind in ("reply", "invite", "reminder") and superseded(tx, message):
        return drop(tx, message, "superseded")
    if message.kind == "redial" and open_to(house, tx, message) is None:
        return drop(tx, message, "superseded")
    if message.kind == "frame" and rationed(house, tx, message, at):
        return Paid.LATER
    if message.started and address:
        return _not_now(house, tx, message, address, at)
    return Paid.LATER if follows(tx, message) else None


def _barred(tx: Tx, message: Message, address: Address | None) -> str:
    """Why nothing may go to this address any more. A farewell carries its own number and always may."""
    if not message.address:
        return ""
    if address is None or not address.sealed:
        return "erased"
    if address.stopped is not None or (message.started and tx.suppressed(address.index)):
        return "stopped"
    return "dead" if address.dead else ""


def _stranger(house: House, tx: Tx, message: Message, at: int) -> str:
    """Why somebody of whom nothing is kept but this row is not rung back, or sent what she asked to hear."""
    if message.address or message.kind not in ("callback", "news"):
        return ""
    try:
        number, _ = farewell_of(house.vault, message.text)
    except Unopenable:
        return "unreadable"
    index = house.vault.index(number)
    address = tx.address(index)
    if tx.suppressed(index) or (address and address.stopped is not None):
        return "stopped"
    published = tx.published(message.consultation)
    if not message.started or published is None:
        return ""
    definition = house.library.edition(published).consultation
    zone = hours.zone_for(definition.timezone, definition.area, numbers.zone(number))
    free = hours.allowed(at, zone, definition.safe_hours) and not paused(house, tx, published.name, address)
    return "" if free else "no safe hour"


def drop(tx: Tx, message: Message, why: str) -> Paid:
    """It does not leave any more; it cost nothing."""
    keep(tx, message, lost(message, "cancelled", why))
    if message.kind == "invite":
        take_back(tx, message)
    return Paid.DROPPED


def expire(tx: Tx, message: Message) -> Paid:
    """Too late: a reply's conversation then owes the question first, whatever she writes next."""
    keep(tx, message, lost(message, "expired", "expired"))
    if message.kind == "invite":
        take_back(tx, message)
    elif message.kind == "reply" and not superseded(tx, message):
        unheard(tx, message)
    return Paid.DROPPED


# ---- what we start: her hours, and its campaign


def _not_now(house: House, tx: Tx, message: Message, address: Address, at: int) -> Paid | None:
    campaign = tx.campaign(message.campaign) if message.campaign else None
    if campaign and not _goes_on(campaign):
        return drop(tx, message, f"campaign {campaign.state}")
    if message.kind == "news" and paused(house, tx, message.consultation, address):
        tx.update_message(replace(message, not_before=at + PAUSED))
        return Paid.LATER
    opens = next_safe(house, tx, message.consultation, campaign.version if campaign else None, address, at)
    if opens is None or (opens > at and message.kind == "invite"):
        return drop(tx, message, "no safe hour")
    if opens > at:
        tx.update_message(replace(message, not_before=opens))
        return Paid.LATER
    return Paid.LATER if follows(tx, message) else None


def _goes_on(campaign: Campaign) -> bool:
    """Whether what it owes may leave: also when nothing more fits its budget, for that was reserved within it."""
    return campaign.state == "running" or (campaign.why == BUDGET and not spent_out(campaign))


def next_safe(
    house: House, view: View, consultation: str, version: int | None, address: Address, at: int
) -> int | None:
    """When we may first write to her from `at` on: in the area's zone, else her number's country's; None is
    never, and while her area is paused."""
    published = view.published(consultation, version)
    if published is None or published.retired is not None or paused(house, view, consultation, address):
        return None
    definition = house.library.edition(published).consultation
    zone = hours.zone_for(definition.timezone, definition.area, address.zone)
    return hours.next_allowed(at, zone, definition.safe_hours)


@dataclass(frozen=True, slots=True)
class _OwnPace:
    """A campaign's own pace (segments a second, 0 for none), beside its carrier's and like it kept in the database."""

    pace: float = 0.0
    free_at: float = 0.0

    def take(self, tx: Tx, message: Message, at: int) -> None:
        """Once the row is leased: when the next one may follow. Replies neither wait for it nor use it up."""
        if self.pace > 0:
            tx.set(f"pace:{message.campaign}", str(max(self.free_at, at) + max(message.segments, 1) / self.pace))


def _own_pace(tx: Tx, message: Message, at: int) -> _OwnPace:
    campaign = tx.campaign(message.campaign) if message.campaign and message.started else None
    if campaign is None or campaign.pace <= 0:
        return _OwnPace()
    stored = float(tx.setting(f"pace:{campaign.id}") or 0)
    return _OwnPace(campaign.pace, free(stored, at, campaign.pace))


def _halted(tx: Tx, way: str, at: int) -> bool:
    """Whether the carrier refused everything; now and then one message tries whether it still does."""
    why = tx.setting(HALTED + way) or ""
    if not why or why.startswith(REPORTED):
        return False
    if 0 <= at - int(tx.setting(PROBED + way) or 0) < PROBE_EVERY:
        return True
    tx.set(PROBED + way, str(at))
    return False
