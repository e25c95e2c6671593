"""A station's settings: one small TOML file, kept beside the definitions.

    name = "Radio River"
    frequency = "98.1 FM"
    sms = "+15005550006"            # texts with the consultation's keyword go here
    call = "+15005550007"           # calls to the studio
    beeps = ["+15005550008", "+15005550009", "+15005550010"]    # for beep votes, one for each answer
    names = ["Amina", "Musa"]       # flagged on slips, beside what looks like a name anyhow
    [cost]                          # per language, what answering costs; else a general sentence
    en = "A text message costs 10 shillings."
    thanks = true                   # who rings for a vote is thanked once by a message, in safe hours; off if left out
    [words_per_minute]              # how fast your presenter reads: time a minute of reading
    ha = 118

Rule 1: without a file there is a script too: it names no station and no number, and says so.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
LARGEST = 16 * 1024  # characters
# Where to begin until the presenter was timed: about 140 words of English a minute are read on the air. Reading takes
# the same time a letter in alphabets with vowels (doi 10.1167/iovs.11-8284): so the others follow from the length
# of words in the examples; Arabic by that study's own ratio to English.
USUAL_PACE = {"ar": 85, "ckb": 120, "en": 140, "es": 130, "fr": 130, "ha": 145, "pcm": 145, "sw": 105}


class BadStation(Exception):
    """A file that is no station's settings; the message names the key and the cure."""


@dataclass(frozen=True, slots=True)
class Station:
    """What a station decides. Empty where it was not told."""

    name: str = ""
    frequency: str = ""
    sms: str = ""
    call: str = ""
    beeps: tuple[str, ...] = ()  # numbers that are rung and never answered, one for each answer
    names: tuple[str, ...] = ()  # common names where it is heard: flagged on slips
    thanks: bool = False
    cost: Mapping[str, str] = field(default_factory=dict)
    words_per_minute: Mapping[str, int] = field(default_factory=dict)

    def pace(self, tag: str) -> int:
        """Words a minute in this language."""
        return self.words_per_minute.get(tag) or USUAL_PACE.get(tag, 120)


def read(text: str) -> Station:
    """The station a file's text tells of. Raises BadStation."""
    if len(text) > LARGEST:
        raise BadStation("the station's file is too large; a few lines are enough")
    try:
        told = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        raise BadStation("the station's file is no TOML; see the example in the README") from None
    if unknown := sorted(set(told) - set(Station.__slots__)):
        raise BadStation(f"{unknown[0][:40]!r} is unknown; use {', '.join(Station.__slots__)}")
    words = {key: _words(key, told.get(key, "")) for key in ("name", "frequency", "sms", "call")}
    cost = {tag: _words(f"cost.{tag}", line) for tag, line in _table("cost", told).items()}
    if type(thanks := told.get("thanks", False)) is not bool:
        raise BadStation("thanks is true or false")
    paces = _paces(told)
    return Station(**words, beeps=_beeps(told), names=_names(told), thanks=thanks, cost=cost, words_per_minute=paces)


def _beeps(told: Mapping[str, Any]) -> tuple[str, ...]:
    numbers = told.get("beeps", [])
    if not isinstance(numbers, list) or not all(isinstance(each, str) and _NUMBER.fullmatch(each) for each in numbers):
        raise BadStation('beeps is a list of numbers: ["+15005550008", "+15005550009"]')
    if len(set(numbers)) != len(numbers):
        raise BadStation("beeps names a number twice")
    return tuple(numbers)


def _names(told: Mapping[str, Any]) -> tuple[str, ...]:
    names = told.get("names", [])
    if not isinstance(names, list) or len(names) > 1000:
        raise BadStation('names is a list of at most 1000 single words: ["Amina", "Musa"]')
    words = tuple(_words("names", name) for name in names)
    if any(len(word.split()) != 1 for word in words):
        raise BadStation("names holds single words")
    return words


def _paces(told: Mapping[str, Any]) -> dict[str, int]:
    paces = _table("words_per_minute", told)
    for tag, pace in paces.items():
        if type(pace) is not int or not 40 <= pace <= 300:
            raise BadStation(f"words_per_minute.{tag[:20]} is a whole number from 40 to 300")
    return paces


def _table(key: str, told: Mapping[str, Any]) -> dict[str, Any]:
    table = told.get(key, {})
    if not isinstance(table, dict):
        raise BadStation(f"{key} is a table of languages: [{key}]")
    return table


def _words(key: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > 200 or not value.isprintable():
        raise BadStation(f"{key} is one line of at most 200 letters, in quotation marks")
    return value.strip()
