"""Skip logic: XLSForm's `relevant` and `constraint`, parsed once, evaluated safely and fast.

The subset: `${q}`, `.`, = != < > <= >=, and, or, not(), selected(${q}, 'x'), count-selected(${q}), whole and decimal
numbers, quoted strings, parentheses.

Rule 1: an expression is a value. Nothing in it can call, loop, look up an attribute or grow.
Rule 2: what cannot be read is refused with its column and a cure; length and depth are bounded first.
Rule 3: an escape is its own word: `${q} = 'not_sure'` finds it, no code ever equals it, it selects nothing.
"""

from consult.relevance.grammar import Unreadable, parse
from consult.relevance.meaning import Lookup, Test, compile
from consult.relevance.tree import (
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
    Written,
    names,
    walk,
)

__all__ = [
    "And",
    "Answer",
    "Compare",
    "Count",
    "Expr",
    "Here",
    "Lookup",
    "Not",
    "Operand",
    "Or",
    "Selected",
    "Test",
    "Unreadable",
    "Written",
    "compile",
    "names",
    "parse",
    "walk",
]
