"""`python -m tests.benchmarks.load`: a whole hub under load, of either shape, in one run on the same two cores.

Signed messages come in at a steady rate, their replies go out to a carrier over real sockets and are reported on, a
campaign invites and reminds; then messages come as fast as they are taken; then a full outbox is drained at a pace.

Rule 1: fast and wrong is not fast: every message that was acknowledged is looked up, every reply is waited for, and
what the carrier was given twice is counted. One that is missing fails the run.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

import psutil

from consult.house import House
from tests.benchmarks.campaigning import be_silent, invite, owe
from tests.benchmarks.carrier import Carrier, carrier
from tests.benchmarks.driving import Drive, Letter, drive, letter
from tests.benchmarks.hubs import Hub, Shape, hub
from tests.benchmarks.seeding import Seeded, number, seed
from tests.benchmarks.serving import free_port
from tests.benchmarks.talking import answers

SHAPES: Final[tuple[Shape, ...]] = ("embedded", "two and two")
LINES: Final = 32
TURNS: Final = 4  # answers a woman gives after she agreed
INVITED: Final = 200
PATIENCE: Final = 900.0  # seconds for what is owed to leave


@dataclass(frozen=True)
class Wanted:
    """What is asked of a run."""

    seconds: float = 600.0
    rate: float = 100.0
    saturated: float = 20.0
    drained: int = 100_000
    pace: float = 100.0
    shapes: tuple[Shape, ...] = SHAPES
    women: int = 0  # to answer; 0: enough


@dataclass(frozen=True)
class Stage:
    """What one stage came to. Times in ms, `cpu` in processor seconds of each part for 1,000 messages."""

    shape: Shape
    stage: str
    messages: int
    rate: float
    p50: float
    p99: float
    refused: int
    broken: int
    lost: int
    unsent: int
    sent_in: float  # seconds after the last message until all that was owed had left
    cpu: dict[str, float]

    @property
    def whole(self) -> bool:
        return not (self.lost or self.unsent or self.broken or self.refused)


def letters(url: str, women: int) -> Iterator[Letter]:
    """What they send after they agreed, each her next answer in her turn; nobody twice while others wait."""
    for turn in range(TURNS):
        for i in range(women):
            yield letter(url, f"SM{turn * women + i:032x}", number(i), answers(i)[2 + turn])


def run(wanted: Wanted) -> dict[str, Any]:
    """Every stage of every shape. Raises RuntimeError where a message was lost."""
    url, stages, drains = f"http://127.0.0.1:{free_port()}", list[Stage](), list[dict[str, float | str]]()
    women = wanted.women or -(-int(wanted.seconds * wanted.rate + wanted.saturated * 2000) // TURNS)
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        place = Path(folder)
        place.chmod(0o755)  # PostgreSQL runs as another user
        _say(f"making {women} conversations")
        seeded = seed(place, url, women)
        for shape in wanted.shapes:
            stages += _taken(shape, place, seeded, url, wanted)
            if wanted.drained:
                drains.append(_drained(shape, place, seeded, url, wanted))
    return {"stages": [asdict(each) for each in stages], "drains": drains, "whole": all(each.whole for each in stages)}


def _taken(shape: Shape, place: Path, seeded: Seeded, url: str, wanted: Wanted) -> list[Stage]:
    """The steady rate, then saturation."""
    coming = letters(url, seeded.women)
    steady = list(islice(coming, int(wanted.seconds * wanted.rate)))
    more = list(coming)
    with carrier() as twilio, hub(shape, place, seeded, url, **_reaching(twilio, 0)) as running:
        house = running.open()
        try:
            invite(house, INVITED, INVITED / max(wanted.seconds / 2, 1))
            silent = threading.Timer(wanted.seconds * 0.6, be_silent, [house])
            silent.start()
            first = _stage(running, twilio, house, steady, wanted)
            silent.join()
            second = _stage(running, twilio, house, more, replace(wanted, rate=0.0)) if wanted.saturated else None
            if told := twilio.told()["twice"]:
                raise RuntimeError(f"{told} messages were handed over twice")
        finally:
            house.close()
    return [first, *([second] if second else [])]


def _stage(running: Hub, twilio: Carrier, house: House, given: list[Letter], wanted: Wanted) -> Stage:
    """At a rate, or as fast as it goes where that is 0."""
    rate = wanted.rate
    name, seconds = (f"{rate:g}/s", wanted.seconds) if rate else ("as fast as it goes", wanted.saturated)
    _say(f"{running.shape}: {name} for {seconds:g} s")
    before = _spent(running, twilio)
    done = drive(running.ports, given, rate=rate, seconds=seconds, lines=LINES)
    until, taken = time.monotonic(), min(seconds, done.seconds)
    unsent = _paid(house)
    after = _spent(running, twilio)
    cpu = {part: round((after[part] - before[part]) / len(done.taken) * 1000, 3) for part in after}
    found = Stage(
        shape=running.shape,
        stage=name,
        messages=len(done.taken),
        rate=round(len(done.taken) / (taken if rate else done.seconds), 1),
        p50=round(done.percentile(0.5) * 1000, 1),
        p99=round(done.percentile(0.99) * 1000, 1),
        refused=done.refused,
        broken=done.broken,
        lost=_lost(house, done),
        unsent=unsent,
        sent_in=round(time.monotonic() - until, 1),
        cpu=cpu,
    )
    _say(_line(asdict(found)))
    return found


def _spent(running: Hub, twilio: Carrier) -> dict[str, float]:
    """Processor seconds so far of the hub's parts, and of what stands for the world: carrier and those who write."""
    mine, theirs = psutil.Process().cpu_times(), psutil.Process(twilio.process.pid).cpu_times()
    return running.spent() | {"the world": sum(mine[:2]) + sum(theirs[:2])}


