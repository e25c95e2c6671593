"""A node carries out what its hub wants, and tells so with its next page.

    stop, erase, rejoin   [index of the number on this node, day]: as if she had written it here
    pause                 [number of the consultation, areas]: where nothing is started (`incidents`), all there are
    edition               [name, version, sha256, toml, public key, custody, test, day, codebook, number]
    retire                [name, day]
    pause                 see `pausing`
    line                  [made, tag, key, sound, ms]: which sound a line has; the sound itself is fetched by its name
    news                  [name, ask, said, ring]: to tell everybody who agreed to it
    onward                []: the hub was put back, and counts its orders on from this one; whom this node erased is
                          told again
    limits                {"bytes": a day, "segments": a day}: what this node may spend on the way to its hub

Rule 1: each order is one transaction with the note that it is done; what fails is tried again, and holds up no other.
Rule 2: orders come in any order. Of those about one matter the one with the highest number holds; an erasure always.
Rule 3: an order of a kind that this version does not know is taken, kept and told as not understood, so that it holds
up no other and is not sent again; a later version here carries it out.
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import partial
from typing import Any, Final, cast

import cbor2
from nacl.bindings import crypto_box_seal_open
from nacl.exceptions import CryptoError

from consult.asks import sending
from consult.house import House
from consult.intake.leaving import obey as leave
from consult.intake.orders import settle_orders
from consult.publish import close, count
from consult.speech.shelf import Shelf, Take
from consult.store import Tx, View
from consult.store.fieldwork import Book, Order
from consult.store.records import Published
from consult.suppression import Kind
from consult.sync.greetings import ODD
from consult.sync.keys import hub_of, node_box
from consult.sync.leavers import tell_again
from consult.sync.orders import NoOrder, go_on, obey, read_order, was_obeyed
from consult.sync.pages import read_codebook
from consult.sync.pausing import heed_pause
from consult.sync.rationing import LIMITS

LEAVING: Final = ("stop", "erase", "rejoin")
KINDS: Final = (*LEAVING, "edition", "retire", "pause", "line", "news", "onward", "limits")
_ODD: Final = "orders not understood"  # setting of a node: JSON [[number, kind, day, body]...]
NEWS: Final = "news due"  # setting of a node: what it still has to tell


def take_order(house: House, data: bytes) -> bool:
    """Carry out a letter of the hub's; False where it was done before.

    Raises NoOrder, vault.Locked, StoreError.
    """
    node, hub = house.store.read(lambda view: (view.origin_node(), hub_of(view)))
    if hub is None:
        raise NoOrder("this is no node")
    order = read_order(data, hub.verify, bytes.fromhex(node))
    if order.kind == "line":
        _line(house, _opened(house, order))
    done = house.store.write(lambda tx: carry_out(house, tx, order))
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


def carry_out(house: House, tx: Tx, order: Order) -> bool:
    """Of whom it is must be known; False where it was done before. Afterwards, of LEAVING, `settle_orders`.

    Raises NoOrder, and then nothing of it may be kept; vault.Locked.
    """
    body = _opened(house, order) if order.kind in KINDS else []
    if was_obeyed(tx, order.number):
        return False
    obey(tx, order.number)  # first: a notice that confirms it tells so
    if order.kind in KINDS:
        _do(house, tx, order, body)
    else:
        kept = [*_odd(tx), [order.number, order.kind, order.day, order.body.hex()]]
        tx.set(_ODD, json.dumps(kept[-ODD:]))
    return True


def _do(house: House, tx: Tx, order: Order, body: list[Any]) -> None:
    """Raises NoOrder."""
    try:
        match order.kind:
            case "stop" | "erase" | "rejoin":
                _leave(house, tx, order, *body)
            case "edition":
                _hold_edition(tx, *body)
            case "retire":
                _retire(tx, *body)
            case "pause":
                heed_pause(tx, order.number, *body)
            case "line":
                pass  # the note lies beside its sound, in a file
            case "news":
                _news(tx, *body)
            case "onward":
                go_on(tx, order.number)
                tell_again(house, tx, order.day)
            case "limits":
                _limit(tx, order, *body)
    except (TypeError, ValueError) as error:
        raise NoOrder(f"a {order.kind} that is none, or of what is not known here") from error


# ---- what was not understood


def not_understood(view: View) -> tuple[int, ...]:
    """The orders that were taken and are of a kind that this version does not know."""
    return tuple(number for number, *_ in _odd(view))


def take_late(house: House) -> int:
    """After an upgrade: carry out what an earlier version did not understand; how many.

    Raises vault.Locked, StoreError.
    """
    node, odd = house.store.read(lambda view: (bytes.fromhex(view.origin_node()), _odd(view)))
    late = [Order(node, number, _kind(kind), bytes.fromhex(body), day) for number, kind, day, body in odd]
    known, done = [order for order in late if order.kind in KINDS], 0
    for order in known:
        with suppress(NoOrder):
            body = _opened(house, order)
            if order.kind == "line":
                _line(house, body)
            house.store.write(partial(_late, house, order, body))
            done += 1
    if any(order.kind in LEAVING for order in known):
        settle_orders(house)
    return done


def _late(house: House, order: Order, body: list[Any], tx: Tx) -> None:
    tx.set(_ODD, json.dumps([each for each in _odd(tx) if each[0] != order.number]))
    _do(house, tx, order, body)


def _kind(kept: str) -> str:
    """Of an order that came by SMS only the number of its kind was known."""
    from consult.sync.texting import KINDS_OF_ORDERS

    which = int(kept) if kept.isdecimal() else len(KINDS_OF_ORDERS)
    return KINDS_OF_ORDERS[which] if which < len(KINDS_OF_ORDERS) else kept


def _odd(view: View) -> list[list[Any]]:
    kept: list[list[Any]] = json.loads(view.setting(_ODD) or "[]")
    return kept


# ---- what each means


def _leave(house: House, tx: Tx, order: Order, index: bytes, day: int) -> None:
    if order.kind == "erase" or _newest(tx, order, index.hex()):
        leave(house, tx, index, cast(Kind, order.kind), day)


def _newest(tx: Tx, order: Order, about: str) -> bool:
    """Whether no later order about this was carried out before it."""
    name = f"order {about}"
    if int(tx.setting(name) or 0) > order.number:
        return False
    tx.set(name, str(order.number))
    return True


def _hold_edition(
    tx: Tx, name: str, version: int, sha256: str, toml: str, public: bytes, custody: str, test: bool, day: int,
    book: bytes, number: int,
) -> None:  # fmt: skip
    if tx.published(name, version) is None:
        tx.publish(Published(name, version, sha256, toml, public, custody, day, test))
    codes = read_codebook(book)
    tx.add_book(Book(codes.id, name, number, version, book))
    count(tx)


def _retire(tx: Tx, name: str, day: int) -> None:
    if tx.published(name):
        close(name, day, tx)


def _line(house: House, body: list[Any]) -> None:
    """Raises NoOrder, OSError."""
    try:
        made, tag, key, name, ms = body
        Shelf(house.settings.data).point(made, tag, key, Take(name, int(ms), made))
    except (TypeError, ValueError, LookupError) as error:
        raise NoOrder("a line that is none") from error


def _news(tx: Tx, *told: Any) -> None:
    due: list[list[Any]] = json.loads(tx.setting(NEWS) or "[]")
    if list(told) not in due:
        tx.set(NEWS, json.dumps([*due, list(told)]))


def send_due(house: House, at: int) -> int:
    """Tell what the hub wanted told, to everybody here who agreed to it; how many were owed something.

    What cannot be sent from here yet, for want of a carrier, stays due.
    """
    owed = 0
    for told in json.loads(house.store.read(lambda view: view.setting(NEWS)) or "[]"):
        name, ask, said, ring = told
        try:
            owed += sum(sending.send(house, sending.News(name, ask, said, "sms", ring), at))
        except sending.NoWay:
            continue
        house.store.write(partial(_told, told))
    return owed


def _told(told: list[Any], tx: Tx) -> None:
    due = json.loads(tx.setting(NEWS) or "[]")
    tx.set(NEWS, json.dumps([each for each in due if each != told]))


def _limit(tx: Tx, order: Order, limits: Any) -> None:
    if _newest(tx, order, "limits"):
        tx.set(LIMITS, json.dumps(limits))
