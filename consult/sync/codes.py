"""The one-time code with which a node finds and joins its hub, and the two letters that pass between them.

    code    = base 32 of [secret 16, the first 10 bytes of the hash of the hub's keys], in groups of five, then a check
    picture = URL "#" code, as a QR
    request = CBOR ["consult request 1", secret, the node's request]: to the hub, over HTTPS or on a stick
    grant   = CBOR ["consult grant 1", name, url, token sealed to the node's box] and the hub's signature

Rule 1: a code serves one node, and for two days, so that a grant that was lost can be asked for again; the hub keeps
only its mark.
Rule 2: the code names the hub's keys, so nobody in between can put his own.
Rule 3: both sides show the fingerprint (`enrolling.fingerprint`) and people compare it: that the code was not stolen.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import unicodedata
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import cbor2
from nacl.bindings import crypto_box_seal, crypto_box_seal_open
from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

from consult.house import House
from consult.store import Tx
from consult.store.fieldwork import Node
from consult.sync.enrolling import NotAdmitted, Request, admit, ask, belong, keys_of_hub, read_request
from consult.sync.keys import hub_signing, node_box
from consult.sync.meeting import token_mark

LIVES: Final = 2 * 86_400  # seconds
SECRET, HASH, TOKEN = 16, 10, 24  # bytes
LONGEST: Final = 40  # signs of a node's name
_JOINERS: Final = "\u200c\u200d"  # without which names in Persian, Sorani or Hindi are misspelt
_REQUEST: Final = "consult request 1"
_GRANT: Final = "consult grant 1"
_HUB: Final = "consult hub 1"
_STICK: Final = "consult code 1"
_EXPECTED: Final = "hub expected"  # setting of a node between its request and the grant
_SIGNED: Final = b"consult grant\0"
_SIGNATURE: Final = 64
_READ: Final = str.maketrans("018", "OIB", " -\n\r\t")


@dataclass(frozen=True, slots=True, repr=False)
class Code:
    """What is on the paper or in the picture."""

    secret: bytes
    hash: bytes

    def text(self) -> str:
        """In groups of five letters and digits."""
        raw = self.secret + self.hash
        letters = base64.b32encode(raw + _check(raw)).decode().rstrip("=")
        return " ".join(letters[n : n + 5] for n in range(0, len(letters), 5))


def read_code(text: str) -> Code:
    """The code that was typed or scanned (also the whole picture). Raises NotAdmitted."""
    letters = text.rpartition("#")[2].translate(_READ).upper()
    try:
        raw = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except ValueError:
        raw = b""
    if len(raw) != SECRET + HASH + 2 or _check(raw[:-2]) != raw[-2:]:
        raise NotAdmitted("this is not a code, or a letter of it is wrong; look at it again")
    return Code(raw[:SECRET], raw[SECRET:-2])


def offer(house: House, name: str, at: int) -> Code:
    """At the hub: a code for one node that will be called `name`. Raises NotAdmitted where the name is taken."""
    made = Code(secrets.token_bytes(SECRET), _hash(*keys_of_hub(house)))
    house.store.write(partial(_offer, house, name, made, at))
    return made


def _offer(house: House, name: str, code: Code, at: int, tx: Tx) -> None:
    if fault := _fault_of(name):
        raise NotAdmitted(f"a node cannot be called so: {fault}")
    if tx.node_called(name):
        raise NotAdmitted(f"a node is called {name} already; choose another name")
    tx.set(_place(house, code.secret), json.dumps([name, at + LIVES]))


def _fault_of(name: str) -> str:
    """What is wrong with a node's name, and the cure; "" for nothing. It stands in tables, on pages, in the audit."""
    if not name.strip():
        return "the name is empty; give it one"
    if name != name.strip():
        return "the name begins or ends with a space; leave it out"
    if len(name) > LONGEST:
        return f"the name is longer than {LONGEST} signs; choose a shorter one"
    if name.startswith("-"):
        return "the name begins with a dash, as options do; begin with a letter"
    if any((unicodedata.category(sign)[0] == "C" and sign not in _JOINERS) or sign in "\u2028\u2029" for sign in name):
        return "a sign in the name cannot be seen, or turns the direction of the line; type it again, do not paste it"
    return ""


def hub_letter(house: House, url: str) -> bytes:
    """Who the hub is: public, the code vouches for it."""
    return cbor2.dumps([_HUB, *keys_of_hub(house), url])


def read_hub(data: bytes, code: Code) -> tuple[bytes, bytes, str]:
    """The hub's keys and address, if they are those of the code. Raises NotAdmitted."""
    try:
        name, verify, box, url = cbor2.loads(data, max_depth=2)
        same = name == _HUB and secrets.compare_digest(_hash(verify, box), code.hash)
    except (cbor2.CBORError, TypeError, ValueError):
        same = False
    if not same:
        raise NotAdmitted("this is not the hub that gave the code; do not go on, ask whoever gave it to you")
    return verify, box, url


