"""The live table of answers, as values for a page: labels in its language, one block for each way people came.

Rule 1: figures come through `consult.figures`, so whatever is no invented data stays behind its gate.
Rule 2: what she could not or would not answer is kept apart from answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consult.consultation import Consultation, Question, Texts
from consult.custody import CustodyError
from consult.edition import Edition
from consult.events import Escape
from consult.figures import figures, frame_of
from consult.findings.gate import PEOPLE
from consult.house import House
from consult.questions import TYPES
from consult.wording import Say

Shown = int | str  # a number of people, or "<10"
ESCAPES = frozenset(escape.value for escape in Escape)


@dataclass(frozen=True, slots=True)
class Words:
    """A text and the language it is in, which is not always the page's."""

    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class Row:
    """One answer: `key` is what she presses where only codes are shown, else ""; `part` of `whole` draws its bar."""

    label: Words
    people: Shown
    part: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One question. `apart`: people by escape, and "skipped"."""

    label: Words
    people: Shown
    whole: int
    rows: tuple[Row, ...]
    apart: Mapping[str, Shown]
    ranked: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """Everybody who came in one way, never merged with another. `people`: started, partial, finished, ..."""

    name: str
    people: Mapping[str, Shown]
    blocks: tuple[Block, ...]


def frames(house: House, edition: Edition, say: Say) -> tuple[Frame, ...] | None:
    """The table of this consultation, a frame each; empty before anybody came, None where its key is elsewhere."""
    try:
        document = figures(house, edition.consultation.name)
    except CustodyError:
        return None
    known = (table["frame"] for table in document["frames"])
    return tuple(_frame(frame_of(document, name), edition, say) for name in known)


def blank(edition: Edition, say: Say) -> Frame:
    """The table before anybody came, for invented data: every question and choice, at nought."""
    asked = [asked.definition for asked in edition.questions if asked.type.asks]
    rows = [
        {"name": one.name, "people": 0, "skipped": 0, "counts": dict(TYPES[one.type].tally(one, ()))} for one in asked
    ]
    return _frame({"frame": "open", **dict.fromkeys(PEOPLE, 0), "questions": rows}, edition, say)


def said(texts: Texts, consultation: Consultation, lang: str) -> Words:
    """The text in the page's language, else in the consultation's first."""
    tag = lang if lang in texts else consultation.languages[0]
    return Words(texts.get(tag, ""), tag)


def _frame(table: dict[str, Any], edition: Edition, say: Say) -> Frame:
    asked = {asked.definition.name: asked.definition for asked in edition.questions}
    blocks = (_block(row, asked[row["name"]], edition, say) for row in table["questions"] if row["name"] in asked)
    return Frame(table["frame"], table, tuple(blocks))


def _block(row: dict[str, Any], question: Question, edition: Edition, say: Say) -> Block:
    counts: dict[str, Shown] = row["counts"]
    lang = say.locale.tag
    labels = {option.name: said(option.label, edition.consultation, lang) for option in question.choices}
    numbered = edition.elevated and question.order == "fixed" and bool(labels)
    kept = [code for code in counts if code not in ESCAPES]
    return Block(
        label=said(question.label, edition.consultation, lang),
        people=row["people"],
        whole=max(1, _number(row["people"])),
        rows=tuple(
            Row(labels.get(code) or _code(code, say), counts[code], _number(counts[code]), str(n) if numbered else "")
            for n, code in enumerate(kept, 1)
        ),
        apart={"skipped": row["skipped"]} | {code: counts[code] for code in counts if code in ESCAPES},
        ranked=question.type == "rank",
    )


def _code(code: str, say: Say) -> Words:
    """What is counted without a label: the steps of a scale, or that she answered at all."""
    # Tr: beside the number of people who answered a question in their own words or with a number
    return Words(say("Answered") if code == "answers" else code, say.locale.tag)


def _number(people: Shown) -> int:
    return people if isinstance(people, int) else 0
