"""One message of hers: commands first, then what her phase makes of it."""

from __future__ import annotations

from consult.channel import HungUp, Keys, Recording, Said, Text
from consult.edition import Edition
from consult.engine.asking import asks_news, back, closed, fits, news, question, recorded, unseen
from consult.engine.opening import begin, consent, guard, invited, language, own_word
from consult.engine.turn import Reply, Turn, awake, current, name, tag
from consult.events import Alerted, Erased, Event, Misheard, Paused, Stopped
from consult.session import SEEN, UNSEEN, Doubt, Phase, Session
from consult.understand import Command, command, pick, spelled

LONGEST = 40  # characters of a stop word with its signs
_MAYBE = (Command.MAYBE_STOP, Command.MAYBE_ERASE)


def hear(edition: Edition, session: Session, reply: Reply, at: int) -> Turn:
    """One message of hers. Pure; never raises for anything she can send."""
    turn = _taken(edition, session, reply, at)
    came = _came(session, turn.session, reply)
    heard = turn.session.heard if turn.stranger or reply.old else at  # neither wakes what rests, nor sets it back
    return Turn(turn.session._replace(heard=heard, came=came), turn.events, turn.prompts, turn.stranger, turn.voice)


def _came(before: Session, after: Session, reply: Reply) -> int:
    """What her next message is about, should what is open now not have left by then."""
    hidden = reply.unseen and before.came != SEEN
    if reply.old:
        return before.came
    if reply.owed:
        return UNSEEN
    if before.doubt and not after.doubt and after.at == before.at and after.phase is before.phase:
        return before.came  # she answered what we doubted: what waited then waits still
    if after.phase is before.phase and after.at == before.at:
        return before.came if hidden else SEEN
    if before.phase is not Phase.ASKING or after.phase is not Phase.ASKING:
        went_back = after.phase is Phase.ASKING and before.phase is Phase.NEWS
        return SEEN if went_back else UNSEEN
    if after.values[after.at] is not None:
        return SEEN
    return before.came if hidden else before.at


def _taken(edition: Edition, session: Session, reply: Reply, at: int) -> Turn:
    said = _words(reply.said)
    order = _order(edition, session, said)
    if order is Command.STOP:
        return _stopped(edition, session)
    if order is Command.ERASE:
        return _erased(edition, session)
    if session.phase is Phase.DONE or isinstance(reply.said, HungUp):
        return Turn(session)
    if reply.old:
        return Turn(session, (Misheard(name(edition, session), "late"),))
    if edition.elevated and (guarded := guard(edition, session, reply, at)):
        return guarded
    if not awake(edition, session, at, reply.since):
        return Turn(session, stranger=True)
    if reply.owed:
        return Turn(session, (), current(edition, session, reply.channel))
    if reply.late:
        return Turn(session, (Misheard(name(edition, session), "late"),), current(edition, session, reply.channel))
    if reply.unseen and session.doubt:
        return Turn(session, (Misheard(name(edition, session), "unseen"),))
    if reply.unseen and session.came != SEEN and order in (None, *_MAYBE):
        return unseen(edition, session, said, reply.channel)
    if session.doubt:
        return _doubted(edition, session, said, reply)
    if order is None:
        return _answer(edition, session, said, reply)
    return _obey(edition, session, order, said, reply)


def _words(said: Said) -> str:
    match said:
        case Text():
            return said.text
        case Keys():
            return said.keys
        case _:
            return ""


def _order(edition: Edition, session: Session, said: str) -> Command | None:
    """A command in her language; while no language is known, in any language of the consultation. Digits are none."""
    if said.isdecimal():
        return None
    if session.phase is Phase.LANGUAGE:
        found = (command(said, tongue.lexicon) for tongue in edition.tongues)
        return next((order for order in found if order), None)
    free = session.phase is Phase.ASKING and _free(edition, session)
    return command(said, edition.tongues[session.locale].lexicon, free=free) or _told_elsewhere(edition, said)


def _told_elsewhere(edition: Edition, said: str) -> Command | None:
    """STOP or ERASE in another language of the consultation: the consent may have told her that one."""
    return None if len(said) > LONGEST else edition.ends.get(spelled(said))


