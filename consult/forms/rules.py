"""Expressions between XLSForm and a definition: names and codes that had to change, bounds that ODK writes as rules.

A definition keeps the bounds of a number, the most choices and the most letters as values; a form writes all of them as
`constraint`: `. >= 0 and . <= 50`, `count-selected(.) <= 2`, `string-length(.) <= 300`.

Rule 1: a rule that cannot be carried whole is refused: half a rule asks other people.
Rule 2: `bounds(kind, bounded(kind, low, high, own)) == (low, high, own)`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from consult.relevance import (
    And,
    Answer,
    Compare,
    Count,
    Expr,
    Here,
    Not,
    Operand,
    Or,
    Selected,
    Unreadable,
    Written,
    parse,
)

_SUBJECT = {"integer": r"\.", "select_multiple": r"count-selected\( *\. *\)", "text": r"string-length\( *\. *\)"}
_SPELLED = {"integer": ".", "select_multiple": "count-selected(.)", "text": "string-length(.)"}
_ALLOWED = {"integer": range(-(10**9), 10**9 + 1), "select_multiple": range(1, 21), "text": range(1, 1001)}


class Unusable(Exception):
    """This rule cannot be carried; the message says why."""


@dataclass(frozen=True, slots=True)
class Known:
    """A question that was taken over: its name now, and each choice's name before -> now."""

    name: str
    codes: Mapping[str, str] = field(default_factory=dict)


def adapted(text: str, known: Mapping[str, Known], here: Known) -> str:
    """The rule with the names that were given. As written where none changed. Raises Unusable."""
    try:
        before = parse(text)
    except Unreadable as error:
        raise Unusable(f"the rule is not understood at {error}") from None
    after = _renamed(before, known, here)
    return text if after == before else written(after)


def _renamed(expr: Expr, known: Mapping[str, Known], here: Known) -> Expr:
    def again(part: Expr) -> Expr:
        return _renamed(part, known, here)

    match expr:
        case And(parts=parts):
            return And(tuple(map(again, parts)))
        case Or(parts=parts):
            return Or(tuple(map(again, parts)))
        case Not(of=of):
            return Not(again(of))
        case Compare():
            return _compare(expr, known, here)
        case Selected(of=of, code=code):
            return Selected(_answer(of, known), _of(of, known, here).codes.get(code, code))
        case Count(of=of):
            return Count(_answer(of, known))
        case Answer() | Here():
            return _answer(expr, known)
        case _:
            return expr


def _of(of: Answer | Here, known: Mapping[str, Known], here: Known) -> Known:
    if isinstance(of, Here):
        return here
    if of.name not in known:
        raise Unusable(f"the rule looks at ${{{of.name[:40]}}}, which was left out or comes later")
    return known[of.name]


def _answer(of: Answer | Here, known: Mapping[str, Known]) -> Answer | Here:
    return of if isinstance(of, Here) else Answer(_of(of, known, Known("")).name)


def _compare(expr: Compare, known: Mapping[str, Known], here: Known) -> Compare:
    left, right = _side(expr.left, known), _side(expr.right, known)
    if isinstance(expr.left, Answer | Here):
        right = _coded(right, _of(expr.left, known, here), expr.op)
    if isinstance(expr.right, Answer | Here):
        left = _coded(left, _of(expr.right, known, here), expr.op)
    return replace(expr, left=left, right=right)


def _side(side: Operand, known: Mapping[str, Known]) -> Operand:
    match side:
        case Answer() | Here():
            return _answer(side, known)
        case Count(of=of):
            return Count(_answer(of, known))
        case _:
            return side


def _coded(side: Operand, of: Known, op: str) -> Operand:
    """What a choice is compared with, by its new name; a new name is neither more nor less than another."""
    if all(before == after for before, after in of.codes.items()):
        return side
    if op not in ("=", "!=") or not isinstance(side, Written):
        raise Unusable("the rule counts with choices' names, which are only names here")
    word = side.value if isinstance(side.value, str) else _numeral(side.value)
    return Written(of.codes[word]) if word in of.codes else side


# ---- as text


def written(expr: Expr) -> str:
    """The text that `parse` turns back into this expression."""
    match expr:
        case And(parts=parts):
            return " and ".join(_inner(part) for part in parts)
        case Or(parts=parts):
            return " or ".join(_inner(part) for part in parts)
        case Not(of=of):
            return f"not({written(of)})"
        case Compare(left=left, op=op, right=right):
            return f"{written(left)} {op} {written(right)}"
        case Selected(of=of, code=code):
            return f"selected({written(of)}, {_quoted(code)})"
        case Count(of=of):
            return f"count-selected({written(of)})"
        case Answer(name=name):
            return f"${{{name}}}"
        case Here():
            return "."
        case Written(value=value):
            return _quoted(value) if isinstance(value, str) else _numeral(value)


def _inner(part: Expr) -> str:
    return f"({written(part)})" if isinstance(part, And | Or) else written(part)


def _quoted(word: str) -> str:
    return f'"{word}"' if "'" in word else f"'{word}'"


def _numeral(value: float) -> str:
    return str(int(value)) if value.is_integer() else f"{value:f}"


def both(outer: str, own: str) -> str:
    """A rule of a group and a rule of a question within it."""
    return f"({outer}) and ({own})" if outer and own else outer or own


# ---- bounds


def bounded(kind: str, low: int | None, high: int | None, own: str) -> str:
    """The constraint that says these bounds and the question's own rule."""
    subject = _SPELLED.get(kind, ".")
    said = [f"{subject} {sign} {end}" for sign, end in ((">=", low), ("<=", high)) if end is not None]
    if own and (said or bounds(kind, own) != (None, None, own)):
        own = f"({own})"
    return " and ".join([*said, *([own] if own else [])])


def bounds(kind: str, constraint: str) -> tuple[int | None, int | None, str]:
    """(low, high, what is left of the rule)."""
    low, high, rest = _lifted(kind, constraint)
    if low is None and high is None:
        return None, None, _unwrapped(constraint)
    if rest and _unwrapped(rest) == rest and not _joined(kind, constraint):
        return None, None, constraint
    return low, high, _unwrapped(rest)


def _lifted(kind: str, rest: str) -> tuple[int | None, int | None, str]:
    low: int | None = None
    high: int | None = None
    part = re.compile(rf"{_SUBJECT.get(kind, '(?!)')} *(<=|>=|<|>) *(-?[0-9]{{1,9}})(?: +and +| *$)")
    while found := part.match(rest):
        end = int(found[2]) + {"<": -1, ">": 1}.get(found[1], 0)
        upper = found[1] in ("<", "<=")
        if end not in _ALLOWED[kind] or (kind == "text" and not upper):
            break
        if upper:
            high = end if high is None else min(high, end)
        else:
            low = end if low is None else max(low, end)
        rest = rest[found.end() :]
    return low, high, rest


def _joined(kind: str, constraint: str) -> bool:
    """Whether all parts must hold, so that one of them may be taken out."""
    try:
        return isinstance(parse(re.sub(_SUBJECT[kind], ".", constraint)), And)
    except Unreadable:
        return False


def _unwrapped(text: str) -> str:
    """Without one pair of parentheses around the whole."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    try:
        parse(text[1:-1])
    except Unreadable:
        return text
    return text[1:-1].strip()
