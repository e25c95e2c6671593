"""Whether this node's database is the one it was: a restored image, or a copy, must not go on under the same numbers.

The file `keys/epoch`, outside the database, says which epoch it is and how many pages were closed in it. A database
that knows less is older than the file: another epoch begins, before anything is heard.

Rule 1: to begin an epoch too many is harmless; to go on in one too few is not.
Rule 2: where file and database were put back together, only the hub can notice (`arriving`, rule 4).
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Final

from consult import durable
from consult.house import House
from consult.store import Tx, View

NAME: Final = "epoch"


def check(house: House) -> bool:
    """Begin another epoch where the database is not the one that was here; whether that was so. Raises OSError."""
    found = _read(house)
    epoch, number = house.store.read(_stands)
    old = found is not None and (found[0] != epoch or found[1] > number)
    if old:
        fresh = secrets.randbits(31)
        house.store.write(lambda tx: _renew(tx, fresh))
    note(house)
    return old


def note(house: House) -> None:
    """What stands now, on disk when this returns. Raises OSError."""
    durable.write(_file(house), json.dumps(house.store.read(_stands)).encode())


def _renew(tx: Tx, fresh: int) -> None:
    tx.new_epoch(fresh)


def _stands(view: View) -> tuple[int, int]:
    epoch = view.epoch()
    last = view.last_leaving(epoch)
    return epoch, last.number if last else 0


def _read(house: House) -> tuple[int, int] | None:
    try:
        epoch, number = json.loads(_file(house).read_bytes())
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        return (-1, 0)  # damaged: nothing is known, so another epoch begins
    return int(epoch), int(number)


def _file(house: House) -> Path:
    return house.settings.data / "keys" / NAME
