"""Tables handed to others as an SQLite file of their own, through sqlite-utils; Datasette opens it as it is.

Rule 1: a new file, readable by this user alone, and whole before it has its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from consult import durable

Tables = Mapping[str, tuple[Sequence[str], Iterable[Sequence[object]]]]  # name -> columns and rows


def write_tables(path: Path, tables: Tables) -> None:
    """Replaces what was at `path`. Raises OSError."""
    durable.write(path, as_sqlite(tables))


def as_sqlite(tables: Tables) -> bytes:
    """The file's bytes."""
    from sqlite_utils import Database

    database = Database(memory=True)
    for name, (columns, rows) in tables.items():
        database.table(name).insert_all(dict(zip(columns, row, strict=True)) for row in rows)
    made: bytes = database.conn.serialize()
    database.close()
    return made
