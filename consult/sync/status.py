"""How each node stands, as the hub knows it: when it was last heard of, what is missing, what it cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Literal

from consult.house import House
from consult.library import day_of
from consult.store import View
from consult.store.fieldwork import Node, PageState, Traffic
from consult.sync.acks import gaps

SHOWN = 12  # missing pages that are named
MONTH = 30  # days of cost that are shown


@dataclass(frozen=True, slots=True)
class Standing:
    """A node. `number`: the fingerprint that both sides compare; `missing`: pages, as "3,7"; `waiting`: orders that it
    has not carried out; `spent`: of the last 30 days, in words; `unmerged`: pages that wait, by what they wait for;
    `twins`: two machines seemed to speak as this node in these days; `odd`: orders that it does not understand."""

    name: str
    number: str
    seen: str
    pages: int
    missing: str
    waiting: int
    spent: str
    state: Literal["active", "revoked"]
    unmerged: Mapping[PageState, int]
    twins: bool
    odd: int


def standings(house: House, at: int) -> list[Standing]:
    """Every node, in the order in which they joined."""
    from consult.sync import meeting, twins
    from consult.sync.enrolling import Request, fingerprint, keys_of_hub

    keys = keys_of_hub(house)

    def one(view: View, node: Node) -> Standing:
        asked = Request(node.node, node.verify, node.box, b"")
        return Standing(
            name=node.name,
            number=fingerprint(asked, *keys),
            seen=_when(node.seen_at),
            pages=sum(len(view.page_numbers(node.node, epoch)) for epoch in view.epochs(node.node)),
            missing=_told(_missing(view, node)),
            waiting=len(view.orders(node.node, node.obeyed)),
            spent=spent(view.traffic_of(node.node, day_of(at) - MONTH)),
            state="revoked" if node.revoked else "active",
            unmerged=view.unmerged(node.node),
            twins=twins.doubted_since(view, node, day_of(at) - MONTH),
            odd=len(meeting.not_understood(view, node)),
        )

    return house.store.read(lambda view: [one(view, node) for node in view.nodes()])


def _told(missing: Iterator[int]) -> str:
    """The first of them, and that there are more."""
    some = [str(number) for number in islice(missing, SHOWN + 1)]
    return ",".join(some[:SHOWN]) + (", …" if len(some) > SHOWN else "")


def _missing(view: View, node: Node) -> Iterator[int]:
    for epoch in view.epochs(node.node):
        yield from gaps(view.page_numbers(node.node, epoch))


def _when(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M") if at else ""


def spent(traffic: list[Traffic]) -> str:
    """ "18 kB, 3 SMS, 0.09"; empty where nothing was."""
    size = sum(each.up + each.down for each in traffic)
    segments, price = sum(each.segments for each in traffic), sum(each.price for each in traffic)
    parts = [f"{-(-size // 1000)} kB"] if size else []
    parts += [f"{segments} SMS"] if segments else []
    return ", ".join(parts + ([f"{price:.2f}"] if price else []))
