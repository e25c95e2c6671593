"""Backups: one encrypted file per backup, which only a recovery code on paper opens, and the way back.

A backup holds the database and the hub's keyring, never a consultation's private key: those come back from their kits.
The suppression file lies beside the backups, so that whoever is restored stays stopped and erased.

Rule 1: nothing leaves the data folder unencrypted; the copy that is made first is overwritten, whatever happens.
Rule 2: no backup is kept longer than 30 days: that is the promise made to those who erase.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from consult import durable
from consult.parcel import BackupError, Damaged, Member, Progress, WrongCode, pack
from consult.recovery import backup_key, is_code, new_backup_key
from consult.restoring import Restored, restore
from consult.store import Store
from consult.suppression import Suppressions
from consult.vault import Vault

__all__ = [
    "BackupError", "Damaged", "Progress", "Restored", "WrongCode",
    "back_up", "backup_key", "is_code", "new_backup_key", "prune", "restore",
]  # fmt: skip
KEEP = 30 * 86_400  # seconds
_NAME = re.compile(r"consult-(\d{8}-\d{6})\.backup")
_LEFT = re.compile(r"\.consult-(\d{8}-\d{6})\.backup\.new")


def back_up(
    store: Store, vault: Vault, folder: Path, target: Path, public: bytes, at: int, progress: Progress | None = None
) -> Path:
    """Back up the data folder `folder` into `target`; the new file. `at` is in epoch seconds.

    Also copies the suppression file there and prunes old backups. `progress(done, total)` is told bytes. Raises
    BackupError, StoreError, SuppressionError, OSError; a half-written backup or copy is never left behind.
    """
    file = durable.folder(target) / f"consult-{_stamp(at)}.backup"
    with _copy(store, folder) as database:
        members = [Member("hub.key", vault.keyring().text()), Member("consult.db", database)]
        _write(file, lambda out: pack(out, public, vault.secret("backup"), at, members, progress or _quiet))
    Suppressions.open(folder, vault).copy_to(target)
    prune(target, at)
    return file


def prune(target: Path, at: int) -> None:
    """Remove backups older than 30 days by their names. Call it daily, also when no backup is made. Raises OSError."""
    oldest = _stamp(at - KEEP)
    for file in target.iterdir():
        named = _NAME.fullmatch(file.name) or _LEFT.fullmatch(file.name)
        if named and named[1] < oldest:
            file.unlink(missing_ok=True)
    durable.settle(target)


def _write(file: Path, packing: Callable[[BinaryIO], None]) -> None:
    passing = file.with_name(f".{file.name}.new")
    passing.unlink(missing_ok=True)
    try:
        with durable.new(passing) as out:
            packing(out)
            durable.flush(out)
        passing.replace(file)
    except BaseException:
        passing.unlink(missing_ok=True)
        raise
    durable.settle(file.parent)


@contextmanager
def _copy(store: Store, folder: Path) -> Iterator[Path]:
    """A consistent copy of the database, in a room of its own, gone afterwards; also one that a killed backup left."""
    room = durable.private_folder(folder / ".backing-up")
    try:
        with durable.alone(room, wait=False):
            _clear(room)
            try:
                store.backup(str(room / "consult.db"))
                yield room / "consult.db"
            finally:
                _clear(room)
    except BlockingIOError:
        raise BackupError("another backup is being made; wait for it") from None


def _clear(room: Path) -> None:
    for file in room.iterdir():
        durable.destroy(file)


def _stamp(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y%m%d-%H%M%S")


def _quiet(done: int, total: int) -> None:
    """Nobody watches."""
