"""From a Consultation to the sheets of an XLSForm that pyxform accepts, and that `read` turns into the same questions.

Rule 1: what ODK understands stands in its own columns; what only we understand in `consult_` columns, which it ignores.
Rule 2: what a form has no place for is named, never dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields

from consult.consultation import Consultation, Question
from consult.forms.columns import SPOKEN, WORDED, language
from consult.forms.rules import bounded
from consult.forms.values import Loss
from consult.relevance import Unreadable, parse

Sheets = Mapping[str, Sequence[Sequence[str]]]
_CARRIED = {"name", "languages", "title", "questions"}
_PICKS = ("select_one", "select_multiple", "rank")
_RULES = ("relevant", "constraint")
_PLAIN_TEXT = 500  # characters of a text where nothing else is said


def write(consultation: Consultation) -> tuple[Sheets, tuple[Loss, ...]]:
    """The sheets survey, choices and settings as rows of text, and what they cannot say."""
    rows = [_row(question, consultation.languages) for question in consultation.questions]
    choices = [row for question in consultation.questions for row in _choices(question, consultation.languages)]
    sheets = {
        "survey": _table(rows, _heads(consultation.languages)),
        "choices": _table(choices, ["list_name", "name", *_in("label", consultation.languages)]),
        "settings": _table([_settings(consultation)], ["form_title", "form_id", "default_language", "version"]),
    }
    return sheets, tuple(_losses(consultation))


Cells = Mapping[str, str]  # heading -> text


def _table(rows: Iterable[Cells], heads: Sequence[str]) -> list[list[str]]:
    """The headings and the rows; a column of ours that is empty all the way down is left away."""
    rows = list(rows)
    used = [head for head in heads if not head.startswith(("consult_", "media")) or any(row.get(head) for row in rows)]
    return [used, *([row.get(head, "") for head in used] for row in rows)]


def _heads(tags: Sequence[str]) -> list[str]:
    ours = ["consult_least", "consult_sensitive", "consult_segment", "consult_on_air"]
    media = [head for kind in (*WORDED, *SPOKEN) for head in _in(_column(kind), tags)]
    texts = [*_in("label", tags), "required", "relevant", "constraint", *_in("constraint_message", tags)]
    return ["type", "name", *texts, "parameters", *ours, *media]


def _column(kind: str) -> str:
    return "media::audio" if kind == "audio" else kind


def _in(column: str, tags: Iterable[str]) -> list[str]:
    return [f"{column}::{language(tag)}" for tag in tags]


def _texts(column: str, texts: Mapping[str, str], tags: Sequence[str]) -> dict[str, str]:
    return {f"{column}::{language(tag)}": texts[tag] for tag in tags if tag in texts}


def _row(question: Question, tags: Sequence[str]) -> Cells:
    asks = question.type != "note"
    row = {
        "type": f"{question.type} {question.name}" if question.type in _PICKS else question.type,
        "name": question.name,
        "required": ("yes" if question.required else "no") if asks else "",
        "relevant": question.relevant if _readable(question.relevant) else "",
        "constraint": _constraint(question),
        "parameters": _parameters(question),
        "consult_least": str(question.least) if question.type == "rank" else "",
        "consult_sensitive": "yes" if question.sensitive else "",
        "consult_segment": "yes" if question.segment else "",
        "consult_on_air": question.on_air,
        **_texts("label", question.label, tags),
        **(_texts("constraint_message", question.constraint_message, tags) if _readable(question.constraint) else {}),
    }
    for kind, medium in WORDED.items():
        row |= _texts(kind, question.variants.get(medium, {}), tags)
    for kind, medium in SPOKEN.items():
        row |= _texts(_column(kind), question.audio.get(medium, {}), tags)
    return row


def _constraint(question: Question) -> str:
    own = question.constraint if _readable(question.constraint) else ""
    match question.type:
        case "integer":
            return bounded("integer", question.low, question.high, own)
        case "select_multiple":
            return bounded("select_multiple", question.least if question.least > 1 else None, question.most, own)
        case "text":
            return bounded("text", None, question.limit if question.limit != _PLAIN_TEXT else None, own)
        case _:
            return bounded(question.type, None, None, own)


def _parameters(question: Question) -> str:
    if question.type == "range":
        return f"start={question.low or 0} end={question.high or 0} step=1"
    return "randomize=true" if question.type in _PICKS and question.order == "rotated" else ""


def _readable(rule: str) -> bool:
    try:
        return bool(rule and parse(rule))
    except Unreadable:
        return False


def _choices(question: Question, tags: Sequence[str]) -> list[Cells]:
    """Its own list, named as the question, so that no list changes under another."""
    return [
        {"list_name": question.name, "name": option.name, **_texts("label", option.label, tags)}
        for option in question.choices
    ]


def _settings(consultation: Consultation) -> Cells:
    first = consultation.languages[0]
    return {
        "form_title": consultation.title.get(first, "") or consultation.name,
        "form_id": consultation.name,
        "default_language": language(first),
        "version": str(consultation.round),
    }


# ---- what a form cannot say


def _losses(consultation: Consultation) -> Iterable[Loss]:
    defaults = {each.name: each.default for each in fields(consultation)}
    for key, default in defaults.items():
        value = getattr(consultation, key)
        if key not in _CARRIED and value and value != default:
            yield Loss("settings", 0, key, "a form has no place for it; it stays in the definition")
    if len(consultation.title) > 1:
        yield Loss("settings", 2, "form_title", "a form has one title; the other languages' stay in the definition")
    for number, question in enumerate(consultation.questions, 2):
        yield from _of(question, number)


def _of(question: Question, row: int) -> Iterable[Loss]:
    for key in _RULES:
        rule = getattr(question, key)
        if rule and not _readable(rule):
            yield Loss("survey", row, key, "the rule is not understood; consult check says why")
    if question.constraint_message and not _readable(question.constraint):
        yield Loss("survey", row, "constraint_message", "there is no rule that it belongs to")
    if question.type == "rank" and question.least < len(question.choices):
        what = f"ODK asks for the whole order; here the first {question.least} are asked"
        yield Loss("survey", row, "type", what, "approximated")
    if question.sensitive or question.segment:
        yield Loss(
            "survey", row, "name", "sensitive and segment mean nothing to ODK; it keeps single answers", "approximated"
        )
