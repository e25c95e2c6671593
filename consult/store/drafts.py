"""Drafts of definitions: every version that was kept, and which one stands.

Rule 1: a version never changes; undoing and redoing only move what stands. Only versions long past are dropped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from consult.store.records import Draft
from consult.store.rows import Changes, Row, Rows
from consult.store.schema import Table, integer, text

DRAFTS: Final = Table(
    "drafts",
    (*text("name"), *integer("number", "before", "by_account", "day"), *text("toml")),
    key=("name", "number"),
)
DESIGNS: Final = Table("designs", (*text("name"), *integer("number")), key=("name",))
TABLES: Final = (DRAFTS, DESIGNS)

_COLUMNS: Final = ", ".join(f"d.{name}" for name in DRAFTS.names())
_STANDING: Final = f"SELECT {_COLUMNS} FROM designs s JOIN drafts d ON d.name = s.name AND d.number = s.number"
_ONE: Final = f"{_STANDING} WHERE s.name = ?"
_ALL: Final = f"{_STANDING} ORDER BY d.name"
_AT: Final = DRAFTS.select("WHERE name = ? AND number = ?")
_NEXT: Final = "SELECT max(number) FROM drafts WHERE name = ? AND before = ?"
_LAST: Final = "SELECT max(number) FROM drafts WHERE name = ?"
_OLD: Final = "DELETE FROM drafts WHERE name = ? AND number < ?"


class DraftsView(Rows):
    __slots__ = ()

    def draft(self, name: str, number: int | None = None) -> Draft | None:
        if number is None:
            return self._get(_to_draft, _ONE, name)
        return self._get(_to_draft, _AT, name, number)

    def drafts(self) -> list[Draft]:
        return self._all(_to_draft, _ALL)

    def draft_after(self, name: str, number: int) -> int | None:
        row = self._one(_NEXT, name, number)
        return row[0] if row else None


class DraftsTx(Changes, DraftsView):
    __slots__ = ()

    def keep_draft(self, draft: Draft) -> Draft:
        last = self._one(_LAST, draft.name)
        number = (last[0] if last and last[0] is not None else 0) + 1
        self._change(DRAFTS.insert(), draft.name, number, draft.before, draft.by, draft.day, draft.toml)
        self.stand_draft(draft.name, number)
        return replace(draft, number=number)

    def stand_draft(self, name: str, number: int) -> None:
        self._change(DESIGNS.upsert(), name, number)

    def drop_drafts(self, name: str, before: int) -> int:
        return self._change(_OLD, name, before)


def _to_draft(row: Row) -> Draft:
    return Draft(*row)
