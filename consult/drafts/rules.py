"""Skip rules as people say them: the conditions one can choose from, and any rule as parts that a page words.

Rule 1: what can be chosen is one condition on one earlier question; every other rule is written as XLSForm has it, and
read out all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from consult.consultation import Question
from consult.relevance import (
    And,
    Answer,
    Compare,
    Count,
    Expr,
    Not,
    Or,
    Selected,
    Unreadable,
    Written,
    parse,
)

MOST_STEPS: Final = 20  # of a scale, that are offered one by one
Verb = Literal["is", "is not", "includes", "includes not", "at least", "at most", "answered", "not answered"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: the question's name, what is said of it, and of which answer ("" for those about any)."""

    question: str
    verb: Verb
    answer: str = ""

    @property
    def rule(self) -> str:
        """As XLSForm writes it."""
        here = f"${{{self.question}}}"
        match self.verb:
            case "is":
                return f"{here} = '{self.answer}'"
            case "is not":
                return f"{here} != '{self.answer}'"
            case "includes":
                return f"selected({here}, '{self.answer}')"
            case "includes not":
                return f"not(selected({here}, '{self.answer}'))"
            case "at least":
                return f"{here} >= {self.answer}"
            case "at most":
                return f"{here} <= {self.answer}"
            case "answered":
                return f"{here} != ''"
            case _:
                return f"{here} = ''"


def offered(question: Question) -> list[Condition]:
    """What a later question may depend on, of this one."""
    names = [each.name for each in question.choices]
    match question.type:
        case "select_one":
            return [Condition(question.name, verb, each) for verb in ("is", "is not") for each in names]
        case "select_multiple" | "rank":
            verbs: tuple[Verb, ...] = ("includes", "includes not")
            return [Condition(question.name, verb, each) for verb in verbs for each in names]
        case "range" | "integer":
            return [*_steps(question), Condition(question.name, "answered")]
        case "text":
            return [Condition(question.name, "answered"), Condition(question.name, "not answered")]
        case _:
            return []


def _steps(question: Question) -> Iterator[Condition]:
    low, high = question.low, question.high
    if low is not None and high is not None and 0 < high - low <= MOST_STEPS:
        yield from (Condition(question.name, "at least", str(n)) for n in range(low + 1, high + 1))
        yield from (Condition(question.name, "at most", str(n)) for n in range(low, high))


# ---- any rule, to be read out

Parts = Sequence["Part"]


@dataclass(frozen=True, slots=True)
class Part:
    """A condition, or several that hold together (`and`), of which one holds (`or`), or that do not hold (`not`)."""

    kind: Literal["one", "and", "or", "not"]
    condition: Condition | None = None
    parts: tuple[Part, ...] = ()


def read_out(rule: str) -> Part | None:
    """The rule as parts; None for what cannot be said so, or read at all."""
    try:
        return _part(parse(rule)) if rule else None
    except (Unreadable, _Unsayable):
        return None


class _Unsayable(Exception):
    pass


def _part(expr: Expr) -> Part:
    match expr:
        case And(parts=parts):
            return Part("and", parts=tuple(map(_part, parts)))
        case Or(parts=parts):
            return Part("or", parts=tuple(map(_part, parts)))
        case Not(of=Selected(of=Answer(name), code=code)):
            return _one(name, "includes not", code)
        case Not(of=of):
            return Part("not", parts=(_part(of),))
        case Selected(of=Answer(name), code=code):
            return _one(name, "includes", code)
        case Compare(left=Answer(name), op=op, right=Written(value)):
            return _compared(name, op, value)
        case Compare() | Count():
            raise _Unsayable
        case _:
            raise _Unsayable


def _compared(name: str, op: str, value: str | float) -> Part:
    text = str(value) if isinstance(value, str) else f"{value:g}"
    match op, text:
        case "=", "":
            return _one(name, "not answered", "")
        case "!=", "":
            return _one(name, "answered", "")
        case "=", _:
            return _one(name, "is", text)
        case "!=", _:
            return _one(name, "is not", text)
        case ">=", _:
            return _one(name, "at least", text)
        case "<=", _:
            return _one(name, "at most", text)
        case _:
            raise _Unsayable


def _one(name: str, verb: Verb, answer: str) -> Part:
    return Part("one", Condition(name, verb, answer))
