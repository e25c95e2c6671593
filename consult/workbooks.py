"""Spreadsheets that others made, read as text: is this one safe to unpack, and what stands in its cells.

Rule 1: bounds first: bytes, what they unpack to, declared entities; only then is anything parsed, so many rows of it.
Rule 2: nothing is calculated. A formula is refused with its place, for what it shows is not what it says.
Rule 3: hidden characters are refused with their place; no cell is cut without a word.
"""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from consult.consultation.kinds import HIDDEN, shown

LARGEST = 2 << 20  # bytes of a form
UNPACKED, SHARED = 4 << 20, 2 << 20  # bytes of its parts (parsed, thirty times that), and of the part read whole
SHEETS, ROWS, COLUMNS, CELL = 16, 3_000, 200, 8_000
PROLOG = 1 << 16  # bytes of a part in which a declaration of entities is looked for
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

Row = tuple[int, list[str]]  # number as the spreadsheet shows it, cells
Workbook = Mapping[str, list[Row]]  # by the sheet's name; rows that are blank are not among them


class WorkbookError(Exception):
    """The workbook cannot be used; the message says where, why and what would help."""


def hazard(content: bytes, unpacked: int, shared: int) -> Literal["", "damaged", "bomb"]:
    """Why these bytes should not be parsed. zipfile never reads beyond the size a part declares."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            sizes = {part.filename: part.file_size for part in parts.infolist()}
            bomb = sum(sizes.values()) > unpacked or sizes.get("xl/sharedStrings.xml", 0) > shared
            bomb = bomb or any(b"<!" in _prolog(parts, name).replace(b"<!--", b"") for name in sizes)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, zlib.error, EOFError):
        return "damaged"
    return "bomb" if bomb else ""


def _prolog(parts: zipfile.ZipFile, name: str) -> bytes:
    """The beginning of an XML part, where entities that expand without end would be declared."""
    if not name.endswith((".xml", ".rels")):
        return b""
    with parts.open(name) as part:
        return part.read(PROLOG).partition(b"<sheetData")[0].partition(b"<sst")[0]


def read(path: Path) -> Workbook:
    """Every sheet as rows of text. Raises WorkbookError."""
    try:
        with path.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise WorkbookError(f"cannot read {path} ({error.strerror}); correct the path") from None
    return sheets(content, str(path))


def sheets(content: bytes, path: str) -> Workbook:
    """The same of bytes that came another way; `path` is how messages call them. Raises WorkbookError."""
    _demand_sound(content, path)
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise WorkbookError("spreadsheets need openpyxl: pip install 'consult[xlsx]'") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and validations that openpyxl does not know
            book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
            return {sheet.title: _rows(sheet) for sheet in _few(book.worksheets)}
    except WorkbookError as error:
        raise WorkbookError(f"{path}: {error}") from None
    except Exception:  # openpyxl lets a damaged file raise whatever it happens to
        raise WorkbookError(f"{path} is no spreadsheet that can be read; save it again as XLSX") from None


def _demand_sound(content: bytes, path: str) -> None:
    if len(content) > LARGEST:
        raise WorkbookError(f"{path} is larger than {LARGEST >> 20} MB; take pictures and unused sheets out")
    if not content.startswith(ZIP):
        old = "of an old or locked spreadsheet format" if content.startswith(OLE) else "no XLSX"
        raise WorkbookError(f"{path} is {old}; save it as XLSX, without a password")
    match hazard(content, UNPACKED, SHARED):
        case "damaged":
            raise WorkbookError(f"{path} is a damaged spreadsheet; save it again as XLSX")
        case "bomb":
            raise WorkbookError(f"{path} unpacks to more than it should; copy its sheets to a new file")


def _few(sheets: list[Any]) -> list[Any]:
    if len(sheets) > SHEETS:
        raise WorkbookError(f"has {len(sheets)} sheets; keep the ones that are used, at most {SHEETS}")
    return sheets


def _rows(sheet: Any) -> list[Row]:
    sheet.reset_dimensions()  # what the file says of its own size may be a lie
    title, found = shown(sheet.title), []
    for number, cells in enumerate(islice(sheet.iter_rows(max_col=COLUMNS + 1), ROWS + 1), 1):
        row = [_text(cell, (title, number, at)) for at, cell in enumerate(cells, 1)]
        if number > ROWS:
            raise WorkbookError(f"sheet {title} has more than {ROWS} rows; delete what is not used, empty rows too")
        if row[COLUMNS:] and row[COLUMNS]:
            raise WorkbookError(f"sheet {title} has more than {COLUMNS} columns; delete what is not used")
        if any(row):
            found.append((number, _trimmed(row)))
    return found


def _trimmed(row: list[str]) -> list[str]:
    """Without the empty cells at its end."""
    last = max(place for place, text in enumerate(row) if text)
    return row[: last + 1]


Place = tuple[str, int, int]  # sheet, row, column


def _where(place: Place) -> str:
    title, row, at = place
    return f"sheet {title}, row {row}, column {column_letter(at)}"


def _text(cell: Any, place: Place) -> str:
    """A cell as it was typed, numbers whole and without an exponent. Raises WorkbookError."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        raise WorkbookError(f"{_where(place)}: is a formula; copy the column and paste it as values")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        return str(int(value))
    text = str(value).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").strip()
    if len(text) > CELL:
        raise WorkbookError(f"{_where(place)}: has {len(text)} characters; keep to {CELL}")
    if hidden := HIDDEN.search(text):
        raise WorkbookError(f"{_where(place)}: holds a hidden character (U+{ord(hidden[0]):04X}); type the text anew")
    return text


def column_letter(number: int) -> str:
    """The column as a spreadsheet names it, from 1: A ... Z, AA ..."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
