"""The file format of a backup: a few named members in one encrypted stream that only the holder of a private key opens.

    "consult backup 1\\n" | public key, 32 | stream key sealed to it, 80 | stream header, 24 | blocks

Blocks are libsodium's secretstream (XChaCha20-Poly1305), 64 KiB of plain text each, the last one tagged final: a block
that changed, moved, was repeated or is missing makes the rest unreadable, and a stream without its final block is torn.
The plain text is a length, a JSON manifest (when it was made, names and sizes of members), the members one after
another, and a proof: an HMAC-SHA256 of all before it, under a key that only the hub has. Anyone who knows the public
key can seal to it; only the hub can prove.

Rule 1: everything in front of the blocks is bound to every block.
Rule 2: what is read is believed only when the final block was read and nothing follows it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from consult import durable

if TYPE_CHECKING:
    from nacl import bindings

MAGIC = b"consult backup 1\n"
BLOCK = 1 << 16  # bytes of plain text
_KEY, _SEALED, _START, _MORE, _PROOF = 32, 80, 24, 17, 32
_MANIFEST = 1 << 16  # bytes at most
Progress = Callable[[int, int], None]


class BackupError(Exception):
    """No backup was made, or nothing was restored; the message says why and what to do."""


class Damaged(BackupError):
    """The file is not a whole, unaltered backup."""


class WrongCode(BackupError):
    """The recovery code was mistyped, or belongs to another backup key."""


@dataclass(frozen=True, slots=True)
class Member:
    """A part of the backup: bytes, or a file to be read."""

    name: str
    content: bytes | Path

    @property
    def size(self) -> int:
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size

    def open(self) -> BinaryIO:
        return BytesIO(self.content) if isinstance(self.content, bytes) else self.content.open("rb")


def pack(out: BinaryIO, public: bytes, proving: bytes, made: int, members: list[Member], progress: Progress) -> None:
    """Write the backup to `out`, sealed to `public`, proved with the key `proving`. `made` is in epoch seconds.

    Raises BackupError when a member changes meanwhile, OSError.
    """
    sealing = _Sealing(out, public, proving)
    sizes = [(member.name, member.size) for member in members]
    manifest = json.dumps({"made": made, "members": sizes}).encode()
    sealing.write(len(manifest).to_bytes(4, "big") + manifest)
    done, total = 0, sum(size for _, size in sizes)
    for member in members:
        with member.open() as reader:
            while piece := reader.read(BLOCK):
                sealing.write(piece)
                done += len(piece)
                progress(done, total)
    if done != total:
        raise BackupError("a file changed while it was backed up; nothing was kept, try again")
    sealing.finish()


def unpack(file: Path, private: bytes, into: dict[str, Path], proving: Callable[[], bytes], progress: Progress) -> int:
    """Write each member to its path in `into`; when the backup was made.

    `proving` gives the hub's key once the members are written. They may be used only when this has returned: until then
    the stream may turn out to be torn. Raises Damaged, WrongCode, OSError, and what `proving` raises.
    """
    with file.open("rb") as source:
        plain = _Plain(_opened(source, private, file.stat().st_size, progress))
        made, sizes = _manifest(plain)
        if [name for name, _ in sizes] != list(into):
            raise Damaged("this backup has parts that this version does not know; restore it with the one that made it")
        for name, size in sizes:
            with durable.new(into[name]) as out:
                plain.pour(out, size)
                durable.flush(out)
        before = plain.hashed.digest()
        proof = plain.exactly(_PROOF)
        if plain.read(1):
            raise Damaged("the backup is longer than it says")
    if not hmac.compare_digest(proof, hmac.digest(proving(), before, "sha256")):
        raise Damaged("this backup was not made by the hub whose keys it holds; find out who made it")
    return made


class _Sealing:
    """Plain text in, blocks out. One block is held back, since the last must say that it is the last."""

    def __init__(self, out: BinaryIO, public: bytes, proving: bytes) -> None:
        from nacl import bindings

        self._out, self._held, self._sodium = out, bytearray(), bindings
        self._proving, self._hashed = proving, hashlib.sha256()
        key = os.urandom(_KEY)
        self._head = MAGIC + public + bindings.crypto_box_seal(key, public)
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        out.write(self._head + bindings.crypto_secretstream_xchacha20poly1305_init_push(self._state, key))

    def write(self, plain: bytes) -> None:
        self._hashed.update(plain)
        self._held += plain
        while len(self._held) > BLOCK:
            self._push(bytes(self._held[:BLOCK]), self._sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE)
            del self._held[:BLOCK]

    def finish(self) -> None:
        self.write(hmac.digest(self._proving, self._hashed.digest(), "sha256"))
        self._push(bytes(self._held), self._sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL)

    def _push(self, plain: bytes, tag: int) -> None:
        self._out.write(
            self._sodium.crypto_secretstream_xchacha20poly1305_push(self._state, plain, ad=self._head, tag=tag)
        )


class _Plain:
    """The opened stream, read by any number of bytes. Running out raises Damaged."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._held, self.hashed = blocks, b"", hashlib.sha256()

    def read(self, most: int) -> bytes:
        """Up to `most` bytes; none at the end, which has then been verified."""
        while not self._held:
            block = next(self._blocks, None)
            if block is None:
                return b""
            self._held = block
        piece, self._held = self._held[:most], self._held[most:]
        self.hashed.update(piece)
        return piece

    def pour(self, out: BinaryIO, size: int) -> None:
        """Write exactly `size` bytes to `out`."""
        while size > 0:
            piece = self.read(size)
            if not piece:
                raise Damaged("the backup is shorter than it says")
            out.write(piece)
            size -= len(piece)

    def exactly(self, size: int) -> bytes:
        out = BytesIO()
        self.pour(out, size)
        return out.getvalue()


