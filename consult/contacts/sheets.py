"""A contact list as rows of text: CSV (UTF-8 or UTF-16; comma, semicolon or tab) and XLSX, told apart by their bytes.

A list is a file of this machine, or the bytes that somebody sent to a page.

Rule 1: a hostile file costs a bounded amount of memory and time, and is refused with the cure, never survived.
Rule 2: nothing of a cell stands in an error: a list without headings begins with somebody's number.
Rule 3: rows are counted as a spreadsheet shows them: the headings are row 1.
"""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from consult import workbooks

COLUMNS = 64
CELL = 2_000  # characters looked at
ROWS = 1 << 20  # as many as a spreadsheet has

_ZIP, _OLE = workbooks.ZIP, workbooks.OLE


class ContactsError(Exception):
    """The contact list cannot be used; the message says why and what would help. Nothing was changed.

    `code` names the fault for a page.
    """

    def __init__(self, why: str, code: str = "") -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of a list is looked at: bytes of the file, of a spreadsheet's parts, and of the part that openpyxl reads
    whole; people."""

    file: int = 20 << 20
    unpacked: int = 200 << 20
    shared: int = 50 << 20
    people: int = 100_000


COMMAND = Bounds()  # for someone at this machine
PAGE = Bounds(1 << 19, 32 << 20, 4 << 20, 10_000)  # over a network, beside whoever else is served

Row = tuple[int, list[str]]
Source = Path | bytes


def rows(source: Source, bounds: Bounds = COMMAND) -> Iterator[Row]:
    """(row number, cells) of every row that is not blank, the headings first. Raises ContactsError."""
    path = source if isinstance(source, Path) else Path("the list")
    content = bytes_of(source, bounds)
    found = _spreadsheet(path, content, bounds) if content.startswith(_ZIP) else _separated(path, content)
    for count, row in enumerate(found):
        if count > bounds.people:
            raise ContactsError(f"{path} has more than {bounds.people} people; split it into several files", "many")
        yield row


def bytes_of(source: Source, bounds: Bounds = COMMAND) -> bytes:
    """The whole list as it was given. Raises ContactsError."""
    path = source if isinstance(source, Path) else Path("the list")
    try:
        large = (path.stat().st_size if isinstance(source, Path) else len(source)) > bounds.file
        content = b"" if large else source.read_bytes() if isinstance(source, Path) else source
    except OSError as error:
        raise ContactsError(f"cannot read {path} ({error.strerror}); correct the path") from None
    if large:
        cure = "keep only the columns that are used, or split it"
        raise ContactsError(f"{path} is larger than {bounds.file >> 10} kB; {cure}", "large")
    if content.startswith(_OLE):
        cure = "save it as XLSX without a password, or as CSV"
        raise ContactsError(f"{path} is of an old or locked spreadsheet format; {cure}", "old")
    return content


# ---- CSV


def _separated(path: Path, content: bytes) -> Iterator[Row]:
    text = _decoded(path, content)
    first, _, rest = text.partition("\n")
    skipped = 0
    delimiter = first.strip()[4:] if first.startswith("sep=") else ""  # what Excel itself writes first
    if len(delimiter) == 1:
        text, skipped = rest, 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter[:1] or _delimiter(first), strict=True)
    try:
        for number, cells in enumerate(reader, 1 + skipped):
            if any(row := [cell[:CELL].strip() for cell in cells[:COLUMNS]]):
                yield number, row
    except csv.Error:
        cure = "a quote opens there and is not closed, or stands in a cell; take it out, or save it again as CSV UTF-8"
        raise ContactsError(f"{path} is no table near line {reader.line_num}: {cure}", "table") from None


def _decoded(path: Path, content: bytes) -> str:
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise ContactsError(f"{path} is neither UTF-8 nor UTF-16; save it as CSV UTF-8, or as XLSX", "text") from None
    if "\0" in text:
        raise ContactsError(f"{path} is no text; save it as CSV UTF-8, or as XLSX", "text")
    return text


def _delimiter(headings: str) -> str:
    """Whatever separates most headings; between equals, the comma."""
    return max(",;\t", key=headings.count)


# ---- XLSX


def _spreadsheet(path: Path, content: bytes, bounds: Bounds) -> Iterator[Row]:
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise ContactsError(
            f"{path} is a spreadsheet, which needs: pip install 'consult[xlsx]' (or save it as CSV)", "openpyxl"
        ) from None
    _bounded(path, content, bounds)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and forms that openpyxl does not know
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            sheet = book[book.sheetnames[0]]
            sheet.reset_dimensions()  # what the file says of its own size may be a lie
            found = list(islice(_cells(sheet.iter_rows(values_only=True)), bounds.people + 2))
    except Exception:  # openpyxl lets a damaged file raise whatever it happens to
        raise ContactsError(
            f"{path} is no spreadsheet that can be read; save it again as XLSX, or as CSV", "damaged"
        ) from None
    return iter(found)


def _bounded(path: Path, content: bytes, bounds: Bounds) -> None:
    match workbooks.hazard(content, bounds.unpacked, bounds.shared):
        case "damaged":
            raise ContactsError(f"{path} is a damaged spreadsheet; save it again as XLSX, or as CSV", "damaged")
        case "bomb":
            cure = "copy the columns that are used to a new file"
            raise ContactsError(f"{path} unpacks to more than it should; {cure}", "bomb")


def _cells(found: Iterable[tuple[object, ...]]) -> Iterator[Row]:
    for number, cells in enumerate(islice(found, ROWS), 1):
        if any(row := [_text(cell) for cell in cells[:COLUMNS]]):
            yield number, row


def _text(cell: object) -> str:
    """A cell as it was typed: numbers whole and without an exponent, times not at all."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e16:
        return str(int(cell))
    if cell is None or isinstance(cell, date | datetime):
        return ""
    return str(cell)[:CELL].strip()
