"""A woman answers at a node, a page travels, the hub knows what she said: once, and nobody else does."""

from __future__ import annotations

import random
import shutil
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from consult import custody, incidents, intake, publish
from consult.events import Finished
from consult.house import House
from consult.speech.shelf import Shelf
from consult.store import View
from consult.store.fieldwork import Order, PageRow
from consult.sync import closing, codes, contact, enrolling, giving, quarantine, revoking
from consult.sync.acks import read_ack
from consult.sync.arriving import take
from consult.sync.brought import ranges
from consult.sync.keys import hub_of, node_signing
from consult.sync.obeying import take_order
from consult.sync.orders import obeyed
from consult.sync.pages import Contents, Header, NotTaken, Row, read_codebook, seal
from consult.unsealing import Opening
from consult.vault import Unopenable
from tests.journeys.script import definition
from tests.journeys.stage import HER, Houses, Stage, set_up
from tests.sync.field import Field, bare, field_of, told

SHE = "+2348030000002"
FINISHES = ("KIOSK", "1", "1", "The well is dry", "1", "1", "1", "1", "1", "1")


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Houses:
    return Houses(tmp_path_factory.mktemp("houses"))


@pytest.fixture
def village(tmp_path: Path, houses: Houses) -> Iterator[Field]:
    """A hub with one consultation, and one node that joined it."""
    made = field_of(tmp_path, houses, "market")
    made.join("village", bare(tmp_path / "village"))
    yield made
    for stage in (made.hub, *made.nodes.values()):
        stage.house.close()


def private(field: Field) -> bytes:
    hub = field.hub.house
    return custody.private_key(hub.settings.data, hub.vault, "market")


def at_hub(field: Field) -> list[tuple[str, str, str, int, str]]:
    return told(field.hub.house, "market", private(field))


def spoken(stage: Stage, field: Field) -> list[tuple[str, str, str, int, str]]:
    """What a node heard, opened with the consultation's key."""
    return told(stage.house, "market", private(field))


def test_what_was_said_at_a_node_is_known_at_the_hub_to_the_word(village: Field) -> None:
    node = village.nodes["village"]
    node.says(*FINISHES)
    node.says("KIOSK", "1", sender=SHE)
    assert [each.outcome for each in village.up("village")] == ["new"]
    assert len(at_hub(village)) > 8
    assert at_hub(village) == spoken(node, village)


def test_a_page_that_comes_again_changes_nothing(village: Field) -> None:
    village.nodes["village"].says(*FINISHES)
    (page,) = village.close("village")
    hub = village.hub.house
    assert [take(hub, page, village.hub.at).outcome for _ in range(3)] == ["new", "again", "again"]
    once = at_hub(village)
    take(hub, page, village.hub.at + 86_400)
    assert at_hub(village) == once


def test_pages_come_in_any_order_and_are_told_of_up_to_the_gap(village: Field) -> None:
    node, hub = village.nodes["village"], village.hub.house
    for sender in (HER, SHE, "+2348030000003", "+2348030000004"):
        node.says(*FINISHES, sender=sender)
        village.close("village")
    pages = village.close("village")
    assert len(pages) == 4
    for place, received, missing in ((2, 0, (1, 2)), (0, 1, (2,)), (3, 1, (2,)), (1, 4, ())):
        take(hub, pages[place], village.hub.at)
        ack = read(village, "village")
        assert (ack.received, ack.missing) == (received, missing)
    assert at_hub(village) == spoken(node, village)


def test_a_page_waits_for_the_one_it_follows_but_who_leaves_in_it_is_heeded_at_once(village: Field) -> None:
    node, hub = village.nodes["village"], village.hub.house
    node.says(*FINISHES)
    first = village.close("village")
    node.says("STOP", sender=HER)
    second = village.close("village")[len(first) :]
    assert [take(hub, page, village.hub.at).outcome for page in second] == ["ahead"] * len(second)
    assert at_hub(village) == []
    assert hub.store.read(lambda view: view.suppressed(hub.vault.index(HER)))
    assert [take(hub, page, village.hub.at).outcome for page in first] == ["new"] * len(first)
    assert at_hub(village) == spoken(node, village)
    assert quarantine.tails(hub) == []


