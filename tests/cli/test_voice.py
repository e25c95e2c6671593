"""The server to which an Asterisk gives its calls, as a process of its own."""

from __future__ import annotations

import time
from pathlib import Path

from consult.cli.endings import SURROUNDINGS
from consult.config import Settings
from consult.house import open_house
from tests.cli.conftest import EXAMPLES, Run, outside
from tests.cli.test_serving import ends, process
from tests.fakes.asterisk import OURS, Handset

VOICE = f"{OURS} RIVER"


def test_it_takes_calls_when_it_says_so_and_goes_when_told(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    assert outside("publish", "--test", str(EXAMPLES / "safety.toml"), CONSULT_DATA=data).code == 0
    with process("voice", "fastagi", "--port", "0", CONSULT_DATA=data, CONSULT_ASTERISK_VOICE=VOICE) as (running, line):
        assert line.startswith("Consult takes calls on 127.0.0.1 port ")
        phone = Handset(int(line.split()[-1]))
        phone.rings()
        assert phone.up
        assert ends(running) == ""
        assert phone.reads() == ""
        phone.dies()


def test_it_forgets_calls_that_are_over_without_any_other_server(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert outside("publish", "--test", str(EXAMPLES / "safety.toml"), CONSULT_DATA=str(data)).code == 0
    house = open_house(Settings(data=data))
    house.store.write(lambda tx: tx.hold_line(b"an old call", b"sealed", 1))
    with process("voice", "fastagi", "--port", "0", CONSULT_DATA=str(data), CONSULT_ASTERISK_VOICE=VOICE) as (
        running,
        _,
    ):
        until = time.monotonic() + 10
        while house.store.read(lambda view: view.line(b"an old call")) and time.monotonic() < until:
            time.sleep(0.05)
        assert house.store.read(lambda view: view.line(b"an old call")) is None
        assert ends(running) == ""
    house.close()


def test_without_a_number_of_ours_it_says_what_is_missing(run: Run) -> None:
    assert run("publish", "--test", EXAMPLES / "safety.toml").code == 0
    ended = run("voice", "fastagi", "--port", "0")
    assert ended.code == SURROUNDINGS
    assert "CONSULT_ASTERISK_VOICE is not set" in ended.err
