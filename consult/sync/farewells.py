"""Which notice of a node's holds for somebody, in whatever order they come: STOP, ERASE, and that she came back.

Rule 1: of one node and epoch the later page holds. Which page a notice was in is not told by SMS: there a return holds
only from a later day, and its page tells the rest.
Rule 2: between two machines a stop holds against a return of the same day or before.
Rule 3: an erasure is always carried out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from consult.store import Tx
from consult.sync.pages import Notice

_LAST = "left "  # setting, by index: JSON [node, epoch, page, kind, day] of the notice that holds


@dataclass(frozen=True, slots=True)
class Told:
    """Where a notice stood. `page` 0: in an SMS."""

    node: bytes
    epoch: int
    page: int


def holds(tx: Tx, index: bytes, notice: Notice, by: Told) -> bool:
    """Whether it is to be carried out; then it is what holds from now on."""
    kept: list[Any] = json.loads(tx.setting(_LAST + index.hex()) or "[]")
    stands = {mark: (kind, day) for mark, kind, day, _ in tx.reach()}.get(index)
    if notice.kind != "erase" and not _newer(notice, by, kept, stands):
        return False
    tx.set(_LAST + index.hex(), json.dumps([by.node.hex(), by.epoch, by.page, notice.kind, notice.day]))
    return True


def _newer(notice: Notice, by: Told, kept: list[Any], stands: tuple[str, int] | None) -> bool:
    same = bool(kept) and (kept[0], kept[1]) == (by.node.hex(), by.epoch) and stands == (kept[3], kept[4])
    if same and by.page and kept[2]:
        return by.page > int(kept[2])
    stopped = stands is not None and stands[0] != "rejoin"
    return notice.kind == "stop" or not stopped or stands is None or notice.day > stands[1]
