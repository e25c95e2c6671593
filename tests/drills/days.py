"""Days in minutes: the same hub, women and carrier in a time of the drill's own, which is an argument of everything.

Rule 1: one process: what every worker does (its duties, its sweep) is called with the hub's clock, which may be wrong;
women and carrier live by the true one.
Rule 2: a woman answers the newest question she got. After two hours without any word she writes the keyword again.
Rule 3: a question that she is asked again right after her answer was not heard: what she says then counts in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Final

from consult import delivery, intake, jobs
from consult.channel import Heard, Text
from tests.drills.conversing import LAST, Role, Woman, received
from tests.drills.engines import Engine
from tests.drills.hubs import ROLES, Hub, hub
from tests.fakes.twilio_server import ACCOUNT, NUMBER

HOURS: Final = ("09:00", "18:00")  # hers, in UTC
HOUR: Final = 3600
BY_DAY: Final = 840  # seconds of a step: within the quarter of an hour in which a reply is owed
A_STEP: Final = 24  # segments that leave in one
INVITATION: Final = "Reply 1 now"
PATIENCE: Final = 2 * HOUR


@dataclass
class Telephone:
    """A woman, what of it she has read, and when something last happened."""

    woman: Woman
    since: int
    read: int = 0
    over: bool = False
    talks: bool = False


@dataclass
class Days:
    """`at`: true time, in epoch seconds; `wrong`: by how much the hub's clock is ahead then."""

    place: Hub
    noon: int
    at: int
    wrong: Callable[[int], int] = lambda at: 0
    telephones: list[Telephone] = field(default_factory=list)
    said: int = 0
    again: int = 0  # questions asked again

    @property
    def hub_clock(self) -> int:
        return self.at + self.wrong(self.at)

    def come(self, n: int, *, invited: bool, role: Role | None = None) -> None:
        """So many more: on the list, or with the keyword in their hands."""
        first = len(self.telephones)
        new = [
            Woman(f"+2547{44_000_000 + i}", i, role or ROLES[i % len(ROLES)], invited) for i in range(first, first + n)
        ]
        self.place.women += new
        self.telephones += [Telephone(woman, self.at) for woman in new]
        if invited:
            self.place.enrol(new, self.hub_clock)
        for telephone in self.telephones[first:]:
            if not invited or role == "refuses":
                self._say(telephone, "", None, "STOP" if role == "refuses" else "BASKET")

    def until(self, hour: float) -> None:
        """Live on until so many hours after the first noon."""
        end = self.noon + int(hour * HOUR)
        while self.at < end:
            self._work()
            for telephone in self.telephones:
                self._live(telephone)
            self._work()
            self.at += BY_DAY if 8 <= datetime.fromtimestamp(self.at, UTC).hour < 22 else HOUR

    def _work(self) -> None:
        now = self.hub_clock
        jobs.duties(self.place.house, "drill", lambda: now)
        with ThreadPoolExecutor(delivery.HANDS) as hands:
            sent = 1
            while sent:  # parts follow one another
                sent = delivery.sweep(self.place.house, lambda: now, hands=hands).sent

    def _live(self, telephone: Telephone) -> None:
        new = received(self.place.carrier, telephone.woman)[telephone.read :]
        telephone.read += len(new)
        telephone.since = self.at if new else telephone.since
        telephone.over = telephone.over or any(message.body.startswith(LAST) for message in new)
        answers = [answer for message in new if (answer := telephone.woman.answer(message.body))]
        if telephone.over:
            return
        if answers:
            self._say(telephone, *answers[-1])
        elif telephone.talks and self.at - telephone.since >= PATIENCE:
            self._say(telephone, "", None, "BASKET")

    def _say(self, telephone: Telephone, question: str, value: object, words: str) -> None:
        self.said += 1
        had, woman = len(received(self.place.carrier, telephone.woman)), telephone.woman
        ref, now = f"{ACCOUNT}:day{self.said}", self.hub_clock
        intake.take(self.place.house, Heard("sms", "twilio", NUMBER, woman.number, Text(words), ref, now), 0)
        telephone.since, telephone.talks = self.at, True
        if question:
            again = [said for said in woman.acknowledged[-1:] if said[0] == question]
            self.again += len(again)
            woman.acknowledged[len(woman.acknowledged) - len(again) :] = [(question, value)]
        if words in ("STOP", "ERASE"):
            woman.left_at, telephone.over = had, True


def awake(at: float) -> bool:
    """Whether it is an hour in which we may begin to write to her."""
    shown = datetime.fromtimestamp(at, UTC).strftime("%H:%M")
    return HOURS[0] <= shown < HOURS[1]


@contextmanager
def days(place: Path, stands_on: Engine) -> Iterator[Days]:
    """From noon of today on; a long code with so little room that what waited does not leave at once."""
    noon = int(datetime.combine(datetime.now(UTC).date(), time(12), UTC).timestamp())
    told = replace(stands_on, settings={**stands_on.settings, "CONSULT_TWILIO_PACE": str(A_STEP)})
    with hub(place, told, hours=HOURS) as found:
        lived = Days(found, noon, noon)
        found.carrier.clock = lambda: lived.at
        yield lived
