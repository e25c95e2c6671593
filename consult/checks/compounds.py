"""Segments put together of two others: declared before launch, of answers that there are (D26)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from consult.checks.surroundings import fault
from consult.consultation import Compound, Consultation, Fault, Question


def check(consultation: Consultation) -> Iterator[Fault]:
    names = {question.name: question for question in consultation.questions}
    taken = set(names)
    for compound in consultation.compounds:
        where = f"line {compound.line}, compound {compound.name}"
        if compound.name in taken:
            yield fault("error", where, "has the name of a question or another", "give it a name of its own")
        taken.add(compound.name)
        if len(compound.when) != 2:
            cure = "write when = { age = [...], place = [...] }, with two segments"
            yield fault("error", where, f"is made of {len(compound.when)} segments, not of two", cure)
        for name, answers in compound.when.items():
            yield from _part(where, name, answers, names)
        yield from _label(where, compound, consultation)


def _part(where: str, name: str, answers: tuple[str, ...], names: Mapping[str, Question]) -> Iterator[Fault]:
    question = names.get(name)
    if question is None or not question.segment:
        cure = "name a question with segment = true"
        yield fault("error", where, f"when: {name} is no segment here", cure)
        return
    known = _answers(question)
    for answer in answers:
        if answer not in known:
            there = ", ".join(known[:12]) or "none"
            yield fault("error", where, f"when: {answer} is no choice of {name}", f"there are {there}")
    if known and set(known) <= set(answers):
        yield fault("error", where, f"when: every choice of {name} is meant", "leave at least one out")


def _answers(question: Question) -> list[str]:
    """What is counted of this segment: its choices, its numbers, or bands of ten."""
    low, high = question.low or 0, question.high if question.high is not None else 129
    if question.type == "range":
        return [str(n) for n in range(low, high + 1)]
    if question.type == "integer":
        return [f"{n}-{n + 9}" for n in range(low // 10 * 10, high + 1, 10)]
    return [option.name for option in question.choices]


def _label(where: str, compound: Compound, consultation: Consultation) -> Iterator[Fault]:
    for tag in consultation.languages:
        if not compound.label.get(tag):
            yield fault("error", where, f"label is missing in {tag}", f"write label.{tag} = ...", tag)
