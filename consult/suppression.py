"""Who wrote STOP or ERASE, in a file outside the database, so that restoring an old backup brings nobody back.

A header with its MAC, and records of one length: keyed index, kind, day, generation, and a MAC over the record and the
MAC before it. No number is inside. A record that changed, moved or went missing in the middle is noticed; records cut
off the end are noticed when the file is next copied to the backups, whose copy then knows more.

Rule 1: a record is on disk before `add` returns. Adding the same again adds nothing.
Rule 2: only a record that was being written when the machine died (cut short, or left as zeros) is dropped.
Rule 3: the key is asked for each time, so that nothing of it stays when the vault is locked.
Rule 4: several processes may add: each takes the file's lock and first reads what others added.

`generation` is the one the address has AFTER an ERASE; for a STOP, the one it has. HEARD in its place: the index is no
number's, it is the mark of somebody whom a node heard and forgot (`sync.forgotten`).
"""

from __future__ import annotations

import fcntl
import hmac
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from consult import durable
from consult.sealing import overwrite
from consult.vault import Vault

Kind = Literal["stop", "erase", "rejoin"]  # rejoin: she wrote the keyword again, so an earlier stop no longer stands
NAME = "suppressed"
_HEAD = b"consult suppressed 1\n"
_BODY = struct.Struct(">16sBII")  # index, kind, day, generation
_MAC = 16
_RECORD = _BODY.size + _MAC
_KINDS: tuple[Kind, ...] = get_args(Kind)
HEARD = 2**32 - 1


class SuppressionError(Exception):
    """The file cannot be relied on; the message says what was found and what to do. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """One order: `index` is the keyed index of a number, `day` since 1970-01-01 (UTC)."""

    index: bytes
    kind: Kind
    day: int
    generation: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for one index after all orders: the generation its last ERASE led to (0: none), the day of a STOP."""

    generation: int = 0
    erased: int | None = None
    stopped: int | None = None

    def after(self, order: Suppression) -> Standing:
        if order.kind == "erase":
            return Standing(max(order.generation, self.generation), order.day, order.day)
        return Standing(self.generation, self.erased, order.day if order.kind == "stop" else None)


