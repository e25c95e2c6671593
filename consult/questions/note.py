"""note: something told, in one breath with the question after it. It asks nothing and has no answers."""

# ruff: noqa: ARG002 - all types have the same methods, whether or not they need every argument
from __future__ import annotations

from collections.abc import Iterable

from consult.consultation import Fault, Question
from consult.events import Value
from consult.prompts import Prompt, Tell
from consult.questions import kind
from consult.understand import Lexicon, PickTable, Unclear, Why
from consult.wording import Say


class Note(kind.QuestionType):
    name = "note"
    asks = False

    def check(self, question: Question) -> Iterable[Fault]:
        yield from kind.unused(question)
        if question.segment or question.sensitive:
            yield kind.fault(question, "a note has no answer to be segment or sensitive", "remove the key")

    def ask(self, question: Question, locale: str, order: tuple[str, ...], say: Say) -> Prompt:
        return Tell(**kind.dressed(question, locale), leads=True)

    def bare(self, question: Question, number: int, order: tuple[str, ...], locale: str, say: Say) -> Prompt:
        """Nothing at all: a note has no code, and its words would tell the topic."""
        return Tell(**kind.stripped(question, "", locale), leads=True)

    def value(
        self, question: Question, said: str, prompt: Prompt, lexicon: Lexicon, table: PickTable | None = None
    ) -> Value | Unclear:
        return Unclear(Why.UNCLEAR)

    def again(self, question: Question, prompt: Prompt, say: Say) -> str:
        return ""

    def tally(self, question: Question, values: Iterable[Value]) -> dict[str, int]:
        return {}

    def pack(self, question: Question, value: Value) -> bytes:
        return b""

    def unpack(self, question: Question, data: bytes, offset: int) -> tuple[Value, int]:
        return "", offset


TYPE = Note()
