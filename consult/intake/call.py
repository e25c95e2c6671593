"""One message on its way in, with everything drawn before the transaction: clock, chance, keyed hashes."""

from __future__ import annotations

import json
from dataclasses import field
from secrets import token_bytes, token_hex
from typing import Any

from consult import numbers
from consult.channel import Beeped, Heard, Keys, Missed, Rang, Recording, Response, Text
from consult.house import House
from consult.library import day_of
from consult.light import light
from consult.prompts import Prompt
from consult.vault import Unopenable

HELD = b"held"  # what held messages are sealed as


@light(frozen=True, slots=True)
class Taken:
    """What became of a message: `new` is False for one we had; `owed` are the outbox rows it caused.

    On a call nothing is owed: `prompts` is what is said at once, `asked` what is open then, `answer` what the carrier
    is told.
    """

    new: bool
    owed: tuple[int, ...] = ()
    ordered: bool = False  # a stop, an erasure or a rejoining: the file outside the database must learn of it
    prompts: tuple[Prompt, ...] = ()
    asked: tuple[Prompt, ...] = ()
    answer: Response | None = None


@light(frozen=True, slots=True)
class Tape:
    """A recording on its way in: the carrier's `ref` for it, its name here, and the key of its file."""

    ref: str
    name: str
    key: bytes = field(repr=False)


@light(frozen=True, slots=True)
class Call:
    """One message on its way in: everything drawn before the transaction (clock, chance, keyed hashes)."""

    house: House
    heard: Heard
    number: str
    index: bytes
    key: bytes
    seed: int
    at: int
    day: int
    old: bool = False  # held for a while, or read from a carrier's list
    tape: Tape | None = None  # what she said aloud

    @property
    def text(self) -> str:
        """Her words, her keys, or the keyword of the number she rang."""
        said = self.heard.said
        if isinstance(said, Text):
            return said.text
        if isinstance(said, Keys):
            return said.keys
        return said.keyword if isinstance(said, Rang | Missed) else ""


def call_of(house: House, heard: Heard, seed: int, *, old: bool = False) -> Call | None:
    """None for a sender who is no person: a short code, a name, our own number."""
    number = heard.sender
    if number is None or not numbers.strict(number):
        number = numbers.normalise(number or "", house.settings.country)
    if number is None or number in house.ours:
        return None
    return Call(
        house=house,
        heard=heard,
        number=number,
        index=house.vault.index(number),
        key=mark(house, heard),
        seed=seed,
        at=heard.heard_at,
        day=day_of(heard.heard_at),
        old=old,
        tape=_tape(heard.said.ref) if isinstance(heard.said, Recording) else None,
    )


def _tape(ref: str) -> Tape:
    return Tape(ref, token_hex(16), token_bytes(32))


def mark(house: House, heard: Heard) -> bytes:
    """The message's identity as the inbox keeps it: keyed, so that it names nothing."""
    return house.vault.mark("inbox", heard.carrier, heard.ref)


def freeze(heard: Heard) -> bytes:
    """A message as bytes, to be sealed and tried again later."""
    out: dict[str, Any] = {name: getattr(heard, name) for name in Heard.__slots__ if name != "said"}
    match heard.said:
        case Text(text):
            out["text"] = text
        case Keys(keys):
            out["keys"] = keys
        case Beeped():
            out["beeped"] = True
        case Recording(ref, seconds, key, broken):
            out["recording"] = [ref, seconds, key, broken]
        case _:
            out["text"] = ""
    return json.dumps(out).encode()


def thawed(house: House, sealed: bytes, seed: int) -> Call | None:
    """A held message on its way in again; None when it cannot be read any more, or its sender is no person."""
    try:
        return call_of(house, thaw(house.vault.unseal(sealed, HELD)), seed, old=True)
    except (Unopenable, ValueError, KeyError, TypeError):
        return None


def thaw(data: bytes) -> Heard:
    """The message that `freeze` wrote."""
    out = json.loads(data)
    if out.pop("beeped", False):
        return Heard(said=Beeped(), **out)
    if "recording" in out:
        return Heard(said=Recording(*out.pop("recording")), **out)
    return Heard(said=Keys(out.pop("keys")) if "keys" in out else Text(out.pop("text")), **out)
