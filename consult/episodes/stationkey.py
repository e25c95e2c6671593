"""A station's key for texts: printed once, kept by nobody here but as the half that closes.

Rule 1: the key is three codes of forty bits with a check sign each; what can be derived from it opens, and only that.
Rule 2: the hub keeps the public half, so that it can close what comes in and open nothing.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from consult import codes
from consult.house import House
from consult.library import day_of
from consult.store import Tx

if TYPE_CHECKING:
    from nacl.public import PrivateKey

ROOM = 128  # bytes: lengths are told in steps of these
_CODES = 3


class WrongKey(Exception):
    """What was typed is no station key, or another one's."""


def issue(house: House, name: str, at: int) -> str:
    """A new key for this consultation's station, in place of the one before. What is returned is its only copy."""
    written = " ".join(codes.make(_CODES))
    public = _private(name, written).public_key.encode().hex()
    house.store.write(lambda tx: _keep(tx, name, public, at))
    return written


def _keep(tx: Tx, name: str, public: str, at: int) -> None:
    tx.set(_setting(name), public)
    tx.note(day_of(at), f"a new station key for texts of {name}")


def closing(public: str, words: bytes) -> bytes:
    """These words, closed for the station."""
    from nacl.public import PublicKey, SealedBox

    padded = words + b"\x80" + bytes(-(len(words) + 1) % ROOM)
    return bytes(SealedBox(PublicKey(bytes.fromhex(public))).encrypt(padded))


class Opener:
    """Opens with a key that was typed. Raises WrongKey."""

    def __init__(self, house: House, name: str, typed: str) -> None:
        from nacl.public import SealedBox

        private = _private(name, typed)
        public = house.store.read(lambda view: view.setting(_setting(name)))
        if private.public_key.encode().hex() != public:
            raise WrongKey
        self._box = SealedBox(private)

    def open(self, sealed: bytes) -> str:
        """The words; "" where they were destroyed, or were closed for another key."""
        from nacl.exceptions import CryptoError

        try:
            return bytes(self._box.decrypt(sealed)).rstrip(b"\0").removesuffix(b"\x80").decode()
        except (CryptoError, UnicodeDecodeError):
            return ""


def public_of(tx: Tx, name: str) -> str | None:
    """The half that closes."""
    return tx.setting(_setting(name))


def _private(name: str, typed: str) -> PrivateKey:
    from nacl.public import PrivateKey

    read = [codes.read(each) for each in typed[:80].split()]
    if len(read) != _CODES or None in read:
        raise WrongKey
    secret = "|".join((name, *filter(None, read))).encode()
    return PrivateKey(hashlib.blake2b(secret, digest_size=32, person=b"station key").digest())


def _setting(name: str) -> str:
    return f"station:{name}"
