"""Hubs of two shapes, each of our own commands: one process over a file, or two that take and two that send.

Rule 1: both have the same people, the same keys and the same two cores; what differs is what `Shape` says.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from consult.config import Settings
from consult.house import House, open_house
from consult.store.postgres import move_in
from tests.benchmarks.measuring import ROOT
from tests.benchmarks.seeding import Seeded, environment
from tests.benchmarks.serving import free_port
from tests.conftest import need
from tests.store.clusters import Cluster

Shape = Literal["embedded", "two and two"]
STARTS = 60.0  # seconds a command may take to begin


@dataclass(frozen=True)
class Hub:
    """One that runs: where it listens, what it is made of, and the settings that open it beside it."""

    shape: Shape
    ports: tuple[int, ...]
    url: str
    settings: Mapping[str, str]
    processes: Mapping[str, list[psutil.Process]]  # by part

    def spent(self) -> dict[str, float]:
        """Processor seconds of each part so far."""
        return {part: sum(map(_spent, found)) for part, found in self.processes.items()}

    def open(self) -> House:
        """Its house, to look into."""
        return open_house(Settings.from_env(self.settings))


def _spent(process: psutil.Process) -> float:
    try:
        tree = [process, *process.children(recursive=True)]
        mine = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    ended = mine.children_user + mine.children_system
    return ended + sum(sum(each.cpu_times()[:2]) for each in tree if each.is_running())


@contextmanager
def hub(shape: Shape, place: Path, seeded: Seeded, url: str, **more: str) -> Iterator[Hub]:
    """Started with a fresh copy of what was seeded for `url`, and ended with what follows."""
    data, port = place / "run", int(url.rpartition(":")[2])
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(seeded.folder, data)
    settings = environment(data, url) | more
    with ExitStack() as stack:
        if shape == "embedded":
            parts = {"web and worker": [stack.enter_context(_ours(settings, "serve", "--port", str(port)))]}
            yield Hub(shape, (port,), url, settings, parts)
            return
        postgres, redis = stack.enter_context(_cluster(place)), stack.enter_context(_redis(place))
        move_in(data / "consult.db", postgres[1])
        (data / "consult.db").unlink()
        settings |= {"CONSULT_DATABASE_URL": postgres[1], "CONSULT_REDIS_URL": redis[1]}
        ports = (port, free_port())
        serving = [("serve", "--no-worker", "--port", str(each)) for each in ports]
        web = [stack.enter_context(_ours(settings, *words)) for words in serving]
        work = [stack.enter_context(_ours(settings, "work")) for _ in range(2)]
        parts = {"web": web, "worker": work, "PostgreSQL": [postgres[0]], "Redis": [redis[0]]}
        yield Hub(shape, ports, url, settings, parts)


@contextmanager
def _ours(settings: Mapping[str, str], *words: str) -> Iterator[psutil.Process]:
    """A command of ours, once it has said that it is ready."""
    command = [sys.executable, "-m", "consult.cli", *words]
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", **settings}
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, cwd=ROOT, env=environ, text=True, stdout=pipe, stderr=nowhere) as child:
        assert child.stdout
        if not child.stdout.readline():
            raise RuntimeError(f"consult {words[0]} did not start")
        try:
            yield psutil.Process(child.pid)
        finally:
            child.terminate()
            try:
                child.wait(STARTS)
            except subprocess.TimeoutExpired:
                child.kill()


@contextmanager
def _cluster(place: Path) -> Iterator[tuple[psutil.Process, str]]:
    """On the disk on which the file would lie."""
    cluster = Cluster(within=place, max_wal_size="2GB")
    try:
        url = cluster.database()
        yield psutil.Process(int((cluster.data / "postmaster.pid").read_text().split()[0])), url
    finally:
        cluster.end()


@contextmanager
def _redis(place: Path) -> Iterator[tuple[psutil.Process, str]]:
    socket = place / "redis"
    words = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(place)]
    server = [need("redis-server", "apt-get install redis-server"), *words]
    with subprocess.Popen(server, stdout=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + STARTS
            while not socket.exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            yield psutil.Process(process.pid), f"unix://{socket}"
        finally:
            process.terminate()
