"""How she joins: which word to send to which number, in each language, for a poster, a leaflet or to be read out.

Rule 1: the sentence is the presenter's on the air, word for word: she hears and reads one thing.
Rule 2: keyword and number, and nothing of what it is about.
"""

from __future__ import annotations

from dataclasses import dataclass

from consult.channel import CallChannel
from consult.edition import Edition
from consult.house import House
from consult.wording import Say

_LEFT_TO_RIGHT, _END = "\u2066", "\u2069"  # keeps a number's order in a right-to-left line


@dataclass(frozen=True, slots=True)
class Way:
    """One number of ours, and what is sent to it; `keyword` "" where it is rung instead."""

    tag: str  # the language
    number: str
    keyword: str

    @property
    def link(self) -> str:
        """What a telephone's camera makes a message, or a call, of."""
        return f"SMSTO:{self.number}:{self.keyword}" if self.keyword else f"TEL:{self.number}"


def ways(house: House, edition: Edition) -> tuple[Way, ...]:
    """By message for each language that has a keyword, and by telephone where it may be rung."""
    definition, found = edition.consultation, list[Way]()
    for channel in house.channels.values():
        numbers = dict.fromkeys(number for carrier in channel.carriers.values() for number in carrier.ours)
        for number in (each for each in numbers if each.startswith("+") or each.isdecimal()):
            if not isinstance(channel, CallChannel):
                found += [Way(tag, number, word) for tag, word in definition.keyword.items()]
            elif definition.voice:
                found.append(Way(definition.languages[0], number, ""))
    return tuple(found)


def sentence(say: Say, way: Way) -> str:
    """In her language, as on the air."""
    number = f"{_LEFT_TO_RIGHT}{way.number}{_END}"
    if not way.keyword:
        return say("To answer by telephone, ring {number}.", number=number)
    return say("To answer by message, send the word {keyword} to {number}.", keyword=way.keyword, number=number)
