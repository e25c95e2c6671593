"""What a turn adds before sound starts, with 200 calls open at once: key pressed, committed, next sound named.

The server is a process of its own, as on site; Asterisk is played by this one, over real sockets. First every call is
begun and held open, then each of 200 women presses a key within a time, in the order and at the moments that chance
gives them, as a person does who listens about six seconds before each.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

from consult.config import Settings
from consult.house import open_house
from consult.publish import publish
from consult.speech.script import lines
from consult.speech.shelf import Shelf
from tests.benchmarks.measuring import ROOT, Figure, Report, kilobytes
from tests.fakes.asterisk import OURS, Handset
from tests.speech.sounds import tone

CALLS = 200
LISTENS = 6.0  # seconds of listening before each key
KEYS = ("1", "1", "1", "2")  # English, agreed, two answers
DAY = 20_790  # 2026-12-03, when the example is open
NAME = "safety"


def run(rounds: int) -> Report:
    """Milliseconds of a turn while 200 calls are open, and kilobytes of memory for each."""
    del rounds  # what matters is how many are open, not how often
    with TemporaryDirectory(prefix="consult-bench-") as folder:
        data = Path(folder) / "data"
        _prepared(data)
        environ = {**os.environ, "CONSULT_DATA": str(data), "CONSULT_ASTERISK_VOICE": f"{OURS} RIVER"}
        words = [sys.executable, "-m", "consult.cli", "voice", "fastagi", "--port", "0"]
        with subprocess.Popen(words, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout
                return _measured(server.pid, int(server.stdout.readline().split()[-1]))
            finally:
                server.terminate()


def _prepared(data: Path) -> None:
    house = open_house(Settings(data=data))
    publish(house, (ROOT / "consult" / "examples" / f"{NAME}.toml").read_text(encoding="utf-8"), day=DAY, test=True)
    published = house.store.read(lambda view: view.published(NAME))
    if published is None:
        raise RuntimeError("the example is not published")
    for n, each in enumerate(lines(house.library.edition(published), house.speakers)):
        if each.speech.locale == "en":
            Shelf(data).keep(each.speech, "en", tone(0.02, hertz=200 + 5 * n))
    house.close()


def _measured(server: int, port: int) -> Report:
    warm = Handset(port, "+2348030099999")
    warm.rings()
    warm.presses(*KEYS)
    warm.dies()
    before = kilobytes(server)
    phones = [Handset(port, f"+23480300{n:05d}") for n in range(CALLS)]
    for phone in phones:
        phone.rings()
    each = (kilobytes(server) - before) / CALLS
    with ThreadPoolExecutor(CALLS) as women:
        spent = sorted(second for turns in women.map(_presses, phones, range(CALLS)) for second in turns)
    if not all(phone.open for phone in phones):
        raise RuntimeError("a call did not stay open")
    after = (kilobytes(server) - before) / CALLS
    for phone in phones:
        phone.dies()
    return _report([second * 1000 for second in spent], each, after)


def _presses(phone: Handset, seed: int) -> list[float]:
    """Seconds from each key to the first sound, or to the next key that is waited for."""
    chance, spent = Random(seed), []
    for key in KEYS:
        sleep(chance.uniform(0, 2 * LISTENS))
        start = perf_counter()
        phone.sends(f"200 result={ord(key)}\n".encode())
        command = phone.reads()
        spent.append(perf_counter() - start)
        if not command.startswith("STREAM FILE"):
            raise RuntimeError("nothing was said")
        phone.finishes(command)
    return spent


def _report(turns: list[float], opened: float, spoken: float) -> Report:
    tail = turns[int(len(turns) * 0.99)]
    values = {
        "calls": CALLS, "turns": len(turns), "median_ms": median(turns), "p99_ms": tail, "most_ms": turns[-1],
        "kb_per_call_opened": opened, "kb_per_call_after": spoken,
    }  # fmt: skip
    what = f"a turn before sound starts, {CALLS} calls open"
    return Report(
        values,
        (
            Figure(f"{what}: median", median(turns), "ms", 20, "less"),
            Figure(f"{what}: 99 of 100", tail, "ms", 20, "less"),
            Figure("memory of an open call", spoken, "kB"),
        ),
    )
