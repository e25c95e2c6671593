"""Two machines that speak as one node are noticed before their pages fork, and nothing else is taken for them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from consult.house import House
from consult.library import day_of
from consult.store.fieldwork import Node
from consult.sync import twins
from consult.sync.status import standings
from tests.journeys.stage import MORNING, Houses, Stage, set_up
from tests.sync.field import Field, bare, field_of
from tests.sync.lines import Line, reach, served, synced
from tests.sync.test_field import FINISHES, at_hub, image

DAY = 20_000


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Houses:
    return Houses(tmp_path_factory.mktemp("houses"))


@pytest.fixture
def village(tmp_path: Path, houses: Houses) -> Iterator[Field]:
    made = field_of(tmp_path, houses, "market")
    made.join("village", bare(tmp_path / "village"))
    yield made
    for stage in (made.hub, *made.nodes.values()):
        stage.house.close()


@pytest.fixture
def line(village: Field) -> Iterator[Line]:
    with served(village.hub.house) as port, Line(port) as made:
        reach(village, "village", f"http://127.0.0.1:{made.port}")
        yield made


def copied(field: Field, folder: Path) -> Stage:
    """The node's data folder, copied, and opened beside it."""
    node = field.nodes["village"]
    image(node, folder)
    field.nodes["copy"] = replace(set_up(folder, at=node.at), refs=node.refs, seed=9)
    return field.nodes["copy"]


def noticed(field: Field, at: int | None = None) -> bool:
    (standing,) = standings(field.hub.house, at or int(time.time()))
    return standing.twins


def audited(field: Field) -> int:
    lines = field.hub.house.store.read(lambda view: view.audit())
    return sum("two machines seem to speak as this node" in line[2] for line in lines)


def test_a_copied_folder_is_noticed_before_any_page_forks_and_all_is_taken(
    village: Field, line: Line, tmp_path: Path
) -> None:
    node = village.nodes["village"]
    synced(node.house)
    copy = copied(village, tmp_path / "copy")
    synced(node.house)
    assert not noticed(village)
    synced(copy.house)
    assert noticed(village)
    for _ in range(3):
        synced(node.house)
        synced(copy.house)
    assert audited(village) == 1
    node.says(*FINISHES)
    village.close("village")
    assert synced(node.house).pages == 1
    assert at_hub(village)


def test_a_line_that_is_cut_anywhere_raises_no_alarm(village: Field, line: Line) -> None:
    node = village.nodes["village"]
    for up, down in ((10, None), (200, None), (None, 0), (None, 40), (400, None), (None, 1)):
        line.cut(up=up, down=down)
        synced(node.house, tries=1)
        synced(node.house)
    assert line.connections >= 12
    assert not noticed(village)
    assert audited(village) == 0


def test_a_house_that_is_closed_and_opened_raises_no_alarm(village: Field, line: Line, tmp_path: Path) -> None:
    for _ in range(3):
        synced(village.nodes["village"].house)
        village.nodes["village"].house.close()
        village.nodes["village"] = set_up(tmp_path / "village")
    assert not noticed(village)


# ---- every case, without a line


def hears(field: Field, said: str, day: int = DAY) -> bool:
    hub, node = field.hub.house, field.node("village")
    return hub.store.write(lambda tx: twins.heard(tx, node, said, day))


A, B, C, D, E = (8 * letter for letter in "abcde")
ONE, TWO = 8 * "1", 8 * "2"


@pytest.mark.parametrize(
    "said",
    [
        (f"{ONE} - {A}", f"{ONE} {A} {B}", f"{ONE} {B} {C}"),
        (f"{ONE} - {A}", f"{ONE} - {A}", f"{ONE} {A} {B}"),  # the answer was lost
        (f"{ONE} - {A}", f"{ONE} {A} {B}", f"{ONE} - {A}", f"{ONE} {B} {C}"),  # a request came late
        (f"{ONE} - {A}", f"{ONE} {A} {B}", f"{TWO} - {C}", f"{TWO} {C} {D}"),  # the node was restored
        (f"{ONE} - {A}", "", "nonsense", f"{ONE} {A}", f"{ONE} {A} {B}"),  # what is no mark is nothing
    ],
)
def test_what_happens_to_one_machine_is_not_taken_for_two(village: Field, said: tuple[str, ...]) -> None:
    assert [hears(village, each) for each in said] == [False] * len(said)


@pytest.mark.parametrize(
    "said",
    [
        (f"{ONE} - {A}", f"{ONE} {A} {B}", f"{ONE} {A} {C}"),  # copied after A was handed on
        (f"{ONE} - {A}", f"{ONE} - {A}", f"{ONE} {A} {B}", f"{ONE} {A} {C}"),  # copied while A was under way
        (f"{ONE} - {A}", f"{TWO} - {B}", f"{ONE} {A} {C}"),  # one of them began another epoch
        (f"{ONE} - {A}", f"{ONE} - {B}"),  # the copy never was here
    ],
)
def test_two_machines_are_noticed_at_the_first_word_that_tells(village: Field, said: tuple[str, ...]) -> None:
    assert [hears(village, each) for each in said] == [*[False] * (len(said) - 1), True]
    assert noticed(village, (DAY + 1) * 86_400)
    assert not noticed(village, (DAY + 31) * 86_400)


def test_the_audit_has_one_line_a_day(village: Field) -> None:
    for place, day in enumerate((DAY, DAY, DAY, DAY + 1, DAY + 1)):
        hears(village, f"{ONE} - {place:08x}", day)
    assert audited(village) == 2


def test_a_hub_that_was_put_back_begins_afresh(village: Field) -> None:
    hears(village, f"{ONE} - {A}")
    village.hub.house.store.write(lambda tx: tx.new_epoch(7))
    assert not hears(village, f"{ONE} {D} {E}")


def test_the_marks_of_a_node_are_its_own(village: Field, tmp_path: Path) -> None:
    village.join("town", bare(tmp_path / "town"))
    house: House = village.hub.house
    town: Node = village.node("town")
    assert not hears(village, f"{ONE} - {A}")
    assert not house.store.write(lambda tx: twins.heard(tx, town, f"{ONE} - {B}", day_of(MORNING)))
    assert not hears(village, f"{ONE} {A} {C}")
