"""Which notice of a node's holds for somebody, in whatever order they come: STOP, ERASE, and that she came back.

Rule 1: of one node and epoch the later page holds. Which page a notice was in is not told by SMS: there a return holds
only from a later day, and its page tells the rest.
Rule 2: a node lifts what that node told, and nothing else. A STOP she gave to the hub itself, or at another node, holds
until she comes back there, or to the hub: a node that was turned could invent any return, on any day.
Rule 3: an erasure is always carried out.
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
    if notice.kind != "erase" and not _newer(notice, by, said.get(mine)):
        return False
    said[mine] = [by.epoch, by.page, notice.kind, notice.day]
    _keep(tx, index, said)
    return notice.kind != _BACK or not _stops(said)


def heeded_at_once(tx: Tx, index: bytes, notice: Notice, by: Told) -> None:
    """A STOP or ERASE was carried out before it was the turn of its page."""
    _keep(tx, index, _said(tx, index) | {by.node.hex(): [by.epoch, 0, notice.kind, notice.day]})


def said_here(tx: Tx, index: bytes, kind: str, day: int) -> None:
    """She said it to the hub itself: that she came back holds against everybody."""
    _keep(tx, index, {} if kind == _BACK else _said(tx, index) | {_HERE: [0, 0, kind, day]})


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
