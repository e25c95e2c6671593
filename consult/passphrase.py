"""The passphrase of a node: the file of its keys, wrapped so that only the passphrase opens it.

The file says how it was wrapped, so that a later version may choose other costs. Argon2id is libsodium's, through
PyNaCl, as for passwords. 64 MiB and three passes are the second choice of RFC 9106 (section 4), with one lane, and fit
a Raspberry Pi; the memory is given back at once.

Rule 1: the head of the file (costs, salt, inbox key) is bound to what is sealed: none of it can be exchanged.
Rule 2: who takes the disk tries passphrases as fast as machines allow: a short or plain one is refused when it is set.
Rule 3: a passphrase is never in the environment of a process, on a command line, in a log or an error.
"""

from __future__ import annotations

import math
import os
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from consult import durable, sealing
from consult.sealing import KEY, BadKey, Unopenable, overwrite
from consult.vault import WRAPPED, Keyring, Vault

MEMORY: Final = 64 * 1024  # KiB
PASSES: Final = 3
SHORTEST: Final = 16  # characters
DIFFERENT: Final = 8  # of them
MOST: Final = (4 * 1024 * 1024, 100)  # memory and passes that a file may ask for: more is no file of ours
_LINES: Final = ("costs ", "salt ", "inbox ", "sealed ")
_SALT: Final = 16
_OPENING, _VOWELS = "bdfgjklmnprstvz", "aeiou"
_SYLLABLES: Final = 12


class Weak(Exception):
    """A passphrase that is not taken; the message says why, and what would be."""


class Wrong(Exception):
    """This passphrase does not open the file."""


@dataclass(frozen=True, slots=True, repr=False)
class Wrapped:
    """The file of a node's keys. `inbox`: the public half of the key to which a locked node seals what it hears."""

    memory: int  # KiB
    passes: int
    salt: bytes
    inbox: bytes
    sealed: bytes

    @classmethod
    def read(cls, content: bytes, where: str) -> Wrapped:
        """Raises BadKey, naming `where`, for a file that is not whole."""
        lines = content.removeprefix(WRAPPED).decode("ascii", "replace").split("\n")
        try:
            if len(lines) != 5 or lines[4] or not all(map(str.startswith, lines, _LINES)):
                raise ValueError
            told = [line[len(name) :] for line, name in zip(lines, _LINES, strict=False)]
            memory, passes = map(int, told[0].split())
            read = cls(memory, passes, *map(bytes.fromhex, told[1:]))
            return read._demand_sound()
        except (ValueError, BadKey):
            raise BadKey(
                f"{where} is damaged; put back a good copy, or restore a backup into an empty folder"
            ) from None

    def text(self) -> bytes:
        """As it is kept."""
        return self._head() + f"{_LINES[3]}{self.sealed.hex()}\n".encode()

    def open(self, passphrase: str) -> Keyring:
        """The keys. Raises Wrong."""
        key = _derived(passphrase, self.salt, self.memory, self.passes)
        try:
            both = sealing.unseal(key, self.sealed, self._head())
        except Unopenable:
            raise Wrong("this is not the passphrase; nothing was opened") from None
        finally:
            overwrite(key)
        keys = Keyring(both[:KEY], both[KEY:])
        overwrite(both)
        return keys

    def _head(self) -> bytes:
        told = (f"{self.memory} {self.passes}", self.salt.hex(), self.inbox.hex())
        return WRAPPED + "".join(f"{name}{value}\n" for name, value in zip(_LINES, told, strict=False)).encode()

    def _demand_sound(self) -> Wrapped:
        sealing.sound(self.inbox)
        if not (8 <= self.memory <= MOST[0] and 1 <= self.passes <= MOST[1] and len(self.salt) == _SALT):
            raise ValueError
        return self


def wrap(keys: Keyring, passphrase: str, *, memory: int = MEMORY, passes: int = PASSES) -> Wrapped:
    """The keys under this passphrase, which was found good before (`demand_strong`)."""
    salt = os.urandom(_SALT)
    head = Wrapped(memory, passes, salt, keys.inbox()[0], b"")
    key = _derived(passphrase, salt, memory, passes)
    try:
        return Wrapped(memory, passes, salt, head.inbox, sealing.seal(key, keys.raw(), head._head()))
    finally:
        overwrite(key)


def put_on(folder: Path, vault: Vault, passphrase: str) -> None:
    """Wrap the keys of this folder, which `vault` holds, under a passphrase, its first or another.

    Raises Locked, OSError.

    What lay there is overwritten; on flash memory that promises nothing, so the first passphrase belongs before the
    first message.
    """
    file = folder / "keys" / "hub.key"
    with durable.alone(file.parent), file.open("r+b", buffering=0) as before:
        durable.write(file, wrap(vault.keyring(), passphrase).text())
        durable.blank(before.fileno())


def demand_strong(passphrase: str) -> None:
    """Raises Weak."""
    plain = _plain(passphrase)
    if len(plain) < SHORTEST:
        raise Weak(f"too short: at least {SHORTEST} letters; several words that have nothing to do with each other")
    if len(set(plain.casefold())) < DIFFERENT or _repeats(plain):
        raise Weak("it repeats itself; take several words that have nothing to do with each other")


def drawn(below: Callable[[int], int]) -> str:
    """A good one, easy to say: four words of three syllables. `below(n)` draws a number from 0 to n - 1."""
    syllables = [_OPENING[below(len(_OPENING))] + _VOWELS[below(len(_VOWELS))] for _ in range(_SYLLABLES)]
    return " ".join("".join(syllables[at : at + 3]) for at in range(0, _SYLLABLES, 3))


BITS: Final = int(_SYLLABLES * math.log2(len(_OPENING) * len(_VOWELS)))  # of a drawn one


def from_file(environ: Mapping[str, str]) -> str | None:
    """The passphrase from CONSULT_PASSPHRASE_FILE, or the systemd credential `passphrase`; None where there is neither.

    Raises OSError where the file that is named cannot be read.
    """
    if named := environ.get("CONSULT_PASSPHRASE_FILE"):
        return _line(Path(named))
    if folder := environ.get("CREDENTIALS_DIRECTORY"):
        credential = Path(folder) / "passphrase"
        return _line(credential) if credential.exists() else None
    return None


def _line(file: Path) -> str:
    return file.read_text(encoding="utf-8").rstrip("\r\n")


def _derived(passphrase: str, salt: bytes, memory: int, passes: int) -> bytes:
    from nacl.pwhash import argon2id

    return argon2id.kdf(KEY, _plain(passphrase).encode(), salt, opslimit=passes, memlimit=memory * 1024)


def _plain(passphrase: str) -> str:
    """The same letters, however a keyboard composes them, with one space between words."""
    return " ".join(unicodedata.normalize("NFKC", passphrase).split())


def _repeats(plain: str) -> bool:
    """Whether it is one short piece over and over, or a row of signs that follow each other."""
    steps = {ord(after) - ord(before) for before, after in pairwise(plain)}
    return plain in (plain + plain)[1:-1] or len(steps) < 4
