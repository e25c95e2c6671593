"""What a hub gives its nodes as it happens: each change becomes an order for every node, in the same transaction.

Rule 1: a hub without nodes pays nothing for it: one look at an empty table.
Rule 2: a revoked node is given nothing: it may be in any hands.
Rule 3: libraries of pages are imported only where there are nodes: every program reads this module.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from consult.store import Tx, View
from consult.store.fieldwork import Node, Order

if TYPE_CHECKING:
    from consult.house import House
    from consult.speech.shelf import Shelf
    from consult.store.records import Published

_LIMITS: Final = "limits of "  # setting, by node: JSON {what: most}


def edition(house: House, tx: Tx, published: Published) -> None:
    """A version was published."""
    if nodes := _nodes(tx):
        from consult.sync.books import keep_book

        keep_book(tx, house.library.edition(published))
        for node in nodes:
            give_edition(house, tx, node, published)


def give_edition(house: House, tx: Tx, node: Node, published: Published) -> None:
    """This version is for that node too."""
    from consult.sync.books import keep_book

    book, p = keep_book(tx, house.library.edition(published)), published
    body = [p.name, p.version, p.sha256, p.toml, p.public, p.custody, p.test, p.day, book.data, book.number]
    give(tx, node, "edition", body, p.day)


def retired(tx: Tx, name: str, day: int) -> None:
    """Its key is destroyed."""
    for node in _nodes(tx):
        give(tx, node, "retire", [name, day], day)


def news(tx: Tx, told: tuple[str, int, int, str], day: int) -> None:
    """Everybody who agreed is to be told: (consultation, ask, which answer, where it is heard)."""
    for node in _nodes(tx):
        give(tx, node, "news", list(told), day)


def limits(tx: Tx, node: Node, changed: Mapping[str, int | None], day: int) -> dict[str, int]:
    """What this node may spend a day; None lifts a limit, so that the node's own setting holds. All that are set."""
    allowed = {what: most for what, most in {**limits_of(tx, node), **changed}.items() if most is not None}
    tx.set(_LIMITS + node.node.hex(), json.dumps(allowed))
    give(tx, node, "limits", [allowed], day)
    return allowed


def limits_of(view: View, node: Node) -> dict[str, int]:
    """What this node was told last that it may spend a day, of "bytes" and "segments"."""
    told: dict[str, int] = json.loads(view.setting(_LIMITS + node.node.hex()) or "{}")
    return told


def lines(tx: Tx, node: Node, shelf: Shelf, day: int) -> int:
    """Every line that has a sound; the sounds are fetched. How many."""
    count = 0
    for made, tag, key, take in shelf.lines():
        give(tx, node, "line", [made, tag, key, take.name, take.ms], day)
        count += 1
    return count


def give(tx: Tx, node: Node, kind: str, body: list[Any], day: int) -> int:
    """The order's number; sealed to the node."""
    return tx.give_order(node.node, kind, _sealed(node, body), day)


def _sealed(node: Node, body: list[Any]) -> bytes:
    import cbor2
    from nacl.bindings import crypto_box_seal

    return crypto_box_seal(cbor2.dumps(body), node.box)


def go_on(tx: Tx, by: int, day: int) -> None:
    """This hub was put back: orders it gave since the backup are forgotten here but perhaps carried out, so it counts
    on from far above (`by`), and gives again what waited then."""
    for node in tx.nodes():
        waiting = tx.orders(node.node, node.obeyed)
        tx.forget_orders(node.node, node.obeyed)
        number = max([node.obeyed, *(each.number for each in waiting)]) + by
        tx.give_order_as(Order(node.node, number, "onward", _sealed(node, []), day))
        for each in waiting:
            number += 1
            tx.give_order_as(replace(each, number=number))


def _nodes(tx: Tx) -> list[Node]:
    return [node for node in tx.nodes() if not node.revoked]
