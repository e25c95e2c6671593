"""What a campaign will cost and how long it takes, in segments or in minutes of calls, before anyone is written to or
called.

Rule 1: the least is the first messages alone; the most is that everybody answers everything, and is reminded before.
What a carrier bills besides (failed ones, too) is its own affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Literal

from consult.campaign.owing import units
from consult.channel import CALL_UNITS, CallChannel, Carrier
from consult.delivery.redialling import CALLED
from consult.edition import Edition
from consult.house import House
from consult.prompts import Prompt
from consult.store.records import Published


@dataclass(frozen=True, slots=True)
class Row:
    """One language: people, and units at least and at most."""

    tag: str
    people: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What to expect. `price` of a unit, 0 unknown; `pace` in units a second, 0 without limit; `window` seconds of each
    day in which we may write first."""

    rows: tuple[Row, ...]
    unit: Literal["segments", "minutes"]
    price: float
    pace: float
    window: int

    @property
    def people(self) -> int:
        return sum(row.people for row in self.rows)

    @property
    def low(self) -> int:
        return sum(row.low for row in self.rows)

    @property
    def high(self) -> int:
        return sum(row.high for row in self.rows)

    def seconds(self, units: int) -> int:
        """Of sending, at this pace."""
        return -(-units * 1000 // max(1, round(self.pace * 1000))) if self.pace else 0

    def days(self, units: int) -> int:
        """On which it is sent, in safe hours only; 0 where there are none, or nothing."""
        return -(-self.seconds(units) // self.window) if self.window else 0


def outlook(
    house: House, published: Published, carrier: tuple[str, Carrier], people: Mapping[str, int], pace: float = 0.0
) -> Outlook:
    """What inviting `people` (language -> how many) costs by this (channel, carrier). `pace`: of the campaign, 0 the
    carrier's."""
    channel, by = carrier
    edition = house.library.edition(published)
    calls = isinstance(house.channels[channel], CallChannel)
    paces = [each for each in (pace * (CALL_UNITS if calls else 1), by.pace) if each > 0]
    reminds = not edition.elevated and not calls
    rows = []
    for tag, n in sorted(people.items()):
        low, high = forecast(house, published, channel, {tag: n})
        rows.append(Row(tag, n, low, high + low * reminds))
    window = _window(edition.consultation.safe_hours)
    unit: Literal["segments", "minutes"] = "minutes" if calls else "segments"
    return Outlook(tuple(rows), unit, house.unit_price(channel), min(paces, default=0.0), window)


def _window(hours: tuple[time, time] | None) -> int:
    if hours is None:
        return 0
    opens, closes = (each.hour * 3600 + each.minute * 60 for each in hours)
    return max(0, closes - opens)


def forecast(house: House, published: Published, channel: str, people: dict[str, int]) -> tuple[int, int]:
    """Segments that `people` (language -> how many) would cost us: invitations only, and everything to the end."""
    edition = house.library.edition(published)
    low = high = 0
    for tag, n in people.items():
        first, whole = _price(house, edition, edition.locale(tag) or 0, channel)
        low, high = low + n * first, high + n * whole
    return low, high


def _price(house: House, edition: Edition, locale: int, name: str) -> tuple[int, int]:
    tongue = edition.tongues[locale]
    first = segments(house, name, tongue.invite)
    if isinstance(house.channels[name], CallChannel):
        return first, first * CALLED
    asked = [edition.put(one.index, locale, 0, name).prompt for one in edition.questions if one.type.asks]
    each = sum(segments(house, name, prompt) for prompt in asked)
    return first, first + segments(house, name, *tongue.consent) + each + segments(house, name, tongue.news, tongue.end)


def segments(house: House, channel: str, *prompts: Prompt) -> int:
    """What these prompts are reckoned at; a call is one price, whatever is said in it."""
    return sum(each for _, each in units(house, channel, house.channels[channel].render(prompts)))