def test_where_an_earlier_page_is_lost_the_operator_takes_the_later_ones_and_it_may_still_come(village: Field) -> None:
    node, hub = village.nodes["village"], village.hub.house
    for sender in (HER, SHE, "+2348030000003"):
        node.says(*FINISHES, sender=sender)
        village.close("village")
    first, *later = village.close("village")
    for page in later:
        take(hub, page, village.hub.at)
    (tail,) = quarantine.tails(hub)
    assert (tail.why, tail.first, tail.last) == ("ahead", 2, 3)
    quarantine.decide(hub, "village", tail.epoch, 2, "merge", by="Amina", at=village.hub.at)
    assert len({each[0] for each in at_hub(village)}) == 1
    assert len(at_hub(village)) * 3 == len(spoken(node, village)) * 2
    assert take(hub, first, village.hub.at).outcome == "new"
    assert at_hub(village) == spoken(node, village)


def read(field: Field, name: str):  # type: ignore[no-untyped-def]
    node, house = field.node(name), field.nodes[name].house
    hub = house.store.read(hub_of)
    assert hub is not None
    data = contact.ack(field.hub.house, node, house.store.read(lambda view: view.epoch()), field.hub.at)
    return read_ack(data, hub.verify, node.node)


def test_any_flipped_bit_and_any_stranger_is_refused(village: Field, tmp_path: Path) -> None:
    village.nodes["village"].says(*FINISHES)
    (page,) = village.close("village")
    chance = random.Random(5)
    for _ in range(40):
        broken = bytearray(page)
        broken[chance.randrange(len(page))] ^= 1 << chance.randrange(8)
        with pytest.raises(NotTaken):
            take(village.hub.house, bytes(broken), village.hub.at)
    assert at_hub(village) == []


def test_a_conversation_goes_over_several_pages(village: Field) -> None:
    node = village.nodes["village"]
    for said in FINISHES:
        node.says(said)
        village.up("village")
    assert at_hub(village) == spoken(node, village)
    people = {fact[0] for fact in at_hub(village)}
    assert people == {node.house.store.read(lambda view: view.origin_node())}
    opening = Opening(village.hub.house.store, published(village), private(village))
    assert len({fact.person for fact, _ in opening.events()}) == 1
    assert len({fact.session for fact, _ in opening.events()}) == 1


def published(field: Field):  # type: ignore[no-untyped-def]
    found = field.hub.house.store.read(lambda view: view.published("market"))
    assert found is not None
    return found


def test_once_a_page_is_closed_the_node_cannot_open_what_is_in_it(village: Field) -> None:
    node = village.nodes["village"]
    node.says(*FINISHES)
    (fact, *_) = node.house.store.read(lambda view: list(view.facts("market")))
    key = node.house.store.read(lambda view: view.key(fact.person, "market"))
    assert key is not None
    assert node.house.vault.open_live(key) is not None
    village.close("village")
    key = node.house.store.read(lambda view: view.key(fact.person, "market"))
    assert key is not None
    assert node.house.vault.open_live(key) is None
    with pytest.raises(custody.NoKey):
        custody.private_key(node.house.settings.data, node.house.vault, "market")


def test_nothing_goes_from_the_node_before_the_hub_says_that_it_is_durable(tmp_path: Path, houses: Houses) -> None:
    field = field_of(tmp_path, houses, "market")
    house = replace(field.hub.house, settings=replace(field.hub.house.settings, backup=tmp_path / "backup"))
    field.hub.house = house
    node = field.join("village", bare(tmp_path / "village"))
    node.says(*FINISHES)
    field.up("village")
    assert [page.state for page in node.house.store.read(lambda view: view.leaving(1))] == [1]
    contact.backed_up(house, house.store.read(lambda view: view.last_page()))
    field.acked("village")
    assert node.house.store.read(lambda view: view.leaving(1)) == []
    assert [row.data for row in every_page(field)] == [b""]


def every_page(field: Field, name: str = "village") -> list[PageRow]:
    """All that the hub keeps of a node's pages."""
    node = field.node(name).node

    def look(view: View) -> list[PageRow]:
        return [row for epoch in view.epochs(node) for row in view.pages_of(node, epoch)]

    return field.hub.house.store.read(look)


