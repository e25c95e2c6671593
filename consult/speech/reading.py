"""Finding the sound of a line while a call waits: what a channel that speaks is given as its `Voices`.

Rule 1: recorded in her dialect, recorded in her language, read by a machine; only then the same line in the next
        language she knows, as the locale registry has it ("ckb" -> "ar" -> "en"), of those the consultation speaks.
Rule 2: what is missing is looked for, never raised: a call goes on without a sound, it does not end for want of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from consult.edition import Edition
from consult.speech.script import Item, Speeches, lines, turns
from consult.speech.shelf import Shelf, Speech
from consult.wording import locale


@dataclass(frozen=True, slots=True)
class Reader:
    """Finds sounds. `dialects`: language -> its dialect; `others`: a line's key -> the same in the next languages."""

    shelf: Shelf
    dialects: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, Sequence[Speech]] = field(default_factory=dict)

    def own(self, speech: Speech) -> str | None:
        """The name of an audio file in her own language; None where there is none."""
        take = self.shelf.take(speech, self.dialects.get(speech.locale, ""))
        return take.name if take else None

    def find(self, speech: Speech) -> str | None:
        """The name of an existing audio file, recorded or draft; None where there is none."""
        for each in (speech, *self.others.get(speech.key, ())):
            if take := self.shelf.take(each, self.dialects.get(each.locale, "")):
                return take.name
        return None


class Readers:
    """The readers of every consultation that is held here, for a carrier that knows none of them.

    A line that several consultations say is found by the reader of the one learnt last.
    """

    def __init__(self, shelf: Shelf, speakers: Mapping[str, Speeches]) -> None:
        self._plain, self._shelf, self._speakers = Reader(shelf), shelf, speakers
        self._by_line: dict[str, Reader] = {}
        self._learnt: set[tuple[str, int]] = set()

    def learn(self, edition: Edition) -> None:
        """Find this edition's lines as it wants them, from now on. Asked again it costs nothing."""
        which = (edition.consultation.name, edition.version)
        if which in self._learnt:
            return
        made = reader(edition, self._speakers, self._shelf)
        self._by_line.update(dict.fromkeys((line.speech.key for line in lines(edition, self._speakers)), made))
        self._learnt.add(which)

    def own(self, speech: Speech) -> str | None:
        return self._by_line.get(speech.key, self._plain).own(speech)

    def find(self, speech: Speech) -> str | None:
        return self._by_line.get(speech.key, self._plain).find(speech)


def reader(edition: Edition, speakers: Mapping[str, Speeches], shelf: Shelf) -> Reader:
    """The reader of an edition; made once, as editions are."""
    return Reader(shelf, edition.consultation.dialect, otherwise(edition, speakers))


def otherwise(edition: Edition, speakers: Mapping[str, Speeches]) -> dict[str, tuple[Speech, ...]]:
    """Each line's key -> the same line in the next languages she knows; without those that have none."""
    said = {tag: list(turns(edition, place)) for place, tag in enumerate(edition.consultation.languages)}
    found: dict[str, tuple[Speech, ...]] = {}
    for tag, items in said.items():
        after = [said[other] for other in _after(tag) if other in said]
        for speeches in speakers.values() if after else ():
            for mine, *theirs in zip(items, *after, strict=True):
                found.update(_paired(speeches, mine, theirs))
    return found


def _paired(speeches: Speeches, mine: Item, theirs: Sequence[Item]) -> Iterator[tuple[str, tuple[Speech, ...]]]:
    """A turn that has more or fewer lines in another language is not paired with it: line would not go with line."""
    said = [speech for _, speech, _ in speeches([mine])]
    same = [[speech for _, speech, _ in speeches([item])] for item in theirs]
    for line, *others in zip(said, *(each for each in same if len(each) == len(said)), strict=True):
        yield line.key, tuple(others)


def _after(tag: str) -> Iterator[str]:
    """The languages that a speaker of this one is likely to know, nearest first."""
    while fallback := locale(tag).fallback:
        yield (tag := fallback)
