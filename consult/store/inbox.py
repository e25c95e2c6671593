"""What was taken from a carrier: a mark per message, kept for ever, and sealed messages that could not be applied yet.

Rule 1: a mark carries the day; the exact time is kept once per carrier, for reading its list after downtime.
Rule 2: a message that was taken before is met when its mark is refused, and looked for when the group runs again:
carriers seldom repeat themselves, and looking costs a read of the disk.
Rule 3: what was tried in vain goes behind what was tried less, so that it never stands before a message that can go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from consult.store.late import Late
from consult.store.rows import Changes, Rows
from consult.store.schema import CARRIERS, INBOX

_TAKEN: Final = "SELECT 1 FROM inbox WHERE mark = ?"
_TAKE: Final = Late(INBOX.into(), 3)
_HEARD: Final = Late(
    CARRIERS.into(),
    3,
    " ON CONFLICT (carrier) DO UPDATE SET heard_at = excluded.heard_at WHERE carriers.heard_at < excluded.heard_at",
)
_HOLD: Final = "INSERT INTO held (mark, sealed) VALUES (?, ?) ON CONFLICT (mark) DO UPDATE SET sealed = excluded.sealed"
_HELD: Final = (
    "SELECT h.mark, h.sealed FROM held h LEFT JOIN tried t ON t.mark = h.mark "
    "ORDER BY coalesce(t.times, 0), h.id LIMIT ?"
)
_TRIED: Final = (
    "INSERT INTO tried (mark, times) SELECT mark, 1 FROM held WHERE mark = ? "
    "ON CONFLICT (mark) DO UPDATE SET times = tried.times + 1"
)


class InboxView(Rows):
    __slots__ = ()

    def held(self, limit: int = 100) -> list[tuple[bytes, bytes]]:
        return self._all(_pair, _HELD, limit)

    def all_held(self) -> Iterator[tuple[bytes, bytes]]:
        return self._stream(_pair, "SELECT mark, sealed FROM held ORDER BY id")

    def how_many_held(self) -> int:
        row = self._one("SELECT count(*) FROM held")
        return int(row[0]) if row else 0

    def taken(self, key: bytes) -> bool:
        return self._one(_TAKEN, key) is not None

    def last_heard(self, way: str) -> int:
        row = self._one("SELECT heard_at FROM carriers WHERE carrier = ?", way)
        return int(row[0]) if row else 0


class InboxTx(Changes, InboxView):
    __slots__ = ()

    def take(self, key: bytes, day: int, carrier: str, at: int) -> bool:
        if self._commit.waiting(_TAKE, key) or (self._commit.careful and self._aside(_TAKEN, (key,)).fetchone()):
            return False
        self._later(_TAKE, key, (key, day, carrier))
        newest = self._commit.waiting(_HEARD, carrier)
        if newest is None or newest[2] < at:
            self._later(_HEARD, carrier, (carrier, 0.0, at))
        return True

    def hold(self, key: bytes, sealed: bytes) -> None:
        self._change(_HOLD, key, sealed)

    def tried(self, key: bytes) -> None:
        self._change(_TRIED, key)

    def unhold(self, key: bytes) -> bool:
        found = self._one("SELECT length(sealed) FROM held WHERE mark = ?", key)
        if not found:
            return False
        self._change("UPDATE held SET sealed = ? WHERE mark = ?", bytes(found[0]), key)
        self._change("DELETE FROM held WHERE mark = ?", key)
        self._change("DELETE FROM tried WHERE mark = ?", key)
        return True


def _pair(row: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    return (row[0], row[1])
