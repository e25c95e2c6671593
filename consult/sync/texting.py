"""A node tells its hub by SMS what it heard, where CONSULT_SYNC_SMS is the hub's number; and hears its answers.

Rule 1: frames are made in the transaction that closes the page of the same facts: what could be opened until then
cannot be afterwards, and a frame's bytes are kept until the hub says that they came.
Rule 2: the page stays and travels whenever it can. What arrives both ways counts once: facts carry their numbers.
Rule 3: what did not come is sent again as it was, three times in all; then the page has to bring it.
Rule 4: what the hub received as a page is not sent any more, what takes more than a few frames is never sent so.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import cbor2
from nacl.bindings import crypto_box_seal

from consult.channel import CallChannel
from consult.delivery.budget import lost
from consult.house import House
from consult.store import Tx, View
from consult.store.fieldwork import Book, Order, Texted
from consult.store.records import Published
from consult.sync.acks import Ack
from consult.sync.frames.frame import ROOM, Forged, Frame, Kind
from consult.sync.frames.hello import Greeting, greet, greeted
from consult.sync.frames.inside import Told, fit, headed, mask_of, number, numbered, pieces, read_ack
from consult.sync.frames.ratchet import Ratchet, chains, take
from consult.sync.keys import Hub, node_box
from consult.sync.line import Line, Route, again, keep_line, owe_frame, read_line, utter
from consult.sync.orders import carried_out
from consult.sync.pages import Codebook, Notice
from consult.sync.pages.columns import Garbled, TooMuch
from consult.sync.pages.notices import KINDS
from consult.sync.rows import Heard, rows

CHAIN: Final = "sms chain"  # setting of a node that joined: of what its first chains are made, sealed
PATIENCE: Final = 6 * 3600  # seconds without an answer until a frame is sent again, doubling
TRIES: Final = 3
QUIET: Final = 15 * 60  # seconds until orders that were carried out are told by themselves
GREETS: Final = 86_400  # seconds between two beginnings of a chain
_BOX: Final = 48  # bytes that a sealed box is longer
KINDS_OF_ORDERS: Final = ("stop", "erase", "rejoin", "edition", "pause")


# ---- up


def tell_rows(house: House, tx: Tx, hub: Hub, heard: Sequence[Heard], book: Book, codes: Codebook, at: int) -> None:
    """What was heard, as frames beside the page that holds it. Raises TooMuch, vault.Locked."""
    if not house.settings.sync_sms or not heard:
        return
    published = tx.published(book.consultation, book.version)
    line = _line(house, tx, hub, at)
    if line is None or published is None:
        return
    page = _page(tx)
    told = Told(heard[0].fact.epoch, carried_out(tx)[0], rows(heard))
    boxed = published.custody != "hub"
    front = len(headed(book.number, book.version, b"", boxed=boxed))
    for said in fit(told, codes, ROOM - front - _BOX * boxed):
        line = _say_rows(house, tx, line, _wrapped(published, book, said, boxed=boxed), at, page)
    keep_line(house, tx, replace(line, told=told.obeyed))


def _wrapped(published: Published, book: Book, said: bytes, *, boxed: bool) -> bytes:
    front = headed(book.number, book.version, b"", boxed=boxed)
    room = ROOM - len(front) - _BOX * boxed
    full = said.ljust(room, b"\0")
    return front + (crypto_box_seal(full, published.public) if boxed else full)


def _say_rows(house: House, tx: Tx, line: Line, plain: bytes, at: int, page: int) -> Line:
    if len(plain) <= ROOM:
        return utter(house, tx, line, Kind.ROWS, plain, at, page)
    try:
        return _in_pieces(house, tx, line, Kind.ROWS, plain, at, page)
    except TooMuch:
        return line  # the page brings it


def _in_pieces(house: House, tx: Tx, line: Line, kind: Kind, plain: bytes, at: int, page: int) -> Line:
    for piece in pieces(kind, plain):
        line = utter(house, tx, line, Kind.PART, piece, at, page)
    return line


def tell_notice(house: House, tx: Tx, hub: Hub, notice: Notice, at: int) -> None:
    """That somebody left or came back, beside the page that says it too. Raises vault.Locked."""
    line = _line(house, tx, hub, at) if house.settings.sync_sms else None
    if line is None:
        return
    last = carried_out(tx)[0]
    told = [last, KINDS.index(notice.kind), notice.number, notice.day, list(notice.people)]
    plain, page = cbor2.dumps(told), _page(tx)
    if len(plain) <= ROOM:
        line = utter(house, tx, line, Kind.NOTICE, plain.ljust(ROOM, b"\0"), at, page)
    else:
        line = _in_pieces(house, tx, line, Kind.NOTICE, plain, at, page)
    keep_line(house, tx, replace(line, told=last))


def _page(tx: Tx) -> int:
    last = tx.last_leaving(tx.epoch())
    return last.number if last else 0


def _line(house: House, tx: Tx, hub: Hub, at: int) -> Line | None:
    """The line to the hub; begun where there is none, or none that this epoch may use. None: nothing can send."""
    node = bytes.fromhex(tx.origin_node())
    line = read_line(house, tx, node)
    route = _route(house)
    if route is None:
        return None
    if line is None:
        sealed = tx.setting(CHAIN)
        if not sealed:
            return None
        up, down = chains(house.vault.unseal(bytes.fromhex(sealed), CHAIN.encode()))
        tx.set(CHAIN, "")
        line = Line(node, 1, tx.epoch(), up, down)
        keep_line(house, tx, line)
    line = replace(line, route=route)
    return line if line.epoch == tx.epoch() else _begin(house, tx, hub, line, line.generation + 1, at)


def _route(house: House) -> Route | None:
    """By the first carrier of messages that has a number."""
    for channel in house.channels.values():
        for name, carrier in channel.carriers.items():
            if carrier.ours and not isinstance(channel, CallChannel):
                return Route(channel.name, name, carrier.ours[0], house.settings.sync_sms)
    return None


def _begin(house: House, tx: Tx, hub: Hub, line: Line, generation: int, at: int) -> Line:
    """Another chain; what is under way on the one before is left to the pages."""
    text, made = greet(Kind.HELLO, line.node, generation, node_box(house.vault)[1], hub.box, os.urandom(32))
    up, down = chains(made.secret)
    for row in tx.texted(line.node):
        _withdraw(tx, row)
    tx.drop_texted(line.node)
    line = Line(line.node, generation, tx.epoch(), up, down, line.route, greeted=at)
    owe_frame(house, tx, line, 0, text, at)
    return line


def _withdraw(tx: Tx, row: Texted) -> None:
    message = tx.message(row.owed)
    if message and message.state == "queued":
        tx.update_message(lost(message, "cancelled", "superseded"))


# ---- down


def take_answer(house: House, tx: Tx, hub: Hub, frame: Frame, at: int) -> bool:
    """A frame of the hub's; whether somebody left by it. Raises Forged, Replayed, TooFar, Garbled, NoOrder."""
    node = bytes.fromhex(tx.origin_node())
    line = read_line(house, tx, node)
    if frame.head.kind is Kind.AGAIN:
        greeting = greeted(frame, node, node_box(house.vault)[1], hub.box)
        _asked(house, tx, hub, greeting, at)
        return False
    if line is None or line.epoch != tx.epoch():
        raise Forged("no chain is known here")
    plain, hear = take(line.hear, frame.head.counter, frame.open)
    keep_line(house, tx, replace(line, hear=hear))
    tx.drop_texted(node, 0)  # it knows of this chain
    return _heed(house, tx, node, frame.head.kind, plain, at)


