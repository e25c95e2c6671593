"""Which pages of one node and epoch follow each other: the trunk that was believed, and tails that were taken in apart.

Rule 1: a page is of the tail from whose first page its chain comes; all others are of the trunk.
Rule 2: the trunk is what is believed; what is quarantined or was dropped belongs to it as little as a tail.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from consult.store import View
from consult.store.fieldwork import PageRow
from consult.sync.brought import BELIEVED
from consult.sync.pages import START, hashed


@dataclass(frozen=True, slots=True)
class Branch:
    """A tail that was taken in as an epoch of its own: people it brought are known by `source`, facts that were
    numbered in the epoch of its pages by `as_epoch`."""

    source: int
    number: int  # of its first page
    as_epoch: int
    of: Branch | None = None  # the tail it branched off from; None for the trunk

    def kept_as(self, page_epoch: int, epoch: int) -> int:
        """Under which epoch its facts of this one are kept: those heard before another epoch began keep their own."""
        if epoch == page_epoch:
            return self.as_epoch
        return int.from_bytes(hashed(self.as_epoch.to_bytes(4, "big") + epoch.to_bytes(4, "big"))[:4], "big") >> 1


def chained(row: PageRow) -> bytes:
    """`pages.chain`, of a page of which perhaps only the hash is left: what the next one follows."""
    return hashed(row.previous + row.hash)


def branches(view: View, node: bytes, epoch: int) -> dict[bytes, Branch]:
    """By hash, every page that is of a tail; mostly none."""
    heads = {hash: Branch(-id, number, as_epoch) for id, number, hash, as_epoch in view.tails(node, epoch)}
    found, follows = dict[bytes, Branch](), dict[bytes, Branch]()
    for row in view.pages_of(node, epoch) if heads else ():
        head, before = heads.get(row.hash), follows.get(row.previous)
        if branch := replace(head, of=before) if head else before:
            found[row.hash] = follows[chained(row)] = branch
    return found


def trunk(view: View, node: bytes, epoch: int, number: int) -> list[PageRow]:
    """What is believed under this number, tails aside: one page, or none."""
    rows = [row for row in view.pages_at(node, epoch, number) if row.state in BELIEVED]
    apart = branches(view, node, epoch) if rows else {}
    return [row for row in rows if row.hash not in apart]


def line(view: View, node: bytes, epoch: int) -> list[PageRow]:
    """The pages from the first on of which none is missing, each following the one before; without their bytes.

    Where two follow one page, the one that is believed, else the one that came first.
    """
    rows = sorted(view.page_marks(node, epoch), key=lambda row: (row.number, row.state not in BELIEVED, row.id))
    follows = dict[bytes, PageRow]()
    for row in rows:
        follows.setdefault(row.previous, row)
    out, chain = list[PageRow](), START
    while (found := follows.get(chain)) is not None and found.number == len(out) + 1:
        out.append(found)
        chain = chained(found)
    return out


def agrees(view: View, row: PageRow) -> bool:
    """Whether it follows what is believed, and is followed by it, as far as that is here."""
    after, before = (trunk(view, row.node, row.epoch, row.number + step) for step in (1, -1))
    if any(each.previous != chained(row) for each in after):
        return False
    return (row.number == 1 and row.previous == START) or any(chained(each) == row.previous for each in before)
