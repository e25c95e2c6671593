"""What node and hub say to each other whenever they meet, by whatever way: which pages came, and what waits.

Rule 1: where a hub declares a place for backups, a page is durable once it lies in a completed backup; else once it is
committed (D22).
Rule 2: a node believes an ack only of pages that it closed itself; what a hub that was put back has forgotten it sends
again.
"""

from __future__ import annotations

import json
from itertools import takewhile
from typing import Final

from consult.house import House
from consult.store import Tx, View
from consult.store.fieldwork import Leaving, Node
from consult.sync.acks import MOST_MISSING, Ack, gaps, sign_ack
from consult.sync.branches import chained, line
from consult.sync.keys import hub_of, hub_signing
from consult.sync.obeying import LEAVING
from consult.sync.orders import sign_order
from consult.sync.texting import needless

KNOWN_BY: Final = 8  # bytes of a chain that tell one from another
REVOKED: Final = "revoked by the hub"  # setting of a node: JSON {epoch: the last page that is believed}
SAFE: Final = "durable pages"  # setting: the highest id of a page in a completed backup


def ack(house: House, node: Node, epoch: int, at: int) -> bytes:
    """At the hub: what to tell this node of an epoch's pages, signed. Raises vault.Locked."""
    return sign_ack(house.store.read(lambda view: ack_of(house, view, node, epoch, at)), hub_signing(house.vault))


def ack_of(house: House, view: View, node: Node, epoch: int, at: int) -> Ack:
    """What there is to be told."""
    here, safe = line(view, node.node, epoch), 2**62
    if house.settings.backup is not None:
        safe = int(view.setting(SAFE) or 0)
    durable = len(list(takewhile(lambda row: row.id <= safe, here)))
    numbers = view.page_numbers(node.node, epoch)
    missing = tuple(number for number, _ in zip(gaps(numbers), range(MOST_MISSING), strict=False))
    cut = json.loads(node.cuts).get(str(epoch), 0) if node.revoked else None
    chain = chained(here[-1]) if here else b""
    return Ack(node.node, epoch, len(here), durable, missing, cut, at, chain)


def backed_up(house: House, last: int) -> None:
    """A backup is complete, of a moment at which `last` was the highest page: merged pages need not be kept."""
    house.store.write(lambda tx: _backed_up(tx, last))


def _backed_up(tx: Tx, last: int) -> None:
    tx.set(SAFE, str(max(last, int(tx.setting(SAFE) or 0))))
    tx.lighten_pages(last)


def letters(house: House, node: Node) -> list[bytes]:
    """At the hub: the orders that this node has not carried out yet, signed: who left, then the smallest first."""
    key = hub_signing(house.vault)
    waiting = house.store.read(lambda view: view.orders(node.node, node.obeyed))
    waiting.sort(key=lambda each: (each.kind not in LEAVING, len(each.body) if each.kind not in LEAVING else 0))
    return [sign_order(each, key) for each in waiting]


# ---- on the node


def outgoing(view: View) -> list[Leaving]:
    """Pages that the hub has not received yet, in order."""
    return [page for page in view.leaving() if page.data]


def heed(house: House, told: Ack) -> None:
    """What the hub has is not sent again, what is durable there goes here.

    Where what the hub has under these numbers is not what was closed here, this is a copy of the node, or an image that
    was put back: then nothing goes, and all is sent again until the operator decided.
    """
    house.store.write(lambda tx: heeded(tx, told))


def heeded(tx: Tx, told: Ack) -> None:
    """The same within a transaction."""
    if hub_of(tx) is None:
        return
    _note_cut(tx, told)
    if _is_a_copy(tx, told):
        tx.back(told.epoch, 0)  # whatever the hub had of this one before it was put back
        return
    tx.back(told.epoch, told.received)
    last = tx.last_leaving(told.epoch)
    most = last.number if last else 0
    durable = min(told.durable, most) if len(told.chain) >= KNOWN_BY else 0
    tx.arrived(told.epoch, min(told.received, most), durable)
    if told.epoch == tx.epoch():
        needless(tx, told.received)


def _note_cut(tx: Tx, told: Ack) -> None:
    before = _cuts(tx)
    if told.cut is not None and before.get(told.epoch) != told.cut:
        tx.set(REVOKED, json.dumps({str(epoch): last for epoch, last in (before | {told.epoch: told.cut}).items()}))


def _cuts(view: View) -> dict[int, int]:
    return {int(epoch): last for epoch, last in json.loads(view.setting(REVOKED) or "{}").items()}


def revoked_after(view: View) -> int | None:
    """On the node: the last page of this epoch that its hub believes, once the hub said that it revoked this node; None
    before."""
    cuts = _cuts(view)
    return cuts.get(view.epoch(), 0) if cuts else None


def _is_a_copy(view: View, told: Ack) -> bool:
    """Whether the hub has other pages than this node closed, or more."""
    mine = view.leaving_at(told.epoch, told.received)
    if not told.received or len(told.chain) < KNOWN_BY:
        return False
    return mine is None or not mine.chain.startswith(told.chain)
