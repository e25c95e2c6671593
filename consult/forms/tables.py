"""The sheets of a form as records, and the notes that are taken while they are read.

Rule 1: whatever a record holds is taken or noted; `Taking.rest` notes every cell that nobody asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from consult.consultation.kinds import FILE, UNSPEAKABLE, shown
from consult.forms.columns import Column, column, tag
from consult.forms.values import FormError, Loss
from consult.workbooks import Row, Workbook

_MARKUP = re.compile(r"<[^<>\n]{1,200}>|\*\*|__|^#{1,6} ", re.MULTILINE)
_PIPED = re.compile(r"\$\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Record:
    """A row: its number as the spreadsheet shows it, and each cell that is not empty with its column."""

    sheet: str
    number: int
    cells: tuple[tuple[Column, str], ...]

    def plain(self, kind: str) -> str:
        """The cell of this kind that is in no language, "" for none."""
        return next((text for column, text in self.cells if column.kind == kind and not column.language), "")


def columns(book: Workbook, sheet: str) -> list[Column]:
    rows = _named(book, sheet)
    return [column(heading) for heading in rows[0][1]] if rows else []


def records(book: Workbook, sheet: str) -> list[Record]:
    """The rows below the headings. Raises FormError for a heading that stands twice."""
    rows, heads = _named(book, sheet), columns(book, sheet)
    named = [(head.kind, head.language) for head in heads if head.heading]
    if twice := [heads[place].heading for place, one in enumerate(named) if one in named[:place]]:
        raise FormError(f"sheet {sheet} has the column {shown(twice[0])} twice; keep one")
    return [Record(sheet, number, _cells(heads, cells)) for number, cells in rows[1:]]


def _named(book: Workbook, sheet: str) -> list[Row]:
    return next((rows for name, rows in book.items() if name.strip().lower() == sheet), [])


def _cells(heads: Sequence[Column], cells: Sequence[str]) -> tuple[tuple[Column, str], ...]:
    padded = [*heads, *[Column("", "")] * (len(cells) - len(heads))]
    return tuple((head, text) for head, text in zip(padded, cells, strict=False) if text)


@dataclass(slots=True)
class Taking:
    """What was noted so far; `default` is the language of cells that name none."""

    tags: tuple[str, ...]
    default: str
    losses: list[Loss] = field(default_factory=list)

    def lose(
        self,
        record: Record,
        heading: str,
        what: str,
        done: Literal["left out", "approximated"] = "left out",
    ) -> None:
        self.losses.append(Loss(record.sheet, record.number, shown(heading), what, done))

    def tag(self, column: Column) -> str:
        """The language of this column, "" if it is none that the form's labels are in."""
        found = tag(column.language) if column.language else self.default
        return found if found in self.tags else ""

    def words(self, record: Record, kind: str, limit: int) -> dict[str, str]:
        """The texts of this kind by language."""
        found = {}
        for head, text in record.cells:
            language = self.tag(head) if head.kind == kind else ""
            if language and (words := self._sayable(record, head, text, limit)):
                found[language] = words
        return found

    def _sayable(self, record: Record, head: Column, text: str, limit: int) -> str:
        words = _PIPED.sub("...", text)
        if words != text:
            self.lose(
                record, head.heading, "another answer cannot stand in a text; ... stands there now: reword it", _NEAR
            )
        plain = _MARKUP.sub("", words).strip()
        if plain != words:
            self.lose(record, head.heading, "bold, colours and pictures: only the words are kept", _NEAR)
        if UNSPEAKABLE.search(plain):
            self.lose(record, head.heading, "holds a character that cannot be sent; type the text anew")
            return ""
        if len(plain) > limit:
            self.lose(record, head.heading, f"has {len(plain)} characters and {limit} are allowed; shorten it")
            return ""
        return plain

    def files(self, record: Record, kind: str) -> dict[str, str]:
        """The recordings of this kind by language."""
        found = {}
        for head, text in record.cells:
            if head.kind == kind and (language := self.tag(head)):
                if FILE.fullmatch(text):
                    found[language] = text
                else:
                    self.lose(record, head.heading, f"{shown(text)} is no plain file name; rename the recording")
        return found

    def rest(self, record: Record, taken: Iterable[str]) -> None:
        """Note every cell that none of these kinds covers, and those in a language that cannot be told."""
        kinds = set(taken)
        for head, text in record.cells:
            if head.kind not in kinds:
                self.lose(record, head.heading or "without a heading", f"{shown(text)}{_WHY.get(head.kind, '')}")
            elif head.language and not self.tag(head):
                cure = f"name the language with its tag, such as {head.kind}::Name (en), and give it labels"
                self.lose(record, head.heading, f"the language of {shown(text)} cannot be told; {cure}")


_NEAR: Literal["approximated"] = "approximated"
_WHY = {
    "hint": "; there are no hints here: put into the label what she must know",
    "guidance_hint": "; it is for interviewers, and nobody interviews here",
    "choice_filter": "; all choices of the list are asked",
    "calculation": "; nothing is calculated",
    "default": "; no answer is filled in beforehand",
    "appearance": "; a telephone has one appearance",
    "required_message": "; the words for a missing answer are built in",
    "image": "; pictures cannot be sent",
    "video": "; films cannot be sent",
    "read_only": "; every question is answered",
}
