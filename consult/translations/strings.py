"""The strings of a definition: each text once, with all its languages. Pure.

Rule 1: a string is called as a draft's fields are, without the language: `label.way`, `choice.way.easy`, `top.title`.
Rule 2: which texts there are, and which every language owes, is said in one place: `consult.checks.surroundings`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from consult.checks.surroundings import Saying, sayings
from consult.consultation import VARIANTS, Consultation, Texts
from consult.drafts.fields import CHOICE, LABEL, TEXTS

SHORT: Final = 16  # digits of a mark that a form carries


@dataclass(frozen=True, slots=True)
class String:
    """One text. `owed`: no language can do without it; `most`: characters it may have."""

    id: str
    texts: Texts
    owed: bool
    most: int

    def text(self, tag: str) -> str:
        return self.texts.get(tag, "")

    def field(self, tag: str) -> str:
        """As the fields of a draft call it in this language."""
        return f"{self.id}.{tag}"


def strings(whole: Consultation) -> list[String]:
    """Every text that is there or owed, in the order of the file."""
    return list(_strings(whole))


def _strings(whole: Consultation) -> Iterator[String]:
    for saying in sayings(whole):
        if saying.owed or any(saying.texts.get(tag) for tag in whole.languages):
            yield _string(saying)


def _string(saying: Saying) -> String:
    return String(saying.id, saying.texts, saying.owed, _most(saying.id))


def _most(id: str) -> int:
    kind, rest = id.split(".")[:2]
    if kind == "top":
        return TEXTS[rest]
    return LABEL if kind in ("label", *VARIANTS) else CHOICE


def source(whole: Consultation) -> str:
    """The language that the others are translated from: the first one."""
    return whole.languages[0]


def mark(whole: Consultation, string: String, tag: str) -> str:
    """By which a reading is of this text and its source, and of no other (SHA-256, hex)."""
    pair = json.dumps([string.text(tag), string.text(source(whole))], ensure_ascii=False)
    return sha256(pair.encode()).hexdigest()


def fields(whole: Consultation) -> dict[str, str]:
    """Every text by its field, those that are not written left out."""
    return {
        string.field(tag): string.text(tag) for string in strings(whole) for tag in whole.languages if string.text(tag)
    }
