"""A PostgreSQL of the tests' own: a server on a socket in a temporary folder, and a database for each test."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import closing
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from consult.store import open_at
from tests.conftest import need, need_module, roomy_memory

INSTALL = "apt-get install postgresql"
MODULE = "pip install 'consult[postgres]'"
_AS_NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")  # PostgreSQL refuses to run as root
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "max_wal_size": "200MB",
}


class Cluster:
    """A running server. `folder` holds its socket, its log and its files; it is made `within` another, or in memory.

    `follows`: a standby of that one.
    """

    def __init__(self, follows: Cluster | None = None, within: Path | None = None, **settings: str) -> None:
        folders = [str(each) for each in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
        self._programs = {name: need(name, INSTALL, *folders) for name in ("initdb", "pg_ctl", "pg_basebackup")}
        need_module("psycopg", MODULE)
        self.folder = Path(tempfile.mkdtemp(prefix="consult-pg-", dir=within or roomy_memory()))
        self._as = _AS_NOBODY if os.geteuid() == 0 else ()
        self._names = count(1)
        self._template = ""
        self._settings = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in (_SETTINGS | settings).items())
        self.give(self.folder)
        if follows:
            self.follow(follows)
            return
        whose = ("-U", "consult", "--auth=trust", "--no-sync", "-E", "UTF8", "--no-locale")
        self.run("initdb", "-D", str(self.data), *whose)
        self.start()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        options = f"-k {self.folder} {self._settings}"
        self.run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        self.run("pg_ctl", "-D", str(self.data), "-w", "-m", mode, "stop")

    def follow(self, other: Cluster) -> None:
        """Become a standby of the other, which acknowledges nothing any more before it is here too."""
        shutil.rmtree(self.data, ignore_errors=True)
        of = ("-h", str(other.folder), "-U", "consult")
        self.run("pg_basebackup", "-D", str(self.data), *of, "-R", "-X", "stream", "--checkpoint=fast", "--no-sync")
        self.start()
        other.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        other.sql("SELECT pg_reload_conf()")
        while not other.sql("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"):
            time.sleep(0.02)

    def promote(self) -> None:
        """The standby takes what is written from now on, and waits for nobody."""
        self.run("pg_ctl", "-D", str(self.data), "-w", "promote")

    def end(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, program: str, *words: str) -> None:
        command = [*self._as, self._programs[program], *words]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def give(self, folder: Path) -> None:
        """To the user the server runs as."""
        if self._as:
            shutil.chown(folder, "nobody", "nogroup")

    def url(self, database: str) -> str:
        return f"postgresql://consult@/{database}?host={self.folder}"

    def database(self, more: str = "") -> str:
        """A new one; its URL."""
        name = f"test{next(self._names)}"
        self.sql(f"CREATE DATABASE {name} {more}")
        return self.url(name)

    def store(self, more: str = "") -> str:
        """A new one with an empty store in it, copied from one that was migrated once; its URL."""
        if not self._template:
            self._template = self.database()
            open_at(self._template).close()
        return self.database(f"TEMPLATE {self._name(self._template)} {more}")

    def sql(self, statement: str, url: str = "") -> list[tuple[Any, ...]]:
        import psycopg

        with closing(psycopg.connect(url or self.url("postgres"), autocommit=True)) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def files(self, url: str) -> Path:
        """Where the tables of a database lie."""
        relative = self.sql("SELECT pg_relation_filepath('pg_class')", url)[0][0]
        return (self.data / relative).parent

    def drop(self, url: str) -> None:
        self.sql(f"DROP DATABASE {self._name(url)} WITH (FORCE)")

    def _name(self, url: str) -> str:
        return urlsplit(url).path.removeprefix("/")


@cache
def cluster() -> Cluster:
    """The one of this process, ended with it."""
    started = Cluster()
    atexit.register(started.end)
    return started
