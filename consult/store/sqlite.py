"""The store on SQLite: one file, one writer thread, readers that never wait for it.

Rule 1: nothing outside consult/store sees a connection; `open_store` gives a Store (`consult.store`).
Rule 2: of all connections the writer's cache is the only large one (`readers`).
Rule 3: after an erasure `scrub` returns only when the log is empty: then what was overwritten is in neither file.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from consult.store import Store, StoreError, Tx, View
from consult.store.connection import PATIENCE, PRAGMAS, File, connect, explain, prepare
from consult.store.migrations import VERSION, migrate, version
from consult.store.readers import Readers
from consult.store.records import About
from consult.store.whole import WholeTx, faults
from consult.store.writer import Writer

T = TypeVar("T")


class SqliteStore:
    """`consult.store.Store` on the file `path`, migrated when opened. Raises StoreError."""

    def __init__(self, path: Path) -> None:
        self.where, self._path = str(path), path
        prepare(path)
        begin: Callable[..., Tx] = WholeTx
        with self._explained():
            migrate(path)
            self._writer = Writer(partial(connect, path, writes=True), begin)
        self.pulse = self._writer.pulse
        self._readers = Readers(self._reader)

    def write(self, work: Callable[[Tx], T], about: About | None = None) -> T:
        result: T = self._writer.write(work, about)
        return result

    def read(self, look: Callable[[View], T]) -> T:
        self._writer.check()
        return self._readers.look(look)

    def scrub(self, *, whole: bool = False, spread: bool = False) -> None:  # noqa: ARG002  # nothing ever has to wait
        """Empty the log. Raises StoreError while a reader holds it for longer than 30 seconds: then scrub again."""
        self._writer.check()
        deadline = time.monotonic() + PATIENCE
        with self._explained(), closing(connect(self._path, writes=True)) as connection:
            while _checkpoint(connection):
                if time.monotonic() > deadline:
                    raise StoreError("someone reads the database without end, so traces remain in its log; scrub again")
                time.sleep(0.005)

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

    def current(self) -> bool:
        self._writer.check()
        with self._explained(), closing(connect(self._path, writes=False)) as connection:
            return version(connection) == VERSION

    def check(self) -> list[str]:
        self._writer.check()
        try:
            with closing(connect(self._path, writes=False)) as connection:
                return [*_faults(connection), *faults(connection), *self._faults_of_files()]
        except sqlite3.Error as error:
            return [explain(error, self._path).why]

    def close(self) -> None:
        self._writer.close()
        self._readers.close()

    def _reader(self) -> File:
        with self._explained():
            return connect(self._path, writes=False)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise explain(error, self._path) from error

    def _faults_of_files(self) -> list[str]:
        return [
            f"others may read {file}; chmod 600 it"
            for file in self._path.parent.glob(f"{self._path.name}*")
            if file.stat().st_mode & 0o077
        ]


def open_store(where: str | Path) -> Store:
    """The store at a path or `sqlite:///path`; its folder and file are made when missing. Raises StoreError."""
    path = str(where).removeprefix("sqlite:///")
    if "://" in path:
        raise StoreError(f"no file is called {path.split('://')[0]}://; give a path or sqlite:///path")
    return SqliteStore(Path(path))


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
    found = [f"integrity: {row[0]}" for row in connection.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]
    found += [
        f"a row of {row[0]} points to nothing in {row[2]}" for row in connection.execute("PRAGMA foreign_key_check")
    ]
    wanted = {"journal_mode": "wal", **PRAGMAS}
    for name, value in wanted.items():
        is_ = connection.execute(f"PRAGMA {name}").fetchone()[0]
        if is_ != value:
            found.append(f"{name} is {is_}, should be {value}; use the SQLite of this installation")
    if (step := version(connection)) != VERSION:
        found.append(f"the schema is of step {step}, this program of step {VERSION}; start it once with the newer one")
    return found
