"""The database's disk is full while women converse: nothing is acknowledged that cannot be kept, STOP and ERASE are
obeyed all the same where the ballast is ours (SQLite), and everything goes on once there is room.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from tests.drills.conversing import PATIENCE
from tests.drills.engines import SQLITE, Engine, engine
from tests.drills.hubs import Hub, hub
from tests.drills.remembering import compare
from tests.drills.reporting import WHOLE, tell
from tests.drills.test_conversations import conversations_end, no_trace_in_the_log
from tests.store.clusters import Cluster
from tests.store.conftest import mounted

ROUNDS = 10 if WHOLE else 1
FEW = 6 if WHOLE else 3  # women in a round; of six one stops, and one asks to be erased
SMALL = "24m"


@dataclass(frozen=True)
class Disk:
    """A small disk with the database on it."""

    folder: Path

    def fill(self) -> None:
        """To the last byte."""
        with (self.folder / "filling").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(os.urandom(4096))
            except OSError:
                return

    def free(self) -> None:
        (self.folder / "filling").unlink()


@contextmanager
def on_a_file(place: Path) -> Iterator[tuple[Engine, Path, Disk]]:
    """The hub's whole data folder on a small disk."""
    with mounted(place / "small", SMALL) as disk:
        _demand(disk)
        yield SQLITE, place / "small" / "data", Disk(place / "small")


@contextmanager
def on_a_server(place: Path) -> Iterator[tuple[Engine, Path, Disk]]:
    """The tables on a small disk; the server's log and the hub's files lie elsewhere."""
    own = Cluster()
    try:
        with mounted(own.folder / "small", SMALL) as disk:
            _demand(disk)
            own.give(own.folder / "small")
            own.sql(f"CREATE TABLESPACE small LOCATION '{own.folder / 'small'}'")
            with engine("postgres", own, more="TABLESPACE small") as stands_on:
                yield stands_on, place / "data", Disk(own.folder / "small")
            own.stop("immediate")
    finally:
        own.end()


Ground = Callable[[Path], AbstractContextManager[tuple[Engine, Path, Disk]]]


def _demand(disk: Path | None) -> None:
    if disk is None:
        if os.environ.get("CONSULT_TEST_REQUIRE") == "all":
            pytest.fail("no disk may be mounted here: run as root")
        pytest.skip("no disk may be mounted here: run as root")


@pytest.mark.timeout(3600 if WHOLE else 120)
@pytest.mark.parametrize(
    "ground", [on_a_file, pytest.param(on_a_server, marks=pytest.mark.whole)], ids=["sqlite", "postgres"]
)
def test_a_full_disk_loses_and_doubles_nothing(ground: Ground, tmp_path: Path) -> None:
    with ground(tmp_path) as (stands_on, folder, disk), hub(tmp_path, stands_on, folder) as place:
        for number in range(ROUNDS):
            life = [place.start("serve", "--no-worker"), place.worker()]
            leaving = {f"+2547{77_000_000 + 2 * number + n}": word for n, word in enumerate(("STOP", "ERASE"))}
            assert {_written(place, each, "BASKET") for each in leaving} == {200}
            place.newcomers(FEW)
            fallen = place.strike_at("acknowledged", place.chance.randint(1, 2 * FEW), disk.fill)
            assert fallen.wait(PATIENCE), "the disk was never full"
            _refused(place)
            if stands_on is SQLITE:
                _obeyed(place, leaving)
            disk.free()
            latecomers = place.newcomers(2)
            for conversation in latecomers:
                conversation.join()
            for process in life:
                place.end(process)
            place.time_passes()
        life = [place.start("serve", "--no-worker"), place.worker()]
        place.newcomers(2)
        conversations_end(place)
        for process in life:
            place.end(process)
        found = tell(compare(place, "the disk is full", "faults"))
        assert found.clean(), found
        no_trace_in_the_log(place)


def _refused(place: Hub) -> None:
    """Whoever writes now is not told that it is kept; her carrier would come again."""
    deadline, status = time.monotonic() + PATIENCE, 0
    for n in count():
        if status == 503:
            return
        assert time.monotonic() < deadline, "there was room for everything"
        status = _written(place, f"+2547{55_000_000 + n}", "BASKET")


def _obeyed(place: Hub, leaving: Mapping[str, str]) -> None:
    """With no room left, whoever sends STOP or ERASE is out, and the list that outlives a restore has her."""
    for number, word in leaving.items():
        assert _written(place, number, word) == 200
        standing = place.house.suppressions.standing().get(place.house.vault.index(number))
        assert standing is not None
        assert (standing.stopped is not None, standing.generation) == ((True, 0) if word == "STOP" else (True, 1))


def _written(place: Hub, number: str, text: str) -> int:
    """The status her carrier is answered with."""
    return place.carrier.speak(f"http://127.0.0.1:{place.port}/hooks/sms/twilio", number, text)[0]
