"""What was said aloud at a node goes up to its hub, after the pages, and lies on the node only until the hub has it.

    tape = CBOR ["consult tape 1", node, consultation number, sealed, sound] and the node's signature over all before it
    sealed = box to the consultation's public key: CBOR [node, person, name, key]; sound: sealed under `key`

Rule 1: made as soon as the carrier gave the recording: from then on this node has no key that opens it.
Rule 2: it is known by the hash of its bytes, which never change; by HTTPS or on a stick, never by SMS (D23).
Rule 3: erased with her: at the node the file goes, at the hub her key.
Rule 4: of its seven days the first is the one on which it reaches the machine that holds the key.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import cbor2
from nacl.bindings import crypto_box_seal, crypto_box_seal_open, crypto_scalarmult_base
from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

from consult import durable
from consult.house import House
from consult.library import day_of
from consult.recordings import file_of, keep_sound, leaving_file, seal_sound, sealed_keys
from consult.speech import opus
from consult.store import Tx, View
from consult.store.records import Published, Recorded
from consult.sync.arriving import key_of, people_of, private_key
from consult.sync.keys import node_signing
from consult.sync.pages import NotTaken, hashed
from consult.sync.sameness import SESSIONS

LARGEST: Final = 1 << 20  # bytes, as of a page
_FORMAT: Final = "consult tape 1"
_SIGNED: Final = b"consult tape\0"
_SIGNATURE: Final = 64
NAME: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, repr=False)
class Tape:
    """A tape whose signature was good."""

    node: bytes
    consultation: int
    sealed: bytes
    sound: bytes


# ---- at the node


def make(house: House, recorded: Recorded, sound: bytes, key: bytes) -> Path:
    """Keep it for the hub, sealed; its file. `sound`: a WAV; made smaller where this machine can. Raises OSError."""
    book = house.store.read(lambda view: next(iter(view.books(recorded.consultation)), None))
    published = house.store.read(lambda view: view.published(recorded.consultation))
    if book is None or published is None:
        raise LookupError("a recording of a consultation that this node was not given")
    node = bytes.fromhex(house.store.read(lambda view: view.origin_node()))
    inside = cbor2.dumps([node, recorded.person, recorded.name, key])
    sealed = crypto_box_seal(inside, published.public)
    told = cbor2.dumps([_FORMAT, node, book.number, sealed, seal_sound(key, recorded.name, opus.smaller(sound))])
    data = told + node_signing(house.vault).sign(_SIGNED + told).signature
    file = leaving_file(house, recorded.name)
    durable.folder(file.parent.parent)
    durable.private_folder(file.parent)
    durable.write(file, data)
    return file


def leaving(house: House) -> list[tuple[str, bytes]]:
    """What waits to go: the hash of each, in hexadecimal, and its bytes; the smallest first."""
    waiting = sorted((file.read_bytes() for file in _in(leaving_file(house, "x").parent)), key=len)
    return [(hashed(data).hex(), data) for data in waiting]


def gone(house: House, hash: str) -> None:
    """The hub says that it keeps this one: here it goes."""
    for file in _in(leaving_file(house, "x").parent):
        if hashed(file.read_bytes()).hex() == hash:
            house.store.write(lambda tx: tx.burn(file.name))  # noqa: B023  # written before the next turn
            durable.destroy(file)


def _in(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if not file.name.startswith(".")) if folder.is_dir() else []


# ---- at the hub


def arrive(house: House, data: bytes, at: int) -> str:
    """Keep a tape; its hash. The same again changes nothing. Raises NotTaken for what is none of a node of ours."""
    tape, name = _verified(house, data), hashed(data).hex()
    published = _published(house, tape)
    private = private_key(house, published) if published and published.retired is None else None
    if published is None or private is None:
        durable.folder(_waiting(house).parent)
        durable.write(durable.private_folder(_waiting(house)) / name, data)
    else:
        _open(house, tape, published, private, at)
    house.store.write(lambda tx: tx.take(_mark(house, name), day_of(at), "tape", at))
    return name


def known(house: House, hash: str) -> bool:
    """Whether this tape came."""
    return house.store.read(lambda view: view.taken(_mark(house, hash)))


def _mark(house: House, hash: str) -> bytes:
    return house.vault.mark("tape", hash)


def open_waiting(house: House, consultation: str, private: bytes, at: int) -> int:
    """Those that waited for this key; how many. Those of a node that is not believed any more go on waiting."""
    return sum(_open_waiting(house, file, consultation, private, at) for file in _in(_waiting(house)))


def _open_waiting(house: House, file: Path, consultation: str, private: bytes, at: int) -> bool:
    with suppress(NotTaken):
        tape = _verified(house, file.read_bytes())
        published = _published(house, tape)
        if published is not None and published.name == consultation:
            _open(house, tape, published, private, at)
            durable.destroy(file)
            return True
    return False


def _verified(house: House, data: bytes) -> Tape:
    told, signature = data[:-_SIGNATURE], data[-_SIGNATURE:]
    if len(data) > LARGEST:
        raise NotTaken("bomb")
    try:
        kind, node, consultation, sealed, sound = cbor2.loads(told, max_depth=2)
    except (cbor2.CBORError, TypeError, ValueError):
        raise NotTaken("shape") from None
    if [type(each) for each in (node, consultation, sealed, sound)] != [bytes, int, bytes, bytes]:
        raise NotTaken("shape")
    known = house.store.read(lambda view: view.node(node))
    if kind != _FORMAT or known is None or known.revoked:
        raise NotTaken("forged")
    try:
        VerifyKey(known.verify).verify(_SIGNED + told, signature)
    except (CryptoError, ValueError):
        raise NotTaken("forged") from None
    return Tape(node, consultation, sealed, sound)


def _published(house: House, tape: Tape) -> Published | None:
    editions = house.store.read(lambda view: view.editions())
    named = {each.name: house.store.read(partial(_numbers, each.name)) for each in editions}
    return next((each for each in reversed(editions) if tape.consultation in named[each.name]), None)


def _numbers(name: str, view: View) -> set[int]:
    return {book.number for book in view.books(name)}


def _open(house: House, tape: Tape, published: Published, private: bytes, at: int) -> None:
    try:
        inside = crypto_box_seal_open(tape.sealed, crypto_scalarmult_base(private), private)
        node, person, name, key = cbor2.loads(inside, max_depth=2)
    except (CryptoError, cbor2.CBORError, TypeError, ValueError):
        raise NotTaken("unopened") from None
    if [type(each) for each in (node, person, name, key)] != [bytes, int, str, bytes] or not 0 < person < SESSIONS:
        raise NotTaken("shape")
    if node != tape.node or not NAME.fullmatch(name):
        raise NotTaken("moved")
    keep_sound(house, name, tape.sound)
    kept = house.store.write(partial(_keep, house, published, private, (node, person), (name, key), at))
    if not kept:
        file_of(house, name).unlink(missing_ok=True)


def _keep(
    house: House,
    published: Published,
    private: bytes,
    who: tuple[bytes, int],
    what: tuple[str, bytes],
    at: int,
    tx: Tx,
) -> bool:
    """Her recording, under her key here; False where she was erased. Once is enough."""
    (node, person), (name, key) = who, what
    known, before = tx.node(node), tx.recording(name)
    if known is None or before is not None:
        return before is not None and before.state == Recorded.HERE
    visitor = people_of(house, tx, {(known.id, person)})[known.id, person]
    if visitor.erased is not None:
        return False
    wrapped, _ = sealed_keys(house, name, key, key_of(house, tx, visitor, published, private))
    row = Recorded(name, published.name, visitor.person, "", b"", wrapped, b"", at, Recorded.HERE, there=False)
    tx.add_recording(row)
    return True


def _waiting(house: House) -> Path:
    return house.settings.data / "recordings" / "waiting"
