"""What the works of one commit share: what they have read, and rows that are written together, late.

Every statement costs before it does anything, lets other threads in between three times, and goes to a server and back.
An inbound message asks for six things and needs five rows; those of all messages of a commit are asked for together
when it begins (`ahead`), and written in one statement a table when it ends.

Rule 1: nothing sees a table without its late rows. Every statement writes them first; the few that go by the side
(`Changes._aside`) see to it themselves that none of them matters.
Rule 2: late are only rows that the database has hardly a reason to refuse. Where it does, whatever the work that met
it made of it, the group runs again, carefully: a savepoint for each work, and what is late is written within it.
Rule 3: `seen` and `ahead` are what was read, and hold until something is changed at once, or of this address; `known`
forgets by name.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, Final

from consult.store.dialect import Asked, Connection, Cursor

# Rows in one statement. Each size is a statement to keep prepared; most commits hold some ten messages.
PARTS: Final = (64, 32, *range(16, 0, -1))

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Late:
    """A statement over any number of rows of `width` values: what stands before and after them."""

    head: str
    width: int
    tail: str = ""

    @cache  # noqa: B019  # there are seven of them, made once, and one a table where a database is copied
    def sql(self, rows: int) -> str:
        """The statement over so many rows."""
        one = f"({', '.join('?' * self.width)})"
        return f"{self.head} VALUES {', '.join((one,) * rows)}{self.tail}"


class Commit:
    """What is shared from one BEGIN to its COMMIT."""

    __slots__ = (
        *("_last", "_late", "_told", "_usual", "ahead", "broken", "careful", "connection", "known", "moved", "seen"),
        "touched",
    )

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.known: dict[str, Any] = {}
        self.seen: dict[Hashable, Any] = {}
        self.ahead: dict[Hashable, Row | None] = {}  # what works are about to ask for
        self.touched: set[int] = set()  # addresses of which something is late
        self.moved: set[int] = set()  # addresses of which something changed since the commit began
        self.careful = False  # a work raised: they run again, each within a savepoint
        self.broken = False  # something late was refused: nothing of this may be kept
        self._late: dict[Late, dict[Hashable, Row]] = {}
        self._told: list[Asked] = []  # statements that need no answer
        self._usual: dict[str, Asked] = {}  # what every message asks for, in this commit
        self._last: dict[str, Asked] = {}  # and in the one before

    def begin(self, asked: list[Asked], *, careful: bool = False) -> list[list[Row]]:
        """The transaction, the rows of each of these, and what was usual the last time."""
        self.forget()
        self.careful = careful
        self._last, self._usual = self._usual or self._last, {}
        answers = self.connection.begin_asking([*asked, *self._last.values()])
        usual = zip(self._last, answers[len(asked) :], strict=True)
        self.known.update((name, rows[0] if rows else None) for name, rows in usual)
        return answers[: len(asked)]

    def look_up(self, name: str, sql: str, values: Row = ()) -> Any:
        """The row (None without one) that every message asks for; once a commit, with nothing late that matters."""
        self._usual[name] = (sql, values)
        if name not in self.known:
            self.known[name] = self.connection.execute(sql, values).fetchone()
        return self.known[name]

    def execute(self, sql: str, values: Row = ()) -> Cursor:
        """Whatever may see what is late."""
        if self._late or self._told:
            self.write()
        return self.connection.execute(sql, values)

    def ask(self, asked: list[Asked]) -> list[list[Row]]:
        """All of these together; the rows of each."""
        if self._late or self._told:
            self.write()
        return self.connection.ask(asked)

    def given(self, sql: str, values: Row) -> int:
        """The number that an INSERT was given."""
        if self._late or self._told:
            self.write()
        return self.connection.given(sql, values)

    def add(self, late: Late, key: Hashable, row: Row) -> None:
        """In place of an earlier row of this key."""
        self._late.setdefault(late, {})[key] = row

    def tell(self, sql: str, values: Row) -> None:
        """After the rows that are late, in the order of telling; nothing that is late may undo it."""
        self._told.append((sql, values))

    def waiting(self, late: Late, key: Hashable) -> Row | None:
        """The row of this key that is not written yet."""
        return self._late.get(late, {}).get(key)

    def touch(self, address: int) -> None:
        """Something of this address is late."""
        self.touched.add(address)
        self.moved.add(address)

    def changed(self) -> None:
        """Something was changed at once, and nobody says of whom."""
        self.seen.clear()
        self.ahead.clear()

    def write(self) -> None:
        """All that is late, in the order in which each statement was first needed. Raises what the database says."""
        self.broken = True
        self.connection.tell(self.last())
        self.broken = False

    def last(self) -> list[Asked]:
        """All that is late, as it is to be told; it is late no more."""
        late, self._late, told, self._told = self._late, {}, self._told, []
        self.touched.clear()
        added = [
            (statement.sql(len(some)), tuple(chain.from_iterable(some)))
            for statement, rows in late.items()
            for some in parts(list(rows.values()))
        ]
        return added + told

    def forget(self) -> None:
        """Nothing was read, nothing is to be written, and nothing was refused."""
        self.broken = False
        self.known.clear()
        self.changed()
        self.touched.clear()
        self.moved.clear()
        self._late.clear()
        self._told.clear()


def parts(rows: list[Row]) -> Iterator[list[Row]]:
    """The rows in as few statements as `PARTS` allows."""
    start = 0
    for size in PARTS:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size
