"""The running process: `consult serve` on a node with a modem's letterbox, told by commands and by a signal."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from consult.lock import doors
from tests.drills.node import PASSPHRASE, Process, running, until
from tests.drills.traces import found_under, of_number

HER = "+254711223344"
pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    with running(tmp_path) as node:
        yield node


def test_a_node_lives_locked_and_unlocked(process: Process) -> None:
    """One process through its whole day; each command is a process of its own."""
    # it begins locked, and keeps what comes
    assert (process.page(), process.page("/healthz"), process.page("/readyz")) == (503, 200, 503)
    process.receives("BASKET", HER)
    until(lambda: process.state()["waiting"] == 1)
    until(process.outbox)
    assert process.outbox() == [(HER, "Thank you. Received. You can delete these messages.")]
    until(lambda: process.letters("SELECT * FROM inbox") == [])
    process.letters("DELETE FROM outbox")
    assert found_under([process.data], (of_number(HER),)) == {}
    # a command needs the keys, and has them from nowhere
    refused = process.tell("tally", "village", "--who", "Amina")
    assert refused.returncode == 3
    assert "consult unlock" in refused.stderr
    # a wrong passphrase opens nothing; the right one lets everything go on
    (wrong,) = doors.knock(process.data, {"do": "unlock", "passphrase": "bodake firumo lapesi tunavu"})
    assert (wrong["state"], wrong["why"]) == ("locked", "this is not the passphrase; nothing was opened")
    right = process.tell("unlock", typed=f"{PASSPHRASE}\n")
    assert right.returncode == 0, right.stderr
    until(lambda: process.state() == {"state": "open", "waiting": 0})
    until(lambda: len(process.outbox()) >= 1)
    assert process.page() == 200
    assert process.tell("tally", "village", "--who", "Amina").returncode == 0, "the running process lends its keys"
    # and locked again
    assert process.tell("lock").stdout == "locked\n"
    assert (process.page(), process.state()["state"]) == (503, "locked")
    log = (process.place / "log").read_text()
    assert HER[-9:] not in log
    assert PASSPHRASE not in log


def test_the_signal_is_a_panic_and_takes_back_what_has_not_left(process: Process) -> None:
    process.unlock()
    process.receives("BASKET", HER)
    until(lambda: any(number == HER for number, _ in process.outbox()))
    os.kill(process.pid, signal.SIGUSR1)
    until(lambda: process.state()["state"] == "locked")
    until(lambda: found_under([process.place], (of_number(HER),)) == {})
    assert process.outbox() == []
    assert process.state()


def test_no_key_stays_in_the_memory_of_a_locked_process(process: Process) -> None:
    """What Python and the libraries copied on the way is looked for too."""
    assert not process.in_memory(process.keys.live)
    process.unlock()
    process.receives("BASKET", HER)
    until(lambda: any(number == HER for number, _ in process.outbox()))
    assert process.in_memory(process.keys.live)
    assert process.in_memory(process.keys.index)
    assert process.tell("lock").returncode == 0
    assert not process.in_memory(process.keys.live)
    assert not process.in_memory(process.keys.index)
