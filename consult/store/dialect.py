"""What the table groups, the writer and the readers ask of a database, whichever it is.

Rule 1: SQL is written once, with `?` for values, in what SQLite and PostgreSQL share; a connection translates what is
left: numbers given to rows, cursors over what is long, how a transaction begins and ends, what an error means.
Rule 2: a server is as far away as another machine may be: what belongs together is asked, or told, together, and goes
there and back once.
Rule 3: one transaction writes at a time, in all processes together: what it reads stays true until its commit. Whoever
reads on after the last number it saw therefore misses nothing that commits later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Protocol

from consult.store import StoreError
from consult.store.schema import Table

Asked = tuple[str, Sequence[Any]]  # a statement and its values

# idle: no transaction; sound: one is open; refused: one is open, and takes nothing more before it is rolled back
# to a savepoint; lost: there was one, and nothing of it is left.
State = Literal["idle", "sound", "refused", "lost"]


class Cursor(Protocol):
    """Rows of one statement (PEP 249)."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchmany(self, size: int = ..., /) -> list[Any]: ...
    def fetchall(self) -> list[Any]: ...
    def close(self) -> None: ...
    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """One connection, used by one thread at a time."""

    batch: int  # rows fetched together from what is long

    @property
    def Error(self) -> type[Exception]: ...  # noqa: N802  # what the database says (PEP 249, optional extensions)
    @property
    def IntegrityError(self) -> type[Exception]: ...  # noqa: N802  # a row is refused
    @property
    def state(self) -> State: ...
    def execute(self, sql: str, values: Sequence[Any] = ..., /) -> Cursor: ...
    def given(self, sql: str, values: Sequence[Any]) -> int: ...  # of an INSERT: the number the database gave
    def stream(self, sql: str, values: Sequence[Any]) -> Cursor: ...  # not read into memory at once
    def begin(self, *, writes: bool) -> None: ...  # a snapshot to read; or the one that writes, waited for
    def begin_asking(self, asked: Sequence[Asked]) -> list[list[Any]]: ...  # the one that writes, and rows of each
    def ask(self, asked: Sequence[Asked]) -> list[list[Any]]: ...  # all of them at once; the rows of each
    def tell(self, told: Sequence[Asked]) -> None: ...  # all of them at once, in this order
    def keep(self, told: Sequence[Asked] = ..., /) -> bool: ...
    # ^ tells and commits: on disk when it returns True; False where something told was refused: nothing is kept yet
    def undo(self) -> None: ...  # also where nothing is open
    def highest(self, table: Table) -> int: ...  # the highest number a serial table ever gave
    def set_highest(self, table: Table, number: int) -> None: ...
    def twice(self, error: Exception) -> bool: ...  # whether a row was refused because there is one already
    def explain(self, error: Exception) -> StoreError: ...  # in words that carry the cure
    def close(self) -> None: ...
