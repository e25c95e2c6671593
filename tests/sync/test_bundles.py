"""Pages and letters in files: cut, merged, repeated and mixed with other ways, each comes once."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consult.house import House
from consult.sync import bundles, contact
from consult.sync.acks import read_ack
from consult.sync.arriving import take
from consult.sync.keys import hub_of
from consult.sync.sequences import NoItem, items
from tests.journeys.stage import HER, MORNING, Houses, Stage, set_up
from tests.sync.field import Field, bare, field_of, told
from tests.sync.lines import Line, reach, served, synced
from tests.sync.test_field import FINISHES, SHE, at_hub, every_page, private, spoken

WHOLE = os.environ.get("CONSULT_DRILL") == "whole"
SENDERS = (HER, SHE, "+2348030000003", "+2348030000004")


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Houses:
    return Houses(tmp_path_factory.mktemp("houses"))


@pytest.fixture(scope="module")
def spoke(tmp_path_factory: pytest.TempPathFactory, houses: Houses) -> Iterator[tuple[Field, list[bytes]]]:
    """A hub to which nothing came yet, and the four pages of its node."""
    made = field_of(tmp_path_factory.mktemp("spoke"), houses, "market")
    node = made.join("village", bare(tmp_path_factory.mktemp("village")))
    for sender in SENDERS:
        node.says(*FINISHES, sender=sender)
        made.close("village")
    yield made, made.close("village")
    for stage in (made.hub, node):
        stage.house.close()


def afresh(field: Field, folder: Path) -> Stage:
    """The hub as it is, again."""
    shutil.copytree(field.hub.house.settings.data, folder, ignore=shutil.ignore_patterns("consult.db*"))
    field.hub.house.store.backup(str(folder / "consult.db"))
    return set_up(folder)


@pytest.fixture
def hub(spoke: tuple[Field, list[bytes]], tmp_path: Path) -> Iterator[House]:
    stage = afresh(spoke[0], tmp_path / "hub")
    yield stage.house
    stage.house.close()


def known(house: House, field: Field) -> list[tuple[str, str, str, int, str]]:
    return told(house, "market", private(field))


def test_a_file_is_neutral_and_the_same_pages_make_the_same_one(tmp_path: Path) -> None:
    first, again = bundles.write(tmp_path, b"some pages"), bundles.write(tmp_path, b"some pages")
    assert first == again
    assert [file.name for file in tmp_path.iterdir()] == [first.name]
    assert first.name.isascii()
    assert len(first.name) == len("deadbeef.bin")
    assert first.read_bytes() == b"some pages"
    assert first.stat().st_mode & 0o077 == 0


def test_a_file_that_was_cut_short_is_written_again(tmp_path: Path) -> None:
    path = bundles.write(tmp_path, b"some pages")
    path.write_bytes(b"some")
    assert bundles.write(tmp_path, b"some pages").read_bytes() == b"some pages"


def test_a_file_comes_twice_and_counts_once(spoke: tuple[Field, list[bytes]], hub: House) -> None:
    field, told_ = spoke
    data = b"".join(told_)
    assert bundles.take_pages(hub, data, MORNING).outcomes == {"new": 4}
    once = known(hub, field)
    assert once == spoken(field.nodes["village"], field)
    assert bundles.take_pages(hub, data, MORNING).outcomes == {"again": 4}
    assert bundles.take_pages(hub, data + data, MORNING).outcomes == {"again": 8}
    assert known(hub, field) == once


def test_a_file_cut_anywhere_gives_every_whole_page(spoke: tuple[Field, list[bytes]], hub: House) -> None:
    """Invariant 4."""
    _, told_ = spoke
    data, ends = b"".join(told_), [sum(map(len, told_[: n + 1])) for n in range(4)]
    for cut in range(1, len(data), 1 if WHOLE else 41):
        found = bundles.take_pages(hub, data[:cut], MORNING)
        assert found.pages == sum(end <= cut for end in ends), cut
        assert found.cut == (cut not in ends), cut


@pytest.mark.parametrize("seed", range(6))
def test_merged_cut_and_scratched_files_give_what_is_whole(
    spoke: tuple[Field, list[bytes]], hub: House, seed: int
) -> None:
    """What lies behind a cut page is found too: couriers merge with `cat`."""
    field, told_ = spoke
    chance = random.Random(seed)
    parts = [page[: chance.randrange(len(page))] if chance.random() < 0.4 else page for page in told_ * 2]
    parts.insert(chance.randrange(len(parts)), chance.randbytes(chance.randrange(300)))
    chance.shuffle(parts)
    whole = {page for page in parts if page in told_}
    found = bundles.take_pages(hub, b"".join(parts), MORNING)
    assert found.outcomes.get("new", 0) + found.outcomes.get("ahead", 0) == len(whole)
    assert len(hub.store.read(lambda view: view.page_numbers(field.node("village").node, epoch(field)))) == len(whole)


def epoch(field: Field) -> int:
    return field.nodes["village"].house.store.read(lambda view: view.epoch())


@settings(
    max_examples=60 if WHOLE else 4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(order=st.lists(st.integers(0, 3), max_size=8), first=st.permutations(range(4)))
def test_any_order_with_repeats_ends_alike(
    spoke: tuple[Field, list[bytes]], tmp_path_factory: pytest.TempPathFactory, order: list[int], first: list[int]
) -> None:
    """Invariants 1 and 2."""
    field, told_ = spoke
    stage = afresh(field, tmp_path_factory.mktemp("order") / "hub")
    for number in (*order, *first):
        take(stage.house, told_[number], MORNING)
    assert known(stage.house, field) == spoken(field.nodes["village"], field)
    stage.house.close()


def test_ways_may_be_mixed(spoke: tuple[Field, list[bytes]], houses: Houses, tmp_path: Path) -> None:
    """Invariant 6: some pages by file, all by HTTPS, all by file again."""
    field = field_of(tmp_path, houses, "market")
    node = field.join("village", bare(tmp_path / "village"))
    for sender in SENDERS:
        node.says(*FINISHES, sender=sender)
        field.close("village")
    told_ = field.close("village")
    bundles.take_pages(field.hub.house, told_[2] + told_[0], MORNING)
    with served(field.hub.house) as port, Line(port) as line:
        synced(reach(field, "village", f"http://127.0.0.1:{line.port}"))
    assert bundles.take_pages(field.hub.house, b"".join(told_), MORNING).outcomes == {"again": 4}
    assert at_hub(field) == spoken(node, field)
    assert node.house.store.read(contact.outgoing) == []
    for stage in (field.hub, node):
        stage.house.close()


def test_the_answer_to_a_file_frees_the_node_and_carries_the_orders(houses: Houses, tmp_path: Path) -> None:
    field = field_of(tmp_path, houses, "market")
    node = field.join("village", bare(tmp_path / "village"))
    other = field.join("town", bare(tmp_path / "town"))
    node.says(*FINISHES, sender=SHE)
    field.hub.says("STOP")
    bundles.take_pages(field.hub.house, b"".join(field.close("village")), MORNING)
    data = b"".join(bundles.answer(field.hub.house, field.node(name), MORNING) for name in ("town", "village"))
    assert bundles.takes_letters(data)
    hub = node.house.store.read(hub_of)
    assert hub is not None
    heeded = bundles.take_letters(node.house, hub, data)
    assert (heeded.acks, heeded.orders) == (1, 1)
    assert heeded.foreign > 0
    assert node.house.store.read(contact.outgoing) == []
    assert node.house.store.read(lambda view: view.suppressed(node.house.vault.index(HER)))
    again = bundles.take_letters(node.house, hub, data[3:])
    assert (again.acks, again.orders) == (1, 0)
    for stage in (field.hub, node, other):
        stage.house.close()


def test_pages_are_no_letters(spoke: tuple[Field, list[bytes]]) -> None:
    assert not bundles.takes_letters(b"".join(spoke[1]))
    assert not bundles.takes_letters(b"")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_anything_is_items_or_none(data: bytes) -> None:
    try:
        found = list(items(data))
    except NoItem:
        return
    assert data.startswith(b"".join(found))


# ---- what is received, what is durable


@settings(
    max_examples=80 if WHOLE else 6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.integers(0, 4), min_size=4, max_size=12))
def test_received_passes_no_gap_durable_no_received_and_nothing_goes_above_durable(
    spoke: tuple[Field, list[bytes]], tmp_path_factory: pytest.TempPathFactory, steps: list[int]
) -> None:
    """Invariant 7. Steps: pages arrive, 4 is a backup."""
    field, told_ = spoke
    place = tmp_path_factory.mktemp("durable")
    hub = afresh(field, place / "hub").house
    hub = replace(hub, settings=replace(hub.settings, backup=place / "backup"))
    came, safe = set[int](), set[int]()
    for step in steps:
        if step == 4:
            contact.backed_up(hub, hub.store.read(lambda view: view.last_page()))
            safe = set(came)
        else:
            take(hub, told_[step], MORNING)
            came.add(step + 1)
        ack = read(hub, field)
        assert ack.received == upto(came)
        assert ack.durable == upto(safe) <= ack.received
    hub.close()


def upto(numbers: set[int]) -> int:
    return next(number for number in range(6) if number + 1 not in numbers)


def read(hub: House, field: Field):  # type: ignore[no-untyped-def]
    keys = field.nodes["village"].house.store.read(hub_of)
    assert keys is not None
    return read_ack(
        contact.ack(hub, field.node("village"), epoch(field), MORNING), keys.verify, field.node("village").node
    )


@pytest.mark.parametrize("before", [0, 2, 3])
def test_a_hub_put_back_is_brought_everything_again(houses: Houses, tmp_path: Path, before: int) -> None:
    """Invariant 8, over sockets."""
    field = field_of(tmp_path, houses, "market")
    field.hub.house = replace(field.hub.house, settings=replace(field.hub.house.settings, backup=tmp_path / "b"))
    node = field.join("village", bare(tmp_path / "village"))
    for number, sender in enumerate(SENDERS):
        if number == before:
            snapshot = afresh(field, tmp_path / "before")
        node.says(*FINISHES, sender=sender)
        field.close("village")
        with served(field.hub.house) as port:
            synced(reach(field, "village", f"http://127.0.0.1:{port}"))
    assert len(every_page(field)) == 4
    assert len(node.house.store.read(lambda view: view.leaving(1))) == 4  # received, not durable: all are here
    everything = at_hub(field)
    field.hub.house.close()
    field.hub = snapshot
    with served(field.hub.house) as port:
        house = reach(field, "village", f"http://127.0.0.1:{port}")
        met = synced(house)
    assert met.pages == 4 - before
    assert at_hub(field) == everything
    for stage in (field.hub, node):
        stage.house.close()
