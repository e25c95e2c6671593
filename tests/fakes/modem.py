"""A real gammu-smsd that runs gammu's own dummy modem: a folder stands for the SIM."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from tests.conftest import need

SHIPPED = Path(__file__).parents[2] / "deploy" / "node" / "gammu" / "smsdrc"
INSTALL = "sudo apt-get install gammu-smsd libdbd-sqlite3"


@dataclass
class Modem:
    """`database` is smsd's. What is put on the SIM, smsd finds within a second."""

    folder: Path
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def database(self) -> Path:
        return self.folder / "smsd.db"

    @property
    def sim(self) -> Path:
        return self.folder / "dummy" / "sms" / "1"

    def receives(self, sender: str, text: str, *, header: str = "", when: str = "20261104T120000") -> None:
        """The network delivers this."""
        units = text.encode("utf-16-be").hex().upper()
        lines = [f"Text{n:02d} = {units[at : at + 200]}" for n, at in enumerate(range(0, len(units), 200))]
        heading = [f'Number = "{sender}"', f"DateTime = {when}", "Coding = Unicode", "Folder = 1"]
        udh = [f"UDH = {header}"] if header else []
        written = ["[SMSBackup000]", "PDU = Deliver", 'SMSC = "+10000"', "State = UnRead", *heading, *udh, *lines, ""]
        draft = self.folder / "draft"
        draft.write_text("\n".join(written))
        draft.rename(self.sim / str(next(self.numbers)))

    def on_the_sim(self) -> int:
        return len(list(self.sim.iterdir()))


@contextmanager
def modem(folder: Path, *, timeout: int = 3) -> Iterator[Modem]:
    """smsd runs within; `timeout`: seconds it waits for a missing part. The database must be there."""
    program = need("gammu-smsd", INSTALL)
    if not any(Path("/usr/lib").glob("**/libdbdsqlite3.so")):
        if os.environ.get("CONSULT_TEST_REQUIRE") == "all":
            pytest.fail(f"libdbd-sqlite3 is missing: {INSTALL}")
        pytest.skip(f"libdbd-sqlite3 is missing: {INSTALL}")
    running = Modem(folder)
    for n in range(1, 6):
        (folder / "dummy" / "sms" / str(n)).mkdir(parents=True, exist_ok=True)
    settings = folder / "smsdrc"
    settings.write_text(_settings(folder, timeout))
    with subprocess.Popen([program, "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as smsd:
        try:
            yield running
        finally:
            smsd.terminate()
            smsd.wait(20)


def _settings(folder: Path, timeout: int) -> str:
    """What deploy/node/gammu ships, for the dummy and without its patience."""
    ours = {
        "port": f"{folder}/dummy",
        "connection": "none\nmodel = dummy",
        "dbdir": f"{folder}/",
        "multiparttimeout": str(timeout),
        "receivefrequency": "1",
        "statusfrequency": "2",
        "loopsleep": "0\ncommtimeout = 1",
        "hangupcalls": "0",
    }
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    written = [(line, line.partition(" = ")[0]) for line in lines]
    assert ours.keys() <= {name for _, name in written}
    return "\n".join(f"{name} = {ours[name]}" if name in ours else line for line, name in written) + "\n"


def until(true: Callable[[], object], patience: float = 20.0) -> None:
    """Wait for what smsd brings about."""
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, "smsd did not come to it"
        time.sleep(0.05)
