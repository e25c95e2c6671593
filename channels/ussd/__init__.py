"""The channel of codes that are dialled (*384*4455#): the same prompts on screens that are gone once they are answered.

It is a channel in which she is answered at once (`consult.channel.CallChannel`): dialling is ringing, a session is a
call, a reply is a press of keys. The conversation behind it, its consent, its stop words and its rests are the same as
everywhere, and nothing of it knows of screens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from channels.ussd import carriers as _carriers
from channels.ussd import replies, screens
from channels.ussd.check import Item, check_screens
from channels.ussd.screens import NAME, Screen
from consult.channel import Carrier, Cost, Line, Said, Wish
from consult.config import Settings
from consult.consultation import Fault
from consult.prompts import Prompt


@dataclass(frozen=True, slots=True)
class Ussd:
    """A channel (`consult.channel.CallChannel`)."""

    carriers: Mapping[str, Carrier] = field(default_factory=dict)
    name: str = NAME

    def render(self, prompts: Sequence[Prompt]) -> list[str]:
        """The screens of these prompts, in order."""
        return screens.render(prompts)

    def cost(self, text: str) -> Cost:
        """Sessions are paid by time or by the dial; `segments` are screens."""
        return screens.cost(text)

    def check(self, items: Iterable[Item], spellings: Mapping[str, Mapping[str, str]]) -> Iterable[Fault]:
        """Faults of these prompts on screens; none where no codes are dialled."""
        del spellings  # nothing is spelled
        return check_screens(items) if self.carriers else ()

    def asks(self, prompt: Prompt) -> bool:
        """Everything can be asked."""
        del prompt
        return True

    def aloud(self, prompt: Prompt) -> bool:
        """Nothing is spoken."""
        del prompt
        return False

    def meant(self, said: Said, asked: Sequence[Prompt], line: Line) -> tuple[Said | Wish | None, Line]:
        """See `channels.ussd.replies`."""
        return replies.meant(said, asked, line)

    def speak(self, prompts: Sequence[Prompt], asked: Sequence[Prompt], line: Line) -> tuple[Screen, Line]:
        """See `channels.ussd.replies`."""
        return replies.show(prompts, asked, line)


def carrier_names() -> tuple[str, ...]:
    """Every carrier there is a file for, configured or not."""
    return tuple(sorted(module.name for module in iter_modules(_carriers.__path__)))


def open_channel(settings: Settings) -> Ussd:
    """The channel with the carriers these settings configure. Raises BadSetting."""
    modules = ((name, import_module(f"{_carriers.__name__}.{name}")) for name in carrier_names())
    opened = {name: module.open_carrier(settings) for name, module in modules}
    return Ussd(MappingProxyType({name: carrier for name, carrier in opened.items() if carrier is not None}))
