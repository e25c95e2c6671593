"""Bringing a database to the schema this version knows: an SQLite file through sqlite-utils' migrations, PostgreSQL by
the same steps in a table.

Rule 1: a step, once released, never changes; a later change of `schema.TABLES` comes with a step that alters it. Steps
are data, tables and SQL that both dialects understand, so that neither store is ever a step behind.
Rule 2: all steps run inside one write: of processes that start at once one migrates, the others find it done.
Rule 3: sqlite-utils is imported only when there is something to do (it costs 0.12 s); its connection is closed after.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from consult.store import (
    StoreError,
    accounts,
    captured,
    drafts,
    episodes,
    lines,
    moderating,
    nodes,
    outbox,
    recordings,
    released,
    schema,
    texting,
    translations,
    uploads,
)  # fmt: skip
from consult.store.connection import connect, patiently
from consult.store.ddl import REFUSING, Ddl, postgres_ddl, sqlite_ddl
from consult.store.dialect import Connection

if TYPE_CHECKING:
    from sqlite_utils import Database


Step = tuple[str, tuple[schema.Table | str, ...]]  # its name; tables to make, and SQL that both dialects understand

STEPS: Final[tuple[Step, ...]] = (
    ("first", schema.TABLES),
    ("accounts", accounts.TABLES),
    ("calls", lines.TABLES),
    ("recordings", recordings.TABLES),
    ("episodes", episodes.TABLES),
    ("texts", (episodes.TEXTS,)),
    ("releases", (released.RELEASES,)),
    ("asks", (released.ASKS,)),
    ("costs", outbox.TABLES),
    ("nodes", nodes.TABLES),
    ("captured", captured.TABLES),
    ("drafts", drafts.TABLES),
    ("texting", texting.TABLES),
    ("uploads", uploads.TABLES),
    ("translations", translations.TABLES),
    ("moderating", moderating.TABLES),
)
VERSION: Final = len(STEPS)
MADE: Final = schema.Table("migrations", (*schema.integer("step"), *schema.text("name")), key=("step",))  # PostgreSQL
UNFINISHED: Final = "unfinished_copy"  # a table that stands in a database while another is copied into it


def tables() -> Iterator[schema.Table]:
    """All that the steps made, each after those it points to."""
    return (each for _, parts in STEPS for each in parts if isinstance(each, schema.Table))


def statements(parts: tuple[schema.Table | str, ...], ddl: Ddl) -> Iterator[str]:
    """What a step executes in a dialect."""
    for part in parts:
        yield from (part,) if isinstance(part, str) else ddl(part)


def origin() -> tuple[int, str, int]:
    """Of a new store: whatever begins here carries it for ever."""
    return (1, secrets.token_hex(8), secrets.randbits(31))


# ---- SQLite


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
    for name, parts in STEPS:
        migrations(name=name)(_of(parts))
    patiently(connection, "BEGIN IMMEDIATE")
    migrations.apply(Database(connection))
    connection.execute(schema.ORIGIN.insert(tail="ON CONFLICT DO NOTHING"), origin())
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _of(parts: tuple[schema.Table | str, ...]) -> Callable[[Database], None]:
    """sqlite-utils hands a step its Database; ours want the connection."""

    def run(database: Database) -> None:
        for statement in statements(parts, sqlite_ddl):
            database.conn.execute(statement)

    return run


# ---- PostgreSQL


def migrate_server(connection: Connection, whose: str) -> None:
    """The same for PostgreSQL, under the writers' lock. Raises StoreError if it is newer, what the database says."""
    if (found := server_version(connection)) < VERSION:
        connection.begin(writes=True)
        found = server_version(connection)  # another may have been quicker
        for statement in _missing(found):
            connection.execute(statement)
        for step, (name, _) in enumerate(STEPS[found:], found + 1):
            connection.execute(MADE.insert(), (step, name))
        connection.execute(schema.ORIGIN.insert(tail="ON CONFLICT DO NOTHING"), origin())
        connection.keep()
    if found > VERSION:
        raise StoreError(f"{whose} was made by a newer version of Consult; install that version or a later one")


def server_version(connection: Connection) -> int:
    """How many steps a PostgreSQL database has seen."""
    if not there(connection, MADE.name):
        return 0
    return int(connection.execute(f"SELECT count(*) FROM {MADE.name}").fetchone()[0])


def there(connection: Connection, table: str) -> bool:
    """Whether a PostgreSQL database has a table of this name."""
    return connection.execute("SELECT to_regclass(?)", (table,)).fetchone()[0] is not None


def _missing(found: int) -> Iterator[str]:
    yield REFUSING
    if not found:
        yield from postgres_ddl(MADE)
    for _, parts in STEPS[found:]:
        yield from statements(parts, postgres_ddl)
