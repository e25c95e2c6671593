"""Connections to a PostgreSQL server as this store wants them (`dialect.Connection`), and its errors in our words.

psycopg 3, since it is the driver that PostgreSQL's own community keeps: an optional extra, imported here only.

Rule 1: whoever writes holds one advisory lock of the database from the first statement to the end of the commit, as
BEGIN IMMEDIATE does for a file. A reader that remembers the last number it saw misses rows that commit late without it
(318 of 1,200 in a trial); with it, none.
Rule 2: an error is told without its DETAIL, which quotes the row: keyed hashes of numbers have no place in a log.
Rule 3: a connection that the server ended is replaced when the next transaction begins; whether a commit was kept whose
answer got lost, the server is asked by the number of the transaction, so that what raises was not kept. A server that
fell or gave way to its standby meanwhile may have given that number to another: then nobody is told that it was kept.
Rule 4: a client that vanished holds the lock for a minute at most, one that stands still in the midst of a work for
20 seconds, less than others wait; then the server ends it. Whoever reads may take as long as it likes.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, partial
from itertools import count
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from consult.store import StoreError
from consult.store.connection import PATIENCE
from consult.store.dialect import Asked, Cursor, State
from consult.store.migrations import tables
from consult.store.schema import Table

try:
    import psycopg
    from psycopg.errors import InvalidParameterValue, UniqueViolation
    from psycopg.pq import TransactionStatus
    from psycopg.types.numeric import Int8Dumper
except ImportError:
    raise StoreError("PostgreSQL needs psycopg: pip install 'consult[postgres]'") from None

T = TypeVar("T")
LOCK: Final = int.from_bytes(b"consult")  # of all advisory locks of the database, ours
SESSION: Final = {
    "synchronous_commit": "on",
    "lock_timeout": f"{PATIENCE:.0f}s",
    "idle_in_transaction_session_timeout": "0",
    "tcp_keepalives_idle": "20",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "4",
    "timezone": "UTC",
    "client_min_messages": "error",
}
_BEGIN: Final = "BEGIN ISOLATION LEVEL READ COMMITTED"  # each statement sees all that committed before our lock
_LOCK: Final = (
    "SELECT pg_advisory_xact_lock(?), pg_current_xact_id()::text, "
    "set_config('idle_in_transaction_session_timeout', '20s', true)"
)
_STATUS: Final = b"SELECT pg_xact_status($1::text::xid8)"
_LIFE: Final = (  # another after every start, after a fall of one of its processes, and of another server
    b"SELECT pg_postmaster_start_time()::text, array_agg(pid ORDER BY pid)::text FROM pg_stat_activity "
    b"WHERE datid IS NULL AND usesysid IS NULL"
)
_LOOK: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_COMMIT: Final = "COMMIT"
_ENDS: Final = frozenset({_BEGIN, _LOOK, _COMMIT})  # nothing to prepare
_STATES: Final[dict[TransactionStatus, State]] = {
    TransactionStatus.IDLE: "idle",
    TransactionStatus.ACTIVE: "sound",
    TransactionStatus.INTRANS: "sound",
    TransactionStatus.INERROR: "refused",
    TransactionStatus.UNKNOWN: "lost",
}


class Server:
    """`dialect.Connection` to the database that `url` names. Raises StoreError when it cannot be had."""

    batch = 1000
    Error, IntegrityError = psycopg.Error, psycopg.IntegrityError

    def __init__(self, url: str) -> None:
        self._url = url
        self._writing = ""  # the number of the transaction that writes
        self._looks = False
        self._names = count(1)
        self._link = _connect(url)
        self._life = _life(self._link)

    @property
    def state(self) -> State:
        return _STATES[self._link.info.transaction_status]

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Cursor:
        return _bare(partial(self._link.execute, _spoken(sql), values))

    def given(self, sql: str, values: Sequence[Any]) -> int:
        row = self.execute(_returning(sql), values).fetchone()
        return int(row[0])

    def stream(self, sql: str, values: Sequence[Any]) -> Cursor:
        cursor = _Stream(self._link, f"flow{next(self._names)}")
        _bare(partial(cursor.execute, _spoken(sql), values))
        return cursor

    def begin(self, *, writes: bool) -> None:
        if writes:
            self.begin_asking(())
        else:
            self._anew(partial(self._together, [(_LOOK, ())]))
        self._looks = not writes

    def begin_asking(self, asked: Sequence[Asked]) -> list[list[Any]]:
        self._looks = False
        return self._anew(partial(self._begin_asking, asked))

    def ask(self, asked: Sequence[Asked]) -> list[list[Any]]:
        return [cursor.fetchall() for cursor in _bare(partial(self._together, asked))]

    def tell(self, told: Sequence[Asked]) -> None:
        _bare(partial(self._together, told))

    def keep(self, told: Sequence[Asked] = ()) -> bool:
        """Raises when it is not kept, and StoreError where nobody can tell any more."""
        try:
            ended = self._together([*told, (_COMMIT, ())])[-1].statusmessage
        except psycopg.Error as error:
            if self.state == "refused":
                return False
            if not self._link.closed or not self._was_kept():
                raise _without_detail(error) from None
        else:
            if ended != "COMMIT":
                raise StoreError("the database took back what was written; try again")
        return True

    def undo(self) -> None:
        """What only looked is ended otherwise: at a ROLLBACK the driver forgets every statement it had prepared."""
        if self.state != "idle":
            _bare(partial(self._link.execute, b"COMMIT" if self._looks else b"ROLLBACK"))

    def highest(self, table: Table) -> int:
        row = self.execute(f"SELECT last_value, is_called FROM {_sequence(table)}").fetchone()
        return int(row[0]) if row[1] else 0

    def set_highest(self, table: Table, number: int) -> None:
        self.execute("SELECT setval(?, ?, ?)", (_sequence(table), max(number, 1), number > 0))

    def twice(self, error: Exception) -> bool:
        return isinstance(error, UniqueViolation)

    def explain(self, error: Exception) -> StoreError:
        return explain(error, self._url)

    def close(self) -> None:
        self._link.close()

    def _anew(self, begin: Callable[[], T]) -> T:
        """On another connection where this one is found ended."""
        try:
            return begin()
        except psycopg.OperationalError:
            if not self._link.closed:
                raise
            self._link = _connect(self._url)
            self._life = _life(self._link)
            return begin()

    def _begin_asking(self, asked: Sequence[Asked]) -> list[list[Any]]:
        _, lock, *cursors = self._together([(_BEGIN, ()), (_LOCK, (LOCK,)), *asked])
        row = lock.fetchone()
        self._writing = str(row[1]) if row else ""
        return [cursor.fetchall() for cursor in cursors]

    def _together(self, told: Sequence[Asked]) -> list[psycopg.Cursor[tuple[Any, ...]]]:
        """There and back once; what follows a statement that was refused is not executed."""
        if len(told) == 1:
            return [self._said(*told[0])]
        with self._link.pipeline():
            return [self._said(sql, values) for sql, values in told]

    def _said(self, sql: str, values: Sequence[Any]) -> psycopg.Cursor[tuple[Any, ...]]:
        return self._link.execute(_spoken(sql), values, prepare=sql not in _ENDS)

    def _was_kept(self) -> bool:
        """What became of the transaction whose COMMIT was not answered. The server may still be at it, or starting."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(StoreError, psycopg.OperationalError), _connect(self._url) as asking:
                status = _status(asking, self._writing)
                if status == "committed" and _life(asking) != self._life:
                    break
                if status in ("committed", "aborted"):
                    return status == "committed"
            time.sleep(0.1)
        raise StoreError("the server does not tell whether the last works were kept; look before repeating them")


