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


def rest(house: House, tx: Tx, row: SessionRow, at: int) -> None:
    """Silence: what she gave counts as partial. At elevated risk the conversation stays locked under her word."""
    edition = edition_of(house, tx, row)
    session = session_of(house, row, edition)
    turn = engine.lapse(session)
    record_events(house, tx, row, turn.events, locale=edition.tongues[session.locale].tag, day=day_of(at))
    tx.withdraw(row.id)
    if session.phase is Phase.NEWS:
        tx.close(row.id)
        tx.forget_live(row.person, row.consultation)
        return
    change_enrolment(tx, row, lambda enrolment: replace(enrolment, state="lapsed"))
    if edition.elevated and session.word:
        locked = session._replace(locked=True)
        tx.save(replace(row, state=seal_state(house, row, locked, edition), lapse_at=None, remind_at=None))
    else:
        tx.save(replace(row, resting=True, lapse_at=None, remind_at=None))
