"""The published editions, compiled once a process and found by name, version or keyword.

Rule 1: `published` rises with each publication or retirement (a setting in the store): one row tells a process to look.
Rule 2: a keyword belongs to one consultation; publishing refuses a second claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from consult import numbers, phrases, spoken_phrases
from consult.consultation import read
from consult.edition import Edition, Pack, compile_edition
from consult.prompts import Tell
from consult.store import View
from consult.store.records import Published
from consult.understand import Lexicon, normalise

COUNTER = "published"


@dataclass(frozen=True, slots=True)
class Current:
    """The newest version of every consultation that is not retired, and who answers to which keyword.

    `keywords`: normalised word -> (name, language, or "" where several languages share the word).
    """

    counter: str
    newest: Mapping[str, Published]
    keywords: Mapping[str, tuple[str, str]]
    lexicons: tuple[Lexicon, ...]


class Joining(NamedTuple):
    """A keyword was sent: for which consultation, in which language ("" where it does not tell), what followed."""

    name: str
    locale: str
    rest: str


@dataclass(frozen=True, slots=True)
class Strangers:
    """What someone with no open conversation gets, whoever she is."""

    cover: Tell
    stopped: Tell
    erased: Tell
    received: Tell  # all that a locked node says


@dataclass(slots=True)
class Library:
    """Compiled editions. Shared by threads; entries are immutable and never change."""

    packs: Mapping[str, Pack]
    _editions: dict[str, Edition] = field(default_factory=dict)
    _versions: dict[tuple[str, int], Edition] = field(default_factory=dict)
    _current: Current | None = None

    def strangers(self, locale: str) -> Strangers:
        """The sentences of this hub's own language."""
        say = self.packs[locale].say
        return Strangers(
            Tell(name="cover", text=phrases.stranger(say), spoken=spoken_phrases.stranger(say), locale=locale),
            Tell(name="stopped", text=phrases.stopped(say), spoken=spoken_phrases.stopped(say), locale=locale),
            Tell(name="erased", text=phrases.erased(say), spoken=spoken_phrases.erased(say), locale=locale),
            Tell(name="received", text=phrases.end(say), spoken=spoken_phrases.end(say), locale=locale),
        )

    def edition(self, published: Published) -> Edition:
        """The compiled edition of a published version."""
        found = self._editions.get(published.sha256)
        if found is None or found.version != published.version:
            found = compile_edition(read(published.toml), published.version, self.packs)
            self._editions[published.sha256] = found
        return found

    def version(self, view: View, name: str, version: int) -> Edition:
        """The compiled edition of this version; the store is asked once, since versions never change.

        Raises LookupError when it was never published here.
        """
        found = self._versions.get((name, version))
        if found is None:
            published = view.published(name, version)
            if published is None:
                raise LookupError("a conversation's version is gone")
            found = self._versions[name, version] = self.edition(published)
        return found

    def current(self, view: View) -> Current:
        """What can be joined now, as this view sees it."""
        counter = view.setting(COUNTER) or ""
        if self._current is None or self._current.counter != counter:
            self._current = self._survey(view, counter)
        return self._current

    def _survey(self, view: View, counter: str) -> Current:
        newest = {published.name: published for published in view.editions()}
        newest = {name: published for name, published in newest.items() if published.retired is None}
        keywords: dict[str, tuple[str, str]] = {}
        for name, published in newest.items():
            consultation = self.edition(published).consultation
            for tag in consultation.languages:
                key = normalise(consultation.keyword.get(tag, ""))
                keywords[key] = (name, "" if key in keywords else tag)
        keywords.pop("", None)
        return Current(counter, newest, keywords, tuple(pack.lexicon for pack in self.packs.values()))


def matching(current: Current, said: str) -> Joining | None:
    """What a message that begins with a keyword asks for; None for every other."""
    first, _, rest = normalise(said[:200]).partition(" ")
    found = current.keywords.get(first) or current.keywords.get(first.rstrip(".,;:!"))
    return Joining(*found, rest.strip()) if found else None


def day_of(at: int) -> int:
    """Whole days since 1970-01-01."""
    return at // 86_400


def window(edition: Edition, at: int) -> str:
    """Where a moment lies: "early", "in_time" or "late", by the opening and closing days of the consultation's area."""
    if not edition.consultation.opening and not edition.consultation.closing:
        return "in_time"
    place = edition.consultation.timezone or numbers.zone_of_area(edition.consultation.area)
    today = datetime.fromtimestamp(at, ZoneInfo(place) if place else UTC).date()
    opening, closing = edition.consultation.opening, edition.consultation.closing
    if opening and today < opening:
        return "early"
    return "late" if closing and today > closing else "in_time"
