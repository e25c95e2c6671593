"""A language's words: what each `locales/<lang>/words.toml` says, checked once and spelled for looking up.

Rule 1: within one language no word means two things; the file is refused otherwise, with the key and the cure.
Rule 2: STOP and ARRET mean stop in every language, and so do the words on which carriers themselves block her.
Rule 3: the first word of a list is the one she is told. It must survive the cheapest SMS alphabet and must not be a
word that carriers answer on their own (HELP would bring her a stranger's text).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from consult.events import Escape
from consult.understand.spelling import loose, normalise


class Command(StrEnum):
    """What she asks of the conversation itself. A MAYBE_* is asked once before it is done."""

    STOP = "stop"
    MAYBE_STOP = "maybe_stop"
    ERASE = "erase"
    MAYBE_ERASE = "maybe_erase"
    HELP = "help"
    BACK = "back"
    LANGUAGE = "language"
    VOICE = "voice"
    ALERT = "alert"
    LATER = "later"


class BadWords(Exception):
    """A words.toml that cannot be used; the message names the file, the key and the cure."""


# Carriers block after these (single words, whole message): Twilio's default list, its Proxy adds the French ones.
CARRIERS_STOP = frozenset(
    {"stop", "stopall", "unsubscribe", "end", "quit", "cancel", "revoke", "optout", "arret", "arrete", "arrett"}
)
CARRIERS_HELP = frozenset({"help", "info"})
CARRIERS = CARRIERS_STOP | CARRIERS_HELP | {"start", "yes", "unstop"}
STOP_EVERYWHERE = frozenset({"stop", "arret"})  # also asked about inside longer text
PADDING_EVERYWHERE = frozenset({"please", "pls", "plz", "svp", "all", "it", "now", "this", "me", "sms", "messages"})

_TOLD = ("stop", "erase", "help", "back", "language", "voice", "alert", "later")
_TOLD_ESCAPES = tuple(escape.value for escape in Escape)
_REQUIRED = ("yes", "no", *_TOLD, *_TOLD_ESCAPES)
_OPTIONAL = ("stop_alone", "skip", "and", "and_prefix", "option", "polite", "padding")
_MEANINGS = (*_REQUIRED, "stop_alone", "skip")  # the lists that may not share a word
_LATIN = re.compile("[A-Za-z]")


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """One language's words, every one spelled as `loose(normalise(word))`.

    `told`: key of words.toml -> the word she is told, in capitals. `inside`: single words that may mean stop or erase
    inside longer text. `near`: stop words with doubled or swapped letters. `plain`: for `str.translate`, characters
    that double the price of an SMS -> what readers of this language accept instead. `pending`: no native review yet.
    """

    locale: str
    name: str
    pending: bool
    told: Mapping[str, str]
    yes: frozenset[str]
    no: frozenset[str]
    skip: frozenset[str]
    numbers: Mapping[str, int]
    commands: Mapping[str, Command]
    inside: Mapping[str, Command]
    near: Mapping[str, Command]
    escapes: Mapping[str, Escape]
    longest_escape: int  # words
    polite: frozenset[str]
    padding: frozenset[str]
    option: frozenset[str]
    ands: frozenset[str]
    joins: re.Pattern[str] = field(repr=False)
    and_prefix: tuple[str, ...]
    plain: Mapping[int, str]


def lexicon(words: Mapping[str, Any], locale: str) -> Lexicon:
    """The lexicon of a parsed words.toml. Raises BadWords."""
    page = _Page(words, f"locales/{locale}/words.toml")
    page.check_keys()
    lists = {key: page.words(key) for key in (*_REQUIRED, *_OPTIONAL)}
    numbers = page.numbers()
    page.check_meanings(lists, numbers)
    commands = _commands(lists)
    inside = _inside(lists)
    escapes = {word: escape for escape in Escape for word in lists[escape.value]}
    escapes |= dict.fromkeys(lists["skip"], Escape.PREFER_NOT)
    return Lexicon(
        locale=locale,
        name=page.text("name"),
        pending=words.get("pending") is not False,
        told={key: page.told(key) for key in (*_TOLD, *_TOLD_ESCAPES)},
        yes=lists["yes"],
        no=lists["no"],
        skip=lists["skip"],
        numbers=numbers,
        commands=commands,
        inside=inside,
        near=_near(inside, {word for key in _MEANINGS if key != "stop" for word in lists[key]} | numbers.keys()),
        escapes=escapes,
        longest_escape=max((len(word.split()) for word in escapes), default=0),
        polite=lists["polite"],
        padding=lists["polite"] | lists["padding"] | PADDING_EVERYWHERE,
        option=lists["option"],
        ands=lists["and"],
        joins=_joins(lists["and"]),
        and_prefix=tuple(sorted(lists["and_prefix"])),
        plain=page.plain(),
    )


def spelled(word: str) -> str:
    """A word of a list, a label or a keyword as it is looked up."""
    return loose(normalise(word))


def _commands(lists: Mapping[str, frozenset[str]]) -> dict[str, Command]:
    found = dict.fromkeys(CARRIERS_STOP | lists["stop_alone"], Command.STOP)
    found |= dict.fromkeys(CARRIERS_HELP, Command.HELP) | {"alert": Command.ALERT}
    for key in _TOLD:
        found |= dict.fromkeys(lists[key], Command(key))
    return found


def _inside(lists: Mapping[str, frozenset[str]]) -> dict[str, Command]:
    found = dict.fromkeys(STOP_EVERYWHERE | lists["stop"], Command.MAYBE_STOP)
    found |= dict.fromkeys(lists["erase"], Command.MAYBE_ERASE)
    return {word: kind for word, kind in found.items() if " " not in word}


def _near(inside: Mapping[str, Command], others: set[str]) -> dict[str, Command]:
    stops = [word for word, kind in inside.items() if kind is Command.MAYBE_STOP and len(word) >= 4]
    found = {swap: Command.MAYBE_STOP for word in stops for swap in _swaps(word)}
    found |= {squeeze(word): Command.STOP for word in stops}
    return {word: kind for word, kind in found.items() if word not in others}


def _swaps(word: str) -> Iterator[str]:
    for i in range(len(word) - 1):
        yield word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def squeeze(word: str) -> str:
    """Runs of one letter made one: "stooopp" -> "stop"."""
    return re.sub(r"(.)\1+", r"\1", word)


def _joins(ands: Iterable[str]) -> re.Pattern[str]:
    """What separates one choice from the next: a comma, slash, plus, "&", or her word for "and" beside no letter."""
    either = "|".join(re.escape(word) for word in sorted(ands, key=len, reverse=True))
    word = rf"|(?<![^\W\d_])(?:{either})(?![^\W\d_])" if either else ""
    return re.compile(rf"[,;/&+*]+{word}")


@dataclass(frozen=True, slots=True)
class _Page:
    given: Mapping[str, Any]
    file: str

    def bad(self, what: str) -> BadWords:
        return BadWords(f"{self.file}: {what}")

    def check_keys(self) -> None:
        known = {"name", "pending", "numbers", "plain", *_REQUIRED, *_OPTIONAL}
        if unknown := sorted(set(self.given) - known):
            raise self.bad(f"`{unknown[0]}` is no key of a words file; use one of {', '.join(sorted(known))}")

    def text(self, key: str) -> str:
        value = self.given.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.bad(f"`{key}` is missing; give the language's name in itself")
        return value.strip()

    def raw(self, key: str) -> list[str]:
        value = self.given.get(key, [] if key in _OPTIONAL else None)
        if value is None or (key in _REQUIRED and not value):
            raise self.bad(f"`{key}` is missing; add a list of words, the one she is told first")
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise self.bad(f'`{key}` must be a list of words such as ["one", "two"]')
        return value

    def words(self, key: str) -> frozenset[str]:
        found = {word: spelled(word) for word in self.raw(key)}
        if empty := [word for word, spelling in found.items() if not spelling]:
            raise self.bad(f"`{key}` holds {empty[0]!r}, which has no letters; remove it")
        return frozenset(found.values())

    def told(self, key: str) -> str:
        word = self.raw(key)[0]
        if _LATIN.search(word) and not word.isascii():
            raise self.bad(f"`{key}` begins with {word!r}, which would double the price; put a plain spelling first")
        if key != "stop" and spelled(word) in CARRIERS:
            raise self.bad(f"`{key}` begins with {word!r}, which carriers act on themselves; put another word first")
        return word.upper()

    def numbers(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for word, value in self.table("numbers").items():
            if type(value) is not int or not 0 <= value <= 1_000 or not spelled(word):
                raise self.bad(f"`numbers`: {word!r} must be a word for a whole number from 0 to 1000")
            if found.setdefault(spelled(word), value) != value:
                raise self.bad(f"`numbers`: {word!r} stands for two numbers; keep one")
        return found

    def plain(self) -> dict[int, str]:
        found = self.table("plain")
        for char, other in found.items():
            if len(char) != 1 or not isinstance(other, str) or not other.isascii():
                raise self.bad(f"`plain`: {char!r} must be one character, replaced by plain ASCII letters")
        return {ord(char): other for char, other in found.items()}

    def table(self, key: str) -> Mapping[str, Any]:
        value = self.given.get(key, {})
        if not isinstance(value, Mapping):
            raise self.bad(f"`{key}` must be a table; write [{key}] above its lines")
        return value

    def check_meanings(self, lists: Mapping[str, frozenset[str]], numbers: Mapping[str, int]) -> None:
        owner = dict.fromkeys(CARRIERS_STOP, "stop") | dict.fromkeys(CARRIERS_HELP, "help") | {"alert": "alert"}
        meanings = [(word, key) for key in _MEANINGS for word in sorted(lists[key])]
        for word, key in [*meanings, *((word, "numbers") for word in numbers)]:
            if owner.setdefault(word, key) != key:
                raise self.bad(f"`{word}` stands under {owner[word]} and under {key}; keep it under one")
        for word in sorted(owner.keys() & (lists["polite"] | lists["padding"])):
            if word in lists["polite"] or owner[word] in ("stop", "erase", "no"):
                raise self.bad(f"`{word}` stands under {owner[word]} and among the polite words; keep it under one")
