"""A node comes to its hub over a connection: who it is, what it brings, what it is answered (`greetings`).

Rule 1: nothing is opened before the token was good; it is compared in constant time, and whoever shows none of ours
learns nothing, not even whether there is such a node.
Rule 2: a node brings its own pages only.
Rule 3: a node that was revoked is told so, and given nothing: neither who left nor what is asked.
Rule 4: what waits for the operator is bounded: a node that was seized fills no disk.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from consult.house import House
from consult.store import Tx, View
from consult.store.fieldwork import Node
from consult.sync.arriving import take
from consult.sync.contact import ack
from consult.sync.greetings import EPOCHS, LISTED, Hello, NoGreeting, Rest, enclosed, is_greeting, read_hello
from consult.sync.keys import hub_signing
from consult.sync.orders import sign_order
from consult.sync.pages import NOTICES, NotTaken, hashed, whose
from consult.sync.sequences import NoItem, items
from consult.vault import Vault

QUARANTINED: Final = 256  # pages of a node that wait for the operator; more are not kept
SEEN_EVERY: Final = 60  # seconds between two notes that a node was here
ANSWER: Final = 64 * 1024  # the most bytes of orders in one answer, whatever the node asks for
_ODD: Final = "not understood by "  # setting, by node: JSON, numbers of orders
_NOBODY: Final = bytes(16)  # what a token is compared with where there is no such node


class Garbled(Exception):
    """The body is none of a node's."""


def token_mark(vault: Vault, token: str) -> bytes:
    """As what a node's token is kept: nobody who reads the store can show it. Raises vault.Locked."""
    return vault.mark("node token", token)


def known(house: House, node: bytes, token: str) -> Node | None:
    """The node, if it shows its token. Raises vault.Locked."""
    found = house.store.read(lambda view: view.node(node))
    good = hmac.compare_digest(token_mark(house.vault, token), found.token if found else _NOBODY)
    return found if good else None


@dataclass(slots=True)
class _Brought:
    """What came of a body."""

    epochs: set[int] = field(default_factory=set)
    refused: list[tuple[bytes, str]] = field(default_factory=list)
    hello: Hello | None = None


def answer(house: House, node: Node, body: bytes, at: int) -> bytes:
    """Take in what a node brings; what it is told. Raises Garbled, StoreError: then what came before it is kept."""
    brought = _Brought()
    try:
        for item in items(body):
            _take(house, node, item, at, brought)
    except (NoItem, NoGreeting):
        raise Garbled from None
    hello = brought.hello
    if hello and hello.program:  # one without asks for acks alone
        _seen(house, node, hello, at)
    epochs = sorted(brought.epochs.union(hello.epochs if hello else ()))[:EPOCHS]
    told = [ack(house, node, epoch, at) for epoch in epochs]
    orders, waiting = _orders(house, node, hello) if hello and not node.revoked else ([], ())
    rest = Rest(tuple(waiting)[:LISTED], tuple(brought.refused)[:LISTED])
    return enclosed([*told, *orders]) + (rest.write() if rest != Rest() else b"")


def accept(house: House, node: Node, page: bytes, at: int) -> tuple[int | None, str]:
    """Take in one page; its epoch, and why it was refused ("" where it was not)."""
    try:
        if whose(page) != node.node:
            return None, "forged"
        notices = page[2:3] == bytes((NOTICES,))  # who left is always heard
        if not notices and _kept_back(house, node) >= QUARANTINED:
            return None, "full"
        return take(house, page, at).epoch, ""
    except NotTaken as error:
        return None, error.why


def _kept_back(house: House, node: Node) -> int:
    many = house.store.read(lambda view: view.unmerged(node.node))
    return many.get("quarantined", 0) + many.get("held", 0)


def _take(house: House, node: Node, item: bytes, at: int, brought: _Brought) -> None:
    """Raises NoGreeting."""
    if is_greeting(item):
        brought.hello = read_hello(item)
        return
    epoch, why = accept(house, node, item, at)
    if epoch is None:
        brought.refused.append((hashed(item), why))
    else:
        brought.epochs.add(epoch)


def _seen(house: House, node: Node, hello: Hello, at: int) -> None:
    """It was here; by how much its clock is ahead."""

    def note(tx: Tx) -> None:
        now = tx.node(node.node) or node
        if at - now.seen_at >= SEEN_EVERY or hello.program != now.program:
            tx.update_node(replace(now, seen_at=at, drift=_drift(hello.at - at), program=hello.program))
        if hello.odd != not_understood(tx, node):
            tx.set(_ODD + node.node.hex(), json.dumps(hello.odd))

    house.store.write(note)


def not_understood(view: View, node: Node) -> tuple[int, ...]:
    """The orders that this node says it took and does not understand: it needs a newer version."""
    return tuple(json.loads(view.setting(_ODD + node.node.hex()) or "[]"))


def _drift(seconds: int) -> int:
    return max(-(2**31), min(seconds, 2**31 - 1))


# ---- orders


def _orders(house: House, node: Node, hello: Hello) -> tuple[list[bytes], Sequence[tuple[int, int]]]:
    """Those that fit into what the node asks for, smallest first; of the others the number and the size."""
    fit, wait, room = [], [], min(hello.most, ANSWER)
    for number, each in _waiting(house, node, hello):
        if len(each) <= room:
            fit.append(each)
            room -= len(each)
        else:
            wait.append((number, len(each)))
    return fit, wait


def _waiting(house: House, node: Node, hello: Hello) -> Iterator[tuple[int, bytes]]:
    key = hub_signing(house.vault)
    found = house.store.read(lambda view: view.orders(node.node, hello.obeyed))
    signed = [(each.number, sign_order(each, key)) for each in found if each.number not in hello.beyond]
    return iter(sorted(signed, key=lambda each: (len(each[1]), each[0])))


def order(house: House, node: Node, number: int) -> bytes | None:
    """One order for this node, signed; None where there is none, or none for it any more."""
    if node.revoked:
        return None
    found = house.store.read(lambda view: view.orders(node.node, number - 1))
    return next((sign_order(each, hub_signing(house.vault)) for each in found if each.number == number), None)
