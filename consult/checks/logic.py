"""Skip rules and constraints: readable, looking back at answers that exist, and able to be true.

Rule 1: a rule may look at earlier questions only; so no rule waits for itself.
Rule 2: whether a rule can be true is tried over every answer there can be, where those are few (`MOST_TRIALS`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from itertools import combinations, product
from math import prod

from consult.checks.surroundings import fault
from consult.consultation import Consultation, Fault, Question
from consult.events import Escape, Value
from consult.questions.kind import place
from consult.relevance import (
    Answer,
    Compare,
    Count,
    Expr,
    Here,
    Operand,
    Selected,
    Unreadable,
    Written,
    compile,
    names,
    parse,
    walk,
)

MOST_TRIALS = 5_000
BEYOND = 1e15  # no answer is as large as this
_NUMERAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{0,15})?")
_SPECIAL = {"", *(escape.value for escape in Escape)}
_COUNTED = ("select_multiple", "rank")
_NUMBERS = ("range", "integer")

Questions = Mapping[str, Question]


def check(consultation: Consultation) -> Iterator[Fault]:
    everyone = {question.name: question for question in reversed(consultation.questions)}
    needs = {question.name: _needs(question) for question in everyone.values()}
    earlier: dict[str, Question] = {}
    for question in consultation.questions:
        for key, text in (("relevant", question.relevant), ("constraint", question.constraint)):
            if text:
                yield from _rule(question, key, text, earlier, everyone, needs)
        yield from _message(question)
        earlier[question.name] = question


def _needs(question: Question) -> frozenset[str]:
    try:
        return names(parse(question.relevant)) if question.relevant else frozenset()
    except Unreadable:
        return frozenset()


def _message(question: Question) -> Iterator[Fault]:
    if question.constraint and not question.constraint_message:
        cure = "write [questions.constraint_message] in every language"
        yield fault("error", place(question), "has a constraint and no message for whom it refuses", cure)
    if question.constraint_message and not question.constraint:
        yield fault("warning", place(question), "has a message and no constraint", "remove it, or write the constraint")


def _rule(
    question: Question,
    key: str,
    text: str,
    earlier: Questions,
    everyone: Questions,
    needs: Mapping[str, frozenset[str]],
) -> Iterator[Fault]:
    where = place(question, key)
    try:
        expr = parse(text)
    except Unreadable as unreadable:
        yield fault("error", f"{where}, column {unreadable.where}", "cannot be read", unreadable.why)
        return
    lost = [name for name in sorted(names(expr)) if name not in earlier]
    for name in lost:
        yield _lost(where, question, name, everyone, needs)
    yield from _here(where, key, expr)
    known = {**earlier, ".": question} if key == "constraint" else earlier
    wrong = [] if lost else list(_sense(where, expr, known))
    yield from wrong
    if key == "relevant" and not lost:
        yield from _leaks(where, expr, earlier)
    if not lost and not wrong:
        yield from _never(where, expr, known)


def _lost(where: str, question: Question, name: str, everyone: Questions, needs: Mapping[str, frozenset[str]]) -> Fault:
    if name == question.name:
        return fault("error", where, "looks at its own answer", "look at an earlier question; in a constraint, write .")
    if name not in everyone:
        near = get_close_matches(name, everyone, 1)
        cure = f"did you mean ${{{near[0]}}}?" if near else "name a question of this file"
        return fault("error", where, f"there is no question {name[:40]!a}", cure)
    if question.name in _reached(name, needs):
        what = f"is part of a cycle: {question.name} and {name} wait for each other"
        return fault("error", where, what, "let only the later of them look at the earlier")
    return fault("error", where, f"looks at {name}, which is asked later", f"move {place(everyone[name])} before this")


def _reached(start: str, needs: Mapping[str, frozenset[str]]) -> set[str]:
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        new = needs.get(ahead.pop(), frozenset()) - reached
        reached |= new
        ahead += new
    return reached


def _here(where: str, key: str, expr: Expr) -> Iterator[Fault]:
    looks = any(isinstance(part, Here) for part in walk(expr))
    if looks and key == "relevant":
        yield fault("error", where, "looks at . before there is an answer", "write ${name} of an earlier question")
    if not looks and key == "constraint":
        yield fault("warning", where, "never looks at the answer", "write . for the answer, or use relevant")


def _leaks(where: str, expr: Expr, earlier: Questions) -> Iterator[Fault]:
    for name in sorted(names(expr)):
        if earlier[name].sensitive:
            what = f"what is asked next gives away her answer to {name}, which is sensitive"
            yield fault("warning", where, what, "ask it of everyone, or leave it out")


# ---- what a question's answers can be compared with


def _sense(where: str, expr: Expr, known: Questions) -> Iterator[Fault]:
    for part in walk(expr):
        match part:
            case Compare(left=left, op=op, right=right):
                yield from _compared(where, left, op, right, known)
                yield from _compared(where, right, op, left, known)
            case Selected(of=of, code=code):
                yield from _selected(where, _asked(of, known), code)
            case Count(of=of):
                asked = _asked(of, known)
                if asked and asked.type not in _COUNTED:
                    cure = "count choices of select_multiple or rank only"
                    yield fault("error", where, f"{asked.name} has no choices to count", cure)


def _asked(operand: Operand, known: Questions) -> Question | None:
    match operand:
        case Answer(name=name):
            return known.get(name)
        case Here():
            return known.get(".")
        case _:
            return None


def _compared(where: str, side: Operand, op: str, other: Operand, known: Questions) -> Iterator[Fault]:
    asked = _asked(side, known)
    if asked is None:
        return
    if not isinstance(other, Written):
        if asked.type not in _NUMBERS:
            yield fault("error", where, f"compares {asked.name} with another answer", "compare it with a quoted code")
        return
    word = other.value
    if word in _SPECIAL and op in ("=", "!="):
        return
    if asked.type == "text" and isinstance(side, Here):
        return
    match asked.type:
        case "select_one":
            yield from _code(where, asked, op, word)
        case "select_multiple" | "rank":
            cure = f"write selected(${{{asked.name}}}, '...')"
            yield fault("error", where, f"{asked.name} may have several choices, which = cannot find", cure)
        case "range" | "integer":
            if not _is_number(word):
                yield fault(
                    "error", where, f"{asked.name} is a number and {str(word)[:40]!a} is none", "write a number"
                )
        case "text":
            cure = "ask only whether there is an answer: != ''"
            yield fault("error", where, f"her words ({asked.name}) are not kept while she answers", cure)
        case "note":
            yield fault("error", where, f"{asked.name} is a note and has no answer", "look at a question that asks")


def _code(where: str, asked: Question, op: str, word: str | float) -> Iterator[Fault]:
    if op not in ("=", "!="):
        yield fault("error", where, f"the choices of {asked.name} have no order", "use = or !=")
    elif word not in {option.name for option in asked.choices}:
        yield _no_choice(where, asked, str(word))


def _selected(where: str, asked: Question | None, code: str) -> Iterator[Fault]:
    if asked is None:
        return
    if not asked.choices:
        yield fault("error", where, f"{asked.name} has no choices", "use = with a value")
    elif code not in {option.name for option in asked.choices} | _SPECIAL - {""}:
        yield _no_choice(where, asked, code)


def _no_choice(where: str, asked: Question, code: str) -> Fault:
    codes = [option.name for option in asked.choices]
    near = get_close_matches(code, codes, 1)
    cure = f"did you mean '{near[0]}'?" if near else f"use one of: {', '.join(codes)}"
    return fault("error", where, f"{asked.name} has no choice {code[:40]!a}", cure)


# ---- can it be true


def _never(where: str, expr: Expr, known: Questions) -> Iterator[Fault]:
    looked = sorted(names(expr) | ({"."} if any(isinstance(part, Here) for part in walk(expr)) else set()))
    if "." in looked and ("." not in known or known["."].type == "text"):
        return
    answers = [_answers(known[name], expr) for name in looked]
    if not all(answers) or prod(map(len, answers)) > MOST_TRIALS:
        return
    test = compile(expr)
    for given in product(*answers):
        values = dict(zip(looked, given, strict=True))
        if test(values.get, values.get(".")):
            return
    yield fault("error", where, "can never be true", "correct the values, or remove the rule with its question")


def _answers(question: Question, expr: Expr) -> list[Value | None]:
    """Every answer that makes a difference, [] where there are too many kinds to try."""
    always: list[Value | None] = [None, *Escape]
    codes = [option.name for option in question.choices]
    match question.type:
        case "select_one":
            return [*always, *codes]
        case "select_multiple" if len(codes) <= 9:
            least, most = question.least, question.most or len(codes)
            return [*always, *(some for n in range(least, most + 1) for some in combinations(codes, n))]
        case "rank" if len(codes) <= 9:
            return [*always, *combinations(codes, question.least)]  # rules cannot see the order
        case "range" | "integer":
            return [*always, *_numbers(question, expr)]
        case "text":
            return [*always, "*"]
        case _:
            return []


def _numbers(question: Question, expr: Expr) -> list[int]:
    """The bounds, and each number of the rule with its neighbours, as far as they are within the bounds."""
    written = [int(float(part.value)) for part in walk(expr) if isinstance(part, Written) and _is_number(part.value)]
    low = question.low if question.low is not None else min([0, *written]) - 2
    high = question.high if question.high is not None else max([0, *written]) + 2
    near = {number + step for number in written for step in (-1, 0, 1)} | {low, high, low + 1, high - 1}
    return sorted(number for number in near if low <= number <= high)


def _is_number(word: str | float) -> bool:
    return abs(word) < BEYOND if isinstance(word, float) else _NUMERAL.fullmatch(word) is not None
