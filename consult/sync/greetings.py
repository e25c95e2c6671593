"""What a node and its hub say to each other around the pages, over a connection and in files. See `docs/sync.md`.

    body   = pages..., hello?        hello = [0, epochs, obeyed, beyond, most, at, program, odd?]
    answer = letters..., rest?       rest  = [0, [[order, bytes]...], [[hash of a page, why]...]]
    letter = a byte string that holds an ack or an order, each with its signature

Rule 1: neither hello nor rest is signed: they decide what is sent next, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import cbor2

_MARK: Final = 0  # no page and no letter begins with it
_ACK, _ORDER = b"\x89\x01", b"\x86\x01"  # arrays of nine and of six, format 1
_BYTES, _ARRAY = 2, 4  # kinds of CBOR items
EPOCHS, BEYOND, LISTED, ODD = 16, 256, 64, 64  # the most of each


class NoGreeting(Exception):
    """These bytes are neither hello nor rest."""


@dataclass(frozen=True, slots=True)
class Hello:
    """A node asks: acks of these epochs, and the orders it has not carried out yet (all up to `obeyed` are, and those
    `beyond`), at most `most` bytes of them. `at`: its clock, epoch seconds; `program`: its version; `odd`: orders that
    it took and does not understand."""

    epochs: tuple[int, ...]
    obeyed: int = 0
    beyond: tuple[int, ...] = ()
    most: int = 0
    at: int = 0
    program: str = ""
    odd: tuple[int, ...] = ()

    def write(self) -> bytes:
        told = [_MARK, [*self.epochs], self.obeyed, [*self.beyond], self.most, self.at, self.program]
        return cbor2.dumps([*told, [*self.odd]] if self.odd else told)


@dataclass(frozen=True, slots=True)
class Rest:
    """What was not said: orders that wait, with how long each is, and pages that were refused, with the reason."""

    orders: tuple[tuple[int, int], ...] = ()
    refused: tuple[tuple[bytes, str], ...] = ()

    def write(self) -> bytes:
        return cbor2.dumps([_MARK, [[*each] for each in self.orders], [[*each] for each in self.refused]])


def read_hello(data: bytes) -> Hello:
    """Raises NoGreeting."""
    match _read(data):
        case [list(epochs), int(obeyed), list(beyond), int(most), int(at), str(program), *more]:
            odd: Any = more[0] if more else []
            listed = _numbers(epochs, EPOCHS, 32) and _numbers(beyond, BEYOND, 32)
            if listed and _numbers([obeyed, most, at], 3, 62) and isinstance(odd, list) and _numbers(odd, ODD, 62):
                return Hello(tuple(epochs), obeyed, tuple(beyond), most, at, program[:40], tuple(odd))
    raise NoGreeting


def read_rest(data: bytes) -> Rest:
    """Raises NoGreeting."""
    match _read(data):
        case [list(orders), list(refused)]:
            try:
                waiting = [(number, size) for number, size in orders if _numbers([number, size], 2, 32)]
                doubted = [(bytes(hash), str(why)) for hash, why in refused]
            except (TypeError, ValueError):
                raise NoGreeting from None
            return Rest(tuple(waiting[:LISTED]), tuple(doubted[:LISTED]))
    raise NoGreeting


def is_greeting(item: bytes) -> bool:
    """Whether an item of a sequence is one of these, and no page."""
    return item[:1] != b"" and item[0] >> 5 == _ARRAY and item[1:2] == b"\x00"


# ---- letters


def enclosed(letters: Iterable[bytes]) -> bytes:
    """Letters as they stand in an answer or a file."""
    return b"".join(cbor2.dumps(letter) for letter in letters)


def letter(item: bytes) -> bytes | None:
    """The letter that an item of a sequence is; None where it is something else."""
    if not item or item[0] >> 5 != _BYTES:
        return None
    held: bytes = cbor2.loads(item)
    return held


def is_ack(letter: bytes) -> bool:
    return letter.startswith(_ACK)


def is_order(letter: bytes) -> bool:
    return letter.startswith(_ORDER)


def _read(data: bytes) -> list[Any]:
    try:
        told: list[Any]
        mark, *told = cbor2.loads(data, max_depth=3)
    except (cbor2.CBORError, TypeError, ValueError):
        raise NoGreeting from None
    if mark != _MARK:
        raise NoGreeting
    return told


def _numbers(found: list[Any], most: int, bits: int) -> bool:
    """Whether these are at most so many numbers of so many bits."""
    return len(found) <= most and all(type(each) is int and 0 <= each < 1 << bits for each in found)
