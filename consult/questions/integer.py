"""integer: a whole number, between `start` and `end` where they are given.

77, 88 and 99 are numbers where the bounds allow them; the escapes are then her words only.
In the state: how many bytes, then the number, big-endian with sign.
"""

# ruff: noqa: ARG002 - all types have the same methods, whether or not they need every argument
from __future__ import annotations

from collections.abc import Iterable

from consult import phrases, understand
from consult.consultation import Fault, Question
from consult.events import Escape, Value
from consult.prompts import Number, Prompt
from consult.questions import kind
from consult.understand import ESCAPE_DIGITS, Lexicon, PickTable, Unclear
from consult.wording import Say


class Integer(kind.QuestionType):
    name = "integer"

    def check(self, question: Question) -> Iterable[Fault]:
        yield from kind.unused(question, "start", "end", "constraint")
        low, high = question.low, question.high
        if low is not None and high is not None and low >= high:
            yield kind.fault(question, f"start {low} is not below end {high}", "write the smaller number as start")
        if taken := [digits for digits in ESCAPE_DIGITS if _within(int(digits), low, high)]:
            what = f"{', '.join(taken)} are answers here, so they cannot mean not sure, not clear, rather not say"
            yield kind.fault(question, what, "she can still say it in words; bounds below 77 keep the digits", "note")

    def ask(self, question: Question, locale: str, order: tuple[str, ...], say: Say) -> Prompt:
        return Number(**kind.dressed(question, locale), low=question.low, high=question.high)

    def bare(self, question: Question, number: int, order: tuple[str, ...], locale: str, say: Say) -> Prompt:
        text = phrases.bare_number(say, number, question.low, question.high)
        return Number(**kind.stripped(question, text, locale), low=question.low, high=question.high)

    def value(
        self, question: Question, said: str, prompt: Prompt, lexicon: Lexicon, table: PickTable | None = None
    ) -> Value | Unclear:
        found = understand.number(said, lexicon, question.low, question.high)
        if isinstance(found, Unclear):
            return understand.escape(said, lexicon, digits=True) or found
        return found

    def again(self, question: Question, prompt: Prompt, say: Say) -> str:
        return phrases.again_number(say, question.low, question.high)

    def tally(self, question: Question, values: Iterable[Value]) -> dict[str, int]:
        """How many gave a number, as "answers"; means and groups are computed from the values themselves."""
        return kind.counted(("answers",), (v if isinstance(v, Escape) else "answers" for v in values))

    def pack(self, question: Question, value: Value) -> bytes:
        if escape := kind.packed_escape(value):
            return escape
        number = whole(value)
        width = number.bit_length() // 8 + 1
        return bytes((width,)) + number.to_bytes(width, "big", signed=True)

    def unpack(self, question: Question, data: bytes, offset: int) -> tuple[Value, int]:
        width = data[offset]
        if escape := kind.unpacked_escape(width):
            return escape, offset + 1
        end = offset + 1 + width
        if end > len(data):
            raise IndexError("the state is cut short")
        return int.from_bytes(data[offset + 1 : end], "big", signed=True), end


def _within(number: int, low: int | None, high: int | None) -> bool:
    return (low is None or low <= number) and (high is None or number <= high)


def whole(value: Value) -> int:
    """The value as the number it is. Raises TypeError where it is none."""
    if not isinstance(value, int):
        raise TypeError("an integer question has whole numbers as answers")
    return value


TYPE = Integer()
