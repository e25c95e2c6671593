"""Whether two machines speak as one node over HTTPS: a copied data folder is noticed before its pages fork.

    Consult-Mark: EPOCH HANDED NEXT     eight hexadecimal digits each, HANDED "-" at first; with the first request of a
                                        connection

A node draws the next mark, shows it beside the one it handed on last, and keeps it once the hub answered. So only
whoever was here last can show what the hub knows: of two machines one comes with a mark that the other has replaced, or
with an epoch that the other has left.

Rule 1: nothing is refused, and nothing anybody said is believed less: the node is marked, and the audit says so.
Rule 2: no false alarm: an answer that was lost, a request that comes late or twice, a node that was restored and a hub
that was put back are as they should be. An image that went back with its file `keys/epoch` is not: its pages will fork.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from typing import Final

from consult.store import Tx, View
from consult.store.fieldwork import Node

HEADER: Final = "Consult-Mark"
MARK: Final = 4  # bytes
_MINE: Final = "mark for the hub"  # setting of a node: JSON [epoch, handed on, next]
_HEARD: Final = "mark of "  # setting of a hub, by node: JSON of _Heard
_SAID: Final = re.compile(r"([0-9a-f]{8}) ([0-9a-f]{8}|-) ([0-9a-f]{8})")
_REMEMBERED: Final = 8  # marks, and epochs that were left


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a hub knows of a node. `hub`: its own epoch then; `marks`: the last ones, the newest at the end; `left`:
    epochs that it went on from; `doubted`: the day of the last doubt, -1 for none."""

    hub: int
    epoch: int
    marks: list[str]
    left: list[int]
    doubted: int = -1


# ---- on the node


def shown(tx: Tx, fresh: bytes) -> str:
    """What this node shows now. `fresh`: MARK bytes of chance, used where no mark waits to be handed on."""
    here = tx.epoch()
    epoch, handed, next = json.loads(tx.setting(_MINE) or "null") or (here, "", "")
    if epoch != here:
        handed = next = ""
    next = next or fresh.hex()
    tx.set(_MINE, json.dumps([here, handed, next]))
    return f"{here:08x} {handed or '-'} {next}"


def handed_on(tx: Tx) -> None:
    """The hub answered: it knows the mark that was shown."""
    epoch, handed, next = json.loads(tx.setting(_MINE) or "null") or (tx.epoch(), "", "")
    tx.set(_MINE, json.dumps([epoch, next or handed, ""]))


# ---- at the hub


def heard(tx: Tx, node: Node, said: str, day: int) -> bool:
    """A node shows its mark; whether another machine shows this node's too."""
    found = _SAID.fullmatch(said)
    if found is None:
        return False
    epoch, handed, next = int(found[1], 16), found[2], found[3]
    before = _read(tx, node)
    if before is None or before.hub != tx.epoch():
        doubted = before.doubted if before else -1
        _keep(tx, node, _Heard(tx.epoch(), epoch, [next], [], doubted))
        return False
    if epoch == before.epoch and next in before.marks[:-1]:
        return False  # it was under way for long: what came after it is here already
    doubt = epoch in before.left or (epoch == before.epoch and not {handed, next} & {before.marks[-1]})
    _keep(tx, node, replace(_after(before, epoch, next), doubted=day if doubt else before.doubted))
    if doubt and before.doubted != day:
        tx.note(day, f"node {node.name}: two machines seem to speak as this node, or an old image of it was put back")
    return doubt


def doubted_since(view: View, node: Node, day: int) -> bool:
    """Whether two machines seemed to speak as this node on that day or after it."""
    known = _read(view, node)
    return known is not None and known.doubted >= day


def _after(before: _Heard, epoch: int, next: str) -> _Heard:
    if epoch == before.epoch:
        marks = [each for each in before.marks if each != next]
        return replace(before, marks=[*marks, next][-_REMEMBERED:])
    left = [each for each in before.left if each != epoch]
    return replace(before, epoch=epoch, marks=[next], left=[*left, before.epoch][-_REMEMBERED:])


def _read(view: View, node: Node) -> _Heard | None:
    kept = view.setting(_HEARD + node.node.hex())
    return _Heard(**json.loads(kept)) if kept else None


def _keep(tx: Tx, node: Node, known: _Heard) -> None:
    tx.set(_HEARD + node.node.hex(), json.dumps(asdict(known)))
