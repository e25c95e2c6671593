"""Before the questions: invitation, language, consent, her own word; and coming back after a lapse."""

from __future__ import annotations

from typing import Literal

from consult.edition import Edition, Tongue
from consult.engine.asking import closed, missed, onward, where_she_was
from consult.engine.turn import Reply, Turn, again_keys, awake, current
from consult.events import Began, Chose, Consented, Declined, Event, Paused, Resumed
from consult.session import UNSEEN, Doubt, Phase, Session
from consult.understand import Unclear, pick, spelled

SHORTEST_WORD = 3  # characters of her own word


def begin(
    edition: Edition,
    at: int,
    *,
    how: Literal["invited", "keyword", "code", "voice"],
    seed: int,
    locale: str = "",
    segments: tuple[tuple[str, str], ...] = (),
) -> Turn:
    """First: the invitation where we write first, else language or consent; `locale` "" asks for the language."""
    known = edition.locale(locale)
    session = Session(
        phase=Phase.INVITED, locale=known or 0, heard=at, seed=seed, values=(None,) * len(edition.questions)
    )
    events: tuple[Event, ...] = (Began(how, seed, segments),)
    if known is not None:
        events += (Chose(locale),)
    if how == "invited":
        return Turn(session, events, (edition.tongues[session.locale].invite,))
    session = _opening(edition, session, known=known is not None)
    return Turn(session, events, current(edition, session, ""))


def _opening(edition: Edition, session: Session, *, known: bool) -> Session:
    asks_language = not known and len(edition.tongues) > 1
    return session._replace(phase=Phase.LANGUAGE if asks_language else Phase.CONSENT, tries=0, came=UNSEEN)


def rejoin(edition: Edition, session: Session, at: int, locale: str = "", *, fresh: bool = False) -> Turn:
    """The keyword after a lapse: consent again, exactly as a stranger would get it, then on at the same question.

    `fresh`, for a phone of several voices: who writes now may be another, so nothing said before is seen or guessed
    from what is asked; all is asked from the beginning, and the last answer counts. Where she chose a word of her own,
    that word tells the voices apart.
    """
    events: tuple[Event, ...] = ()
    if fresh and not session.word:
        session = session._replace(at=0, finished=False, values=(None,) * len(session.values))
        events = (Began("again", session.seed),)
    known = edition.locale(locale)
    session = session._replace(
        heard=at,
        tries=0,
        doubt=Doubt.NONE,
        consented=False,
        locked=False,  # her word is asked for after the consent
        locale=session.locale if known is None else known,
    )
    session = _opening(edition, session, known=known is not None)
    return Turn(session, events, current(edition, session, ""))


def remind(edition: Edition, session: Session) -> Turn:
    """One reminder, identical to the first SMS; 1 goes on where she was."""
    session = session._replace(phase=Phase.INVITED, tries=0, doubt=Doubt.NONE)
    return Turn(session, (), (edition.tongues[session.locale].invite,))


def lapse(session: Session) -> Turn:
    """Silence: what she gave counts as partial. Her keyword brings her back."""
    return Turn(session, () if session.finished else (Paused("silence"),))


def invited(edition: Edition, session: Session, said: str, channel: str) -> Turn:
    tongue = edition.tongues[session.locale]
    match pick(said, tongue.tables["invite"], tongue.lexicon):
        case "now":
            if session.consented:
                session = where_she_was(edition, session)
                return Turn(session, (Resumed(),), current(edition, session, channel))
            session = session._replace(phase=Phase.CONSENT, tries=0)
            return Turn(session, (), current(edition, session, channel))
        case "later":
            return Turn(session._replace(tries=0), (Paused("later"),), (tongue.later,))
        case "no":
            return closed(session, (Declined("invite"),), tongue.declined)
        case _:
            return missed(edition, session, "unclear", again_keys(tongue, "invite", "1", "2", "3"))


def language(edition: Edition, session: Session, said: str, channel: str) -> Turn:
    tag = pick(said, edition.menu_table, edition.tongues[0].lexicon)
    if isinstance(tag, Unclear):
        keys = [choice.key for choice in getattr(edition.menu, "choices", ())]
        return missed(edition, session, "unclear", again_keys(edition.tongues[session.locale], "language", *keys))
    session = session._replace(locale=edition.consultation.languages.index(tag), tries=0)
    session = where_she_was(edition, session) if session.consented else session._replace(phase=Phase.CONSENT)
    return Turn(session, (Chose(tag),), current(edition, session, channel))


def consent(edition: Edition, session: Session, said: str, channel: str) -> Turn:
    tongue = edition.tongues[session.locale]
    agreed = pick(said, tongue.tables["yes_no"], tongue.lexicon)
    if isinstance(agreed, Unclear):
        return missed(edition, session, "unclear", again_keys(tongue, "consent", "1", "2"))
    consented = Consented("take_part", agreed == "yes", tongue.consent_hash)
    if agreed == "no":
        return closed(session, (consented, Declined("consent")), tongue.declined)
    session = session._replace(consented=True, tries=0)
    if edition.elevated:
        session = session._replace(phase=Phase.OWN_WORD)
        return Turn(session, (consented,), (tongue.own_word,))
    return onward(edition, session._replace(phase=Phase.ASKING), session.values, (consented,), channel, first=True)


def own_word(edition: Edition, session: Session, said: str, reply: Reply) -> Turn:
    """Her word, known only by its digest. After a lapse another word means another voice, never her answers."""
    tongue = edition.tongues[session.locale]
    if not reply.mark or _guessable(tongue, said):
        return missed(edition, session, "unclear", tongue.own_word)
    asking = session._replace(phase=Phase.ASKING, tries=0, locked=False)
    if not session.word:
        return onward(edition, asking._replace(word=reply.mark), asking.values, (), reply.channel, first=True)
    if session.word == reply.mark:
        return onward(edition, asking, asking.values, (Resumed(),), reply.channel)
    fresh, values = asking._replace(word=reply.mark, at=0, finished=False), (None,) * len(session.values)
    began = (Began("voice", session.seed), Chose(tongue.tag), Consented("take_part", True, tongue.consent_hash))
    return onward(edition, fresh, values, began, reply.channel, first=True)._replace(voice=True)


def _guessable(tongue: Tongue, said: str) -> bool:
    """A word that an answer could be, or that somebody with her phone would try first."""
    lexicon, word = tongue.lexicon, spelled(said)
    common = lexicon.yes | lexicon.no | lexicon.skip | lexicon.numbers.keys() | lexicon.escapes.keys()
    return len(word) < SHORTEST_WORD or word in common or word in lexicon.commands


def guard(edition: Edition, session: Session, reply: Reply, at: int) -> Turn | None:
    """Elevated risk: her own word ends or reopens; while it is awaited she sees what a stranger sees."""
    if not session.word or session.phase is Phase.OWN_WORD:
        return None
    if not session.consented and not session.locked and reply.mark != session.word:
        return None  # the keyword brought her here: anyone may read the consent, as a stranger does
    shut = session.locked or not awake(edition, session, at, reply.since)
    if reply.mark == session.word:
        if not shut:
            return Turn(session._replace(locked=True, heard=at), (Paused("word"),), stranger=True)
        session = session._replace(locked=False, tries=0, doubt=Doubt.NONE)
        return Turn(session, (Resumed(),), current(edition, session, reply.channel))
    return Turn(session._replace(locked=True), stranger=True) if shut else None
