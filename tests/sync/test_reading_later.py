"""What could not be read when it came is read once what it lacks is here."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from consult import custody, figures, publish
from consult.sync import arriving, contact, quarantine
from consult.sync.reading_later import read_waiting
from consult.sync.status import standings
from tests.journeys.script import definition
from tests.journeys.stage import Houses, set_up
from tests.sync.field import Field, bare, field_of, told
from tests.sync.test_field import FINISHES, HER, SHE, image

THIRD = "+2348030000003"


@dataclass
class Offline:
    """A hub that cannot open what it is given, a node, and the key that lies elsewhere."""

    field: Field
    private: bytes

    def told(self) -> list[tuple[str, str, str, int, str]]:
        return told(self.field.hub.house, "market", self.private)

    def heard(self) -> list[tuple[str, str, str, int, str]]:
        return told(self.field.nodes["village"].house, "market", self.private)


@pytest.fixture
def offline(tmp_path: Path) -> Iterator[Offline]:
    hub = set_up(tmp_path / "hub")
    made = hub.publish(definition("market").replace("round = 1", 'round = 1\ncustody = "offline"', 1))
    assert made.kit is not None
    field = Field(hub)
    field.join("village", bare(tmp_path / "village"))
    yield Offline(field, custody.join(made.kit.half_a, made.kit.half_b))
    for stage in (hub, *field.nodes.values()):
        stage.house.close()


def test_sealed_pages_are_read_when_the_key_is_brought_and_once(offline: Offline) -> None:
    node, hub = offline.field.nodes["village"], offline.field.hub.house
    for sender in (HER, SHE):
        node.says(*FINISHES, sender=sender)
        offline.field.up("village")
    assert offline.told() == []
    assert figures.figures(hub, "market", private=offline.private)["frames"]
    assert offline.told() == offline.heard()
    assert read_waiting(hub, 1, "market", offline.private) == 0


def test_whoever_erased_herself_while_her_page_waited_is_not_read(offline: Offline) -> None:
    node, hub = offline.field.nodes["village"], offline.field.hub.house
    node.says(*FINISHES)
    offline.field.up("village")
    node.says(*FINISHES, sender=SHE)
    node.says("ERASE")
    offline.field.up("village")
    assert read_waiting(hub, 1, "market", offline.private) == 2
    assert len(offline.told()) == len(offline.heard()) > 0
    assert len({fact.person for fact, _ in figures.opened(hub, "market", offline.private).events()}) == 1


def test_another_key_opens_nothing_and_loses_nothing(offline: Offline) -> None:
    hub = offline.field.hub.house
    offline.field.nodes["village"].says(*FINISHES)
    offline.field.up("village")
    assert read_waiting(hub, 1, "market", b"\7" * 32) == 0
    assert read_waiting(hub, 1) == 0
    assert read_waiting(hub, 1, "market", offline.private) == 1


def test_two_tails_are_told_apart_once_the_key_is_brought(offline: Offline, tmp_path: Path) -> None:
    field, hub = offline.field, offline.field.hub.house
    node = field.nodes["village"]
    node.says(*FINISHES)
    field.up("village")
    image(node, tmp_path / "copy")
    copy = set_up(tmp_path / "copy", at=node.at)
    field.nodes["copy"], copy.refs, copy.seed = copy, node.refs, 6
    node.says(*FINISHES, sender=SHE)
    copy.says(*FINISHES, sender=THIRD)
    for name in ("village", "copy"):
        for page in field.close(name):
            arriving.take(hub, page, field.hub.at)
    (tail,) = quarantine.tails(hub)
    which = ("village", tail.epoch, tail.first)
    with pytest.raises(quarantine.Undecided, match="key"):
        quarantine.decide(hub, *which, "merge", by="Amina", at=1)
    with pytest.raises(quarantine.Undecided, match="have them read first"):
        quarantine.decide(hub, *which, "merge", by="Amina", at=1, private=offline.private)
    read_waiting(hub, 1, "market", offline.private)
    quarantine.decide(hub, *which, "merge", by="Amina", at=1, private=offline.private)
    assert len({fact.person for fact, _ in figures.opened(hub, "market", offline.private).events()}) == 3


def test_pages_of_a_version_that_a_restored_hub_has_forgotten_are_read_when_it_is_published(tmp_path: Path) -> None:
    field = field_of(tmp_path, Houses(tmp_path / "houses"), "market")
    node = field.join("village", bare(tmp_path / "village"))
    field.hub.house.store.backup(str(tmp_path / "before.db"))
    second = definition("market").replace("round = 1", "round = 2")
    field.hub.publish(second)
    field.down("village")
    node.says(*FINISHES)
    pages = field.close("village")
    field.hub.house.close()
    for file in tmp_path.glob("hub/consult.db*"):
        file.unlink()
    shutil.copy(tmp_path / "before.db", tmp_path / "hub" / "consult.db")
    field.hub = set_up(tmp_path / "hub")
    hub = field.hub.house
    assert [arriving.take(hub, page, 1).outcome for page in pages] == ["held"]
    assert [each.unmerged for each in standings(hub, 1)] == [{"held": len(pages)}]
    publish.publish(hub, second, day=20_780, test=True)
    private = custody.private_key(hub.settings.data, hub.vault, "market")
    assert told(hub, "market", private) == told(node.house, "market", private) != []
    assert hub.store.read(lambda view: view.pages_in("held")) == []
    assert node.house.store.read(contact.outgoing)
    for stage in (field.hub, node):
        stage.house.close()
