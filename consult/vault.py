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
Rule 6: a node's file lies wrapped under a passphrase (`consult.passphrase`). Locked, its vault holds one key, which
opens nothing: the public half of the inbox key, to which what comes meanwhile is sealed.
Rule 7: the keys are held in one place, and overwritten there when they are dropped. What Python, or a library, copied
of them stays in memory until it is used again.

Sealing itself is in `consult.sealing`; keyed hashes are HMAC-SHA256.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from consult import durable, sealing
from consult.sealing import BOX, boxed, overwrite, padded, public_of, sound, unboxed, unpadded
from consult.sealing import BUCKET as BUCKET
from consult.sealing import KEY as KEY
from consult.sealing import BadKey as BadKey
from consult.sealing import Locked as Locked
from consult.sealing import Unopenable as Unopenable
from consult.sealing import VaultError as VaultError
from consult.store.records import KeyRow

if TYPE_CHECKING:
    from consult.passphrase import Wrapped

_FORMAT = "consult hub key 1"
WRAPPED = b"consult wrapped key 1\n"  # how the file begins where a passphrase opens it


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """The two secrets from which every key of the hub is derived."""

    live: bytes
    index: bytes

    def raw(self) -> bytes:
        """Both secrets in a row, to be wrapped."""
        return self.live + self.index

    def inbox(self) -> tuple[bytes, bytes]:
        """The public and the private half of the key to which a locked node seals."""
        private = _derive(self.live, b"inbox")
        return public_of(private), private

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
    """Seals and opens with the hub's keys. Safe to share between threads.

    `wrapped`: the keys' file where a passphrase opens it, None on a hub that has none. Made without keys it is locked.
    """

    __slots__ = ("_busy", "_keys", "_marks", "_number", "_seal", "_wrap", "wrapped")

    def __init__(self, keys: Keyring | None, wrapped: Wrapped | None = None) -> None:
        self.wrapped = wrapped
        self._busy = threading.Lock()  # nobody seals with a key that is being overwritten
        self._keys: Keyring | None = None
        self._seal: bytes | None = None
        self._wrap: bytes | None = None
        self._number: hmac.HMAC | None = None
        self._marks: hmac.HMAC | None = None
        if keys:
            self.unlock(keys)

    @classmethod
    def open(cls, folder: Path, make: Callable[[Keyring], bytes] = Keyring.text) -> Vault:
        """The vault of a data folder; its keys are made when the folder is new, and only then.

        Where a passphrase opens them it is locked. Open the vault before the store: a folder that already holds a
        database but no keys raises Locked, since new keys could find nobody in it. `make` writes new keys down. Raises
        BadKey when the file is damaged; OSError when it cannot be read.
        """
        _demand_keys(folder)
        keys = durable.private_folder(durable.folder(folder) / "keys")
        with durable.alone(keys):
            _demand_keys(folder)
            kept = _kept(keys / "hub.key", make)
        return cls(kept) if isinstance(kept, Keyring) else cls(None, kept)

    def __repr__(self) -> str:
        return f"Vault({'open' if self._keys else 'locked'})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a vault is not pickled: its keys stay in this process")

    @property
    def locked(self) -> bool:
        return self._keys is None

    def unlock(self, keys: Keyring) -> None:
        """Take these keys: from now on everything seals and opens."""
        keys = Keyring(bytes(bytearray(keys.live)), bytes(bytearray(keys.index)))  # ours alone, to be overwritten
        with self._busy:
            self._seal, self._wrap = _derive(keys.live, b"seal"), _derive(keys.live, b"wrap")
            self._number = hmac.new(_derive(keys.index, b"number"), digestmod="sha256")
            self._marks = hmac.new(_derive(keys.index, b"mark"), digestmod="sha256")
            self._keys = keys

    def forget(self) -> None:
        """Drop the keys, overwritten (rule 7); everything afterwards raises Locked."""
        with self._busy:
            held = (self._keys.live, self._keys.index) if self._keys else ()
            for secret in (*held, self._seal, self._wrap):
                overwrite(secret)
            self._keys = self._seal = self._wrap = self._number = self._marks = None

    def keyring(self) -> Keyring:
        """The secrets themselves, for the encrypted backup and nothing else. Raises Locked."""
        with self._busy:
            keys = self._keys or _locked()
            return Keyring(bytes(bytearray(keys.live)), bytes(bytearray(keys.index)))

    def secret(self, purpose: str) -> bytes:
        """A 32-byte key derived from the index key for another room's keyed file. Raises Locked."""
        with self._busy:
            return _derive((self._keys or _locked()).index, f"room {purpose}".encode())

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
        with self._busy:
            return sealing.seal(self._seal or _locked(), plain, about)

    def unseal(self, sealed: bytes, about: bytes) -> bytes:
        """What `seal` was given. Raises Unopenable when altered or when `about` is another."""
        with self._busy:
            return sealing.unseal(self._seal or _locked(), sealed, about)

    def box(self, plain: bytes) -> bytes:
        """Seal to the inbox key, padded, locked or not. Raises Locked where there is none: no passphrase was set."""
        return boxed(self.wrapped.inbox if self.wrapped else _locked(), padded(plain))

    def unbox(self, boxed: bytes) -> bytes:
        """What `box` was given. Raises Locked, Unopenable."""
        with self._busy:
            public, private = (self._keys or _locked()).inbox()
        return unpadded(unboxed(boxed, public, private, "not sealed to this node's inbox key"))

    def new_key(self, person: int, consultation: str, public: bytes) -> tuple[bytes, KeyRow]:
        """A new key for what this person says in this consultation, and its row. Raises BadKey for a bad `public`."""
        key, whose = os.urandom(KEY), _whose(person, consultation)
        with self._busy:
            live = sealing.seal(self._wrap or _locked(), key, whose)
        return key, KeyRow(person, consultation, boxed(public, key + whose), live)

    def open_live(self, row: KeyRow) -> bytes | None:
        """Her key while she converses; None once the live wrap is gone. Raises Unopenable."""
        with self._busy:
            wrap = self._wrap or _locked()
            return sound(sealing.unseal(wrap, row.live, _whose(row.person, row.consultation))) if row.live else None

    @staticmethod
    def open_private(private: bytes, row: KeyRow, public: bytes = b"") -> bytes:
        """Her key through the consultation's private key (`public`: its other half, where it is at hand).

        Raises Unopenable, also when the row was given to another.
        """
        if len(private) != KEY or len(row.wrapped) < BOX + KEY:
            raise Unopenable("not a wrapped key, or not the consultation's private key")
        why = "her key does not open with this private key"
        plain = unboxed(row.wrapped, public or public_of(private), private, why)
        if not hmac.compare_digest(plain[KEY:], _whose(row.person, row.consultation)):
            raise Unopenable("this key belongs to another person or consultation")
        return sound(plain[:KEY])


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
    return sealing.seal(sound(key), padded(payload), about)


def open_fact(key: bytes, sealed: bytes, about: bytes) -> bytes:
    """What `seal_fact` was given. Raises Unopenable when altered, moved, or sealed under another key."""
    return unpadded(sealing.unseal(sound(key), sealed, about))


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


def _kept(file: Path, make: Callable[[Keyring], bytes]) -> Keyring | Wrapped:
    if not file.exists():
        durable.write(file, make(Keyring(os.urandom(KEY), os.urandom(KEY))))
    elif file.stat().st_mode & 0o077:  # a copy made by hand
        file.chmod(0o600)
    content = file.read_bytes()
    if content.startswith(WRAPPED):
        from consult.passphrase import Wrapped

        return Wrapped.read(content, str(file))
    return Keyring.read(content, str(file))


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


def _secret(line: str, label: str, where: str) -> bytes:
    try:
        return sound(bytes.fromhex(line.removeprefix(label)))
    except (ValueError, BadKey):
        raise BadKey(f"{where} holds no usable {label.strip()} key; put back a good copy") from None


def _check(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def _locked() -> NoReturn:
    raise Locked("locked: the keys are not in memory; consult unlock brings them back")
