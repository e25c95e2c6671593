"""A node heeds what its hub said, by whatever way it came: acks first, then orders, each for itself.

Rule 1: nothing is believed that the hub did not sign for this node.
Rule 2: an order that cannot be carried out holds up no other; it is not told as carried out, so it comes again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from consult.house import House
from consult.sync import acks, orders
from consult.sync.acks import NoAck, read_ack
from consult.sync.contact import heed
from consult.sync.greetings import NoGreeting, Rest, is_ack, is_greeting, is_order, letter, read_rest
from consult.sync.keys import Hub
from consult.sync.obeying import take_order
from consult.sync.orders import NoOrder
from consult.sync.sequences import NoItem, items


@dataclass(slots=True)
class Heeded:
    """What was in it: acks, orders newly carried out and those known before; letters that are not for this node or not
    of this hub, and which of them this hub gave to other nodes; whether the hub revoked this node; what it refused,
    why; orders that wait, and their size."""

    acks: int = 0
    orders: int = 0
    again: int = 0
    foreign: int = 0
    others: int = 0
    revoked: bool = False
    refused: dict[bytes, str] = field(default_factory=dict)
    waiting: dict[int, int] = field(default_factory=dict)

    def add(self, more: Heeded) -> None:
        """The letters that were in something else too."""
        self.acks, self.orders, self.again = self.acks + more.acks, self.orders + more.orders, self.again + more.again
        self.foreign, self.others = self.foreign + more.foreign, self.others + more.others
        self.revoked = self.revoked or more.revoked


def heed_answer(house: House, hub: Hub, node: bytes, data: bytes) -> Heeded:
    """Heed all that is whole in an answer or a file. Raises vault.Locked, StoreError."""
    heeded = Heeded()
    try:
        for item in items(data):
            _heed(house, hub, node, item, heeded)
    except NoItem:
        heeded.foreign += 1
    return heeded


def heed_order(house: House, data: bytes) -> Heeded:
    """Heed one order. Raises vault.Locked, StoreError."""
    heeded = Heeded()
    _obey(house, data, heeded)
    return heeded


def _heed(house: House, hub: Hub, node: bytes, item: bytes, heeded: Heeded) -> None:
    held = letter(item)
    if held is not None and is_ack(held):
        _believe(house, hub, node, held, heeded)
    elif held is not None and is_order(held):
        _obey(house, held, heeded)
    elif is_greeting(item):
        _note(item, heeded)
    else:
        heeded.foreign += 1


def _believe(house: House, hub: Hub, node: bytes, data: bytes, heeded: Heeded) -> None:
    try:
        told = read_ack(data, hub.verify, node)
    except NoAck as error:
        _not_ours(heeded, other=isinstance(error, acks.ForAnother))
        return
    heed(house, told)
    heeded.acks += 1
    heeded.revoked = heeded.revoked or told.cut is not None


def _obey(house: House, data: bytes, heeded: Heeded) -> None:
    try:
        done = take_order(house, data)
    except NoOrder as error:
        _not_ours(heeded, other=isinstance(error, orders.ForAnother))
        return
    heeded.orders, heeded.again = heeded.orders + done, heeded.again + (not done)


def _not_ours(heeded: Heeded, *, other: bool) -> None:
    heeded.foreign += 1
    heeded.others += other


def _note(item: bytes, heeded: Heeded) -> None:
    try:
        rest: Rest = read_rest(item)
    except NoGreeting:
        heeded.foreign += 1
        return
    heeded.refused.update(rest.refused)
    heeded.waiting.update(rest.orders)
