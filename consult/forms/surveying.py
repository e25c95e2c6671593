"""A row of the survey sheet as a question, with what had to change on the way.

Rule 1: a row is a question, or noted. What a basic phone cannot answer is left out, never asked as something else.
Rule 2: a relevant that cannot be carried takes its question with it: nobody is asked what was not meant for her.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from consult.consultation import MOST_CHOICES, MOST_QUESTIONS, Option, Question
from consult.consultation.kinds import NAME, shown
from consult.forms.columns import SPOKEN, WORDED
from consult.forms.rules import Known, Unusable, adapted, both, bounds
from consult.forms.tables import Record, Taking

_NEAR: Literal["approximated"] = "approximated"
_TYPES = {
    "select_one": "select_one",
    "select1": "select_one",
    "select_multiple": "select_multiple",
    "select_all_that_apply": "select_multiple",
    "rank": "rank",
    "range": "range",
    "integer": "integer",
    "int": "integer",
    "decimal": "integer",
    "text": "text",
    "string": "text",
    "note": "note",
    "acknowledge": "note",
}
_SPACED = {"select one": "select_one", "select multiple": "select_multiple", "select all that apply": "select_multiple"}
_OPENS = {"begin_group", "begin_repeat", "begin_loop"}
_CLOSES = {"end_group", "end_repeat", "end_loop"}
_ABOUT_HER = {
    "start",
    "end",
    "today",
    "deviceid",
    "phonenumber",
    "username",
    "email",
    "audit",
    "simserial",
    "subscriberid",
}
_YES = {"yes", "true", "true()", "1"}
_NO = {"no", "false", "false()", "0", ""}
TAKEN = {
    "type",
    "name",
    "label",
    "relevant",
    "constraint",
    "constraint_message",
    "required",
    "parameters",
    "consult_least",
    "consult_sensitive",
    "consult_segment",
    "consult_on_air",
    *WORDED,
    *SPOKEN,
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of choices, each with its name before."""

    options: tuple[tuple[str, Option], ...]


