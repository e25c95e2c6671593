"""A whole house to play conversations in: real store, vault, rendering, outbox and delivery; only the air is ours.

Messages leave through `Tape`, a carrier that keeps what it is given, so that any number can be used. The clock is a
number that is moved by hand.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from types import MappingProxyType

from channels.sms import Sms
from consult import campaign, custody, delivery, intake, publish
from consult.channel import Delivery, Heard, Owed, Receipt, Refused, Request, Response, Said, SendFailed, Text
from consult.config import Settings
from consult.consultation import read
from consult.edition import Edition
from consult.findings.tally import Told
from consult.house import House, open_house
from consult.intake import Taken
from consult.library import day_of
from consult.store.records import Address, Enrolment, Message, SessionRow
from consult.unsealing import Opening
from tests.journeys.script import definition

OURS = "+12025550100"
ALSO_OURS = "4040"
HER = "+2348030000001"
MORNING = 1_795_424_400  # Monday 2026-11-23, 09:00 UTC
SEED = 5


@dataclass
class Tape:
    """A carrier (`consult.channel.Carrier`) that keeps what leaves. `fails` is raised by the next send instead."""

    name: str = "tape"
    ours: Sequence[str] = (OURS, ALSO_OURS)
    pace: float = 10_000.0
    can_find: bool = False
    skew: int = 3
    sent: list[Owed] = field(default_factory=list)
    fails: SendFailed | None = None

    def send(self, owed: Owed, report_to: str) -> Receipt:
        if self.fails:
            raise self.fails
        self.sent.append(owed)
        return Receipt(f"tape-{owed.id}", Delivery.ACCEPTED, id=owed.id)

    def receive(self, request: Request, at: int) -> Heard:
        raise Refused(400, "a tape hears nothing")

    def report(self, request: Request, at: int) -> Receipt:
        raise Refused(400, "a tape reports nothing")

    def acknowledge(self) -> Response:
        return Response()

    def missed(self, since: int) -> Iterable[Heard]:
        return ()

    def find(self, owed: Owed, since: int) -> Receipt | None:
        return None

    def forget(self, ref: str) -> None:
        return None


@dataclass
class Stage:
    """A house, its carrier, and what time it is."""

    house: House
    tape: Tape
    at: int = MORNING
    refs: Iterator[int] = field(default_factory=lambda: count(1))  # shared with copies of this stage
    seed: int = SEED

    # ---- what happens

    def hears(
        self, said: str | Said, sender: str | None = HER, *, to: str = OURS, ref: str = "", **more: object
    ) -> Taken:
        """Her message reaches us now; nothing is sent yet."""
        heard = Heard(
            channel="sms",
            carrier=self.tape.name,
            ours=to,
            sender=sender,
            said=Text(said) if isinstance(said, str) else said,
            ref=ref or f"ref-{next(self.refs)}",
            heard_at=self.at,
        )
        return intake.take(self.house, replace(heard, **more), self.seed)

    def sends(self) -> list[str]:
        """Pay everything that is due; the texts that left, in order."""
        before = len(self.tape.sent)
        delivery.sweep(self.house, lambda: self.at)
        return [owed.text for owed in self.tape.sent[before:]]

    def says(self, *said: str | Said, sender: str = HER) -> list[str]:
        """One message after the other, a minute apart, each answered before the next; the texts of the last answer."""
        texts: list[str] = []
        for one in said:
            self.at += 60
            self.hears(one, sender)
            texts = self.sends()
        return texts

    def silence(self) -> int:
        return campaign.silence(self.house, self.at)

    def publish(self, toml: str, *, test: bool = True) -> publish.Publication:
        """The words of what is played were written by one; what is no test goes out knowingly so."""
        known = None if test else read(toml).languages
        return publish.publish(self.house, toml, day=day_of(self.at), test=test, unreviewed=known)

    def enrol(self, name: str, number: str = HER, locale: str = "en") -> None:
        """Someone on the facilitator's list."""
        from consult.letters import seal_number

        index = self.house.vault.index(number)

        def work(tx):
            address = tx.address(index) or tx.add_address(
                index, seal_number(self.house.vault, index, number), "Africa/Lagos"
            )
            people = tx.people_at(address.id, address.generation)
            person = people[0] if people else tx.add_person(address.id, 0, address.generation)
            tx.enrol(Enrolment(person.id, name, "enrolled", locale, b""))

        self.house.store.write(work)

    def campaign(self, name: str, **more: object) -> int:
        """Start a campaign and begin everyone who waits; its id."""
        plan = replace(campaign.Plan("sms", self.tape.name, OURS), **more)
        started = campaign.start(self.house, name, plan, self.at)
        campaign.wave(self.house, started.id, self.at, seed=lambda: SEED)
        return started.id

    # ---- what can be seen

    def edition(self, name: str, version: int | None = None) -> Edition:
        published = self.house.store.read(lambda view: view.published(name, version))
        assert published is not None
        return self.house.library.edition(published)

    def told(self, name: str) -> list[Told]:
        """Every fact that can still be opened, by arrival."""
        private = custody.private_key(self.house.settings.data, self.house.vault, name)
        published = self.house.store.read(lambda view: view.published(name))
        assert published is not None
        return list(Opening(self.house.store, published, private).told())

    def address(self, number: str = HER) -> Address | None:
        index = self.house.vault.index(number)
        return self.house.store.read(lambda view: view.address(index))

    def open_session(self, number: str = HER, ours: str = OURS) -> SessionRow | None:
        address = self.address(number)
        return self.house.store.read(lambda view: view.open_session(address.id, ours)) if address else None

    def outbox(self, number: str = HER) -> list[Message]:
        address = self.address(number)
        return self.house.store.read(lambda view: view.traffic(address.id)) if address else []

    def texts(self, number: str = HER) -> list[str]:
        """All that ever left to this number."""
        return [owed.text for owed in self.tape.sent if owed.receiver == number]


def set_up(folder: Path, *, at: int = MORNING, **settings: object) -> Stage:
    """An empty house in this folder. Close it with `stage.house.close()`."""
    tape = Tape()
    house = open_house(Settings(data=folder, **settings))
    return Stage(replace(house, channels={"sms": Sms(MappingProxyType({"tape": tape}))}), tape, at)


class Houses:
    """Data folders in which these consultations are published: made once, then copied."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def furnish(self, data: Path, consultations: tuple[str, ...]) -> None:
        made = self._folder / "-".join(consultations)
        if not made.exists():
            stage = set_up(made)
            for name in consultations:
                stage.publish(definition(name))
            stage.house.close()
        shutil.copytree(made, data)