def _free(edition: Edition, session: Session) -> bool:
    return edition.questions[session.at].definition.type == "text"


def _obey(edition: Edition, session: Session, order: Command | None, said: str, reply: Reply) -> Turn:
    match order:
        case Command.HELP | Command.ALERT:  # one answer for both: what she sees tells nobody which it was
            helped = (edition.tongues[session.locale].help,)
            alert = (Alerted(),) if order is Command.ALERT else ()
            return Turn(session, alert, helped + current(edition, session, reply.channel))
        case Command.BACK if session.phase is Phase.ASKING or session.phase is Phase.NEWS:
            return back(edition, session, reply.channel)
        case Command.LATER:
            return Turn(session, (Paused("later"),), (edition.tongues[session.locale].later,))
        case Command.LANGUAGE if session.phase is Phase.OWN_WORD and session.word:
            return Turn(session, (), current(edition, session, reply.channel))
        case Command.LANGUAGE if len(edition.tongues) > 1:
            asking = session._replace(phase=Phase.LANGUAGE, tries=0)
            return Turn(asking, (), current(edition, asking, reply.channel))
        case Command.VOICE if session.phase is not Phase.INVITED:
            return begin(
                edition, session.heard, how="voice", seed=session.seed + 1 & 255, locale=tag(edition, session)
            )._replace(voice=True)
        case Command.MAYBE_STOP | Command.MAYBE_ERASE if not fits(edition, session, said, reply.channel):
            return _doubt(edition, session, order, said, reply.channel)
        case _:
            return _answer(edition, session, said, reply)


def _answer(edition: Edition, session: Session, said: str, reply: Reply) -> Turn:
    if isinstance(reply.said, Recording) and session.phase is Phase.ASKING and _free(edition, session):
        return recorded(edition, session, reply.said, reply.channel)
    match session.phase:
        case Phase.ASKING:
            return question(edition, session, said, reply.channel)
        case Phase.INVITED:
            return invited(edition, session, said, reply.channel)
        case Phase.LANGUAGE:
            return language(edition, session, said, reply.channel)
        case Phase.CONSENT:
            return consent(edition, session, said, reply.channel)
        case Phase.OWN_WORD:
            return own_word(edition, session, said, reply)
        case _:
            return news(edition, session, said)


def _stopped(edition: Edition, session: Session) -> Turn:
    return closed(session, (Stopped(),), edition.tongues[session.locale].stopped)


def _erased(edition: Edition, session: Session) -> Turn:
    return closed(session, (Erased(),), edition.tongues[session.locale].erased)


def _doubt(edition: Edition, session: Session, order: Command, said: str, channel: str) -> Turn:
    """A text answer that contains the word is kept as the answer it is; then she is asked what she meant."""
    doubt = Doubt.STOP if order is Command.MAYBE_STOP else Doubt.ERASE
    events: tuple[Event, ...] = ()
    if session.phase is Phase.ASKING and _free(edition, session):
        turn = question(edition, session, said, channel)
        session, events = turn.session, turn.events
        if session.phase is Phase.DONE:
            session = session._replace(phase=Phase.NEWS)
    meant = edition.tongues[session.locale].doubts[doubt - 1]
    return Turn(session._replace(doubt=doubt), events, (meant,))


def _doubted(edition: Edition, session: Session, said: str, reply: Reply) -> Turn:
    tongue = edition.tongues[session.locale]
    meant = pick(said, tongue.tables["yes_no"], tongue.lexicon)
    if meant == "yes":
        return _stopped(edition, session) if session.doubt is Doubt.STOP else _erased(edition, session)
    session = session._replace(doubt=Doubt.NONE)
    if session.phase is Phase.NEWS and not asks_news(edition):
        return closed(session, (), tongue.end)
    if meant == "no":
        return Turn(session, (), current(edition, session, reply.channel))
    order = _order(edition, session, said)
    plain = order is None or order in _MAYBE
    if plain and session.came != SEEN:  # her text was taken: what she adds is no answer to what she has not seen
        return Turn(session, (Misheard(name(edition, session), "unseen"),), current(edition, session, reply.channel))
    return _obey(edition, session, None if plain else order, said, reply)
