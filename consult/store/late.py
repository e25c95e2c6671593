"""What the works of one commit share: what they have read, and rows that are written together, late.

Every statement costs before it does anything, and lets other threads in between three times. An inbound message needs
five rows; those of all messages of a commit go in one statement a table.

Rule 1: nothing sees a table without its late rows. Every statement writes them first; the few that go by the side
(`Changes._aside`) see to it themselves that none of them matters.
Rule 2: late are only rows that the database has hardly a reason to refuse. Where it does, whatever the work that met
it made of it, the group runs again, carefully: a savepoint for each work, and what is late is written within it.
Rule 3: `seen` is what was read, and holds until something is changed at once; `known` forgets by name.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, Final

from consult.store.dialect import Connection, Cursor

PARTS: Final = (32, 8, 3, 1)  # rows in one statement: few statements to keep prepared, few to execute

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Late:
    """A statement over any number of rows of `width` values: what stands before and after them."""

    head: str
    width: int
    tail: str = ""

    @cache  # noqa: B019  # there are six of them, made once, and one a table where a database is copied
    def sql(self, rows: int) -> str:
        """The statement over so many rows."""
        one = f"({', '.join('?' * self.width)})"
        return f"{self.head} VALUES {', '.join((one,) * rows)}{self.tail}"


class Commit:
    """What is shared from one BEGIN to its COMMIT."""

    __slots__ = ("_late", "broken", "careful", "connection", "known", "seen", "touched")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.known: dict[str, Any] = {}
        self.seen: dict[Hashable, Any] = {}
        self.touched: set[int] = set()  # addresses of which something is late
        self.careful = False  # a work raised: they run again, each within a savepoint
        self.broken = False  # something late was refused: nothing of this may be kept
        self._late: dict[Late, dict[Hashable, Row]] = {}

    def execute(self, sql: str, values: Row = ()) -> Cursor:
        """Whatever may see what is late."""
        if self._late:
            self.write()
        return self.connection.execute(sql, values)

    def given(self, sql: str, values: Row) -> int:
        """The number that an INSERT was given."""
        if self._late:
            self.write()
        return self.connection.given(sql, values)

    def add(self, late: Late, key: Hashable, row: Row) -> None:
        """In place of an earlier row of this key."""
        self._late.setdefault(late, {})[key] = row

    def waiting(self, late: Late, key: Hashable) -> Row | None:
        """The row of this key that is not written yet."""
        return self._late.get(late, {}).get(key)

    def write(self) -> None:
        """All that is late, in the order in which each statement was first needed. Raises what the database says."""
        late, self._late, self.broken = self._late, {}, True
        self.touched.clear()
        for statement, rows in late.items():
            for some in parts(list(rows.values())):
                self.connection.execute(statement.sql(len(some)), list(chain.from_iterable(some)))
        self.broken = False

    def forget(self) -> None:
        """Nothing was read, nothing is to be written, and nothing was refused."""
        self.broken = False
        self.known.clear()
        self.seen.clear()
        self.touched.clear()
        self._late.clear()


def parts(rows: list[Row]) -> Iterator[list[Row]]:
    """The rows in as few statements as `PARTS` allows."""
    start = 0
    for size in PARTS:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size
