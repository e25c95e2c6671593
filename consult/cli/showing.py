"""What operators see: tables, faults, a bar while something takes long. Words only; nothing is opened here.

Rule 1: text in a right-to-left script is isolated, so that it does not turn its line round.
Rule 2: no cell of a CSV is a formula (https://owasp.org/www-community/attacks/CSV_Injection).
"""

from __future__ import annotations

import json
import shutil
import sys
import time
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from consult.consultation import Fault

_ISOLATE, _END = "\u2068", "\u2069"
_RTL = ("R", "AL", "RLE", "RLO", "RLI")


def as_json(value: Any) -> str:
    """As scripts read it: one document, UTF-8."""
    return json.dumps(value, ensure_ascii=False, indent=2)


# ---- tables


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, right: Collection[int] = ()) -> str:
    """Columns under their headings; those of `right` are aligned to the right. No trailing spaces."""
    cells = [list(head), *([_cell(cell) for cell in row] for row in rows)]
    widths = [max(width(row[column]) for row in cells) for column in range(len(head))]
    lines = (
        "  ".join(_pad(cell, widths[column], column in right) for column, cell in enumerate(row)).rstrip()
        for row in cells
    )
    return "\n".join(lines)


def _cell(value: object) -> str:
    text = " ".join(str(value).split())
    isolated = any(unicodedata.bidirectional(sign) in _RTL for sign in text)
    return f"{_ISOLATE}{text}{_END}" if isolated else text


def _pad(text: str, to: int, right: bool) -> str:
    gap = " " * (to - width(text))
    return gap + text if right else text + gap


def width(text: str) -> int:
    """Columns on a terminal: marks and isolates take none, wide letters two."""
    return sum(_columns(sign) for sign in text)


def _columns(sign: str) -> int:
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in ("W", "F") else 1


# ---- faults


def faults(found: Iterable[Fault]) -> Iterator[str]:
    """A fault a line, its cure below; errors first, wrapped to the terminal."""
    import textwrap

    order = ("error", "warning", "note")
    columns = max(60, min(shutil.get_terminal_size((110, 24)).columns, 140))
    for fault in sorted(found, key=lambda fault: order.index(fault.level)):
        tongue = f", {fault.language}" if fault.language and not fault.where.endswith(f", {fault.language}") else ""
        said = f"{fault.level:<8} {fault.where}{tongue}: {fault.what}"
        yield from textwrap.wrap(said, columns, subsequent_indent=" " * 9, break_long_words=False)
        yield from textwrap.wrap(f"-> {fault.cure}", columns, initial_indent=" " * 9, subsequent_indent=" " * 12)


def counted(found: Iterable[Fault]) -> str:
    """ "2 errors, 1 warning" and, where there are any, notes."""
    levels = [fault.level for fault in found]
    parts = [_many(levels.count("error"), "error"), _many(levels.count("warning"), "warning")]
    return ", ".join(parts + ([_many(levels.count("note"), "note")] if "note" in levels else []))


def _many(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


# ---- progress


class Bar:
    """A progress bar on a terminal; silent anywhere else. Call it with (done, total)."""

    WIDTH = 30

    def __init__(self, what: str, out: TextIO | None = None) -> None:
        self._what, self._out = what, out or sys.stderr
        self._shown, self._live = 0.0, self._out.isatty()

    def __call__(self, done: int, total: int) -> None:
        """So much is done of so much."""
        at = time.monotonic()
        if not self._live or (done < total and at - self._shown < 0.1):
            return
        self._shown = at
        full = self.WIDTH * done // max(total, 1)
        bar = "#" * full + "." * (self.WIDTH - full)
        end = "\n" if done >= total else ""
        print(f"\r{self._what} [{bar}] {100 * done // max(total, 1)} %", end=end, file=self._out, flush=True)


def date_of(day: int) -> str:
    """A day since 1970-01-01 as 2026-03-01."""
    from datetime import date, timedelta

    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()
