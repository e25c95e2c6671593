"""We speak first: invitations and the one reminder. Called inside campaigns' writes."""

from __future__ import annotations

from dataclasses import replace

from consult import engine
from consult.edition import Edition
from consult.engine import Turn
from consult.house import House
from consult.intake.keeping import REMIND_AFTER, edition_of, open_row, record_events, seal_state, session_of
from consult.letters import segments_in
from consult.library import day_of
from consult.store import Tx
from consult.store.records import Campaign, Enrolment, SessionRow


def invite(
    house: House, tx: Tx, enrolment: Enrolment, campaign: Campaign, at: int, seed: int
) -> tuple[SessionRow, list[str]] | None:
    """Open her conversation with the invitation and give the messages it owes; None when one is open on this number."""
    person = tx.person(enrolment.person)
    published = tx.published(campaign.consultation, campaign.version)
    if person is None or published is None or tx.open_session(person.address, campaign.ours):
        return None
    edition = house.library.edition(published)
    locale = enrolment.locale or edition.consultation.languages[0]
    known = segments_in(house.vault, enrolment.segments)
    turn = engine.begin(edition, at, how="invited", seed=seed, locale=locale, segments=known)
    row = open_row(house, tx, _row(enrolment, campaign, edition, person.address, at), published)
    record_events(house, tx, row, turn.events, locale=locale, day=day_of(at))
    tx.save(replace(row, state=seal_state(house, row, turn.session, edition)))
    tx.enrol(replace(enrolment, state="invited"))
    return row, _render(house, row, turn)


def _row(enrolment: Enrolment, campaign: Campaign, edition: Edition, address: int, at: int) -> SessionRow:
    return SessionRow(
        id=0,
        address=address,
        ours=campaign.ours,
        person=enrolment.person,
        consultation=campaign.consultation,
        version=campaign.version,
        round=edition.consultation.round,
        channel=campaign.channel,
        carrier=campaign.carrier,
        frame=enrolment.frame,
        state=b"",
        heard_at=at,
        asked_at=at,
        remind_at=at + REMIND_AFTER if campaign.remind and not edition.elevated else None,
        lapse_at=at + engine.AWAKE,
        campaign=campaign.id,
    )


def remind(house: House, tx: Tx, row: SessionRow) -> list[str]:
    """The reminder's messages, identical to the first SMS; the conversation waits at the invitation again."""
    edition = edition_of(house, tx, row)
    turn = engine.remind(edition, session_of(house, row, edition))
    tx.save(replace(row, state=seal_state(house, row, turn.session, edition), remind_at=None))
    return _render(house, row, turn)


def _render(house: House, row: SessionRow, turn: Turn) -> list[str]:
    return house.channels[row.channel].render(turn.prompts)
