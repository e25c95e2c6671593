"""News to everybody who agreed to it, in her safe hours, once: a pointer by text message, or a call of half a minute.

Rule 1: who gets it does not depend on what she asked or answered.
Rule 2: it can be stopped and goes on: that an address was told is kept, keyed, with what it is owed. Who was out of
reach is told the next time, and nobody twice.
Rule 3: what a hub owes goes through the outbox like all it sends, at its carrier's pace.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final, Literal

from consult import phrases
from consult.asks.hearing import pointer
from consult.campaign.owing import EXPIRES, reachable, units
from consult.delivery import next_safe
from consult.house import House
from consult.letters import seal_text
from consult.library import day_of
from consult.store import Tx, View
from consult.store.records import Address, Message
from consult.sync import giving
from consult.wording import for_locale

CHUNK: Final = 25  # people in one transaction


class NoWay(Exception):
    """It cannot be sent from here; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class News:
    """What is sent. `ask` 0: that there is none yet, though its day has passed; `said`: which of an ask's answers it is
    news of, so that each is told of it once; `ring`: the number where it is heard, as she dials it."""

    consultation: str
    ask: int
    said: int
    channel: Literal["sms", "voice"] = "sms"
    ring: str = ""

    def mark(self, house: House, address: Address) -> bytes:
        """Under which it is kept, keyed, that this address was told."""
        return house.vault.mark("told", self.consultation, f"{self.ask}|{self.said}|{self.channel}|{address.id}")

    def words(self, tag: str) -> str:
        """What is written; a call is told its words when it is answered."""
        say = for_locale(tag)
        return pointer(say, self.ring) if self.ask else phrases.no_news(say)


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many would get it, in how many message parts, or minutes of calls."""

    people: int
    units: int


def forecast(house: House, news: News, at: int) -> Forecast:
    """What sending would still cost. Raises NoWay."""
    way(house, news.channel)
    people = list(house.store.read(lambda view: list(_due(house, view, news, at))))
    return Forecast(len(people), sum(n for _, tag in people for _, n in _units(house, news, tag)))


def send(house: House, news: News, at: int) -> Iterator[int]:
    """Put it into the outbox for each; yields how many with each batch. Raises NoWay."""
    by = way(house, news.channel)
    people = iter(house.store.read(lambda view: list(_due(house, view, news, at))))
    while batch := list(islice(people, CHUNK)):
        yield house.store.write(partial(_owe, house, batch, news, by, at))


def tell_nodes(house: House, news: News, day: int) -> int:
    """What women hear of it by text message is told by every field node too; how many nodes there are."""
    if news.channel != "sms":
        return 0
    told = (news.consultation, news.ask, news.said, news.ring)
    house.store.write(lambda tx: giving.news(tx, told, day))
    return sum(not node.revoked for node in house.store.read(lambda view: view.nodes()))


def way(house: House, channel: str) -> tuple[str, str]:
    """Carrier and number of ours that this leaves by. Raises NoWay."""
    opened = house.channels.get(channel)
    for name, carrier in opened.carriers.items() if opened else ():
        if carrier.ours:
            return name, carrier.ours[0]
    what = "text messages" if channel == "sms" else "calls"
    raise NoWay(f"no carrier here for {what}; consult doctor says what is missing")


def _units(house: House, news: News, tag: str) -> list[tuple[str, int]]:
    return units(house, news.channel, [news.words(tag)])


def _due(house: House, view: View, news: News, at: int) -> Iterator[tuple[int, str]]:
    """Who agreed to news and was not told yet: person and language, by person; one of those who share a telephone.
    Who is out of reach just now, her area paused, is due again later."""
    seen = set[int]()
    agreed = sorted((each for each in view.enrolments(news.consultation) if each.news), key=lambda each: each.person)
    for each in agreed:
        address = _open(house, view, news, each.person, at)
        if address is not None and address.id not in seen:
            seen.add(address.id)
            yield each.person, address.locale or each.locale or house.settings.locale


def _open(house: House, view: View, news: News, person: int, at: int) -> Address | None:
    """Her address, while she agrees, may be written to, and was not told."""
    enrolment, address = view.enrolment(person, news.consultation), reachable(view, person)
    if enrolment is None or not enrolment.news or address is None or view.taken(news.mark(house, address)):
        return None
    return address if next_safe(house, view, news.consultation, None, address, at) is not None else None


def _owe(house: House, batch: list[tuple[int, str]], news: News, by: tuple[str, str], at: int, tx: Tx) -> int:
    return sum(_owe_one(house, tx, news, by, person, tag, at) for person, tag in batch)


def _owe_one(house: House, tx: Tx, news: News, by: tuple[str, str], person: int, tag: str, at: int) -> bool:
    address = _open(house, tx, news, person, at)
    opens = next_safe(house, tx, news.consultation, None, address, at) if address else None
    if address is None or opens is None:
        return False
    if not tx.take(news.mark(house, address), day_of(at), f"told|{news.channel}", 0):
        return False  # another sender's work stands in the same commit
    owe(house, tx, address, Leaving(news.consultation, news.channel, news.words(tag), opens), by)
    return True


@dataclass(frozen=True, slots=True)
class Leaving:
    """Words that go to somebody on a channel, from a time on; a call is told its words when it is answered."""

    consultation: str
    channel: str
    words: str
    not_before: int


def owe(house: House, tx: Tx, address: Address, leaving: Leaving, by: tuple[str, str]) -> None:
    """The rows of it in the outbox. `by`: carrier and number of ours."""
    for text, n in units(house, leaving.channel, [leaving.words]):
        message = Message(
            id=0,
            address=address.id,
            ours=by[1],
            channel=leaving.channel,
            carrier=by[0],
            kind="news",
            text=seal_text(house.vault, address.id, text),
            not_before=leaving.not_before,
            expires_at=leaving.not_before + EXPIRES,
            consultation=leaving.consultation,
            started=True,
            segments=n,
            price=n * house.unit_price(leaving.channel),
        )
        tx.owe(message)
