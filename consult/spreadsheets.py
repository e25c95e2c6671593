"""Tables for other programs: CSV, XLSX, SQLite. Nothing in them is ever calculated by whoever opens them.

Rule 1: a cell that a spreadsheet would take for a formula is marked as text (CSV) or stored as text (XLSX).
Rule 2: what is written is readable by this user alone, and there whole or not at all.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from consult import durable

_FORMULA = ("=", "+", "-", "@", "|", "%")
_BREAKS = ("\t", "\r", "\n")
Cells = Iterable[Sequence[object]]


class Missing(Exception):
    """What writes this format is not installed; the message says how to get it."""


def inert(cell: object) -> object:
    """A cell that no spreadsheet calculates; numbers stay numbers.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    if not isinstance(cell, str):
        return cell
    return f"'{cell}" if cell.lstrip().startswith(_FORMULA) or cell.startswith(_BREAKS) else cell


def as_csv(rows: Cells) -> str:
    """RFC 4180, without the last line end."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([inert(cell) for cell in row] for row in rows)
    return out.getvalue().rstrip("\r\n")


def write_csv(path: Path, rows: Cells) -> None:
    """With the mark by which spreadsheets know UTF-8. Raises OSError."""
    durable.write(path, f"{as_csv(rows)}\r\n".encode("utf-8-sig"))


def write_xlsx(path: Path, tables: Mapping[str, Cells]) -> None:
    """Raises Missing, OSError."""
    durable.write(path, as_xlsx(tables))


def as_xlsx(tables: Mapping[str, Cells]) -> bytes:
    """A sheet for each table, every text stored as text. Raises Missing."""
    try:
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell
    except ImportError:
        raise Missing("spreadsheets need openpyxl: pip install 'consult[xlsx]'") from None
    book = Workbook(write_only=True)
    for name, rows in tables.items():
        sheet = book.create_sheet(name[:31])
        for row in rows:
            cells = [WriteOnlyCell(sheet, value=cell if isinstance(cell, int) else str(cell)) for cell in row]
            for cell in cells:
                cell.data_type = "n" if isinstance(cell.value, int) else "s"
            sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
