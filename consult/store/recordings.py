"""What was said aloud and waits to be written down: where each is, never the sound itself.

Rule 1: a row holds keys, so it is overwritten where it stands and never goes (`schema`, rule 2).
Rule 2: an erasure takes the keys of hers at once; the file and the carrier's copy follow (`consult.recordings`).
"""

from __future__ import annotations

from typing import Final

from consult.store.late import Row
from consult.store.records import Recorded
from consult.store.rows import Changes, Rows, truths
from consult.store.schema import Index, Table, blob, integer, text

RECORDINGS: Final = Table(
    "recordings",
    (*text("name", "consultation"), *integer("person"), *text("carrier"), *blob("ref", "wrapped", "live"))
    + integer("at", "state", "there", "id"),
    key=("id",),
    indexes=(Index(("name",), unique=True), Index(("state", "at")), Index(("person",))),
)
TABLES: Final = (RECORDINGS,)

_ALL: Final = RECORDINGS.select("WHERE state = ? ORDER BY at, id LIMIT ?")
_ONE: Final = RECORDINGS.select("WHERE name = ?")
_OF: Final = RECORDINGS.select("WHERE consultation = ? AND state = 1 ORDER BY at, id")
_THERE: Final = RECORDINGS.select("WHERE there = 1 AND state > 0 ORDER BY at, id LIMIT ?")
_ADD: Final = RECORDINGS.insert("id")


class RecordingsView(Rows):
    __slots__ = ()

    def recording(self, name: str) -> Recorded | None:
        return self._get(_to_recorded, _ONE, name)

    def recordings(self, state: int, limit: int = 100) -> list[Recorded]:
        return self._all(_to_recorded, _ALL, state, limit)

    def recordings_of(self, consultation: str) -> list[Recorded]:
        return self._all(_to_recorded, _OF, consultation)

    def recordings_there(self, limit: int = 100) -> list[Recorded]:
        return self._all(_to_recorded, _THERE, limit)


class RecordingsTx(Changes, RecordingsView):
    __slots__ = ()

    def add_recording(self, r: Recorded) -> None:
        values = (r.name, r.consultation, r.person, r.carrier, r.ref, r.wrapped, r.live, r.at, r.state, int(r.there))
        self._change(_ADD, *values)

    def fetched(self, name: str) -> bool:
        """Its file is here; the key that fetched it is no longer needed. False where it was burnt meanwhile."""
        found = self.recording(name)
        if found is None or found.state != Recorded.ASKED:
            return False
        sql = "UPDATE recordings SET state = 1, live = ? WHERE name = ?"
        return self._change(sql, bytes(len(found.live)), name) == 1

    def burn(self, name: str) -> None:
        if found := self.recording(name):
            blank = bytes(len(found.wrapped)), bytes(len(found.live))
            self._change("UPDATE recordings SET state = 2, wrapped = ?, live = ? WHERE name = ?", *blank, name)

    def burn_of(self, person: int) -> None:
        for (name,) in self._all(tuple, "SELECT name FROM recordings WHERE person = ? AND state < 2", person):
            self.burn(name)

    def burnt(self, name: str) -> None:
        self._change("UPDATE recordings SET state = 3 WHERE name = ? AND state = 2", name)

    def forgotten(self, name: str) -> None:
        if found := self.recording(name):
            self._change("UPDATE recordings SET there = 0, ref = ? WHERE name = ?", bytes(len(found.ref)), name)


def _to_recorded(row: Row) -> Recorded:
    return Recorded(*truths(row[:-1], 9))
