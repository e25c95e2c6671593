"""CBOR sequences (RFC 8742): pages, acks and orders one after another, in a body or in a file, cut anywhere or merged.

Rule 1: where an item ends is found without reading it: nothing is built from bytes nobody signed, and what a stranger
writes costs no more than its length.
Rule 2: only what we write is an item: definite lengths, whole numbers, bytes, text, null and arrays of these.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_DEEP: Final = 3
_SIMPLE: Final = (20, 21, 22)  # false, true, null


class Cut(Exception):
    """The bytes end before the item does."""


class NoItem(Exception):
    """No item of ours begins here."""


def items(data: bytes) -> Iterator[bytes]:
    """The whole items, up to the end or to where one is cut. Raises NoItem."""
    start = 0
    while start < len(data):
        try:
            stop = end(data, start)
        except Cut:
            return
        yield data[start:stop]
        start = stop


def end(data: bytes, start: int, deep: int = _DEEP) -> int:
    """Where the item that begins at `start` ends. Raises Cut, NoItem."""
    kind, number, start = _head(data, start)
    match kind:
        case 0 | 1 | 7:
            return start
        case 2 | 3:
            return _within(data, start + number)
        case 4 if deep:
            for _ in range(number):
                start = end(data, start, deep - 1)
            return start
    raise NoItem


def _head(data: bytes, start: int) -> tuple[int, int, int]:
    """What kind of item it is, its number, and where its head ends."""
    kind, low = data[_within(data, start + 1) - 1] >> 5, data[start] & 31
    start += 1
    if low < 24:
        if kind == 7 and low not in _SIMPLE:
            raise NoItem
        return kind, low, start
    if low > 27 or kind == 7:
        raise NoItem
    stop = _within(data, start + (1 << (low - 24)))
    return kind, int.from_bytes(data[start:stop], "big"), stop


def _within(data: bytes, stop: int) -> int:
    if stop > len(data):
        raise Cut
    return stop
