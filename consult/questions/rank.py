"""rank: the `least` most important of the choices, best first. Kept as codes in her order.

XLSForm's rank orders all choices; on a basic phone two or three places are what people give, so `least` says how many.
In the state: how many places, then each one's choice, a byte each.
"""

from __future__ import annotations

from collections.abc import Iterable

from consult import phrases, understand
from consult.consultation import Fault, Question
from consult.events import Value
from consult.prompts import Pick, Prompt
from consult.questions import kind
from consult.understand import Lexicon, PickTable, Unclear
from consult.wording import Say


class Rank(kind.QuestionType):
    name = "rank"

    def check(self, question: Question) -> Iterable[Fault]:
        yield from kind.unused(question, "choices", "order", "constraint", "least")
        yield from kind.enough_choices(question)
        if question.choices and question.least > len(question.choices):
            what = f"asks for {question.least} places among {len(question.choices)} choices"
            yield kind.fault(question, what, f"write least = {len(question.choices)} or less")

    def ask(self, question: Question, locale: str, order: tuple[str, ...], say: Say) -> Prompt:
        hint = phrases.hint_rank(say, question.least)
        return self._pick(question, kind.dressed(question, locale), order, hint)

    def bare(self, question: Question, number: int, order: tuple[str, ...], locale: str, say: Say) -> Prompt:
        text = phrases.bare_rank(say, number, question.least, kind.count(question))
        return self._pick(question, kind.stripped(question, text, locale), order, "")

    def _pick(self, question: Question, dress: kind.Dress, order: tuple[str, ...], hint: str) -> Prompt:
        choices, places = kind.shown(question, order, dress["locale"]), question.least
        return Pick(**dress, choices=choices, least=places, most=places, ranked=True, hint=hint)

    def value(
        self, question: Question, said: str, prompt: Prompt, lexicon: Lexicon, table: PickTable | None = None
    ) -> Value | Unclear:
        known = kind.ready(prompt, lexicon, table)
        if said not in known.codes and (escape := kind.escaped(said, lexicon, known)):
            return escape
        return understand.picks(said, known, lexicon, question.least, question.least, ranked=True)

    def again(self, question: Question, prompt: Prompt, say: Say) -> str:
        return phrases.again_rank(say, question.least, kind.keys(prompt))

    def tally(self, question: Question, values: Iterable[Value]) -> dict[str, int]:
        """How many put each choice first; points and the like are computed from the values themselves."""
        firsts = (value[0] if isinstance(value, tuple) else str(value) for value in values if value != ())
        return kind.counted((option.name for option in question.choices), firsts)

    def pack(self, question: Question, value: Value) -> bytes:
        if escape := kind.packed_escape(value):
            return escape
        codes, given = kind.codes(question), value if isinstance(value, tuple) else (str(value),)
        return bytes((len(given), *(codes.index(code) for code in given)))

    def unpack(self, question: Question, data: bytes, offset: int) -> tuple[Value, int]:
        length = data[offset]
        if escape := kind.unpacked_escape(length):
            return escape, offset + 1
        places = range(offset + 1, offset + 1 + length)
        return tuple(question.choices[data[place]].name for place in places), places.stop


TYPE = Rank()
