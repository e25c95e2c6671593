"""Where the store is: moving it to a PostgreSQL server, and what is done to it at night."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from consult.cli.commands import Commands, Words, command
from consult.cli.endings import DONE, USAGE, Failed

if TYPE_CHECKING:
    from pathlib import Path

    from consult.config import Settings


def add(commands: Commands) -> None:
    """Declare store copy and store scrub."""
    parts = command(commands, "store", "move the store to PostgreSQL, and tidy it", None)
    group: Commands = parts.add_subparsers(metavar="WHAT", required=True)
    copy = command(
        group,
        "copy",
        "copy the SQLite store into an empty PostgreSQL database and check it; end every server of ours first",
        _copy,
        "consult store copy --to postgresql://consult@db.example.org/consult?sslmode=verify-full",
        "consult store copy --to NAME     the URL in the variable NAME, which keeps a password out of sight",
    )
    copy.add_argument("--to", metavar="URL", required=True, help="postgresql://..., or a variable that holds it")
    command(
        group,
        "scrub",
        "overwrite all that was erased, also where that keeps others waiting (PostgreSQL); nightly, by cron",
        _scrub,
        "consult store scrub",
    )


def _copy(words: Words) -> int:
    from consult.cli import opening, showing
    from consult.store.postgres import move_in
    from consult.store.server import place

    url = _url(words.to)
    copied = move_in(_file(opening.settings()), url, showing.Bar("copying"))
    for each in copied:
        print(f"{each.table:<14} {each.rows:>10}  {each.sha256[:16]}")
    print(f"{place(url)} holds the same, row by row: set CONSULT_DATABASE_URL to it, start the server, and when all is")
    print("well destroy the old file, which keeps what will be erased from now on")
    return DONE


def _url(given: str) -> str:
    from consult.store import POSTGRES

    url = given if "://" in given else os.environ.get(given, "")
    if url.partition("://")[0] not in POSTGRES:
        raise Failed("say where to: --to postgresql://..., or the name of a variable that holds it", USAGE)
    return url


def _file(settings: Settings) -> Path:
    """The store as it was before: the data folder's, or the SQLite file that was set."""
    from pathlib import Path

    set_ = settings.database_url or ""
    return Path(set_.removeprefix("sqlite:///")) if set_.startswith("sqlite:") else settings.data / "consult.db"


def _scrub(_: Words) -> int:
    from consult.cli import opening

    with opening.house() as house:
        house.store.scrub(whole=True)
    print("nothing that was erased is left in the files of the database")
    return DONE
