"""The questions: taking an answer, going on, going back, and the end."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from consult.channel import Recording
from consult.edition import Asked, Edition, Put, Tongue
from consult.engine.turn import TRIES, Turn, again_keys, current, name, prompt, tell
from consult.events import Answered, Consented, Declined, Escape, Event, Finished, Misheard, Returned, Skipped, Value
from consult.prompts import Prompt
from consult.session import UNSEEN, Doubt, Passed, Phase, Session, Slot
from consult.understand import Unclear, pick, skips

KNOWN = 1024  # replies remembered for a question in one language
_KEYS = re.compile("[1-9 ,]{1,20}")
TOLD = "*"  # what skip rules and state see of a text answer


def question(edition: Edition, session: Session, said: str, channel: str) -> Turn:
    asked = edition.questions[session.at]
    put = edition.put(session.at, session.locale, session.seed, channel)
    tongue = edition.tongues[session.locale]
    if not asked.definition.required and skips(said, tongue.lexicon):
        return _skip(edition, session, "optional", channel)
    value = _value(asked, put, said, tongue)
    if isinstance(value, Unclear):
        again = asked.type.again(asked.definition, put.prompt, tongue.say)
        return missed(edition, session, value.why, tell(tongue, again), channel)
    if not _holds(edition, session, asked, value):
        message = asked.definition.constraint_message.get(tongue.tag)
        told = tell(tongue, message or asked.type.again(asked.definition, put.prompt, tongue.say))
        why = replace(told, name="constraint") if message else told
        return missed(edition, session, "constraint", why, channel)
    values = set_slot(session.values, asked.index, slot_of(asked, value))
    return onward(edition, session, values, (_answered(put, asked, value),), channel)


def recorded(edition: Edition, session: Session, said: Recording, channel: str) -> Turn:
    """What she said aloud to a question for her own words."""
    asked = edition.questions[session.at]
    put = edition.put(session.at, session.locale, session.seed, channel)
    answered = replace(_answered(put, asked, ""), recording=said.ref, part=said.broken)
    return onward(edition, session, set_slot(session.values, asked.index, TOLD), (answered,), channel)


def fits(edition: Edition, session: Session, said: str, channel: str) -> bool:
    """Whether it is one of the replies this closed question names: a label may hold any word."""
    if session.phase is not Phase.ASKING or edition.questions[session.at].definition.type == "text":
        return False
    asked = edition.questions[session.at]
    put = edition.put(session.at, session.locale, session.seed, channel)
    return not isinstance(_value(asked, put, said, edition.tongues[session.locale]), Unclear)


def _value(asked: Asked, put: Put, said: str, tongue: Tongue) -> Value | Unclear:
    """What she answered. Keys of choices are remembered with what they mean: "1 3" is read once for all women."""
    known = put.known.get(said)
    if known is not None:
        return known
    value = asked.type.value(asked.definition, said, put.prompt, tongue.lexicon, put.table)
    if put.table and not isinstance(value, Unclear) and len(put.known) < KNOWN and _KEYS.fullmatch(said):
        put.known[said] = value
    return value


def _answered(put: Put, asked: Asked, value: Value) -> Answered:
    order = put.order if asked.definition.order == "rotated" else ()
    return Answered(asked.definition.name, value, put.wording, order)


def slot_of(asked: Asked, value: Value) -> Slot:
    """What the session keeps of an answer: of her own words only that there were some."""
    return TOLD if asked.definition.type == "text" and not isinstance(value, Escape) else value


def set_slot(values: tuple[Slot, ...], index: int, slot: Slot) -> tuple[Slot, ...]:
    """The values with one of them replaced."""
    return values[:index] + (slot,) + values[index + 1 :]


def _holds(edition: Edition, session: Session, asked: Asked, value: Value) -> bool:
    if asked.constraint is None or isinstance(value, Escape):
        return True
    return asked.constraint(_lookup(edition, session.values), value)


def _lookup(edition: Edition, values: tuple[Slot, ...]) -> Callable[[str], Value | None]:
    def look(name: str) -> Value | None:
        slot = values[edition.index[name]]
        return None if isinstance(slot, Passed) else slot

    return look


def _skip(edition: Edition, session: Session, why: str, channel: str) -> Turn:
    asked = edition.questions[session.at]
    values = set_slot(session.values, asked.index, Passed.SKIPPED)
    return onward(edition, session, values, (Skipped(asked.definition.name, why),), channel)


def pass_over(edition: Edition, session: Session, channel: str) -> Turn:
    """The open question cannot be asked on this channel."""
    return _skip(edition, session, "channel", channel)


def onward(
    edition: Edition,
    session: Session,
    values: tuple[Slot, ...],
    events: tuple[Event, ...],
    channel: str,
    *,
    first: bool = False,
) -> Turn:
    """With these values to the next relevant question without one, or to the end. Notes on the way are told with it."""
    values, withdrawn = _withdraw(edition, values)
    at, values, notes = walk(edition, session, values, channel)
    session = session._replace(at=at, tries=0, values=values)
    events += withdrawn
    if at < len(edition.questions):
        lead = (edition.tongues[session.locale].escapes,) if first else ()
        return Turn(session, events, lead + notes + (prompt(edition, session, channel),))
    return _finish(edition, session, events, notes)


def _withdraw(edition: Edition, before: tuple[Slot, ...]) -> tuple[tuple[Slot, ...], tuple[Event, ...]]:
    """Answers that a correction made irrelevant no longer count."""
    if not edition.conditional:
        return before, ()
    gone: list[Event] = []
    values = list(before)
    for asked in edition.questions:
        if asked.relevant is None or values[asked.index] is None:
            continue
        look = _lookup(edition, tuple(values))
        if not asked.relevant(look, None):
            if values[asked.index] is not Passed.TOLD:
                gone.append(Skipped(asked.definition.name, "withdrawn"))
            values[asked.index] = None
    return tuple(values), tuple(gone)


def walk(
    edition: Edition, session: Session, values: tuple[Slot, ...], channel: str
) -> tuple[int, tuple[Slot, ...], tuple[Prompt, ...]]:
    """The next question to ask (or one past the last), the values then, and the notes passed on the way."""
    look = _lookup(edition, values)
    notes: list[Prompt] = []
    for asked in edition.questions:
        if values[asked.index] is not None or (asked.relevant and not asked.relevant(look, None)):
            continue
        if asked.type.asks:
            return asked.index, values, tuple(notes)
        note = edition.put(asked.index, session.locale, session.seed, channel).prompt
        notes += (note,) if note.text else ()
        values = set_slot(values, asked.index, Passed.TOLD)
    return len(edition.questions), values, tuple(notes)


def back(edition: Edition, session: Session, channel: str) -> Turn:
    """The previous question again; the first one stays where it is."""
    last = len(edition.questions) if session.phase is Phase.NEWS else session.at
    earlier = [i for i in range(last) if edition.questions[i].type.asks and session.values[i] is not None]
    if not earlier:
        return Turn(session, (), current(edition, session, channel))
    session = session._replace(phase=Phase.ASKING, at=earlier[-1], tries=0)
    return Turn(session, (Returned(name(edition, session)),), current(edition, session, channel))


def unseen(edition: Edition, session: Session, said: str, channel: str) -> Turn:
    """The open question has not left yet: what she says is about the one that brought it, said again or corrected."""
    if session.phase is not Phase.ASKING or session.came == UNSEEN:
        return Turn(session, (Misheard(name(edition, session), "unseen"),))
    asked = edition.questions[session.came]
    put = edition.put(asked.index, session.locale, session.seed, channel)
    value = _value(asked, put, said, edition.tongues[session.locale])
    if isinstance(value, Unclear) or not _holds(edition, session, asked, value):
        return Turn(session, (Misheard(asked.definition.name, "unseen"),))
    values = set_slot(session.values, asked.index, slot_of(asked, value))
    turn = onward(edition, session, values, (_answered(put, asked, value),), channel)
    unmoved = turn.session.at == session.at and turn.session.phase is session.phase
    return turn._replace(prompts=()) if unmoved else turn


def where_she_was(edition: Edition, session: Session) -> Session:
    """Back from the language menu or an invitation to what was open before."""
    chooses = edition.elevated and not session.word
    phase = Phase.OWN_WORD if chooses else Phase.NEWS if session.finished else Phase.ASKING
    return session._replace(phase=phase, tries=0)


def asks_news(edition: Edition) -> bool:
    """Whether the last thing asked is if we may write again; never at elevated risk, nor after a practice."""
    asked = edition.consultation.ask_again and not edition.consultation.practice
    return asked and not edition.elevated


def _finish(edition: Edition, session: Session, events: tuple[Event, ...], notes: tuple[Prompt, ...]) -> Turn:
    tongue = edition.tongues[session.locale]
    if not session.finished:
        events += (Finished(),)
    asks = asks_news(edition)
    phase, last = (Phase.NEWS, tongue.news) if asks else (Phase.DONE, tongue.end)
    session = session._replace(phase=phase, at=max(session.at - 1, 0), finished=True, tries=0)
    return Turn(session, events, (*notes, last))


def news(edition: Edition, session: Session, said: str) -> Turn:
    tongue = edition.tongues[session.locale]
    agreed = pick(said, tongue.tables["yes_no"], tongue.lexicon)
    if isinstance(agreed, Unclear):
        return missed(edition, session, "unclear", again_keys(tongue, "news", "1", "2"))
    return closed(session, (Consented("news", agreed == "yes", tongue.consent_hash),), tongue.end)


def closed(session: Session, events: tuple[Event, ...], last: Prompt) -> Turn:
    return Turn(session._replace(phase=Phase.DONE, tries=0, doubt=Doubt.NONE), events, (last,))


def missed(edition: Edition, session: Session, why: str, again: Prompt, channel: str = "") -> Turn:
    """One more failure here. The third moves on: a question is Skipped, an opening is declined."""
    misheard = Misheard(name(edition, session), why)
    tries = session.tries + 1
    if tries < TRIES:
        return Turn(session._replace(tries=tries), (misheard,), (again,))
    tongue = edition.tongues[session.locale]
    match session.phase:
        case Phase.ASKING if session.values[session.at] is not None:
            # A correction that failed: what she said before counts.
            return onward(edition, session, session.values, (misheard,), channel)
        case Phase.ASKING:
            turn = _skip(edition, session, "misheard", channel)
            return turn._replace(events=(misheard, *turn.events))
        case Phase.LANGUAGE if session.consented:
            session = where_she_was(edition, session)
            return Turn(session, (misheard,), current(edition, session, channel))
        case Phase.NEWS:
            return closed(session, (misheard,), tongue.end)
        case _:
            return closed(session, (misheard, Declined("unclear")), tongue.declined)