class Suppressions:
    """The open file. Safe to share between threads and to have open in several processes."""

    __slots__ = ("_key", "_lock", "_mac", "_orders", "_path", "_size", "_vault")

    def __init__(self, path: Path, vault: Vault) -> None:
        self._path, self._vault, self._key, self._lock = path, vault, b"", threading.Lock()
        self._orders: list[Suppression] = []
        self._size, self._mac = 0, b""  # how far it was read, and the MAC there

    @classmethod
    def open(cls, folder: Path, vault: Vault) -> Suppressions:
        """The file of a data folder, made if missing; on a locked vault it waits for `look`.

        Raises SuppressionError when it was altered.
        """
        opened = cls(folder / NAME, vault)
        if not vault.locked:
            opened.look()
        return opened

    def look(self) -> None:
        """Make it if it is missing, and read it: the first thing after unlocking. Raises SuppressionError."""
        with durable.alone(durable.folder(self._path.parent)):
            if not self._path.exists():
                if self._size:
                    raise SuppressionError(f"{self._path} is gone; put back its copy from the backup folder")
                self._key = self._vault.secret(NAME)
                durable.write(self._path, _HEAD + self._sign(_HEAD))
        with self._held():
            return

    def __repr__(self) -> str:
        return f"Suppressions({self._path.name})"

    def add(self, index: bytes, kind: Kind, day: int, generation: int) -> None:
        """Append durably, unless it holds already. Raises SuppressionError, or OSError when the disk is full."""
        order = Suppression(index, kind, day, generation)
        if len(index) != 16 or kind not in _KINDS:
            raise SuppressionError("an order names a 16-byte index and is a stop, an erase or a rejoin")
        with self._held() as handle:
            if not self._holds(order):
                self._append(handle, order)

    def all(self) -> tuple[Suppression, ...]:
        """Every order, oldest first. Raises SuppressionError."""
        with self._held():
            return tuple(self._orders)

    def standing(self) -> dict[bytes, Standing]:
        """What holds now, by index. Raises SuppressionError."""
        now: dict[bytes, Standing] = {}
        for order in self.all():
            if order.generation != HEARD:
                now[order.index] = now.get(order.index, Standing()).after(order)
        return now

    def forgotten(self) -> frozenset[bytes]:
        """The marks of those whom nodes heard and forgot. Raises SuppressionError."""
        return frozenset(order.index for order in self.all() if order.generation == HEARD)

    def copy_to(self, folder: Path) -> Path:
        """Copy it, whole or not at all, into `folder`. Raises SuppressionError when the copy there knows more."""
        copy = durable.folder(folder) / NAME
        with self._held() as handle:
            content = os.pread(handle, self._size, 0)
            before = copy.read_bytes() if copy.exists() else b""
            if not content.startswith(before):
                raise SuppressionError(
                    f"{copy} has orders that {self._path} lacks: ours was cut short, or the copy is another hub's. "
                    "Put it back over ours, or move it away if it is foreign."
                )
            if content != before:
                durable.write(copy, content)
        return copy

    @contextmanager
    def _held(self) -> Iterator[int]:
        """Alone with the file, up to date with it."""
        with self._lock:
            self._key = self._vault.secret(NAME)
            try:
                handle = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX)
                    self._catch_up(handle)
                    yield handle
                finally:
                    os.close(handle)
            finally:
                overwrite(self._key)
                self._key = b""

    def _catch_up(self, handle: int) -> None:
        size = os.fstat(handle).st_size
        if self._size and size == self._size:
            return
        if size < self._size:
            raise SuppressionError(f"{self._path} was cut short while in use; put back its copy from the backup folder")
        if not self._size:
            self._begin(handle)
        fresh = os.pread(handle, size - self._size, self._size)
        for start in range(0, len(fresh), _RECORD):
            if not self._take(fresh[start : start + _RECORD], last=start + _RECORD >= len(fresh)):
                os.ftruncate(handle, self._size)
                os.fsync(handle)

    def _begin(self, handle: int) -> None:
        mac = self._sign(_HEAD)
        if os.pread(handle, len(_HEAD) + _MAC, 0) != _HEAD + mac:
            raise SuppressionError(
                f"{self._path} is not this hub's suppression file; put back its copy from the backup folder"
            )
        self._size, self._mac = len(_HEAD) + _MAC, mac

    def _take(self, record: bytes, *, last: bool) -> bool:
        """Read one record; False when it was never finished. Raises SuppressionError when it was altered."""
        body, mac = record[: _BODY.size], record[_BODY.size :]
        expected = self._sign(body)
        if len(record) == _RECORD and hmac.compare_digest(mac, expected):
            index, kind, day, generation = _BODY.unpack(body)
            self._orders.append(Suppression(index, _KINDS[kind], day, generation))
            self._size, self._mac = self._size + _RECORD, expected
            return True
        if last and (len(record) < _RECORD or not any(mac)):
            return False
        raise SuppressionError(
            f"{self._path} was altered at record {len(self._orders) + 1}; put back its copy from the backup folder"
        )

    def _append(self, handle: int, order: Suppression) -> None:
        body = _BODY.pack(order.index, _KINDS.index(order.kind), order.day, order.generation)
        mac = self._sign(body)
        try:
            if os.pwrite(handle, body + mac, self._size) != _RECORD:
                raise SuppressionError(f"{self._path}: the disk took only part of the order; make room and repeat it")
            os.fsync(handle)
        except BaseException:
            os.ftruncate(handle, self._size)
            raise
        self._orders.append(order)
        self._size, self._mac = self._size + _RECORD, mac

    def _holds(self, order: Suppression) -> bool:
        """Whether the last word on this index says the same already (whatever the day)."""
        for known in reversed(self._orders):
            if known.index == order.index:
                return (known.kind, known.generation) == (order.kind, order.generation)
        return False

    def _sign(self, body: bytes) -> bytes:
        return hmac.digest(self._key, self._mac + body, "sha256")[:_MAC]
