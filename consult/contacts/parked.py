"""A list that was sent to a page, between the look at it and the decision.

Rule 1: it lies closed under a key drawn for it alone, and that key is in the sender's form and nowhere here: whoever
takes this machine finds noise.
Rule 2: it opens for the account that sent it, and for the consultation it was sent to; else it is not there.
Rule 3: half an hour, then it is gone; and at once when it was taken or given up.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from consult import durable
from consult.contacts.sheets import ContactsError
from consult.house import House
from consult.vault import BadKey, Unopenable, open_fact, seal_fact

FOR: Final = 1800  # seconds
MOST: Final = 20  # lists that wait at once on a hub
_TICKET: Final = re.compile(r"[0-9a-f]{64}")


def park(house: House, whose: str, content: bytes, key: bytes, at: int) -> str:
    """Keep a list until it is decided on; the ticket that opens it. `whose`: consultation and account; `key`: 32 random
    bytes. Raises OSError."""
    folder = durable.private_folder(_folder(house))
    _tidy(folder, at)
    durable.write(_file(house, key), seal_fact(key, content, whose.encode()))
    return key.hex()


def parked(house: House, whose: str, ticket: str, at: int) -> bytes:
    """The list again. Raises ContactsError where it is not here (any more), or another's."""
    try:
        file = _file(house, _key(ticket))
        if file.stat().st_mtime <= at - FOR:
            raise FileNotFoundError
        return open_fact(_key(ticket), file.read_bytes(), whose.encode())
    except (OSError, Unopenable, BadKey):
        raise ContactsError("the list is not here any more; send it again", "parked") from None


def drop(house: House, whose: str, ticket: str, at: int) -> None:
    """It is decided. Raises ContactsError as `parked`."""
    parked(house, whose, ticket, at)
    _file(house, _key(ticket)).unlink(missing_ok=True)


def tidy(house: House, at: int) -> None:
    """Lists that nobody decided on go."""
    if (folder := _folder(house)).is_dir():
        _tidy(folder, at)


def _tidy(folder: Path, at: int) -> None:
    files = sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime)
    old = [file for file in files if file.stat().st_mtime <= at - FOR]
    for file in [*old, *files[: -MOST + 1]]:
        file.unlink(missing_ok=True)


def _key(ticket: str) -> bytes:
    if not _TICKET.fullmatch(ticket):
        raise ContactsError("the list is not here any more; send it again", "parked")
    return bytes.fromhex(ticket)


def _file(house: House, key: bytes) -> Path:
    return _folder(house) / house.vault.mark("parked list", key).hex()


def _folder(house: House) -> Path:
    return house.settings.data / "lists"
