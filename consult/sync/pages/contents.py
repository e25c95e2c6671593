"""A page from inside: rows in columns, her words beside them, padded, sealed to the consultation's key.

    plain = CBOR [node, epoch, number, columns, words, pseudonyms?], then zeros up to the Padme length

Rule 1: node, epoch and number are said again inside, so that another node cannot sign a stolen page as its own.
Rule 2: sealed means gone: the box's own key is dropped by libsodium, and this node cannot open the page again. So it is
opened to what it will say, and compared, before it is sealed.
Rule 3: length tells little: at most 12 % is added, less the longer it is (Padme, Nikitin et al. 2019).
Rule 4: an identifier is derived (node, epoch, numbers that count up), never random; a pseudonym that is to match across
nodes travels once per person, with the first page that knows her.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import cbor2
from nacl.bindings import crypto_box_seal, crypto_box_seal_open, crypto_scalarmult_base
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey

from consult.sync.pages import letters, rows
from consult.sync.pages.codebook import Codebook
from consult.sync.pages.columns import Columns, Garbled, Reading, TooMuch, Writing
from consult.sync.pages.page import Header, NotTaken, Page, sign
from consult.sync.pages.rows import Row

PSEUDONYM, EPOCH = 8, 4  # bytes


@dataclass(frozen=True, slots=True)
class Contents:
    """What a page says. `first` is the number of its first fact; `obeyed` the last order of the hub's (an erasure) that
    the node has carried out, with all before it.

    `matched`: pseudonyms (8 bytes) of people of this page, where they are to be found again across nodes. `heard`: the
    epoch (4 bytes) in which its facts were numbered, where that is not the page's own: they were heard before the node
    was restored, and may have been told before.
    """

    first: int
    rows: tuple[Row, ...]
    obeyed: int = 0
    matched: Mapping[int, bytes] = field(default_factory=dict)
    heard: bytes = b""


class Lossy(Exception):
    """These contents would not come back as they are. Nothing was sealed."""


def seal(header: Header, contents: Contents, book: Codebook, public: bytes, key: SigningKey) -> Page:
    """The page: sealed to the consultation's public key, signed with the node's key.

    Raises TooMuch (close pages earlier), Lossy, ValueError for text that is none, a header that cannot be, another
    codebook's.
    """
    if (book.id, book.version) != (header.codebook, header.version):
        raise ValueError("the header names another codebook")
    plain = write(header, contents, book)
    try:
        same = read(header, plain, book) == contents
    except NotTaken:
        same = False
    if not same:
        raise Lossy("the page would not say what it was given")
    return sign(header, crypto_box_seal(plain, public), key)


def unseal(page: Page, private: bytes, books: Mapping[bytes, Codebook]) -> Contents:
    """What a verified page says; `books`: the codebooks known here, by id. Raises NotTaken."""
    book = books.get(page.header.codebook)
    if book is None:
        raise NotTaken("codebook")
    if book.version != page.header.version:
        raise NotTaken("garbled")
    try:
        plain = crypto_box_seal_open(page.sealed, crypto_scalarmult_base(private), private)
    except (CryptoError, ValueError, TypeError):
        raise NotTaken("unopened") from None
    return read(page.header, plain, book)


def padded(length: int) -> int:
    """The Padme length: all but the first bits of its exponent's length are zero."""
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    mask = (1 << exponent - exponent.bit_length()) - 1
    return length + mask & ~mask


# ---- plain


def write(header: Header, contents: Contents, book: Codebook) -> bytes:
    """The plain text of a page, padded. Raises TooMuch, ValueError."""
    columns = Writing(book.words)
    _code(columns, book, contents)
    items: list[Any] = [header.node, header.epoch, header.number, columns.coded()]
    items.append(letters.packed(columns.letters(), book.texts))
    if contents.matched:
        items.append(b"".join(contents.matched[person] for person in _people(contents) if person in contents.matched))
    plain = cbor2.dumps(items)
    return plain.ljust(padded(len(plain)), b"\0")


def read(header: Header, plain: bytes, book: Codebook) -> Contents:
    """What `write` wrote for this header. Raises NotTaken."""
    try:
        node, epoch, number, coded, words, *pseudonyms = _items(plain)
        if (node, epoch, number) != (header.node, header.epoch, header.number):
            raise NotTaken("moved")
        columns = Reading(book.words, coded, letters.unpacked(words, book.texts))
        contents, known = _code(columns, book, Contents(0, ()))
        columns.finish()
        return replace(contents, matched=_cut(known, b"".join(pseudonyms)))
    except TooMuch:
        raise NotTaken("bomb") from None
    except (Garbled, ValueError, TypeError):
        raise NotTaken("garbled") from None


def _items(plain: bytes) -> list[Any]:
    """The array in front of the padding. Raises Garbled."""
    try:
        items = cbor2.loads(plain, max_depth=2)
        whole = cbor2.dumps(items)
    except cbor2.CBORError:
        raise Garbled("no array") from None
    if not isinstance(items, list) or plain != whole.ljust(padded(len(whole)), b"\0"):
        raise Garbled("not written as a page is")
    return items


def _code(columns: Columns, book: Codebook, contents: Contents) -> tuple[Contents, list[int]]:
    """The contents through the columns, either way, and the people whose pseudonym comes with them."""
    first = columns.number(("first",), contents.first)
    obeyed = columns.number(("obeyed",), contents.obeyed)
    heard = _epoch(columns, contents.heard)
    coded = Contents(first, rows.code(columns, book, first, contents.rows), obeyed, heard=heard)
    known = [who for who in _people(coded) if columns.flag(("matched?",), who in contents.matched, usual=False)]
    return coded, known


def _epoch(columns: Columns, heard: bytes) -> bytes:
    if not columns.flag(("heard?",), bool(heard), usual=False):
        return b""
    number = columns.number(("heard",), int.from_bytes(heard, "big"))
    if number >> 8 * EPOCH:
        raise Garbled("no epoch")
    return number.to_bytes(EPOCH, "big")


def _people(contents: Contents) -> list[int]:
    """Everybody once, in the order of the rows."""
    return list(dict.fromkeys(row.person for row in contents.rows))


def _cut(people: list[int], pseudonyms: bytes) -> dict[int, bytes]:
    if len(pseudonyms) != PSEUDONYM * len(people):
        raise Garbled("pseudonyms of others")
    return {who: pseudonyms[PSEUDONYM * n : PSEUDONYM * (n + 1)] for n, who in enumerate(people)}
