"""What a campaign will cost, in segments or in minutes of calls, before anyone is written to or called."""

from __future__ import annotations

from consult.campaign.owing import units
from consult.channel import CallChannel
from consult.delivery.redialling import CALLED
from consult.edition import Edition
from consult.house import House
from consult.prompts import Prompt
from consult.store.records import Published


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
