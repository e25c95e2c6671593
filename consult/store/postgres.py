"""The store on PostgreSQL, for a hub that outgrows one machine: `CONSULT_DATABASE_URL=postgresql://...`.

Everything it promises, and all its SQL, is that of the SQLite store; what differs is how it connects (`server`) and
what is left on a disk. A row that held a key is destroyed at once for whoever asks the database, and overwritten on
the disk after a VACUUM:

Rule 1: PostgreSQL never writes over a row: a change leaves the old one behind, and a plain VACUUM gives its room back
without wiping it (seen: 14 of 30 destroyed keys still in the file). So `scrub` writes the tables that hold anything
sealed anew (VACUUM FULL) and drops the old files. It waits until no reader could still see the old rows, and takes each
table only when it is free, so that nobody queues behind it.
Rule 2: while a table is written anew, whoever needs it waits: 1.4 s for the keys of 100,000 people, 10 s for 500,000
messages (two busy cores). So what is `LARGE` waits for `scrub(whole=True)`, at night, but numbers and keys never do.
Rule 3: where it is done again and again by the way (`spread`), it is only where something changed: numbers and keys
each time, the others every ten minutes, one after the other.
Rule 4: what the server wrote into its log (WAL), its archive and its standbys stays there until they expire: whoever
runs the server keeps them for seven days at most.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from consult.store import Store, StoreError, Tx, View
from consult.store.connection import PATIENCE, connect, explain
from consult.store.migrations import UNFINISHED, VERSION, migrate, migrate_server, server_version, tables, there
from consult.store.readers import Readers
from consult.store.recordings import RECORDINGS
from consult.store.records import About
from consult.store.schema import KEYS, NUMBERS, Table
from consult.store.server import Server, place
from consult.store.whole import WholeTx, faults
from consult.store.writer import Writer

if TYPE_CHECKING:
    from consult.store.copying import Copied, Progress

T = TypeVar("T")
LARGE: Final = 64 << 20  # bytes
AT_ONCE: Final = (NUMBERS, KEYS, RECORDINGS)  # however large
_NAP: Final = 0.02  # seconds
SPREAD: Final = 600.0  # seconds
_STEP: Final = 20.0  # seconds by which tables follow one another, so that nobody waits for all of them
_CHANGES: Final = "SELECT relname, n_tup_upd + n_tup_del FROM pg_stat_user_tables"
_OLDEST: Final = (
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_xmin IS NOT NULL AND age(backend_xmin) > age(CAST(CAST(? AS text) AS xid)) LIMIT 1"
)
_SAFE: Final = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "server_encoding": "UTF8"}
_PUBLIC: Final = (
    "SELECT DISTINCT table_name FROM information_schema.table_privileges "
    "WHERE grantee = 'PUBLIC' AND table_schema = current_schema() ORDER BY 1"
)
_CLEAR: Final = (
    "SELECT 1 FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND NOT ssl AND inet_server_addr() IS NOT NULL "
    "AND NOT inet_server_addr() <<= inet '127.0.0.0/8' AND inet_server_addr() <> inet '::1'"
)


class PostgresStore:
    """`consult.store.Store` in the database that `url` names, migrated when opened. Raises StoreError."""

    def __init__(self, url: str) -> None:
        self.where = url
        begin: Callable[..., Tx] = WholeTx
        with self._connected() as connection:
            if there(connection, UNFINISHED):
                raise StoreError(
                    f"{place(url)} holds half a copy; repeat consult store copy, it goes on where it ended"
                )
            migrate_server(connection, place(url))
        self._writer = Writer(partial(Server, url), begin)
        self.pulse = self._writer.pulse
        self._readers = Readers(partial(Server, url))
        self._anew: dict[str, tuple[float, int]] = {}  # by table: when it is due again, its changes when it was last

    def write(self, work: Callable[[Tx], T], about: About | None = None) -> T:
        result: T = self._writer.write(work, about)
        return result

    def read(self, look: Callable[[View], T]) -> T:
        self._writer.check()
        return self._readers.look(look)

    def scrub(self, *, whole: bool = False, spread: bool = False) -> None:
        """Write anew what holds anything sealed (rules 1 to 4). Raises StoreError while a reader prevents it for longer
        than 30 seconds: then scrub again.
        """
        self._writer.check()
        deadline = time.monotonic() + PATIENCE
        with self._connected() as connection:
            due = list(self._due(connection, spread=spread))
            if due:
                _outlast_readers(connection, deadline)
                connection.execute("SET lock_timeout = '50ms'")
            for table in due:
                if whole or table in AT_ONCE or not _large(connection, table):
                    _write_anew(connection, table, deadline)

    def _due(self, connection: Server, *, spread: bool) -> Iterator[Table]:
        """The tables to write anew; of those that may wait, what changed since and is due."""
        now, changes = time.monotonic(), dict(connection.execute(_CHANGES).fetchall())
        for nth, table in enumerate(each for each in tables() if _sealed(each)):
            due, last = self._anew.get(table.name, (0.0, -1))
            changed = changes.get(table.name, 0)
            if spread and (changed == last or (now < due and table not in AT_ONCE)):
                continue
            self._anew[table.name] = (now + SPREAD + nth * _STEP, changed)
            yield table

    def backup(self, path: str) -> None:
        """A consistent copy as an SQLite file, which any Consult opens. Raises StoreError, also if the file exists."""
        from consult.store.copying import into_file

        self._writer.check()
        with self._connected() as connection:
            into_file(connection, Path(path))

    def current(self) -> bool:
        self._writer.check()
        with self._connected() as connection:
            return server_version(connection) == VERSION

    def check(self) -> list[str]:
        self._writer.check()
        try:
            with self._connected() as connection:
                return [*_faults(connection), *faults(connection)]
        except StoreError as error:
            return [error.why]

    def close(self) -> None:
        self._writer.close()
        self._readers.close()

    @contextmanager
    def _connected(self) -> Iterator[Server]:
        with closing(Server(self.where)) as connection:
            try:
                yield connection
            except connection.Error as error:
                raise connection.explain(error) from error


def move_in(file: Path, url: str, progress: Progress | None = None) -> list[Copied]:
    """The SQLite store `file` into the empty database of `url`, as it is; again, to go on. Raises StoreError."""
    from consult.store.copying import into_server

    if not file.is_file():
        raise StoreError(f"there is no store at {file}; set CONSULT_DATA to the folder it is in")
    try:
        migrate(file)
        with closing(connect(file, writes=True)) as source, closing(Server(url)) as target:
            try:
                return into_server(source, target, place(url), progress)
            except target.Error as error:
                raise target.explain(error) from error
    except sqlite3.Error as error:
        raise explain(error, file) from error


def open_store(url: str) -> Store:
    """The store in the database of this URL. Raises StoreError."""
    return PostgresStore(url)


# ---- scrubbing


def _sealed(table: Table) -> bool:
    """Whether something in it may be erased: a column that is sealed, in rows that are not kept for ever."""
    return not table.kept and any(column.kind == "blob" and column.name not in table.key for column in table.columns)


def _large(connection: Server, table: Table) -> bool:
    return bool(connection.execute("SELECT pg_table_size(CAST(? AS regclass)) > ?", (table.name, LARGE)).fetchone()[0])


def _outlast_readers(connection: Server, deadline: float) -> None:
    """Wait until every snapshot is younger than now."""
    now = connection.execute("SELECT pg_current_xact_id()::xid::text").fetchone()[0]
    while connection.execute(_OLDEST, (now,)).fetchone():
        _nap(deadline)


def _write_anew(connection: Server, table: Table, deadline: float) -> None:
    from psycopg.errors import LockNotAvailable

    while True:
        try:
            connection.execute(f"VACUUM (FULL) {table.name}")
            return
        except LockNotAvailable:
            _nap(deadline)


def _nap(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise StoreError("someone reads the database without end, so traces remain in it; scrub again")
    time.sleep(_NAP)


# ---- what the database says of itself


def _faults(connection: Server) -> list[str]:
    found = [*_orphans(connection)]
    for name, value in _SAFE.items():
        is_ = connection.execute(f"SHOW {name}").fetchone()[0]
        if is_ != value:
            found.append(f"{name} is {is_}, should be {value}; correct the server's settings")
    found += [f"everyone may use {row[0]}; revoke what PUBLIC has" for row in connection.execute(_PUBLIC)]
    if connection.execute(_CLEAR).fetchone():
        found.append("the way to the server is not encrypted; add sslmode=verify-full to CONSULT_DATABASE_URL")
    if (step := server_version(connection)) != VERSION:
        found.append(f"the schema is of step {step}, this program of step {VERSION}; start it once with the newer one")
    return found


def _orphans(connection: Server) -> Iterator[str]:
    """Only whoever switched the server's own checks off can make one."""
    for table in tables():
        for column in (each for each in table.columns if each.to):
            sql = (
                f"SELECT 1 FROM {table.name} c WHERE c.{column.name} IS NOT NULL "
                f"AND NOT EXISTS (SELECT 1 FROM {column.to} p WHERE p.id = c.{column.name}) LIMIT 1"
            )
            if connection.execute(sql).fetchone():
                yield f"a row of {table.name} points to nothing in {column.to}"
