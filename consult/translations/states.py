"""Where each string stands in each language: empty, draft, reviewed or not needed. Pure.

Rule 1: nothing is remembered beside the readings: a state follows from the text, its source and who read exactly these.
Rule 2: only what a language can do without may be not needed; it is not needed by itself where the source lacks it too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from consult.consultation import Consultation
from consult.store.records import Reading
from consult.translations.strings import String, mark, source, strings

State = Literal["empty", "draft", "reviewed", "needless"]
Known = Mapping[tuple[str, str, str], Reading]  # string, language, mark


@dataclass(frozen=True, slots=True)
class Standing:
    """A string in a language. `reading`: of exactly this text and source, where there is one."""

    string: String
    tag: str
    state: State
    source: str  # what it is translated from
    mark: str
    reading: Reading | None = None

    @property
    def text(self) -> str:
        return self.string.text(self.tag)


def known(readings: Iterable[Reading]) -> Known:
    return {(each.string, each.tag, each.mark): each for each in readings}


def standings(whole: Consultation, readings: Known, tags: Iterable[str] = ()) -> list[Standing]:
    """Every string in these languages (default: all), string by string."""
    chosen = tuple(tags) or whole.languages
    return [standing(whole, string, tag, readings) for string in strings(whole) for tag in chosen]


def standing(whole: Consultation, string: String, tag: str, readings: Known) -> Standing:
    """Of one."""
    by = mark(whole, string, tag)
    found, before = readings.get((string.id, tag, by)), string.text(source(whole))
    return Standing(string, tag, _state(string, tag, before, found), before, by, found)


def _state(string: String, tag: str, before: str, found: Reading | None) -> State:
    if string.text(tag):
        return "reviewed" if found and found.state == "reviewed" else "draft"
    waived = not before or (found is not None and found.state == "needless")
    return "needless" if waived and not string.owed else "empty"


def counted(found: Iterable[Standing]) -> dict[str, Counter[State]]:
    """How many of each state, by language."""
    counts: dict[str, Counter[State]] = {}
    for each in found:
        counts.setdefault(each.tag, Counter())[each.state] += 1
    return counts


def unchecked(whole: Consultation, readings: Known) -> tuple[str, ...]:
    """The languages of which some text had no second reader."""
    drafts = {each.tag for each in standings(whole, readings) if each.state == "draft"}
    return tuple(tag for tag in whole.languages if tag in drafts)


def gaps(whole: Consultation) -> dict[str, list[String]]:
    """What keeps a language from being published: the owed texts that it lacks."""
    owed = [string for string in strings(whole) if string.owed]
    found = {tag: [string for string in owed if not string.text(tag)] for tag in whole.languages}
    return {tag: lacking for tag, lacking in found.items() if lacking}


def unchanged(whole: Consultation, live: Consultation, tag: str) -> bool:
    """Whether every text of this language, and what it is translated from, is as it is in `live`."""
    marks = {string.id: mark(live, string, tag) for string in strings(live)}
    return all(marks.get(each.id) == mark(whole, each, tag) for each in strings(whole) if each.text(tag))


def outdated(whole: Consultation, live: Consultation) -> tuple[str, ...]:
    """The languages in which a text is as it was in `live` although its source is another since."""
    before, first = {string.id: string for string in strings(live)}, source(whole)
    pairs = [(each, before[each.id]) for each in strings(whole) if each.id in before]
    anew = [(now, old) for now, old in pairs if now.text(first) != old.text(first)]
    return tuple(
        tag
        for tag in whole.languages
        if tag != first and any(now.text(tag) and now.text(tag) == old.text(tag) for now, old in anew)
    )
