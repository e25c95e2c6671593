"""A frame from outside: six bytes that anyone may read, and what only the other side opens.

    frame = kind 1 | mark of the node 2 | counter 3 | ChaCha20-Poly1305 (RFC 8439) of what is said, its tag last

The key is of this counter and no other, so the nonce is zeros; the six bytes are authenticated with it.

Rule 1: written in base64 with - and / (both mean the same to every gateway, GSM-7 alphabet and address line), without
padding. Read with whatever a gateway made of it: other alphabets, spaces, line breaks, several frames in one text.
Rule 2: what opens is a frame. What does not is only taken for one where nobody can have written it by hand.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from nacl.bindings import (
    crypto_aead_chacha20poly1305_ietf_decrypt,
    crypto_aead_chacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

LARGEST: Final = 120  # bytes: 160 letters
HEAD, TAG, MARK, COUNTER = 6, 16, 2, 3  # bytes
ROOM: Final = LARGEST - HEAD - TAG  # for what is said
MOST: Final = 256**COUNTER - 1  # frames of a chain
_VERSION: Final = 0xD0
_NONCE: Final = bytes(12)
_LETTERS: Final = re.compile(r"[A-Za-z0-9/-]+")
_SAME: Final = str.maketrans("+_", "-/", "=\u00a0\u200b\ufeff")
_SHORTEST: Final = 30  # letters of 22 bytes
_UNBROKEN: Final = 40  # letters: no word that is written by hand


class Kind(IntEnum):
    """What a frame says. UP are a node's, DOWN a hub's."""

    ROWS = 1  # up: of a consultation
    NOTICE = 2  # up: who left, or came back
    OBEYED = 3  # up: orders carried out
    HELLO = 4  # up: another chain begins
    PART = 5  # up: of something longer than a frame
    ACK = 8  # down: what came
    ORDER = 9  # down
    AGAIN = 10  # down: your frames cannot be read, begin another chain


_KINDS: Final = frozenset(int(kind) for kind in Kind)
DOWN: Final = frozenset({Kind.ACK, Kind.ORDER, Kind.AGAIN})


class NotMeant(Exception):
    """This text is no frame."""


class Forged(Exception):
    """A frame that does not open: damaged, another's, or of a chain that is not known here."""


@dataclass(frozen=True, slots=True)
class Head:
    """What anyone may see. `mark` tells a hub which of its nodes it may be from; two nodes can have the same."""

    kind: Kind
    mark: bytes
    counter: int

    def write(self) -> bytes:
        """Raises ValueError for a counter that there is not: the chain is at its end."""
        if not 0 < self.counter <= MOST:
            raise ValueError("the chain is at its end")
        return bytes([_VERSION | self.kind]) + self.mark + self.counter.to_bytes(COUNTER, "big")


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as it came: its head, and what only its key opens."""

    head: Head
    sealed: bytes

    def open(self, key: bytes, between: bytes = b"") -> bytes:
        """Raises Forged."""
        try:
            return crypto_aead_chacha20poly1305_ietf_decrypt(self.sealed, self.head.write() + between, _NONCE, key)
        except (CryptoError, ValueError):
            raise Forged("not sealed with this key") from None


def mark_of(node: bytes) -> bytes:
    """By which frames name a node."""
    return node[:MARK]


def written(head: Head, plain: bytes, key: bytes, between: bytes = b"") -> str:
    """The frame as text. `between`: bytes that anyone may see, in front of what is sealed (`hello`).

    Raises ValueError for more than ROOM.
    """
    if len(between) + len(plain) > ROOM:
        raise ValueError("more than a frame may hold")
    known = head.write() + between
    sealed = crypto_aead_chacha20poly1305_ietf_encrypt(plain, known, _NONCE, key)
    return b64encode(known + sealed, altchars=b"-/").decode().rstrip("=")


def candidates(text: str) -> Iterator[Frame]:
    """The frames that this text may be: all of it, whatever stands between the letters, and each of its words."""
    plain = text.translate(_SAME)
    words = plain.split()
    tried = set[str]()
    for letters in ("".join(words), *words):
        if letters not in tried and (found := _frame(letters)):
            tried.add(letters)
            yield found


def a_machine_wrote(text: str) -> bool:
    """Whether nobody can have written this by hand: the shape of a frame, in one unbroken word."""
    return len(text.split()) == 1 and len(text) >= _UNBROKEN and next(candidates(text), None) is not None


def _frame(letters: str) -> Frame | None:
    if not _SHORTEST <= len(letters) <= LARGEST * 4 // 3 or len(letters) % 4 == 1 or not _LETTERS.fullmatch(letters):
        return None
    data = b64decode(letters + "=" * (-len(letters) % 4), altchars=b"-/")
    kind = data[0] ^ _VERSION
    if kind not in _KINDS or not any(data[3:HEAD]):
        return None
    return Frame(Head(Kind(kind), data[1:3], int.from_bytes(data[3:HEAD], "big")), data[HEAD:])