def test_a_hub_put_back_from_a_backup_is_sent_everything_again(tmp_path: Path, houses: Houses) -> None:
    field = field_of(tmp_path, houses, "market")
    field.hub.house = replace(field.hub.house, settings=replace(field.hub.house.settings, backup=tmp_path / "b"))
    node = field.join("village", bare(tmp_path / "village"))
    field.hub.house.store.backup(str(tmp_path / "before.db"))
    node.says(*FINISHES)
    field.up("village")
    before = at_hub(field)
    field.hub.house.store.close()
    database = tmp_path / "hub" / "consult.db"
    for file in tmp_path.glob("hub/consult.db*"):
        file.unlink()
    shutil.copy(tmp_path / "before.db", database)
    field.hub = set_up(tmp_path / "hub", backup=tmp_path / "b")
    assert at_hub(field) == []
    field.acked("village")
    assert [each.outcome for each in field.up("village")] == ["new"]
    assert at_hub(field) == before
    field.hub.house.close()
    node.house.close()


# ---- copies and restored images


def image(stage: Stage, folder: Path) -> None:
    """A copy of a node's data folder as it is now."""
    shutil.copytree(stage.house.settings.data, folder, ignore=shutil.ignore_patterns("consult.db*"))
    stage.house.store.backup(str(folder / "consult.db"))


def test_two_copies_of_a_node_are_noticed_and_neither_tail_is_believed(village: Field, tmp_path: Path) -> None:
    node = village.nodes["village"]
    node.says(*FINISHES)
    village.up("village")
    image(node, tmp_path / "copy")
    copy = replace(set_up(tmp_path / "copy", at=node.at), refs=node.refs)
    village.nodes["copy"] = copy
    node.says(*FINISHES, sender=SHE)
    copy.says(*FINISHES, sender="+2348030000009")
    first, second = village.close("village")[-1], village.close("copy")[-1]
    hub = village.hub.house
    assert take(hub, first, village.hub.at).outcome == "new"
    believed = at_hub(village)
    assert take(hub, second, village.hub.at).outcome == "quarantined"
    node.says(*FINISHES, sender="+2348030000005")
    assert take(hub, village.close("village")[-1], village.hub.at).outcome == "quarantined"
    assert at_hub(village) == believed
    kept = hub.store.read(lambda view: view.pages_in("quarantined"))
    assert [row.why for row in kept] == ["fork", "fork"]
    assert all(row.data for row in kept)


def test_what_a_restored_node_tells_again_counts_once(village: Field, tmp_path: Path) -> None:
    node = village.nodes["village"]
    node.says("KIOSK", "1", "1")
    image(node, tmp_path / "image")
    node.says("2", "1", "1", "1")
    village.up("village")
    node.house.close()
    shutil.copy(tmp_path / "village" / "keys" / "epoch", tmp_path / "image" / "keys")
    restored = replace(set_up(tmp_path / "image", at=node.at), refs=node.refs)
    village.nodes["village"] = restored
    restored.says(*FINISHES, sender=SHE)
    village.up("village")
    assert len(at_hub(village)) == len({fact[:2] for fact in at_hub(village)})
    opening = Opening(village.hub.house.store, published(village), private(village))
    assert len({fact.person for fact, _ in opening.events()}) == 2


# ---- who left


def test_who_erases_herself_at_a_node_is_forgotten_at_the_hub_and_by_no_page_brought_back(village: Field) -> None:
    node, hub = village.nodes["village"], village.hub.house
    node.says(*FINISHES)
    (early,) = village.close("village")
    node.says("ERASE")
    pages = village.close("village")
    late = [page for page in pages if page != early]
    assert len(late) == 1
    take(hub, late[0], village.hub.at)
    take(hub, early, village.hub.at)
    assert at_hub(village) == []
    with pytest.raises(Unopenable):
        any(open_all(village))
    assert hub.store.read(lambda view: view.suppressed(hub.vault.index(HER)))


def open_all(field: Field) -> Iterator[object]:
    """Whatever lies in the journal, with any key there is."""
    facts = field.hub.house.store.read(lambda view: list(view.facts("market")))
    assert facts
    keys = field.hub.house.store.read(lambda view: list(view.keys("market")))
    for fact in facts:
        if all(key.person != fact.person for key in keys):
            raise Unopenable("nobody has her key")
        yield fact


def test_a_stop_at_one_node_binds_at_the_hub_and_at_every_other_node(village: Field, tmp_path: Path) -> None:
    other = village.join("town", bare(tmp_path / "town"))
    other.says("KIOSK", "1")
    village.nodes["village"].says("STOP")
    village.up("village")
    assert any(village.down("town"))
    address = other.address()
    assert address is not None
    assert address.stopped is not None
    assert other.open_session() is None
    assert village.nodes["village"].house.store.read(
        lambda view: view.suppressed(village.nodes["village"].house.vault.index(HER))
    )