@dataclass(slots=True)
class Survey:
    """The questions so far, in order; `groups` are the relevants of the groups that are open, None in a repeat."""

    taking: Taking
    lists: Mapping[str, Listed]
    questions: list[Question] = field(default_factory=list)
    known: dict[str, Known] = field(default_factory=dict)
    groups: list[str | None] = field(default_factory=list)

    def take(self, record: Record) -> None:
        kind, *words = _type(record.plain("type"))
        if kind in _OPENS or kind in _CLOSES:
            self._group(record, kind)
        elif record.plain("disabled").lower() in _YES - {""}:
            self.taking.lose(record, "disabled", f"{shown(record.plain('name'))} is disabled in the form")
        elif None in self.groups:
            self.taking.lose(record, "type", f"{shown(record.plain('name'))} stands in a repeat or in a group left out")
        elif kind not in _TYPES:
            self.taking.lose(record, "type", _why(kind, record))
        elif len(self.questions) >= MOST_QUESTIONS:
            self.taking.lose(record, "type", f"{shown(record.plain('name'))}: {MOST_QUESTIONS} questions are the most")
        else:
            self._question(record, kind, words)

    def _group(self, record: Record, kind: str) -> None:
        if kind in _CLOSES:
            if self.groups:
                self.groups.pop()
            return
        if kind != "begin_group":
            self.taking.lose(record, "type", "a repeat: every question is asked once; what stands in it is left out")
            self.groups.append(None)
            return
        if record.plain("label") or any(head.kind == "label" for head, _ in record.cells):
            self.taking.lose(record, "label", "a group's heading; write a note in its place where she must hear it")
        self.groups.append(self._shared(record))
        self.taking.rest(record, {"type", "name", "label", "relevant"})

    def _shared(self, record: Record) -> str | None:
        """The relevant that a group gives to its questions."""
        text = record.plain("relevant")
        if not text or None in self.groups:
            return ""
        self.taking.lose(record, "relevant", "the group's rule is repeated in each of its questions", _NEAR)
        try:
            return adapted(text, self.known, Known(""))
        except Unusable as why:
            self.taking.lose(record, "relevant", f"{why}; the whole group is left out with it")
            return None

    def _question(self, record: Record, kind: str, words: list[str]) -> None:
        before, type = record.plain("name"), _TYPES[kind]
        if not before or before in self.known:
            self.taking.lose(record, "name", f"{shown(before) or 'no name'}: a question needs a name of its own")
            return
        listed = self._listed(record, type, words)
        if listed is None:
            return
        name = named(before, {known.name for known in self.known.values()}, "q")
        here = Known(name, {code: option.name for code, option in listed.options})
        relevant = self._relevant(record, here)
        if relevant is None:
            return
        if name != before:
            self.taking.lose(record, "name", f"{shown(before)} is named {name} here, in rules too", _NEAR)
        self._nearly(record, kind)
        question = self._whole(record, type, here, listed, relevant)
        if question is not None:
            self.known[before] = here
            self.questions.append(question)
            self.taking.rest(record, TAKEN)

    def _nearly(self, record: Record, kind: str) -> None:
        if kind == "decimal":
            self.taking.lose(record, "type", "decimal is asked as integer: whole numbers only", _NEAR)
        if kind == "acknowledge":
            self.taking.lose(record, "type", "acknowledge is told as a note: nobody confirms it", _NEAR)

    def _whole(self, record: Record, type: str, here: Known, listed: Listed, relevant: str) -> Question | None:
        values = self._bounds(record, type)
        if values is None:
            return None
        low, high, own = bounds(type, record.plain("constraint"))
        constraint = self._constraint(record, own, here)
        message = self.taking.words(record, "constraint_message", 200) if own else {}
        return Question(
            type,
            here.name,
            self.taking.words(record, "label", 1000),
            choices=tuple(option for _, option in listed.options),
            variants=_some({medium: self.taking.words(record, kind, 1000) for kind, medium in WORDED.items()}),
            audio=_some({medium: self.taking.files(record, kind) for kind, medium in SPOKEN.items()}),
            relevant=relevant,
            constraint=constraint,
            constraint_message=message if constraint else self._unsaid(record, message),
            required=self._required(record, type),
            sensitive=record.plain("consult_sensitive").lower() in _YES,
            segment=record.plain("consult_segment").lower() in _YES,
            on_air=self._on_air(record),
            **{**_ends(type, low, high), **values, **self._places(record, type, listed)},
        )

    def _unsaid(self, record: Record, _: Mapping[str, str]) -> dict[str, str]:
        for head, text in record.cells:
            if head.kind == "constraint_message":
                what = f"{shown(text)}: bounds have their own built-in words, and no other rule was taken over"
                self.taking.lose(record, head.heading, what)
        return {}

    # ---- parts

    def _listed(self, record: Record, type: str, words: list[str]) -> Listed | None:
        if type not in ("select_one", "select_multiple", "rank"):
            return Listed(())
        if not words or words[0] not in self.lists:
            self.taking.lose(
                record, "type", f"{shown(record.plain('name'))}: its list of choices is not in sheet choices"
            )
            return None
        found = self.lists[words[0]]
        if len(found.options) > MOST_CHOICES:
            what = f"{shown(record.plain('name'))}: {len(found.options)} choices, {MOST_CHOICES} are the most"
            self.taking.lose(record, "type", what)
            return None
        if words[1:]:
            what = f"{shown(' '.join(words[1:]))}: she chooses only from the list; ask in a text question for others"
            self.taking.lose(record, "type", what, _NEAR)
        return found

    def _relevant(self, record: Record, here: Known) -> str | None:
        """The rule of the question and of its groups, None where it cannot be carried."""
        text = record.plain("relevant")
        try:
            own = adapted(text, self.known, here) if text else ""
            whole = ""
            for group in self.groups:
                whole = both(whole, group or "")
            whole = both(whole, own)
            return adapted(whole, _now(self.known), here) if whole and whole != own else own
        except Unusable as why:
            self.taking.lose(record, "relevant", f"{why}; {shown(record.plain('name'))} is left out with it")
            return None

    def _constraint(self, record: Record, own: str, here: Known) -> str:
        try:
            return adapted(own, self.known, here) if own else ""
        except Unusable as why:
            self.taking.lose(record, "constraint", f"{why}; any answer of this type is taken")
            return ""

    def _required(self, record: Record, type: str) -> bool:
        text = record.plain("required").lower()
        if type == "note":
            return True
        if text not in _YES | _NO:
            self.taking.lose(record, "required", f"{shown(text)} is no yes or no; it is asked for always", _NEAR)
        return text not in _NO

    def _on_air(self, record: Record) -> str:
        before = record.plain("consult_on_air")
        if before and before not in self.known:
            self.taking.lose(record, "consult_on_air", f"{shown(before)} is no earlier question")
        return self.known[before].name if before in self.known else ""

    def _bounds(self, record: Record, type: str) -> dict[str, Any] | None:
        """What `parameters` say: the ends of a scale, the order of choices. None where there is no such scale."""
        said = dict(re.findall(r"([A-Za-z_-]+)\s*=\s*([^\s,;]+)", record.plain("parameters")))
        values: dict[str, Any] = {}
        if type == "range":
            ends = said.pop("start", "1"), said.pop("end", "10")
            if not all(re.fullmatch(r"-?[0-9]{1,9}", end) for end in ends):
                self.taking.lose(record, "parameters", "the scale does not begin and end with whole numbers")
                return None
            values |= {"low": int(ends[0]), "high": int(ends[1])}
            if said.pop("step", "1") != "1":
                self.taking.lose(record, "parameters", "step: every whole number of the scale is an answer", _NEAR)
        elif type in ("select_one", "select_multiple", "rank") and said.pop("randomize", "false").lower() in _YES:
            values["order"] = "rotated"
        if said:
            self.taking.lose(
                record, "parameters", f"{shown(' '.join(f'{key}={value}' for key, value in said.items()))}"
            )
        return values

    def _places(self, record: Record, type: str, listed: Listed) -> dict[str, int]:
        if type != "rank":
            return {}
        text = record.plain("consult_least")
        if re.fullmatch("[0-9]{1,2}", text) and 1 <= int(text) <= MOST_CHOICES:
            return {"least": int(text)}
        if text:
            self.taking.lose(record, "consult_least", f"{shown(text)} is no number of places")
        return {"least": max(1, len(listed.options))}


