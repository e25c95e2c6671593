"""The channel of text messages: how prompts are written, what they cost, who carries them.

Carriers are found by their files: each file of `carriers/` that these settings configure is opened, none is named here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from channels.sms import carriers as _carriers
from channels.sms import segments
from channels.sms.check import Item, Spellings, check_messages
from channels.sms.render import render
from consult.channel import Carrier, Cost
from consult.config import Settings
from consult.consultation import Fault
from consult.prompts import Prompt

NAME = "sms"


@dataclass(frozen=True, slots=True)
class Sms:
    """A channel (`consult.channel.Channel`)."""

    carriers: Mapping[str, Carrier] = field(default_factory=dict)
    name: str = NAME

    def render(self, prompts: Sequence[Prompt]) -> list[str]:
        """The messages for these prompts, in order."""
        return render(prompts)

    def cost(self, text: str) -> Cost:
        """What a message of ours costs. Remembered: not for what she wrote."""
        return segments.cost(text)

    def check(self, items: Iterable[Item], spellings: Spellings) -> Iterable[Fault]:
        """Faults of these prompts as text messages: see `channels.sms.check.check_messages`."""
        return check_messages(items, spellings)


def carrier_names() -> tuple[str, ...]:
    """Every carrier there is a file for, configured or not."""
    return tuple(sorted(module.name for module in iter_modules(_carriers.__path__)))


def open_channel(settings: Settings) -> Sms:
    """The channel with the carriers these settings configure. Raises BadSetting."""
    modules = ((name, import_module(f"{_carriers.__name__}.{name}")) for name in carrier_names())
    opened = {name: module.open_carrier(settings) for name, module in modules}
    return Sms(MappingProxyType({name: carrier for name, carrier in opened.items() if carrier is not None}))
