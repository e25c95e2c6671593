"""One language of a draft as a spreadsheet for a translator, and such a spreadsheet read back.

The first row says what the file is: the language, the consultation, the draft's version. Then comes a row of headings,
and one row for each string: id, where, source, translation, status, note. Only the translation comes back.

Rule 1: a file that does not say which language and draft it is of is refused, and so is one of another language.
Rule 2: no cell is calculated, neither out (text is stored as text) nor in (`consult.workbooks` refuses formulas).
Rule 3: a string that stands twice is refused: nobody could tell which of the two is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from consult import workbooks
from consult.translations.states import Standing

FORM: Final = "consult words 1"
HEADINGS: Final = ("id", "where", "source", "translation", "status", "note")
MOST: Final = 60  # characters of what a file says of itself


class Unfit(Exception):
    """This file cannot be used; `why` is a word for a page, `about` what it is about."""

    def __init__(self, why: str, about: str = "") -> None:
        super().__init__(f"{why} {about}".strip())
        self.why, self.about = why, about


@dataclass(frozen=True, slots=True)
class Row:
    """A string as it came back. `number`: its row as a spreadsheet shows it."""

    number: int
    id: str
    source: str
    text: str
    note: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What came back: of which consultation, language and version of the draft."""

    name: str
    tag: str
    draft: int
    rows: tuple[Row, ...]


# ---- out


def table(name: str, draft: int, found: Sequence[tuple[Standing, str, str]]) -> Iterator[Sequence[str]]:
    """The rows of one language's file. `found`: each string with its place and its state in words; at least one."""
    yield (FORM, "language", found[0][0].tag, "consultation", name, f"draft {draft}")
    yield HEADINGS
    yield from ((each.string.id, where, each.source, each.text, state, "") for each, where, state in found)


# ---- in


def read(content: bytes) -> Sheet:
    """The file as values. Raises Unfit, workbooks.WorkbookError."""
    book = workbooks.sheets(content, "the file")
    if len(book) != 1:
        raise Unfit("sheets")
    (rows,) = book.values()
    if len(rows) < 2 or rows[0][1][0] != FORM:
        raise Unfit("form")
    (_, said), (_, headings), *below = rows
    if tuple(each.strip().lower() for each in headings[:4]) != HEADINGS[:4]:
        raise Unfit("headings")
    found = tuple(_row(number, cells) for number, cells in below if any(cells))
    _demand_once(found)
    return Sheet(*_said(said), found)


def _said(cells: Sequence[str]) -> tuple[str, str, int]:
    """Consultation, language and version of the draft. Raises Unfit."""
    known = dict(pairwise(cells[:6]))
    draft = cells[5].removeprefix("draft ") if len(cells) > 5 else ""
    if not draft.isdecimal() or len(draft) > 9:
        raise Unfit("form")
    return known.get("consultation", "")[:MOST], known.get("language", "")[:MOST], int(draft)


def _row(number: int, cells: Sequence[str]) -> Row:
    id, _, source, text, _, note = (*cells[:6], *("" for _ in HEADINGS))[:6]
    return Row(number, id.strip(), source, text, note)


def _demand_once(rows: Iterable[Row]) -> None:
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            raise Unfit("twice", f"{row.id[:MOST]} ({row.number})")
        seen.add(row.id)
