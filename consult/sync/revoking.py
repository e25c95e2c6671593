"""A node that is lost, stolen or not to be trusted any more.

Rule 1: pages up to the cut are believed, later ones wait for the operator, whether they come after the revocation or
came before it.
Rule 2: facts stay in the journal, which never changes; those of pages beyond the cut are withdrawn, and those that an
SMS told and no page: whoever counts leaves them out, until a page brings them that is believed, or the operator merges
those pages after all.
Rule 3: its token opens nothing from then on but what protects women: pages that were under way, stops, erasures.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Final

from consult.house import House
from consult.library import day_of
from consult.store import Tx, View
from consult.store.fieldwork import Node, PageRow
from consult.sync.brought import BELIEVED, brought, ranges, spread

WITHDRAWN: Final = "withdrawn"  # setting: JSON [[node, epoch, "numbers"], ...]
TEXTED: Final = "withdrawn texts"  # setting, alike: what no page brought
LAST: Final = 2**62  # above every number of a fact
Origin = tuple[str, int]


class NoNode(Exception):
    """No node of this hub is called so."""


def revoke(house: House, name: str, cut: int | None, *, by: str, at: int) -> Node:
    """Believe its pages up to `cut` of the newest epoch (None: all that came) and none after. Raises NoNode.

    Of a node that was revoked before no page more is believed; where nothing changes, nothing is noted.
    """
    return house.store.write(partial(_revoke, name, cut, by, at))


def _revoke(name: str, cut: int | None, by: str, at: int, tx: Tx) -> Node:
    node = tx.node_called(name)
    if node is None:
        raise NoNode(f"no node is called {name}; see `consult node list`")
    cuts = _cuts(tx, node, cut)
    revoked = replace(node, cuts=json.dumps({str(epoch): last for epoch, last in cuts.items()} or {"0": 0}))
    if revoked.cuts == node.cuts:
        return node
    tx.update_node(revoked)
    for epoch, last in cuts.items():
        for row in list(tx.pages_of(node.node, epoch)):
            if row.number > last and row.state in BELIEVED:
                _withdraw(tx, row)
    _withdraw_texts(tx, node.node)
    tx.note(day_of(at), f"node {name} revoked by {by}, its pages after {_told(cuts)} are not believed")
    return revoked


def _cuts(view: View, node: Node, cut: int | None) -> dict[int, int]:
    """By epoch the last page to believe. Of a node that was revoked before they only become fewer."""
    if node.revoked:
        cuts = {int(epoch): last for epoch, last in json.loads(node.cuts).items()}
    else:
        cuts = {epoch: max(view.page_numbers(node.node, epoch), default=0) for epoch in view.epochs(node.node)}
    if cut is not None and (known := cuts.keys() & set(view.epochs(node.node))):
        newest = _newest(view, node, known)
        cuts[newest] = min(cut, cuts[newest]) if node.revoked else cut
    return cuts


def _newest(view: View, node: Node, epochs: Collection[int]) -> int:
    """The epoch of the page that came last."""
    rows = [row for epoch in epochs for row in view.page_marks(node.node, epoch)]
    return max(rows, key=lambda row: row.id).epoch


def _told(cuts: dict[int, int]) -> str:
    return ", ".join(f"{last} of epoch {epoch:08x}" for epoch, last in cuts.items()) or "none"


def _withdraw(tx: Tx, row: PageRow) -> None:
    tx.update_page(replace(row, state="quarantined", why="revoked"))
    if row.numbers:
        kept = json.loads(tx.setting(WITHDRAWN) or "[]")
        tx.set(WITHDRAWN, json.dumps([*kept, _mine(row)]))


def _withdraw_texts(tx: Tx, node: bytes) -> None:
    paged: dict[int, set[int]] = {}
    for epoch in tx.epochs(node):
        for as_epoch, numbers in (brought(row) for row in tx.pages_of(node, epoch)):
            paged.setdefault(as_epoch, set()).update(spread(numbers))
    left = {
        epoch: tx.known(node.hex(), epoch, 0, LAST) - paged.get(epoch, set()) for epoch in tx.epochs_heard(node.hex())
    }
    _keep_texts(tx, node, {epoch: numbers for epoch, numbers in left.items() if numbers})


def _texts(view: View, node: bytes) -> dict[int, frozenset[int]]:
    listed = json.loads(view.setting(TEXTED) or "[]")
    return {epoch: frozenset(spread(numbers)) for of, epoch, numbers in listed if of == node.hex()}


def _keep_texts(tx: Tx, node: bytes, left: Mapping[int, Collection[int]]) -> None:
    others = [each for each in json.loads(tx.setting(TEXTED) or "[]") if each[0] != node.hex()]
    mine = [[node.hex(), epoch, ranges(numbers)] for epoch, numbers in left.items() if numbers]
    tx.set(TEXTED, json.dumps([*others, *mine]))


def paged(tx: Tx, row: PageRow) -> None:
    """A page that is believed brought what an SMS had told."""
    left = _texts(tx, row.node)
    epoch, numbers = brought(row)
    if epoch in left:
        _keep_texts(tx, row.node, left | {epoch: left[epoch] - set(spread(numbers))})


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
    listed = [json.loads(view.setting(which) or "[]") for which in (WITHDRAWN, TEXTED)]
    for node, epoch, numbers in chain.from_iterable(listed):
        found.setdefault((node, epoch), set()).update(spread(numbers))
    return {origin: frozenset(numbers) for origin, numbers in found.items()}
