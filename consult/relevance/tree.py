"""What an expression is: frozen values, made by the grammar, given meaning elsewhere.

Rule 1: closed. A new kind of expression is a new class here, and the type checker lists the places to visit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Operator = Literal["=", "!=", "<", ">", "<=", ">="]


@dataclass(frozen=True, slots=True)
class Answer:
    """`${name}`: the answer to another question."""

    name: str


@dataclass(frozen=True, slots=True)
class Here:
    """`.`: the answer being judged (constraints only)."""


@dataclass(frozen=True, slots=True)
class Written:
    """A quoted string or a number, as written."""

    value: str | float


@dataclass(frozen=True, slots=True)
class Count:
    """`count-selected(${q})`: how many choices she gave."""

    of: Answer | Here


@dataclass(frozen=True, slots=True)
class Selected:
    """`selected(${q}, 'x')`: whether the code is among her choices."""

    of: Answer | Here
    code: str


Operand = Answer | Here | Written | Count


@dataclass(frozen=True, slots=True)
class Compare:
    left: Operand
    op: Operator
    right: Operand


@dataclass(frozen=True, slots=True)
class Not:
    of: Expr


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Expr, ...]


Expr = Operand | Selected | Compare | Not | And | Or


def walk(expr: Expr) -> Iterator[Expr]:
    """The expression and everything within it, outermost first."""
    yield expr
    match expr:
        case Compare(left=left, right=right):
            yield from walk(left)
            yield from walk(right)
        case Not(of=of) | Count(of=of) | Selected(of=of):
            yield from walk(of)
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from walk(part)
        case _:
            return


def names(expr: Expr) -> frozenset[str]:
    """The questions whose answers the expression looks at."""
    return frozenset(part.name for part in walk(expr) if isinstance(part, Answer))
