"""Who wrote the words of a draft, who read them as a second person, and in which languages a version went out without.

Rule 1: a reading is of one text and its source, by their mark: where either changes, no reading is found any more, and
where both come back, it is found again.
Rule 2: who wrote lies beside the version of the draft that says so, and goes with it.
"""

from __future__ import annotations

from typing import Final

from consult.store.records import Reading
from consult.store.rows import Changes, Row, Rows
from consult.store.schema import Table, integer, text

READINGS: Final = Table(
    "readings",
    (*text("name", "string", "tag", "mark", "state"), *integer("by_account", "day")),
    key=("name", "string", "tag", "mark"),
)
WRITERS: Final = Table("writers", (*text("name"), *integer("number"), *text("accounts")), key=("name", "number"))
UNCHECKED: Final = Table("unchecked", (*text("name"), *integer("version"), *text("tags")), key=("name", "version"))
TABLES: Final = (READINGS, WRITERS, UNCHECKED)

_ALL: Final = READINGS.select("WHERE name = ? ORDER BY string, tag, mark")
_WRITERS: Final = "SELECT accounts FROM writers WHERE name = ? AND number = ?"
_UNCHECKED: Final = "SELECT tags FROM unchecked WHERE name = ? AND version = ?"
_DROP: Final = "DELETE FROM readings WHERE name = ? AND string = ? AND tag = ? AND mark = ?"


class TranslationsView(Rows):
    __slots__ = ()

    def readings(self, name: str) -> list[Reading]:
        return self._all(_to_reading, _ALL, name)

    def writers(self, name: str, number: int) -> str:
        row = self._one(_WRITERS, name, number)
        return str(row[0]) if row else ""

    def unchecked(self, name: str, version: int) -> tuple[str, ...]:
        row = self._one(_UNCHECKED, name, version)
        return tuple(str(row[0]).split()) if row else ()


class TranslationsTx(Changes, TranslationsView):
    __slots__ = ()

    def keep_reading(self, reading: Reading) -> None:
        self._change(READINGS.upsert(), *_of_reading(reading))

    def drop_reading(self, reading: Reading) -> bool:
        return self._change(_DROP, reading.name, reading.string, reading.tag, reading.mark) > 0

    def keep_writers(self, name: str, number: int, accounts: str) -> None:
        self._change(WRITERS.upsert(), name, number, accounts)

    def drop_writers(self, name: str, before: int) -> int:
        return self._change("DELETE FROM writers WHERE name = ? AND number < ?", name, before)

    def keep_unchecked(self, name: str, version: int, tags: tuple[str, ...]) -> None:
        self._change(UNCHECKED.upsert(), name, version, " ".join(tags))


def _of_reading(each: Reading) -> tuple[str | int, ...]:
    return (each.name, each.string, each.tag, each.mark, each.state, each.by, each.day)


def _to_reading(row: Row) -> Reading:
    return Reading(*row)
