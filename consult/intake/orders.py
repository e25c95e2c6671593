"""Stops and erasures must also stand in the file outside the database, whatever dies in between.

Rule 1: an order is noted in the transaction that carries it out, and struck off once the file holds it: a process that
        dies between the two leaves the note, and the next round settles it.
Rule 2: after an erasure nothing deleted remains in the database's files, and the backups' copy of the list knows of it.
"""

from __future__ import annotations

import json
from typing import Any

from consult import durable
from consult.house import House
from consult.store import Tx
from consult.suppression import HEARD, Kind
from consult.sync.leavers import Leaver, tell

NOTE = "orders"


def note_order(house: House, tx: Tx, leaver: Leaver, generation: int) -> None:
    """In the transaction of a STOP, an ERASE or a rejoining: remember that the file must learn of it, and tell whoever
    else writes to her: the hub of this node, the nodes of this hub. Raises vault.Locked."""
    _note(tx, leaver.index, leaver.kind, leaver.day, generation)
    tell(house, tx, leaver)


def note_forgotten(tx: Tx, mark: bytes, day: int) -> None:
    """The same for somebody whom a node heard and forgot, and who has no number here. `mark`: `sync.forgotten`."""
    _note(tx, mark, "erase", day, HEARD)


def _note(tx: Tx, index: bytes, kind: Kind, day: int, generation: int) -> None:
    orders: list[Any] = json.loads(tx.setting(NOTE) or "[]")
    tx.set(NOTE, json.dumps([*orders, [index.hex(), kind, day, generation]]))


def settle_orders(house: House) -> int:
    """Bring the file up to the notes; how many there were. Safe to call at any time, by any process and thread."""
    with durable.alone(house.settings.data):  # what is struck off is exactly what was filed, in its order
        return _settle(house)


def _settle(house: House) -> int:
    noted = house.store.read(lambda view: view.setting(NOTE)) or "[]"
    orders = json.loads(noted)
    for index, kind, day, generation in orders:
        house.suppressions.add(bytes.fromhex(index), kind, day, generation)
    if any(kind == "erase" for _, kind, _, _ in orders):
        house.store.scrub()
    if orders:
        if house.settings.backup:
            house.suppressions.copy_to(house.settings.backup)
        house.store.write(lambda tx: _strike(tx, len(orders)))
    return len(orders)


def _strike(tx: Tx, n: int) -> None:
    tx.set(NOTE, json.dumps(json.loads(tx.setting(NOTE) or "[]")[n:]))
