"""The way back from a backup: into an empty folder, whole or not at all, and nobody who left comes back.

Everything is unpacked, verified and put right in `.restoring` inside the folder, and only then moved into place, the
database last. While `.restoring` is there the vault does not open; a restore that was killed is simply run again.

Rule 1: the stream is verified to its end before anything is put in place; on any error the folder is as it was.
Rule 2: the suppression file is replayed before the hub can speak: stopped stays stopped, erased is erased again.
Rule 3: without the suppression file two people decide, and the audit keeps their names.
Rule 4: a new epoch begins: facts given since the backup may be known elsewhere under the numbers that come next.
Rule 5: campaigns wake up paused: what went out after the backup was made is not known any more.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from consult import custody, durable
from consult.parcel import BackupError, Progress, unpack
from consult.recovery import keep_backup_key, private_half
from consult.store import Store, Tx
from consult.suppression import NAME, Kind, Standing, SuppressionError, Suppressions
from consult.sync import farewells, forgotten, giving
from consult.vault import Vault

_STAGING = ".restoring"
_OURS = ("consult.db", "consult.db-wal", "consult.db-shm", NAME, "keys")
_ALSO_EMPTY = ("lost+found",)  # the root of a fresh volume


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back. `kits`: consultations whose private key must be put back from both halves of their kits."""

    made: int  # epoch seconds
    erased: int  # addresses, and people heard by nodes, erased again
    stopped: int  # addresses that stay stopped
    kits: tuple[str, ...]


def restore(
    file: Path,
    code: str,
    folder: Path,
    suppressions: Path | None,
    two_people: tuple[str, str] | None,
    at: int,
    progress: Progress | None = None,
) -> Restored:
    """Restore the backup `file` into the empty folder `folder`. `at` is in epoch seconds.

    `suppressions` is the suppression file (or the folder it lies in); without it, `two_people` names who decided.
    Raises BackupError (WrongCode, Damaged), CustodyError unless they are two, SuppressionError, StoreError, OSError.
    """
    private, listed = private_half(code), _listed(suppressions)
    if listed is None:
        custody.two_people(two_people or ("", ""))
    with _place(folder) as staging:
        made = _unpacked(file, private, staging, progress or _quiet)
        if listed is not None:
            durable.write(staging / NAME, listed)
        restored = _put_right(staging, made, two_people if listed is None else None, at)
        _move(staging, folder)
    return restored


def _listed(suppressions: Path | None) -> bytes | None:
    if suppressions is None:
        return None
    file = suppressions / NAME if suppressions.is_dir() else suppressions
    try:
        return file.read_bytes()
    except OSError as error:
        raise SuppressionError(f"cannot read {file} ({error.strerror}); correct the path") from error


def _unpacked(file: Path, private: bytes, staging: Path, progress: Progress) -> int:
    from nacl.bindings import crypto_scalarmult_base

    keys = durable.private_folder(staging / "keys")
    into = {"hub.key": keys / "hub.key", "consult.db": staging / "consult.db"}
    made = unpack(file, private, into, lambda: Vault.open(staging).secret("backup"), progress)
    keep_backup_key(staging, crypto_scalarmult_base(private))
    return made


