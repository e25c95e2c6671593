"""A hub run by its own commands, `consult serve` and `consult work`, each a process that can be killed.

Rule 1: nothing of the hub is called while its processes live; between two lives only time is moved, in the rows that
hold a lease, so that nobody waits two minutes. What follows from it, the next process does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
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
from tests.benchmarks.serving import free_port
from tests.drills.conversing import Carrier, Conversation, Moment, Role, Woman
from tests.drills.engines import SQLITE, Engine
from tests.drills.nursery import Child, Nursery
from tests.fakes.twilio_server import ACCOUNT, NUMBER, TOKEN

NAME = "basket"
LIKE_ANYWHERE = ("PATH", "HOME", "LANG", "VIRTUAL_ENV")
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
    nursery: Nursery
    engine: Engine = SQLITE
    chance: Random = field(default_factory=lambda: Random(7))
    women: list[Woman] = field(default_factory=list)
    conversations: list[Conversation] = field(default_factory=list)
    blows: int = 0

    # ---- processes

    def start(self, *words: str) -> Child:
        """Run a command of ours; a server is waited for until it listens."""
        if words[0] == "serve":
            return self.nursery.command((*words, "--port", str(self.port)), self._told, self.port)
        return self.nursery.command(words, self._told)

    def worker(self) -> Child:
        """A worker that sweeps every second: for drills in which the bell is not heard."""
        return self.nursery.start("work", self._told)

    def kill_at(self, moment: Moment, n: int, process: Child) -> Event:
        """SIGKILL for this process at the n-th such moment; the event is set once it is gone."""
        return self.strike_at(moment, n, process.kill)

    def strike_at(self, moment: Moment, n: int, blow: Callable[[], None]) -> Event:
        """The blow falls at the n-th such moment; the event is set once it has fallen."""
        fallen = Event()

        def strike() -> None:
            blow()
            self.blows += 1
            fallen.set()

        self.carrier.arm(moment, n, strike)
        return fallen

    def end(self, process: Child) -> None:
        """Stop it as an operator does, and see that it ends well."""
        assert process.end() == 0, self.log.read_text()

    @property
    def _told(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name in LIKE_ANYWHERE}
        return kept | settings(self.folder, self.port, self.carrier.url) | dict(self.engine.settings)

    # ---- people

    def newcomers(self, n: int) -> list[Conversation]:
        """Half of them are on a list and will be invited, the others text the keyword."""
        first = len(self.women)
        new = [Woman(f"+2547{22_000_000 + i}", i, ROLES[i % 6], invited=i % 2 == 0) for i in range(first, first + n)]
        self.women += new
        self.enrol([woman for woman in new if woman.invited], int(time.time()))
        url = f"http://127.0.0.1:{self.port}/hooks/sms/twilio"
        begun = [Conversation(self.carrier, url, woman, self.chance) for woman in new]
        self.conversations += begun
        return begun

    def enrol(self, invited: list[Woman], at: int) -> None:
        """They stand on a list, and the campaign runs."""
        listed = self.log.with_name("list.csv")
        listed.write_text("number,language\n" + "".join(f"{each.number},en\n" for each in invited), encoding="utf-8")
        contacts.apply(self.house, contacts.plan(self.house, NAME, listed), at)
        if not self.house.store.read(lambda view: view.campaigns(NAME)):
            campaign.start(self.house, NAME, Plan("sms", "twilio", NUMBER), at)

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


@contextmanager
def hub(
    place: Path, stands_on: Engine = SQLITE, folder: Path | None = None, hours: tuple[str, str] | None = None
) -> Iterator[Hub]:
    """A hub with one published consultation, and nobody at work yet; all its processes are gone afterwards.

    `hours`: her safe hours in UTC, where it is not day for ever.
    """
    data, port, log = folder or place / "data", free_port(), place / "log"
    with Carrier() as carrier, Nursery(log) as nursery:
        house = open_house(Settings.from_env(settings(data, port, carrier.url) | dict(stands_on.settings)))
        try:
            publish(house, definition(hours), day=day_of(int(time.time())), test=True)
            yield Hub(data, carrier, house, port, log, nursery, stands_on)
        finally:
            house.close()


def definition(hours: tuple[str, str] | None = None) -> str:
    """In a zone where it is day now, so that invitations may leave."""
    zone = "UTC" if hours or 1 <= time.gmtime().tm_hour < 23 else "Asia/Tokyo"
    text = Path(__file__).with_name("basket.toml").read_text(encoding="utf-8")
    if hours:
        text = text.replace('safe_hours = ["00:00", "23:59"]', f'safe_hours = ["{hours[0]}", "{hours[1]}"]')
    return text.replace('area = "KE"', f'area = "KE"\ntimezone = "{zone}"')
