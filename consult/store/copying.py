"""A whole database into another one, whichever speaks which dialect: row by row, in the order of the keys.

Rule 1: it is one snapshot that is copied; what is written meanwhile is not in it. Who moves to the copy for good lets
nobody write meanwhile.
Rule 2: the copy is checked: each table is counted and hashed in both, read back from where it was written.
Rule 3: a copy that was interrupted goes on behind the last row that is there; until it is checked, a table `UNFINISHED`
stands in its database, and nobody opens that as a store.
Rule 4: numbers that were given and whose rows went are not given again: the highest one is copied too.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

from consult import durable
from consult.store import StoreError
from consult.store.connection import connect, explain
from consult.store.dialect import Connection
from consult.store.late import Late, parts
from consult.store.migrations import MADE, UNFINISHED, migrate, migrate_server, tables, there
from consult.store.schema import ORIGIN, Table

BATCH: Final = 500  # rows in one transaction
Row = tuple[Any, ...]
Progress = Callable[[int, int], None]  # how many rows are done, of how many


@dataclass(frozen=True, slots=True)
class Copied:
    """A table of the copy: how many rows, and the SHA-256 over all of them in the order of their keys."""

    table: str
    rows: int
    sha256: str


def into_file(source: Connection, target: Path) -> None:
    """Everything into a new SQLite file, on the disk when this returns. Raises StoreError; then no file is left."""
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise StoreError(f"cannot write the backup {target} ({error.strerror}); give another path") from error
    try:
        migrate(target)
        source.begin(writes=False)
        with closing(connect(target, writes=True)) as connection:
            copy(source, connection)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        durable.settle(target.parent)
    except BaseException as error:
        for left in target.parent.glob(f"{target.name}*"):
            left.unlink()
        if isinstance(error, sqlite3.Error):
            raise explain(error, target) from error
        raise
    finally:
        source.undo()


def into_server(source: Connection, target: Connection, whose: str, progress: Progress | None = None) -> list[Copied]:
    """Everything into a PostgreSQL database that is empty, or holds what an earlier try has copied, while nobody writes
    to the source. Raises StoreError where it holds anything else or the copy is not the same, and what either says.
    """
    if not there(target, UNFINISHED):
        if there(target, MADE.name):
            raise StoreError(f"{whose} holds a store already; give an empty database", refused=True)
        target.execute(f"CREATE TABLE {UNFINISHED} ()")
    migrate_server(target, whose)
    source.begin(writes=True)
    try:
        copied = copy(source, target, progress)
    finally:
        source.undo()
    target.execute("ANALYZE")  # or the server's first plans are those for empty tables
    target.execute(f"DROP TABLE {UNFINISHED}")
    return copied


def copy(source: Connection, target: Connection, progress: Progress | None = None) -> list[Copied]:
    """What the open transaction of `source` sees into `target`, which has nothing but what an earlier try has copied.

    Raises StoreError where the copy is not the same in the end, and what either database says.
    """
    _put_origin(source, target)
    whole = sum(_count(source, table) for table in tables())
    done = sum(_count(target, table) for table in tables())
    for table in tables():
        for some in _fill(source, target, table):
            done += some
            (progress or _quiet)(done, whole)
        _go_on_counting(source, target, table)
    return [_checked(source, target, table) for table in tables()]


def _put_origin(source: Connection, target: Connection) -> None:
    """That of a new store makes room for the one which facts carry."""
    target.begin(writes=True)
    target.execute(f"DELETE FROM {ORIGIN.name}")
    for row in source.execute(ORIGIN.select("")).fetchall():
        target.execute(ORIGIN.insert(), row)
    target.keep()


def _fill(source: Connection, target: Connection, table: Table) -> Iterator[int]:
    """How many rows each transaction has copied."""
    late = Late(table.into(), len(table.columns))
    after = _last_key(target, table)
    while rows := _rows(source, table, after):
        target.begin(writes=True)
        for some in parts(rows):
            target.execute(late.sql(len(some)), list(chain.from_iterable(some)))
        target.keep()
        after = _key(table, rows[-1])
        yield len(rows)


def _go_on_counting(source: Connection, target: Connection, table: Table) -> None:
    if table.serial:
        target.begin(writes=True)
        target.set_highest(table, source.highest(table))
        target.keep()


def _rows(connection: Connection, table: Table, after: Row | None) -> list[Row]:
    """The next ones in the order of the keys."""
    keys = ", ".join(table.key)
    beyond = f"WHERE ({keys}) > ({', '.join('?' * len(table.key))}) " if after else ""
    return connection.execute(table.select(f"{beyond}ORDER BY {keys} LIMIT ?"), (*(after or ()), BATCH)).fetchall()


def _last_key(connection: Connection, table: Table) -> Row | None:
    falling = ", ".join(f"{name} DESC" for name in table.key)
    row = connection.execute(f"SELECT {', '.join(table.key)} FROM {table.name} ORDER BY {falling} LIMIT 1").fetchone()
    return None if row is None else tuple(row)


def _key(table: Table, row: Sequence[Any]) -> Row:
    names = table.names()
    return tuple(row[names.index(name)] for name in table.key)


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0])


# ---- checking


def _checked(source: Connection, target: Connection, table: Table) -> Copied:
    here, there = summed(source, table), summed(target, table)
    if here != there:
        raise StoreError(
            f"{table.name} was not copied as it is ({here.rows} rows, {there.rows} in the copy); was anything written "
            "meanwhile? Empty the database that was to be the copy, and copy again"
        )
    return there


def summed(connection: Connection, table: Table) -> Copied:
    """How many rows a table has, and their hash: the same in both dialects where the values are."""
    digest, rows = hashlib.sha256(), 0
    for row in _all(connection, table):
        digest.update(b"".join(_told(value) for value in row))
        rows += 1
    return Copied(table.name, rows, digest.hexdigest())


def _all(connection: Connection, table: Table) -> Iterator[Row]:
    after: Row | None = None
    while rows := _rows(connection, table, after):
        yield from rows
        after = _key(table, rows[-1])


def _told(value: object) -> bytes:
    """A value with its kind and length, so that no two rows are told alike."""
    content = value if isinstance(value, bytes) else repr(value).encode()
    return f"{type(value).__name__}:{len(content)}:".encode() + content


def _quiet(done: int, whole: int) -> None:
    """Nobody watches."""
