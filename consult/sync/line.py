"""The line between a node and its hub: which chains of keys hold, where the other side is, what it waits to be told.

Rule 1: sealed, always of one length, and written in the transaction in which a frame is made or taken: no key is used
twice, and none that was used is kept.
Rule 2: a house that was put back from a backup does not go on with chains of before: what has been sent since could
have been sent with the same keys. Then another begins (`frames.hello`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import cbor2

from consult.house import House
from consult.letters import seal_farewell
from consult.store import Tx, View
from consult.store.fieldwork import Texted
from consult.store.records import Message
from consult.sync.frames.frame import Head, Kind, mark_of, written
from consult.sync.frames.ratchet import WINDOW, Ratchet, use

_LENGTH: Final = 1024 + 40 * WINDOW  # bytes: whatever was passed over, all rows are equally long
_TEXT: Final = b"texted|"
DROPPED: Final = "frames dropped: "  # setting, by reason: how many


@dataclass(frozen=True, slots=True, repr=False)
class Route:
    """How the other side is written to."""

    channel: str
    carrier: str
    ours: str
    number: str


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """See the module's head. `send` and `hear`: the two chains of this `generation`; `epoch`: this house's when they
    began. `theirs`: the epoch that the other side's facts were last of.

    `waits`: since when the other side waits for an answer, 0 for not at all; `unread`: frames in a row that did not
    open; `greeted`: when a chain was last begun or asked for. At a hub `ordered`: orders and when each last left;
    `done`: those that were carried out, beyond what is known of all before them. At a node `told`: what is obeyed.
    """

    node: bytes
    generation: int
    epoch: int
    send: Ratchet
    hear: Ratchet
    route: Route | None = None
    theirs: int = 0
    waits: int = 0
    unread: int = 0
    greeted: int = 0
    ordered: Mapping[int, int] = field(default_factory=dict)
    done: tuple[int, ...] = ()
    told: int = 0


def read_line(house: House, view: View, node: bytes) -> Line | None:
    """Raises vault.Locked, vault.Unopenable."""
    sealed = view.chain(node)
    if sealed is None:
        return None
    told: list[Any] = cbor2.loads(house.vault.unseal(sealed, _about(node)).rstrip(b"\0")[:-1])
    generation, epoch, send, hear, route, *rest = told
    theirs, waits, unread, greeted, ordered, done, last = rest
    to = Route(*route) if route else None
    known = {"theirs": theirs, "waits": waits, "unread": unread, "greeted": greeted, "ordered": ordered, "told": last}
    return Line(node, generation, epoch, Ratchet(*send), Ratchet(*hear), to, done=tuple(done), **known)


def keep_line(house: House, tx: Tx, line: Line) -> None:
    """In place of what was kept. Raises vault.Locked."""
    each = [[r.chain, r.next, dict(r.passed)] for r in (line.send, line.hear)]
    route = line.route and [line.route.channel, line.route.carrier, line.route.ours, line.route.number]
    told = [line.generation, line.epoch, *each, route, line.theirs, line.waits, line.unread, line.greeted]
    plain = cbor2.dumps([*told, dict(line.ordered), list(line.done), line.told]) + b"\x80"
    tx.keep_chain(line.node, house.vault.seal(plain.ljust(_LENGTH, b"\0"), _about(line.node)))


def utter(house: House, tx: Tx, line: Line, kind: Kind, plain: bytes, at: int, page: int = 0) -> Line:
    """One frame is owed; the line afterwards, which is to be kept. Raises ValueError at the end of a chain."""
    counter, key, after = use(line.send)
    text = written(Head(kind, mark_of(line.node), counter), plain, key)
    owe_frame(house, tx, line, counter, text, at, page=page)
    return replace(line, send=after)


def owe_frame(
    house: House, tx: Tx, line: Line, counter: int, text: str, at: int, *, page: int = 0, tries: int = 0
) -> None:
    """Through the outbox like all that leaves: leased, in the carrier's pace, behind replies; at night too."""
    if line.route is None:
        return
    r = line.route
    id = tx.owe(
        Message(
            id=0,
            address=0,
            ours=r.ours,
            channel=r.channel,
            carrier=r.carrier,
            kind="frame",
            text=seal_farewell(house.vault, r.number, text),
            not_before=at,
            expires_at=None,
            started=True,
            segments=1,
        )
    )
    kept = house.vault.seal(text.encode(), _TEXT + line.node)
    tx.keep_texted(Texted(line.node, counter, kept, id, page, tries, at))


def again(house: House, tx: Tx, line: Line, row: Texted, at: int) -> None:
    """The same frame once more, to the letter."""
    text = house.vault.unseal(row.text, _TEXT + line.node).decode()
    owe_frame(house, tx, line, row.counter, text, at, page=row.page, tries=row.tries + 1)


def count_dropped(tx: Tx, why: str) -> None:
    """What was no use: "unknown" node, "unread", "again", "revoked", "garbled"."""
    tx.set(DROPPED + why, str(int(tx.setting(DROPPED + why) or 0) + 1))


def _about(node: bytes) -> bytes:
    return b"line|" + node
