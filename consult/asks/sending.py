"""News by text message: a pointer to everybody who agreed to news, in her safe hours, once.

Rule 1: who gets it does not depend on what she asked or answered.
Rule 2: it can be stopped and goes on where it was: how far it came is kept with each batch.
Rule 3: what a hub owes goes through the outbox like all it sends, at its carrier's pace.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final

from consult.asks.hearing import pointer
from consult.campaign.owing import EXPIRES, reachable
from consult.delivery import next_safe
from consult.house import House
from consult.letters import seal_text
from consult.store import Tx, View
from consult.store.records import Message
from consult.wording import for_locale

CHUNK: Final = 25  # people in one transaction


class NoWay(Exception):
    """It cannot be sent from here; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many would get it, in how many message parts."""

    people: int
    segments: int


def forecast(house: House, consultation: str, ask: int, said: int, number: str, at: int) -> Forecast:
    """What sending would still cost. Raises NoWay."""
    _way(house)
    people = list(house.store.read(lambda view: list(_due(house, view, consultation, ask, said, at))))
    cost = house.channels["sms"].cost
    return Forecast(len(people), sum(cost(pointer(for_locale(tag), number)).segments for _, tag in people))


def send(house: House, consultation: str, ask: int, said: int, number: str, at: int) -> Iterator[int]:
    """Put the pointer into the outbox for each; yields how many with each batch. Raises NoWay.

    `said`: which of its answers it is news of, so that each is told of it once; `number`: as she dials it.
    """
    way, mark = _way(house), _mark(consultation, ask, said)
    people = iter(house.store.read(lambda view: list(_due(house, view, consultation, ask, said, at))))
    while batch := list(islice(people, CHUNK)):
        yield house.store.write(partial(_owe, house, batch, consultation, mark, number, way, at))


def _way(house: House) -> tuple[str, str]:
    """Carrier and number of ours that text messages leave by."""
    for name, carrier in house.channels["sms"].carriers.items():
        if carrier.ours:
            return name, carrier.ours[0]
    raise NoWay("no carrier sends text messages here; consult doctor says what is missing")


def _mark(consultation: str, ask: int, said: int) -> str:
    return f"news:{consultation}:{ask}:{said}"


def _due(house: House, view: View, consultation: str, ask: int, said: int, at: int) -> Iterator[tuple[int, str]]:
    """Who agreed to news and was not told yet: person and language, by person; one of those who share a telephone."""
    told, seen = int(view.setting(_mark(consultation, ask, said)) or 0), set[int]()
    agreed = sorted((each for each in view.enrolments(consultation) if each.news), key=lambda each: each.person)
    for each in agreed:
        address = reachable(view, each.person)
        if address is None or address.id in seen or next_safe(house, view, consultation, None, address, at) is None:
            continue
        seen.add(address.id)
        if each.person > told:
            yield each.person, address.locale or each.locale or house.settings.locale


def _owe(
    house: House,
    batch: list[tuple[int, str]],
    consultation: str,
    mark: str,
    number: str,
    way: tuple[str, str],
    at: int,
    tx: Tx,
) -> int:
    owed = 0
    for person, tag in batch:
        address = reachable(tx, person)
        opens = next_safe(house, tx, consultation, None, address, at) if address else None
        if address is None or opens is None or person <= int(tx.setting(mark) or 0):
            continue
        text = pointer(for_locale(tag), number)
        segments = house.channels["sms"].cost(text).segments
        message = Message(
            id=0,
            address=address.id,
            ours=way[1],
            channel="sms",
            carrier=way[0],
            kind="news",
            text=seal_text(house.vault, address.id, text),
            not_before=opens,
            expires_at=opens + EXPIRES,
            consultation=consultation,
            started=True,
            segments=segments,
            price=segments * house.unit_price("sms"),
        )
        tx.owe(message)
        owed += 1
    tx.set(mark, str(batch[-1][0]))
    return owed
