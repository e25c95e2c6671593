"""Any number of workers: one pace, one scheduler, fences that hold, and an end without haste when told to stop."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from consult import delivery, intake
from consult.channel import Heard, Text
from consult.config import Settings
from consult.house import House, open_house
from consult.jobs import LEASE
from consult.store import View
from consult.store.records import Message
from tests.drills.conversing import PATIENCE, Moment
from tests.drills.engines import ENGINES, Engine, engine
from tests.drills.hubs import Hub, hub, settings
from tests.drills.judging import UNSETTLED
from tests.drills.nursery import Child
from tests.drills.remembering import compare
from tests.drills.reporting import WHOLE, tell
from tests.drills.test_conversations import conversations_end, no_trace_in_the_log
from tests.fakes.twilio_server import ACCOUNT, NUMBER

TEN = 10
ROUNDS = 50 if WHOLE else 2
PACE = 1 if WHOLE else 8  # segments a second, of the drill in real time
WOMEN = 20 if WHOLE else 3

whole_or_reduced = pytest.mark.timeout(3600 if WHOLE else 120)


# ---- one pace


@contextmanager
def paced(place: Path, pace: int) -> Iterator[Hub]:
    """A hub on PostgreSQL whose long code takes so many segments a second."""
    with engine("postgres") as stands_on:
        told = {**stands_on.settings, "CONSULT_TWILIO_PACE": str(pace)}
        with hub(place, replace(stands_on, settings=told)) as found:
            yield found


def texts(place: Hub, n: int, at: int) -> None:
    """So many women send the keyword, and are owed the first question."""
    for i in range(n):
        sender = f"+2547{33_000_000 + i}"
        heard = Heard("sms", "twilio", NUMBER, sender, Text("BASKET"), f"{ACCOUNT}:pace{i}", at)
        intake.take(place.house, heard, 0)


def rows(view: View) -> list[Message]:
    """Every message of the hub's."""
    last = max(view.payable("sms", "twilio", int(time.time()) + 86_400, 10_000), default=0)
    return [row for row in map(view.message, range(1, last + 1)) if row]


def in_pace(sent: list[tuple[int, int]], pace: int) -> bool:
    """Whether these (second, segments) keep it: each waits until the pace has earned what left before it, in the same
    second at the earliest.
    """
    free = 0.0
    for second, segments in sorted(sent):
        if free >= second + 1:
            return False
        free = max(free, second) + segments / pace
    return True


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ([(10, 1), (11, 1), (12, 1)], True),
        ([(10, 1), (10, 1)], False),
        ([(10, 2), (11, 1)], False),
        ([(10, 2), (12, 1)], True),
        ([(10, 1), (19, 1), (19, 1)], False),
    ],
)
def test_a_pace_that_is_not_kept_is_seen(sent: list[tuple[int, int]], kept: bool) -> None:
    assert in_pace(sent, 1) == kept


def test_one_long_code_at_one_a_second_stays_so_with_ten_workers(tmp_path: Path) -> None:
    """All ten look in the same second, again and again, second by second."""
    at = int(time.time())
    with paced(tmp_path, 1) as place, ExitStack() as ten, ThreadPoolExecutor(TEN) as hands:
        texts(place, WOMEN, at)
        owed = place.house.store.read(rows)
        houses = [ten.enter_context(closing(_another(place))) for _ in range(TEN)]
        sent, second = list[tuple[int, int]](), at
        while second <= at + sum(row.segments for row in owed):
            swept = list(hands.map(partial(_sweep, second), houses))
            gone = [place.house.store.read(partial(_row, row.id)) for row in owed]
            left = [row for row in gone if row.handed_at == second and row.state == "accepted"]
            assert sum(swept) == len(left) <= 1
            sent += [(second, row.segments) for row in left]
            second += 1
        assert len(place.carrier.accepted) == len(owed) == len(sent)
        assert in_pace(sent, 1)
        assert sent[-1][0] - at < sum(row.segments for row in owed), "and no slower"


def _another(place: Hub) -> House:
    """A house of another process's, as far as the database can tell."""
    told = settings(place.folder, place.port, place.carrier.url) | dict(place.engine.settings)
    return open_house(Settings.from_env(told))


def _sweep(at: int, house: House) -> int:
    return delivery.sweep(house, lambda: at).sent


def _row(id: int, view: View) -> Message:
    found = view.message(id)
    assert found is not None
    return found


@pytest.mark.whole
@whole_or_reduced
def test_ten_workers_that_live_keep_the_pace_too(tmp_path: Path) -> None:
    with paced(tmp_path, PACE) as place:
        texts(place, WOMEN, int(time.time()))
        owed = place.house.store.read(rows)
        workers = [place.worker() for _ in range(TEN)]
        _until_settled(place, owed)
        for worker in workers:
            place.end(worker)
        left = place.house.store.read(lambda view: [_row(row.id, view) for row in owed])
    assert in_pace([(row.handed_at, row.segments) for row in left], PACE)
    assert Counter(row.state for row in left) == {"accepted": len(owed)}
    assert len(place.carrier.accepted) == len(owed)