def stick_letter(house: House, code: Code, url: str) -> bytes:
    """The code and who the hub is, for a file."""
    return cbor2.dumps([_STICK, code.secret, code.hash, hub_letter(house, url)])


def read_stick(data: bytes) -> tuple[Code, bytes, bytes, str]:
    """What `stick_letter` wrote: the code, the hub's keys, its address. Raises NotAdmitted."""
    try:
        kind, secret, hash, letter = cbor2.loads(data, max_depth=2)
    except (cbor2.CBORError, TypeError, ValueError):
        kind = letter = None
    if kind != _STICK or not isinstance(letter, bytes):
        raise NotAdmitted("this is no file of `consult node enrol`; bring the one that the hub wrote")
    code = Code(secret, hash)
    return code, *read_hub(letter, code)


def expect(house: House, verify: bytes, box: bytes) -> None:
    """On the node: whose grant is waited for."""
    house.store.write(lambda tx: tx.set(_EXPECTED, json.dumps([verify.hex(), box.hex()])))


def expected(house: House) -> tuple[bytes, bytes]:
    """The keys of the hub whose grant this node waits for. Raises NotAdmitted."""
    kept = house.store.read(lambda view: view.setting(_EXPECTED))
    if not kept:
        raise NotAdmitted("this node asked nobody to let it in; begin with the file of `consult node enrol`")
    verify, box = json.loads(kept)
    return bytes.fromhex(verify), bytes.fromhex(box)


def is_grant(data: bytes) -> bool:
    """Whether a file says that it is a grant."""
    return data[1:].startswith(cbor2.dumps(_GRANT))


def request(house: House, code: Code, box: bytes) -> tuple[bytes, Request]:
    """On the node: the letter to the hub."""
    asking = ask(house, box)
    return cbor2.dumps([_REQUEST, code.secret, asking.write()]), asking


def answer(house: House, data: bytes, url: str, at: int) -> tuple[bytes, Node, Request]:
    """At the hub: admit the node that shows an open code; its grant. Raises NotAdmitted, StoreError."""
    try:
        kind, secret, inner = cbor2.loads(data, max_depth=2)
        asking = read_request(inner) if kind == _REQUEST else None
    except (cbor2.CBORError, TypeError, ValueError):
        asking = None
    if asking is None or not isinstance(secret, bytes):
        raise NotAdmitted("this is no request of a node; make it with `consult node join`")
    token = secrets.token_urlsafe(TOKEN)
    node = house.store.write(partial(_admit, house, secret, asking, token_mark(house.vault, token), at))
    told = cbor2.dumps([_GRANT, node.name, url, crypto_box_seal(token.encode(), node.box)])
    return told + hub_signing(house.vault).sign(_SIGNED + told).signature, node, asking


def _admit(house: House, secret: bytes, asking: Request, token: bytes, at: int, tx: Tx) -> Node:
    place = _place(house, secret)
    name, until, by = [*json.loads(tx.setting(place) or '["", 0]'), ""][:3]
    again = tx.node(asking.node) if by == asking.node.hex() else None
    if not 0 <= until - at <= LIVES or (by and (again is None or again.verify != asking.verify)):
        raise NotAdmitted("this code was used, is too old or of another hub; make a new one: `consult node enrol NAME`")
    if again is not None:  # the same node, whose grant was lost on the way
        tx.update_node(replace(again, token=token))
        return replace(again, token=token)
    tx.set(place, json.dumps([name, until, asking.node.hex()]))
    tx.note(at // 86_400, f"node {name} joined")
    return admit(house, tx, name, asking, token, at)


def accept(house: House, data: bytes, verify: bytes, box: bytes, found_at: str = "") -> str:
    """On the node: belong to the hub that signed this grant; what it calls this node. `found_at`: the address where it
    was reached, which goes before what it says of itself. Raises NotAdmitted."""
    told, signature = data[:-_SIGNATURE], data[-_SIGNATURE:]
    try:
        VerifyKey(verify).verify(_SIGNED + told, signature)
        kind, name, url, sealed = cbor2.loads(told, max_depth=2)
        token = crypto_box_seal_open(sealed, *node_box(house.vault)).decode()
    except (CryptoError, cbor2.CBORError, TypeError, ValueError):
        raise NotAdmitted("this grant is not this node's, or not from the hub of the code") from None
    if kind != _GRANT:
        raise NotAdmitted("this is no grant; bring the file that `consult node admit` wrote")
    belong(house, name, found_at or url, token, verify=verify, box=box)
    return str(name)


def _place(house: House, secret: bytes) -> str:
    return f"node code {house.vault.mark('node code', secret).hex()}"


def _hash(verify: bytes, box: bytes) -> bytes:
    return hashlib.sha256(b"consult hub" + verify + box).digest()[:HASH]


def _check(raw: bytes) -> bytes:
    return hashlib.sha256(b"consult code" + raw).digest()[:2]
