"""What a question type is, and what all of them share: the escapes and how a prompt is dressed.

A type turns a definition into a prompt, a reply into a value, values into counts, and a value into the few bytes that a
conversation's state has room for. It knows no channel and keeps nothing.

Rule 1: an answer of the question's own comes first, then an escape, then the reason why neither.
Rule 2: a packed value begins with a byte that tells its length or that it is an escape (the three highest bytes).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal, TypedDict

from consult import understand
from consult.consultation import Fault, Question
from consult.events import Escape, Value
from consult.prompts import Choice, Pick, Prompt
from consult.understand import Lexicon, PickTable, Unclear
from consult.understand.spelling import loose
from consult.wording import Say

ESCAPES = tuple(Escape)
FIRST_ESCAPE = 256 - len(ESCAPES)  # as a byte
_BYTES = {escape: bytes((FIRST_ESCAPE + place,)) for place, escape in enumerate(ESCAPES)}


class QuestionType(ABC):
    """One type. `name` is XLSForm's; a type that only tells has `asks` false and is never given a reply."""

    name: ClassVar[str]
    asks: ClassVar[bool] = True

    @abstractmethod
    def check(self, question: Question) -> Iterable[Fault]:
        """What is wrong with the shape of this question: bounds, choices, keys that mean nothing here."""

    @abstractmethod
    def ask(self, question: Question, locale: str, order: tuple[str, ...], say: Say) -> Prompt:
        """The prompt in this language; `order` is the codes as she sees them, () for the file's order."""

    @abstractmethod
    def bare(self, question: Question, number: int, order: tuple[str, ...], locale: str, say: Say) -> Prompt:
        """The same as a code only ("Q3: 1, 2 or 3"); `number` counts from 1 among the questions that ask."""

    @abstractmethod
    def value(
        self, question: Question, said: str, prompt: Prompt, lexicon: Lexicon, table: PickTable | None = None
    ) -> Value | Unclear:
        """What she answered, or why it cannot be told. `table`: the choices of the prompt, made ready, if any."""

    @abstractmethod
    def again(self, question: Question, prompt: Prompt, say: Say) -> str:
        """The sentence that names the allowed replies after one that could not be taken."""

    @abstractmethod
    def tally(self, question: Question, values: Iterable[Value]) -> dict[str, int]:
        """How many gave each answer, in the definition's order, then how many gave each escape, by name."""

    @abstractmethod
    def pack(self, question: Question, value: Value) -> bytes:
        """The value in a few bytes that tell where they end."""

    @abstractmethod
    def unpack(self, question: Question, data: bytes, offset: int) -> tuple[Value, int]:
        """The value that `pack` wrote at `offset`, and where the next one begins. Raises IndexError when cut short."""


# ---- prompts


class Dress(TypedDict):
    """The fields that every prompt of a question has."""

    name: str
    text: str
    locale: str
    variants: Mapping[str, str]
    audio: Mapping[str, str]
    bare: bool


def dressed(question: Question, locale: str) -> Dress:
    """The question's words, variants and recordings in this language. Raises KeyError where it has no label in it."""
    return {
        "name": question.name,
        "text": question.label[locale],
        "locale": locale,
        "variants": {medium: texts[locale] for medium, texts in question.variants.items() if locale in texts},
        "audio": {medium: files[locale] for medium, files in question.audio.items() if locale in files},
        "bare": False,
    }


def stripped(question: Question, text: str, locale: str) -> Dress:
    """A code instead of the question's words; no variant and no recording could give the topic away."""
    return {"name": question.name, "text": text, "locale": locale, "variants": {}, "audio": {}, "bare": True}


def shown(question: Question, order: tuple[str, ...], locale: str) -> tuple[Choice, ...]:
    """The choices with their keys "1", "2", ... in the order she sees. Raises KeyError for a missing label."""
    labels = {option.name: option.label[locale] for option in question.choices}
    return tuple(Choice(str(place), code, labels[code]) for place, code in enumerate(order or labels, 1))


def choices(prompt: Prompt) -> tuple[Choice, ...]:
    return prompt.choices if isinstance(prompt, Pick) else ()


def keys(prompt: Prompt) -> list[str]:
    return [choice.key for choice in choices(prompt)]


def count(question: Question) -> list[str]:
    """The keys of as many choices as the question has."""
    return [str(place) for place in range(1, len(question.choices) + 1)]


# ---- replies


def escaped(said: str, lexicon: Lexicon, table: PickTable) -> Escape | None:
    """The escape she gave, unless those very words name a choice of this question."""
    found = understand.escape(said, lexicon, digits=True)
    if found is None:
        return None
    text = understand.normalise(said)
    return None if table.codes.get(text) or table.codes.get(loose(text)) else found


def ready(prompt: Prompt, lexicon: Lexicon, table: PickTable | None) -> PickTable:
    return table or understand.table(choices(prompt), lexicon)


# ---- counts and bytes


def codes(question: Question) -> list[str]:
    """What is kept for each choice, in the definition's order."""
    return [option.name for option in question.choices]


def counted(codes: Iterable[str], values: Iterable[str]) -> dict[str, int]:
    """How often each of `codes`, the escapes and whatever else occurs, in that order; 0 for what does not."""
    counts = dict.fromkeys((*codes, *(escape.value for escape in ESCAPES)), 0)
    for value in values:
        key = str(value)
        counts[key] = counts.get(key, 0) + 1
    return counts


def packed_escape(value: Value) -> bytes | None:
    return _BYTES[value] if isinstance(value, Escape) else None


def unpacked_escape(byte: int) -> Escape | None:
    return ESCAPES[byte - FIRST_ESCAPE] if byte >= FIRST_ESCAPE else None


# ---- faults of shape

_KEYS: Mapping[str, tuple[str, Any]] = {
    "choices": ("choices", ()),
    "start": ("low", None),
    "end": ("high", None),
    "most": ("most", None),
    "least": ("least", 1),
    "limit": ("limit", 500),
    "order": ("order", "fixed"),
    "constraint": ("constraint", ""),
    "on_air": ("on_air", ""),
}


def fault(question: Question, what: str, cure: str, level: Literal["error", "warning", "note"] = "error") -> Fault:
    return Fault(level, place(question), what, cure)


def place(question: Question, more: str = "") -> str:
    """Where a question is, as faults say it: "line 12, question water"."""
    line = f"line {question.line}, " if question.line else ""
    return f"{line}question {question.name}{', ' + more if more else ''}"


def unused(question: Question, *used: str) -> Iterable[Fault]:
    """A fault for each key that is set and means nothing for this type."""
    for key, (field, default) in _KEYS.items():
        if key not in used and getattr(question, field) != default:
            yield fault(question, f"{key} means nothing for {question.type}", f"remove {key}, or change the type")


def enough_choices(question: Question, least: int = 2) -> Sequence[Fault]:
    if len(question.choices) >= least:
        return ()
    return [fault(question, "has too few choices", f"write at least {least} [[questions.choices]]")]
