"""Questions and their choices: known types, names once, few enough, and labels that cannot be mistaken for commands.

Rule 1: people on basic phones answer about five questions (PEOPLE.md, b) and hold about four options in mind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from consult.checks.surroundings import fault
from consult.consultation import Consultation, Fault, Option, Question, Risk
from consult.events import Answered, Escape
from consult.facts import ROOM, pack
from consult.questions import TYPES
from consult.questions.kind import place
from consult.understand import Command, Lexicon, command, escape, normalise, reserved
from consult.understand.lexicons import spelled

FEW, MANY = 5, 8  # questions: more draws a warning, more needs a reason
PAGE, KEYS = 4, 9  # choices: more are read out in pages, more have no telephone key
_WORDING, _TAG = 10, 8  # letters of the longest channel's and language's names, with room to spare
_HINTS = {
    "scale": "range",
    "select one": "select_one",
    "select all that apply": "select_multiple",
    "select": "select_one",
    "decimal": "integer",
    "number": "integer",
    "string": "text",
    "ranking": "rank",
    "acknowledge": "note",
}

Lexicons = Mapping[str, Lexicon]


def check(consultation: Consultation, lexicons: Lexicons) -> Iterator[Fault]:
    yield from _how_many(consultation)
    yield from _twice(consultation)
    for question in consultation.questions:
        kind = TYPES.get(question.type)
        if kind is None:
            yield fault("error", place(question), f"{question.type!r} is no type here", _meant(question.type))
        else:
            yield from kind.check(question)
        yield from _roles(question, consultation)
        yield from _choices(question)
        for option in question.choices:
            yield from _labels(question, option, lexicons)


def _meant(wrong: str) -> str:
    if wrong.startswith(("select_one ", "select_multiple ")):
        return f"write type = {wrong.split()[0]!r} and the list as [[questions.choices]]"
    near = _HINTS.get(wrong.lower()) or next(iter(get_close_matches(wrong, TYPES, 1)), None)
    return f"write type = {near!r}" if near else f"use one of: {', '.join(sorted(TYPES))}"


def _how_many(consultation: Consultation) -> Iterator[Fault]:
    asked = sum(TYPES[q.type].asks for q in consultation.questions if q.type in TYPES)
    if not asked:
        yield fault("error", "questions", "there is nothing to answer", "add a question that asks")
    if asked > MANY and not consultation.many_questions:
        cure = 'ask the most important eight, or say why not: many_questions = "..."'
        yield fault("error", "questions", f"{asked} questions are asked; half stop after the first few", cure)
    elif asked > FEW:
        cure = "put the most important first; partial answers count"
        yield fault("warning", "questions", f"{asked} questions are asked; after five most have stopped", cure)


def _twice(consultation: Consultation) -> Iterator[Fault]:
    first: dict[str, Question] = {}
    for question in consultation.questions:
        if (same := first.setdefault(question.name, question)) is not question:
            yield fault("error", place(question), f"has the name of {place(same)}", "name each question once")


def _roles(question: Question, consultation: Consultation) -> Iterator[Fault]:
    where = place(question)
    if question.segment and question.type not in ("select_one", "range", "integer", "note"):
        cure = "use select_one with few, broad choices"
        yield fault("error", where, f"segment cannot be made of {question.type} answers", cure)
    elif question.segment and question.type == "integer":
        yield fault("warning", where, "exact numbers can single her out", "ask for bands with select_one")
    if question.segment and question.sensitive:
        yield fault("error", where, "segment and sensitive exclude each other", "keep one of the two")
    if question.type == "note" and consultation.risk is Risk.ELEVATED:
        cure = "remove it; say it on the radio or on the leaflet"
        yield fault("error", where, "a note's words cannot be shown at elevated risk", cure)
    if question.type == "text" and consultation.risk is Risk.ELEVATED:
        cure = "ask with choices: then only a number lies on her telephone"
        yield fault("warning", where, "her own words stay on her telephone and may tell who she is", cure)


def _choices(question: Question) -> Iterator[Fault]:
    where, n = place(question), len(question.choices)
    if n > KEYS:
        yield fault("error", where, f"has {n} choices and a telephone nine keys", "merge some, or split the question")
    elif n > PAGE:
        cure = f"keep to {PAGE} where you can"
        yield fault("warning", where, f"has {n} choices; for voice they are paged, and few hear the last", cure)
    for name, times in Counter(option.name for option in question.choices).items():
        if times > 1:
            yield fault("error", where, f"has choice {name} {times} times", "give each choice a name of its own")
        if name in set(Escape):
            cure = "remove the choice: every question accepts this answer by itself"
            yield fault("error", where, f"choice {name} has the name of an answer that is always there", cure)
    yield from _same_labels(question)
    yield from _room(question)


def _room(question: Question) -> Iterator[Fault]:
    """Names are what a sealed answer holds: where the longest answer needs more room than others, its length tells."""
    names = tuple(option.name for option in question.choices)
    value = names if question.type in ("select_multiple", "rank") else max(names, key=len, default="")
    longest = Answered(question.name, value, "x" * _WORDING, names if question.order == "rotated" else ())
    if names and len(pack(longest, "x" * _TAG)) > ROOM:
        cure = "shorten the choices' names to a few letters each; she never sees them"
        yield fault("error", place(question), "the length of an answer would tell how much was chosen", cure)


def _same_labels(question: Question) -> Iterator[Fault]:
    seen: dict[tuple[str, str], str] = {}
    for option in question.choices:
        for tag, label in option.label.items():
            other = seen.setdefault((tag, spelled(label) or label), option.name)
            if other != option.name:
                what = f"choices {other} and {option.name} read the same"
                yield fault("error", place(question), what, "word them apart", tag)


def _labels(question: Question, option: Option, lexicons: Lexicons) -> Iterator[Fault]:
    where = place(question, f"choice {option.name}")
    for tag, label in option.label.items():
        words = normalise(label)
        if words.isdecimal():
            yield from _numeral(where, tag, question, option, words)
        elif tag in lexicons:
            yield from _command(where, tag, label, lexicons[tag])


def _numeral(where: str, tag: str, question: Question, option: Option, digits: str) -> Iterator[Fault]:
    fixed = question.order == "fixed" and str(question.choices.index(option) + 1) == digits
    if not fixed:
        cure = "write it in words, or use type range or integer"
        yield fault("error", where, f"{digits} would be taken for the key of another choice", cure, tag)


def _command(where: str, tag: str, label: str, lexicon: Lexicon) -> Iterator[Fault]:
    meant = command(label, lexicon)
    if meant and meant not in (Command.MAYBE_STOP, Command.MAYBE_ERASE):
        cure = "choose another word: who types it would not be answering"
        yield fault("error", where, f"{label!r} means {meant} to the system", cure, tag)
    elif why := reserved(label, [lexicon]):
        cure = "prefer another word; replies 1, 2, ... are safe"
        yield fault("warning", where, f"{label!r} {why}", cure, tag)
    elif meaning := escape(label, lexicon, digits=True):
        cure = "remove the choice: every question accepts this answer by itself"
        yield fault("warning", where, f"{label!r} also means {meaning}", cure, tag)
