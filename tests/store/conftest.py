"""Stores under test. A store for another database joins `KINDS` and thereby passes the same contract."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from consult.store import Store
from consult.store.sqlite import open_store

ROOT = Path(__file__).parents[2]

# name -> (opener, the place for a test's folder)
KINDS: dict[str, tuple[Callable[[str], Store], Callable[[Path], str]]] = {
    "sqlite": (open_store, lambda folder: f"sqlite:///{folder / 'consult.db'}"),
}


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def place(kind: str, folder: Path) -> str:
    return KINDS[kind][1](folder)


@pytest.fixture
def opened(kind: str) -> Iterator[Callable[[str], Store]]:
    """Opens a place; whatever a test opened is closed after it."""
    stores: list[Store] = []

    def at(place: str) -> Store:
        stores.append(KINDS[kind][0](place))
        return stores[-1]

    yield at
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Callable[[str], Store], place: str) -> Store:
    return opened(place)


Child = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def child(kind: str) -> Iterator[Child]:
    """Starts `tests.store.children` in another process."""
    started: list[subprocess.Popen[str]] = []

    def start(duty: str, place: str, *words: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.store.children", kind, duty, place, *map(str, words)]
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


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path | None]:
    """A disk of 2 MB, or None where none may be mounted."""
    small = folder.parent / "small"
    small.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "consult-test", str(small)]
    mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    yield small if mounted else None
    if mounted:
        subprocess.run(["umount", "-l", str(small)], check=True)
