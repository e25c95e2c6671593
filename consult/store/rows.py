"""What the table groups stand on: a way to execute, and values made from rows.

Rule 1: a reader or a transaction ends; whatever outlives it is refused instead of reading another's snapshot.
Rule 2: SQL keeps to what SQLite and PostgreSQL share (ON CONFLICT, RETURNING, partial indexes).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any, NoReturn, TypeVar

from consult.store import StoreError
from consult.store.dialect import Connection, Cursor
from consult.store.late import Commit, Late
from consult.store.late import Row as Row

T = TypeVar("T")


class Rows:
    """Executes within one snapshot. `_known` is what was read of it already and every message asks for again."""

    __slots__ = ("_aside", "_connection", "_execute", "_known", "_streams")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._execute: Callable[..., Cursor] = connection.execute
        self._aside: Callable[..., Cursor] = connection.execute  # where nothing late can matter
        self._known: dict[str, Any] = {}
        self._streams: list[Cursor] = []

    def _one(self, sql: str, *values: object) -> Row | None:
        row: Row | None = self._execute(sql, values).fetchone()
        return row

    def _get(self, make: Callable[[Row], T], sql: str, *values: object) -> T | None:
        row = self._execute(sql, values).fetchone()
        return None if row is None else make(row)

    def _asked(self, name: str, sql: str, *values: object) -> Row | None:
        """A row that is asked for again and again, once a snapshot; only where nothing late can matter."""
        if name not in self._known:
            self._known[name] = self._aside(sql, values).fetchone()
        row: Row | None = self._known[name]
        return row

    def _all(self, make: Callable[[Row], T], sql: str, *values: object) -> list[T]:
        return [make(row) for row in self._execute(sql, values)]

    def _stream(self, make: Callable[[Row], T], sql: str, *values: object) -> Iterator[T]:
        """Rows one at a time, for what may be long; only while the snapshot lasts."""
        self._going_on()
        cursor = self._connection.stream(sql, values)
        self._streams.append(cursor)
        return self._flow(cursor, make)

    def _flow(self, cursor: Cursor, make: Callable[[Row], T]) -> Iterator[T]:
        while rows := self._some(cursor):
            yield from map(make, rows)

    def _some(self, cursor: Cursor) -> list[Row]:
        self._going_on()
        return cursor.fetchmany(self._connection.batch)

    def _going_on(self) -> None:
        if self._execute is _over:
            _over()

    def end(self) -> None:
        """No more may be asked of it."""
        self._execute = self._aside = _over
        for cursor in self._streams:
            cursor.close()


class Changes(Rows):
    """Rows of a transaction: what is listed is read whole, since the caller may change it while he goes through it."""

    __slots__ = ("_commit",)

    def __init__(self, commit: Commit) -> None:
        super().__init__(commit.connection)
        self._execute = commit.execute
        self._commit, self._known = commit, commit.known

    def _asked(self, name: str, sql: str, *values: object) -> Row | None:
        self._going_on()
        row: Row | None = self._commit.look_up(name, sql, values)
        return row

    def _change(self, sql: str, *values: object) -> int:
        """Execute; how many rows it touched."""
        self._commit.changed()
        return self._execute(sql, values).rowcount

    def _tell(self, sql: str, *values: object) -> None:
        """Have it executed with what is late, where nobody needs its answer."""
        self._going_on()
        self._commit.tell(sql, values)

    def _given(self, sql: str, *values: object) -> int:
        """Execute an INSERT into a table that numbers its rows; the number."""
        self._going_on()
        self._commit.changed()
        return self._commit.given(sql, values)

    def _later(self, late: Late, key: Hashable, row: Row) -> None:
        """Write it with what else is late, at the latest before the commit."""
        self._commit.add(late, key, row)

    def _stream(self, make: Callable[[Row], T], sql: str, *values: object) -> Iterator[T]:
        return iter(self._all(make, sql, *values))


def truths(row: Row, *places: int) -> Row:
    """The row with its 0 and 1 at `places` as truth values."""
    values = list(row)
    for place in places:
        values[place] = values[place] == 1
    return tuple(values)


def _over(*_: object) -> NoReturn:
    raise StoreError("this snapshot has ended; read everything inside the function given to read or write")
