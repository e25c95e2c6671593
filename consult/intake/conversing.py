"""An open conversation: her message meets the engine, and the turn is kept."""

from __future__ import annotations

from dataclasses import replace

from consult import engine
from consult.channel import Rang
from consult.codes import read as read_code
from consult.edition import Edition
from consult.engine import Reply, Turn
from consult.episodes import texts
from consult.events import Erased, Paused, Stopped
from consult.intake import spoken
from consult.intake.call import Call, Taken
from consult.intake.keeping import REPLY_LIVES, edition_of, mark_enrolment, open_row, owe, record_turn, save, session_of
from consult.intake.leaving import courtesy, end_contact
from consult.intake.resting import forget, rest, resting
from consult.intake.ringing import askable, taken_up
from consult.library import Joining, matching
from consult.session import Phase, Session
from consult.store import Tx
from consult.store.records import Address, Frame, Published, SessionRow
from consult.understand import normalise

VOICES = 3


def converse(call: Call, tx: Tx, address: Address, row: SessionRow, waits: bool, keyword: Joining | None) -> Taken:
    """Her message in the open conversation; `waits`: our last reply has not left; `keyword` where it was this one's."""
    edition = edition_of(call.house, tx, row)
    session = session_of(call.house, row, edition)
    if call.heard.call:
        row, waits = taken_up(call, tx, row, waits)
    shared = "voices" in address.flags
    if keyword and (_shut(call, session) or not engine.awake(edition, session, call.at, row.heard_at)):
        turn = engine.rejoin(edition, session, call.at, keyword.locale, fresh=shared)
    else:
        mark = _own_word(call, row, edition)
        if session.phase is Phase.OWN_WORD and matching(call.house.library.current(tx), call.text):
            mark = b""  # whoever sees it on a poster could send it
        if mark and shared and _open_under_her_word(edition, session, call.at) and _of_word(call, tx, row, mark):
            mark = session.word  # any voice's word ends what is open on this phone; only her own opens it again
        reply = _reply(call, row, mark, waits, again=keyword is not None)
        turn = engine.hear(edition, session, reply, call.at)
    if turn.stranger and turn.events:  # her own word: what waits for her is withdrawn too
        tx.withdraw(row.id)
        settle(call, tx, address, row, edition, turn)
    elif turn.stranger and not session.locked:
        rest(call.house, tx, row, call.at)
    if turn.stranger:
        return courtesy(call, tx, address)
    if turn.voice:
        return _another(call, tx, address, row, edition, turn)
    return settle(call, tx, address, row, edition, turn)


def _shut(call: Call, session: Session) -> bool:
    """Whether her own word must come first. Who rings may be another than who rang before."""
    return session.locked or bool(session.word and isinstance(call.heard.said, Rang))


def meant(call: Call, tx: Tx, row: SessionRow, joining: Joining | None) -> Joining | None:
    """The keyword, unless an answer only begins with that word: half-way she sends it alone, or with a code."""
    if joining is None:
        return None
    edition = edition_of(call.house, tx, row)
    session = session_of(call.house, row, edition)
    if session.phase is Phase.OWN_WORD and joining.name != row.consultation:
        return None  # she chooses a word, and is asked for another (`_own_word`)
    if not joining.rest or read_code(joining.rest):
        return joining
    return joining if session.locked or not engine.awake(edition, session, call.at, row.heard_at) else None


def _reply(call: Call, row: SessionRow, mark: bytes, waits: bool, *, again: bool) -> Reply:
    """What she said, and what is known of when. A message that was held is as old as when we first heard it."""
    heard = call.heard
    expired = waits and call.at > row.asked_at + REPLY_LIVES
    return Reply(
        said=heard.said,
        mark=mark,
        late=heard.incomplete or call.at < row.asked_at or _sent_before(call, row.asked_at),
        unseen=waits and not expired,
        owed=row.owes or expired or again,
        channel=heard.channel,
        since=row.heard_at,
        old=call.old and call.at < row.heard_at,
    )


def _sent_before(call: Call, asked_at: int) -> bool:
    """Whether the carrier says that she sent it before the question left, allowing for the carrier's clock."""
    carrier = call.house.carrier(call.heard.channel, call.heard.carrier)
    skew = carrier.skew if carrier else 0
    return call.heard.sent_at is not None and call.heard.sent_at < asked_at - skew


def _own_word(call: Call, row: SessionRow, edition: Edition) -> bytes:
    if not edition.elevated:
        return b""
    word = comparable(call.text)
    return call.house.vault.mark("word", str(row.address), row.consultation, word)[:8] if word else b""


