"""What came while the node was locked, sealed to its inbox key: a letterbox that is emptied when it is unlocked.

Rule 1: nothing but a number in the order of coming stands beside what is sealed: no key was here to make a mark with.
Rule 2: what was taken is overwritten, at equal length, before its row goes.
"""

from __future__ import annotations

from typing import Final

from consult.store.rows import Changes, Rows
from consult.store.schema import Table, blob, integer

CAPTURED: Final = Table("captured", (*integer("id"), *blob("sealed")), key=("id",), serial=True)
TABLES: Final = (CAPTURED,)


class CapturedView(Rows):
    __slots__ = ()

    def captured(self, limit: int = 100) -> list[tuple[int, bytes]]:
        return self._all(_pair, "SELECT id, sealed FROM captured ORDER BY id LIMIT ?", limit)

    def how_many_captured(self) -> int:
        row = self._one("SELECT count(*) FROM captured")
        return int(row[0]) if row else 0


class CapturedTx(Changes, CapturedView):
    __slots__ = ()

    def capture(self, sealed: bytes) -> None:
        self._change(CAPTURED.insert("id"), sealed)

    def uncapture(self, id: int) -> None:
        found = self._one("SELECT length(sealed) FROM captured WHERE id = ?", id)
        if found:
            self._change("UPDATE captured SET sealed = ? WHERE id = ?", bytes(found[0]), id)
            self._change("DELETE FROM captured WHERE id = ?", id)


def _pair(row: tuple[int, bytes]) -> tuple[int, bytes]:
    return (int(row[0]), bytes(row[1]))
