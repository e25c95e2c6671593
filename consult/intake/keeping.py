"""What a turn leaves behind: sealed facts, sealed state, outbox rows, a mark at her enrolment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import cast

from consult import engine, facts
from consult.edition import Edition
from consult.engine import Turn
from consult.events import Consented, Declined, Event, Finished
from consult.house import House
from consult.intake.call import Call
from consult.letters import seal_farewell, seal_text
from consult.library import window
from consult.prompts import Prompt
from consult.session import Session, decode, encode
from consult.store import Tx
from consult.store.records import Enrolment, Fact, Message, Published, SessionRow, Verdict
from consult.vault import add_wrap, seal_fact

DAY = 24 * 3600
REMIND_AFTER = 24 * 3600  # of silence; a conversation that we began gets one reminder
REPLY_LIVES = 15 * 60  # a reply that could not leave within this waits until she writes again


def open_row(house: House, tx: Tx, row: SessionRow, published: Published) -> SessionRow:
    """Open the conversation and see to her key: wrapped for the consultation, and live while she converses.

    A key whose live wrap is gone cannot be used again here, so a later conversation adds a key beside it. A practice
    needs none.
    """
    row = tx.open(row)
    if house.library.edition(published).consultation.practice:
        return row
    old = tx.key(row.person, row.consultation)
    if old is None or old.live is None:
        _, fresh = house.vault.new_key(row.person, row.consultation, published.public)
        tx.put_key(replace(fresh, wrapped=add_wrap(old.wrapped if old else b"", fresh.wrapped)))
    return row


def record_turn(call: Call, tx: Tx, row: SessionRow, events: tuple[Event, ...], edition: Edition, locale: str) -> None:
    """The facts of a turn, with the verdict of the consultation's window."""
    verdict = cast(Verdict, window(edition, call.heard.sent_at or call.at))
    by = call.heard.entered_by
    record_events(call.house, tx, row, events, locale=locale, day=call.day, verdict=verdict, entered_by=by)


def record_events(
    house: House,
    tx: Tx,
    row: SessionRow,
    events: tuple[Event, ...],
    *,
    locale: str,
    day: int,
    verdict: Verdict = "in_time",
    entered_by: str | None = None,
) -> None:
    """Seal each event under her key and append it to the journal; of a practice nothing is kept."""
    if not events or practises(house, tx, row):
        return
    held = tx.key(row.person, row.consultation)
    key = house.vault.open_live(held) if held else None
    if key is None:
        raise LookupError("an open conversation has lost its live key")
    node, epoch, seq = tx.origin()
    fact = Fact(
        consultation=row.consultation,
        version=row.version,
        round=row.round,
        person=row.person,
        session=row.id,
        channel=row.channel,
        frame=row.frame,
        day=day,
        verdict=verdict,
        sealed=b"",
        entered_by=entered_by,
        node=node,
        epoch=epoch,
        seq=seq,
    )
    for place, event in enumerate(events, seq):
        if place != seq:
            fact = fact._replace(seq=place)
        tx.record(fact._replace(sealed=seal_fact(key, facts.pack(event, locale), facts.about(fact))))


def practises(house: House, tx: Tx, row: SessionRow) -> bool:
    """Whether it is only a practice: it leaves no fact and no enrolment, and its state goes when it is over."""
    return edition_of(house, tx, row).consultation.practice


def mark_enrolment(tx: Tx, row: SessionRow, events: tuple[Event, ...]) -> None:
    for event in events:
        match event:
            case Finished():
                change_enrolment(tx, row, lambda e: replace(e, state="done"))
            case Declined():
                change_enrolment(tx, row, lambda e: replace(e, state="declined"))
            case Consented("news", agreed, _):
                change_enrolment(tx, row, partial(_with_news, agreed=agreed))
            case _:
                pass


def _with_news(enrolment: Enrolment, *, agreed: bool) -> Enrolment:
    return replace(enrolment, news=agreed)


def change_enrolment(tx: Tx, row: SessionRow, change: Callable[[Enrolment], Enrolment]) -> None:
    enrolment = tx.enrolment(row.person, row.consultation)
    tx.enrol(change(enrolment or Enrolment(row.person, row.consultation, row.frame, "", b"", state="begun")))


def owe(call: Call, tx: Tx, row: SessionRow, prompts: tuple[Prompt, ...]) -> tuple[int, ...]:
    """The reply as outbox rows, none on a call. A newer reply replaces one that has not left."""
    if not prompts or call.heard.call:
        return ()
    tx.withdraw(row.id)
    if tx.too_many(row.address, call.day * DAY, call.house.settings.replies_per_number) or not affordable(call, tx):
        return ()
    channel = call.house.channels[row.channel]
    return tuple(
        tx.owe(
            Message(
                id=0,
                address=row.address,
                ours=row.ours,
                channel=row.channel,
                carrier=call.heard.carrier,
                kind="reply",
                text=seal_text(call.house.vault, row.address, text),
                not_before=call.at,
                expires_at=call.at + REPLY_LIVES,
                consultation=row.consultation,
                session=row.id,
                campaign=row.campaign,
                segments=channel.cost(text).segments,
            )
        )
        for text in channel.render(prompts)
    )


def farewell(call: Call, tx: Tx, prompts: tuple[Prompt, ...], kind: str) -> tuple[int, ...]:
    """A message that needs no address row: her number is sealed with it and gone once it left. One a day and kind."""
    heard = call.heard
    if heard.call or tx.attempt(call.index, call.day, kind) > 1 or not affordable(call, tx):
        return ()
    channel = call.house.channels[heard.channel]
    return tuple(
        tx.owe(
            Message(
                id=0,
                address=0,
                ours=heard.ours,
                channel=heard.channel,
                carrier=heard.carrier,
                kind="cover",
                text=seal_farewell(call.house.vault, call.number, text),
                not_before=call.at,
                expires_at=call.at + REPLY_LIVES,
                segments=channel.cost(text).segments,
            )
        )
        for text in channel.render(prompts)
    )


def affordable(call: Call, tx: Tx) -> bool:
    """Whether a flood has not yet cost what the operator allows: replies a day."""
    return tx.attempt(b"", call.day, "reply") <= call.house.settings.replies_per_day


def edition_of(house: House, tx: Tx, row: SessionRow) -> Edition:
    """The version this conversation began on; it finishes on it."""
    return house.library.version(tx, row.consultation, row.version)


def session_of(house: House, row: SessionRow, edition: Edition) -> Session:
    """Where the conversation stands."""
    return decode(house.vault.unseal(row.state, _about_state(row)), edition)


def seal_state(house: House, row: SessionRow, session: Session, edition: Edition) -> bytes:
    return house.vault.seal(encode(session, edition), _about_state(row))


def _about_state(row: SessionRow) -> bytes:
    return f"session|{row.id}".encode()


def save(call: Call, tx: Tx, row: SessionRow, edition: Edition, turn: Turn, *, asked: bool, owes: bool) -> None:
    """Where she stands now. `asked`: something was said to her; `owes`: it should have been, and could not.

    Her silence is counted from the newest thing she said, in whatever order we come to hear of it.
    """
    heard_at = turn.session.heard
    tx.save(
        replace(
            row,
            state=seal_state(call.house, row, turn.session, edition),
            heard_at=heard_at,
            asked_at=call.at if asked else row.asked_at,
            owes=owes,
            resting=False,
            remind_at=None if row.remind_at is None or turn.session.finished else heard_at + REMIND_AFTER,
            lapse_at=heard_at + engine.patience(edition, turn.session),
        )
    )
