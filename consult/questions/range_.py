"""range: a number on a scale from `start` to `end`, at most a hundred steps. One byte in the state.

Like integer in everything she sees; unlike it, each step is counted.
"""

from __future__ import annotations

from collections.abc import Iterable

from consult.consultation import Fault, Question
from consult.events import Value
from consult.questions import kind
from consult.questions.integer import Integer, whole

MOST_STEPS = 100


class Range(Integer):
    name = "range"

    def check(self, question: Question) -> Iterable[Fault]:
        if question.low is None or question.high is None:
            yield kind.fault(question, "has no start and end", "write start = 1 and end = 5")
        elif question.high - question.low > MOST_STEPS:
            what = f"has more than {MOST_STEPS} steps"
            yield kind.fault(question, what, "use fewer steps, or type = integer")
        yield from super().check(question)

    def tally(self, question: Question, values: Iterable[Value]) -> dict[str, int]:
        return kind.counted(map(str, _steps(question)), map(str, values))

    def pack(self, question: Question, value: Value) -> bytes:
        return kind.packed_escape(value) or bytes((_steps(question).index(whole(value)),))

    def unpack(self, question: Question, data: bytes, offset: int) -> tuple[Value, int]:
        byte = data[offset]
        return kind.unpacked_escape(byte) or _steps(question)[byte], offset + 1


def _steps(question: Question) -> range:
    low, high = question.low or 0, question.high or 0
    return range(low, min(high, low + MOST_STEPS) + 1)


TYPE = Range()
