"""Opens channels and carriers by name: the only place that looks.

A folder here that offers `open_channel(settings) -> Channel` is a channel of that name. The core gets the mapping and
names none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from channels.console import Terminal
    from consult.channel import Channel
    from consult.cli.commands import Commands
    from consult.config import Settings
    from consult.episodes.programme import Programme
    from consult.speech.script import Speeches


def open_channels(settings: Settings) -> Mapping[str, Channel]:
    """Every channel by its name, with the carriers these settings configure. Raises BadSetting."""
    opened: dict[str, Channel] = {}
    for folder in iter_modules(__path__):
        module = import_module(f"{__name__}.{folder.name}")
        if hasattr(module, "open_channel"):
            opened[folder.name] = module.open_channel(settings)
    return MappingProxyType(opened)


def open_speakers() -> Mapping[str, Speeches]:
    """By name, what each channel that speaks would say: the function `speeches` of a folder's `saying.py`."""
    spoken = ((folder.name, f"{__name__}.{folder.name}.saying") for folder in iter_modules(__path__))
    return MappingProxyType({name: import_module(saying).speeches for name, saying in spoken if find_spec(saying)})


def open_commands() -> list[Callable[[Commands], None]]:
    """What each folder adds to the command line: the function `add` of its `commands.py`."""
    offering = sorted(file.parent.name for place in __path__ for file in Path(place).glob("*/commands.py"))
    return [import_module(f"{__name__}.{name}.commands").add for name in offering]  # no other folder is imported


def open_programmes() -> Mapping[str, Programme]:
    """By name, what each channel that is broadcast shows of an episode: its `programme.py`."""
    names = sorted(file.parent.name for place in __path__ for file in Path(place).glob("*/programme.py"))
    found: dict[str, Any] = {name: import_module(f"{__name__}.{name}.programme") for name in names}
    return MappingProxyType(found)


def open_terminal(channel: Channel, write: Callable[[str], object]) -> Terminal:
    """A carrier that shows this channel's messages through `write` (as `print` does), for trying."""
    from channels.console import Terminal
    from channels.console.handset import Dialler, Handset
    from channels.ussd import Ussd
    from consult.channel import CallChannel

    if isinstance(channel, Ussd):
        return Dialler(channel, write)
    return Handset(channel, write) if isinstance(channel, CallChannel) else Terminal(channel, write)
