"""The vault: every key of this hub, and the only room that seals and opens.

Two secrets are made at first use and lie in `keys/hub.key`, outside the database: the live key seals what a running
conversation needs (numbers, session states, unsent texts), the index key turns a number into the 16 bytes by which it
is found again. What women say is sealed under a key of its own per person and consultation, so that destroying that
key forgets her.

Rule 1: fail closed. Without good keys nothing is sealed, opened or written; keys are never made beside a database.
Rule 2: what is sealed is bound to what it is about; it opens nowhere else.
Rule 3: no key, number or answer appears in a repr, an exception or a pickle.
Rule 4: a fact's length tells nothing: it is padded to a bucket before it is sealed.
Rule 5: a sealed box has no associated data, so person and consultation lie inside and are compared when it is opened.

XChaCha20-Poly1305 and X25519 sealed boxes are libsodium's, through PyNaCl; keyed hashes are HMAC-SHA256.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NoReturn

from consult import durable
from consult.store.records import KeyRow

KEY = 32  # bytes of every key
_NONCE, _TAG, _BOX = 24, 16, 48
BUCKET = 256  # bytes of a padded fact: every event of a closed question fits
_BUCKETS = (BUCKET, 512, 1024, 2048, 4096)  # larger texts; above, multiples of the last
_FORMAT = "consult hub key 1"


class VaultError(Exception):
    """Something could not be sealed or opened."""


class Locked(VaultError):
    """The keys are not here. The message says how to bring them back; until then nothing may be taken in."""


class BadKey(Locked):
    """A key is here but cannot be one (torn, wrong length, all zero)."""


class Unopenable(VaultError):
    """These bytes were not sealed with this key about this: altered, moved, or the key is gone."""


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """The two secrets from which every key of the hub is derived."""

    live: bytes
    index: bytes

    def text(self) -> bytes:
        """As kept in `keys/hub.key`: four lines, the last a checksum against torn or mistyped files."""
        body = f"{_FORMAT}\nlive {self.live.hex()}\nindex {self.index.hex()}\n"
        return f"{body}check {_check(body)}\n".encode()

    @classmethod
    def read(cls, text: bytes, where: str) -> Keyring:
        """Raises BadKey, naming `where`, for anything but a whole and sound keyring."""
        lines = text.decode("ascii", "replace").split("\n")
        body = "".join(f"{line}\n" for line in lines[:3])
        if len(lines) != 5 or lines[0] != _FORMAT or lines[3] != f"check {_check(body)}" or lines[4]:
            raise BadKey(f"{where} is damaged; put back a good copy, or restore a backup into an empty folder")
        return cls(_secret(lines[1], "live ", where), _secret(lines[2], "index ", where))


class Vault:
    """Seals and opens with the hub's keys. Safe to share between threads."""

    __slots__ = ("_keys", "_marks", "_number", "_seal", "_wrap")

    def __init__(self, keys: Keyring) -> None:
        self._keys: Keyring | None = keys
        self._seal: bytes | None = _derive(keys.live, b"seal")
        self._wrap: bytes | None = _derive(keys.live, b"wrap")
        self._number: hmac.HMAC | None = hmac.new(_derive(keys.index, b"number"), digestmod="sha256")
        self._marks: hmac.HMAC | None = hmac.new(_derive(keys.index, b"mark"), digestmod="sha256")

    @classmethod
    def open(cls, folder: Path) -> Vault:
        """The vault of a data folder; its keys are made when the folder is new, and only then.

        Open the vault before the store: a folder that already holds a database but no keys raises Locked, since new
        keys could find nobody in it. Raises BadKey when the file is damaged; OSError when it cannot be read.
        """
        _demand_keys(folder)
        keys = durable.private_folder(durable.folder(folder) / "keys")
        with durable.alone(keys):
            _demand_keys(folder)
            return cls(_kept(keys / "hub.key"))

    def __repr__(self) -> str:
        return f"Vault({'open' if self._keys else 'locked'})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a vault is not pickled: its keys stay in this process")

    def forget(self) -> None:
        """Drop the keys; everything afterwards raises Locked. Python may leave copies in memory until it is reused."""
        self._keys = self._seal = self._wrap = self._number = self._marks = None

    def keyring(self) -> Keyring:
        """The secrets themselves, for the encrypted backup and nothing else. Raises Locked."""
        return self._keys or _locked()

    def secret(self, purpose: str) -> bytes:
        """A 32-byte key derived from the index key for another room's keyed file. Raises Locked."""
        return _derive(self.keyring().index, f"room {purpose}".encode())

    def number_key(self) -> bytes:
        """With which `index` is made: for the hub that this node belongs to, and nobody else (D14). Raises Locked."""
        return _derive(self.keyring().index, b"number")

    def index(self, number: str) -> bytes:
        """The 16 bytes by which an E.164 number is found. Without the key nobody can try numbers against it."""
        hashing = (self._number or _locked()).copy()
        hashing.update(number.encode())
        return hashing.digest()[:16]

    def mark(self, purpose: str, *parts: str | bytes) -> bytes:
        """A 16-byte keyed hash of these parts, in this order, for this purpose (inbox references, codes, own words)."""
        hashing = (self._marks or _locked()).copy()
        hashing.update(_framed(purpose, *parts))
        return hashing.digest()[:16]

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """Seal under the live key, bound to `about`: 40 bytes longer."""
        return _seal(self._seal or _locked(), plain, about)

    def unseal(self, sealed: bytes, about: bytes) -> bytes:
        """What `seal` was given. Raises Unopenable when altered or when `about` is another."""
        return _open(self._seal or _locked(), sealed, about)

    def new_key(self, person: int, consultation: str, public: bytes) -> tuple[bytes, KeyRow]:
        """A new key for what this person says in this consultation, and its row. Raises BadKey for a bad `public`."""
        wrap = self._wrap or _locked()
        key, whose = os.urandom(KEY), _whose(person, consultation)
        return key, KeyRow(person, consultation, _boxed(public, key + whose), _seal(wrap, key, whose))

    def open_live(self, row: KeyRow) -> bytes | None:
        """Her key while she converses; None once the live wrap is gone. Raises Unopenable."""
        wrap = self._wrap or _locked()
        return _sound(_open(wrap, row.live, _whose(row.person, row.consultation))) if row.live else None

    @staticmethod
    def open_private(private: bytes, row: KeyRow, public: bytes = b"") -> bytes:
        """Her key through the consultation's private key (`public`: its other half, where it is at hand).

        Raises Unopenable, also when the row was given to another.
        """
        from nacl.bindings import crypto_box_seal_open, crypto_scalarmult_base
        from nacl.exceptions import CryptoError

        if len(private) != KEY or len(row.wrapped) < _BOX + KEY:
            raise Unopenable("not a wrapped key, or not the consultation's private key")
        try:
            plain = crypto_box_seal_open(row.wrapped, public or crypto_scalarmult_base(private), private)
        except CryptoError:
            raise Unopenable("her key does not open with this private key") from None
        if not hmac.compare_digest(plain[KEY:], _whose(row.person, row.consultation)):
            raise Unopenable("this key belongs to another person or consultation")
        return _sound(plain[:KEY])


