"""One open house: settings, store, keys, channels, editions. Built once a process and shared by its threads."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from consult.channel import CallCarrier, CallChannel, Carrier, Channel
from consult.config import Settings
from consult.library import Library
from consult.lock.gate import Gate
from consult.store import Store

if TYPE_CHECKING:
    from consult.episodes.programme import Programme
    from consult.speech.reading import Readers
    from consult.speech.script import Speeches
    from consult.suppression import Suppressions
    from consult.vault import Keyring, Vault


class Doorbell(Protocol):
    """Says that there is mail. Losing a ring costs a minute, never a message."""

    def ring(self, id: int) -> None: ...


class Quiet:
    """Nobody listens: the sweep finds everything."""

    def ring(self, id: int) -> None:
        del id


@dataclass(frozen=True, slots=True)
class House:
    """What every room needs. `doorbell` is rung after a commit, with an outbox row's id. `speakers`: by channel, what
    it would say aloud; `programmes`: by channel, what it shows of an episode."""

    settings: Settings
    store: Store
    vault: Vault
    channels: Mapping[str, Channel]
    library: Library
    suppressions: Suppressions
    doorbell: Doorbell
    speakers: Mapping[str, Speeches] = field(default_factory=dict)
    programmes: Mapping[str, Programme] = field(default_factory=dict)
    voices: Readers | None = None  # sounds for calls
    gate: Gate = field(default_factory=Gate)  # what may be done while no keys are here
    ours: frozenset[str] = field(init=False)  # every number of ours
    calls: frozenset[str] = field(init=False)  # the channels whose messages are calls

    def __post_init__(self) -> None:
        carriers = [carrier for channel in self.channels.values() for carrier in channel.carriers.values()]
        object.__setattr__(self, "ours", frozenset(number for carrier in carriers for number in carrier.ours))
        calls = (channel.name for channel in self.channels.values() if isinstance(channel, CallChannel))
        object.__setattr__(self, "calls", frozenset(calls))

    def learn_voices(self) -> None:
        """Let calls find the sounds of what is published now, in its dialects and languages."""
        if self.voices:
            for published in self.store.read(self.library.current).newest.values():
                self.voices.learn(self.library.edition(published))

    def carrier(self, channel: str, carrier: str) -> Carrier | None:
        """The carrier of this name, if it is configured."""
        found = self.channels.get(channel)
        return found.carriers.get(carrier) if found else None

    def unit_price(self, channel: str) -> float:
        """What a unit costs that this channel counts its messages in: a segment, or a minute of a call."""
        return self.settings.price_per_minute if channel in self.calls else self.settings.price_per_segment

    def unlock(self, keys: Keyring) -> None:
        """Take the keys of this folder, and look whether who left still stands. Raises suppression.SuppressionError."""
        self.vault.unlock(keys)
        self.suppressions.look()

    def close(self) -> None:
        """Finish what is being written and forget the keys."""
        self.store.close()
        self.vault.forget()


def _demand_key(settings: Settings) -> None:
    """A database that lies elsewhere and has been lived in is not opened with a new key. Raises StoreError."""
    from consult.store import StoreError, open_for

    file = settings.data / "keys" / "hub.key"
    if settings.database_url is None or file.exists():
        return
    with closing(open_for(settings)) as store:
        if store.read(lambda view: view.editions()):
            raise StoreError(
                f"the database is lived in, but {file} is not here: without it nobody in it can be found. Put the file "
                "back, or correct CONSULT_DATA. Nothing was changed."
            )


def open_house(settings: Settings, doorbell: Doorbell | None = None) -> House:
    """Open the data folder (made if missing, 0700) and everything in it.

    Where a passphrase opens the keys it is locked; `unlock` brings them.

    Raises config.BadSetting, vault.BadKey, suppression.SuppressionError, StoreError: each names the cure.
    """
    from channels import open_channels, open_programmes, open_speakers
    from consult.ballast import hold
    from consult.speech.reading import Readers
    from consult.speech.shelf import Shelf
    from consult.store import open_for
    from consult.suppression import Suppressions
    from consult.sync.keys import hub_of
    from consult.vault import Vault
    from consult.wording import packs

    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    _demand_key(settings)
    vault = Vault.open(settings.data)
    store = open_for(settings)
    hold(settings.data)
    channels, speakers = open_channels(settings), open_speakers()
    voices = Readers(Shelf(settings.data), speakers)
    for carrier in (each for channel in channels.values() for each in channel.carriers.values()):
        if isinstance(carrier, CallCarrier):
            carrier.voices = voices
    house = House(
        settings=settings,
        store=store,
        vault=vault,
        channels=channels,
        library=Library(packs()),
        suppressions=Suppressions.open(settings.data, vault),
        doorbell=doorbell or Quiet(),
        speakers=speakers,
        voices=voices,
        programmes=open_programmes(),
        gate=Gate(locked=vault.locked),
    )
    if store.read(hub_of):
        from consult.sync import guard

        guard.check(house)
    return house
