"""A reply in her language, script and habits -> a value of the question, or a precise reason why not.

Rule 1: never a wrong value. What could mean two things, or a number with a sign, is Unclear; what is none of the
question's own values never comes out; nothing is ever raised.
Rule 2: the whole reply counts. A number word or label inside a longer text is not an answer.
Rule 3: one small typo in a label is forgiven: one edit, not in the first letter (sitaki/nitaki, amoral/moral), label of
four letters or more, and every other label at least two edits further away.
Rule 4: the first words of one label name it ("fear" of "fear of the road"), where they stand in no other. Words from
its midst do not: what stands before them may turn them round ("not safe").
Rule 5: where labels are bands of numbers ("18 to 29", "60 and over"), a number that is no key names the band it is in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from consult.prompts import Choice
from consult.understand.commands import without
from consult.understand.lexicons import Lexicon, spelled
from consult.understand.spelling import LOOK, loose, normalise


class Why(StrEnum):
    """Why a reply could not be taken."""

    UNCLEAR = "unclear"
    EMPTY = "empty"
    AMBIGUOUS = "ambiguous"
    TOO_MANY = "too_many"
    TOO_FEW = "too_few"
    REPEATED = "repeated"
    OUT_OF_RANGE = "out_of_range"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Unclear:
    """No value, and why. What she sent is not kept in it."""

    why: Why


@dataclass(frozen=True, slots=True, eq=False)
class PickTable:
    """The choices of one question in one language, ready to look up; made once by `table`.

    `codes`: spelled reply -> code ("" where a reply would fit two choices). `labels`: (spelled label, code) that a typo
    may be forgiven in. `glued`: every key is one digit, so "13" can be read as 1 and 3. `bands`: (least, most, code).
    """

    codes: Mapping[str, str]
    labels: tuple[tuple[str, str], ...]
    longest: int
    glued: bool
    bands: tuple[tuple[int, int, str], ...] = ()
    recalled: dict[str, tuple[str, ...] | Unclear] = field(default_factory=dict, repr=False)


_LETTER = re.compile(r"[^\W\d_]")
# A question, or a sign glued to the front of a word or number, may mean something ("yes?", "-1", "<5"): not loosened.
_SIGNED = re.compile(r"\?|(?:^|\s)[^\w\s(\[\"'«*#¿¡]\w")
_NUMBER = re.compile(r"\d+")
_FROM_TO = re.compile(r"\d{1,9}(?!\d)\W{0,3}[^\W\d]{0,6}\W{0,3}(?<!\d)\d{1,9}")
_BREAKS = re.compile(r"\.?\s+")
_MOST_PARTS = 40
_SHORT, _RECALLED = 12, 500  # characters of a list of keys; how many of them are remembered for a question
_MOST_DIGITS = 15

_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e01ef]"
)
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


# ---- choices


def table(choices: Sequence[Choice], lexicon: Lexicon) -> PickTable:
    """Everything that names one of `choices` in her language: keys, labels, number words, "1 roads", yes and no."""
    keys = {normalise(choice.key): choice.code for choice in choices}
    codes: dict[str, str] = {}
    for choice in choices:
        for name in set(_names(choice, choices, lexicon)) - keys.keys():
            codes[name] = choice.code if codes.get(name, choice.code) == choice.code else ""
    labels = tuple((label, c.code) for c in choices if len(label := spelled(c.label)) >= 4 and _LETTER.search(label))
    return PickTable(
        codes={name: code for name, code in (codes | keys).items() if name},
        labels=labels,
        longest=max((len(label) for label, _ in labels), default=0),
        glued=all(len(key) == 1 and key.isdecimal() for key in keys),
        bands=_bands(choices),
    )


def pick(said: str, choices: Sequence[Choice] | PickTable, lexicon: Lexicon) -> str | Unclear:
    """The code of the one choice that `said` names. O(1) for a bare key when given a PickTable."""
    known = choices if isinstance(choices, PickTable) else table(choices, lexicon)
    if code := known.codes.get(said):
        return code
    text = _text(said)
    if isinstance(text, Unclear):
        return text
    found = _one(text, known, lexicon)
    if found is None:
        found = _typo(text, known) or _begun(text, known) or _banded(text, known)
    if found is not None:
        return found or Unclear(Why.AMBIGUOUS)
    several = _several(text, known, lexicon)
    return Unclear(Why.UNCLEAR if isinstance(several, Unclear) or len(set(several)) == 1 else Why.TOO_MANY)


def picks(
    said: str, choices: Sequence[Choice] | PickTable, lexicon: Lexicon, least: int, most: int, ranked: bool
) -> tuple[str, ...] | Unclear:
    """The codes that `said` names, in her order: "1 3", "1,3", "1 and 3", labels, "13" where it can mean nothing else.

    A choice named twice counts once; when `ranked` it is asked again, since her order is then not known.
    """
    known = choices if isinstance(choices, PickTable) else table(choices, lexicon)
    code = known.codes.get(said)
    found = (code,) if code else _recalled(said, known, lexicon)
    if isinstance(found, Unclear):
        return found
    once = tuple(dict.fromkeys(found))
    if ranked and len(once) < len(found):
        return Unclear(Why.REPEATED)
    if len(once) < least:
        return Unclear(Why.TOO_FEW)
    return Unclear(Why.TOO_MANY) if len(once) > most else once


def _recalled(said: str, known: PickTable, lexicon: Lexicon) -> tuple[str, ...] | Unclear:
    """Lists of keys come in a few forms only, so they are remembered; words never are."""
    if len(said) > _SHORT or _LETTER.search(said):
        return _read(said, known, lexicon)
    found = known.recalled.get(said)
    if found is None:
        if len(known.recalled) >= _RECALLED:
            known.recalled.clear()
        found = known.recalled[said] = _read(said, known, lexicon)
    return found


# ---- numbers and words


def number(said: str, lexicon: Lexicon, low: int | None, high: int | None) -> int | Unclear:
    """The whole number she sent, between `low` and `high` inclusive (None: no bound), as digits or one number word."""
    if said.isascii() and said.isdecimal():
        return _bounded(said, low, high)
    text = _text(said)
    if isinstance(text, Unclear):
        return text
    bare = without(text, lexicon.polite)
    digits = bare[1:] if bare[:1] == "-" and low is not None and low < 0 else bare
    if digits.isascii() and digits.isdecimal():
        return _bounded(bare, low, high)
    if not text[0].isalnum() or _SIGNED.search(text):
        return Unclear(Why.UNCLEAR)
    value = lexicon.numbers.get(loose(text), lexicon.numbers.get(loose(bare)))
    return Unclear(Why.UNCLEAR) if value is None else _bounded(str(value), low, high)


def words(said: str, limit: int) -> str | Unclear:
    """Her own words, without what is not writing (controls, direction marks, lone surrogates), spaces made single."""
    if len(said) > 4 * limit + LOOK:
        return Unclear(Why.TOO_LONG)
    text = " ".join(_CONTROLS.sub(" ", _INVISIBLE.sub("", said)).split())
    text = unicodedata.normalize("NFC", text)
    if not any(char.isalnum() or unicodedata.category(char) == "So" for char in text):
        return Unclear(Why.EMPTY)
    return Unclear(Why.TOO_LONG) if len(text) > limit else text


def _bounded(digits: str, low: int | None, high: int | None) -> int | Unclear:
    if len(digits) > _MOST_DIGITS:
        return Unclear(Why.OUT_OF_RANGE)
    value = int(digits)
    inside = (low is None or value >= low) and (high is None or value <= high)
    return value if inside else Unclear(Why.OUT_OF_RANGE)


def _text(said: str) -> str | Unclear:
    if len(said) > LOOK:
        return Unclear(Why.TOO_LONG)
    return normalise(said) or Unclear(Why.UNCLEAR if said.strip() else Why.EMPTY)


# ---- what names a choice


def _names(choice: Choice, choices: Sequence[Choice], lexicon: Lexicon) -> Iterator[str]:
    key, label = normalise(choice.key), spelled(choice.label)
    if _LETTER.search(label):
        yield from (label, normalise(choice.label))
    if label[:1].isalpha():
        yield from (f"{key} {label}", f"{label} {key}")
    if key.isdecimal():
        yield from (word for word, value in lexicon.numbers.items() if str(value) == key)
        yield from _numbered(key, choices, lexicon)
    if kind := _yes_or_no(choice, lexicon):
        yield from kind


def _numbered(key: str, choices: Iterable[Choice], lexicon: Lexicon) -> Iterator[str]:
    """ "number 1", "no. 1"; but where "no" is an answer, "no 1" is not a number."""
    answers = {word for choice in choices for word in _yes_or_no(choice, lexicon) or ()}
    for word in lexicon.option - answers:
        yield from (f"{word} {key}", f"{word}{key}")


def _yes_or_no(choice: Choice, lexicon: Lexicon) -> frozenset[str] | None:
    code, label = choice.code.casefold(), spelled(choice.label)
    if code == "yes" or label in lexicon.yes:
        return lexicon.yes
    return lexicon.no if code == "no" or label in lexicon.no else None


def _bands(choices: Iterable[Choice]) -> tuple[tuple[int, int, str], ...]:
    """Those whose labels say "from to", and at the ends one number: below the first, or above the last.

    None where they overlap: then a number could be in two.
    """
    said = [(tuple(map(int, _NUMBER.findall(normalise(each.label)))), each.code) for each in choices]
    whole = sorted((numbers[0], numbers[1], code) for numbers, code in said if len(numbers) == 2)
    if not whole or any(before[1] >= after[0] for before, after in pairwise(whole)):
        return ()
    least, most = whole[0][0], whole[-1][1]
    ends = [(numbers[0], code) for numbers, code in said if len(numbers) == 1]
    below = [(0, number - (number == least), code) for number, code in ends if number <= least]
    above = [(number + (number == most), 10**_MOST_DIGITS, code) for number, code in ends if number >= most]
    return (*below, *whole, *above) if len(below) < 2 and len(above) < 2 else ()


# ---- finding it


def _one(text: str, known: PickTable, lexicon: Lexicon) -> str | None:
    """The code of a normalised text, "" when it fits two choices, None when none."""
    found = _exact(text, known)
    if found is None and _LETTER.search(text) and (bare := without(text, lexicon.polite)) != text:
        found = _exact(bare, known)
    return found


def _exact(text: str, known: PickTable) -> str | None:
    found = known.codes.get(text)
    if found is None and _LETTER.search(text) and not _SIGNED.search(text):
        found = known.codes.get(loose(text))
    return found


def _typo(text: str, known: PickTable) -> str | None:
    if len(text) > known.longest + 8 or not _LETTER.search(text) or _SIGNED.search(text):
        return None
    said = loose(text)
    if not 4 <= len(said) <= known.longest + 1 or any(char.isdecimal() for char in said):
        return None
    from rapidfuzz.distance import OSA

    near = [
        code for label, code in known.labels if said[0] == label[0] and OSA.distance(said, label, score_cutoff=1) < 2
    ]
    others = (name for name, code in known.codes.items() if near and code != near[0])
    return near[0] if near and all(OSA.distance(said, name, score_cutoff=2) > 2 for name in others) else None


def _begun(text: str, known: PickTable) -> str | None:
    """The code of the one label that begins with these words."""
    said = loose(text)
    if len(said) < 4 or not _LETTER.search(said) or _SIGNED.search(text):
        return None
    begun = {code for label, code in known.labels if label.startswith(f"{said} ")}
    elsewhere = {code for label, code in known.labels if f" {said} " in f" {label} "}
    return next(iter(begun)) if len(begun) == 1 and elsewhere == begun else None


def _banded(text: str, known: PickTable) -> str | None:
    """The code of the band a number is in, or whose two numbers these are ("30-44", "18 to 29")."""
    if _FROM_TO.fullmatch(text):
        said = tuple(map(int, _NUMBER.findall(text)))
        if any(str(number) in known.codes for number in said):
            return None
        return next((code for least, most, code in known.bands if (least, most) == said), None)
    if not (text.isascii() and text.isdecimal()) or len(text) > _MOST_DIGITS:
        return None
    return next((code for least, most, code in known.bands if least <= int(text) <= most), None)


def _read(said: str, known: PickTable, lexicon: Lexicon) -> tuple[str, ...] | Unclear:
    text = _text(said)
    if isinstance(text, Unclear):
        return text
    one = _one(text, known, lexicon)
    if one is None:
        one = _typo(text, known) or _begun(text, known)
    if one is None:
        return _several(text, known, lexicon)
    return (one,) if one else Unclear(Why.AMBIGUOUS)


def _several(text: str, known: PickTable, lexicon: Lexicon) -> tuple[str, ...] | Unclear:
    """More than one choice; "thirteen" is one number and never ten and three."""
    if known.glued and text.isdecimal():
        return _glued(text, known)
    if loose(text) in lexicon.numbers:
        return Unclear(Why.UNCLEAR)
    parts = [part.strip() for part in lexicon.joins.split(text)]
    if len(parts) > _MOST_PARTS:
        return Unclear(Why.TOO_MANY)
    found: list[str] = []
    for part in parts:
        codes = _part(part, known, lexicon)
        if not codes:
            return Unclear(Why.UNCLEAR)
        found += codes
    return tuple(found)


def _part(part: str, known: PickTable, lexicon: Lexicon) -> list[str]:
    """The codes of what stands between two separators; none when any of it is not understood."""
    if code := _one(part, known, lexicon) or _typo(part, known):
        return [code]
    tokens = _BREAKS.split(without(part, lexicon.polite) if _LETTER.search(part) else part, _MOST_PARTS)
    codes = [_token(token, known, lexicon) for token in tokens]
    return [code for code in codes if code] if all(codes) else []


def _token(token: str, known: PickTable, lexicon: Lexicon) -> str | None:
    token = token.strip("()#").rstrip(".")
    if code := _exact(token, known):
        return code
    rest = (_exact(token[len(p) :], known) for p in lexicon.and_prefix if token.startswith(p) and token != p)
    return next((code for code in rest if code), None)


def _glued(text: str, known: PickTable) -> tuple[str, ...] | Unclear:
    if len(set(text)) < len(text):
        return Unclear(Why.REPEATED)
    codes = [known.codes.get(digit, "") for digit in text]
    return tuple(codes) if all(codes) else Unclear(Why.UNCLEAR)
