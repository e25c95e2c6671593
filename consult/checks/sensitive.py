"""The lists of words that give a topic away, and finding them in what is sent.

Rule 1: whole words, spelled as replies are (case, accents, marks dropped), in their own language only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from consult.understand.lexicons import spelled


class BadLists(Exception):
    """A file of word lists that cannot be used; the message names the language, the key and the cure."""


@dataclass(frozen=True, slots=True)
class Lists:
    """One language: `words` give the topic away, `experience` asks what was done to herself."""

    words: re.Pattern[str]
    experience: re.Pattern[str]


def found(pattern: re.Pattern[str], text: str) -> list[str]:
    """What of the list the text holds, each once, as spelled."""
    return list(dict.fromkeys(match.strip() for match in pattern.findall(spelled(text))))


def lists(text: str) -> Mapping[str, Lists]:
    """The lists of a TOML text like `sensitive.toml` beside this file. Raises BadLists."""
    import tomllib

    try:
        content = tomllib.loads(text)
    except ValueError as error:
        raise BadLists(f"the word lists are not TOML: {error}") from None
    return MappingProxyType({tag: _of(tag, row) for tag, row in content.items()})


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, Lists]:
    """The lists that come with the program."""
    return lists(files("consult.checks").joinpath("sensitive.toml").read_text("utf-8"))


def _of(tag: str, row: Any) -> Lists:
    if not isinstance(row, dict):
        raise BadLists(f"{tag}: must be a table; begin it with [{tag}]")
    before, words, experience = (_strings(tag, key, row.get(key, [])) for key in ("before", "words", "experience"))
    return Lists(_pattern(words, before), _pattern(experience, before))


def _strings(tag: str, key: str, value: Any) -> Sequence[str]:
    if isinstance(value, list) and all(isinstance(each, str) and spelled(each) for each in value):
        return value
    raise BadLists(f"{tag}, {key}: must be a list of words in quotes, none of them empty")


def _pattern(phrases: Iterable[str], before: Iterable[str]) -> re.Pattern[str]:
    glued = "|".join(re.escape(spelled(each)) for each in before)
    body = "|".join(_phrase(phrase) for phrase in phrases) or r"(?!)"
    return re.compile(rf"(?<!\S)(?:{glued})?(?:{body})(?!\S)")


def _phrase(phrase: str) -> str:
    words = (re.escape(spelled(word)) + (r"\S*" if word.endswith("*") else "") for word in phrase.split())
    return " ".join(word for word in words if word)
