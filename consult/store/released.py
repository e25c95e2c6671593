"""Releases, and what happened to what was asked in them: rows that the database itself never lets change."""

from __future__ import annotations

from typing import Final

from consult.store.records import AskRow, Release
from consult.store.rows import Changes, Row, Rows
from consult.store.schema import Table, blob, integer, text

RELEASES: Final = Table(
    "releases",
    (*text("consultation"), *integer("number", "day", "arrival"), *text("sha256", "text"), *blob("sealed")),
    key=("consultation", "number"),
    kept=True,
)
ASKS: Final = Table(
    "asks",
    (*text("consultation"), *integer("ask", "seq", "day"), *text("who", "kind", "text")),
    key=("consultation", "ask", "seq"),
    kept=True,
)
_EVENTS: Final = ASKS.select("WHERE consultation = ? ORDER BY ask, seq")
_ALL: Final = RELEASES.select("WHERE consultation = ? ORDER BY number")


class ReleasesView(Rows):
    __slots__ = ()

    def releases(self, consultation: str) -> list[Release]:
        return self._all(_to_release, _ALL, consultation)

    def ask_events(self, consultation: str) -> list[AskRow]:
        return self._all(_to_ask, _EVENTS, consultation)


class ReleasesTx(Changes, ReleasesView):
    __slots__ = ()

    def keep_release(self, release: Release) -> None:
        self._change(RELEASES.insert(), *(getattr(release, name) for name in RELEASES.names()))

    def add_ask_event(self, row: AskRow) -> None:
        values = (row.consultation, row.ask, row.seq, row.day, row.by, row.kind, row.text)
        self._change(ASKS.insert(), *values)


def _to_ask(row: Row) -> AskRow:
    return AskRow(*row)


def _to_release(row: Row) -> Release:
    return Release(*row)
