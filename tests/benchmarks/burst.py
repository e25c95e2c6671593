"""A radio spot's burst against what carriers let through: a million people write within an hour.

A seeded simulation, no measurement: nothing of the hub runs. Everybody writes the keyword, gets a reply, thinks and
answers until the conversation is over; replies leave in order at the carrier's rate and are let go after fifteen
minutes, as `consult.intake.keeping` does. One simulated woman stands for `EACH`.

Rates (segments a second): a long number of the United States or Canada 1, a toll-free one 3, a number elsewhere 10, a
short code 100 (Twilio's pages; an account may have agreed on more); four short codes together 400.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random
from typing import Final

from consult.intake.keeping import REPLY_LIVES
from tests.benchmarks.measuring import Figure, Report

PEOPLE: Final = 1_000_000
WITHIN: Final = 3600.0  # seconds in which they first write; half of them within the first seven minutes
HALF: Final = 420.0
REPLIES: Final = 7  # language, consent, four questions, thanks
SEGMENTS: Final = 1.6  # of a reply, over three scripts
THINKS: Final = 45.0  # seconds, in the mean
EACH: Final = 100
RATES: Final = {"long number": 1, "toll-free": 3, "number elsewhere": 10, "short code": 100, "four short codes": 400}


@dataclass(frozen=True)
class Burst:
    """What becomes of it: of all people, those who heard anything in time, and those who came to the end."""

    answered: float
    finished: float
    expired: float  # replies let go, of those owed
    hours: float  # until the last reply left


def run(rounds: int) -> Report:
    """One line for each rate; the same each time."""
    del rounds
    found = {name: simulate(rate) for name, rate in RATES.items()}
    needed = next(rate for rate in range(100, 20_001, 100) if simulate(rate).finished >= 0.99)
    rows = {name: vars(each) for name, each in found.items()}
    figures = [Figure(f"burst, {name}: finished", 100 * each.finished, "%") for name, each in found.items()]
    figures.append(Figure("burst, rate at which 99 % finish", needed, "segments/s"))
    return Report({"people": PEOPLE, "within_s": WITHIN, "rates": rows, "needed": needed}, tuple(figures))


def simulate(rate: float, seed: int = 1) -> Burst:
    """The burst where so many segments a second leave."""
    chance = Random(seed)
    people = PEOPLE // EACH
    writes: list[tuple[float, int, int]] = []  # when, who, which reply she asks for
    for who in range(people):
        heappush(writes, (min(chance.expovariate(0.693 / HALF), WITHIN), who, 1))
    takes = SEGMENTS * EACH / rate  # seconds of the carrier for one of ours
    queue, free, last = deque[tuple[float, int, int]](), 0.0, 0.0
    answered = finished = expired = owed = 0
    while writes or queue:
        while writes and (not queue or writes[0][0] <= max(free, queue[0][0])):
            queue.append(heappop(writes))
            owed += 1
        at, who, turn = queue.popleft()
        leaves = max(free, at)
        if leaves > at + REPLY_LIVES:
            expired += 1
            continue
        free = last = leaves + takes
        answered += turn == 1
        finished += turn == REPLIES
        if turn < REPLIES:
            heappush(writes, (free + chance.expovariate(1 / THINKS), who, turn + 1))
    return Burst(answered / people, finished / people, expired / owed, last / 3600)
