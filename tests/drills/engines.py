"""What a drill's hub stands on: an SQLite file and one process, or PostgreSQL and Redis with web and workers apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.drills.bells import Bell
from tests.store.clusters import Cluster, cluster

ENGINES = ("sqlite", "postgres")


def _nothing() -> None:
    """Nothing has to be written out."""


@dataclass(frozen=True)
class Engine:
    """`settings`: what every process of the hub is told; `files`: where the database lies, below the hub's data
    folder where it is None; `written`: call it before these files are read; `apart`: web and workers are several.
    """

    name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    files: Path | None = None
    written: Callable[[], None] = _nothing
    bell: Bell | None = None

    @property
    def apart(self) -> bool:
        return self.bell is not None

    def found_in(self, folder: Path) -> list[Path]:
        """The database's own files."""
        self.written()
        return (
            [file for file in self.files.iterdir() if file.is_file()] if self.files else [*folder.glob("consult.db*")]
        )


SQLITE = Engine("sqlite")


@contextmanager
def engine(
    name: str, own: Cluster | None = None, reached_by: Callable[[str], str] = lambda url: url, more: str = ""
) -> Iterator[Engine]:
    """One of `ENGINES`, with nothing in it. `own`: a server of PostgreSQL that may be struck; `reached_by`: how it is
    found meanwhile; `more`: what else is said of the database.
    """
    if name == "sqlite":
        yield SQLITE
        return
    server = own or cluster()
    url = server.store(more)
    with Bell() as bell:
        told = {"CONSULT_DATABASE_URL": reached_by(url), "CONSULT_REDIS_URL": bell.url}
        yield Engine(name, told, server.files(url), lambda: _written(server), bell)
    if own is None:
        server.drop(url)


def _written(server: Cluster) -> None:
    server.sql("CHECKPOINT")
