"""A hub, its women and its carrier, for one drill.

Every woman was brought to a question by the real intake and has one message to send, which Twilio holds and posts to
the webhook again and again until it is acknowledged, under the same identifier.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from http.client import HTTPException
from pathlib import Path

from consult import delivery, intake
from consult.channel import Heard, Text
from consult.config import Settings
from consult.house import House, open_house
from consult.intake.orders import settle_orders
from consult.library import day_of
from consult.publish import publish
from consult.store import Tx
from tests.benchmarks.serving import free_port
from tests.benchmarks.talking import FILE
from tests.drills.engines import SQLITE, Engine
from tests.drills.holding import HoldingTwilio
from tests.drills.nursery import PATIENCE, Child, Nursery
from tests.fakes.twilio_server import ACCOUNT, NUMBER, TOKEN, Message, inbound

NAME = "village"
HANDS = 6
LEASES = (130, 200, 270)  # seconds from now: a lease has ended, an uncertain message may be believed lost


@dataclass(frozen=True)
class Woman:
    """Somebody with one message to send; `turn` tells apart two messages with the same words."""

    number: str
    said: str
    turn: int = 0


@dataclass(frozen=True)
class Life:
    """The processes of a hub; on an SQLite file one and the same."""

    server: Child
    payer: Child


@dataclass
class Scene:
    """What a drill acts on. `acknowledged`: whose message was answered with 200."""

    folder: Path
    twilio: HoldingTwilio
    nursery: Nursery
    port: int
    house: House
    chance: random.Random
    engine: Engine = SQLITE
    women: list[Woman] = field(default_factory=list)
    acknowledged: list[Woman] = field(default_factory=list)
    messages: dict[Woman, Message] = field(default_factory=dict)
    secrets: list[bytes] = field(default_factory=list)  # what an erasure must destroy, as it stood before
    kills: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/sms/twilio"

    # ---- processes

    def server(self, *, worker: bool) -> Child:
        """A new server."""
        return self.nursery.start("serve and work" if worker else "serve", self._told, self.port)

    def worker(self) -> Child:
        """A new worker, free to take the scheduler's lease: whoever held it is dead."""
        self.house.store.write(_release)
        return self.nursery.start("work", self._told)

    def life(self) -> Life:
        """All that a hub needs: one process, or web and worker apart where the engine has them so."""
        if not self.engine.apart:
            server = self.server(worker=True)
            return Life(server, server)
        return Life(self.server(worker=False), self.worker())

    def revived(self, life: Life) -> Life:
        """With a new process in place of the one that was killed."""
        if not self.engine.apart:
            return self.life()
        server = life.server if life.server.alive() else self.server(worker=False)
        return Life(server, life.payer if life.payer.alive() else self.worker())

    def kill(self, child: Child) -> None:
        """The end of a process, without warning, at the step that a drill is about."""
        child.kill()
        self.twilio.killed()
        self.kills += 1

    def away(self, *children: Child) -> None:
        """These have done what they were there for."""
        for child in children:
            if child.alive():
                child.kill()

    @property
    def _told(self) -> dict[str, str]:
        return environment(self.folder, self.port, self.twilio.url) | dict(self.engine.settings)

    # ---- what the women do

    def newcomers(self, n: int, said: Callable[[int], str]) -> list[Woman]:
        """Women who have joined, consented and received their first question; each has `said(i)` to send."""
        first = len(self.women)
        women = [Woman(f"+2547{first + i:08d}", said(first + i)) for i in range(n)]
        self.women += women
        for step, words in enumerate(("BASKET", "1")):
            with ThreadPoolExecutor(HANDS) as hands:
                list(hands.map(partial(self._says, step, words), women))
            arrives(self.house, women)
        return women

    def _says(self, step: int, words: str, woman: Woman) -> None:
        ref = f"{ACCOUNT}:seed{step}{woman.number}"
        intake.take(self.house, Heard("sms", "twilio", NUMBER, woman.number, Text(words), ref, int(time.time())), 0)

    @contextmanager
    def posting(self, women: Iterable[Woman]) -> Iterator[list[Future[None]]]:
        """Meanwhile their messages are posted, each until it is acknowledged."""
        with ThreadPoolExecutor(HANDS) as hands:
            posted = [hands.submit(self.post, woman) for woman in women]
            yield posted
        for each in posted:
            each.result()

    def held(self, woman: Woman) -> Message:
        """Her message as Twilio holds it: one identifier, however often it is posted."""
        if woman not in self.messages:
            self.messages[woman] = self.twilio.hold(woman.number, woman.said)
        return self.messages[woman]

    def post(self, woman: Woman) -> None:
        """Twilio's persistence: the same message until somebody says 200."""
        fields, deadline = inbound(ACCOUNT, self.held(woman)), time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                status, _ = self.twilio.post(self.url, fields)
            except HTTPException:  # killed in the midst of its answer
                status = 0
            if status == 200:
                self.acknowledged.append(woman)
                return
            assert status in (0, 503), f"the webhook answered {status}"
            time.sleep(0.01)
        raise AssertionError("nobody acknowledged a message")

    # ---- afterwards

    def settle(self) -> None:
        """Two minutes later and more: what was interrupted is settled by the functions that every worker calls."""
        self.house.store.write(_release)
        for later in LEASES:
            at = int(time.time()) + later
            settle_orders(self.house)
            while delivery.settle_uncertain(self.house, at):  # some at a time: a worker that dies leaves a dozen
                pass
            while delivery.sweep(self.house, lambda at=at: at).sent:
                pass


