"""A hub answers its nodes by SMS: what came, what it wants of them, and that another chain is to begin.

Rule 1: one answer for what came within a quarter of an hour. An order goes at once, and again after a day.
Rule 2: after this hub was put back nothing is said on a chain of before.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Final

from consult.channel import Heard
from consult.house import House
from consult.store import Tx
from consult.store.fieldwork import Node
from consult.sync.contact import ack_of
from consult.sync.frames.frame import ROOM, Kind
from consult.sync.frames.hello import greet
from consult.sync.frames.inside import CHAIN, Acked, mask_of, number, write_ack
from consult.sync.frames.ratchet import chains, first
from consult.sync.keys import hub_box
from consult.sync.leavers import SECRETS
from consult.sync.line import Line, Route, keep_line, owe_frame, read_line, utter
from consult.sync.texting import KINDS_OF_ORDERS
from consult.vault import KEY

ANSWERS: Final = 15 * 60  # seconds
ORDERS: Final = 86_400  # seconds until an order that was not carried out is told again
GREETS: Final = 86_400  # seconds between two requests for another chain


def line_of(house: House, tx: Tx, node: Node) -> Line:
    """The line to this node; from now on the secret it joined with is here no more."""
    line = read_line(house, tx, node.node)
    if line is not None:
        return line
    secrets = house.vault.unseal(node.secrets, SECRETS + node.node)
    up, down = chains(secrets[KEY:])
    tx.forget_chain_of(node.node, house.vault.seal(secrets[:KEY] + bytes(KEY), SECRETS + node.node))
    line = Line(node.node, 1, tx.epoch(), down, up)
    keep_line(house, tx, line)
    return line


def ask(house: House, tx: Tx, node: Node, line: Line, heard: Heard) -> Line:
    """For another chain, if that was not done today."""
    if 0 <= heard.heard_at - line.greeted < GREETS:
        return line
    route = line.route or Route(heard.channel, heard.carrier, heard.ours, heard.sender or "")
    private = hub_box(house.vault)[1]
    text, _ = greet(Kind.AGAIN, node.node, line.generation, private, node.box, os.urandom(KEY))
    owe_frame(house, tx, replace(line, route=route), 0, text, heard.heard_at)
    return replace(line, greeted=heard.heard_at, unread=0)


def answer(house: House, tx: Tx, node: Node, at: int) -> None:
    """What this node is to be told now. Raises vault.Locked."""
    line = before = line_of(house, tx, node)
    if line.route is None or line.epoch != tx.epoch():
        return
    if line.waits and not 0 <= at - line.waits < ANSWERS:
        line = replace(utter(house, tx, line, Kind.ACK, write_ack(_acked(house, tx, node, line, at)), at), waits=0)
    if not node.revoked:
        line = _order(house, tx, node, line, at)
    if line is not before:
        keep_line(house, tx, line)


def _acked(house: House, tx: Tx, node: Node, line: Line, at: int) -> Acked:
    ack = ack_of(house, tx, node, line.theirs, at)
    upto = first(line.hear)
    came = (n for n in range(upto + 1, line.hear.next) if n not in line.hear.passed)
    return Acked(
        ack.epoch, ack.received, ack.durable, upto, mask_of(upto, came), ack.cut, ack.chain[:CHAIN].ljust(CHAIN, b"\0")
    )


def _order(house: House, tx: Tx, node: Node, line: Line, at: int) -> Line:
    waiting: dict[int, int] = {}
    for order in tx.orders(node.node, node.obeyed):
        if order.kind not in KINDS_OF_ORDERS or order.number in line.done:
            continue
        plain = number(order.number) + number(KINDS_OF_ORDERS.index(order.kind)) + number(order.day) + order.body
        last = line.ordered.get(order.number, 0)
        if len(plain) <= ROOM and not 0 <= at - last < ORDERS:
            line, last = utter(house, tx, line, Kind.ORDER, plain, at), at
        if last:
            waiting[order.number] = last
    return line if waiting == line.ordered else replace(line, ordered=waiting)
