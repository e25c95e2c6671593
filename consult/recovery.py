"""The backup key: its public half seals backups here, its private half is a recovery code on paper.

Rule 1: the code is shown once and kept nowhere; whoever loses it can make a new key, but not open old backups.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from consult import durable, paper
from consult.parcel import BackupError, WrongCode
from consult.vault import KEY

_FORMAT = "consult backup key 1"


def new_backup_key(folder: Path, *, replace: bool = False) -> str:
    """Make the backup key pair; the recovery code to write down, which is kept nowhere.

    Raises BackupError when there is one, unless `replace`: backups made so far open with the old code only.
    """
    from nacl.bindings import crypto_box_keypair

    file = _file(folder)
    durable.private_folder(durable.folder(folder) / "keys")
    with durable.alone(file.parent):
        if file.exists() and not replace:
            raise BackupError("there is a backup key already; replace it only if its recovery code is lost")
        public, private = crypto_box_keypair()
        keep_backup_key(folder, public)
    return paper.write(private + _tag(public), "backup")


def keep_backup_key(folder: Path, public: bytes) -> None:
    """Keep the public half. Raises OSError."""
    durable.write(_file(folder), f"{_FORMAT}\n{public.hex()}\n".encode())


def backup_key(folder: Path) -> bytes:
    """The public half. Raises BackupError when there is none or the file is damaged."""
    file = _file(folder)
    if not file.exists():
        raise BackupError("there is no backup key yet; make one and write its recovery code down")
    lines = file.read_bytes().decode("ascii", "replace").splitlines()
    if len(lines) != 2 or lines[0] != _FORMAT or not re.fullmatch(r"[0-9a-f]{64}", lines[1]):
        raise BackupError(f"{file} is damaged; replace the backup key")
    return bytes.fromhex(lines[1])


def private_half(code: str) -> bytes:
    """The private key behind a recovery code as typed. Raises WrongCode naming the groups to look at."""
    from nacl.bindings import crypto_scalarmult_base

    try:
        raw = paper.read(code, "backup")
    except paper.Mistyped as error:
        raise WrongCode(f"the recovery code is not right: {error.why}") from None
    if raw[KEY:] != _tag(crypto_scalarmult_base(raw[:KEY])):
        raise WrongCode("this is not the recovery code of a backup")
    return raw[:KEY]


def is_code(folder: Path, code: str) -> bool:
    """Whether this code opens backups made from here: try it while it can still be replaced. Raises WrongCode."""
    from nacl.bindings import crypto_scalarmult_base

    return crypto_scalarmult_base(private_half(code)) == backup_key(folder)


def _file(folder: Path) -> Path:
    return folder / "keys" / "backup.pub"


def _tag(public: bytes) -> bytes:
    return hashlib.sha256(b"consult backup " + public).digest()[: paper.SIZE - KEY]