def add_wrap(wraps: bytes, wrap: bytes) -> bytes:
    """The wraps of all keys of a person for one consultation, the newest last, each after its length (two bytes)."""
    return wraps + len(wrap).to_bytes(2, "big") + wrap


def each_wrap(wraps: bytes) -> list[bytes]:
    """What `add_wrap` put together, the oldest first."""
    out = []
    while wraps:
        size = int.from_bytes(wraps[:2], "big")
        out.append(wraps[2 : 2 + size])
        wraps = wraps[2 + size :]
    return out


def seal_fact(key: bytes, payload: bytes, about: bytes) -> bytes:
    """Seal under her key, padded so that closed answers have one length. Raises BadKey."""
    return _seal(_sound(key), _padded(payload), about)


def open_fact(key: bytes, sealed: bytes, about: bytes) -> bytes:
    """What `seal_fact` was given. Raises Unopenable when altered, moved, or sealed under another key."""
    plain = _open(_sound(key), sealed, about).rstrip(b"\0")
    if not plain.endswith(b"\x80"):
        raise Unopenable("the fact's padding is not ours")
    return plain[:-1]


def _seal(key: bytes, plain: bytes, about: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + _aead()[0](plain, about, nonce, key)


def _open(key: bytes, sealed: bytes, about: bytes) -> bytes:
    if len(sealed) < _NONCE + _TAG:
        raise Unopenable("too short to have been sealed")
    _, decrypt, failed = _aead()
    try:
        return decrypt(sealed[_NONCE:], about, sealed[:_NONCE], key)
    except failed:
        raise Unopenable("altered, about something else, or sealed with another key") from None


@cache
def _aead() -> tuple[Callable[..., bytes], Callable[..., bytes], type[Exception]]:
    """To seal, to open, and what is raised then; looked up once, since a message is sealed three times."""
    from nacl import bindings
    from nacl.exceptions import CryptoError

    return (
        bindings.crypto_aead_xchacha20poly1305_ietf_encrypt,
        bindings.crypto_aead_xchacha20poly1305_ietf_decrypt,
        CryptoError,
    )


def _boxed(public: bytes, plain: bytes) -> bytes:
    from nacl.bindings import crypto_box_seal
    from nacl.exceptions import CryptoError

    try:
        return crypto_box_seal(plain, _sound(public))
    except (BadKey, CryptoError):  # libsodium refuses points of low order
        raise BadKey("the consultation's public key cannot be one; nothing was sealed") from None


def _padded(payload: bytes) -> bytes:
    """ISO/IEC 7816-4: one 0x80, then zeros up to the bucket; any length can be told back, none is shown."""
    need, step = len(payload) + 1, _BUCKETS[-1]
    size = next((bucket for bucket in _BUCKETS if need <= bucket), -(-need // step) * step)
    return (payload + b"\x80").ljust(size, b"\0")


def _demand_keys(folder: Path) -> None:
    """Raises Locked where new keys would do harm."""
    if (folder / ".restoring").exists():
        raise Locked(f"a restore into {folder} is going on or broke off; run `consult restore` again")
    file = folder / "keys" / "hub.key"
    if not file.exists() and (traces := _traces(folder)):
        raise Locked(
            f"{traces[0]} is here but {file} is not: without it nobody in it can be found. Put the file back, "
            "or restore a backup into an empty folder (`consult restore`). Nothing was changed."
        )


def _kept(file: Path) -> Keyring:
    if not file.exists():
        durable.write(file, Keyring(os.urandom(KEY), os.urandom(KEY)).text())
    elif file.stat().st_mode & 0o077:  # a copy made by hand
        file.chmod(0o600)
    return Keyring.read(file.read_bytes(), str(file))


def _traces(folder: Path) -> list[Path]:
    """Signs that this folder has been lived in."""
    named = [folder / name for name in ("consult.db", "consult.db-wal", "suppressed")]
    kept = sorted((folder / "keys").glob("consultations/*.key"))
    return [path for path in (*named, *kept) if path.exists()]


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return hmac.digest(secret, b"consult " + purpose, "sha256")


def _framed(*parts: str | bytes) -> bytes:
    """Lengths in front, so that ("ab", "c") is not ("a", "bc")."""
    raw = [part.encode() if isinstance(part, str) else part for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in raw)


def _whose(person: int, consultation: str) -> bytes:
    return person.to_bytes(8, "big") + consultation.encode()


def _sound(key: bytes) -> bytes:
    if len(key) != KEY or not any(key):
        raise BadKey("a key is 32 bytes, not all zero; this one is neither used nor shown")
    return key


def _secret(line: str, label: str, where: str) -> bytes:
    try:
        return _sound(bytes.fromhex(line.removeprefix(label)))
    except (ValueError, BadKey):
        raise BadKey(f"{where} holds no usable {label.strip()} key; put back a good copy") from None


def _check(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def _locked() -> NoReturn:
    raise Locked("the vault is locked: its keys were dropped from memory; open it again")
