"""The other direction: what the facts alone tell of a conversation, and which answers count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from consult.edition import Edition
from consult.engine.asking import set_slot, slot_of, walk
from consult.engine.turn import TRIES
from consult.events import (
    Answered,
    Began,
    Chose,
    Consented,
    Declined,
    Erased,
    Event,
    Finished,
    Misheard,
    Resumed,
    Returned,
    Skipped,
    Stopped,
    Value,
)
from consult.session import Passed, Phase, Session

NO_TRY = ("late", "unseen")  # messages that were not about the open question


def replay(edition: Edition, events: Iterable[Event]) -> Session:
    """The session that these facts tell: who consented, what counts, where she stands. Her own word is in no fact."""
    session = Session(phase=Phase.LANGUAGE, locale=0, heard=0, values=(None,) * len(edition.questions))
    for event in events:
        session = _apply(edition, session, event)
    return session


def _apply(edition: Edition, session: Session, event: Event) -> Session:
    match event:
        case Began(how, seed, _):
            phase = Phase.INVITED if how == "invited" else Phase.LANGUAGE
            nothing = (None,) * len(edition.questions)
            return session._replace(phase=phase, seed=seed, values=nothing, consented=False, finished=False, tries=0)
        case Chose(tag):
            return session._replace(locale=edition.consultation.languages.index(tag), tries=0)
        case Consented("take_part", True, _):
            return _stand(edition, session._replace(consented=True))
        case Answered(name, value, _, _, _):
            asked = edition.questions[edition.index[name]]
            values = set_slot(session.values, asked.index, slot_of(asked, value))
            return _stand(edition, session._replace(values=values, tries=0))
        case Skipped(name, why):
            index = edition.index[name]
            slot = None if why == "withdrawn" else Passed.SKIPPED
            return _stand(edition, session._replace(values=set_slot(session.values, index, slot)))
        case Returned(name):
            return session._replace(phase=Phase.ASKING, at=edition.index[name], tries=0)
        case Misheard(name, why) if why not in NO_TRY and name in edition.index:
            session = session._replace(tries=session.tries + 1)
            return _stand(edition, session) if session.tries == TRIES else session
        case Resumed():
            return session._replace(tries=0)
        case Finished():
            return session._replace(finished=True)
        case Stopped() | Erased() | Declined() | Consented("news", _, _):
            return session._replace(phase=Phase.DONE)
        case _:
            return session


def _stand(edition: Edition, session: Session) -> Session:
    at, values, _ = walk(edition, session, session.values, "")
    return session._replace(phase=Phase.ASKING, at=at, tries=0, values=values)


def counted(events: Iterable[Event]) -> Iterator[tuple[str, Value]]:
    """The answers that count: per question the last Answered, unless it was skipped or withdrawn later.

    On a shared phone a pass that was begun again, and consented to, takes the place of the one before.
    """
    last: dict[str, Value] = {}
    again = False
    for event in events:
        match event:
            case Began(how, _, _):
                again = how == "again"
            case Consented("take_part", True, _) if again:
                last.clear()
                again = False
            case Answered(name, value, _, _, _):
                last[name] = value
            case Skipped(name, _):
                last.pop(name, None)
    yield from last.items()