def test_an_erasure_at_the_hub_reaches_the_node_is_confirmed_and_forgets_what_came(village: Field) -> None:
    node, hub = village.nodes["village"], village.hub
    node.says(*FINISHES)
    village.up("village")
    assert at_hub(village)
    hub.says("ERASE")
    assert any(village.down("village"))
    assert node.address() is None or not node.address().sealed  # type: ignore[union-attr]
    village.up("village")
    assert at_hub(village) == []
    assert village.node("village").obeyed == node.house.store.read(obeyed) > 0


def test_a_node_that_joins_later_is_told_who_left(village: Field, tmp_path: Path) -> None:
    village.hub.says("STOP")
    late = village.join("late", bare(tmp_path / "late"))
    assert late.house.store.read(lambda view: view.suppressed(late.house.vault.index(HER)))
    assert intake.settle_orders(late.house) == 0


def test_an_order_carried_out_twice_changes_nothing(village: Field) -> None:
    village.hub.says("STOP")
    house = village.nodes["village"].house
    assert village.down("village") == [True, False]
    before = house.suppressions.all()
    assert village.down("village") == [False, False]
    assert house.suppressions.all() == before
    assert house.store.read(contact.outgoing) == []


# ---- when


def test_a_page_closes_half_an_hour_after_its_first_fact_and_not_before(village: Field) -> None:
    node = village.nodes["village"]
    node.says("KIOSK")
    for after, closed in ((0, 0), (60, 0), (closing.SECONDS - 1, 0), (closing.SECONDS, 1), (closing.SECONDS + 1, 0)):
        assert closing.close_due(node.house, node.at + after) == closed, after


def test_a_clock_that_goes_backwards_closes_early_rather_than_never(village: Field) -> None:
    node = village.nodes["village"]
    node.says("KIOSK")
    assert closing.close_due(node.house, node.at) == 0
    assert closing.close_due(node.house, node.at - 86_400) == 1


def test_numbers_are_told_in_ranges() -> None:
    assert ranges([9, 1, 2, 3, 5]) == "1-3,5,9"
    assert ranges([]) == ""


# ---- the operator decides


def forked(field: Field, folder: Path) -> tuple[Stage, Stage]:
    """A node and its copy, each of which told something since; the copy's pages came second."""
    node = field.nodes["village"]
    node.says(*FINISHES[:4])
    field.up("village")
    image(node, folder)
    copy = replace(set_up(folder, at=node.at), refs=node.refs, seed=6)
    field.nodes["copy"] = copy
    node.says(*FINISHES, sender=SHE)
    copy.says(*FINISHES, sender="+2348030000009")
    copy.says(*FINISHES[4:])
    for name in ("village", "copy"):
        for page in field.close(name):
            take(field.hub.house, page, field.hub.at)
    return node, copy


def test_a_tail_that_is_merged_counts_each_woman_once_and_hers_who_spoke_before_with_her(
    village: Field, tmp_path: Path
) -> None:
    _, copy = forked(village, tmp_path / "copy")
    before = at_hub(village)
    (tail,) = quarantine.tails(village.hub.house)
    assert (tail.node.name, tail.why, len(tail.pages), len(tail.beside)) == ("village", "fork", 1, 1)
    quarantine.decide(village.hub.house, "village", tail.epoch, tail.first, "merge", by="Amina", at=village.hub.at)
    assert quarantine.tails(village.hub.house) == []
    after = at_hub(village)
    assert set(before) < set(after)
    assert len(after) - len(before) == len(spoken(copy, village)) - len(before_fork(village))
    opening = Opening(village.hub.house.store, published(village), private(village))
    assert len({fact.person for fact, _ in opening.events()}) == 3
    assert sum(isinstance(event, Finished) for _, event in opening.events()) == 3
    copy.says("STOP", sender="+2348030000009")


def before_fork(field: Field) -> list[int]:
    (first, *_) = every_page(field)
    return [number for part in first.numbers.split(",") for number in span(part)]


def span(part: str) -> range:
    first, _, last = part.partition("-")
    return range(int(first), int(last or first) + 1)


