"""How people come in, and who must be left alone: codes, attempts, suppressions, imports.

Rule 1: a code is used once, whoever asks at the same time.
Rule 2: counts of attempts go after a day: they hold the keyed index of strangers.
Rule 3: undoing an import takes back only those nobody has written to or heard from, and their numbers with them.
"""

from __future__ import annotations

from typing import Final

from consult.store.late import Late
from consult.store.records import Code, Import
from consult.store.rows import Changes, Row, Rows, truths
from consult.store.schema import ATTEMPTS, CODES, IMPORTS, SUPPRESSIONS

_CODE: Final = CODES.select("WHERE hashed = ?")
_ADD_CODE: Final = CODES.insert()
_USE: Final = "UPDATE codes SET used = 1 WHERE hashed = ? AND used = 0"
_ATTEMPT: Final = Late(ATTEMPTS.into(), 4, " ON CONFLICT (day, kind, mark) DO UPDATE SET times = excluded.times")
_FORGET: Final = Late("DELETE FROM attempts WHERE day < (", 1, ")")
_TIMES: Final = "SELECT times FROM attempts WHERE day = ? AND kind = ? AND mark = ?"
_OF_ALL: Final = "attempts of all: "  # among what a commit knows
_IMPORTS: Final = IMPORTS.select("WHERE consultation = ? ORDER BY id")
_UNTOUCHED: Final = "SELECT person FROM enrolments WHERE imported = ? AND state = 'waiting' ORDER BY person"
# An address nobody of which is enrolled, was ever in a conversation, was written to, or asked for anything.
_FREE: Final = (
    "SELECT a.id, a.number FROM people p JOIN addresses a ON a.id = p.address WHERE p.id = ? AND a.stopped IS NULL "
    "AND a.dead = 0 AND a.generation = 0 AND a.flags = '' AND NOT EXISTS (SELECT 1 FROM people q JOIN keys k "
    "ON k.person = q.id WHERE q.address = a.id) AND NOT EXISTS (SELECT 1 FROM people q JOIN enrolments e "
    "ON e.person = q.id WHERE q.address = a.id) AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.address = a.id) "
    "AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.address = a.id)"
)


class JoiningView(Rows):
    __slots__ = ()

    def code(self, hashed: bytes) -> Code | None:
        return self._get(_to_code, _CODE, hashed)

    def suppressed(self, index: bytes) -> bool:
        return self._one("SELECT 1 FROM suppressions WHERE mark = ?", index) is not None

    def imports(self, consultation: str) -> list[Import]:
        return self._all(_to_import, _IMPORTS, consultation)


class JoiningTx(Changes, JoiningView):
    __slots__ = ()

    def suppress(self, index: bytes, kind: str, day: int) -> None:
        self._change(SUPPRESSIONS.upsert(), index, kind, day)

    def unsuppress(self, index: bytes) -> None:
        self._change("DELETE FROM suppressions WHERE mark = ?", index)

    def add_codes(self, codes: list[Code]) -> None:
        for code in codes:
            self._change(_ADD_CODE, code.hashed, code.consultation, int(code.used), code.segments)

    def use_code(self, hashed: bytes) -> bool:
        return self._change(_USE, hashed) == 1

    def attempt(self, index: bytes, day: int, kind: str) -> int:
        key = (day, kind, index)
        row = self._commit.waiting(_ATTEMPT, key)
        times = 1 + (row[3] if row else self._times(*key))
        self._later(_ATTEMPT, key, (*key, times))
        if not index:
            self._known[_OF_ALL + kind + str(day)] = (times,)
        return times

    def _times(self, day: int, kind: str, index: bytes) -> int:
        """What everybody's are counted in is asked for by every message."""
        key = (day, kind, index)
        row = self._aside(_TIMES, key).fetchone() if index else self._asked(_OF_ALL + kind + str(day), _TIMES, *key)
        if row is None:
            self._later(_FORGET, "", (day - 1,))
        return int(row[0]) if row else 0

    # ---- imports

    def add_import(self, what: Import) -> int:
        sql = IMPORTS.insert("id")
        return self._given(sql, what.consultation, what.day, what.people, int(what.undone))

    def undo_import(self, id: int) -> int:
        people = self._all(_first, _UNTOUCHED, id)
        for person in people:
            self._change("DELETE FROM enrolments WHERE person = ? AND imported = ?", person, id)
            self._forget(person)
        self._change("UPDATE imports SET undone = 1 WHERE id = ?", id)
        return len(people)

    def _forget(self, person: int) -> None:
        """The number of someone who never heard of us."""
        for address, number in self._all(tuple, _FREE, person):
            self._change("DELETE FROM people WHERE address = ?", address)
            self._change("DELETE FROM addresses WHERE id = ?", address)
            if found := self._one("SELECT length(sealed) FROM numbers WHERE id = ?", number):
                self._change("UPDATE numbers SET sealed = ? WHERE id = ?", bytes(found[0]), number)


def _to_code(row: Row) -> Code:
    return Code(row[0], row[1], row[2] == 1, row[3])


def _to_import(row: Row) -> Import:
    return Import(*truths(row, 4))


def _first(row: Row) -> int:
    return int(row[0])
