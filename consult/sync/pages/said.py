"""What was said in a row, fact by fact: which kind, in which language, and the fields of each but those of an answer.

Rule 1: the way a conversation goes (it begins, a language is chosen, she consents, question follows question, it is
finished) is expected; whatever else happened is said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from consult import events
from consult.events import Answered, Began, Event
from consult.sync.pages import answers
from consult.sync.pages.codebook import Codebook, Entry
from consult.sync.pages.columns import SPREAD, Columns, Where

Said = tuple[tuple[Event, str], ...]  # each fact with the language it was in

CHANCE = 256  # as many seeds as the engine draws from
KINDS: tuple[type[Any] | None, ...] = (
    *(None, events.Began, events.Chose, events.Consented, events.Answered, events.Misheard, events.Skipped),
    *(events.Returned, events.Paused, events.Resumed, events.Declined, events.Finished, events.Stopped),
    *(events.Alerted, events.Erased),
)  # None: the row ends
NUMBERS = {kind: number for number, kind in enumerate(KINDS)}
_NOTHING = Answered("", "")
ASKING = (events.Consented, events.Answered, events.Skipped)  # after these comes the next question, or the end


@dataclass
class Trail:
    """What the facts so far let expect: the last kind, the place of the next question, her language, the seed."""

    book: Codebook
    channel: str
    kind: type[Any] | None = None
    at: int = 0
    locale: str = ""
    seed: int | None = None

    def __post_init__(self) -> None:
        self.at = self._asked(0)

    def expected(self) -> type[Any] | None:
        if self.kind in ASKING:
            return events.Answered if self.at < len(self.book.entries) else events.Finished
        return _NEXT.get(self.kind)

    def _asked(self, at: int) -> int:
        """From here the next question that asks; notes are told and leave no fact."""
        entries = self.book.entries
        return next((place for place in range(at, len(entries)) if entries[place].type != "note"), len(entries))

    def turn(self, place: int | None, entry: Entry) -> int | None:
        """By how many her choices are turned; None where they are not, or nothing tells."""
        if place is None or not entry.rotates or not entry.codes or self.seed is None:
            return None
        return (self.seed + place) % len(entry.codes)

    def went(self, event: Event) -> None:
        self.kind = type(event)
        question = getattr(event, "question", None)
        if question in self.book.places:
            self.at = self._asked(self.book.places[question] + isinstance(event, Answered | events.Skipped))
        if isinstance(event, Began):
            self.seed = event.seed


_NEXT: dict[type[Any] | None, type[Any]] = {
    None: events.Began,
    events.Began: events.Chose,
    events.Chose: events.Consented,
    events.Misheard: events.Answered,
    events.Returned: events.Answered,
    events.Resumed: events.Answered,
}


def code(columns: Columns, book: Codebook, channel: str, said: Said) -> Said:
    """The facts through the columns, either way. Raises TooMuch, Garbled."""
    trail = Trail(book, channel)
    out: list[tuple[Event, str]] = []
    while True:
        event, locale = said[len(out)] if len(out) < len(said) else (None, "")
        kind = _kind(columns, trail, type(event) if event else None)
        if kind is None:
            return tuple(out)
        trail.locale = _locale(columns, trail, locale)
        out.append((_event(columns, trail, kind, event), trail.locale))
        trail.went(out[-1][0])


def _locale(columns: Columns, trail: Trail, locale: str) -> str:
    """The language it has been so far, else one of the consultation's, else any."""
    if trail.locale and columns.flag(("locale?",), locale == trail.locale, usual=True):
        return trail.locale
    known = trail.book.languages
    place = columns.one(("locale",), len(known) + 1, known.index(locale) if locale in known else len(known), -1, SPREAD)
    return known[place] if place < len(known) else columns.word(("another locale",), locale)


def _kind(columns: Columns, trail: Trail, kind: type[Any] | None) -> type[Any] | None:
    expected, where = trail.expected(), (trail.kind, trail.at)
    if columns.flag(("kind?", *where), kind is expected, usual=True):
        return expected
    return KINDS[columns.one(("kind", *where), len(KINDS), NUMBERS[kind])]


