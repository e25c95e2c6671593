"""What she said aloud on a call: a row beside the answer that names it, or one that has it deleted at the carrier.

Rule 1: every recording that was heard of leaves a row in the same transaction, so that none stays at a carrier.
"""

from __future__ import annotations

from consult.events import Answered, Event
from consult.intake.call import Call, Tape
from consult.recordings import sealed_keys, sealed_ref
from consult.store import Tx
from consult.store.records import Recorded, SessionRow, way


def keep(call: Call, tx: Tx, row: SessionRow, events: tuple[Event, ...]) -> None:
    """The recording that one of these events names."""
    tape = call.tape
    if tape is None or not any(isinstance(event, Answered) and event.recording for event in events):
        return
    held = tx.key(row.person, row.consultation)
    hers = call.house.vault.open_live(held) if held else None
    if hers is None:
        raise LookupError("an open conversation has lost its live key")
    wrapped, live = sealed_keys(call.house, tape.name, tape.key, hers)
    tx.add_recording(_row(call, tape, row.consultation, row.person, wrapped, live, Recorded.ASKED))


def drop(call: Call, tx: Tx) -> None:
    """Nobody asked for it: it is only deleted at the carrier."""
    if call.tape and tx.recording(call.tape.name) is None:
        tx.add_recording(_row(call, call.tape, "", 0, b"", b"", Recorded.BURN))


def _row(call: Call, tape: Tape, consultation: str, person: int, wrapped: bytes, live: bytes, state: int) -> Recorded:
    return Recorded(
        name=tape.name,
        consultation=consultation,
        person=person,
        carrier=way(call.heard.channel, call.heard.carrier),
        ref=sealed_ref(call.house, tape.name, tape.ref),
        wrapped=wrapped,
        live=live,
        at=call.at,
        state=state,
    )
