"""A hub and nodes to play with: whole houses, each in a folder of its own, that know each other.

Messages leave through `Tape` of the journeys' stage; pages are carried by hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from consult.house import House
from consult.library import day_of
from consult.store.fieldwork import Node
from consult.sync import closing, contact, enrolling
from consult.sync.acks import read_ack
from consult.sync.arriving import Arrived, take
from consult.sync.keys import hub_of
from consult.sync.obeying import take_order
from consult.unsealing import Opening
from tests.journeys.stage import MORNING, Houses, Stage, set_up

TOKEN = b"t" * 16
Said = tuple[str, str, str, int, str]


@dataclass
class Field:
    """One hub and its nodes, all on one clock (`at`)."""

    hub: Stage
    nodes: dict[str, Stage] = field(default_factory=dict)

    # ---- between them

    def node(self, name: str) -> Node:
        found = self.hub.house.store.read(lambda view: view.node_called(name))
        assert found is not None
        return found

    def join(self, name: str, stage: Stage) -> Stage:
        """The node joins, and is given what waits for it."""
        hub = self.hub.house
        verify, box = enrolling.keys_of_hub(hub)
        request = enrolling.ask(stage.house, box)
        hub.store.write(lambda tx: enrolling.admit(hub, tx, name, request, TOKEN, MORNING))
        enrolling.belong(stage.house, name, verify=verify, box=box)
        self.nodes[name] = stage
        self.down(name)
        return stage

    def close(self, name: str) -> list[bytes]:
        """Close whatever is open at a node; the pages that wait to leave."""
        house = self.nodes[name].house
        closing.close_due(house, self.nodes[name].at, now=True)
        return [page.data for page in house.store.read(contact.outgoing)]

    def up(self, name: str) -> list[Arrived]:
        """All pages of a node reach the hub, and it hears so."""
        arrived = [take(self.hub.house, data, self.hub.at) for data in self.close(name)]
        self.acked(name)
        return arrived

    def acked(self, name: str) -> None:
        house, node = self.nodes[name].house, self.node(name)
        for epoch in {page.epoch for page in house.store.read(lambda view: view.leaving(1))}:
            data = contact.ack(self.hub.house, node, epoch, self.hub.at)
            hub = house.store.read(hub_of)
            assert hub is not None
            contact.heed(house, read_ack(data, hub.verify, node.node))

    def down(self, name: str) -> list[bool]:
        """All orders that wait reach the node."""
        return [take_order(self.nodes[name].house, each) for each in contact.letters(self.hub.house, self.node(name))]


def field_of(folder: Path, houses: Houses, *definitions: str) -> Field:
    """A hub that has published these."""
    houses.furnish(folder / "hub", definitions)
    return Field(set_up(folder / "hub"))


def bare(folder: Path) -> Stage:
    """A house where nothing is published: a node that is about to join."""
    return set_up(folder)


def told(house: House, name: str, private: bytes) -> list[Said]:
    """What the hub knows of a consultation, in an order that is the same everywhere: where each fact is from, which
    conversation, and what it says."""
    published = house.store.read(lambda view: view.published(name))
    assert published is not None
    opening = Opening(house.store, published, private)
    return sorted(
        (fact.node, f"{fact.epoch}/{fact.seq}", fact.verdict, fact.day, repr(event)) for fact, event in opening.events()
    )


def today(stage: Stage) -> int:
    return day_of(stage.at)