def test_a_tail_that_is_dropped_leaves_what_was_believed(village: Field, tmp_path: Path) -> None:
    forked(village, tmp_path / "copy")
    before = at_hub(village)
    (tail,) = quarantine.tails(village.hub.house)
    quarantine.decide(village.hub.house, "village", tail.epoch, tail.first, "drop", by="Amina", at=village.hub.at)
    assert at_hub(village) == before
    assert [row.state for row in every_page(village)] == ["merged", "merged", "dropped"]
    assert [bool(row.data) for row in every_page(village)] == [True, True, False]
    village.nodes["village"].says(*FINISHES, sender="+2348030000007")
    assert village.up("village")[-1].outcome == "new"


def test_whoever_decides_is_named_and_what_is_not_there_is_said(village: Field, tmp_path: Path) -> None:
    forked(village, tmp_path / "copy")
    (tail,) = quarantine.tails(village.hub.house)
    with pytest.raises(quarantine.Undecided, match="no node is called"):
        quarantine.decide(village.hub.house, "town", tail.epoch, tail.first, "drop", by="Amina", at=1)
    quarantine.decide(village.hub.house, "village", tail.epoch, tail.first, "drop", by="Amina", at=village.hub.at)
    assert "dropped by Amina" in village.hub.house.store.read(lambda view: view.audit())[-1][2]


def test_of_two_tails_that_begin_with_one_page_each_is_decided_by_its_name(village: Field, tmp_path: Path) -> None:
    node, hub = village.nodes["village"], village.hub.house
    node.says(*FINISHES[:4])
    village.up("village")
    senders = {"village": SHE, "one": "+2348030000008", "two": "+2348030000009"}
    for name in ("one", "two"):
        image(node, tmp_path / name)
        village.nodes[name] = replace(set_up(tmp_path / name, at=node.at), refs=node.refs, seed=len(name))
    for name, sender in senders.items():
        village.nodes[name].says(*FINISHES, sender=sender)
        for page in village.close(name):
            take(hub, page, village.hub.at)
    first, second = quarantine.tails(hub)
    assert first.first == second.first
    which = ("village", first.epoch, first.first)
    with pytest.raises(quarantine.Undecided, match=f"--tail {first.id} or {second.id}"):
        quarantine.decide(hub, *which, "drop", by="Amina", at=village.hub.at)
    with pytest.raises(quarantine.Undecided, match="tail 00000000"):
        quarantine.decide(hub, *which, "drop", by="Amina", at=village.hub.at, tail="00000000")
    assert len(quarantine.tails(hub)) == 2
    done = quarantine.decide(hub, *which, "drop", by="Amina", at=village.hub.at, tail=second.id.upper())
    assert done.pages == second.pages
    assert [tail.id for tail in quarantine.tails(hub)] == [first.id]
    quarantine.decide(hub, *which, "merge", by="Amina", at=village.hub.at, tail=first.id[:5])
    assert quarantine.tails(hub) == []


# ---- a revoked node


def test_who_is_revoked_again_is_believed_in_no_page_more(village: Field) -> None:
    hub, at = village.hub.house, village.hub.at
    pages = spoke(village, HER, SHE, "+2348030000003", "+2348030000004")
    for page in pages[:3]:
        take(hub, page, at)
    revoking.revoke(hub, "village", 1, by="Amina", at=at)
    lines = len(hub.store.read(lambda view: view.audit()))
    take(hub, pages[3], at)
    for cut in (None, 1, 4):
        revoking.revoke(hub, "village", cut, by="Amina", at=at)
    assert [row.state for row in every_page(village)] == ["merged", *["quarantined"] * 3]
    assert len(hub.store.read(lambda view: view.audit())) == lines
    revoking.revoke(hub, "village", 0, by="Amina", at=at)
    assert [row.state for row in every_page(village)] == ["quarantined"] * 4
    assert len(hub.store.read(lambda view: view.audit())) == lines + 1


def spoke(field: Field, *senders: str) -> list[bytes]:
    """A page for each of these women, as they left the node."""
    for sender in senders:
        field.nodes["village"].says(*FINISHES, sender=sender)
        field.close("village")
    return field.close("village")


ORDERS = ("revoke 0 1 2 3", "0 revoke 1 2 3", "3 2 1 0 revoke", "0 1 2 revoke 3", "2 revoke 0 3 1")


