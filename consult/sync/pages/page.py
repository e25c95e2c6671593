"""A page from outside: a header anyone may read, a sealed box, and the node's signature over both.

    page = CBOR [format, kind, node, epoch, number, consultation, version, codebook, previous, sealed, signature]

Rule 1: one way to write it. Whatever is not exactly those bytes is refused.
Rule 2: the signature is checked before anything else is believed, also of a format that is not known here: every format
begins with its number, its kind and the node, and ends with the signature.
Rule 3: the chain goes over what lies on the disk, never over what was said: an unsalted hash of six closed answers
could be found by trying after she has been erased.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Literal

import cbor2
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from consult.sync.pages.columns import TooMuch

FORMAT = 1
ROWS, NOTICES = 1, 2  # kinds of pages: what was heard of a consultation; what the node tells the hub itself
LARGEST = 1 << 20  # bytes of a page
START = bytes(16)  # what the first page of an epoch follows
SIGNATURE = 64
_SIGNED = b"consult page\0"  # in front of what is signed, so that it is no other message of this key
_TAIL = b"\x58\x40"
_NUMBER = rb"(?:[\x00-\x17]|\x18[\x00-\xff]|\x19[\x00-\xff]{2}|\x1a[\x00-\xff]{4})"
_HEAD = re.compile(rb"[\x80-\x97][\x00-\x17]{2}\x48([\x00-\xff]{8})")
_SHAPE = re.compile(
    rb"\x8b[\x00-\x17]{2}\x48[\x00-\xff]{8}\x44[\x00-\xff]{4}" + _NUMBER * 3 + rb"\x44[\x00-\xff]{4}\x50[\x00-\xff]{16}"
    rb"(?:\x58[\x00-\xff]|\x59[\x00-\xff]{2}|\x5a[\x00-\xff]{4})"
)
Why = Literal["shape", "forged", "format", "codebook", "unopened", "moved", "garbled", "bomb", "full"]
_WAITS: tuple[Why, ...] = ("format", "codebook")  # what a later version, or the missing codebook, will read


class NotTaken(Exception):
    """A page that was not taken. `hold`: keep it as it is, it may be read later; otherwise refuse it.

    `why`: "shape" (no page), "forged" (not this node's), "format" or "codebook" (not known here), "unopened" (sealed to
    another key), "moved" (sealed as another page), "garbled" (no rows), "bomb" (more than a page may hold),
    "full" (too many of this node's wait for those before them).
    """

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why, self.hold = why, why in _WAITS


@dataclass(frozen=True, slots=True)
class Header:
    """What anyone may see. `node` 8 bytes, `epoch` 4 random ones, `number` counts the pages of both.

    `consultation` is a number agreed with the hub, since its name would tell the topic; `codebook` is its id (both are
    0 in a page of notices); `previous` is the chain up to here (`chain`), START for the first page.
    """

    node: bytes
    epoch: bytes
    number: int
    consultation: int
    version: int
    codebook: bytes
    previous: bytes = START
    kind: int = ROWS


@dataclass(frozen=True, slots=True)
class Page:
    """A page whose signature was good. Only `sign` and `verify` make one."""

    header: Header
    sealed: bytes = field(repr=False)
    data: bytes = field(repr=False)


def sign(header: Header, sealed: bytes, key: SigningKey) -> Page:
    """The page; its `data` is what travels, and never changes. Raises TooMuch, ValueError for what is no header."""
    signed = _unsigned(header, sealed)
    if len(signed) + len(_TAIL) + SIGNATURE > LARGEST:
        raise TooMuch("a page larger than any that is taken")
    if not _SHAPE.match(signed):
        raise ValueError("no page has such a header")
    return Page(header, sealed, signed + _TAIL + key.sign(_SIGNED + signed).signature)


def whose(data: bytes) -> bytes:
    """The node that a page says it is from, of any format. Raises NotTaken."""
    found = _HEAD.match(data)
    if found is None or len(data) > LARGEST:
        raise NotTaken("shape")
    return found[1]


def verify(data: bytes, key: bytes) -> Page:
    """The page, if the node with this Ed25519 key signed it. Raises NotTaken."""
    whose(data)
    signed, tail = data[: -SIGNATURE - len(_TAIL)], data[-SIGNATURE - len(_TAIL) : -SIGNATURE]
    try:
        VerifyKey(key).verify(_SIGNED + signed, data[-SIGNATURE:])
    except (CryptoError, ValueError):
        raise NotTaken("forged") from None
    if data[1] != FORMAT or data[2] not in (ROWS, NOTICES):
        raise NotTaken("format")
    if tail != _TAIL or not _SHAPE.match(signed):
        raise NotTaken("shape")
    return _read(data)


def chain(previous: bytes, data: bytes) -> bytes:
    """What the next page follows: BLAKE2b-128 of what this one followed and of BLAKE2b-128 of this page."""
    return hashed(previous + hashed(data))


def _read(data: bytes) -> Page:
    try:
        _, kind, *told, sealed, _ = cbor2.loads(data, max_depth=2)
        told.append(kind)
        page = Page(Header(*told), sealed, data)
    except (cbor2.CBORError, TypeError, ValueError):
        raise NotTaken("shape") from None
    if not isinstance(sealed, bytes) or _unsigned(page.header, sealed) != data[: -SIGNATURE - len(_TAIL)]:
        raise NotTaken("shape")
    return page


def _unsigned(header: Header, sealed: bytes) -> bytes:
    """All of it up to the signature: the array's head counts that too."""
    h = header
    items = (FORMAT, h.kind, h.node, h.epoch, h.number, h.consultation, h.version, h.codebook, h.previous, sealed)
    return b"\x8b" + b"".join(cbor2.dumps(item) for item in items)


def hashed(data: bytes) -> bytes:
    """By which 16 bytes a page is known where its bytes are no longer kept: BLAKE2b-128."""
    return hashlib.blake2b(data, digest_size=16).digest()
