"""What people wrote in answer to one question, for those who find themes in it: masked, in the shape of Coda V2.

It takes two people, as rows do. What comes back is read by `consult.themes`.

Rule 1: a message is an answer that counts: its text, the month, and a name that tells nobody whose it is
(`Opening.message`). Nothing of who she is, how she came, on which channel or in which language.
Rule 2: every digit, address, joining code and sign that hides is masked, and what may be a name: a capital within a
sentence, a word of the list that is given or that moderators keep. It is a net with holes: somebody looks before it
goes further.
Rule 3: of fewer than ten people there is none, nor one that differs from the last by fewer (as `consult.exporting`).
Rule 4: a sensitive question's words go to nobody, nor does what a moderator holds back (`consult.moderation`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from consult import codes
from consult.consultation import Question
from consult.engine import counted
from consult.episodes.flagging import MASK, mask
from consult.events import Answered, Began, Consented, Event, Skipped
from consult.exporting import TooSoon
from consult.figures import NoSuch, opened
from consult.findings.gate import MINIMUM
from consult.findings.persons import worded
from consult.house import House
from consult.library import day_of
from consult.moderation import listing
from consult.store import Tx, View
from consult.store.records import Fact, Published
from consult.unsealing import Opening

_LAST: Final = "exported texts "  # the setting's name, before the consultation's and the question's
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class _Before:
    """The last export: up to which fact, and how many people who had answered by then could be opened."""

    arrival: int
    people: int


def texts(
    house: House,
    name: str,
    question: str,
    *,
    at: int,
    by: str,
    listed: Iterable[str] = (),
    private: bytes | None = None,
) -> list[dict[str, Any]]:
    """Every message, in the order of their names; noted as exported. `listed`: words that are masked too.

    Raises figures.NoSuch, custody.NoKey, exporting.TooSoon, vault.Unopenable.
    """
    opening = opened(house, name, private)
    found = gathered(house, opening, question, at=at, by=by, listed=listed)
    return [_message(message, fact, words) for message, fact, words in found]


def gathered(
    house: House, opening: Opening, question: str, *, at: int, by: str, listed: Iterable[str] = ()
) -> list[tuple[str, Fact, str]]:
    """Name, fact and masked words of every message, in the order of their names; noted as written for somebody.

    Raises figures.NoSuch, exporting.TooSoon, vault.Unopenable.
    """
    name, known = opening.published.name, [*listed, *listing.words(house, opening.published.name)]
    found, now = _enough(house, opening, question)
    house.store.write(partial(_note, name, question, now, at, by))
    made = [(message, fact, masked(codes.hidden(house, name, words, MASK), known)) for message, fact, words in found]
    return sorted(made, key=lambda each: each[0])


def ready(house: House, opening: Opening, question: str) -> None:
    """Whether `gathered` would give anything now; nothing is noted, for nobody is shown a word. Raises as it."""
    _enough(house, opening, question)


def _enough(house: House, opening: Opening, question: str) -> tuple[list[tuple[str, Fact, str]], _Before]:
    """Name, fact and words of every message, and what is to be remembered of them. Raises as `gathered`."""
    name = opening.published.name
    may_be_read(house, opening.published, question)
    held = house.store.read(lambda view: view.writings_held(name))
    told = ((opening.message(fact), fact, words) for fact, words in _written(opening, question))
    found = [each for each in told if each[0] not in held]
    if len({fact.person for _, fact, _ in found}) < MINIMUM:
        raise TooSoon(f"fewer than {MINIMUM} people wrote to {question}: nothing of it is shown to anybody")
    before = house.store.read(partial(_last, name, question))
    now, moved = _standing(opening, question, before)
    if 0 < moved < MINIMUM:
        raise TooSoon(
            f"since the last texts of {question} fewer than {MINIMUM} people wrote or left: beside those, new ones "
            "would show who they are. Use the earlier file, or wait"
        )
    return found, now


def may_be_read(house: House, published: Published, question: str) -> None:
    """Raises figures.NoSuch where nobody may read what was written to it (rule 4), or it is not answered in words."""
    if asked(house, published, question).sensitive:
        raise NoSuch(f"{question} is sensitive: what was written to it goes to nobody")


def asked(house: House, published: Published, name: str) -> Question:
    """The question of this name that is answered in words. Raises figures.NoSuch naming those there are."""
    questions = house.library.edition(published).consultation.questions
    known = {each.name: each for each in questions if each.type == "text"}
    if name not in known:
        raise NoSuch(f"no question {name!r} answered in words; there are: {', '.join(known) or 'none'}")
    return known[name]


def names(opening: Opening, question: str) -> frozenset[str]:
    """What every answer in words to it is called, whether it still counts or not."""
    return frozenset(
        opening.message(fact)
        for fact, event in opening.events()
        if isinstance(event, Answered) and event.question == question and worded(event.value)
    )


def _written(opening: Opening, question: str) -> Iterator[tuple[Fact, str]]:
    """In each frame, the answer of each person that counts."""
    events: dict[tuple[str, int], list[Event]] = {}
    newest: dict[tuple[str, int], Fact] = {}
    for fact, event in opening.events():
        if fact.verdict != "in_time" or not _matters(event, question):
            continue
        events.setdefault((fact.frame, fact.person), []).append(event)
        if isinstance(event, Answered):
            newest[fact.frame, fact.person] = fact
    for who, fact in newest.items():
        value = dict(counted(events[who])).get(question)
        if isinstance(value, str) and worded(value):
            yield fact, value


def _matters(event: Event, question: str) -> bool:
    return isinstance(event, Began | Consented) or (
        isinstance(event, Answered | Skipped) and event.question == question
    )


def _message(name: str, fact: Fact, words: str) -> dict[str, Any]:
    month = (date(1970, 1, 1) + timedelta(days=fact.day)).replace(day=1)
    return {
        "MessageID": name,
        "Text": words,
        "CreationDateTimeUTC": f"{month}T00:00:00Z",
        "Labels": [],
    }


def masked(words: str, listed: Iterable[str] = ()) -> str:
    """Her words without digits, addresses, what hides, and what may be a name."""
    return _DIGITS.sub(MASK, mask(words, listed))


# ---- beside the last


def _standing(opening: Opening, question: str, before: _Before | None) -> tuple[_Before, int]:
    """What is to be remembered, and how many people differ from what was exported before."""
    old, fresh = set[int](), set[int]()
    for fact, event in opening.events():
        if isinstance(event, Answered | Skipped) and event.question == question:
            (old if before is None or fact.arrival <= before.arrival else fresh).add(fact.person)
    left = max(before.people - len(old), 0) if before else 0
    return _Before(opening.latest, len(old | fresh)), len(fresh) + left if before else 0


def _last(name: str, question: str, view: View) -> _Before | None:
    kept = view.setting(f"{_LAST}{name} {question}")
    return _Before(**json.loads(kept)) if kept else None


def _note(name: str, question: str, now: _Before, at: int, by: str, tx: Tx) -> None:
    tx.set(f"{_LAST}{name} {question}", json.dumps(asdict(now)))
    tx.note(day_of(at), f"what people wrote to {question} of {name} was written, masked, by {by}")
