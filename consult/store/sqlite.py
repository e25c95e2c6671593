"""The store on SQLite: one file, one writer thread, readers that never wait for it.

Rule 1: nothing outside consult/store sees a connection; `open_store` gives a Store (`consult.store`).
Rule 2: a reader holds one snapshot and goes back to a small pool; the writer's cache is the only large one.
Rule 3: after an erasure `scrub` returns only when the log is empty: then what was overwritten is in neither file.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from consult.store import Store, StoreError, Tx, View
from consult.store.accounts import AccountsTx, AccountsView
from consult.store.connection import PATIENCE, PRAGMAS, connect, explain, prepare
from consult.store.conversations import ConversationsTx, ConversationsView
from consult.store.episodes import EpisodesTx, EpisodesView
from consult.store.inbox import InboxTx, InboxView
from consult.store.joining import JoiningTx, JoiningView
from consult.store.journal import JournalTx, JournalView
from consult.store.ledger import LedgerTx, LedgerView, broken_chain
from consult.store.lines import LinesTx, LinesView
from consult.store.migrations import VERSION, migrate, version
from consult.store.outbox import OutboxTx, OutboxView
from consult.store.people import PeopleTx, PeopleView
from consult.store.recordings import RecordingsView
from consult.store.released import ReleasesTx, ReleasesView
from consult.store.writer import Writer

T = TypeVar("T")

# Those that begin here have no gaps: what is missing was taken out by someone who may write the file.
_MISSING: Final = (
    "SELECT max(j.seq) - count(*), j.epoch FROM journal j JOIN origin o ON o.node = j.node GROUP BY j.epoch "
    "HAVING max(j.seq) > count(*)"
)
IDLE: Final = 4  # readers kept open


class SqliteView(
    PeopleView,
    ConversationsView,
    JournalView,
    InboxView,
    OutboxView,
    JoiningView,
    LedgerView,
    AccountsView,
    LinesView,
    RecordingsView,
    EpisodesView,
    ReleasesView,
):
    """One snapshot (`consult.store.View`)."""

    __slots__ = ()


class SqliteTx(
    PeopleTx,
    ConversationsTx,
    JournalTx,
    InboxTx,
    OutboxTx,
    JoiningTx,
    LedgerTx,
    AccountsTx,
    LinesTx,
    EpisodesTx,
    ReleasesTx,
):
    """A write in progress (`consult.store.Tx`)."""

    __slots__ = ()


class SqliteStore:
    """`consult.store.Store` on the file `path`, migrated when opened. Raises StoreError."""

    def __init__(self, path: Path) -> None:
        self.where, self._path = str(path), path
        prepare(path)
        begin: Callable[..., Tx] = SqliteTx
        try:
            migrate(path)
            self._writer = Writer(path, partial(connect, path, writes=True), begin)
        except sqlite3.Error as error:
            raise explain(error, path) from error
        self._idle: list[sqlite3.Connection] = []

    def write(self, work: Callable[[Tx], T]) -> T:
        result: T = self._writer.write(work)
        return result

    def read(self, look: Callable[[View], T]) -> T:
        self._writer.check()
        try:
            reader = self._reader()
            try:
                return _look(reader, look)
            finally:
                self._put_back(reader)
        except sqlite3.Error as error:
            raise explain(error, self._path) from error

    def scrub(self) -> None:
        """Empty the log. Raises StoreError while a reader holds it for longer than 30 seconds: then scrub again."""
        self._writer.check()
        deadline = time.monotonic() + PATIENCE
        try:
            with closing(connect(self._path, writes=True)) as connection:
                while _checkpoint(connection):
                    if time.monotonic() > deadline:
                        raise StoreError(
                            "someone reads the database without end, so traces remain in its log; scrub again"
                        )
                    time.sleep(0.005)
        except sqlite3.Error as error:
            raise explain(error, self._path) from error

    def backup(self, path: str) -> None:
        """A consistent copy, on the disk when this returns. Raises StoreError, also if the file exists."""
        self._writer.check()
        target = Path(path)
        try:
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError as error:
            raise StoreError(f"cannot write the backup {path} ({error.strerror}); give another path") from error
        try:
            with closing(connect(self._path, writes=False)) as connection:
                connection.execute("PRAGMA query_only = OFF")  # SQLite counts VACUUM INTO as a write
                connection.execute("VACUUM INTO ?", (str(target),))
            _flush(target)
        except (sqlite3.Error, OSError) as error:
            target.unlink(missing_ok=True)
            raise explain(error, target) if isinstance(error, sqlite3.Error) else StoreError(str(error)) from error

    def check(self) -> list[str]:
        self._writer.check()
        try:
            with closing(connect(self._path, writes=False)) as connection:
                return [*_faults(connection), *self._faults_of_files()]
        except sqlite3.Error as error:
            return [explain(error, self._path).why]

    def close(self) -> None:
        self._writer.close()
        while self._idle:
            with suppress(IndexError):
                self._idle.pop().close()

    # ---- readers

    def _reader(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return connect(self._path, writes=False)

    def _put_back(self, reader: sqlite3.Connection) -> None:
        if reader.in_transaction or len(self._idle) >= IDLE or self._writer.over:
            reader.close()
        else:
            self._idle.append(reader)

    def _faults_of_files(self) -> list[str]:
        line = self.read(lambda view: broken_chain(view.audit()))
        faults = [] if line is None else [f"the audit was changed at line {line}; compare it with a backup"]
        for file in self._path.parent.glob(f"{self._path.name}*"):
            if file.stat().st_mode & 0o077:
                faults.append(f"others may read {file}; chmod 600 it")
        return faults


def open_store(where: str | Path) -> Store:
    """The store at a path or `sqlite:///path`; its folder and file are made when missing. Raises StoreError."""
    path = str(where).removeprefix("sqlite:///")
    if "://" in path:
        raise StoreError(f"no store speaks {path.split('://')[0]}; give a path or sqlite:///path")
    return SqliteStore(Path(path))


def _look(reader: sqlite3.Connection, look: Callable[[View], T]) -> T:
    view = SqliteView(reader)
    reader.execute("BEGIN")
    try:
        return look(view)
    finally:
        view.end()
        reader.execute("COMMIT")


def _checkpoint(connection: sqlite3.Connection) -> bool:
    """Move the log into the database and cut it to nothing; True while someone prevents it."""
    busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return bool(busy)


def _flush(path: Path) -> None:
    """VACUUM INTO leaves the copy to the operating system."""
    for target in (path, path.parent):
        descriptor = os.open(target, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _faults(connection: sqlite3.Connection) -> list[str]:
    """What the database says of itself."""
    faults = [f"integrity: {row[0]}" for row in connection.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]
    faults += [
        f"a row of {row[0]} points to nothing in {row[2]}" for row in connection.execute("PRAGMA foreign_key_check")
    ]
    faults += [
        f"{row[0]} facts of epoch {row[1]} are missing from the journal; compare it with a backup"
        for row in connection.execute(_MISSING)
    ]
    wanted = {"journal_mode": "wal", **PRAGMAS}
    for name, value in wanted.items():
        found = connection.execute(f"PRAGMA {name}").fetchone()[0]
        if found != value:
            faults.append(f"{name} is {found}, should be {value}; use the SQLite of this installation")
    if (found := version(connection)) != VERSION:
        faults.append(
            f"the schema is of step {found}, this program of step {VERSION}; start it once with the newer one"
        )
    return faults
