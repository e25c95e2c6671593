"""Whose return lifts whose STOP: of one machine its own, of the hub every one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from consult.house import House
from consult.sync.arriving import heed, heed_notices, take
from consult.sync.farewells import Told
from consult.sync.pages import Notice
from tests.journeys.stage import HER, Houses, Stage
from tests.sync.field import Field, bare, field_of, today
from tests.sync.test_field import FINISHES

DAY = 86_400


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Houses:
    return Houses(tmp_path_factory.mktemp("houses"))


@pytest.fixture
def towns(tmp_path: Path, houses: Houses) -> Iterator[Field]:
    """A hub with two nodes."""
    made = field_of(tmp_path, houses, "market")
    for name in ("village", "town"):
        made.join(name, bare(tmp_path / name))
    yield made
    for stage in (made.hub, *made.nodes.values()):
        stage.house.close()


def stopped(house: House) -> bool:
    return house.store.read(lambda view: view.suppressed(house.vault.index(HER)))


def tomorrow(field: Field) -> None:
    for stage in (field.hub, *field.nodes.values()):
        stage.at += DAY


def ordered(field: Field, name: str) -> list[str]:
    node = field.node(name).node
    return [order.kind for order in field.hub.house.store.read(lambda view: view.orders(node))]


def test_a_return_at_a_node_lifts_no_stop_that_she_gave_to_the_hub(towns: Field) -> None:
    village = towns.nodes["village"]
    village.says(*FINISHES)
    towns.up("village")
    towns.hub.says("STOP")
    towns.down("village")
    for _ in range(3):
        tomorrow(towns)
        village.says("KIOSK")
        towns.up("village")
        assert stopped(towns.hub.house)
        assert "rejoin" not in ordered(towns, "town")
    assert not stopped(village.house)  # there she is heard
    towns.hub.says("KIOSK")
    assert not stopped(towns.hub.house)
    assert ordered(towns, "town")[-1] == "rejoin"


def test_a_return_at_a_node_lifts_no_stop_that_she_gave_at_another(towns: Field) -> None:
    village, town = towns.nodes["village"], towns.nodes["town"]
    for stage in (village, town):
        stage.says(*FINISHES)
    village.says("STOP")
    towns.up("village")
    towns.down("town")
    tomorrow(towns)
    town.says("KIOSK")
    towns.up("town")
    assert stopped(towns.hub.house)
    assert "rejoin" not in ordered(towns, "village")
    village.says("KIOSK")
    towns.up("village")
    assert not stopped(towns.hub.house)


def test_who_comes_back_where_she_stopped_is_back(towns: Field) -> None:
    village = towns.nodes["village"]
    village.says(*FINISHES, "STOP", "KIOSK")
    towns.up("village")
    assert not stopped(towns.hub.house)


# ---- a node that was turned


def say(field: Field, name: str, kind: str, day: int, page: int) -> None:
    """A node tells this of her, whether it is so or not."""
    hub, node = field.hub.house, field.node(name)
    notice = Notice(kind, HER, day)  # type: ignore[arg-type]
    by = Told(node.node, 1, page)
    hub.store.write(lambda tx: heed(hub, tx, (notice,), day, lambda _: node.id, by))


def test_a_node_makes_no_stop_its_own_by_telling_it_too(towns: Field) -> None:
    day = today(towns.hub)
    towns.hub.says("STOP")
    for step, kind in enumerate(("rejoin", "stop", "rejoin", "erase", "rejoin")):
        say(towns, "village", kind, day + 100 + step, step + 1)
        assert stopped(towns.hub.house)


def test_by_sms_too_and_on_any_day(towns: Field) -> None:
    hub, node, day = towns.hub.house, towns.node("village"), today(towns.hub)
    say(towns, "town", "stop", day, 1)
    for kind in ("rejoin", "stop", "rejoin"):
        notice = Notice(kind, HER, day + 1000)  # type: ignore[arg-type]
        hub.store.write(lambda tx, n=notice: heed_notices(hub, tx, node, (n,), day))
        assert stopped(hub)


def test_what_an_earlier_version_kept_is_read_as_the_safer_of_what_it_can_mean(towns: Field) -> None:
    hub, node, day = towns.hub.house, towns.node("village").node.hex(), today(towns.hub)
    name = "left " + hub.vault.index(HER).hex()
    say(towns, "village", "stop", day, 5)
    hub.store.write(lambda tx: tx.set(name, json.dumps([node, 1, 5, "stop", day])))
    say(towns, "village", "rejoin", day, 6)
    assert not stopped(hub)
    towns.hub.says("STOP")
    hub.store.write(lambda tx: tx.set(name, json.dumps([node, 1, 6, "rejoin", day])))
    say(towns, "village", "rejoin", day + 9, 7)
    assert stopped(hub)


def test_a_stop_that_was_heeded_before_its_turn_is_the_nodes_own(towns: Field) -> None:
    village = towns.nodes["village"]
    village.says(*FINISHES)
    pages = towns.close("village")
    village.says("STOP")
    pages += towns.close("village")[len(pages) :]
    for page in reversed(pages):
        take(towns.hub.house, page, towns.hub.at)
    assert stopped(towns.hub.house)
    village.says("KIOSK")
    towns.up("village")
    assert not stopped(towns.hub.house)


def test_before_any_node_a_stop_is_the_hubs_own(tmp_path: Path, houses: Houses) -> None:
    field = field_of(tmp_path, houses, "market")
    field.hub.says("STOP")
    node: Stage = field.join("village", bare(tmp_path / "village"))
    say(field, "village", "stop", today(field.hub) + 1, 1)
    say(field, "village", "rejoin", today(field.hub) + 2, 2)
    assert stopped(field.hub.house)
    for stage in (field.hub, node):
        stage.house.close()


# ---- once


def heard(field: Field) -> list[int]:
    """The people of whom the hub can still open what they said."""
    return field.hub.house.store.read(lambda view: [n for n in range(1, 30) if view.key(n, "market")])


def come_back(field: Field) -> list[int]:
    """She joins at the hub a day later; whose answers the hub has then, and she among them."""
    tomorrow(field)
    field.hub.says(*FINISHES)
    assert not stopped(field.hub.house)
    tomorrow(field)
    return heard(field)


@pytest.mark.parametrize("word", ["STOP", "ERASE"])
def test_what_an_ahead_page_told_is_not_told_again_at_its_turn(towns: Field, word: str) -> None:
    village = towns.nodes["village"]
    village.says(*FINISHES)
    first = towns.close("village")
    village.says(word)
    rest = towns.close("village")[len(first) :]
    towns.hub.says(*FINISHES)
    for page in rest:
        take(towns.hub.house, page, towns.hub.at)
    assert stopped(towns.hub.house)
    theirs = come_back(towns)
    for page in first:
        take(towns.hub.house, page, towns.hub.at)
    assert not stopped(towns.hub.house)
    assert set(theirs) <= set(heard(towns))


@pytest.mark.parametrize("word", ["STOP", "ERASE"])
def test_what_an_sms_told_is_not_told_again_by_its_page(towns: Field, word: str) -> None:
    village = towns.nodes["village"]
    village.says(*FINISHES, word)
    pages = towns.close("village")
    towns.hub.says(*FINISHES)
    hub, node, day = towns.hub.house, towns.node("village"), today(towns.hub)
    hub.store.write(lambda tx: heed_notices(hub, tx, node, (Notice(word.lower(), HER, day),), day))
    assert stopped(hub)
    theirs = come_back(towns)
    for page in pages:
        take(hub, page, towns.hub.at)
    assert not stopped(hub)
    assert set(theirs) <= set(heard(towns))


def test_a_second_erasure_of_the_same_day_is_a_second_one(towns: Field) -> None:
    hub, node, day = towns.hub.house, towns.node("village"), today(towns.hub)
    notice, by = Notice("erase", HER, day), Told(node.node, 1, 7)
    towns.hub.says(*FINISHES)
    hub.store.write(lambda tx: heed_notices(hub, tx, node, (notice,), day))
    assert heard(towns) == []
    towns.hub.says(*FINISHES)
    hub.store.write(lambda tx: heed(hub, tx, (notice,), day, lambda _: node.id, by))
    assert heard(towns) != []
    hub.store.write(lambda tx: heed(hub, tx, (notice,), day, lambda _: node.id, by))
    assert heard(towns) == []
