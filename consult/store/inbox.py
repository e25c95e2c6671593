"""What was taken from a carrier: a mark per message, kept for ever, and sealed messages that could not be applied yet.

Rule 1: a mark carries the day; the exact time is kept once per carrier, for reading its list after downtime.
"""

from __future__ import annotations

from typing import Final

from consult.store.rows import Changes, Rows
from consult.store.schema import INBOX

_TAKE: Final = INBOX.insert(tail="ON CONFLICT DO NOTHING")
_HEARD: Final = (
    "INSERT INTO carriers (carrier, free_at, heard_at) VALUES (?, 0, ?) ON CONFLICT (carrier) "
    "DO UPDATE SET heard_at = excluded.heard_at WHERE carriers.heard_at < excluded.heard_at"
)
_HOLD: Final = "INSERT INTO held (mark, sealed) VALUES (?, ?) ON CONFLICT (mark) DO UPDATE SET sealed = excluded.sealed"


class InboxView(Rows):
    __slots__ = ()

    def held(self, limit: int = 100) -> list[tuple[bytes, bytes]]:
        return self._all(_pair, "SELECT mark, sealed FROM held ORDER BY id LIMIT ?", limit)

    def last_heard(self, carrier: str) -> int:
        row = self._one("SELECT heard_at FROM carriers WHERE carrier = ?", carrier)
        return int(row[0]) if row else 0


class InboxTx(Changes, InboxView):
    __slots__ = ()

    def take(self, key: bytes, day: int, carrier: str, at: int) -> bool:
        if not self._change(_TAKE, key, day, carrier):
            return False
        self._change(_HEARD, carrier, at)
        return True

    def hold(self, key: bytes, sealed: bytes) -> None:
        self._change(_HOLD, key, sealed)

    def unhold(self, key: bytes) -> None:
        if found := self._one("SELECT length(sealed) FROM held WHERE mark = ?", key):
            self._change("UPDATE held SET sealed = ? WHERE mark = ?", bytes(found[0]), key)
            self._change("DELETE FROM held WHERE mark = ?", key)


def _pair(row: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    return (row[0], row[1])