def _type(text: str) -> list[str]:
    """ "select one  yes_no" as ["select_one", "yes_no"]."""
    plain = " ".join(text.split())
    for spaced, one in _SPACED.items():
        if plain.lower().startswith(f"{spaced} "):
            return [one, *plain[len(spaced) :].split()]
    if re.match(r"(begin|end) (group|repeat|loop)", plain, re.IGNORECASE):
        plain = plain.replace(" ", "_", 1)
    kind, *words = plain.split() or [""]
    return [kind.lower().replace("-", "_"), *words]


def _why(kind: str, record: Record) -> str:
    name = shown(record.plain("name"))
    if kind in _ABOUT_HER:
        return f"{kind} tells who answers, when or with what; that is not kept here"
    if kind in ("calculate", "hidden"):
        return f"{kind} {name}: nothing is calculated; rules that look at it are left out too"
    if not kind:
        return f"{name or 'the row'} has no type"
    return f"{name}: {shown(kind)} cannot be answered by SMS or telephone keys"


def _now(known: Mapping[str, Known]) -> dict[str, Known]:
    """The same questions by the names they have now: what was adapted once needs no second change."""
    return {each.name: Known(each.name) for each in known.values()}


def _ends(type: str, low: int | None, high: int | None) -> dict[str, Any]:
    match type:
        case "integer":
            return {"low": low, "high": high}
        case "select_multiple":
            return {"least": low or 1, "most": high}
        case "text":
            return {"limit": high} if high else {}
        case _:
            return {}


def _some(found: Mapping[str, Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    return {medium: texts for medium, texts in found.items() if texts}


def named(before: str, taken: Iterable[str], first: str) -> str:
    """A name as definitions have them, near to this one, and not among those that are taken."""
    plain = before if NAME.fullmatch(before) else re.sub("[^a-z0-9]+", "_", before.lower()).strip("_")
    plain = plain if plain[:1].isalpha() else f"{first}{plain}"
    whole, number, others = plain[:32], 2, set(taken)
    while whole in others:
        whole, number = f"{plain[:28]}_{number}", number + 1
    return whole
