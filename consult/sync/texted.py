"""A hub hears its nodes by SMS. What it answers is in `answering`.

Rule 1: a frame is taken in the transaction that drops its key; the facts in it count once, however they came.
Rule 2: what cannot be used yet is kept, sealed, and tried again: where the consultation's key is not here, where a
version is not known, where the epoch is in doubt, where other pieces are missing.
Rule 3: what a revoked node says is dropped; a page of before the cut may still bring it.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from typing import Final, Literal

import cbor2
from nacl.bindings import crypto_box_seal_open, crypto_scalarmult_base
from nacl.exceptions import CryptoError

from consult.channel import Heard as Message
from consult.house import House
from consult.library import day_of
from consult.store import Tx, View
from consult.store.fieldwork import Node, Unread
from consult.sync.answering import answer, ask, line_of
from consult.sync.arriving import MOST, heed_notices, private_key, put, sound
from consult.sync.books import opened
from consult.sync.frames.frame import Forged, Frame, Kind
from consult.sync.frames.hello import greeted
from consult.sync.frames.inside import (
    Told,
    beheaded,
    masked,
    numbered,
    piece_of,
    unpack,
)
from consult.sync.frames.ratchet import Replayed, TooFar, chains, take
from consult.sync.keys import hub_box
from consult.sync.line import Line, Route, count_dropped, keep_line, read_line
from consult.sync.pages import START, Contents, Header, Notice
from consult.sync.pages.columns import Garbled, TooMuch
from consult.sync.pages.notices import KINDS, notice_of
from consult.sync.rows import facts
from consult.vault import KEY

UNREAD: Final = 3  # frames in a row that do not open, until another chain is asked for
_GENERATION: Final = 2**24
_KEPT: Final = b"unread|"


class NotYet(Exception):
    """It may be taken later. `why` as in `Unread`."""

    def __init__(self, why: Literal["sealed", "held", "quarantined"]) -> None:
        super().__init__(why)
        self.why = why


# ---- in


def take_frame(house: House, tx: Tx, node: Node, frame: Frame, heard: Message, fresh: bytes) -> bool:
    """A frame of this node's; whether somebody left by it. `fresh`: a key that is kept nowhere.

    Raises Forged, Replayed, TooFar, Garbled: then nothing of it may be kept.
    """
    line, at = line_of(house, tx, node), heard.heard_at
    route = Route(heard.channel, heard.carrier, heard.ours, heard.sender or "")
    if frame.head.kind is Kind.HELLO:
        greeting = greeted(frame, node.node, hub_box(house.vault)[1], node.box)
        if greeting.generation <= line.generation:
            raise Forged("a chain of before")
        up, down = chains(greeting.secret)
        line = Line(node.node, greeting.generation, tx.epoch(), down, up, theirs=line.theirs)
        tx.drop_texted(node.node)
        keep_line(house, tx, replace(line, route=route, waits=at))
        return False
    plain, hear = take(line.hear, frame.head.counter, frame.open)
    line = replace(line, hear=hear, route=route, waits=line.waits or at, unread=0)
    if node.revoked:
        count_dropped(tx, "revoked")
        keep_line(house, tx, line)
        return False
    taking = _Taking(house, tx, node, line, frame.head.counter, at, fresh)
    left, line = taking.said(frame.head.kind, plain), taking.line
    if line.epoch != tx.epoch():  # this hub was put back: it may say nothing on a chain of before
        line = ask(house, tx, node, line, heard)
    keep_line(house, tx, line)
    return left


class _Taking:
    """One frame on its way in. `line` is what is to be kept when it was taken."""

    def __init__(self, house: House, tx: Tx, node: Node, line: Line, counter: int, at: int, fresh: bytes) -> None:
        self._house, self._tx, self._node, self.line = house, tx, node, line
        self._counter, self._day, self._fresh = line.generation * _GENERATION + counter, day_of(at), fresh

    def said(self, kind: Kind, plain: bytes) -> bool:
        """Raises Garbled."""
        match kind:
            case Kind.ROWS:
                self._rows(plain)
            case Kind.NOTICE:
                return self._notice(plain)
            case Kind.OBEYED:
                last, rest = numbered(plain)
                self._obeyed(last)
                self.line = replace(self.line, done=masked(last, numbered(rest)[0]))
            case Kind.PART:
                return self._part(plain)
            case _:
                raise Garbled("no frame of a node's")
        return False

    def _rows(self, plain: bytes) -> None:
        try:
            told = put_rows(self._house, self._tx, self._node, plain, self._fresh)
        except NotYet as error:
            self._keep(Kind.ROWS, error.why, plain)
            return
        self.line = replace(self.line, theirs=told.epoch)
        self._obeyed(told.obeyed)

    def _notice(self, plain: bytes) -> bool:
        obeyed, notice = _notice(plain)
        heed_notices(self._house, self._tx, self._node, (notice,), self._day)
        self._obeyed(obeyed)
        return True

    def _part(self, plain: bytes) -> bool:
        """The whole, once all its pieces are here."""
        kind, place, count, _ = piece_of(plain)
        self._keep(Kind.PART, "part", plain)
        begin, pieces = self._counter - place, dict[int, bytes]()
        for row in self._tx.unread(self._node.node, "part"):
            if begin <= row.counter < begin + count:
                pieces[row.counter] = piece_of(_opened(self._house, row))[3]
        if len(pieces) < count:
            return False
        for counter in pieces:
            self._tx.drop_unread(self._node.node, counter)
        return self.said(kind, b"".join(pieces[counter] for counter in sorted(pieces)))

    def _obeyed(self, last: int) -> None:
        now = self._tx.node(self._node.node) or self._node
        if last > now.obeyed:
            self._tx.update_node(replace(now, obeyed=last))

    def _keep(self, kind: Kind, why: str, plain: bytes) -> None:
        sealed = self._house.vault.seal(plain, _KEPT + self._node.node)
        self._tx.keep_unread(Unread(self._node.node, self._counter, kind, why, self._day, sealed))


def _opened(house: House, row: Unread) -> bytes:
    return house.vault.unseal(row.sealed, _KEPT + row.node)


def put_rows(house: House, tx: Tx, node: Node, plain: bytes, fresh: bytes, private: bytes | None = None) -> Told:
    """What a frame says of a consultation, into the journal. `private`: where the key is not on this machine.

    Raises NotYet, Garbled.
    """
    number_, version, boxed, said = beheaded(plain)
    book = tx.book_numbered(number_, version)
    published = tx.published(book.consultation, version) if book else None
    if book is None or published is None:
        raise NotYet("held")
    if private is not None and crypto_scalarmult_base(private) != published.public:
        raise NotYet("sealed")
    private = private or private_key(house, published)
    if published.retired is not None:
        raise Garbled("of a consultation that is over")
    if private is None:
        raise NotYet("sealed")
    codes = opened(book)
    try:
        told = unpack(_unboxed(said, private) if boxed else said, codes)
    except TooMuch:
        raise Garbled("more than a frame may hold") from None
    if tx.doubted(node.node, told.epoch):
        raise NotYet("quarantined")
    epoch = told.epoch.to_bytes(4, "big")
    header = Header(node.node, epoch, 1, book.number, version, book.id, START)
    heard = list(facts(header, Contents(0, told.rows, heard=epoch), codes))
    if not sound(heard, told.obeyed):
        raise Garbled("numbers that are none of a node's")
    put(house, tx, published, heard, private, fresh, lambda _: (node.id, node.id))
    return told


def _unboxed(box: bytes, private: bytes) -> bytes:
    try:
        return crypto_box_seal_open(box, crypto_scalarmult_base(private), private)
    except (CryptoError, ValueError, TypeError):
        raise Garbled("sealed to another key") from None


def _notice(plain: bytes) -> tuple[int, Notice]:
    try:
        obeyed, kind, *rest = cbor2.loads(plain, max_depth=3)
        if not 0 <= obeyed < MOST:
            raise Garbled("no order has this number")
        return int(obeyed), notice_of(KINDS[kind], *rest)
    except (cbor2.CBORError, TypeError, ValueError, IndexError):
        raise Garbled("no notice") from None


def take_unread(house: House, tx: Tx, node: Node, fresh: bytes, private: bytes | None = None) -> int:
    """What waited, once more; how many were taken. `private`: a consultation's key, for what waited for it."""
    taken = 0
    if node.revoked:  # it waits, should the operator merge its pages after all
        return 0
    for why in ("held", "quarantined") if private is None else ("sealed",):
        for row in tx.unread(node.node, why):
            try:
                put_rows(house, tx, node, _opened(house, row), fresh, private)
            except (NotYet, Garbled):
                continue
            tx.drop_unread(node.node, row.counter)
            taken += 1
    return taken