def environment(folder: Path, port: int, api: str) -> dict[str, str]:
    """The settings of every process of the drill."""
    return {
        "CONSULT_DATA": str(folder),
        "CONSULT_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "CONSULT_TWILIO_ACCOUNT_SID": ACCOUNT,
        "CONSULT_TWILIO_AUTH_TOKEN": TOKEN,
        "CONSULT_TWILIO_FROM": NUMBER,
        "CONSULT_TWILIO_API": api,
        "CONSULT_TWILIO_PACE": "10000",
        "CONSULT_REPLIES_PER_DAY": "1000000",
        "CONSULT_BACKUP": str(folder.with_name("backup")),
    }


@contextmanager
def scene(place: Path, stands_on: Engine = SQLITE) -> Iterator[Scene]:
    """A published consultation, a carrier that listens, a nursery; everything is ended afterwards."""
    port, folder = free_port(), place / "data"
    with HoldingTwilio() as twilio, Nursery(place / "log") as nursery:
        house = open_house(Settings.from_env(environment(folder, port, twilio.url) | dict(stands_on.settings)))
        try:
            publish(house, definition(), day=day_of(int(time.time())), test=True)
            yield Scene(folder, twilio, nursery, port, house, random.Random(7), stands_on)
        finally:
            house.close()


def definition() -> str:
    """In a zone where it is day now, so that invitations may leave."""
    zone = "UTC" if 1 <= time.gmtime().tm_hour < 23 else "Asia/Tokyo"
    return FILE.read_text(encoding="utf-8").replace('area = "KE"', f'area = "KE"\ntimezone = "{zone}"')


def arrives(house: House, women: Iterable[Woman]) -> None:
    """What is owed to them counts as delivered, so that nobody answers a question she has not seen."""
    indexes = [house.vault.index(woman.number) for woman in women]

    def deliver(tx: Tx) -> None:
        for address in filter(None, map(tx.address, indexes)):
            for message in tx.traffic(address.id):
                if message.state == "queued":
                    tx.update_message(replace(message, state="delivered", text=b""))

    house.store.write(deliver)


def _release(tx: Tx) -> None:
    """The scheduler's lease ends, as it does by itself 45 seconds after a kill."""
    tx.scheduler("drill", int(time.time()) + 3600, -3600)