def _open_under_her_word(edition: Edition, session: Session, at: int) -> bool:
    awake = session.word and not session.locked and engine.awake(edition, session, at)
    return bool(awake) and session.phase is not Phase.OWN_WORD


def _of_word(call: Call, tx: Tx, row: SessionRow, mark: bytes) -> SessionRow | None:
    """The resting conversation of the voice of this phone whose own word it is."""
    rows = (each for each in tx.sessions_at(row.address) if each.consultation == row.consultation and each.id != row.id)
    found = (each for each in rows if session_of(call.house, each, edition_of(call.house, tx, each)).word == mark)
    return next(found, None)


def comparable(said: str) -> str:
    """Her own word as it is compared: folded, and nothing that could be an answer (digits) or empty."""
    word = normalise(said[:80])
    return "" if not word or word.isdigit() else word


def settle(call: Call, tx: Tx, address: Address, row: SessionRow, edition: Edition, turn: Turn) -> Taken:
    """Keep what the turn brought: facts, state, what is owed; close what is over."""
    if call.heard.call:
        turn = askable(call, edition, turn)
    tongue = edition.tongues[turn.session.locale]
    record_turn(call, tx, row, turn.events, edition, tongue.tag)
    spoken.keep(call, tx, row, turn.events)
    if edition.airs:
        texts.queue(tx, row, edition, turn.session, turn.events, call.at)
    if not edition.consultation.practice:
        mark_enrolment(tx, row, turn.events)
    over = turn.session.phase is Phase.DONE
    ends = [event for event in turn.events if isinstance(event, Stopped | Erased)]
    if over:
        forget(tx, row)
    if ends:
        return end_contact(call, tx, address, ends[0], turn.prompts)
    if address.locale != tongue.tag:
        tx.update_address(replace(address, locale=tongue.tag))
    owed = owe(call, tx, row, turn.prompts)
    if not over:
        asked = bool(turn.prompts)
        unsaid = not owed and not call.heard.call
        save(call, tx, row, edition, turn, asked=asked, owes=unsaid if asked else row.owes)
    goes_on = call.heard.call and not any(isinstance(event, Paused) for event in turn.events)  # "another time"
    asked_now = engine.current(edition, turn.session, call.heard.channel) if goes_on else ()
    return Taken(new=True, owed=owed, prompts=turn.prompts, asked=asked_now)


def _another(call: Call, tx: Tx, address: Address, row: SessionRow, edition: Edition, turn: Turn) -> Taken:
    """Another voice on this phone: the first rests, the second begins beside it; at most three.

    Where her word says that she was here before, she goes on where she was.
    """
    before = _of_word(call, tx, row, turn.session.word) if turn.session.word else None
    if before:
        return _back(call, tx, address, row, edition, before)
    people = tx.people_at(address.id, address.generation)
    if len(people) >= VOICES:
        return courtesy(call, tx, address)
    tx.withdraw(row.id)
    record_turn(call, tx, row, (Paused("voice"),), edition, "")
    tx.save(resting(row, call.at))
    person = tx.add_person(address.id, len(people), address.generation)
    if "voices" not in address.flags:
        address = replace(address, flags=f"{address.flags} voices".strip())
        tx.update_address(address)
    published = tx.published(row.consultation, row.version)
    assert published is not None
    fresh = open_conversation(call, tx, address.id, person.id, published, edition, row.frame)
    return settle(call, tx, address, fresh, edition, turn)


def _back(call: Call, tx: Tx, address: Address, row: SessionRow, edition: Edition, hers: SessionRow) -> Taken:
    """The voice whose word it is comes back: what is open rests, and hers goes on under that word."""
    tx.withdraw(row.id)
    record_turn(call, tx, row, (Paused("voice"),), edition, "")
    tx.save(resting(row, call.at))
    edition = edition_of(call.house, tx, hers)
    session = session_of(call.house, hers, edition)
    session = session._replace(phase=Phase.OWN_WORD, consented=True, locked=False, heard=call.at)
    reply = Reply(said=call.heard.said, mark=session.word, channel=call.heard.channel)
    turn = engine.hear(edition, session, reply, call.at)
    return settle(call, tx, address, replace(hers, resting=False), edition, turn)


def open_conversation(
    call: Call, tx: Tx, address: int, person: int, published: Published, edition: Edition, frame: Frame
) -> SessionRow:
    heard = call.heard
    return open_row(
        call.house,
        tx,
        SessionRow(
            id=0,
            address=address,
            ours=heard.ours,
            person=person,
            consultation=published.name,
            version=published.version,
            round=edition.consultation.round,
            channel=heard.channel,
            carrier=heard.carrier,
            frame=frame,
            state=b"",
            heard_at=call.at,
            asked_at=call.at,
        ),
        published,
    )