def not_taken(house: House, tx: Tx, node: Node, why: Exception, heard: Message) -> None:
    """A frame with this node's mark was not taken. One that came before is answered again; if others go on not to open,
    another chain is asked for, once a day."""
    line = line_of(house, tx, node)
    if isinstance(why, Replayed):
        if line.route and line.route.number == heard.sender:
            keep_line(house, tx, replace(line, waits=line.waits or heard.heard_at))
        return
    far = isinstance(why, TooFar) and (line.route is None or line.route.number == heard.sender)
    line = replace(line, unread=UNREAD if far else line.unread + 1)
    if line.unread >= UNREAD:
        line = ask(house, tx, node, line, heard)
    keep_line(house, tx, line)


def from_a_node(house: House, view: View, number: str | None) -> bool:
    """Whether a node of ours wrote from this number before."""
    lines = (read_line(house, view, node.node) for node in view.nodes())
    return any(line and line.route and line.route.number == number for line in lines)


def look_after(house: House, at: int) -> None:
    """What nodes that write by SMS are to be answered. Raises vault.Locked."""
    for node in house.store.read(lambda view: view.nodes()):
        if house.store.read(lambda view, node=node: view.chain(node.node)) is not None:  # type: ignore[misc]
            house.store.write(partial(_look_after, house, node, at))


def _look_after(house: House, node: Node, at: int, tx: Tx) -> None:
    take_unread(house, tx, node, os.urandom(KEY))
    answer(house, tx, node, at)