def _put_right(staging: Path, made: int, deciders: tuple[str, str] | None, at: int) -> Restored:
    """Replay the suppressions, pause, record. The store is closed when this returns."""
    from consult.store.sqlite import open_store

    vault = Vault.open(staging)
    listed = Suppressions.open(staging, vault)
    standing, heard = listed.standing(), listed.forgotten()
    store: Store = open_store(staging / "consult.db")
    try:
        epoch = secrets.randbits(31)
        again = store.write(lambda tx: forgotten.forget_again(vault, tx, heard, at // 86_400))
        restored = store.write(lambda tx: _replay(tx, standing, made, deciders, at, epoch, again))
        store.scrub()
    finally:
        store.close()
    return restored


def _replay(
    tx: Tx,
    standing: dict[bytes, Standing],
    made: int,
    deciders: tuple[str, str] | None,
    at: int,
    epoch: int,
    again: int,
) -> Restored:
    """`again`: whom a node had heard, and who were forgotten once more."""
    giving.go_on(tx, tx.new_epoch(epoch), at // 86_400)
    erased = again + sum(_erase_again(tx, index, state) for index, state in standing.items())
    stopped = sum(_keep_stopped(tx, index, state) for index, state in standing.items())
    for campaign in tx.campaigns():
        if campaign.state in ("running", "scheduled"):
            state = "paused" if campaign.state == "running" else "stopped"
            tx.update_campaign(replace(campaign, state=state, why="restored from a backup"))
    tx.note(at // 86_400, _noted(made, erased, stopped, deciders))
    kits = {each.name for each in tx.editions() if each.custody == "hub" and each.retired is None}
    return Restored(made, erased, stopped, tuple(sorted(kits)))


def _erase_again(tx: Tx, index: bytes, state: Standing) -> bool:
    """True when the backup still held her. A later generation in the backup is someone who came after that ERASE."""
    if state.erased is None:
        return False
    address = tx.address(index) or tx.add_address(index, b"", "")
    if address.generation >= state.generation:
        return False
    held = bool(address.sealed)
    tx.erase(address.id)
    if blank := tx.address(index):
        tx.update_address(replace(blank, generation=max(blank.generation, state.generation)))
    return held


def _keep_stopped(tx: Tx, index: bytes, state: Standing) -> bool:
    if state.stopped is None:
        return False
    kind: Kind = "stop" if state.erased is None else "erase"
    tx.suppress(index, kind, state.stopped)
    if tx.nodes():  # who told it is not listed: no node's return lifts it
        farewells.said_here(tx, index, kind, state.stopped)
    if address := tx.address(index):
        tx.cancel(address.id)
        if address.stopped is None:
            tx.update_address(replace(address, stopped=state.stopped))
    return True


def _noted(made: int, erased: int, stopped: int, deciders: tuple[str, str] | None) -> str:
    of = datetime.fromtimestamp(made, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    if deciders is None:
        return f"restored the backup of {of}; erased again: {erased}, kept stopped: {stopped}"
    one, other = (" ".join(name.split())[:80] for name in deciders)
    return f"restored the backup of {of} without the suppression file, as decided by {one} and {other}"


@contextmanager
def _place(folder: Path) -> Iterator[Path]:
    """The staging folder inside the empty `folder`; when it fails, everything in it goes again."""
    existed = folder.exists()
    durable.folder(folder)
    try:
        with durable.alone(folder, wait=False):
            _demand_empty(folder)
            try:
                yield durable.private_folder(folder / _STAGING)
            except BaseException:
                _clear(folder)
                raise
    except BlockingIOError:
        raise BackupError(f"another restore into {folder} is going on") from None
    except BaseException:
        if not existed:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def _demand_empty(folder: Path) -> None:
    found = {entry.name for entry in folder.iterdir()} - {*_ALSO_EMPTY}
    if _STAGING in found and found <= {_STAGING, *_OURS}:  # a restore was killed here
        return _clear(folder)
    if found:
        raise BackupError(f"{folder} is not empty ({min(found)}); a backup is restored into an empty folder only")
    return None


def _clear(folder: Path) -> None:
    """Destroy what a restore has put here; the staging folder, which marks the rest as ours, goes last."""
    for name in (*_OURS, _STAGING):
        _destroy(folder / name)


def _destroy(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        for inner in path.iterdir():
            _destroy(inner)
        path.rmdir()
    elif path.exists():
        durable.destroy(path)


def _move(staging: Path, folder: Path) -> None:
    """Into place, the database last, and only then is the mark of an unfinished restore removed."""
    for name in ("keys", NAME, "consult.db-shm", "consult.db-wal", "consult.db"):
        if (staging / name).exists():
            (staging / name).rename(folder / name)
    durable.settle(staging)
    durable.settle(folder)
    for left in list(staging.iterdir()):
        _destroy(left)
    staging.rmdir()
    durable.settle(folder)


def _quiet(done: int, total: int) -> None:
    """Nobody watches."""
