"""A hub run by its own commands, `consult serve` and `consult work`, each a process that can be killed.

Rule 1: nothing of the hub is called while its processes live; between two lives only time is moved, in the rows that
hold a lease, so that nobody waits two minutes. What follows from it, the next process does.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from threading import Event

from consult import campaign, contacts
from consult.campaign import Plan
from consult.config import Settings
from consult.house import House, open_house
from consult.library import day_of
from consult.publish import publish
from consult.store import Tx
from tests.drills.conversing import Carrier, Conversation, Moment, Role, Woman
from tests.fakes.twilio_server import ACCOUNT, NUMBER, TOKEN

ROOT = Path(__file__).parents[2]
NAME = "basket"
LIKE_ANYWHERE = ("PATH", "HOME", "LANG", "VIRTUAL_ENV")
STARTS = 30.0  # seconds a command may take to begin
LEASED = 130  # seconds: longer than a lease, and than a carrier's list takes to be believed
ROLES: tuple[Role, ...] = ("stays", "stays", "stops", "stays", "stays", "erases")


@dataclass
class Hub:
    """The data folder, the carrier, and everybody who ever spoke to it."""

    folder: Path
    carrier: Carrier
    house: House
    port: int
    log: Path
    chance: Random = field(default_factory=lambda: Random(7))
    women: list[Woman] = field(default_factory=list)
    conversations: list[Conversation] = field(default_factory=list)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    kills: int = 0

    # ---- processes

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Run a command of ours; a server is waited for until it listens."""
        serves = words[0] == "serve"
        command = [sys.executable, "-m", "consult.cli", *words, *(("--port", str(self.port)) if serves else ())]
        kept = {name: value for name, value in os.environ.items() if name in LIKE_ANYWHERE}
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=kept | settings(self.folder, self.port, self.carrier.url), stdout=log, stderr=log
            )
        self.running.append(process)
        while serves and not _listens(self.port):
            assert process.poll() is None, self.log.read_text()
            time.sleep(0.01)
        return process

    def kill_at(self, moment: Moment, n: int, process: subprocess.Popen[bytes]) -> Event:
        """SIGKILL for this process at the n-th such moment; the event is set once it is gone."""
        gone = Event()

        def strike() -> None:
            assert process.poll() is None, self.log.read_text()
            process.kill()
            process.wait()
            self.kills += 1
            gone.set()

        self.carrier.arm(moment, n, strike)
        return gone

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """Stop it as an operator does, and see that it ends well."""
        process.terminate()
        assert process.wait(STARTS) == 0, self.log.read_text()

    # ---- people

    def newcomers(self, n: int) -> None:
        """Half of them are on a list and will be invited, the others text the keyword."""
        first = len(self.women)
        new = [Woman(f"+2547{22_000_000 + i}", i, ROLES[i % 6], invited=i % 2 == 0) for i in range(first, first + n)]
        self.women += new
        self._enrol([woman for woman in new if woman.invited])
        url = f"http://127.0.0.1:{self.port}/hooks/sms/twilio"
        self.conversations += [Conversation(self.carrier, url, woman, self.chance) for woman in new]

    def _enrol(self, invited: list[Woman]) -> None:
        listed = self.folder.with_name("list.csv")
        listed.write_text("number,language\n" + "".join(f"{each.number},en\n" for each in invited), encoding="utf-8")
        contacts.apply(self.house, contacts.plan(self.house, NAME, listed), int(time.time()))
        if not self.house.store.read(lambda view: view.campaigns(NAME)):
            campaign.start(self.house, NAME, Plan("sms", "twilio", NUMBER), int(time.time()))

    # ---- between two lives

    def time_passes(self) -> None:
        """Two minutes later: the leases of whoever was killed have ended."""
        self.house.store.write(_later)


def _later(tx: Tx) -> None:
    now = int(time.time())
    tx.scheduler("nobody", now + LEASED, -LEASED)
    for message in tx.overdue(now + LEASED):
        moved = replace(message, lease_until=message.lease_until - LEASED, handed_at=message.handed_at - LEASED)
        tx.update_message(moved)


def settings(folder: Path, port: int, api: str) -> dict[str, str]:
    """The settings of every process of the hub."""
    return {
        "CONSULT_DATA": str(folder),
        "CONSULT_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "CONSULT_TWILIO_ACCOUNT_SID": ACCOUNT,
        "CONSULT_TWILIO_AUTH_TOKEN": TOKEN,
        "CONSULT_TWILIO_FROM": NUMBER,
        "CONSULT_TWILIO_API": api,
        "CONSULT_TWILIO_PACE": "10000",
    }


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def hub(place: Path) -> Iterator[Hub]:
    """A hub with one published consultation, and nobody at work yet; all its processes are gone afterwards."""
    folder, port = place / "data", _free_port()
    with Carrier() as carrier:
        house = open_house(Settings.from_env(settings(folder, port, carrier.url)))
        found = Hub(folder, carrier, house, port, place / "log")
        try:
            publish(house, _definition(), day=day_of(int(time.time())), test=True)
            yield found
        finally:
            for process in found.running:
                if process.poll() is None:
                    process.kill()
                    process.wait()
            house.close()


def _definition() -> str:
    """In a zone where it is day now, so that invitations may leave."""
    zone = "UTC" if 1 <= time.gmtime().tm_hour < 23 else "Asia/Tokyo"
    text = Path(__file__).with_name("basket.toml").read_text(encoding="utf-8")
    return text.replace('area = "KE"', f'area = "KE"\ntimezone = "{zone}"')
