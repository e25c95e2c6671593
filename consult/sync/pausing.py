"""Where nothing is started (`consult.incidents`) holds at nodes too: the hub's pauses are orders to each of them.

    pause   [number of the consultation, [[question, choice], ...]]: all that are paused, ["", ""] is everywhere

Rule 1: an order tells all pauses there are, and only a later one replaces them: in what order they come is no matter.
Rule 2: short enough for one SMS with a few areas.
Rule 3: the libraries it takes are imported where there are nodes: every program reads this module.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from consult.store import Tx, View

_PAUSES: Final = "paused by the hub: "  # setting, by consultation: JSON [number of the order, areas]


def tell_nodes(tx: Tx, name: str, areas: Sequence[tuple[str, str]], day: int) -> int:
    """At the hub: these are all pauses of this consultation now; how many nodes are told."""
    nodes, books = tx.nodes(), tx.books(name)
    if not nodes or not books:
        return 0
    import cbor2
    from nacl.bindings import crypto_box_seal

    body = cbor2.dumps([books[0].number, [list(area) for area in areas]])
    for node in nodes:
        tx.give_order(node.node, "pause", crypto_box_seal(body, node.box), day)
    return len(nodes)


def heed_pause(tx: Tx, number: int, consultation: int, areas: Sequence[Sequence[str]]) -> None:
    """At the node. Raises ValueError for a consultation that is not known (yet)."""
    book = tx.book_numbered(consultation)
    if book is None:
        raise ValueError("no consultation")
    held = [(question, choice) for question, choice in areas]
    if number > _held(tx, book.consultation)[0]:
        tx.set(_PAUSES + book.consultation, json.dumps([number, held]))


def pauses(view: View, name: str) -> set[tuple[str, str]]:
    """What the hub of this node has paused."""
    return {(question, choice) for question, choice in _held(view, name)[1]}


def _held(view: View, name: str) -> tuple[int, list[Any]]:
    number, areas = json.loads(view.setting(_PAUSES + name) or "[0, []]")
    return number, areas
