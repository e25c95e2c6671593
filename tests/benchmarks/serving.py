"""One run of the load: a server with a fresh copy of the data on one core, wrk on the other."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.benchmarks.measuring import ROOT, kilobytes
from tests.benchmarks.seeding import Seeded, environment
from tests.fakes.twilio_server import TwilioServer

CONNECTIONS, WARM, SECONDS = 16, 1, 4
WARM_UP = 4000  # messages kept for the first second
SERVERS = ("waitress", "gunicorn", "granian")
_LUA = Path(__file__).with_name("answers.lua")


@dataclass(frozen=True)
class Load:
    """What wrk saw, and what the server's processes took."""

    rate: float
    answered: int
    p50_ms: float
    p99_ms: float
    refused: int
    broken: int
    resident_mb: float
    cpu_us: float


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def load(server: str, module: str, port: int, seeded: Seeded, place: Path, *, worker: bool) -> Load:
    """Start it, warm it up, load it, stop it, and see that what was acknowledged is there."""
    data = place / "run"
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(seeded.folder, data)
    url = f"http://127.0.0.1:{port}"
    with TwilioServer() as twilio:
        settings = environment(data, url, twilio.url) | {
            "BENCH_DATABASE": str(data / "plain.db"),
            "BENCH_WORKER": "1" if worker else "0",
        }
        with _serving(_command(server, f"tests.benchmarks.{module}", port), settings, port) as process:
            warmed = _wrk(url, seeded, 0, WARM)
            before = _processor(process)
            seen = _wrk(url, seeded, WARM_UP, SECONDS)
            spent, resident = _processor(process) - before, _resident(process)
    _kept(data, module, warmed["answered"] + seen["answered"])
    if warmed["asked"] > WARM_UP or seen["asked"] > seeded.women - WARM_UP:
        raise RuntimeError("the messages ran out: seed more women")
    return Load(
        rate=seen["answered"] / seen["seconds"],
        answered=int(seen["answered"]),
        p50_ms=seen["p50_ms"],
        p99_ms=seen["p99_ms"],
        refused=int(warmed["refused"] + seen["refused"]),
        broken=int(warmed["broken"] + seen["broken"]),
        resident_mb=resident / 1024,
        cpu_us=spent / seen["answered"] * 1e6,
    )


def _command(server: str, module: str, port: int) -> list[str]:
    program = str(Path(sys.executable).with_name(server))
    match server:
        case "waitress":
            return [sys.executable, "-m", "tests.benchmarks.waitress_server", module, str(port)]
        case "gunicorn":
            threads = ["-w", "1", "-k", "gthread", "--threads", "16", "--log-level", "error"]
            return [program, *threads, "-b", f"127.0.0.1:{port}", f"{module}:from_environment()"]
        case _:
            threads = ["--workers", "1", "--blocking-threads", "16", "--no-ws", "--log-level", "error"]
            address = ["--interface", "wsgi", "--factory", "--host", "127.0.0.1", "--port", str(port)]
            return [program, *address, *threads, f"{module}:from_environment"]


@contextmanager
def _serving(command: list[str], settings: dict[str, str], port: int) -> Iterator[psutil.Process]:
    child = subprocess.Popen(
        ["taskset", "-c", "0", *command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **settings},
        stdout=subprocess.DEVNULL,
    )
    try:
        _await(port, child)
        yield psutil.Process(child.pid)
    finally:
        child.terminate()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _await(port: int, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and child.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            time.sleep(0.3)
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not start")


def _wrk(url: str, seeded: Seeded, first: int, seconds: int) -> dict[str, float]:
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(_LUA)]
    bench = {"BENCH_BODIES": str(seeded.bodies), "BENCH_FROM": str(first), "BENCH_HOST": url.removeprefix("http://")}
    done = subprocess.run(
        [*command, f"{url}/hooks/sms/twilio"], env={**os.environ, **bench}, capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _tree(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def _processor(process: psutil.Process) -> float:
    return sum(sum(each.cpu_times()[:2]) for each in _tree(process))


def _resident(process: psutil.Process) -> int:
    return sum(kilobytes(each.pid) for each in _tree(process))


def _kept(data: Path, module: str, acknowledged: float) -> None:
    """Fast and wrong is not fast. Raises RuntimeError when a message that was acknowledged is not on the disk."""
    file, table = (data / "plain.db", "inbox") if module == "plain_stack" else (data / "consult.db", "journal")
    with sqlite3.connect(file) as database:
        kept = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    database.close()
    if kept < acknowledged:
        raise RuntimeError(f"{acknowledged:.0f} messages were acknowledged, {kept} are kept")
