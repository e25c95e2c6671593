"""Another chain begins: after a restore, where too much was lost, or where the other side has no key for what comes.

    frame = kind | mark | generation 3 | one-time public key 32 | tag 16

The key, and of a HELLO the new chain with it, are made of two agreements (X25519): the one-time key with the other
side's box, which nobody can compute afterwards from what the sender keeps; and both sides' boxes, which nobody else can
compute at all. (What the Noise framework, rev. 34, calls K.)

Rule 1: generations count up, so a greeting that is played back is older than what is known.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from nacl.bindings import crypto_scalarmult, crypto_scalarmult_base
from nacl.exceptions import CryptoError

from consult.sync.frames.frame import Forged, Frame, Head, Kind, mark_of, written

KEY: Final = 32  # bytes


@dataclass(frozen=True, slots=True, repr=False)
class Greeting:
    """Between `node` (8 bytes) and its hub chain number `generation` begins, of this secret; or, where a hub asks for
    another, it is the last that the hub knows."""

    node: bytes
    generation: int
    secret: bytes


def greet(kind: Kind, node: bytes, generation: int, private: bytes, other: bytes, once: bytes) -> tuple[str, Greeting]:
    """The frame and what it means. `private`: the sender's box; `other`: the public key of the other side's; `once`: 32
    bytes drawn for this. Raises ValueError for a key that is none."""
    public = crypto_scalarmult_base(once)
    key, secret = _agreed(node, public, _shared(once, other), _shared(private, other))
    text = written(Head(kind, mark_of(node), generation), b"", key, public)
    return text, Greeting(node, generation, secret)


def greeted(frame: Frame, node: bytes, private: bytes, other: bytes) -> Greeting:
    """What a greeting says. `private`: the receiver's box; `other`: the sender's public key. Raises Forged."""
    public, sealed = frame.sealed[:KEY], frame.sealed[KEY:]
    try:
        key, secret = _agreed(node, public, _shared(private, public), _shared(private, other))
    except ValueError:
        raise Forged("no key") from None
    if Frame(frame.head, sealed).open(key, public):
        raise Forged("no greeting")
    return Greeting(node, frame.head.counter, secret)


def _shared(private: bytes, public: bytes) -> bytes:
    try:
        return crypto_scalarmult(private, public)
    except (CryptoError, TypeError, ValueError, RuntimeError):  # also points of low order
        raise ValueError("a key that is none") from None


def _agreed(node: bytes, once: bytes, first: bytes, second: bytes) -> tuple[bytes, bytes]:
    """Key of this frame, and the secret of the chains after it."""
    root = hashlib.sha256(b"consult frames" + node + once + first + second).digest()
    return hmac.digest(root, b"greeting", "sha256"), hmac.digest(root, b"chain", "sha256")
