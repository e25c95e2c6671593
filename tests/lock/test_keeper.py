"""Who turns the gate: idleness, panic, other processes on the folder; and what may not overtake what."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from consult.lock import doors
from consult.lock.gate import Gate, State
from consult.lock.keeper import Keeper, kept
from consult.passphrase import Wrong
from consult.sealing import VaultError
from tests.lock.conftest import HER, PASSPHRASE, Node

LONG_AGO = 3600  # seconds


@pytest.fixture
def opened() -> threading.Event:
    return threading.Event()


@pytest.fixture
def keeper(node: Node, opened: threading.Event) -> Keeper:
    return Keeper(node.house, opened.set, desk=True)


def away(node: Node) -> None:
    """Nobody has worked here for an hour."""
    node.house.gate.touched = time.monotonic() - LONG_AGO


def unattended(node: Node, then: str, minutes: int = 30) -> None:
    node.house = replace(node.house, settings=replace(node.house.settings, unattended=then, idle_lock=minutes))


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_unlocking_takes_in_what_was_kept_and_then_opens(node: Node, keeper: Keeper, opened: threading.Event) -> None:
    node.says("RIVER")
    keeper.unlock(PASSPHRASE)
    assert opened.wait(20)
    assert (node.house.gate.state, node.waiting()) == (State.OPEN, 0)
    keeper.unlock(PASSPHRASE)
    assert node.house.gate.state is State.OPEN


def test_another_passphrase_opens_nothing(node: Node, keeper: Keeper) -> None:
    with pytest.raises(Wrong):
        keeper.unlock(PASSPHRASE.upper())
    assert node.house.vault.locked
    assert node.house.gate.state is State.LOCKED


def test_a_panic_undoes_an_unlocking_that_is_under_way(node: Node) -> None:
    class Hasty(Keeper):
        """The button is pressed while the passphrase is worked on."""

        def _bring(self, keys: object, before: int) -> None:
            self.panic()
            super()._bring(keys, before)  # type: ignore[arg-type]

    with pytest.raises(VaultError, match="meanwhile"):
        Hasty(node.house, lambda: None, desk=True).unlock(PASSPHRASE)
    assert node.house.vault.locked
    assert node.house.gate.state is State.LOCKED


# ---- nobody is here


def test_it_locks_itself_when_nobody_works_here(node: Node, opened: threading.Event) -> None:
    keeper = Keeper(node.house, opened.set, desk=True)
    keeper.unlock(PASSPHRASE)
    assert opened.wait(20)
    keeper.idle()
    assert node.house.gate.state is State.OPEN
    away(node)
    keeper.idle()
    assert node.house.gate.state is State.LOCKED
    assert node.house.vault.locked


def test_or_only_shuts_its_pages(node: Node, opened: threading.Event) -> None:
    unattended(node, "converse")
    keeper = Keeper(node.house, opened.set, desk=True)
    keeper.unlock(PASSPHRASE)
    assert opened.wait(20)
    away(node)
    keeper.idle()
    gate = node.house.gate
    assert (gate.state, gate.answers, gate.shows) == (State.SHUT, True, False)
    node.says("RIVER")
    assert node.waiting() == 0, "conversations go on"
    with pytest.raises(Wrong):
        keeper.unlock("no")
    assert gate.state is State.SHUT
    keeper.unlock(PASSPHRASE)
    assert gate.state is State.OPEN


@pytest.mark.parametrize("desk", [True, False])
def test_it_never_does_where_it_is_told_not_to_or_has_no_pages(node: Node, opened: threading.Event, desk: bool) -> None:
    unattended(node, "capture", 0 if desk else 30)
    keeper = Keeper(node.house, opened.set, desk=desk)
    keeper.unlock(PASSPHRASE)
    assert opened.wait(20)
    away(node)
    keeper.idle()
    assert node.house.gate.state is State.OPEN


# ---- doors


@pytest.fixture
def open_doors(node: Node, opened: threading.Event) -> Iterator[None]:
    with kept(node.house, opened.set, desk=True) as keeper:
        assert keeper
        yield


def test_keys_are_lent_while_pages_are_open_and_then_only(
    node: Node, opened: threading.Event, open_doors: None
) -> None:
    def lent() -> bool:
        return "keys" in doors.knock(node.folder, {"do": "lend"})[0]

    assert not lent()
    doors.knock(node.folder, {"do": "unlock", "passphrase": PASSPHRASE})
    assert opened.wait(20)
    assert lent()
    node.house.gate.turn(State.SHUT)
    assert not lent()
    doors.knock(node.folder, {"do": "lock"})
    assert not lent()
    assert doors.knock(node.folder, {"do": "what"})[0]["state"] == "locked"


def test_only_its_owner_gets_to_a_door_and_it_goes_with_the_process(node: Node, opened: threading.Event) -> None:
    with kept(node.house, opened.set, desk=True):
        (door,) = (node.folder / "doors").iterdir()
        assert door.stat().st_mode & 0o077 == 0
        assert door.parent.stat().st_mode & 0o077 == 0
    assert not door.exists()
    with pytest.raises(doors.Nobody):
        doors.knock(node.folder, {"do": "state"})


def test_the_door_of_a_dead_process_is_taken_away(node: Node, open_doors: None) -> None:
    import socket

    place = node.folder / "doors"
    with ExitStack() as stack:
        dead = stack.enter_context(socket.socket(socket.AF_UNIX))
        with doors._address(place, "99999999") as address:
            dead.bind(address)
    assert len(doors.knock(node.folder, {"do": "state"})) == 1
    assert [each.name for each in place.iterdir()] != ["99999999"]
    assert not (place / "99999999").exists()


def test_a_hub_without_a_passphrase_has_no_door(node: Node) -> None:
    node.house.vault.wrapped = None
    with kept(node.house, lambda: None, desk=True) as keeper:
        assert keeper is None
        assert not (node.folder / "doors").exists()


# ---- the gate


def test_it_opens_only_when_nothing_waits() -> None:
    gate = Gate(locked=True)
    gate.turn(State.TAKING)
    assert not gate.open(lambda: True)
    assert gate.open(lambda: False)
    assert gate.state is State.OPEN


def test_locked_while_it_opens_it_stays_locked() -> None:
    gate = Gate(locked=True)
    gate.turn(State.TAKING)

    def pressed() -> bool:
        gate.turn(State.LOCKED)
        return False

    assert not gate.open(pressed)
    assert gate.state is State.LOCKED


def test_who_was_answered_today_is_told_for_a_day_only() -> None:
    receipts = Gate().receipts
    assert receipts.first(HER, 1, 9)
    assert not receipts.first(HER, 1, 9)
    assert receipts.first(HER, 2, 9)
    assert not receipts.first("+2348030000009", 2, 1)
