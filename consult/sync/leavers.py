"""Who left, or came back, is told: a node tells its hub, a hub tells every node, each under its own index (D14).

Rule 1: in the transaction of the order itself.
Rule 2: the hub keeps the number, sealed, on the list of those who must not be written to, and for nothing else: so that
a node that joins later is told too.
Rule 3: libraries of pages are imported only where there is a hub or a node: every program reads this module.
Rule 4: a node is never told what it told: meanwhile she may have come back there.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import Final

from consult.house import House
from consult.store import Tx, View
from consult.store.fieldwork import Node
from consult.suppression import Kind
from consult.sync.farewells import said_here
from consult.sync.giving import give
from consult.sync.keys import hub_of

SECRETS: Final = b"node secrets|"  # as what a node's keys are sealed at the hub
_REACH: Final = b"reach|"
_ERASED: Final = "erased here"  # setting of a node: JSON, an epoch and its own numbers of whom it erased in that
_TOGETHER: Final = 500  # people in a notice


@dataclass(frozen=True, slots=True, repr=False)
class Leaver:
    """An order that binds an address. `index`: hers here; `number` E.164, "" where it is not known any more; `people`:
    whom it erased here; `origin`: the node that told it, b"" where she said it here."""

    index: bytes
    number: str
    kind: Kind
    day: int
    people: tuple[int, ...] = ()
    origin: bytes = b""


def tell(house: House, tx: Tx, leaver: Leaver) -> None:
    """To whom it concerns: the hub, where this is a node; every node, where this is a hub. Raises vault.Locked."""
    if hub := hub_of(tx):
        from consult.sync.closing import close_notice
        from consult.sync.pages import Notice

        if leaver.number or leaver.people:  # else it is the hub's own order, and whom it concerns was never here
            close_notice(house, tx, hub, Notice(leaver.kind, leaver.number, leaver.day, leaver.people))
            if leaver.people:
                tx.set(_ERASED, json.dumps([tx.epoch(), *_erased(tx), *leaver.people]))
        return
    if not (nodes := tx.nodes()):
        return
    if not leaver.origin:
        said_here(tx, leaver.index, leaver.kind, leaver.day)
    if not leaver.number:
        return
    standing = {mark: (kind, day) for mark, kind, day, _ in tx.reach()}
    if standing.get(leaver.index) == (leaver.kind, leaver.day):
        return
    sealed = house.vault.seal(leaver.number.encode(), _REACH + leaver.index)
    tx.reach_no_more(leaver.index, leaver.kind, leaver.day, sealed)
    for node in nodes:
        if node.node != leaver.origin and not node.revoked:
            order(house, tx, node, leaver.kind, leaver.number, leaver.day)


def tell_again(house: House, tx: Tx, day: int) -> None:
    """On a node whose hub was put back: everybody whom it erased in this epoch, once more, in pages alone.

    In another epoch a number may be somebody else's to the hub, where there are two copies. Raises vault.Locked.
    """
    people, hub = _erased(tx), hub_of(tx)
    if hub is None:
        return
    from consult.sync.closing import close_notice
    from consult.sync.pages import Notice

    for first in range(0, len(people), _TOGETHER):
        told = Notice("erase", "", day, tuple(people[first : first + _TOGETHER]))
        close_notice(house, tx, hub, told, by_sms=False)


def _erased(view: View) -> list[int]:
    epoch, *people = json.loads(view.setting(_ERASED) or "[-1]")
    return people if epoch == view.epoch() else []


def tell_new(house: House, tx: Tx, node: Node) -> int:
    """All that stand on the list, to a node that joined just now; how many."""
    standing = [each for each in tx.reach() if each[1] != "rejoin"]
    for mark, kind, day, sealed in standing:
        order(house, tx, node, kind, house.vault.unseal(sealed, _REACH + mark).decode(), day)
    return len(standing)


def order(house: House, tx: Tx, node: Node, kind: str, number: str, day: int) -> None:
    """Sealed to the node: its own index of the number, so that nobody else learns anything from it."""
    index_key = house.vault.unseal(node.secrets, SECRETS + node.node)[:32]
    index = hmac.digest(index_key, number.encode(), "sha256")[:16]
    give(tx, node, kind, [index, day], day)
