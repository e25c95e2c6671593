"""How a node comes to belong to a hub: the node asks with keys of its own, the hub admits it and says who it is.

Rule 1: a node's private keys never leave it; what it shares with the hub (the key of its index of numbers, the first
key of its SMS) is sealed to the hub.
Rule 2: both sides show the same fingerprint, of both sides' keys; people compare it.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import Final

import cbor2
from nacl.bindings import crypto_box_seal, crypto_box_seal_open
from nacl.exceptions import CryptoError

from consult.house import House
from consult.library import day_of
from consult.speech.shelf import Shelf
from consult.store import Tx
from consult.store.fieldwork import Node
from consult.sync import giving
from consult.sync.keys import Hub, hub_box, hub_signing, keep_hub, node_box, node_signing
from consult.sync.leavers import SECRETS, tell_new
from consult.sync.texting import CHAIN
from consult.vault import KEY

_REQUEST: Final = "consult node 1"


class NotAdmitted(Exception):
    """It cannot join; says why and the cure."""


@dataclass(frozen=True, slots=True)
class Request:
    """A node asks to belong. `sealed`: what only the hub may know."""

    node: bytes
    verify: bytes
    box: bytes
    sealed: bytes

    def write(self) -> bytes:
        return cbor2.dumps([_REQUEST, self.node, self.verify, self.box, self.sealed])


def read_request(data: bytes) -> Request:
    """Raises NotAdmitted."""
    try:
        name, node, verify, box, sealed = cbor2.loads(data, max_depth=2)
        sound = name == _REQUEST and [len(each) for each in (node, verify, box)] == [8, KEY, KEY]
    except (cbor2.CBORError, TypeError, ValueError):
        sound = False
    if not sound:
        raise NotAdmitted("this is no request of a node; make it again with `consult node join`")
    return Request(node, verify, box, sealed)


def ask(house: House, box: bytes) -> Request:
    """On the node: who it is. `box`: the hub's public key, from the code. The key of its SMS is drawn at the first
    asking: who asks again, because no grant came, shares the same."""
    node = bytes.fromhex(house.store.read(lambda view: view.origin_node()))
    chain = _chain(house)
    secrets = crypto_box_seal(house.vault.number_key() + chain, box)
    return Request(node, bytes(node_signing(house.vault).verify_key), node_box(house.vault)[0], secrets)


def _chain(house: House) -> bytes:
    if kept := house.store.read(lambda view: view.setting(CHAIN)):
        return house.vault.unseal(bytes.fromhex(kept), CHAIN.encode())
    chain = os.urandom(KEY)
    house.store.write(lambda tx: tx.set(CHAIN, house.vault.seal(chain, CHAIN.encode()).hex()))
    return chain


def admit(house: House, tx: Tx, name: str, request: Request, token: bytes, at: int) -> Node:
    """At the hub: this is a node from now on, and is told of every consultation and of everybody who left.

    `token`: hash of what it will show. Raises NotAdmitted, StoreError where the name is taken.
    """
    public, private = hub_box(house.vault)
    try:
        secrets = crypto_box_seal_open(request.sealed, public, private)
    except CryptoError:
        secrets = b""
    if len(secrets) != 2 * KEY:
        raise NotAdmitted("the request was made for another hub; give the node this hub's code")
    sealed = house.vault.seal(secrets, SECRETS + request.node)
    node = tx.add_node(Node(request.node, name, request.verify, request.box, sealed, token, day_of(at), seen_at=at))
    for published in tx.editions():
        if published.retired is None:
            giving.give_edition(house, tx, node, published)
    giving.lines(tx, node, Shelf(house.settings.data), day_of(at))
    tell_new(house, tx, node)
    return node


def belong(house: House, name: str, url: str = "", token: str = "", *, verify: bytes, box: bytes) -> None:
    """On the node: it belongs to the hub with these keys."""
    hub = Hub(name, verify, box, url, token)
    house.store.write(lambda tx: keep_hub(tx, hub))


def keys_of_hub(house: House) -> tuple[bytes, bytes]:
    """The hub's public keys: with which it signs, to which it is sealed."""
    return bytes(hub_signing(house.vault).verify_key), hub_box(house.vault)[0]


def fingerprint(request: Request, verify: bytes, box: bytes) -> str:
    """Twenty digits in groups of five that both sides show: of the node's keys and of the hub's."""
    digest = hashlib.sha256(b"consult node" + request.verify + request.box + verify + box).digest()
    digits = f"{int.from_bytes(digest[:10], 'big') % 10**20:020d}"
    return " ".join(digits[n : n + 5] for n in range(0, 20, 5))
