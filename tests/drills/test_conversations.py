"""Whole conversations with `consult serve` and `consult work`, which are killed again and again while they last."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.drills.conversing import PATIENCE, Moment, received
from tests.drills.hubs import Hub, hub
from tests.drills.remembering import Found, compare

WHOLE = os.environ.get("CONSULT_DRILL") == "whole"
ROUNDS = 50 if WHOLE else 5
A_ROUND = 6  # women who come in each round: four go to the end, one stops, one asks to be erased
ANSWERS = 4 * 3 + 1 + 2  # of theirs, in a round


SERVER: tuple[Moment, ...] = ("posted", "acknowledged", "offered", "taken")
WORKER: tuple[Moment, ...] = ("offered", "taken")


@pytest.mark.timeout(3600 if WHOLE else 120)
def test_conversations_outlive_the_server(tmp_path: Path) -> None:
    with hub(tmp_path) as place:
        for moment in SERVER * ROUNDS:
            _killed_at(place, moment, "serve")
        server = place.start("serve")
        _conversations_end(place)
        place.end(server)
        _prove(place, compare(place, f"serve: {', '.join(SERVER)}"), len(SERVER) * ROUNDS)


@pytest.mark.timeout(3600 if WHOLE else 120)
def test_conversations_outlive_the_worker(tmp_path: Path) -> None:
    with hub(tmp_path) as place:
        server = place.start("serve", "--no-worker")
        for moment in WORKER * ROUNDS:
            _killed_at(place, moment, "work")
        worker = place.start("work")
        _conversations_end(place)
        place.end(worker)
        place.end(server)
        _prove(place, compare(place, f"work: {', '.join(WORKER)}"), len(WORKER) * ROUNDS)


def _killed_at(place: Hub, moment: Moment, command: str) -> None:
    """One life: newcomers, and the end in the midst of what they and the others say."""
    place.newcomers(A_ROUND)
    gone = place.kill_at(moment, place.chance.randint(1, 4 * A_ROUND), place.start(command))
    assert gone.wait(PATIENCE), "what should be killed did not come so far"
    place.time_passes()


def _conversations_end(place: Hub) -> None:
    for conversation in place.conversations:
        conversation.join()


def _prove(place: Hub, found: Found, kills: int) -> None:
    print(f"\n{found.line()}")
    assert found.kills == kills
    assert found.acknowledged == ANSWERS * kills
    assert found.clean(), found
    said = place.log.read_text(encoding="utf-8")
    assert "Traceback" not in said
    assert not [woman for woman in place.women if woman.number[-9:] in said]


# ---- whoever looks must be able to see


def test_what_does_not_agree_is_seen(tmp_path: Path) -> None:
    with hub(tmp_path) as place:
        place.newcomers(A_ROUND)
        server = place.start("serve")
        _conversations_end(place)
        place.end(server)
        claims, forgets, stops, stays, erases = (place.women[i] for i in (0, 1, 2, 4, 5))
        assert compare(place, "").clean()
        claims.acknowledged.append(("need", "a well"))  # lost
        del forgets.acknowledged[0]  # doubled: a fact that she does not account for
        place.carrier.accepted.append(received(place.carrier, stays)[-1])  # doubled: one row, two messages
        place.carrier.accepted.append(replace(received(place.carrier, stops)[-1], callback="?id=0"))  # after her STOP
        stays.role, erases.role = "erases", "stays"  # one is not erased; of the other two answers and the end are lost
        found = compare(place, "")
    assert (found.lost, found.doubled, found.after_leaving, found.not_erased) == (4, 2, 1, 1)
