"""SQLite connections as this store wants them (`dialect.Connection`), and its errors in the caller's words.

Rule 1: WAL with synchronous=FULL, foreign keys on, deleted content overwritten; transactions are begun by us only.
Rule 2: a database that another process holds is waited for by short naps of our own: SQLite's own handler naps up to
100 ms at a time and starves beside a busy process.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from consult.store import StoreError
from consult.store.dialect import Asked, State
from consult.store.schema import Table

PATIENCE: Final = 30.0  # seconds
PRAGMAS: Final = {"synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "temp_store": 2}
_RETRY: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def prepare(path: Path) -> None:
    """Make the folder (0700) and an empty file (0600) before SQLite does. Raises StoreError naming the path."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise StoreError(f"cannot write {path} ({error.strerror}); correct the folder or its owner") from error


class File(sqlite3.Connection):
    """`dialect.Connection` on a file. Executing stays the library's own: a method of ours costs a tenth of a read."""

    batch = 100
    path: Path

    @property
    def state(self) -> State:
        return "sound" if self.in_transaction else "idle"

    def given(self, sql: str, values: Sequence[Any]) -> int:
        """RETURNING would cost 6 to 10 us here."""
        return self.execute(sql, values).lastrowid or 0

    def stream(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        return self.execute(sql, values)

    def begin(self, *, writes: bool) -> None:
        if writes:
            patiently(self, "BEGIN IMMEDIATE")
        else:
            self.execute("BEGIN")

    def begin_asking(self, asked: Sequence[Asked]) -> list[list[Any]]:
        self.begin(writes=True)
        return self.ask(asked)

    def ask(self, asked: Sequence[Asked]) -> list[list[Any]]:
        return [self.execute(sql, values).fetchall() for sql, values in asked]

    def tell(self, told: Sequence[Asked]) -> None:
        for sql, values in told:
            self.execute(sql, values)

    def keep(self, told: Sequence[Asked] = ()) -> bool:
        try:
            self.tell(told)
        except sqlite3.Error:
            return False
        patiently(self, "COMMIT")
        return True

    def undo(self) -> None:
        if self.in_transaction:
            self.execute("ROLLBACK")

    def highest(self, table: Table) -> int:
        row = self.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,)).fetchone()
        return int(row[0]) if row else 0

    def set_highest(self, table: Table, number: int) -> None:
        self.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
        self.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table.name, number))

    def twice(self, error: Exception) -> bool:
        return getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_CONSTRAINT_UNIQUE

    def explain(self, error: Exception) -> StoreError:
        return explain(error, self.path)


def connect(path: Path, *, writes: bool) -> File:
    """A connection that any one thread at a time may use. Raises sqlite3.Error."""
    timeout = 0 if writes else PATIENCE
    connection = sqlite3.connect(
        path, timeout=timeout, isolation_level=None, check_same_thread=False, cached_statements=256, factory=File
    )
    connection.path = path
    try:
        if writes:
            patiently(connection, "PRAGMA journal_mode = WAL")
        for name, value in PRAGMAS.items():
            patiently(connection, f"PRAGMA {name} = {value}")
        if not writes:
            connection.execute("PRAGMA cache_size = -512")
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def patiently(connection: sqlite3.Connection, sql: str, patience: float = PATIENCE) -> list[tuple[Any, ...]]:
    """Its rows, waited for while another process holds the database. Raises sqlite3.Error after `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return connection.execute(sql).fetchall()
        except sqlite3.OperationalError as error:
            if _primary(error) not in _RETRY or time.monotonic() > deadline:
                raise
        time.sleep(random.uniform(0.0002, 0.002))


def explain(error: Exception, path: Path) -> StoreError:
    """The error in words that carry the cure."""
    match _primary(error):
        case sqlite3.SQLITE_FULL:
            return StoreError(f"the disk of {path} is full; free some room, nothing acknowledged is lost", full=True)
        case sqlite3.SQLITE_IOERR:
            full = _is_full(path)
            return StoreError(f"the disk of {path} failed ({error}); free room or replace the disk", full=full)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return StoreError(
                f"cannot write {path} ({error}); give this user the file and its folder, mounted writable"
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreError(f"another program has held {path} for {PATIENCE:.0f} seconds; end it and try again")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return StoreError(f"{path} is damaged or no database ({error}); restore the last backup")
        case _:
            return StoreError(f"the store refused this: {error}", refused=isinstance(error, sqlite3.IntegrityError))


def _primary(error: Exception) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _is_full(path: Path) -> bool:
    try:
        state = os.statvfs(path.parent)
    except OSError:
        return False
    return state.f_bavail * state.f_frsize < 65536
