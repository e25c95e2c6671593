"""The calls that are being held: what each was last answered, sealed.

Rule 1: one line for her number and ours, so that a second call of hers takes the place of the first.
"""

from __future__ import annotations

from typing import Final

from consult.store.rows import Changes, Rows
from consult.store.schema import Table, blob, integer

LINES: Final = Table("lines", (*blob("mark", "sealed"), *integer("at")), key=("mark",), keyed=True)
TABLES: Final = (LINES,)

_HOLD: Final = LINES.upsert()


class LinesView(Rows):
    __slots__ = ()

    def line(self, mark: bytes) -> bytes | None:
        found = self._one("SELECT sealed FROM lines WHERE mark = ?", mark)
        return bytes(found[0]) if found else None


class LinesTx(Changes, LinesView):
    __slots__ = ()

    def hold_line(self, mark: bytes, sealed: bytes, at: int) -> None:
        self._change(_HOLD, mark, sealed, at)

    def drop_lines(self, before: int) -> int:
        return self._change("DELETE FROM lines WHERE at < ?", before)