def _manifest(plain: _Plain) -> tuple[int, list[tuple[str, int]]]:
    size = int.from_bytes(plain.exactly(4), "big")
    if size > _MANIFEST:
        raise Damaged("the backup's table of contents is not ours")
    read = json.loads(plain.exactly(size))
    return int(read["made"]), [(str(name), int(size)) for name, size in read["members"]]


def _opened(source: BinaryIO, private: bytes, total: int, progress: Progress) -> Iterator[bytes]:
    """The plain blocks, each verified before it is yielded. Raises Damaged, WrongCode."""
    from nacl import bindings
    from nacl.exceptions import CryptoError

    head, done = source.read(len(MAGIC) + _KEY + _SEALED), len(MAGIC) + _KEY + _SEALED + _START
    state, final = _begun(head, source.read(_START), private), False
    while block := source.read(BLOCK + _MORE):
        try:
            plain, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(state, block, ad=head)
        except CryptoError:
            raise Damaged(f"the backup is altered or torn at byte {done}; use another one") from None
        if final:
            raise Damaged("something was added behind the end of the backup; use another one")
        final, done = tag == bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL, done + len(block)
        progress(done, total)
        yield plain
    if not final:
        raise Damaged("the end of the backup is missing; copy it again or use another one")


def _begun(head: bytes, start: bytes, private: bytes) -> bindings.crypto_secretstream_xchacha20poly1305_state:
    """The stream's state after its header. Raises Damaged, WrongCode."""
    from nacl import bindings
    from nacl.exceptions import CryptoError

    public = head[len(MAGIC) : len(MAGIC) + _KEY]
    if not head.startswith(MAGIC) or len(start) != _START:
        raise Damaged("this is not a backup, or only its first bytes")
    if bindings.crypto_scalarmult_base(private) != public:
        raise WrongCode("this recovery code is sound but belongs to another backup key than this file's")
    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    try:
        key = bindings.crypto_box_seal_open(head[len(MAGIC) + _KEY :], public, private)
        bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, start, key)
    except CryptoError:
        raise Damaged("the backup's head is altered; use another one") from None
    return state
