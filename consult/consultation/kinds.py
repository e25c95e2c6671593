"""What a value of the file may be: one small function per kind, from a raw TOML value to what is kept.

Rule 1: a kind returns the value or raises Wrong; `Notes.take` turns that into a fault with its line. Kinds of several
values take each by itself, so that every fault is named.
Rule 2: words hold no control character, no override of direction and no half of a surrogate pair, however written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from difflib import get_close_matches
from typing import Any

from consult.consultation.lines import Path
from consult.consultation.values import Fault

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
TAG = re.compile(r"[a-z]{2,8}([-_][A-Za-z0-9]{2,8}){0,2}")
FILE = re.compile(r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")
# Cc, format characters that hide or turn text (zero-width joiners and direction marks stay: Kurdish and Arabic need
# them), private use, noncharacters, surrogates.
_HIDDEN = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u180e\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
_NOWHERE = "\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
HIDDEN = re.compile(f"[{_HIDDEN}{_NOWHERE}]")
UNSPEAKABLE = re.compile(f"[\t\r{_HIDDEN}{_NOWHERE}]")
MOST_FAULTS = 100
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")

Kind = Callable[["Notes", Any, Path], Any]


class Wrong(Exception):
    """This value cannot stand here: `what` is wrong, and the cure."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(what)
        self.what, self.cure = what, cure


@dataclass(slots=True)
class Notes:
    """The faults so far, and the lines to name with them."""

    lines: Mapping[Path, int]
    faults: list[Fault] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of this path, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def take(self, kind: Kind, value: Any, path: Path) -> Any:
        """The value as this kind reads it, or None after its fault was noted."""
        try:
            return kind(self, value, path)
        except Wrong as wrong:
            self.refuse(path, wrong.what, wrong.cure)
            return None

    @property
    def full(self) -> bool:
        """Enough faults were named; the rest waits until these are mended."""
        return len(self.faults) >= MOST_FAULTS

    def refuse(self, path: Path, what: str, cure: str) -> None:
        if not self.full:
            self.faults.append(Fault("error", f"line {self.line(path)}: {_spoken(path)}".rstrip(": "), what, cure))


def _spoken(path: Path) -> str:
    """A path as a person says it: ("questions", 2, "label", "en") is "question 3, label, en"."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts[-1] = f"{parts[-1].removesuffix('s')} {step + 1}" if parts else str(step + 1)
        else:
            parts.append(shown(step))
    return ", ".join(parts)


def shown(text: object) -> str:
    """Something of the file, safe to print in a message: short, on one line, nothing hidden."""
    whole = str(text)
    plain = HIDDEN.sub("\N{REPLACEMENT CHARACTER}", " ".join(whole[:60].split()))
    return plain[:40] + "..." if len(whole) > 40 else plain


def nearest(word: str, known: Iterable[str]) -> str:
    """ "did you mean ...?" or the list of what is known."""
    options = sorted(known)
    close = get_close_matches(word[:40], options, 1)
    return f"did you mean {close[0]!r}?" if close else f"use one of: {', '.join(options)}"


# ---- one value


def flag(_: Notes, value: Any, __: Path) -> bool:
    if isinstance(value, bool):
        return value
    raise Wrong("must be true or false", "write true or false, without quotes")


def whole(low: int, high: int) -> Kind:
    def kind(_: Notes, value: Any, __: Path) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        raise Wrong("must be a whole number", f"write a number from {low} to {high}, without quotes")

    return kind


def words(limit: int, *, blank: bool = True) -> Kind:
    """Text of at most `limit` characters, without blanks around it; with `blank` false, an empty one is a fault."""

    def kind(_: Notes, value: Any, __: Path) -> str:
        if not isinstance(value, str):
            raise Wrong("must be text", 'write it in quotes: "..."')
        text = value.strip()
        if hidden := UNSPEAKABLE.search(text):
            what = f"holds a hidden character (U+{ord(hidden[0]):04X})"
            raise Wrong(what, "type the text anew; use a space where a tab stands")
        if len(text) > limit:
            raise Wrong(f"has {len(text)} characters", f"use at most {limit}")
        if not text and not blank:
            raise Wrong("is empty", "write it or leave the key out")
        return text

    return kind


def matching(pattern: re.Pattern[str], cure: str) -> Kind:
    def kind(_: Notes, value: Any, __: Path) -> str:
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        raise Wrong(f"{shown(value)!r} cannot be used here", cure)

    return kind


name = matching(NAME, "start with a small letter a-z; then a-z, 0-9 and _ only, at most 32 in all")
tag = matching(TAG, 'write a language tag such as "en", "pcm" or "zh-Hant"')
file = matching(FILE, 'write a file name such as "voice/en/q1.opus": letters, digits, . _ - / and no ..')


def one_of(*options: str) -> Kind:
    def kind(_: Notes, value: Any, __: Path) -> str:
        if isinstance(value, str) and value in options:
            return value
        raise Wrong(f"{shown(value)!r} is not known here", f"use one of: {', '.join(options)}")

    return kind


def day(_: Notes, value: Any, __: Path) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise Wrong("must be a day", "write it as 2027-01-31, without quotes")


def hours(_: Notes, value: Any, __: Path) -> tuple[time, time]:
    """Two local times, as "09:00" or as TOML's own 09:00:00."""
    ends = [_clock(each) for each in value] if isinstance(value, list) else []
    if len(ends) == 2 and ends[0] is not None and ends[1] is not None and ends[0] < ends[1]:
        return ends[0], ends[1]
    raise Wrong("must be two times of one day", 'write safe_hours = ["09:00", "17:00"], earlier first')


def _clock(value: Any) -> time | None:
    if isinstance(value, str) and CLOCK.fullmatch(value):
        return time.fromisoformat(value)
    return value if isinstance(value, time) and not (value.second or value.microsecond or value.tzinfo) else None


# ---- several


def tags(notes: Notes, value: Any, path: Path) -> tuple[str, ...]:
    """One to twelve language tags, each once."""
    if not isinstance(value, list) or not 1 <= len(value) <= 12:
        raise Wrong("must be a list of one to twelve languages", 'write languages = ["en", "fr"]')
    found = tuple(notes.take(tag, each, path) for each in value)
    if len(set(found)) < len(found):
        raise Wrong("names a language twice", "name each once")
    return tuple(each for each in found if each)


def names(notes: Notes, value: Any, path: Path) -> tuple[str, ...]:
    """One to twenty answers, each once."""
    if not isinstance(value, list) or not 1 <= len(value) <= 20:
        raise Wrong("must be a list of one to twenty answers", 'write ["yes"]')
    found = tuple(notes.take(words(40, blank=False), each, path) for each in value)
    if len(set(found)) < len(found):
        raise Wrong("names an answer twice", "name each once")
    return tuple(each for each in found if each)


def table(kind: Kind, keys: Kind, what: str) -> Kind:
    """A table from key to value; empty texts, not translated yet, are left out."""

    def read(notes: Notes, value: Any, path: Path) -> dict[str, Any]:
        if not isinstance(value, dict) or len(value) > 100:
            raise Wrong(f"must be a table of {what}", f'write {shown(path[-1])} = {{en = "..."}}')
        rows = {
            key: notes.take(kind, each, (*path, key))
            for key, each in value.items()
            if notes.take(keys, key, (*path, key))
        }
        return {key: each for key, each in rows.items() if each not in (None, "")}

    return read


def texts(limit: int) -> Kind:
    return table(words(limit), tag, "languages")
