"""Nodes in the field, as frozen rows: who they are to the hub, their pages on both sides, what is ordered of them.

A node is 8 bytes; an epoch 4, here a number; (node, epoch, number) is a page, and by its 16-byte hash one of its kind.
Times (`*_at`) are epoch seconds: of machines, never of people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

PageState = Literal["merged", "ahead", "held", "sealed", "quarantined", "dropped"]
Way = Literal["https", "file", "sms"]


@dataclass(frozen=True, slots=True)
class Node:
    """A field node as its hub knows it. `verify` checks what it signs; `box` is what is sealed to it.

    `secrets`: its index key and its chain key, sealed. `token`: hash of what it shows on HTTPS. `cuts`: JSON, once it
    is revoked: by epoch the last page that is accepted. `obeyed`: the last order that it carried out, with all before.
    """

    node: bytes
    name: str
    verify: bytes
    box: bytes
    secrets: bytes
    token: bytes
    day: int
    cuts: str = ""
    seen_at: int = 0
    drift: int = 0  # seconds its clock was ahead of ours when it was last heard directly
    obeyed: int = 0
    program: str = ""  # its version
    id: int = 0

    @property
    def revoked(self) -> bool:
        return bool(self.cuts)


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page as the hub keeps it. `data` is empty once it is merged and durable, or was dropped.

    `state`: merged; "ahead" waits for the page it follows, "sealed" for the consultation's key, "held" for a later
    version or a codebook, "quarantined" for the operator, who may have it "dropped". `numbers`: the facts it brought,
    as `brought` tells.
    """

    node: bytes
    epoch: int
    number: int
    hash: bytes
    previous: bytes
    consultation: int
    version: int
    state: PageState
    why: str
    numbers: str
    day: int
    data: bytes
    id: int = 0


@dataclass(frozen=True, slots=True)
class Leaving:
    """A page that this node closed. Its bytes never change; they are gone once the hub says that it keeps them.

    `chain`: what the next page follows. `upto`: up to which arrival the facts of its consultation are in pages.
    """

    CLOSED: ClassVar[int] = 0
    RECEIVED: ClassVar[int] = 1
    DURABLE: ClassVar[int] = 2

    epoch: int
    number: int
    consultation: str
    version: int
    chain: bytes
    upto: int
    state: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Book:
    """A codebook (`data`) by its id, and by which number pages name the consultation."""

    id: bytes
    consultation: str
    number: int
    version: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Order:
    """What the hub wants of a node. Numbered for each node; `body` is sealed to it."""

    node: bytes
    number: int
    kind: str
    body: bytes
    day: int


class Visitor(NamedTuple):
    """Someone a node heard: her number there, the person she is here. `source`: the node's id, or of a tail taken in as
    an epoch of its own. `erased`: the day on which the hub learnt that she is to be forgotten."""

    source: int
    number: int
    person: int
    erased: int | None = None


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a day's attempts on one way cost: bytes, segments of SMS, money."""

    node: bytes
    day: int
    way: Way
    tries: int
    up: int
    down: int
    segments: int = 0
    price: float = 0.0


@dataclass(frozen=True, slots=True)
class Texted:
    """A frame that left by SMS and is not acknowledged: its `text` sealed; the outbox row (`owed`) that took it last,
    and when. `page`: in which page the same is said, 0 for none."""

    node: bytes
    counter: int
    text: bytes
    owed: int
    page: int
    tries: int
    at: int


@dataclass(frozen=True, slots=True)
class Unread:
    """What a frame said that could not be used yet, sealed. `why`: "sealed" (to the consultation's key, which is not
    here), "held" (a version or a codebook that is not known here), "quarantined" (of an epoch that is in doubt), "part"
    (others are missing). `counter`: the frame's, and what chain it was of."""

    node: bytes
    counter: int
    kind: int
    why: str
    day: int
    sealed: bytes
