"""A node carries out what its hub wants, and tells so with its next page.

    stop, erase, rejoin   [index of the number on this node, day]: as if she had written it here
    edition               [name, version, sha256, toml, public key, custody, test, day, codebook, number]

Rule 1: each order is one transaction with the note that it is done; what fails is tried again, and holds up no other.
Rule 2: an order this version does not know is left undone, and told as such by what is obeyed: a later version will.
"""

from __future__ import annotations

from typing import Any, Final

import cbor2
from nacl.bindings import crypto_box_seal, crypto_box_seal_open
from nacl.exceptions import CryptoError

from consult.house import House
from consult.intake.leaving import obey as leave
from consult.intake.orders import settle_orders
from consult.library import COUNTER
from consult.store import Tx
from consult.store.fieldwork import Book, Node, Order
from consult.store.records import Published
from consult.sync.keys import hub_of, node_box
from consult.sync.orders import NoOrder, obey, read_order, was_obeyed
from consult.sync.pages import read_codebook

LEAVING: Final = ("stop", "erase", "rejoin")


def take_order(house: House, data: bytes) -> bool:
    """Carry out a letter of the hub's; False where it was done before.

    Raises NoOrder, vault.Locked, StoreError.
    """
    node, hub = house.store.read(lambda view: (view.origin_node(), hub_of(view)))
    if hub is None:
        raise NoOrder("this is no node")
    order = read_order(data, hub.verify, bytes.fromhex(node))
    body = _opened(house, order)
    done = house.store.write(lambda tx: _carry_out(house, tx, order, body))
    if done and order.kind in LEAVING:
        settle_orders(house)
    return done


def _opened(house: House, order: Order) -> list[Any]:
    public, private = node_box(house.vault)
    try:
        body = cbor2.loads(crypto_box_seal_open(order.body, public, private), max_depth=8)
    except (CryptoError, cbor2.CBORError, ValueError):
        raise NoOrder("sealed to another node") from None
    if not isinstance(body, list):
        raise NoOrder("no order")
    return body


def _carry_out(house: House, tx: Tx, order: Order, body: list[Any]) -> bool:
    if was_obeyed(tx, order.number):
        return False
    obey(tx, order.number)  # first: a notice that confirms it tells so
    try:
        match order.kind:
            case "stop" | "erase" | "rejoin":
                index, day = body
                leave(house, tx, index, order.kind, day)
            case "edition":
                _hold_edition(tx, *body)
            case _:
                raise NoOrder(f"{order.kind}, which this version does not know")
    except (TypeError, ValueError) as error:
        raise NoOrder(f"a {order.kind} that is none") from error
    return True


# ---- editions


def give_edition(tx: Tx, node: Node, published: Published, book: Book, day: int) -> int:
    """At the hub: this version is for that node too; the order's number."""
    p = published
    told = [p.name, p.version, p.sha256, p.toml, p.public, p.custody, p.test, p.day, book.data, book.number]
    return tx.give_order(node.node, "edition", crypto_box_seal(cbor2.dumps(told), node.box), day)


def _hold_edition(
    tx: Tx, name: str, version: int, sha256: str, toml: str, public: bytes, custody: str, test: bool, day: int,
    book: bytes, number: int,
) -> None:  # fmt: skip
    if tx.published(name, version) is None:
        tx.publish(Published(name, version, sha256, toml, public, custody, day, test))
    codes = read_codebook(book)
    tx.add_book(Book(codes.id, name, number, version, book))
    tx.set(COUNTER, str(int(tx.setting(COUNTER) or 0) + 1))
