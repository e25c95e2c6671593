"""From TOML text to a Consultation. The tables below say which keys there are and what each may hold.

Rule 1: bounds first: size, hidden characters, depth; only then the parser sees the text.
Rule 2: every fault is named, not only the first; nothing is guessed and nothing unknown is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from consult.consultation import kinds
from consult.consultation.kinds import HIDDEN, Kind, Notes, nearest, shown
from consult.consultation.lines import Path, TooDeep, lines
from consult.consultation.values import Compound, Consultation, Fault, Option, Question, Risk

LARGEST = 256 * 1024  # bytes of a file
MOST_QUESTIONS, MOST_CHOICES = 60, 20
MOST_COMPOUNDS = 1  # of several, differences would tell of a few
VARIANTS = ("sms", "voice", "radio", "ussd")  # names under which a question may have words made for a medium
SPOKEN = "voice"  # the one that [questions.audio] means when it names languages only

_bound, _short = kinds.whole(-(10**9), 10**9), kinds.texts(200)

_TOP: Mapping[str, Kind] = {
    "name": kinds.name,
    "languages": kinds.tags,
    "title": _short,
    "convenor": _short,
    "readers": _short,
    "can_promise": kinds.texts(600),
    "cannot_promise": kinds.texts(600),
    "referral": _short,
    "background": kinds.texts(2000),
    "background_audio": kinds.table(kinds.file, kinds.tag, "languages"),
    "consent": kinds.texts(1000),
    "keyword": kinds.texts(40),
    "news_by": kinds.day,
    "opening": kinds.day,
    "closing": kinds.day,
    "area": kinds.words(40),
    "timezone": kinds.words(64),
    "safe_hours": kinds.hours,
    "risk": kinds.one_of("normal", "elevated"),
    "custody": kinds.one_of("hub", "offline"),
    "open": kinds.flag,
    "free": kinds.flag,
    "ask_again": kinds.flag,
    "flash_brief": kinds.flag,
    "practice": kinds.flag,
    "spelling": kinds.one_of("full", "plain"),
    "many_questions": kinds.words(400),
    "voice": kinds.one_of("recorded", "drafts"),
    "long_call": kinds.words(400),
    "dialect": kinds.table(kinds.tag, kinds.tag, "languages"),
    "round": kinds.whole(1, 999),
}
_QUESTION: Mapping[str, Kind] = {
    "type": kinds.words(40, blank=False),
    "name": kinds.name,
    "label": kinds.texts(1000),
    "relevant": kinds.words(600),
    "constraint": kinds.words(600),
    "constraint_message": _short,
    "required": kinds.flag,
    "sensitive": kinds.flag,
    "segment": kinds.flag,
    "order": kinds.one_of("fixed", "rotated"),
    "start": _bound,
    "end": _bound,
    "least": kinds.whole(1, MOST_CHOICES),
    "most": kinds.whole(1, MOST_CHOICES),
    "limit": kinds.whole(1, 1000),
    "on_air": kinds.words(40),
}
_CHOICE: Mapping[str, Kind] = {"name": kinds.name, "label": _short}
_COMPOUND: Mapping[str, Kind] = {
    "name": kinds.name,
    "label": _short,
    "when": kinds.table(kinds.names, kinds.name, "two segments, each with the answers meant"),
}
_FIELDS = {"start": "low", "end": "high"}  # XLSForm's word -> ours


class Refused(Exception):
    """A text that is no definition. `faults` names each reason with its line and its cure; there is at least one.

    `rest` is what could be read beside them, for whoever names the faults that remain; None where too little could.
    """

    def __init__(self, faults: Sequence[Fault], rest: Consultation | None = None) -> None:
        super().__init__("\n".join(f"{fault.where}: {fault.what}; {fault.cure}" for fault in faults))
        self.faults, self.rest = list(faults), rest


def read(text: str, variants: Sequence[str] = VARIANTS) -> Consultation:
    """The consultation a file's text holds. `variants` names the media a question may be worded for.

    Raises Refused, and nothing else, for any text.
    """
    text = text.removeprefix("\ufeff")  # some editors begin every file with it
    _bounded(text)
    try:
        notes = Notes(lines(text))
    except TooDeep as deep:
        raise _refused(deep.line, "is nested too deeply", "use the tables that docs/definition.md shows") from None
    definition = _parsed(text)
    found = _row(notes, definition, (), _TOP, {"questions": _questions(variants), "compounds": _compounds})
    for key in ("name", "languages", "questions"):
        if key not in definition:
            notes.refuse((), f"{key} is missing", "see docs/definition.md for a whole example")
    if notes.faults:
        raise Refused(notes.faults, _rest(definition, found))
    return Consultation(**_whole(found))


def _rest(definition: Mapping[str, Any], found: dict[str, Any]) -> Consultation | None:
    """What was read, if no question was lost: others may ask for its answer."""
    questions = definition.get("questions")
    whole = isinstance(questions, list) and len(found.get("questions") or ()) == len(questions)
    return Consultation(**_whole(found)) if whole and {"name", "languages"} <= found.keys() else None


def _whole(found: dict[str, Any]) -> dict[str, Any]:
    """With the texts that are not written yet as empty tables: `consult.checks` names what is missing in each."""
    owed = ("title", "convenor", "readers", "can_promise", "cannot_promise", "referral")
    return {**{key: {} for key in owed}, **found, "risk": Risk(found.get("risk", "normal"))}


def _refused(line: int, what: str, cure: str) -> Refused:
    return Refused([Fault("error", f"line {line}", what, cure)])


def _bounded(text: str) -> None:
    if len(text) > LARGEST or len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise _refused(1, "the file is too large", f"a definition has at most {LARGEST // 1024} kB; leave the rest out")
    if hidden := HIDDEN.search(text):
        what = f"holds a hidden character (U+{ord(hidden[0]):04X})"
        raise _refused(text.count("\n", 0, hidden.start()) + 1, what, "type the line anew, without copying it")


def _parsed(text: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise _refused(1, "is nested too deeply", "use the tables that docs/definition.md shows") from None
    except ValueError as error:  # TOMLDecodeError is one; a number of 5,000 digits another
        why = str(error)
        place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", why)
        line = int(place[1]) if place and place[1] else text.count("\n") + 1 if place else 1
        what = f"is not TOML: {shown(why[: place.start()] if place else 'a number is too long')}"
        raise _refused(line, what, "correct this line; texts stand in quotes, lists in [ ]") from None


# ---- tables


def _row(notes: Notes, value: dict[str, Any], path: Path, known: Mapping[str, Kind], more: Mapping[str, Kind]) -> Any:
    """What the table holds, by field. Unknown keys are faults."""
    kept: dict[str, Any] = {}
    for key, each in value.items():
        if notes.full:
            break
        kind = known.get(key) or more.get(key)
        if kind is None:
            notes.refuse((*path, key), f"{shown(key)!r} is not a key here", nearest(key, [*known, *more]))
        elif (taken := notes.take(kind, each, (*path, key))) is not None:
            kept[_FIELDS.get(key, key)] = taken
    return kept


def _rows(notes: Notes, value: Any, path: Path, most: int) -> list[tuple[Path, dict[str, Any]]]:
    """The tables of an array, each with its path; none when the array itself is wrong."""
    head = f"[[{'.'.join(str(step) for step in path if isinstance(step, str))}]]"
    if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
        notes.refuse(path, "must be a list of tables", f"begin each with {head}")
        return []
    if len(value) > most:
        notes.refuse((*path, most), f"there are {len(value)}", f"use at most {most}")
        return []
    return [((*path, place), each) for place, each in enumerate(value)]


def _need(notes: Notes, row: dict[str, Any], path: Path, *keys: str) -> bool:
    missing = [key for key in keys if key not in row]
    for key in missing:
        notes.refuse(path, f"{key} is missing", f"write {key} = ...")
    return not missing


def _questions(variants: Sequence[str]) -> Kind:
    def kind(notes: Notes, value: Any, path: Path) -> tuple[Question, ...]:
        rows = _rows(notes, value, path, MOST_QUESTIONS)
        return tuple(each for each in (_question(notes, row, where, variants) for where, row in rows) if each)

    return kind


def _question(notes: Notes, row: dict[str, Any], path: Path, variants: Sequence[str]) -> Question | None:
    more = {"choices": _choices, "audio": _audio(variants), **dict.fromkeys(variants, kinds.texts(1000))}
    kept = _row(notes, row, path, _QUESTION, more)
    wordings = {variant: kept.pop(variant) for variant in variants if variant in kept}
    if not _need(notes, row, path, "type", "name") or not {"type", "name"} <= kept.keys():
        return None
    kept.setdefault("label", {})
    return Question(**kept, variants={key: each for key, each in wordings.items() if each}, line=notes.line(path))


def _compounds(notes: Notes, value: Any, path: Path) -> tuple[Compound, ...]:
    found: list[Compound] = []
    for where, row in _rows(notes, value, path, MOST_COMPOUNDS):
        kept = _row(notes, row, where, _COMPOUND, {})
        if _need(notes, row, where, "name", "label", "when") and _COMPOUND.keys() <= kept.keys():
            found.append(Compound(**kept, line=notes.line(where)))
    return tuple(found)


def _choices(notes: Notes, value: Any, path: Path) -> tuple[Option, ...]:
    found: list[Option] = []
    for where, row in _rows(notes, value, path, MOST_CHOICES):
        kept = _row(notes, row, where, _CHOICE, {})
        if _need(notes, row, where, "name") and "name" in kept:
            found.append(Option(kept["name"], kept.get("label", {})))
    return tuple(found)


def _audio(variants: Sequence[str]) -> Kind:
    """`[questions.audio]` with a file per language, or with a table of those per medium."""
    per_language = kinds.table(kinds.file, kinds.tag, "languages")
    per_medium = kinds.table(per_language, kinds.one_of(*variants), "media")

    def kind(notes: Notes, value: Any, path: Path) -> dict[str, dict[str, str]]:
        if isinstance(value, dict) and any(isinstance(each, dict) for each in value.values()):
            found = per_medium(notes, value, path)
        else:
            found = {SPOKEN: per_language(notes, value, path)}
        return {medium: files for medium, files in found.items() if files}

    return kind