class _Stream(psycopg.RawServerCursor[tuple[Any, ...]]):
    """A cursor that lies at the server. One whose transaction is over has nothing left to close."""

    def close(self) -> None:
        if self.connection.info.transaction_status == TransactionStatus.INTRANS:
            super().close()
        else:
            psycopg.Cursor.close(self)


def _connect(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    try:
        link = psycopg.connect(
            url, autocommit=True, connect_timeout=10, application_name="consult", cursor_factory=psycopg.RawCursor
        )
    except psycopg.Error as error:
        raise explain(error, url) from None
    link.adapters.register_dumper(int, Int8Dumper)  # or a statement is prepared anew for each size of number
    link.prepare_threshold = 0  # prepared later, in a pipeline that breaks off, the driver would believe it there
    link.prepared_max = 256
    told = ", ".join(["set_config(?, ?, false)"] * len(SESSION))
    link.execute(_spoken(f"SELECT {told}"), [word for pair in SESSION.items() for word in pair])
    return link


def _life(link: psycopg.Connection[tuple[Any, ...]]) -> tuple[Any, ...] | None:
    """Tells one life of a server from another: its numbers of transactions mean what they mean within one."""
    return link.execute(_LIFE).fetchone()


def _status(link: psycopg.Connection[tuple[Any, ...]], number: str) -> str:
    """Of a transaction. A number that is yet to be given was given by a server that fell before it kept anything."""
    try:
        row = link.execute(_STATUS, (number,)).fetchone()
    except InvalidParameterValue:
        return "aborted"
    return str(row[0]) if row else ""


# ---- SQL


@cache
def _spoken(sql: str) -> bytes:
    """With the server's marks for values. There are some hundred statements, made once.

    psycopg's own marks are looked for in each statement anew where it has more than fifty: that took longer than
    all the rest of it.
    """
    places = count(1)
    return re.sub(r"\?", lambda _: f"${next(places)}", sql).encode()


@cache
def _returning(sql: str) -> str:
    """An INSERT that tells the number it was given."""
    name = sql.removeprefix("INSERT INTO ").split(" ", 1)[0]
    return f"{sql} RETURNING {next(each.numbered for each in tables() if each.name == name)}"


def _sequence(table: Table) -> str:
    return f"{table.name}_{table.numbered}_seq"


# ---- errors


def _bare(doing: Callable[[], T]) -> T:
    try:
        return doing()
    except psycopg.Error as error:
        raise _without_detail(error) from None


def _without_detail(error: psycopg.Error) -> psycopg.Error:
    """The same error, with its first line only."""
    told = error.diag.message_primary or str(error).split("\n", 1)[0]
    return type(error)(told)


def explain(error: Exception, url: str) -> StoreError:
    """The error in words that carry the cure, and no password."""
    told, where = str(error).split("\n", 1)[0], place(url)
    match getattr(error, "sqlstate", None) or "":
        case "53100" | "58030":
            return StoreError(
                f"the disk of {where} is full or failed; free some room, nothing acknowledged is lost", full=True
            )
        case "53300":
            return StoreError(f"{where} has no connection left; raise max_connections or end other programs")
        case "55P03":
            return StoreError(f"another program has held {where} for {PATIENCE:.0f} seconds; end it and try again")
        case "25006" | "42501" | "28000" | "28P01" | "3D000":
            return StoreError(f"cannot write {where} ({told}); give this user the database and the right to change it")
        case "XX001" | "XX002":
            return StoreError(f"{where} is damaged ({told}); restore the last backup")
        case "" if isinstance(error, psycopg.OperationalError):
            return StoreError(f"cannot reach {where} ({told}); start the server or correct CONSULT_DATABASE_URL")
        case code if code.startswith(("57P", "08")):
            return StoreError(f"{where} ended the connection ({told}); try again")
        case _:
            return StoreError(f"the store refused this: {told}", refused=isinstance(error, psycopg.IntegrityError))


def place(url: str) -> str:
    """Which database, for people: without user and password."""
    parts = urlsplit(url)
    return f"postgresql://{parts.netloc.rpartition('@')[2]}{parts.path}"