def _until_settled(place: Hub, owed: list[Message]) -> None:
    deadline = time.monotonic() + PATIENCE
    while place.house.store.read(lambda view: any(_row(row.id, view).state in UNSETTLED for row in owed)):
        assert time.monotonic() < deadline, "something was not sent"
        time.sleep(0.05)


# ---- one scheduler


@pytest.mark.parametrize("store", ENGINES)
def test_of_ten_workers_one_sees_to_the_duties(store: str, tmp_path: Path) -> None:
    with engine(store) as stands_on, hub(tmp_path, stands_on) as place, ExitStack() as ten:
        houses = [ten.enter_context(closing(_another(place))) for _ in range(TEN)]
        at = int(time.time())
        with ThreadPoolExecutor(TEN) as hands:
            for moment in (at, at + LEASE, at + 2 * LEASE):
                holds = list(hands.map(lambda who, moment=moment: _leads(houses[who], who, moment), range(TEN)))
                assert sum(holds) == 1
            assert not any(hands.map(lambda who: _leads(houses[who], TEN + who, at + 3 * LEASE - 1), range(TEN)))


def _leads(house: House, who: int, at: int) -> bool:
    return house.store.write(lambda tx: tx.scheduler(f"worker {who}", at, LEASE))


# ---- fences


@pytest.mark.whole
@whole_or_reduced
def test_a_worker_that_slept_through_its_lease_changes_nothing_when_it_wakes(tmp_path: Path) -> None:
    """It stands still with a message in its hand; another settles that message; then it goes on."""
    with engine("postgres") as stands_on, hub(tmp_path, stands_on) as place:
        server = place.start("serve", "--no-worker")
        for moment in _moments(("offered", "taken")):
            sleeper = place.start("work")
            _until(lambda: _listens(stands_on))
            place.newcomers(1)
            fallen = place.strike_at(moment, place.chance.randint(1, 2), sleeper.sleep)
            assert fallen.wait(PATIENCE)
            place.time_passes()
            other = place.worker()
            conversations_end(place)
            sleeper.wake()
            place.end(sleeper)
            place.end(other)
        place.end(server)
        found = tell(compare(place, "a worker stopped, and woken after its lease", "faults"))
        assert found.clean(), found


def _moments(some: tuple[Moment, ...]) -> tuple[Moment, ...]:
    """Each of them reduced, each again and again in a whole drill."""
    return some * (10 if WHOLE else 1)


# ---- told to stop


@whole_or_reduced
@pytest.mark.parametrize("store", ENGINES)
def test_whoever_is_told_to_stop_leaves_nothing_in_doubt(store: str, tmp_path: Path) -> None:
    """SIGTERM in the midst of everything: the row in hand is finished, the exit code is 0, nothing is uncertain."""
    with engine(store) as stands_on, hub(tmp_path, stands_on) as place:
        for n in range(ROUNDS):
            life = _life(place)
            place.newcomers(3)
            told = place.strike_at(("taken", "acknowledged")[n % 2], place.chance.randint(1, 8), lambda: None)
            assert told.wait(PATIENCE)
            for process in life:
                place.end(process)
            assert _states(place) <= {"queued", "accepted", "cancelled"}, "something was left in doubt"
        life = _life(place)
        place.newcomers(1)
        conversations_end(place)
        for process in life:
            place.end(process)
        found = tell(compare(place, "told to stop", "faults"))
        assert found.clean(), found
        assert found.resent == 0
        no_trace_in_the_log(place)


def _life(place: Hub) -> list[Child]:
    if place.engine.apart:
        return [place.start("serve", "--no-worker"), place.start("work")]
    return [place.start("serve")]


def _states(place: Hub) -> set[str]:
    return {state for _, state, n in place.house.store.read(lambda view: view.states()) if n}


@pytest.mark.parametrize("ill", ["killed", pytest.param("cut off", marks=pytest.mark.whole)])
def test_a_worker_is_told_to_stop_while_redis_is_away(ill: str, tmp_path: Path) -> None:
    with engine("postgres") as stands_on, hub(tmp_path, stands_on) as place:
        worker, bell = place.start("work"), stands_on.bell
        assert bell is not None
        _until(lambda: _listens(stands_on))
        bell.kill() if ill == "killed" else bell.freeze()
        place.end(worker)


def _listens(stands_on: Engine) -> bool:
    assert stands_on.bell is not None
    with stands_on.bell.client() as client:
        return bool(client.scard("rq:workers"))


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