def _event(columns: Columns, trail: Trail, kind: type[Any], event: Event | None) -> Any:
    if kind is Answered:
        return _answered(columns, trail, event if isinstance(event, Answered) else _NOTHING)
    fields: list[Any] = []
    for name, column in _FIELDS.get(kind, ()):
        fields.append(column(columns, trail, (kind, name), getattr(event, name, None)))
    return kind(*fields)


def _answered(columns: Columns, trail: Trail, given: Answered) -> Answered:
    name = _question(columns, trail, (), given.question)
    place = trail.book.places.get(name)
    entry = Entry(name, "") if place is None else trail.book.entries[place]
    return answers.code(columns, entry, trail.turn(place, entry), trail.channel, given)


def _word(columns: Columns, trail: Trail, where: Where, value: str | None) -> str:  # noqa: ARG001 - columns are alike
    return columns.word(where, value or "")


def _flag(columns: Columns, trail: Trail, where: Where, value: bool | None) -> bool:  # noqa: ARG001
    return columns.flag(where, bool(value), usual=True)


def _chosen(columns: Columns, trail: Trail, where: Where, value: str | None) -> str:
    """Mostly the language that this fact is in."""
    said = columns.flag(where, value == trail.locale, usual=True)
    return trail.locale if said else columns.word((*where, "other"), value or "")


def _wording(columns: Columns, trail: Trail, where: Where, value: str | None) -> str:
    """Mostly the consent of the codebook in her language."""
    usual = trail.book.wordings.get(trail.locale)
    if usual is not None and columns.flag(where, value == usual, usual=True):
        return usual
    return columns.word((*where, "other"), value or "")


def _seed(columns: Columns, trail: Trail, where: Where, value: int | None) -> int:  # noqa: ARG001
    """Mostly a byte of chance."""
    seed = value or 0
    if columns.flag(where, 0 <= seed < CHANCE, usual=True):
        return columns.even(CHANCE, seed)
    return columns.signed((*where, "other"), seed)


def _segments(columns: Columns, trail: Trail, where: Where, value: Any) -> tuple[tuple[str, str], ...]:  # noqa: ARG001
    given, known = value or (), trail.book.segments
    count = columns.off(("segments",), len(given), len(known))
    out: list[tuple[str, str]] = []
    for place in range(count):
        name, what = given[place] if place < len(given) else ("", "")
        name = _segment_name(columns, place, known[place][0] if place < len(known) else None, name)
        values = trail.book.values.get(name, ())
        out.append((name, _segment(columns, name, values, what)))
    return tuple(out)


def _segment_name(columns: Columns, place: int, usual: str | None, name: str) -> str:
    if usual is not None and columns.flag(("segment?", place), name == usual, usual=True):
        return usual
    return columns.word(("segment name",), name)


def _segment(columns: Columns, name: str, known: tuple[str, ...], what: str) -> str:
    """One of the values that were declared, else any."""
    place = known.index(what) if what in known else len(known)
    place = columns.one(("segment", name), len(known) + 1, place, -1, SPREAD)
    return known[place] if place < len(known) else columns.word(("another segment", name), what)


def _question(columns: Columns, trail: Trail, where: Where, value: str | None) -> str:  # noqa: ARG001
    """The question that is next, else another one's place, else a name that is none's."""
    entries, places = trail.book.entries, trail.book.places
    at = trail.at if trail.at < len(entries) else -1
    if at >= 0 and columns.flag(("question?", at), value == entries[at].name, usual=True):
        return entries[at].name
    place = columns.one(("question", at), len(entries) + 1, places.get(value or "", len(entries)))
    return entries[place].name if place < len(entries) else columns.word(("question",), value or "")


_Column = Callable[[Columns, Trail, Where, Any], Any]
_FIELDS: dict[type[Any], tuple[tuple[str, _Column], ...]] = {
    events.Began: (("how", _word), ("seed", _seed), ("segments", _segments)),
    events.Chose: (("locale", _chosen),),
    events.Consented: (("scope", _word), ("agreed", _flag), ("wording", _wording)),
    events.Misheard: (("question", _question), ("why", _word)),
    events.Skipped: (("question", _question), ("why", _word)),
    events.Returned: (("question", _question),),
    events.Paused: (("why", _word),),
    events.Declined: (("at", _word),),
}
