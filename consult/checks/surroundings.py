"""What the checks are given besides the consultation, and how they walk through its texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from consult.consultation import Consultation, Fault, Question, Texts
from consult.questions.kind import place
from consult.understand import Lexicon

Level = Literal["error", "warning", "note"]


class Pack(Protocol):
    """An installed language; the checks need its words only."""

    @property
    def lexicon(self) -> Lexicon: ...


@dataclass(frozen=True, slots=True)
class Saying:
    """One text of the definition in every language. `owed`: every language needs it; `sent`: it reaches her phone.

    `asks`: it is part of a question; `where` as faults name it; `id` as a draft names it, without the language
    (`choice.way.easy`).
    """

    where: str
    id: str
    texts: Texts
    owed: bool = True
    sent: bool = True
    asks: bool = False


_TOP = ("title", "convenor", "readers", "can_promise", "cannot_promise", "referral")
_SENT = ("convenor", "readers", "referral")


def sayings(consultation: Consultation) -> Iterator[Saying]:
    """Every text with its place, in the order of the file."""
    for key in _TOP:
        yield Saying(key, f"top.{key}", getattr(consultation, key), sent=key in _SENT)
    for key in ("background", "consent"):
        texts: Texts = getattr(consultation, key)
        yield Saying(key, f"top.{key}", texts, owed=bool(texts), sent=True)
    yield Saying("keyword", "top.keyword", consultation.keyword, owed=False)
    for question in consultation.questions:
        yield from _of_question(question)


def _of_question(question: Question) -> Iterator[Saying]:
    at = question.name
    yield Saying(place(question), f"label.{at}", question.label, asks=True)
    for medium, texts in question.variants.items():
        yield Saying(place(question, medium), f"{medium}.{at}", texts, owed=False, asks=True)
    message = question.constraint_message
    yield Saying(place(question, "constraint_message"), f"message.{at}", message, owed=bool(message), asks=True)
    for option in question.choices:
        yield Saying(place(question, f"choice {option.name}"), f"choice.{at}.{option.name}", option.label, asks=True)


def said(consultation: Consultation, *, asks: bool = False) -> Iterator[tuple[str, str, str]]:
    """(where, language, words) of everything that may be sent, or of the questions only."""
    for saying in sayings(consultation):
        for tag, words in saying.texts.items():
            if tag in consultation.languages and (saying.asks if asks else saying.sent):
                yield saying.where, tag, words


def fault(level: Level, where: str, what: str, cure: str, language: str = "") -> Fault:
    return Fault(level, f"{where}, {language}" if language else where, what, cure, language)
