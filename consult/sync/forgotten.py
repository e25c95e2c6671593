"""Whom a node heard and forgot is listed in the file outside the database too, so that no restored hub knows her again.

She has no number at the hub; her mark in that file is a keyed hash of who heard her (the node, or the first page of a
tail that was taken in) and of her number there.

Rule 1: the mark is noted in the transaction that forgets her, and filed like an order (`intake.orders`).
Rule 2: a page that comes for the first time after the restore brings back nobody who is listed.
Rule 3: this module is light: `restoring` reads it.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Final

from consult.store import Tx, View
from consult.store.fieldwork import Visitor
from consult.vault import Vault

_PURPOSE: Final = "heard by a node"
_UNKNOWN: Final = "forgotten before they are known"  # setting: JSON, marks in hexadecimal
_LAST: Final = 2**62  # above every number of a person


def mark(vault: Vault, view: View, visitor: Visitor) -> bytes:
    """Hers in the file. Raises vault.Locked."""
    node = next((node.node for node in view.nodes() if node.id == visitor.source), None)
    return _mark(vault, node or _sources(view)[visitor.source], visitor)


def forget_again(vault: Vault, tx: Tx, marks: Collection[bytes], day: int) -> int:
    """After a restore: whoever is listed is forgotten once more; how many were known again. Raises vault.Locked."""
    found, again = set[bytes](), 0
    for source, origin in _sources(tx).items() if marks else ():
        for visitor in tx.visitors(source, 0, _LAST).values():
            if (hers := _mark(vault, origin, visitor)) in marks:
                found.add(hers)
                again += visitor.erased is None
                tx.forget_visitor(visitor, day)
    tx.set(_UNKNOWN, json.dumps(sorted(hers.hex() for hers in set(marks) - found)))
    return again


def unknown(view: View) -> frozenset[str]:
    """The marks of those whom this hub forgot and, since it was put back, had never heard; mostly none."""
    return frozenset(json.loads(view.setting(_UNKNOWN) or "[]"))


def _mark(vault: Vault, origin: bytes, visitor: Visitor) -> bytes:
    return vault.mark(_PURPOSE, origin, str(visitor.number))


def _sources(view: View) -> dict[int, bytes]:
    """Who is behind each source: its id may be another's on a hub that was put back."""
    nodes = view.nodes()
    out = {node.id: node.node for node in nodes}
    for node in nodes:
        for epoch in view.epochs(node.node):
            out.update({-id: hash for id, _, hash, _ in view.tails(node.node, epoch)})
    return out
