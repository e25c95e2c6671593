"""Redis and PostgreSQL fail while women converse: web and worker live through it, and go on by themselves.

What the faults of Redis cost is time only: everything ends before it is mended. A PostgreSQL that fell may leave a
message in a dead lease, and a carrier one in doubt: the two minutes until it is settled pass in the rows (`hubs`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.drills.bells import Bell
from tests.drills.conversing import PATIENCE, Moment
from tests.drills.engines import engine
from tests.drills.hubs import Hub, hub
from tests.drills.nursery import Child
from tests.drills.remembering import compare
from tests.drills.reporting import WHOLE, tell
from tests.drills.test_conversations import conversations_end, no_trace_in_the_log
from tests.store.clusters import Cluster

ROUNDS = 10 if WHOLE else 1
FEW = 2  # women who come before the blow, and who come after it
MOMENTS: tuple[Moment, ...] = ("taken", "posted", "offered", "acknowledged")

whole_or_reduced = pytest.mark.timeout(3600 if WHOLE else 120)


# ---- Redis


@dataclass(frozen=True)
class Fault:
    """Something that befalls Redis, and how it is mended."""

    name: str
    strike: Callable[[Bell], None]
    mend: Callable[[Bell], None]


REDIS = (
    Fault("Redis killed", Bell.kill, Bell.start),
    Fault("Redis flushed", Bell.flush, lambda bell: None),
    Fault("Redis full", Bell.fill, Bell.empty),
    Fault("Redis cut off", Bell.freeze, Bell.thaw),
)
SOME = [*REDIS[:2], *(pytest.param(each, marks=pytest.mark.whole) for each in REDIS[2:])]


@whole_or_reduced
@pytest.mark.parametrize("fault", SOME, ids=lambda fault: fault.name)
def test_a_redis_that_fails_costs_time_and_nothing_else(fault: Fault, tmp_path: Path) -> None:
    with engine("postgres") as stands_on, hub(tmp_path, stands_on) as place:
        bell = stands_on.bell
        assert bell is not None
        life = [place.start("serve", "--no-worker"), place.worker()]
        for n in range(ROUNDS):
            fallen = place.strike_at(MOMENTS[n % 4], place.chance.randint(1, FEW), lambda: fault.strike(bell))
            _converse(place, life)
            assert fallen.is_set(), "what should be struck was not"
            fault.mend(bell)
            _converse(place, life)
        for process in life:
            place.end(process)
        place.time_passes()
        life = [place.start("serve", "--no-worker"), place.worker()]
        _converse(place, life)
        for process in life:
            place.end(process)
        _prove(place, fault.name)


def _converse(place: Hub, life: list[Child]) -> None:
    """Some come, and all who ever came have ended; the same processes serve them still."""
    place.newcomers(FEW)
    conversations_end(place)
    assert all(process.alive() for process in life)


# ---- PostgreSQL


class Restarted:
    """One server, which falls without a last checkpoint and is started again."""

    name = "PostgreSQL restarted"

    def __init__(self) -> None:
        self.first = Cluster()

    def either(self, url: str) -> str:
        return url

    def strike(self) -> None:
        self.first.stop("immediate")
        self.first.start()

    def again(self) -> None:
        """It stands as before."""

    def end(self) -> None:
        self.first.end()


class FailedOver:
    """Two servers: the one that is written falls, the one that follows takes its place; then it follows in turn."""

    name = "PostgreSQL failed over"

    def __init__(self) -> None:
        self.first = self._written = Cluster()
        self._other = Cluster(follows=self.first)

    def either(self, url: str) -> str:
        return f"{url},{self._other.folder}&target_session_attrs=read-write"

    def strike(self) -> None:
        self._written.stop("immediate")
        self._other.promote()
        self._written, self._other = self._other, self._written

    def again(self) -> None:
        self._other.follow(self._written)

    def end(self) -> None:
        self._other.end()
        self._written.end()


@pytest.fixture(params=[Restarted, pytest.param(FailedOver, marks=pytest.mark.whole)], ids=lambda kind: kind.name)
def servers(request: pytest.FixtureRequest) -> Iterator[Restarted | FailedOver]:
    started: Restarted | FailedOver = request.param()
    yield started
    started.end()


@whole_or_reduced
def test_a_postgresql_that_fails_loses_and_doubles_nothing(servers: Restarted | FailedOver, tmp_path: Path) -> None:
    with engine("postgres", servers.first, servers.either) as stands_on, hub(tmp_path, stands_on) as place:
        for n in range(ROUNDS):
            life = [place.start("serve", "--no-worker"), place.worker()]
            _struck(place, MOMENTS[n % 4], servers)
            latecomers = place.newcomers(FEW)
            for conversation in latecomers:
                conversation.join()
            for process in life:
                place.end(process)
            servers.again()
            place.time_passes()
        life = [place.start("serve", "--no-worker"), place.worker()]
        _converse(place, life)
        for process in life:
            place.end(process)
        _prove(place, servers.name)


def _struck(place: Hub, moment: Moment, servers: Restarted | FailedOver) -> None:
    place.newcomers(2 * FEW)
    fallen = place.strike_at(moment, place.chance.randint(1, 4 * FEW), servers.strike)
    assert fallen.wait(PATIENCE), "what should be struck was not"


def _prove(place: Hub, drill: str) -> None:
    found = tell(compare(place, drill, "faults"))
    assert found.blows == ROUNDS
    assert found.clean(), found
    no_trace_in_the_log(place)
