"""select_one: exactly one of the choices. Kept as the choice's code; one byte in the state."""

# ruff: noqa: ARG002 - all types have the same methods, whether or not they need every argument
from __future__ import annotations

from collections.abc import Iterable

from consult import phrases, understand
from consult.consultation import Fault, Question
from consult.events import Value
from consult.prompts import Pick, Prompt
from consult.questions import kind
from consult.understand import Lexicon, PickTable, Unclear
from consult.wording import Say


class SelectOne(kind.QuestionType):
    name = "select_one"

    def check(self, question: Question) -> Iterable[Fault]:
        yield from kind.unused(question, "choices", "order", "constraint")
        yield from kind.enough_choices(question)

    def ask(self, question: Question, locale: str, order: tuple[str, ...], say: Say) -> Prompt:
        return Pick(**kind.dressed(question, locale), choices=kind.shown(question, order, locale))

    def bare(self, question: Question, number: int, order: tuple[str, ...], locale: str, say: Say) -> Prompt:
        text = phrases.bare_pick(say, number, kind.count(question))
        return Pick(**kind.stripped(question, text, locale), choices=kind.shown(question, order, locale))

    def value(
        self, question: Question, said: str, prompt: Prompt, lexicon: Lexicon, table: PickTable | None = None
    ) -> Value | Unclear:
        known = kind.ready(prompt, lexicon, table)
        return known.codes.get(said) or kind.escaped(said, lexicon, known) or understand.pick(said, known, lexicon)

    def again(self, question: Question, prompt: Prompt, say: Say) -> str:
        return phrases.again_pick(say, kind.keys(prompt))

    def tally(self, question: Question, values: Iterable[Value]) -> dict[str, int]:
        return kind.counted((option.name for option in question.choices), map(str, values))

    def pack(self, question: Question, value: Value) -> bytes:
        return kind.packed_escape(value) or bytes((kind.codes(question).index(str(value)),))

    def unpack(self, question: Question, data: bytes, offset: int) -> tuple[Value, int]:
        byte = data[offset]
        return kind.unpacked_escape(byte) or question.choices[byte].name, offset + 1


TYPE = SelectOne()
