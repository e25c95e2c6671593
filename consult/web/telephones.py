"""Simulated telephones, as the demo page needs them: a carrier whose messages can be looked at.

Which carrier that is stands nowhere here: the first one that promises this.
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


def telephones(house: House) -> Telephones | None:
    """The telephones of this house; None where every carrier is real."""
    carriers = (carrier for channel in house.channels.values() for carrier in channel.carriers.values())
    return next((carrier for carrier in carriers if isinstance(carrier, Telephones)), None)
