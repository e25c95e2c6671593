"""Keys that are used once: each is made of a chain that only turns forward.

    chain(n + 1) = HMAC-SHA256(chain(n), "next")     key(n) = HMAC-SHA256(chain(n), "key")

Whoever gets hold of a chain learns nothing of the frames before it. Each direction has a chain of its own, of the one
secret that both sides share.

Rule 1: who sends keeps the next chain and nothing else; who receives may pass over at most WINDOW frames at once, and
keeps the keys of what was passed over, WINDOW of them, the oldest go first.
Rule 2: a key that opened a frame is gone: the same frame again is Replayed.
Rule 3: nothing is kept of a frame that did not open.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from consult.sync.frames.frame import MOST

WINDOW: Final = 256  # frames
T = TypeVar("T")


class Replayed(Exception):
    """It came before, or so long ago that its key is gone."""


class TooFar(Exception):
    """So far ahead of the last that another chain must begin."""


@dataclass(frozen=True, slots=True, repr=False)
class Ratchet:
    """One direction. `next`: the counter of the next frame; `chain`: its chain; `passed`: keys of frames that were
    passed over and may still come."""

    chain: bytes
    next: int = 1
    passed: Mapping[int, bytes] = field(default_factory=dict)


def chains(secret: bytes) -> tuple[Ratchet, Ratchet]:
    """Up and down, of what both sides share."""
    return Ratchet(_made(secret, b"up")), Ratchet(_made(secret, b"down"))


def use(ratchet: Ratchet) -> tuple[int, bytes, Ratchet]:
    """To send: counter and key of the next frame, and what is to be kept in place of this."""
    after = Ratchet(_made(ratchet.chain, b"next"), ratchet.next + 1)
    return ratchet.next, _made(ratchet.chain, b"key"), after


def take(ratchet: Ratchet, counter: int, opens: Callable[[bytes], T]) -> tuple[T, Ratchet]:
    """To receive: what `opens` makes of the frame's key, and what is to be kept in place of this.

    Raises Replayed, TooFar, and whatever `opens` raises: then this ratchet is still the one to keep.
    """
    if counter < ratchet.next:
        if counter not in ratchet.passed:
            raise Replayed("it came before")
        opened = opens(ratchet.passed[counter])
        return opened, Ratchet(ratchet.chain, ratchet.next, _without(ratchet.passed, counter))
    if counter - ratchet.next > WINDOW or counter > MOST:
        raise TooFar("more frames are missing than can be passed over")
    passed = dict(ratchet.passed)
    while ratchet.next < counter:
        passed[ratchet.next] = _made(ratchet.chain, b"key")
        ratchet = Ratchet(_made(ratchet.chain, b"next"), ratchet.next + 1)
    opened = opens(_made(ratchet.chain, b"key"))
    kept = {n: passed[n] for n in sorted(passed)[-WINDOW:]}
    return opened, Ratchet(_made(ratchet.chain, b"next"), counter + 1, kept)


def first(ratchet: Ratchet) -> int:
    """The counter up to which nothing that may still come is missing."""
    return min(ratchet.passed, default=ratchet.next) - 1


def _without(passed: Mapping[int, bytes], counter: int) -> dict[int, bytes]:
    return {n: key for n, key in passed.items() if n != counter}


def _made(chain: bytes, purpose: bytes) -> bytes:
    return hmac.digest(chain, purpose, "sha256")
