"""Simulated telephones, as the demo needs them: carriers whose messages can be looked at, whose calls are on a page.

Which carriers these are stands nowhere here: the first one that promises each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, Protocol, runtime_checkable

from consult.channel import Heard, Request
from consult.house import House


class Bubble(Protocol):
    """A message on a telephone, written by "her" or by "us", at epoch seconds; `id` is our outbox row's, 0 for hers."""

    @property
    def by(self) -> Literal["her", "us"]: ...
    @property
    def text(self) -> str: ...
    @property
    def at(self) -> int: ...
    @property
    def segments(self) -> int: ...
    @property
    def encoding(self) -> str: ...
    @property
    def id(self) -> int: ...


@runtime_checkable
class Telephones(Protocol):
    """A carrier whose telephones are here. `thread` raises ValueError for a number that is none of them."""

    def phones(self) -> list[str]: ...
    def spare(self) -> Iterator[str]: ...
    def thread(self, number: str) -> Sequence[Bubble]: ...
    def receive(self, request: Request, at: int) -> Heard: ...


@runtime_checkable
class Calls(Protocol):
    """A carrier whose calls are made on a page. `keep`: what was said aloud in a turn of a call ("call-turn")."""

    def receive(self, request: Request, at: int) -> Heard: ...
    def keep(self, ref: str, sound: bytes) -> None: ...


def calls(house: House) -> Calls | None:
    """The simulated calls of this house; None where every carrier is real."""
    carriers = (carrier for channel in house.channels.values() for carrier in channel.carriers.values())
    return next((carrier for carrier in carriers if isinstance(carrier, Calls)), None)


def telephones(house: House) -> Telephones | None:
    """The telephones of this house; None where every carrier is real."""
    carriers = (carrier for channel in house.channels.values() for carrier in channel.carriers.values())
    return next((carrier for carrier in carriers if isinstance(carrier, Telephones)), None)