@pytest.mark.parametrize("order", ORDERS)
def test_pages_up_to_the_cut_are_believed_and_no_later_one_in_whatever_order(village: Field, order: str) -> None:
    pages = spoke(village, HER, SHE, "+2348030000003", "+2348030000004")
    hub = village.hub.house
    take(hub, pages[0], village.hub.at)
    for step in order.split():
        if step == "revoke":
            revoking.revoke(hub, "village", 2, by="Amina", at=village.hub.at)
        else:
            take(hub, pages[int(step)], village.hub.at)
    states = {row.number: (row.state, row.why) for row in every_page(village)}
    waits = ("quarantined", "revoked")
    assert states == {1: ("merged", ""), 2: ("merged", ""), 3: waits, 4: waits}
    opening = Opening(hub.store, published(village), private(village))
    assert len({fact.person for fact, _ in opening.events()}) == 2


def test_what_was_withdrawn_is_counted_again_once_somebody_believes_it(village: Field) -> None:
    spoke(village, HER, SHE)
    village.up("village")
    before = at_hub(village)
    revoking.revoke(village.hub.house, "village", 1, by="Amina", at=village.hub.at)
    assert len(at_hub(village)) < len(before)
    (tail,) = quarantine.tails(village.hub.house)
    quarantine.decide(village.hub.house, "village", tail.epoch, tail.first, "merge", by="Binta", at=village.hub.at)
    assert at_hub(village) == before


# ---- what a hub gives


def test_a_version_published_later_reaches_the_node_and_is_asked_there(village: Field) -> None:
    hub, node = village.hub, village.nodes["village"]
    hub.publish(definition("market").replace("round = 1", "round = 2"))
    village.down("village")
    here, there = (house.store.read(lambda view: view.published("market")) for house in (hub.house, node.house))
    assert here is not None
    assert there is not None
    assert here.version == 2
    assert (here.version, here.toml, here.public) == (there.version, there.toml, there.public)
    node.says(*FINISHES)
    village.up("village")
    assert {fact.version for fact in hub.house.store.read(lambda view: list(view.facts("market")))} == {2}


def test_a_page_of_a_version_that_is_gone_elsewhere_is_read_as_it_was_written(village: Field) -> None:
    node = village.nodes["village"]
    node.says(*FINISHES)
    (old,) = village.close("village")
    for n in range(2, 5):
        village.hub.publish(definition("market").replace("round = 1", f"round = {n}"))
    assert take(village.hub.house, old, village.hub.at).outcome == "new"
    assert at_hub(village) == spoken(node, village)


def danger(hub: House) -> incidents.Incident:
    """Everywhere is paused."""
    note, where = "men asked at the well", incidents.EVERYWHERE
    return incidents.add(hub, "market", "threat", where, note, pauses=True, day=20_780, by="Amina")


def test_a_pause_reaches_the_node_and_an_older_one_changes_nothing(village: Field) -> None:
    hub, node = village.hub.house, village.nodes["village"].house
    made = danger(hub)
    letters = contact.letters(hub, village.node("village"))
    incidents.close(hub, "market", made.id, day=20_781, by="A")
    village.down("village")
    assert not node.store.read(lambda view: incidents.pauses(view, "market"))
    assert not any(take_order(node, letter) for letter in letters)
    assert not node.store.read(lambda view: incidents.pauses(view, "market"))


def test_a_pause_stops_what_the_node_starts(village: Field) -> None:
    hub, node = village.hub.house, village.nodes["village"].house
    danger(hub)
    village.down("village")
    assert node.store.read(lambda view: incidents.paused(node, view, "market", None))


def test_a_consultation_that_is_retired_is_over_at_the_node_too(village: Field) -> None:
    node = village.nodes["village"]
    node.says(*FINISHES[:4])
    publish.retire(village.hub.house, "market", day=20_781, confirmed_by=("Amina", "Binta"))
    village.down("village")
    now = node.house.store.read(lambda view: view.published("market"))
    assert now is not None
    assert now.retired == 20_781
    assert node.open_session() is None


def test_a_line_is_told_and_its_sound_is_known_by_its_name(village: Field) -> None:
    hub, node = Shelf(village.hub.house.settings.data), Shelf(village.nodes["village"].house.settings.data)
    line = Line("Hello", "en", "a" * 32)
    take_ = hub.keep(line, "en", array("h", [0, 1000, -1000] * 800))
    known = village.node("village")
    village.hub.house.store.write(lambda tx: giving.lines(tx, known, hub, 20_780))
    village.down("village")
    assert node.take(line) is None
    assert node.missing() == [take_.name]
    with pytest.raises(ValueError, match="not the sound"):
        node.receive(take_.name, b"noise")
    node.receive(take_.name, (hub.audio / take_.name).read_bytes())
    assert node.missing() == []
    assert node.take(line) == take_


