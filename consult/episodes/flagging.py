"""What must not be written on a slip, and is taken out of a text: numbers, addresses, names. Pure.

Rule 1: a number of three or more digits, in any script and however spaced, and an address of any kind are refused.
Rule 2: what may be a name is flagged, for a person to look at: a capital within a sentence, and words that are listed.
It is a net with holes: most scripts have no capitals, and no list has all names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MOST_WORDS, LONGEST = 12, 160
_ADDRESS = re.compile(r"@|://|www\.|\b\w+\.(com|org|net|info)\b", re.IGNORECASE)
_BETWEEN = re.compile(r"(?<=\d)[\s.,()/+-]{1,3}(?=\d)")
_DIGITS = re.compile(r"\d{3}")
_NUMBER = re.compile(r"\+?\d(?:[\s.,()/+-]{0,3}\d){2,}")
_WHOLE_ADDRESS = re.compile(r"\S*(?:@|://|www\.|\w\.(?:com|org|net|info)\b)\S*", re.IGNORECASE)
MASK = "[...]"
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_ENDS = frozenset(".!?:…")


def fault(point: str) -> str:
    """Why this cannot be written: "long", "number", "address", "hidden"; "" where it can."""
    return "long" if len(point.split()) > MOST_WORDS or len(point) > LONGEST else betrays(point)


def betrays(words: str) -> str:
    """What in words of any length may tell who somebody is: "number", "address", or a "hidden" sign; "" for none."""
    if any(unicodedata.category(sign) in ("Cc", "Cs", "Co") for sign in words):
        return "hidden"
    if _ADDRESS.search(words):
        return "address"
    return "number" if _DIGITS.search(_BETWEEN.sub("", words)) else ""


def mask(text: str, listed: Iterable[str] = ()) -> str:
    """Somebody else's words without numbers of three or more digits, addresses and what may be a name."""
    text = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co") or sign in "\n ")
    text = _WHOLE_ADDRESS.sub(MASK, text)
    text = _NUMBER.sub(MASK, text)
    names = set(maybe_names(text, listed))
    return mask_listed(_WORD.sub(lambda found: MASK if found[0] in names else found[0], text), listed)


def mask_listed(text: str, listed: Iterable[str]) -> str:
    """The words without those that are listed, however they are written."""
    known = {each.casefold() for each in listed}
    return _WORD.sub(lambda found: MASK if found[0].casefold() in known else found[0], text) if known else text


def maybe_names(point: str, listed: Iterable[str] = ()) -> list[str]:
    """Words that may be somebody's or some place's name, in their order."""
    known = {each.casefold() for each in listed}
    return [
        found[0] for found in _WORD.finditer(point) if found[0].casefold() in known or _capital(point, found.start())
    ]


def _capital(point: str, start: int) -> bool:
    """A capital that no sentence's beginning explains; "I" stands alone in English."""
    before = point[:start].rstrip()
    if not point[start].isupper() or not before or before[-1] in _ENDS:
        return False
    return _WORD.match(point, start)[0] != "I"  # type: ignore[index]  # it is where a word begins
