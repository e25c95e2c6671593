"""Stores under test. A store for another database joins `KINDS` and thereby passes the same contract."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from consult.store import Store, open_at
from tests.store.clusters import Cluster, cluster

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ground:
    """Where a test's store is: `place` opens it, `files` holds its bytes."""

    place: str
    files: Path


@contextmanager
def _file(folder: Path) -> Iterator[Ground]:
    yield Ground(f"sqlite:///{folder / 'data' / 'consult.db'}", folder / "data")


@contextmanager
def _database(_: Path) -> Iterator[Ground]:
    place = cluster().store()
    yield Ground(place, cluster().files(place))
    cluster().drop(place)


KINDS = {"sqlite": _file, "postgres": _database}


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def ground(kind: str, tmp_path: Path) -> Iterator[Ground]:
    with KINDS[kind](tmp_path) as found:
        yield found


@pytest.fixture
def folder(ground: Ground) -> Path:
    return ground.files


@pytest.fixture
def place(ground: Ground) -> str:
    return ground.place


@pytest.fixture
def opened(ground: Ground) -> Iterator[Callable[[str], Store]]:
    """Opens a place; whatever a test opened is closed after it."""
    stores: list[Store] = []

    def at(place: str) -> Store:
        stores.append(open_at(place))
        return stores[-1]

    yield at
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Callable[[str], Store], place: str) -> Store:
    return opened(place)


def bytes_in(folder: Path) -> bytes:
    """Of every file in it."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


Child = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def child() -> Iterator[Child]:
    """Starts `tests.store.children` in another process."""
    started: list[subprocess.Popen[str]] = []

    def start(duty: str, place: str, *words: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.store.children", duty, place, *map(str, words)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        started.append(
            subprocess.Popen(
                command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stdin=subprocess.PIPE
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path | None]:
    """A disk of this size, or None where none may be mounted."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "consult-test", str(folder)]
    done = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    yield folder if done else None
    if done:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path | None]:
    with mounted(tmp_path / "small", "2m") as disk:
        yield disk


@dataclass(frozen=True)
class Cramped:
    """A store on a small disk, or, where none may be mounted, one whose writer may only make files up to `limit`."""

    place: str
    disk: Path | None
    size: str = ""
    limit: int = 0

    def grow(self) -> None:
        if self.disk:
            subprocess.run(["mount", "-o", f"remount,size={self.size}", str(self.disk)], check=True)


@pytest.fixture
def cramped(kind: str, tmp_path: Path) -> Iterator[Cramped]:
    if kind == "postgres":
        yield from _small_tablespace()
        return
    with mounted(tmp_path / "small", "2m") as disk:
        yield Cramped(f"sqlite:///{(disk or tmp_path) / 'consult.db'}", disk, "8m", 0 if disk else 1_000_000)


def _small_tablespace() -> Iterator[Cramped]:
    """The tables on a disk of their own; the server's log lies elsewhere."""
    own: Cluster = cluster()
    with mounted(own.folder / "small", "16m") as disk:
        if disk is None:
            if os.environ.get("CONSULT_TEST_REQUIRE") == "all":
                pytest.fail("no disk may be mounted here: run as root")
            pytest.skip("no disk may be mounted here")
        own.give(disk)
        own.sql(f"CREATE TABLESPACE small LOCATION '{disk}'")
        place = own.database("TABLESPACE small")
        yield Cramped(place, disk, "64m")
        own.drop(place)
        own.sql("DROP TABLESPACE small")
