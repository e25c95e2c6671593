"""Whole conversations with `consult serve` and `consult work`, which are killed again and again while they last."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.drills.conversing import PATIENCE, Moment, received
from tests.drills.engines import engine
from tests.drills.hubs import Hub, hub
from tests.drills.remembering import compare
from tests.drills.reporting import WHOLE, Found, tell

ROUNDS = {"sqlite": 50 if WHOLE else 5, "postgres": 50 if WHOLE else 2}
A_ROUND = 6  # women who come in each round: four go to the end, one stops, one asks to be erased
ANSWERS = 4 * 3 + 1 + 2  # of theirs, in a round


SERVER: tuple[Moment, ...] = ("posted", "acknowledged", "offered", "taken")
WEB: tuple[Moment, ...] = ("posted", "acknowledged")
WORKER: tuple[Moment, ...] = ("offered", "taken")


@pytest.mark.timeout(3600 if WHOLE else 120)
def test_conversations_outlive_a_server_with_its_worker_inside(tmp_path: Path) -> None:
    with hub(tmp_path) as place:
        for moment in SERVER * ROUNDS["sqlite"]:
            _killed_at(place, moment, "serve")
        server = place.start("serve")
        conversations_end(place)
        place.end(server)
        _prove(place, compare(place, f"serve: {', '.join(SERVER)}"), len(SERVER) * ROUNDS["sqlite"])


@pytest.mark.whole
@pytest.mark.timeout(3600 if WHOLE else 120)
def test_conversations_outlive_the_server_that_rings_for_its_workers(tmp_path: Path) -> None:
    with engine("postgres") as stands_on, hub(tmp_path, stands_on) as place:
        worker = place.worker()
        for moment in WEB * ROUNDS["postgres"]:
            _killed_at(place, moment, "serve")
        server = place.start("serve")
        conversations_end(place)
        place.end(server)
        place.end(worker)
        _prove(place, compare(place, f"serve: {', '.join(WEB)}"), len(WEB) * ROUNDS["postgres"])


@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgres", marks=pytest.mark.whole)])
@pytest.mark.timeout(3600 if WHOLE else 120)
def test_conversations_outlive_the_worker(store: str, tmp_path: Path) -> None:
    with engine(store) as stands_on, hub(tmp_path, stands_on) as place:
        server = place.start("serve", "--no-worker")
        for moment in WORKER * ROUNDS[store]:
            _killed_at(place, moment, "work")
        worker = place.start("work")
        conversations_end(place)
        place.end(worker)
        place.end(server)
        _prove(place, compare(place, f"work: {', '.join(WORKER)}"), len(WORKER) * ROUNDS[store])


def _killed_at(place: Hub, moment: Moment, command: str) -> None:
    """One life: newcomers, and the end in the midst of what they and the others say."""
    place.newcomers(A_ROUND)
    gone = place.kill_at(moment, place.chance.randint(1, 4 * A_ROUND), place.start(command))
    assert gone.wait(PATIENCE), "what should be killed did not come so far"
    place.time_passes()


def conversations_end(place: Hub) -> None:
    for conversation in place.conversations:
        conversation.join()


def _prove(place: Hub, found: Found, kills: int) -> None:
    tell(found)
    assert (found.blows, found.acknowledged) == (kills, ANSWERS * kills)
    assert found.clean(), found
    no_trace_in_the_log(place)


def no_trace_in_the_log(place: Hub) -> None:
    """Neither a number of hers nor a traceback."""
    said = place.log.read_text(encoding="utf-8")
    assert "Traceback" not in said
    assert not [woman for woman in place.women if woman.number[-9:] in said]


# ---- whoever looks must be able to see


def test_what_does_not_agree_is_seen(tmp_path: Path) -> None:
    with hub(tmp_path) as place:
        place.newcomers(A_ROUND)
        server = place.start("serve")
        conversations_end(place)
        place.end(server)
        claims, forgets, stops, stays, erases = (place.women[i] for i in (0, 1, 2, 4, 5))
        assert compare(place, "").clean()
        claims.acknowledged.append(("need", "a well"))  # lost
        del forgets.acknowledged[0]  # doubled: a fact that she does not account for
        place.carrier.accepted.append(received(place.carrier, stays)[-1])  # doubled: one row, two messages
        place.carrier.accepted.append(replace(received(place.carrier, stops)[-1], callback="?id=0"))  # after her STOP
        stays.role, erases.role = "erases", "stays"  # one is not erased; of the other two answers and the end are lost
        found = Counter(one.sin for one in compare(place, "").findings)
    assert found == {"lost": 4, "doubled": 1, "repeated": 1, "after leaving": 1, "not forgotten": 1}
