"""A node as one running process, with the letterbox of its modem, and what a drill tells it and looks at."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from consult.config import Settings
from consult.house import House, open_house
from consult.library import day_of
from consult.lock import doors
from consult.passphrase import put_on
from consult.publish import publish
from consult.vault import Keyring
from tests.cli.conftest import ROOT, free_port, surroundings
from tests.drills.scene import definition

PASSPHRASE = "bodake firumo lapesi tunavo"
OURS = "+254700000009"
PATIENCE = 60.0  # seconds


@dataclass
class Process:
    """A node that runs. `keys` are what its passphrase opens."""

    place: Path
    settings: dict[str, str]
    keys: Keyring
    child: subprocess.Popen[str] | None = None

    @property
    def modem(self) -> Path:
        return self.place / "modem"

    @property
    def data(self) -> Path:
        return self.place / "data"

    def start(self) -> None:
        """A new process, in place of one that died."""
        log = (self.place / "log").open("a")
        with log:
            self.child = subprocess.Popen(
                [sys.executable, "-m", "consult.cli", "serve"],
                cwd=ROOT,
                env=surroundings(PYTHONPATH=str(ROOT), **self.settings),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.child.stdout
        assert self.child.stdout.readline().startswith("Consult: http"), (self.place / "log").read_text()

    def kill(self) -> None:
        """Its end, without warning."""
        assert self.child
        assert self.child.poll() is None, "it died before it was killed"
        self.child.kill()
        self.child.communicate()

    @contextmanager
    def house(self) -> Iterator[House]:
        """The same house, open beside it."""
        opened = open_house(Settings.from_env(self.settings))
        opened.unlock(self.keys)
        try:
            yield opened
        finally:
            opened.close()

    def tell(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """A command beside it."""
        return subprocess.run(
            [sys.executable, "-m", "consult.cli", *words],
            input=typed,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=surroundings(PYTHONPATH=str(ROOT), **self.settings),
            timeout=60,
        )

    @property
    def pid(self) -> int:
        assert self.child
        return self.child.pid

    def state(self) -> dict[str, Any]:
        return doors.knock(self.data, {"do": "state"})[0]

    def unlock(self) -> None:
        answer = doors.knock(self.data, {"do": "unlock", "passphrase": PASSPHRASE})[0]
        assert "why" not in answer
        until(lambda: self.state()["state"] == "open")

    def page(self, path: str = "/office/sign-in") -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.settings['PORT']}{path}") as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def letters(self, statement: str, *values: object) -> list[Any]:
        with closing(sqlite3.connect(self.modem / "smsd.db", isolation_level=None, timeout=20)) as box:
            return box.execute(statement, values).fetchall()

    def receives(self, text: str, sender: str) -> None:
        """smsd writes what the modem heard."""
        self.letters(
            "INSERT INTO inbox (ReceivingDateTime, Text, SenderNumber, UDH, Coding, RecipientID) "
            "VALUES (?, ?, ?, '', 'Unicode_No_Compression', 'consult')",
            datetime.now().isoformat(" ", "microseconds"),
            text.encode("utf-16-be").hex(),
            sender,
        )

    def outbox(self) -> list[tuple[str, str]]:
        """What smsd is to send."""
        return self.letters("SELECT DestinationNumber, TextDecoded FROM outbox ORDER BY ID")

    def in_memory(self, secret: bytes) -> bool:
        """Whether these bytes lie anywhere in the memory of the process."""
        with open(f"/proc/{self.pid}/mem", "rb", 0) as memory:
            for line in Path(f"/proc/{self.pid}/maps").read_text().splitlines():
                span, mode, *_ = line.split()
                start, end = (int(each, 16) for each in span.split("-"))
                if "w" in mode:
                    with suppress(OSError, ValueError, OverflowError):
                        memory.seek(start)
                        if secret in memory.read(end - start):
                            return True
        return False


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it did not come to it"
        time.sleep(0.05)


@contextmanager
def running(place: Path) -> Iterator[Process]:
    """A node that begins locked, with a consultation published; ended afterwards."""
    settings = {
        "CONSULT_DATA": str(place / "data"),
        "CONSULT_GAMMU": str(place / "modem" / "smsd.db"),
        "CONSULT_GAMMU_NUMBER": OURS,
        "CONSULT_GAMMU_PACE": "100",
        "CONSULT_COUNTRY": "KE",
        "PORT": str(free_port()),
    }
    (place / "modem").mkdir()
    house = open_house(Settings.from_env(settings))
    publish(house, definition(), day=day_of(int(time.time())), test=True)
    put_on(place / "data", house.vault, PASSPHRASE)
    node = Process(place, settings, house.vault.keyring())
    house.close()
    try:
        node.start()
        yield node
    finally:
        if node.child and node.child.poll() is None:
            node.child.terminate()
            node.child.communicate(timeout=30)
