"""A node that is lost, stolen or not to be trusted any more.

Rule 1: pages up to the cut are believed, later ones wait for the operator, whether they come after the revocation or
came before it.
Rule 2: facts stay in the journal, which never changes; those of pages beyond the cut are withdrawn: whoever counts
leaves them out, until the operator merges those pages after all.
Rule 3: its token opens nothing from then on but what protects women: pages that were under way, stops, erasures.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import Final

from consult.house import House
from consult.library import day_of
from consult.store import Tx, View
from consult.store.fieldwork import Node, PageRow
from consult.sync.brought import BELIEVED, brought, spread

WITHDRAWN: Final = "withdrawn"  # setting: JSON [[node, epoch, "numbers"], ...]
Origin = tuple[str, int]


class NoNode(Exception):
    """No node of this hub is called so."""


def revoke(house: House, name: str, cut: int | None, *, by: str, at: int) -> Node:
    """Believe its pages up to `cut` of the newest epoch (None: all that came) and none after. Raises NoNode."""
    return house.store.write(partial(_revoke, name, cut, by, at))


def _revoke(name: str, cut: int | None, by: str, at: int, tx: Tx) -> Node:
    node = tx.node_called(name)
    if node is None:
        raise NoNode(f"no node is called {name}; see `consult node list`")
    cuts = {epoch: max(tx.page_numbers(node.node, epoch), default=0) for epoch in tx.epochs(node.node)}
    if cut is not None and cuts:
        newest = _newest(tx, node)
        cuts[newest] = min(cut, cuts[newest]) if node.revoked else cut
    revoked = replace(node, cuts=json.dumps({str(epoch): last for epoch, last in cuts.items()} or {"0": 0}))
    tx.update_node(revoked)
    for epoch, last in cuts.items():
        for row in list(tx.pages_of(node.node, epoch)):
            if row.number > last and row.state in BELIEVED:
                _withdraw(tx, row)
    tx.note(day_of(at), f"node {name} revoked by {by}, its pages after {_told(cuts)} are not believed")
    return revoked


def _newest(view: View, node: Node) -> int:
    """The epoch of the page that came last."""
    rows = [row for epoch in view.epochs(node.node) for row in view.pages_of(node.node, epoch)]
    return max(rows, key=lambda row: row.id).epoch


def _told(cuts: dict[int, int]) -> str:
    return ", ".join(f"{last} of epoch {epoch:08x}" for epoch, last in cuts.items()) or "none"


def _withdraw(tx: Tx, row: PageRow) -> None:
    tx.update_page(replace(row, state="quarantined", why="revoked"))
    if row.numbers:
        kept = json.loads(tx.setting(WITHDRAWN) or "[]")
        tx.set(WITHDRAWN, json.dumps([*kept, _mine(row)]))


def restore(tx: Tx, row: PageRow) -> None:
    """The operator believes this page after all."""
    kept = json.loads(tx.setting(WITHDRAWN) or "[]")
    if _mine(row) in kept:
        kept.remove(_mine(row))
        tx.set(WITHDRAWN, json.dumps(kept))


def _mine(row: PageRow) -> list[str | int]:
    return [row.node.hex(), *brought(row)]


def withdrawn(view: View) -> dict[Origin, frozenset[int]]:
    """The facts that nobody counts, by node and epoch; mostly none."""
    found: dict[Origin, set[int]] = {}
    for node, epoch, numbers in json.loads(view.setting(WITHDRAWN) or "[]"):
        found.setdefault((node, epoch), set()).update(spread(numbers))
    return {origin: frozenset(numbers) for origin, numbers in found.items()}
