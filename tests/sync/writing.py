"""`python -m tests.sync.writing`: writes the test vectors of `docs/pages.md` anew. Only a new format needs that.

Everything in them is fixed, the box's own key too, which libsodium would draw: whoever implements the format can
compare every step.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cbor2
from nacl.bindings import crypto_box, crypto_scalarmult_base

from consult import events, facts
from consult.events import Answered, Escape
from consult.sync.pages import START, Codebook, Contents, Header, Row, chain
from consult.sync.pages.contents import padded, write
from consult.sync.pages.page import sign
from tests.sync import samples
from tests.sync.samples import NODE, OTHER, PRIVATE, PUBLIC

FOLDER = Path(__file__).with_name("vectors")
EPHEMERAL = bytes(range(3, 35))


def box(plain: bytes) -> bytes:
    """libsodium's sealed box with a key that is given: never outside of tests."""
    ours = crypto_scalarmult_base(EPHEMERAL)
    nonce = hashlib.blake2b(ours + PUBLIC, digest_size=24).digest()
    return ours + crypto_box(plain, nonce, PUBLIC, EPHEMERAL)


def row_of(told: dict[str, Any]) -> Row:
    """A row as it stands in a vector: its fields, each fact as the journal's JSON."""
    said = tuple(facts.unpack(json.dumps(each).encode()) for each in told["said"])
    return Row(**{**told, "said": said, "numbers": tuple(told["numbers"])})


def _told(row: Row) -> dict[str, Any]:
    return {**row._asdict(), "said": [json.loads(facts.pack(event, locale)) for event, locale in row.said]}


def _cases(book: Codebook) -> Iterator[tuple[str, Contents]]:
    closed = samples.conversation(["1", "1", "1", "2", "1 3", "77"])
    yield "empty", Contents(1, ())
    yield "closed", Contents(1, (samples.row(*closed),))
    yield "words", Contents(12, tuple(_words(book)))
    yield "odd", Contents(2**33, _odd(book), 4, {5: b"somebody", 2**70: b"everyone"})


def _words(book: Codebook) -> Iterator[Row]:
    said = (
        "The well near the clinic has been dry since last month",
        "البئر القريبة من العيادة جافة",
        "Rijiyar ta kafe 🧺",
    )
    name = next(entry.name for entry in book.entries if entry.type == "text")
    for n, words in enumerate(said, 1):
        began = events.Began("invited", n, (("area", "south"),))
        yield samples.row((began, "en"), (events.Chose("ar"), "ar"), (Answered(name, words, "sms"), "ar"), session=n)


def _odd(book: Codebook) -> tuple[Row, ...]:
    """Every kind of fact, and whatever is not expected of it."""
    name = book.entries[0].name
    said: tuple[tuple[events.Event, str], ...] = (
        (events.Resumed(), "ku"),
        (events.Began("slip", 900, (("area", "east"), ("who", "woman"))), "ku"),
        (events.Consented("take_part", False, "slip"), "en"),
        (Answered("unknown", 2**80, "slip", ("b", "a"), True, "rec-1"), "en"),
        (Answered(name, "not_sure"), "en"),
        (Answered(name, Escape.NOT_SURE), "en"),
        (Answered(name, ("x", "y"), "bare", book.entries[0].codes), "en"),
        (events.Misheard("consent", "unclear"), "en"),
        (events.Skipped(name, "withdrawn"), "en"),
        (events.Returned(name), "en"),
        (events.Paused("later"), "en"),
        (events.Declined("unclear"), "en"),
        *((kind(), "en") for kind in (events.Finished, events.Stopped, events.Alerted, events.Erased)),
        (events.Chose("fr"), "en"),
    )
    numbers = (*range(40, 60, 2), *range(70, 60 + len(said)))
    first = Row(9, 5, 2, "sms", "assisted", 20_499, "late", said, numbers, "desk 3", 2**33 - 1)
    return first, Row(3, 2**70, 1, "pigeon", "open", 20_501, "in_time", (), ())


# ---- the files


def main() -> None:
    book, previous = samples.book(), START
    for number, (name, contents) in enumerate(_cases(book), 1):
        header = samples.header(number, previous)
        plain = write(header, contents, book)
        page = sign(header, box(plain), NODE)
        _keep(name, _vector(book, header, contents, plain, page.data))
        previous = chain(previous, page.data)
    _keep("refused", {"node_public": bytes(NODE.verify_key).hex(), "pages": list(_refused(book))})


def _vector(book: Codebook, header: Header, contents: Contents, plain: bytes, page: bytes) -> dict[str, Any]:
    items = cbor2.loads(plain)
    return {
        "node_seed": bytes(NODE).hex(),
        "box_private": PRIVATE.hex(),
        "box_ephemeral": EPHEMERAL.hex(),
        "codebook": book.write().hex(),
        "codebook_id": book.id.hex(),
        "header": {
            name: value.hex() if isinstance(value := getattr(header, name), bytes) else value
            for name in Header.__dataclass_fields__
        },
        "contents": {
            "first": contents.first,
            "obeyed": contents.obeyed,
            "heard": contents.heard.hex(),
            "matched": {str(person): pseudonym.hex() for person, pseudonym in contents.matched.items()},
            "rows": [_told(row) for row in contents.rows],
        },
        "columns": items[3].hex(),
        "words": items[4] if isinstance(items[4], str) else {"zstd": items[4].hex()},
        "plain": plain.hex(),
        "page": page.hex(),
        "chain": chain(header.previous, page).hex(),
    }


def _refused(book: Codebook) -> Iterator[dict[str, Any]]:
    header = samples.header()
    plain = write(header, Contents(1, (samples.row(*samples.conversation(["1", "1"])),)), book)
    good = sign(header, box(plain), NODE)
    flipped = bytearray(good.data)
    flipped[60] ^= 1
    later = b"\x8b\x02" + good.data[2:-66]
    bomb = cbor2.dumps([header.node, header.epoch, header.number, b"\xff" * (1 << 14) + b"\xff", ""])
    other = samples.header(2)
    yield {"why": "shape", "hold": False, "page": good.data[:9].hex()}
    yield {"why": "forged", "hold": False, "page": bytes(flipped).hex()}
    yield {"why": "forged", "hold": False, "page": sign(header, good.sealed, OTHER).data.hex()}
    signature = NODE.sign(b"consult page\0" + later).signature
    yield {"why": "format", "hold": True, "page": (later + b"\x58\x40" + signature).hex()}
    yield {"why": "moved", "hold": False, "page": sign(other, good.sealed, NODE).data.hex()}
    yield {"why": "unopened", "hold": False, "page": sign(header, good.sealed[:-1] + b"\0", NODE).data.hex()}
    yield {"why": "garbled", "hold": False, "page": sign(header, box(plain[:-1] + b"\1"), NODE).data.hex()}
    yield {
        "why": "bomb",
        "hold": False,
        "page": sign(header, box(bomb.ljust(padded(len(bomb)), b"\0")), NODE).data.hex(),
    }


def _keep(name: str, vector: dict[str, Any]) -> None:
    text = json.dumps(vector, ensure_ascii=False, indent=1)
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