@dataclass(frozen=True)
class Line:
    text: str
    locale: str
    key: str


# ---- notices out of their order


def test_who_erased_herself_and_came_back_is_not_erased_by_the_echo(village: Field) -> None:
    node = village.nodes["village"]
    node.says(*FINISHES)
    node.says("ERASE")
    node.says(*FINISHES)
    village.up("village")
    before = at_hub(village)
    assert before
    assert not any(order.kind == "erase" for order in orders(village, "village"))
    village.down("village")
    village.up("village")
    assert at_hub(village) == before


def orders(field: Field, name: str) -> list[Order]:
    return field.hub.house.store.read(lambda view: view.orders(field.node(name).node))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (2, 0, 1)])
def test_the_last_of_her_orders_holds_in_whatever_order_they_come(village: Field, order: tuple[int, ...]) -> None:
    node, hub = village.nodes["village"], village.hub.house
    for said in ("STOP", "KIOSK", "STOP"):
        node.says(said)
    pages = [page for page in village.close("village") if page[2] == 2]
    assert len(pages) == 3
    for place in order:
        take(hub, pages[place], village.hub.at)
    assert hub.store.read(lambda view: view.suppressed(hub.vault.index(HER)))
    village.down("village")
    address = node.address()
    assert address is not None
    assert address.stopped is not None


def test_a_grant_that_was_lost_is_given_again_and_to_nobody_else(village: Field, tmp_path: Path) -> None:
    hub, town, thief = village.hub.house, bare(tmp_path / "town"), bare(tmp_path / "thief")
    code = codes.offer(hub, "town", 1000)
    _, box = enrolling.keys_of_hub(hub)
    letter, _ = codes.request(town.house, code, box)
    codes.answer(hub, letter, "", 1001)
    letter, _ = codes.request(town.house, code, box)
    grant, node, _ = codes.answer(hub, letter, "", 1002)
    verify, _ = enrolling.keys_of_hub(hub)
    assert codes.accept(town.house, grant, verify, box) == node.name == "town"
    letter, _ = codes.request(thief.house, code, box)
    with pytest.raises(enrolling.NotAdmitted, match="was used"):
        codes.answer(hub, letter, "", 1003)
    town.house.close()
    thief.house.close()


WRONG = ({"session": 2**63}, {"session": 2**41}, {"person": 2**64}, {"numbers": (-5,)}, {"day": 2**40})


@pytest.mark.parametrize("wrong", WRONG)
def test_numbers_that_are_none_of_a_nodes_wait_and_stop_nothing(village: Field, wrong: dict[str, object]) -> None:
    node, hub = village.nodes["village"], village.hub.house
    (book,) = hub.store.read(lambda view: view.books("market"))
    codes_ = read_codebook(book.data)
    row = Row(1, 1, 1, "sms", "open", 20_780, "in_time", ((Finished(), "en"),), (1,))._replace(**wrong)
    origin, epoch = node.house.store.read(lambda view: (view.origin_node(), view.epoch()))
    header = Header(bytes.fromhex(origin), epoch.to_bytes(4, "big"), 1, book.number, book.version, book.id)
    page = seal(header, Contents(1, (row,)), codes_, published(village).public, node_signing(node.house.vault))
    assert take(hub, page.data, village.hub.at).outcome == "quarantined"
    assert at_hub(village) == []


def test_who_stops_at_a_copy_that_nobody_believes_yet_is_heeded_at_once_and_never_dropped(
    village: Field, tmp_path: Path
) -> None:
    _, copy = forked(village, tmp_path / "copy")
    copy.says("STOP", sender="+2348030000009")
    for page in village.close("copy"):
        take(village.hub.house, page, village.hub.at)
    hub = village.hub.house
    assert hub.store.read(lambda view: view.suppressed(hub.vault.index("+2348030000009")))
    (tail,) = quarantine.tails(hub)
    with pytest.raises(quarantine.Undecided, match="not dropped"):
        quarantine.decide(hub, "village", tail.epoch, tail.first, "drop", by="Amina", at=village.hub.at)
    quarantine.decide(hub, "village", tail.epoch, tail.first, "merge", by="Amina", at=village.hub.at)
