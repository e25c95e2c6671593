"""What becomes of a conversation when a message of it leaves, or does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from consult.delivery.budget import keep, lost
from consult.intake.resting import let_go
from consult.store import Tx
from consult.store.records import NEWEST, Message

_AHEAD: Final = ("queued", "handing")
_UNSENT: Final = ("queued", "cancelled", "expired")


def follows(tx: Tx, message: Message) -> bool:
    """Whether an earlier part of the same thing she is told has not left yet."""
    return any(
        one.id < message.id and one.state in _AHEAD and one.expires_at == message.expires_at
        for one in _thread(tx, message)
        if one.kind == message.kind
    )


def superseded(tx: Tx, message: Message) -> bool:
    """Whether a later reply of this conversation exists. Parts of one reply expire together."""
    later = (one for one in _thread(tx, message) if one.kind == "reply" and one.id > message.id)
    return any(message.kind != "reply" or (one.expires_at or 0) > (message.expires_at or 0) for one in later)


def _thread(tx: Tx, message: Message) -> list[Message]:
    """The newest messages of its conversation."""
    if message.session is None:
        return []
    return [one for one in tx.traffic(message.address, NEWEST) if one.session == message.session]


def unheard(tx: Tx, message: Message) -> None:
    """She did not get what her conversation waits for an answer to."""
    session = tx.session(message.session) if message.session else None
    if session and not session.owes:
        tx.save(replace(session, owes=True))


def take_back(tx: Tx, message: Message) -> None:
    """Close a conversation she never heard of; she waits for the next wave."""
    row, parts = tx.session(message.session or 0), _thread(tx, message)
    if row is None or any(part.kind == "reply" or part.state not in _UNSENT for part in parts):
        return
    for part in parts:
        if part.state == "queued":
            keep(tx, part, lost(part, "cancelled", "taken back"))
    tx.close(row.id)
    let_go(tx, row)
    enrolment = tx.enrolment(row.person, row.consultation)
    if enrolment and enrolment.state == "invited":
        tx.enrol(replace(enrolment, state="waiting"))


def start_clocks(tx: Tx, message: Message, at: int) -> None:
    """An invitation's reminder and lapse count from when it left, not from when it was written."""
    row = tx.session(message.session) if message.kind in ("invite", "redial") and message.session else None
    if row and row.asked_at < at and not row.resting and not superseded(tx, message):
        late = at - row.asked_at
        remind_at = row.remind_at + late if row.remind_at else None
        lapse_at = row.lapse_at + late if row.lapse_at else None
        tx.save(replace(row, asked_at=at, heard_at=at, remind_at=remind_at, lapse_at=lapse_at))
