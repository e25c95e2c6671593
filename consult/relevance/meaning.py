"""What an expression means: XPath 1.0 as ODK gives it, compiled once into closures.

No answer is the empty string; a comparison with a number compares numbers; what is no plain decimal numeral compares
as neither less, nor more, nor equal to any number.

Rule 1: never raises, for any Value. Rule 2: an escape is its own word, and selects nothing.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

from consult.events import Escape, Value
from consult.relevance.tree import (
    And,
    Answer,
    Compare,
    Count,
    Expr,
    Here,
    Not,
    Operand,
    Operator,
    Or,
    Selected,
    Written,
)

Lookup = Callable[[str], Value | None]
Test = Callable[[Lookup, Value | None], bool]
NAN = float("nan")

_NUMERAL = re.compile(r"[ \t\r\n]*-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[ \t\r\n]*")


def _number(value: Value | float | None) -> float:
    """XPath's number(): what is no plain decimal numeral is NaN, so `1_0`, `inf` and "" are none."""
    match value:
        case int() | float():
            return value
        case str() if len(value) <= 40 and _NUMERAL.fullmatch(value):
            return float(value)
        case _:
            return NAN


def _text(value: Value | None) -> str:
    """The answer as XForms writes it: codes of a selection joined by spaces, no answer the empty string."""
    match value:
        case None:
            return ""
        case str():
            return value
        case tuple():
            return " ".join(value)
        case _:
            return str(value)


def _count(value: Value | None) -> int:
    match value:
        case None | "" | Escape():
            return 0
        case tuple():
            return len(value)
        case _:
            return 1


def _has(value: Value | None, code: str) -> bool:
    return code in value if isinstance(value, tuple) else value is not None and _text(value) == code


def compile(expr: Expr) -> Test:
    """The expression as a function of (answer of a question by name or None, answer being judged or None).

    Below a microsecond for a usual rule; never raises for any Value.
    """
    match expr:
        case And(parts=parts):
            return _all(tuple(compile(part) for part in parts))
        case Or(parts=parts):
            return _any(tuple(compile(part) for part in parts))
        case Not(of=of):
            test = compile(of)
            return lambda get, here: not test(get, here)
        case Selected(of=Answer(name=name), code=code):
            return lambda get, _: _has(get(name), code)
        case Selected(code=code):
            return lambda _, here: _has(here, code)
        case Compare(left=Answer(name=name), op="=" | "!=" as op, right=Written(value=str() as word)):
            return _is_word(name, word, op == "=")
        case Compare(left=left, op=op, right=right):
            return _comparison(left, op, right)
        case _:
            return _truth(expr)


def _all(tests: tuple[Test, ...]) -> Test:
    if len(tests) == 2:
        first, second = tests
        return lambda get, here: first(get, here) and second(get, here)
    return lambda get, here: all(test(get, here) for test in tests)


def _any(tests: tuple[Test, ...]) -> Test:
    if len(tests) == 2:
        first, second = tests
        return lambda get, here: first(get, here) or second(get, here)
    return lambda get, here: any(test(get, here) for test in tests)


def _is_word(name: str, word: str, equal: bool) -> Test:
    """The rule nearly every file uses, kept short: `${q} = 'code'`."""

    def test(get: Lookup, _: Value | None) -> bool:
        value = get(name)
        return ((value if isinstance(value, str) else _text(value)) == word) is equal

    return test


_SIGNS: dict[Operator, Callable[[float, float], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}


def _comparison(left: Operand, op: Operator, right: Operand) -> Test:
    if op in ("=", "!=") and not (_numeric(left) or _numeric(right)):
        one, other, equal = _reader(left), _reader(right), op == "="
        return lambda get, here: (one(get, here) == other(get, here)) is equal
    low, high, sign = _numbers(left), _numbers(right), _SIGNS[op]
    return lambda get, here: sign(low(get, here), high(get, here))


def _numeric(operand: Operand) -> bool:
    return isinstance(operand, Count) or (isinstance(operand, Written) and not isinstance(operand.value, str))


def _reader(operand: Operand) -> Callable[[Lookup, Value | None], str]:
    """The operand as XPath's string()."""
    match operand:
        case Answer(name=name):
            return lambda get, _: _text(get(name))
        case Here():
            return lambda _, here: _text(here)
        case Written(value=value):
            word = value if isinstance(value, str) else f"{value:g}"
            return lambda _, __: word
        case Count():
            number = _numbers(operand)
            return lambda get, here: f"{number(get, here):g}"


def _numbers(operand: Operand) -> Callable[[Lookup, Value | None], float]:
    """The operand as XPath's number()."""
    match operand:
        case Answer(name=name):
            return lambda get, _: _number(get(name))
        case Here():
            return lambda _, here: _number(here)
        case Written(value=value):
            number = _number(value)
            return lambda _, __: number
        case Count(of=Answer(name=name)):
            return lambda get, _: _count(get(name))
        case Count():
            return lambda _, here: _count(here)


def _truth(operand: Expr) -> Test:
    """A lone value is true as XPath's boolean(): a string that is not empty, a number that is not 0."""
    match operand:
        case Count() | Written(value=int() | float()):
            number = _numbers(operand)
            return lambda get, here: number(get, here) != 0
        case Answer() | Here() | Written():
            words = _reader(operand)
            return lambda get, here: words(get, here) != ""
        case _:
            raise TypeError(operand)
