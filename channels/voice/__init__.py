"""The channel of the telephone: the same prompts, spoken; replies by key.

A step of a call is made by `speak` and played by a carrier; what her keys mean is told by `meant`. Both are pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from channels.voice import carriers as _carriers
from channels.voice import keys, render
from channels.voice.check import check_calls
from channels.voice.render import Spoken
from channels.voice.saying import Item, said
from consult.channel import Carrier, Cost, Line, Said, Wish
from consult.config import Settings
from consult.consultation import Fault
from consult.prompts import Pick, Prompt

NAME = "voice"
MOST_CHOICES = 8  # 9 and 0 are kept
_A_SECOND = 14  # characters spoken


@dataclass(frozen=True, slots=True)
class Voice:
    """A channel (`consult.channel.CallChannel`)."""

    carriers: Mapping[str, Carrier] = field(default_factory=dict)
    name: str = NAME

    def render(self, prompts: Sequence[Prompt]) -> list[str]:
        """What is said for these prompts, in order."""
        return [speech.text for prompt in prompts for speech in said(prompt)]

    def cost(self, text: str) -> Cost:
        """Calls are paid by time: `used` is about how many seconds this takes to say."""
        return Cost(segments=0, encoding="speech", used=-(-len(text) // _A_SECOND), room=0)

    def check(self, items: Iterable[Item], spellings: Mapping[str, Mapping[str, str]]) -> Iterable[Fault]:
        """Faults of these prompts as parts of a call; none where no calls are taken."""
        del spellings  # nothing is spelled
        return check_calls(items, self.asks) if self.carriers else ()

    def asks(self, prompt: Prompt) -> bool:
        """Whether this can be answered by keys, or aloud."""
        match prompt:
            case Pick():
                return len(prompt.choices) <= MOST_CHOICES
            case _:
                return True

    def aloud(self, prompt: Prompt) -> bool:
        """Whether she speaks her answer."""
        return keys.spoken(prompt)

    def meant(self, said: Said, asked: Sequence[Prompt], line: Line) -> tuple[Said | Wish | None, Line]:
        """See `channels.voice.keys`."""
        return keys.meant(said, asked, line)

    def speak(self, prompts: Sequence[Prompt], asked: Sequence[Prompt], line: Line) -> tuple[Spoken, Line]:
        """See `channels.voice.render`."""
        return render.speak(prompts, asked, line)


def carrier_names() -> tuple[str, ...]:
    """Every carrier there is a file for, configured or not."""
    return tuple(sorted(module.name for module in iter_modules(_carriers.__path__)))


def open_channel(settings: Settings) -> Voice:
    """The channel with the carriers these settings configure. Raises BadSetting."""
    modules = ((name, import_module(f"{_carriers.__name__}.{name}")) for name in carrier_names())
    opened = {name: module.open_carrier(settings) for name, module in modules}
    return Voice(MappingProxyType({name: carrier for name, carrier in opened.items() if carrier is not None}))