def _paid(house: House) -> int:
    """Wait until everything that is owed has left; how much has not."""
    deadline = time.monotonic() + PATIENCE
    while (left := _left(house)) and time.monotonic() < deadline:
        time.sleep(0.25)
    return left


def _left(house: House) -> int:
    states = house.store.read(lambda view: view.states())
    return sum(count for _, state, count in states if state in ("queued", "handing", "uncertain"))


def _lost(house: House, done: Drive) -> int:
    """Messages that were acknowledged and are not in the inbox."""
    marks = [house.vault.mark("inbox", "twilio", ref) for ref in done.taken]
    return house.store.read(lambda view: sum(not view.taken(mark) for mark in marks))


def _drained(shape: Shape, place: Path, seeded: Seeded, url: str, wanted: Wanted) -> dict[str, float | str]:
    """A full outbox, and the pace at which the carrier saw it leave."""
    with carrier() as twilio, hub(shape, place, seeded, url, **_reaching(twilio, wanted.pace)) as running:
        house = running.open()
        try:
            _say(f"{shape}: {wanted.drained} queued messages at {wanted.pace:g}/s")
            owe(house, wanted.drained, seeded.women)
            unsent, told = _paid(house), twilio.told()
        finally:
            house.close()
    at = sorted(told["at"])
    pace = (len(at) - 1) / (at[-1] - at[0])
    found = {"taken": len(at), "twice": told["twice"], "unsent": unsent, "asked": wanted.pace, "pace": round(pace, 2)}
    ended: dict[str, float | str] = {"shape": shape, **found, "most_in_a_second": _most(at)}
    _say(_drain_line(ended))
    return ended


def _most(at: list[float]) -> int:
    """Messages within any one second."""
    most, first = 0, 0
    for last, moment in enumerate(at):
        while moment - at[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def _reaching(twilio: Carrier, pace: float) -> dict[str, str]:
    return {"CONSULT_TWILIO_API": twilio.url, "CONSULT_TWILIO_PACE": str(pace)}


def _say(what: str) -> None:
    print(f"load: {what} ...", file=sys.stderr, flush=True)


def _line(each: dict[str, Any]) -> str:
    """Processor time is the hub's own; that of the world beside it stands in brackets."""
    world = each["cpu"]["the world"]
    figures = f"{each['rate']:>10} {each['p50']:>8} {each['p99']:>8} {each['lost']:>5} {each['unsent']:>7}"
    cpu = f"{sum(each['cpu'].values()) - world:>11.2f} ({world:.2f})"
    return f"{each['shape'] + ', ' + each['stage']:32} {figures} {cpu}"


def _drain_line(each: dict[str, Any]) -> str:
    off = 100 * (each["pace"] / each["asked"] - 1)
    return (
        f"{each['shape']}: {each['taken']} drained at {each['pace']}/s of {each['asked']:g}/s ({off:+.1f} %), "
        f"{each['twice']} twice, {each['unsent']} unsent, at most {each['most_in_a_second']} in a second"
    )


def shown(found: dict[str, Any]) -> str:
    """As a table, and the ratio of the shapes."""
    lines = [f"{'':32} {'messages/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'lost':>5} {'unsent':>7} {'cpu s/1000':>11}"]
    lines += [_line(each) for each in found["stages"]]
    fast = {each["shape"]: each["rate"] for each in found["stages"] if each["stage"].startswith("as fast")}
    if len(fast) == 2:
        lines.append(f"two and two : embedded  {fast['two and two'] / fast['embedded']:.2f} x")
    lines += [_drain_line(each) for each in found["drains"]]
    return "\n".join(lines)


def main() -> int:
    """1 when something was lost."""
    words, usual = argparse.ArgumentParser(prog="python -m tests.benchmarks.load", description=__doc__), Wanted()
    words.add_argument("--seconds", type=float, default=usual.seconds, help="at the steady rate (default: %(default)g)")
    words.add_argument("--rate", type=float, default=usual.rate, help="messages a second (default: %(default)g)")
    words.add_argument("--saturated", type=float, default=usual.saturated, help="seconds as fast as it goes; 0: none")
    words.add_argument("--drained", type=int, default=usual.drained, help="messages to drain (default: %(default)d)")
    words.add_argument("--pace", type=float, default=usual.pace, help="at which they leave (default: %(default)g/s)")
    words.add_argument("--shape", choices=SHAPES, action="append", help="only this one")
    given = words.parse_args()
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:2]))
    shapes = tuple(given.shape or SHAPES)
    found = run(Wanted(given.seconds, given.rate, given.saturated, given.drained, given.pace, shapes))
    print(json.dumps(found), flush=True)
    print(shown(found))
    return 0 if found["whole"] else 1


if __name__ == "__main__":
    sys.exit(main())
