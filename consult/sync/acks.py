"""What a hub says to a node of its pages: signed, small, and true for ever or until the next.

    ack = CBOR [1, node, epoch, received, durable, missing, cut, at, chain]; Ed25519 signature over "consult ack", 0, it

Rule 1: `received` never passes a gap; `durable` never passes `received`. A node deletes nothing above `durable`.
Rule 2: `chain` says which pages those are. A copy of the node, or an image that was put back, gave the same numbers to
other pages; it must not take this for its own.
Rule 3: an ack says nothing of what was said, of whom, or of which consultation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise

import cbor2
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

_FORMAT = 1
_SIGNED = b"consult ack\0"
_SIGNATURE = 64
MOST_MISSING = 64


class NoAck(Exception):
    """These bytes are no ack of this hub for this node."""


class ForAnother(NoAck):
    """This hub said it to another node."""


@dataclass(frozen=True, slots=True)
class Ack:
    """Of the pages of this node and epoch: all up to `received` are here, all up to `durable` are safe.

    `missing`: those between that and the highest that came. `cut`: the last page that is accepted, once the node is
    revoked. `at`: the hub's time, epoch seconds. `chain`: the chain up to page `received`, at least its
    first 8 bytes; empty where that is 0.
    """

    node: bytes
    epoch: int
    received: int
    durable: int
    missing: tuple[int, ...]
    cut: int | None
    at: int
    chain: bytes = b""


def sign_ack(ack: Ack, key: SigningKey) -> bytes:
    told = cbor2.dumps([_FORMAT, *astuple(ack)])
    return told + key.sign(_SIGNED + told).signature


def read_ack(data: bytes, key: bytes, node: bytes) -> Ack:
    """The ack, if the hub with this key said it to this node. Raises NoAck."""
    told, signature = data[:-_SIGNATURE], data[-_SIGNATURE:]
    try:
        VerifyKey(key).verify(_SIGNED + told, signature)
        number, *fields = cbor2.loads(told, max_depth=3)
        ack = Ack(*fields)
    except (CryptoError, cbor2.CBORError, TypeError, ValueError):
        raise NoAck("not signed by this hub") from None
    if ack.node != node:
        raise ForAnother("another node's")
    if number != _FORMAT:
        raise NoAck("of a later version")
    return Ack(ack.node, ack.epoch, ack.received, ack.durable, tuple(ack.missing), ack.cut, ack.at, ack.chain)


def gaps(numbers: Sequence[int]) -> Iterable[int]:
    """The numbers that are missing below the highest, lowest first."""
    for before, after in pairwise((0, *numbers)):
        yield from range(before + 1, after)
