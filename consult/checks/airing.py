"""Words for the air are read only where she said so, before she gave them, to a question that she could refuse."""

from __future__ import annotations

from collections.abc import Iterator

from consult.checks.surroundings import fault
from consult.consultation import Consultation, Fault, Question, Risk
from consult.questions.kind import place

YES = "yes"  # the choice that agrees


def check(consultation: Consultation) -> Iterator[Fault]:
    earlier: dict[str, Question] = {}
    for question in consultation.questions:
        if question.on_air:
            yield from _agreed(question, earlier.get(question.on_air), consultation.risk)
        earlier[question.name] = question


def _agreed(question: Question, asks: Question | None, risk: Risk) -> Iterator[Fault]:
    where = place(question)
    if asks is None or asks.type != "select_one" or YES not in {option.name for option in asks.choices}:
        cure = (
            f'ask before it, by select_one with a choice named "{YES}", whether her words may be read without her name'
        )
        yield fault("error", where, f"on_air: no earlier question {question.on_air!r} asks whether she agrees", cure)
    elif len(asks.choices) < 2:
        yield fault("error", where, f"on_air: {asks.name} cannot be refused", "give it a choice for no")
    if question.sensitive or risk is Risk.ELEVATED:
        cure = "leave on_air out"
        yield fault("error", where, "what is sensitive, or asked at elevated risk, is not read on the air", cure)
