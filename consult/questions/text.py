"""text: her own words, at most `limit` characters.

The state holds only that she answered: words lie in the sealed journal and nowhere else. Skip rules can therefore ask
whether there is an answer, not what it says.
"""

# ruff: noqa: ARG002 - all types have the same methods, whether or not they need every argument
from __future__ import annotations

from collections.abc import Iterable

from consult import phrases, understand
from consult.consultation import Fault, Question
from consult.events import Escape, Value
from consult.prompts import Prompt, Words
from consult.questions import kind
from consult.understand import Lexicon, PickTable, Unclear
from consult.wording import Say

GIVEN = "*"  # what the state and skip rules see of any words


class Text(kind.QuestionType):
    name = "text"

    def check(self, question: Question) -> Iterable[Fault]:
        yield from kind.unused(question, "limit", "constraint", "on_air")

    def ask(self, question: Question, locale: str, order: tuple[str, ...], say: Say) -> Prompt:
        return Words(**kind.dressed(question, locale), limit=question.limit)

    def bare(self, question: Question, number: int, order: tuple[str, ...], locale: str, say: Say) -> Prompt:
        text = phrases.bare_words(say, number)
        return Words(**kind.stripped(question, text, locale), limit=question.limit)

    def value(
        self, question: Question, said: str, prompt: Prompt, lexicon: Lexicon, table: PickTable | None = None
    ) -> Value | Unclear:
        return understand.escape(said, lexicon, digits=True) or understand.words(said, question.limit)

    def again(self, question: Question, prompt: Prompt, say: Say) -> str:
        return phrases.again_words(say, question.limit)

    def tally(self, question: Question, values: Iterable[Value]) -> dict[str, int]:
        """How many answered in words, as "answers"."""
        return kind.counted(("answers",), (v if isinstance(v, Escape) else "answers" for v in values))

    def pack(self, question: Question, value: Value) -> bytes:
        return kind.packed_escape(value) or b"\0"

    def unpack(self, question: Question, data: bytes, offset: int) -> tuple[Value, int]:
        return kind.unpacked_escape(data[offset]) or GIVEN, offset + 1


TYPE = Text()