def _asked(house: House, tx: Tx, hub: Hub, greeting: Greeting, at: int) -> None:
    line = _line(house, tx, hub, at) or _lost(house, greeting)
    if line is None or greeting.generation < line.generation or (line.greeted and 0 <= at - line.greeted < GREETS):
        return
    keep_line(house, tx, _begin(house, tx, hub, line, max(line.generation, greeting.generation) + 1, at))


def _lost(house: House, greeting: Greeting) -> Line | None:
    route = _route(house) if house.settings.sync_sms else None
    none = Ratchet(bytes(32))
    return Line(greeting.node, greeting.generation, -1, none, none, route) if route else None


def _heed(house: House, tx: Tx, node: bytes, kind: Kind, plain: bytes, at: int) -> bool:
    from consult.sync.contact import heeded
    from consult.sync.obeying import LEAVING, carry_out

    if kind is Kind.ACK:
        acked = read_ack(plain)
        for row in tx.texted(node):
            if row.counter and acked.came(row.counter):
                tx.drop_texted(node, row.counter)
        heeded(tx, Ack(node, acked.epoch, acked.received, acked.durable, (), acked.cut, at, acked.chain))
        return False
    which, rest = numbered(plain)
    kind_of, rest = numbered(rest)
    day, body = numbered(rest)
    if kind is not Kind.ORDER:
        raise Garbled("of a later version")
    named = KINDS_OF_ORDERS[kind_of] if kind_of < len(KINDS_OF_ORDERS) else str(kind_of)
    order = Order(node, which, named, body, day)
    return carry_out(house, tx, order) and order.kind in LEAVING


def needless(tx: Tx, received: int) -> None:
    """The hub received pages up to here: what the same frames say need not be sent (any more)."""
    for row in tx.texted(bytes.fromhex(tx.origin_node())):
        if 0 < row.page <= received:
            _withdraw(tx, row)
            tx.drop_texted(row.node, row.counter)


# ---- now and then


def look_after(house: House, hub: Hub, at: int) -> None:
    """Send again what was not answered; tell what was carried out, where nothing else told it. Raises vault.Locked."""
    if house.settings.sync_sms:
        house.store.write(partial(_look_after, house, hub, at))


def _look_after(house: House, hub: Hub, at: int, tx: Tx) -> None:
    node = bytes.fromhex(tx.origin_node())
    kept = read_line(house, tx, node)
    if kept is not None:
        for row in tx.texted(node):
            _look_at(house, tx, replace(kept, route=_route(house)), row, at)
    if carried_out(tx) != ((kept.told, kept.done) if kept else (0, ())):
        _tell_done(house, tx, hub, kept, at)


def _tell_done(house: House, tx: Tx, hub: Hub, kept: Line | None, at: int) -> None:
    line = _line(house, tx, hub, at)
    if line is None or (kept and kept.waits and 0 <= at - kept.waits < QUIET):
        return
    if kept is None or not kept.waits:
        keep_line(house, tx, replace(line, waits=at))
        return
    last, beyond = carried_out(tx)
    line = utter(house, tx, line, Kind.OBEYED, number(last) + number(mask_of(last, beyond)), at)
    keep_line(house, tx, replace(line, told=last, done=beyond, waits=0))


def _look_at(house: House, tx: Tx, line: Line, row: Texted, at: int) -> None:
    message = tx.message(row.owed)
    if message and message.state in ("queued", "handing", "uncertain"):
        return
    since = max(row.at, message.handed_at if message else 0)  # of a notice only the day is known when it is written
    if 0 <= at - since < PATIENCE << row.tries:
        return
    if row.tries + 1 >= TRIES:
        tx.drop_texted(row.node, row.counter)
    else:
        again(house, tx, line, row, at)


def waiting(view: View) -> int:
    """How many frames the hub has not answered."""
    return len(view.texted(bytes.fromhex(view.origin_node())))
