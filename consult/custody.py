"""Who holds the key of a consultation, and how it is brought back or destroyed.

Every consultation has one X25519 pair for all its versions. Custody `hub`: the private key lies in
`keys/consultations/<name>.key`, sealed by the vault, outside the database and outside every backup. Custody `offline`:
it is not here at all. Either way a kit of two halves, on paper, for two people, is its only copy; one half alone tells
nothing, since each is as random as the key.

Rule 1: a kit is rehearsed before anybody is asked anything.
Rule 2: a key file is never replaced by another key.
Rule 3: retiring needs two people, and cannot be undone: payloads, backups, sticks and seized copies close with it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from consult import durable, paper
from consult.vault import KEY, Unopenable, Vault

Custody = Literal["hub", "offline"]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_FORMAT = "consult consultation key 1"


class CustodyError(Exception):
    """It could not be done with this key or kit; the message says what would help."""


class NoKey(CustodyError):
    """The private key is not on this machine: offline custody, retired, or restored without its kit."""


class BadKit(CustodyError):
    """These halves do not bring the key back; the message names the half and group to look at."""


@dataclass(frozen=True, slots=True, repr=False)
class Kit:
    """Two texts for two people, each a name, a letter and fifteen groups. Shown once, never kept here."""

    half_a: str
    half_b: str


def make(folder: Path, vault: Vault, name: str, custody: str, *, resume: bool = False) -> tuple[bytes, Kit]:
    """Make the pair of a new consultation: its public key, and the kit that is the only copy of the private one.

    `resume`, for a publication that broke off before any version was kept: the key that lies here gets a new kit. Later
    versions use the public key of the first; for them, a key that is here already raises CustodyError.
    """
    file = _file(folder, name)
    if custody not in ("hub", "offline"):
        raise CustodyError(f"custody is hub or offline, not {custody}")
    with durable.alone(_room(file)):
        if file.exists() and not resume:
            raise CustodyError(f"{name} has a key already: every version of a consultation uses its first public key")
        public, private = _pair(file, vault, name) if custody == "hub" else _pair_elsewhere(file)
    return public, _split(name, public, private)


def rehearse(public: bytes, half_a: str, half_b: str) -> None:
    """Seal a test page to `public` and open it with the halves alone. Raises BadKit when that fails."""
    from nacl.bindings import crypto_box_seal, crypto_box_seal_open
    from nacl.exceptions import CryptoError

    page, private = os.urandom(64), join(half_a, half_b)
    try:
        opened = crypto_box_seal_open(crypto_box_seal(page, public), public, private)
    except CryptoError:
        raise BadKit("the halves are sound but do not open what is sealed for this consultation") from None
    if not hmac.compare_digest(opened, page):
        raise BadKit("the test page came back altered")


def join(half_a: str, half_b: str) -> bytes:
    """The private key from both halves, in either order, as typed. Raises BadKit naming the half and group."""
    first, second = sorted((_half(half_a), _half(half_b)), key=lambda half: half.letter)
    if first.letter == second.letter:
        raise BadKit(f"both are half {first.letter}; the other person's half is needed too")
    if first.name != second.name:
        raise BadKit(f"half {first.letter} is of {first.name}, half {second.letter} of {second.name}")
    private = _xor(first.share, second.share)
    if not first.tag == second.tag == _tag(_public_of(private)):
        raise BadKit(f"the halves are from two different kits of {first.name}")
    return private


def private_key(folder: Path, vault: Vault, name: str) -> bytes:
    """The private key kept here. Raises NoKey when it is not, CustodyError when the file is damaged."""
    file = _file(folder, name)
    if not file.exists():
        raise NoKey(f"the private key of {name} is not on this machine; both halves of its kit open it")
    return _read(file, vault, name)[1]


def put_back(folder: Path, vault: Vault, name: str, public: bytes, half_a: str, half_b: str) -> None:
    """Keep the key here again, from its kit: backups never hold it. Raises BadKit unless it is that of `public`."""
    private = join(half_a, half_b)
    if _half(half_a).name != name.casefold() or _public_of(private) != public:
        raise BadKit(f"this kit is not of {name} as it was published")
    _keep(_file(folder, name), vault, name, public, private)


def retire(folder: Path, name: str, confirmed_by: tuple[str, str]) -> None:
    """Destroy the key kept here. `confirmed_by`: two people who say that both halves of the kit are destroyed too.

    Raises CustodyError unless they are two. Nothing is opened afterwards; a key that is not here is no error.
    """
    two_people(confirmed_by)
    file = _file(folder, name)
    if file.parent.is_dir():
        durable.destroy(file)


def two_people(names: tuple[str, str]) -> None:
    """Raises CustodyError unless these are two different names."""
    one, other = (" ".join(each.split()).casefold() for each in names)
    if not one or not other or one == other:
        raise CustodyError("two different people must confirm this; give both names")


@dataclass(frozen=True, slots=True, repr=False)
class _Half:
    name: str
    letter: str
    share: bytes
    tag: bytes  # which key it belongs to


def _half(text: str) -> _Half:
    name, letter, typed = (*text.split(None, 2), "", "", "")[:3]
    letter = letter.upper()
    if not _NAME.fullmatch(name) or letter not in ("A", "B"):
        raise BadKit("a half begins with the consultation's name and its letter, A or B")
    try:
        raw = paper.read(typed, _label(name, letter))
    except paper.Mistyped as error:
        raise BadKit(f"half {letter} of {name}: {error.why}") from None
    return _Half(name.casefold(), letter, raw[:KEY], raw[KEY:])


def _split(name: str, public: bytes, private: bytes) -> Kit:
    share = os.urandom(KEY)
    return Kit(_text(name, "A", share + _tag(public)), _text(name, "B", _xor(share, private) + _tag(public)))


def _text(name: str, letter: str, raw: bytes) -> str:
    return f"{name} {letter}\n{paper.write(raw, _label(name, letter))}"


def _label(name: str, letter: str) -> str:
    return f"kit {name} {letter}"


def _tag(public: bytes) -> bytes:
    return hashlib.sha256(b"consult kit " + public).digest()[: paper.SIZE - KEY]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _public_of(private: bytes) -> bytes:
    from nacl.bindings import crypto_scalarmult_base

    return crypto_scalarmult_base(private)


def _file(folder: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise CustodyError("a consultation's name is made of letters, digits, - and _")
    return folder / "keys" / "consultations" / f"{name}.key"


def _room(file: Path) -> Path:
    return durable.private_folder(durable.private_folder(file.parent.parent) / file.parent.name)


def _pair(file: Path, vault: Vault, name: str) -> tuple[bytes, bytes]:
    """The pair kept here, made and kept if there is none."""
    from nacl.bindings import crypto_box_keypair

    if file.exists():
        return _read(file, vault, name)
    public, private = crypto_box_keypair()
    _keep(file, vault, name, public, private)
    return public, private


def _pair_elsewhere(file: Path) -> tuple[bytes, bytes]:
    """A new pair that is not kept; a key left here by a publication that broke off goes."""
    from nacl.bindings import crypto_box_keypair

    durable.destroy(file)
    return crypto_box_keypair()


def _keep(file: Path, vault: Vault, name: str, public: bytes, private: bytes) -> None:
    sealed = vault.seal(private, _about(name, public))
    _room(file)
    durable.write(file, f"{_FORMAT}\n{public.hex()}\n{sealed.hex()}\n".encode())


def _read(file: Path, vault: Vault, name: str) -> tuple[bytes, bytes]:
    damaged = f"{file} is damaged or was sealed by another hub; put the key back from both halves of its kit"
    lines = file.read_bytes().decode("ascii", "replace").splitlines()
    if len(lines) != 3 or lines[0] != _FORMAT:
        raise CustodyError(damaged)
    try:
        public = bytes.fromhex(lines[1])
        private = vault.unseal(bytes.fromhex(lines[2]), _about(name, public))
    except (ValueError, Unopenable):
        raise CustodyError(damaged) from None
    return public, private


def _about(name: str, public: bytes) -> bytes:
    return b"private key of " + name.encode() + b" " + public
