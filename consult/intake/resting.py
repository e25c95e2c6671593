"""What silence does to a conversation."""

from __future__ import annotations

from dataclasses import replace

from consult import engine
from consult.house import House
from consult.intake.keeping import change_enrolment, edition_of, record_events, seal_state, session_of
from consult.library import day_of
from consult.session import Phase
from consult.store import Tx
from consult.store.records import SessionRow
from consult.sync.keys import hub_of

FORGOTTEN_AFTER = 30 * 86_400  # seconds a resting conversation waits for its keyword; then its state and key go


def resting(row: SessionRow, at: int) -> SessionRow:
    """The row of a conversation that waits for its keyword, for a while."""
    return replace(row, resting=True, remind_at=None, lapse_at=max(at, row.heard_at) + FORGOTTEN_AFTER)


def forget(tx: Tx, row: SessionRow) -> None:
    """It waited long enough, or she ended it: nothing here can go on with it or open its answers by the live key."""
    tx.withdraw(row.id)
    tx.close(row.id)
    if tx.session_of(row.person, row.consultation) is None:  # nor does she go on under another number of ours
        let_go(tx, row)


def let_go(tx: Tx, row: SessionRow) -> None:
    """Her key is closed here. On a node that waits until her last fact is in a page (`sync.closing`)."""
    if hub_of(tx) is None:
        tx.forget_live(row.person, row.consultation)


def rest(house: House, tx: Tx, row: SessionRow, at: int) -> None:
    """Silence: what she gave counts as partial. At elevated risk the conversation stays locked under her word."""
    edition = edition_of(house, tx, row)
    session = session_of(house, row, edition)
    turn = engine.lapse(session)
    record_events(house, tx, row, turn.events, locale=edition.tongues[session.locale].tag, day=day_of(at))
    tx.withdraw(row.id)
    if session.phase is Phase.NEWS or session.locked or edition.consultation.practice:
        forget(tx, row)
        return
    change_enrolment(tx, row, lambda enrolment: replace(enrolment, state="lapsed"))
    if edition.elevated and session.word:
        locked = session._replace(locked=True)
        sealed = seal_state(house, row, locked, edition)
        tx.save(replace(resting(row, at), state=sealed, resting=False))
    else:
        tx.save(resting(row, at))
