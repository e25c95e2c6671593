"""Releases: each is one row that the database itself never lets change."""

from __future__ import annotations

from typing import Final

from consult.store.records import Release
from consult.store.rows import Changes, Row, Rows
from consult.store.schema import Table, blob, integer, text

RELEASES: Final = Table(
    "releases",
    (*text("consultation"), *integer("number", "day", "arrival"), *text("sha256", "text"), *blob("sealed")),
    key=("consultation", "number"),
    kept=True,
)
_ALL: Final = RELEASES.select("WHERE consultation = ? ORDER BY number")


class ReleasesView(Rows):
    __slots__ = ()

    def releases(self, consultation: str) -> list[Release]:
        return self._all(_to_release, _ALL, consultation)


class ReleasesTx(Changes, ReleasesView):
    __slots__ = ()

    def keep_release(self, release: Release) -> None:
        self._change(RELEASES.insert(), *(getattr(release, name) for name in RELEASES.names()))


def _to_release(row: Row) -> Release:
    return Release(*row)
