"""Reading an expression: a tokenizer, then recursive descent, one method per rule of the grammar.

Rule 1: length is bounded before the first token, depth before each parenthesis; time is linear in what is left.
Rule 2: a refusal names the column and what to write instead. Quoted words are never evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

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

LONGEST = 500  # characters of one expression
DEEPEST = 16  # parentheses within parentheses


class Unreadable(Exception):
    """An expression outside the subset. `where` is the column, from 1; `why` says what is wrong and what to write."""

    def __init__(self, where: int, why: str) -> None:
        super().__init__(f"column {where}: {why}")
        self.where, self.why = where, why


_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    | (?P<answer>\$\{[ ]*(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)[ ]*\})
    | (?P<string>'[^']*'|"[^"]*")
    | (?P<number>-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))
    | (?P<op><=|>=|!=|=|<|>)
    | (?P<word>[A-Za-z][A-Za-z0-9_-]*)
    | (?P<mark>[().,])""",
    re.VERBOSE,
)
_CURES = {
    "‘": "use straight quotes: 'x'",
    "’": "use straight quotes: 'x'",
    "“": "use straight quotes: 'x'",
    "”": "use straight quotes: 'x'",
    "'": "this quote is never closed",
    '"': "this quote is never closed",
    "$": "write a question's answer as ${name}",
    "&": "write the word and",
    "|": "write the word or",
    "!": "write not(...), or != between two values",
    "+": "sums are not understood; compare values with = != < > <= >=",
    "*": "products are not understood; compare values with = != < > <= >=",
    "-": "sums are not understood; compare values with = != < > <= >=",
}
_WORDS = "write ${name}, . , and, or, not(), selected(${name}, 'code'), count-selected(${name})"


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # "answer", "string", "number", "op", "word", "mark", "end"
    text: str
    where: int


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise Unreadable(at + 1, _CURES.get(text[at], f"{text[at]!a} means nothing here; {_WORDS}"))
        kind = str(found.lastgroup)
        if kind != "space":
            yield _Token(kind, found["name"] or found[0], at + 1)
        at = found.end()
    yield _Token("end", "", len(text) + 1)


def parse(text: str) -> Expr:
    """Read an expression. Raises Unreadable with the column (from 1), what is wrong there and the cure."""
    if len(text) > LONGEST:
        raise Unreadable(LONGEST, f"longer than {LONGEST} characters; ask fewer things at once")
    reader = _Reader(list(_tokens(text)))
    expr = reader.either(0)
    reader.end()
    return expr


class _Reader:
    """Where we are among the tokens; methods go from the loosest binding to the tightest."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens, self.at = tokens, 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self, *texts: str, kind: str | None = None) -> _Token | None:
        token = self.next
        fits = token.kind == kind if kind else token.kind in ("word", "mark") and token.text in texts
        self.at += fits
        return token if fits else None

    def need(self, mark: str) -> None:
        if not self.take(mark):
            raise self.refuse(f"{mark!r} is missing here")

    def refuse(self, why: str) -> Unreadable:
        return Unreadable(self.next.where, why)

    def end(self) -> None:
        token = self.next
        if token.kind == "op":
            raise self.refuse("join two comparisons with and, or")
        if token.kind != "end":
            lower = token.text.lower()
            loud = lower in ("and", "or")
            raise self.refuse(f"write {lower} in small letters" if loud else f"and, or was expected; {_WORDS}")

    def either(self, depth: int) -> Expr:
        parts = [self.both(depth)]
        while self.take("or"):
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def both(self, depth: int) -> Expr:
        parts = [self.compare(depth)]
        while self.take("and"):
            parts.append(self.compare(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def compare(self, depth: int) -> Expr:
        start, left = self.next.where, self.single(depth)
        op = self.take(kind="op")
        if op is None:
            return left
        if self.next.kind == "op":
            raise self.refuse("write = once" if self.next.text == "=" else "two signs in a row; write one")
        right = self.single(depth)
        if not isinstance(left, Operand) or not isinstance(right, Operand):
            raise Unreadable(
                start, "only answers, numbers and quoted words can be compared; join the rest with and, or"
            )
        return Compare(left, _operator(op.text), right)

    def single(self, depth: int) -> Expr:
        if token := self.take(kind="answer"):
            return Answer(token.text)
        if token := self.take(kind="string"):
            return Written(token.text[1:-1])
        if token := self.take(kind="number"):
            return Written(float(token.text))
        if self.take("."):
            return Here()
        return self.grouped(depth + 1)

    def grouped(self, depth: int) -> Expr:
        if depth > DEEPEST:
            raise self.refuse(f"more than {DEEPEST} parentheses within each other; write it flatter")
        if self.take("("):
            return self.closed(self.either(depth))
        if self.take("not"):
            self.need("(")
            return self.closed(Not(self.either(depth)))
        if self.take("count-selected"):
            self.need("(")
            return self.closed(Count(self.answer()))
        if self.take("selected"):
            self.need("(")
            return self.closed(self.selection())
        raise self.refuse(self.lost())

    def closed(self, expr: Expr) -> Expr:
        self.need(")")
        return expr

    def answer(self) -> Answer | Here:
        if token := self.take(kind="answer"):
            return Answer(token.text)
        if self.take("."):
            return Here()
        raise self.refuse("write ${name} here")

    def selection(self) -> Selected:
        of = self.answer()
        self.need(",")
        if token := self.take(kind="string"):
            return Selected(of, token.text[1:-1])
        raise self.refuse("write a choice's name in quotes here")

    def lost(self) -> str:
        token = self.next
        if token.kind == "end":
            return "the expression ends too early; a value is missing"
        if token.kind == "word":
            return f"{token.text!a} is not understood; put words in quotes, or {_WORDS}"
        return f"a value is missing before {token.text!a}"


def _operator(text: str) -> Operator:
    match text:
        case "=" | "!=" | "<" | ">" | "<=" | ">=":
            return text
        case _:
            raise ValueError(text)
