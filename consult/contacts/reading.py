"""What the columns of a contact list mean for one consultation: her number, her language, who she is.

Rule 1: every column but the number, the language and the consultation's segments is dropped: names are never kept.
Rule 2: a value that is not understood makes the row bad; it is never guessed and never shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from consult import numbers
from consult.consultation import Question
from consult.consultation.kinds import shown
from consult.contacts.sheets import ContactsError
from consult.edition import Edition, Pack
from consult.understand import normalise

NUMBER = ("phone", "number", "tel", "telephone", "mobile", "phone_number")
LANGUAGE = ("language", "lang")

DIGITS = re.compile(r"\d(?:[\s().+-]*\d){4,}")
_WHOLE = re.compile(r"-?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Contact:
    """Someone who can be enrolled. `segments`: (question, code). Never shown: a repr has no number."""

    row: int
    number: str = field(repr=False)
    locale: str
    segments: tuple[tuple[str, str], ...] = field(repr=False)


class Reason(str):
    """Why a row cannot be taken, in English; `code` and `about` are for saying it in other languages."""

    __slots__ = ("about", "code")

    def __new__(cls, text: str, code: str, **about: str) -> Reason:
        made = super().__new__(cls, text)
        made.code, made.about = code, about
        return made

    code: str
    about: Mapping[str, str]


class BadRow(Exception):
    """The row cannot be taken; says why in words that hold nothing of it but two digits.

    `way`: "empty" (no number), "invalid", or "duplicate" within the file.
    """

    def __init__(self, way: Literal["empty", "invalid", "duplicate"], why: Reason) -> None:
        super().__init__(why)
        self.way, self.why = way, why


@dataclass(frozen=True, slots=True)
class Columns:
    """Where everything stands, and how its words are read. `ignored` are the headings that are not kept."""

    number: int
    language: int | None
    segments: Mapping[int, Question]
    tongues: Mapping[str, str]  # a language as people write it -> its tag
    codes: Mapping[str, Mapping[str, str]]  # question -> a code or label as people write it -> the code
    ignored: tuple[str, ...]
    region: str

    def contact(self, row: int, cells: Sequence[str]) -> Contact:
        """Raises BadRow."""
        number, why = numbers.examine(_at(cells, self.number), self.region)
        if why == "empty":
            raise BadRow("empty", Reason("no number", "empty"))
        if number is None:
            raise BadRow("invalid", _reason(why, _at(cells, self.number)))
        known = ((q.name, self._code(q, _at(cells, column))) for column, q in self.segments.items())
        return Contact(row, number, self._locale(cells), tuple((name, code) for name, code in known if code))

    def _locale(self, cells: Sequence[str]) -> str:
        said = _at(cells, self.language)
        found = self.tongues.get(_key(said)) if said else ""
        if found is None:
            known = ", ".join(sorted(set(self.tongues.values())))
            raise BadRow("invalid", Reason(f"the language is none of {known}", "language", known=known))
        return found

    def _code(self, question: Question, said: str) -> str:
        if not said:
            return ""
        if question.choices:
            found = self.codes[question.name].get(_key(said), "")
            options = ", ".join(option.name for option in question.choices)
        else:
            found = _whole(question, said)
            options = f"a whole number from {_or(question.low, 'any')} to {_or(question.high, 'any')}"
        if not found:
            why = Reason(f"{question.name} is none of: {options}", "choice", question=question.name, known=options)
            raise BadRow("invalid", why)
        return found


def columns(headings: Sequence[str], edition: Edition, packs: Mapping[str, Pack], region: str) -> Columns:
    """What these headings name in this consultation. Raises ContactsError."""
    names = [_heading(each) for each in headings]
    asked = {q.name: q for q in edition.consultation.questions if q.segment and q.type != "note"}
    number, language = _one(names, NUMBER), _one(names, LANGUAGE)
    if number is None:
        others = ", ".join(NUMBER[1:])
        raise ContactsError(f"no column is headed {NUMBER[0]} (or {others}); write it above the numbers", "heading")
    if twice := next((name for name in asked if names.count(name) > 1), ""):
        raise ContactsError(f"two columns are headed {twice}; keep one", "columns")
    segments = {place: asked[name] for place, name in enumerate(names) if name in asked}
    used = {number, language, *segments}
    return Columns(
        number=number,
        language=language,
        segments=segments,
        tongues=_tongues(edition, packs),
        codes={q.name: _codes(q) for q in segments.values()},
        ignored=tuple(_safe(each) for place, each in enumerate(headings) if place not in used and each),
        region=region,
    )


def _heading(text: str) -> str:
    return re.sub(r"[\s-]+", "_", text.strip().casefold())


def _one(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    places = [place for place, name in enumerate(names) if name in wanted]
    if len(places) > 1:
        raise ContactsError(
            f"several columns could be the {wanted[0]}: {', '.join(names[each] for each in places)}; keep one",
            "columns",
        )
    return places[0] if places else None


def _tongues(edition: Edition, packs: Mapping[str, Pack]) -> dict[str, str]:
    tags = edition.consultation.languages
    return {_key(packs[tag].lexicon.name): tag for tag in tags if tag in packs} | {_key(tag): tag for tag in tags}


def _codes(question: Question) -> dict[str, str]:
    """Codes and labels, without a label that means different things in two languages; codes come first."""
    labels: dict[str, set[str]] = {}
    for option in question.choices:
        for label in option.label.values():
            labels.setdefault(_key(label), set()).add(option.name)
    certain = {label: next(iter(meant)) for label, meant in labels.items() if len(meant) == 1}
    return certain | {_key(option.name): option.name for option in question.choices}


def _whole(question: Question, said: str) -> str:
    text = normalise(said)
    if not _WHOLE.fullmatch(text):
        return ""
    value = int(text)
    fits = (question.low is None or question.low <= value) and (question.high is None or value <= question.high)
    return str(value) if fits else ""


def _key(text: str) -> str:
    return normalise(text).replace("_", "-")


def _at(cells: Sequence[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _or(value: int | None, otherwise: str) -> str:
    return otherwise if value is None else str(value)


def _reason(why: str, raw: str) -> Reason:
    """Why it is no number, with its last two digits where there are any."""
    cure = {
        "unknown country": "; write it with + and its country code, or name the country",
        "shortened by a spreadsheet": "; format the column as text and enter it again",
    }
    tail = numbers.mask(raw)[-2:]
    tail = tail if tail.isdecimal() else ""
    return Reason(f"{why}{f' (ends in {tail})' if tail else ''}{cure.get(why, '')}", why, tail=tail)


def _safe(heading: str) -> str:
    """A heading as it may be shown: where the list has none, it is somebody's name or number."""
    return DIGITS.sub("...", shown(heading))
