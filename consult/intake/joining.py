"""Joining by herself: a keyword, a code, or coming back to a conversation that rests."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from consult import engine, numbers
from consult.codes import read as read_code
from consult.edition import Edition
from consult.events import Paused
from consult.intake.call import Call, Taken
from consult.intake.conversing import open_conversation, settle
from consult.intake.keeping import edition_of, record_turn, session_of
from consult.intake.orders import note_order
from consult.intake.resting import forget, resting
from consult.letters import seal_number, segments_in
from consult.library import Current, Joining, window
from consult.store import Tx
from consult.store.records import Address, Enrolment, Frame, Published, SessionRow
from consult.sync.leavers import Leaver

CODE_ATTEMPTS = 5  # a day and number


def join(
    call: Call, tx: Tx, address: Address | None, current: Current, joining: Joining, leaving: SessionRow | None = None
) -> Taken | None:
    """Begin or go on with what she asks for, and let what she leaves rest; None when she is not let in."""
    name, locale, rest = joining
    published = current.newest[name]
    edition = call.house.library.edition(published)
    if window(edition, call.at) != "in_time":
        return None
    frame = _admit(call, tx, address, edition, rest)
    if frame is None:
        return None
    if leaving:
        _leave(call, tx, leaving)
    was_bound = tx.suppressed(call.index)
    address = _welcome(call, tx, address)
    resting = tx.latest_session(address.id, call.heard.ours, name)
    if resting:
        taken = _rejoin(call, tx, address, resting, locale)
    else:
        taken = _begin(call, tx, address, published, edition, locale, frame)
    if was_bound:
        note_order(call.house, tx, Leaver(call.index, call.number, "rejoin", call.day), address.generation)
    return replace(taken, ordered=was_bound)


def _leave(call: Call, tx: Tx, row: SessionRow) -> None:
    """Another consultation's keyword: this one rests until its own is sent again."""
    tx.withdraw(row.id)
    edition = edition_of(call.house, tx, row)
    if edition.consultation.practice:
        forget(tx, row)
        return
    record_turn(call, tx, row, (Paused("later"),), edition, "")
    tx.save(resting(row, call.at))


def _admit(call: Call, tx: Tx, address: Address | None, edition: Edition, rest: str) -> Frame | None:
    """In which frame she may come in: by code, by invitation, by the open door, or not at all."""
    name = edition.consultation.name
    if address:
        for person in tx.people_at(address.id, address.generation):
            enrolment = tx.enrolment(person.id, name)
            if enrolment:
                return enrolment.frame
    code = read_code(rest) if rest else None
    if code:
        if tx.attempt(call.index, call.day, "code") > CODE_ATTEMPTS:
            return None
        if tx.use_code(call.house.vault.mark("code", name, code)):
            return "enrolled"
    return "open" if edition.consultation.open else None


def _welcome(call: Call, tx: Tx, address: Address | None) -> Address:
    """Her address, written to again because she wrote: a keyword lifts a STOP."""
    if address is None:
        sealed = seal_number(call.house.vault, call.index, call.number)
        address = tx.add_address(call.index, sealed, numbers.zone(call.number))
    elif address.stopped is not None or not address.sealed or address.dead:
        sealed = address.sealed or seal_number(call.house.vault, call.index, call.number)
        address = replace(address, stopped=None, dead=False, sealed=sealed)
        tx.update_address(address)
    tx.unsuppress(call.index)
    return address


def _rejoin(call: Call, tx: Tx, address: Address, row: SessionRow, locale: str) -> Taken:
    edition = edition_of(call.house, tx, row)
    turn = engine.rejoin(
        edition, session_of(call.house, row, edition), call.at, locale, fresh="voices" in address.flags
    )
    return settle(call, tx, address, row, edition, turn)


def _begin(
    call: Call, tx: Tx, address: Address, published: Published, edition: Edition, locale: str, frame: Frame
) -> Taken:
    people = tx.people_at(address.id, address.generation)
    person = people[0] if people else tx.add_person(address.id, 0, address.generation)
    enrolment = tx.enrolment(person.id, published.name)
    how: Literal["keyword", "code"] = "code" if frame == "enrolled" and enrolment is None else "keyword"
    segments = segments_in(call.house.vault, enrolment.segments) if enrolment else ()
    turn = engine.begin(edition, call.at, how=how, seed=call.seed, locale=locale, segments=segments)
    row = open_conversation(call, tx, address.id, person.id, published, edition, frame)
    if edition.consultation.practice:
        return settle(call, tx, address, row, edition, turn)
    if enrolment is None:
        tx.enrol(Enrolment(person.id, published.name, frame, locale, b"", state="begun"))
    else:
        tx.enrol(replace(enrolment, state="begun"))
    return settle(call, tx, address, row, edition, turn)
