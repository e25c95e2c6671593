"""The keys with which a node and its hub know each other. All are derived from each side's own root (`vault`), so they
come and go with it: a locked node has none of them.

Rule 1: a key serves one purpose.
Rule 2: what a node learnt of its hub when it joined lies in the store's setting `hub`; it is secret to nobody but for
the token, which lets a stranger do no more than fill the hub's letterbox until the node is revoked.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from consult.store import Tx, View
from consult.vault import Vault

if TYPE_CHECKING:
    from nacl.signing import SigningKey

HUB = "hub"


@dataclass(frozen=True, slots=True)
class Hub:
    """What this node knows of its hub. `name`: what the hub calls this node; `verify` and `box`: its keys."""

    name: str
    verify: bytes
    box: bytes
    url: str = ""
    token: str = field(default="", repr=False)


def hub_of(view: View) -> Hub | None:
    """The hub this node joined; None where this is no node."""
    kept = view.setting(HUB)
    if not kept:
        return None
    told: dict[str, Any] = json.loads(kept)
    return Hub(**told | {name: bytes.fromhex(told[name]) for name in ("verify", "box")})


def keep_hub(tx: Tx, hub: Hub) -> None:
    """This is a node of that hub from now on."""
    told = asdict(hub) | {"verify": hub.verify.hex(), "box": hub.box.hex()}
    tx.set(HUB, json.dumps(told))


def node_signing(vault: Vault) -> SigningKey:
    """With which this node signs its pages. Raises vault.Locked."""
    return _signing(vault.secret("node signing"))


def hub_signing(vault: Vault) -> SigningKey:
    """With which this hub signs what it says to nodes."""
    return _signing(vault.secret("hub signing"))


def node_box(vault: Vault) -> tuple[bytes, bytes]:
    """Public and private key of what is sealed to this node."""
    return _pair(vault.secret("node box"))


def hub_box(vault: Vault) -> tuple[bytes, bytes]:
    """Public and private key of what is sealed to this hub, and to no consultation."""
    return _pair(vault.secret("hub box"))


def _signing(seed: bytes) -> SigningKey:
    from nacl.signing import SigningKey

    return SigningKey(seed)


def _pair(private: bytes) -> tuple[bytes, bytes]:
    from nacl.bindings import crypto_scalarmult_base

    return crypto_scalarmult_base(private), private
