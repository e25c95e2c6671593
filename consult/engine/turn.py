"""What goes into a turn and what comes out, and the prompts that say where she stands."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from consult import phrases
from consult.channel import Said
from consult.edition import Edition, Tongue
from consult.events import Event
from consult.prompts import Prompt, Tell
from consult.session import Phase, Session

HOUR = 3600
AWAKE = 72 * HOUR  # writing again resumes at the same question
AWAKE_ELEVATED = HOUR // 2
TRIES = 3
WRONG = HOUR // 4  # seconds two of our own times may be the wrong way round


class Reply(NamedTuple):
    """What she said, and what the edges know of it.

    `mark` is the keyed digest of her text (elevated risk). `late`: sent before the open question was asked.
    `unseen`: the open question is still in the letterbox. `owed`: it expired there and must go first.
    `channel`: whose wording she sees. `since`: when the invitation was handed over (epoch seconds), where that is later
    than what the session knows. `old`: held or from a carrier's list, and she was heard since: it stops or erases, else
    nothing.
    """

    said: Said
    mark: bytes = b""
    late: bool = False
    unseen: bool = False
    owed: bool = False
    channel: str = ""
    since: int = 0
    old: bool = False


class Turn(NamedTuple):
    """What follows. `voice`: the session is another voice's on this phone and begins beside the old one."""

    session: Session
    events: tuple[Event, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    stranger: bool = False
    voice: bool = False


def awake(edition: Edition, session: Session, at: int, since: int = 0) -> bool:
    """Whether writing again still resumes. An invitation waits from when it was handed over (`since`)."""
    heard = max(session.heard, since) if session.phase is Phase.INVITED else session.heard
    if heard - at > WRONG:
        return not edition.elevated  # our clock went back: how long she was silent cannot be told
    return at - heard < patience(edition, session)


def patience(edition: Edition, session: Session) -> int:
    """Seconds of silence after which it rests: 72 hours, half an hour at elevated risk once she has taken it up."""
    return AWAKE_ELEVATED if edition.elevated and session.phase is not Phase.INVITED else AWAKE


def current(edition: Edition, session: Session, channel: str) -> tuple[Prompt, ...]:
    """What is open now, said again from its beginning."""
    tongue = edition.tongues[session.locale]
    if session.doubt:
        return (tongue.doubts[session.doubt - 1],)
    match session.phase:
        case Phase.INVITED:
            return (tongue.invite,)
        case Phase.LANGUAGE:
            return (edition.menu,)
        case Phase.CONSENT:
            return tongue.consent
        case Phase.OWN_WORD:
            return (tongue.own_word,)
        case Phase.NEWS:
            return (tongue.news,)
        case Phase.DONE:
            return ()
        case _:
            return (prompt(edition, session, channel),)


def prompt(edition: Edition, session: Session, channel: str) -> Prompt:
    return edition.put(session.at, session.locale, session.seed, channel).prompt


def again_keys(tongue: Tongue, name: str, *keys: str) -> Prompt:
    return replace(tell(tongue, phrases.again_pick(tongue.say, keys)), name=name)


def tell(tongue: Tongue, text: str) -> Tell:
    return Tell(name="again", text=text, locale=tongue.tag)


def tag(edition: Edition, session: Session) -> str:
    return edition.tongues[session.locale].tag


def name(edition: Edition, session: Session) -> str:
    """What her message was about: a question's name, else the phase's."""
    if session.phase is Phase.ASKING:
        return edition.questions[session.at].definition.name
    return session.phase.name.lower()
