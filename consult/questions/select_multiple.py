"""select_multiple: some of the choices, in no order. Kept as codes in the definition's order.

In the state a bit for each choice, big-endian, and before them one that tells an escape: one byte up to seven choices.
"""

# ruff: noqa: ARG002 - all types have the same methods, whether or not they need every argument
from __future__ import annotations

from collections.abc import Iterable

from consult import phrases, understand
from consult.consultation import Fault, Question
from consult.events import Escape, Value
from consult.prompts import Pick, Prompt
from consult.questions import kind
from consult.understand import Lexicon, PickTable, Unclear
from consult.wording import Say


class SelectMultiple(kind.QuestionType):
    name = "select_multiple"

    def check(self, question: Question) -> Iterable[Fault]:
        yield from kind.unused(question, "choices", "order", "constraint", "least", "most")
        yield from kind.enough_choices(question)
        least, most, of = question.least, _most(question), len(question.choices)
        if of and not least <= most <= of:
            cure = f"choose least and most so that 1 <= least <= most <= {of}"
            yield kind.fault(question, f"cannot ask for {least} to {most} of {of} choices", cure)

    def ask(self, question: Question, locale: str, order: tuple[str, ...], say: Say) -> Prompt:
        dress = kind.dressed(question, locale)
        return self._pick(question, dress, order, phrases.hint_many(say))

    def bare(self, question: Question, number: int, order: tuple[str, ...], locale: str, say: Say) -> Prompt:
        text = phrases.bare_many(say, number, kind.count(question))
        return self._pick(question, kind.stripped(question, text, locale), order, "")

    def _pick(self, question: Question, dress: kind.Dress, order: tuple[str, ...], hint: str) -> Prompt:
        choices = kind.shown(question, order, dress["locale"])
        return Pick(**dress, choices=choices, least=question.least, most=_most(question), hint=hint)

    def value(
        self, question: Question, said: str, prompt: Prompt, lexicon: Lexicon, table: PickTable | None = None
    ) -> Value | Unclear:
        known = kind.ready(prompt, lexicon, table)
        if said not in known.codes and (escape := kind.escaped(said, lexicon, known)):
            return escape
        found = understand.picks(said, known, lexicon, question.least, _most(question), ranked=False)
        if isinstance(found, Unclear):
            return found
        return tuple(code for code in kind.codes(question) if code in found)

    def again(self, question: Question, prompt: Prompt, say: Say) -> str:
        return phrases.again_many(say, kind.keys(prompt))

    def tally(self, question: Question, values: Iterable[Value]) -> dict[str, int]:
        """How many chose each; one person counts under each of her choices."""
        each = (code for value in values for code in (value if isinstance(value, tuple) else (str(value),)))
        return kind.counted((option.name for option in question.choices), each)

    def pack(self, question: Question, value: Value) -> bytes:
        width = _width(question)
        if isinstance(value, Escape):
            bits = 1 << width * 8 - 1 | kind.ESCAPES.index(value)
        else:
            bits = sum(1 << place for place, code in enumerate(kind.codes(question)) if code in _tuple(value))
        return bits.to_bytes(width, "big")

    def unpack(self, question: Question, data: bytes, offset: int) -> tuple[Value, int]:
        end = offset + _width(question)
        bits = int.from_bytes(data[offset:end], "big")
        if data[end - 1 : end] == b"":
            raise IndexError("the state is cut short")
        if data[offset] & 128:
            return kind.ESCAPES[bits & 127], end
        return tuple(code for place, code in enumerate(kind.codes(question)) if bits >> place & 1), end


def _most(question: Question) -> int:
    return question.most or len(question.choices)


def _width(question: Question) -> int:
    return len(question.choices) // 8 + 1


def _tuple(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


TYPE = SelectMultiple()
