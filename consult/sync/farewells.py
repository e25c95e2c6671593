"""Which notice of a node's holds for somebody, in whatever order they come: STOP, ERASE, and that she came back.

Rule 1: of one node and epoch the later page holds. Which page a notice was in is not told by SMS: there a return holds
only from a later day, and its page tells the rest.
Rule 2: a node lifts what that node told, and nothing else. A STOP she gave to the hub itself, or at another node, holds
until she comes back there, or to the hub: a node that was turned could invent any return, on any day.
Rule 3: an erasure is always carried out. But what was heeded before the turn of its page, by an SMS or because the page
waits, is not heeded again at its turn where she came back to the hub meanwhile.
Rule 4: this module is light: every program reads it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from consult.store import Tx

if TYPE_CHECKING:
    from consult.sync.pages import Notice

_LAST: Final = "left "  # setting, by index: JSON {node: [epoch, page, kind, day]}, the last that holds of each
_DONE: Final = "left early "  # setting, by index: JSON [[node, page, kind, day]], heeded before their turn (0: by SMS)

_MANY: Final = 32  # of these at most, the latest
_HERE: Final = ""  # among the nodes: the hub itself
_BACK: Final = "rejoin"


@dataclass(frozen=True, slots=True)
class Told:
    """Where a notice stood. `page` 0: in an SMS."""

    node: bytes
    epoch: int
    page: int


def holds(tx: Tx, index: bytes, notice: Notice, by: Told) -> bool:
    """Whether it is to be carried out. What it says of its node is remembered, whatever others said."""
    said, mine = _said(tx, index), by.node.hex()
    if by.page and _was_heeded(tx, index, notice, by) and mine not in said:
        return False
    if notice.kind != "erase" and not _newer(notice, by, said.get(mine)):
        return False
    said[mine] = [by.epoch, by.page, notice.kind, notice.day]
    _keep(tx, index, said)
    if not by.page and notice.kind != _BACK:
        _remember(tx, index, notice, by)
    return notice.kind != _BACK or not _stops(said)


def heeded_at_once(tx: Tx, index: bytes, notice: Notice, by: Told) -> bool:
    """Whether a STOP or ERASE is to be carried out before it is the turn of its page."""
    said, mine = _said(tx, index), by.node.hex()
    before = _was_heeded(tx, index, notice, by)
    _remember(tx, index, notice, by)
    if before and mine not in said:
        return False
    _keep(tx, index, said | {mine: [by.epoch, 0, notice.kind, notice.day]})
    return True


def said_here(tx: Tx, index: bytes, kind: str, day: int) -> None:
    """She said it to the hub itself: that she came back holds against everybody."""
    _keep(tx, index, {} if kind == _BACK else _said(tx, index) | {_HERE: [0, 0, kind, day]})


def _remember(tx: Tx, index: bytes, notice: Notice, by: Told) -> None:
    early = [*_early(tx, index), [by.node.hex(), by.page, notice.kind, notice.day]]
    tx.set(_DONE + index.hex(), json.dumps(early[-_MANY:]))


def _was_heeded(tx: Tx, index: bytes, notice: Notice, by: Told) -> bool:
    """Whether this one of a page was heeded before; once only, since two of one day are two."""
    early = _early(tx, index)
    for page in dict.fromkeys((by.page, 0)):
        if (mark := [by.node.hex(), page, notice.kind, notice.day]) in early:
            early.remove(mark)
            tx.set(_DONE + index.hex(), json.dumps(early))
            return True
    return False


def _early(tx: Tx, index: bytes) -> list[list[Any]]:
    early: list[list[Any]] = json.loads(tx.setting(_DONE + index.hex()) or "[]")
    return early


def _newer(notice: Notice, by: Told, mine: list[Any] | None) -> bool:
    if mine is None:
        return True
    epoch, page, kind, day = mine
    if epoch == by.epoch and page and by.page:
        return by.page > int(page)
    return notice.kind == "stop" or kind == _BACK or notice.day > int(day)


def _said(tx: Tx, index: bytes) -> dict[str, list[Any]]:
    """What each said last. A STOP of which nobody is known to have told it is the hub's own."""
    kept: Any = json.loads(tx.setting(_LAST + index.hex()) or "{}")
    said: dict[str, list[Any]] = _of_before(tx, index, kept) if isinstance(kept, list) else kept
    if not _stops(said) and tx.suppressed(index):
        said[_HERE] = [0, 0, "stop", 0]
    return said


def _of_before(tx: Tx, index: bytes, kept: list[Any]) -> dict[str, list[Any]]:
    """An earlier version kept one notice: it is all that stands only where the hub's list says the same."""
    stands = {mark: (kind, day) for mark, kind, day, _ in tx.reach()}.get(index)
    return {kept[0]: kept[1:]} if stands == (kept[3], kept[4]) else {}


def _stops(said: dict[str, list[Any]]) -> bool:
    return any(kind != _BACK for _, _, kind, _ in said.values())


def _keep(tx: Tx, index: bytes, said: dict[str, list[Any]]) -> None:
    name = _LAST + index.hex()
    if said or tx.setting(name):
        tx.set(name, json.dumps(said))
