"""Bringing a database to the schema this version knows, through sqlite-utils' migrations.

Rule 1: a step, once released, never changes; a later change of `schema.TABLES` comes with a step that alters it.
Rule 2: all steps run inside one BEGIN IMMEDIATE: of processes that start at once one migrates, the others find it done.
Rule 3: sqlite-utils is imported only when there is something to do (it costs 0.12 s); its connection is closed after.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from consult.store import StoreError, accounts, episodes, lines, recordings, released, schema
from consult.store.connection import connect, patiently

if TYPE_CHECKING:
    from sqlite_utils import Database


def _first(connection: sqlite3.Connection) -> None:
    for table in schema.TABLES:
        for statement in schema.sqlite_ddl(table):
            connection.execute(statement)


def _accounts(connection: sqlite3.Connection) -> None:
    for table in accounts.TABLES:
        for statement in schema.sqlite_ddl(table):
            connection.execute(statement)


def _calls(connection: sqlite3.Connection) -> None:
    for table in lines.TABLES:
        for statement in schema.sqlite_ddl(table):
            connection.execute(statement)


def _recordings(connection: sqlite3.Connection) -> None:
    for table in recordings.TABLES:
        for statement in schema.sqlite_ddl(table):
            connection.execute(statement)


def _episodes(connection: sqlite3.Connection) -> None:
    for table in episodes.TABLES:
        for statement in schema.sqlite_ddl(table):
            connection.execute(statement)


def _texts(connection: sqlite3.Connection) -> None:
    for statement in schema.sqlite_ddl(episodes.TEXTS):
        connection.execute(statement)


def _releases(connection: sqlite3.Connection) -> None:
    for statement in schema.sqlite_ddl(released.RELEASES):
        connection.execute(statement)


def _asks(connection: sqlite3.Connection) -> None:
    for statement in schema.sqlite_ddl(released.ASKS):
        connection.execute(statement)


STEPS: Final[tuple[tuple[str, Callable[[sqlite3.Connection], None]], ...]] = (
    ("first", _first),
    ("accounts", _accounts),
    ("calls", _calls),
    ("recordings", _recordings),
    ("episodes", _episodes),
    ("texts", _texts),
    ("releases", _releases),
    ("asks", _asks),
)
VERSION: Final = len(STEPS)


def migrate(path: Path) -> None:
    """Apply what is missing and give a new store its origin. Raises StoreError if it is newer, sqlite3.Error."""
    connection = connect(path, writes=True)
    try:
        found = version(connection)
        if found > VERSION:
            raise StoreError(f"{path} was made by a newer version of Consult; install that version or a later one")
        if found < VERSION:
            _apply(connection)
    finally:
        connection.close()


def version(connection: sqlite3.Connection) -> int:
    """How many steps a database has seen. Another that closes it just now is waited for."""
    return int(patiently(connection, "PRAGMA user_version")[0][0])


def _apply(connection: sqlite3.Connection) -> None:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    migrations = Migrations("consult")
    for name, step in STEPS:
        migrations(name=name)(_of(step))
    patiently(connection, "BEGIN IMMEDIATE")
    migrations.apply(Database(connection))
    origin = (1, secrets.token_hex(8), secrets.randbits(31))
    connection.execute(schema.ORIGIN.insert(tail="ON CONFLICT DO NOTHING"), origin)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _of(step: Callable[[sqlite3.Connection], None]) -> Callable[[Database], None]:
    """sqlite-utils hands a step its Database; ours want the connection."""

    def run(database: Database) -> None:
        step(database.conn)

    return run
