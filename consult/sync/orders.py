"""What the hub wants of a node: numbered for each node, sealed to it, signed; by whatever way and in whatever order.

    letter = CBOR [1, node, number, kind, body, day] and an Ed25519 signature over "consult order", 0, it

`body` is sealed to the node's box, so who carries a letter learns its kind and its length. What kinds there are, and
what each means, is in `obeying`.

Rule 1: to carry an order out twice changes nothing; `obeyed` is the last before which none is missing.
"""

from __future__ import annotations

import json
from dataclasses import astuple
from typing import Final

import cbor2
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from consult.store import Tx, View
from consult.store.fieldwork import Order

_FORMAT: Final = 1
_SIGNED: Final = b"consult order\0"
_SIGNATURE: Final = 64
OBEYED: Final = "obeyed"
# ^ setting: JSON [the last before which none is missing, those beyond it, gaps the hub jumped over, done in such gaps]


class NoOrder(Exception):
    """These bytes are no order of this hub for this node."""


class ForAnother(NoOrder):
    """This hub gave it to another node."""


def sign_order(order: Order, key: SigningKey) -> bytes:
    """The letter that travels."""
    told = cbor2.dumps([_FORMAT, *astuple(order)])
    return told + key.sign(_SIGNED + told).signature


def read_order(data: bytes, key: bytes, node: bytes) -> Order:
    """The order, if the hub with this key gave it to this node; its body still sealed. Raises NoOrder."""
    told, signature = data[:-_SIGNATURE], data[-_SIGNATURE:]
    try:
        VerifyKey(key).verify(_SIGNED + told, signature)
        number, *fields = cbor2.loads(told, max_depth=2)
        order = Order(*fields)
    except (CryptoError, cbor2.CBORError, TypeError, ValueError):
        raise NoOrder("not signed by this hub") from None
    if order.node != node:
        raise ForAnother("another node's")
    if number != _FORMAT:
        raise NoOrder("of a later version")
    return order


def obeyed(view: View) -> int:
    """The last of the hub's orders that this node carried out, with all before it."""
    return carried_out(view)[0]


def was_obeyed(view: View, number: int) -> bool:
    last, beyond, gaps, late = _obeyed(view)
    if any(low < number < high for low, high in gaps):
        return number in late
    return number <= last or number in beyond


def obey(tx: Tx, number: int) -> None:
    """This one is carried out."""
    last, beyond, gaps, late = _obeyed(tx)
    if any(low < number < high for low, high in gaps):
        _keep(tx, last, beyond, gaps, [*late, number])
    else:
        _keep(tx, last, [*beyond, number], gaps, late)


def go_on(tx: Tx, number: int) -> None:
    """The hub was put back and counts on from this number: what it gave before, and forgot, is waited for no more.
    Where such an order still comes, on a stick, it is carried out."""
    last, beyond, gaps, late = _obeyed(tx)
    if last < number:
        done = [each for each in beyond if each < number]
        _keep(tx, number, [each for each in beyond if each > number], [*gaps, [last, number]], [*late, *done])


def _keep(tx: Tx, last: int, beyond: list[int], gaps: list[list[int]], late: list[int]) -> None:
    beyond = sorted(set(beyond))
    while beyond and beyond[0] <= last + 1:
        last = max(last, beyond.pop(0))
    tx.set(OBEYED, json.dumps([last, beyond, gaps, late]))


def carried_out(view: View) -> tuple[int, tuple[int, ...]]:
    """The last before which none is missing, and those that were carried out beyond it."""
    last, beyond, _, _ = _obeyed(view)
    return last, tuple(beyond)


def _obeyed(view: View) -> tuple[int, list[int], list[list[int]], list[int]]:
    last, beyond, gaps, late = [*json.loads(view.setting(OBEYED) or "[0, []]"), [], []][:4]
    return last, beyond, gaps, late
