"""From a Consultation to TOML text, as the studio and the importers keep it.

Rule 1: only what differs from the default is written; plain values first, texts per language next, questions last.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import time
from typing import Any

from consult.consultation.values import Compound, Consultation, Option, Question

_WORDS = {"low": "start", "high": "end"}  # ours -> XLSForm's


def write(consultation: Consultation) -> str:
    """The text that `read` turns back into this consultation."""
    import tomli_w

    table = _differing(consultation)
    if consultation.compounds:
        table["compounds"] = [_compound(each) for each in consultation.compounds]
    table["questions"] = [_question(question) for question in consultation.questions]
    return tomli_w.dumps(dict(sorted(table.items(), key=_place)))


def _place(item: tuple[str, Any]) -> int:
    key, value = item
    return 2 if key in ("questions", "compounds") else 1 if isinstance(value, dict) else 0


def _differing(whole: Consultation | Question) -> dict[str, Any]:
    """Each field that is not its default, as TOML holds it."""
    values = {each.name: getattr(whole, each.name) for each in fields(whole) if each.name != "line"}
    defaults = {each.name: each.default for each in fields(whole)}
    return {
        _WORDS.get(key, key): _plain(value)
        for key, value in values.items()
        if value not in (defaults[key], None, {}, ()) or key in ("name", "languages", "risk")
    }


def _plain(value: Any) -> Any:
    match value:
        case (time() as start, time() as end):
            return [start.strftime("%H:%M"), end.strftime("%H:%M")]
        case tuple():
            return list(value)
        case str():
            return str(value)
        case _:
            return dict(value) if hasattr(value, "items") else value


def _question(question: Question) -> dict[str, Any]:
    table = _differing(question)
    variants = {medium: dict(texts) for medium, texts in table.pop("variants", {}).items()}
    audio = {medium: dict(files) for medium, files in question.audio.items()}
    choices = [_choice(option) for option in question.choices]
    return {**table, **variants, **({"audio": audio} if audio else {}), **({"choices": choices} if choices else {})}


def _compound(compound: Compound) -> dict[str, Any]:
    when = {question: list(answers) for question, answers in compound.when.items()}
    return {"name": compound.name, "label": dict(compound.label), "when": when}


def _choice(option: Option) -> dict[str, Any]:
    return {"name": option.name, "label": dict(option.label)}
