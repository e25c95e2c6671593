"""What SYNC promises of pages, acks and orders, each promise with its number, tried in orders and mixtures by chance.

Every case is drawn from a seed, so a failure names the one to look at.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from consult.house import House
from consult.sync import closing, contact, quarantine, revoking
from consult.sync.acks import Ack, read_ack, sign_ack
from consult.sync.arriving import take
from consult.sync.keys import hub_of, hub_signing
from consult.sync.obeying import take_order
from consult.sync.orders import go_on, obey, obeyed, was_obeyed
from consult.unsealing import Opening
from tests.journeys.script import definition
from tests.journeys.stage import Houses, Stage, set_up
from tests.sync.field import Field, bare, field_of
from tests.sync.month import WAYS
from tests.sync.test_field import at_hub, every_page, image, private, published, spoken

WORDS = "Zmieniony wodopoj"  # in no file but where she is
ANSWERS = ("KIOSK", "1", "1", WORDS, "1", "1")
NUMBERS = tuple(f"+234803000{n:04d}" for n in range(1, 9))


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


def pages(field: Field, women: int = 4, name: str = "village") -> list[bytes]:
    """A page for each of these women."""
    for n in range(women):
        field.nodes[name].seed = n
        field.nodes[name].says(*ANSWERS, sender=NUMBERS[n])
        field.close(name)
    return field.close(name)


def again(field: Field, folder: Path) -> Field:
    """Another hub, as this one was before any page came, with the same node."""
    hub = field.hub.house
    shutil.copytree(hub.settings.data, folder, ignore=shutil.ignore_patterns("consult.db*"))
    hub.store.backup(str(folder / "consult.db"))
    return Field(set_up(folder, at=field.hub.at), field.nodes)


def counted(house: House) -> tuple[object, ...]:
    """Everything a page could change at the hub but when it was seen."""
    return house.store.read(
        lambda view: (
            list(view.facts("market")),
            view.audit(),
            view.last_page(),
            [replace(node, seen_at=0) for node in view.nodes()],
            [view.orders(node.node) for node in view.nodes()],
        )
    )


@pytest.mark.parametrize("seed", range(3))
def test_1_any_order_of_pages_leads_to_the_same(village: Field, tmp_path: Path, seed: int) -> None:
    """Invariants 1 and 6, over every way there is."""
    chance, other = random.Random(seed), again(village, tmp_path / "other")
    sent = pages(village)
    for page in sent:
        take(village.hub.house, page, village.hub.at)
    mixed = sent * 2 + [part for way in WAYS for part in way(sent, chance) if part in sent]
    chance.shuffle(mixed)
    for page in mixed:
        take(other.hub.house, page, village.hub.at)
    assert at_hub(other) == at_hub(village) == spoken(village.nodes["village"], village)
    other.hub.house.close()


def test_2_a_page_that_comes_again_changes_no_row_counter_or_audit(village: Field) -> None:
    sent = pages(village, 2)
    village.nodes["village"].says("STOP", sender=NUMBERS[0])
    sent = village.close("village")
    for page in sent:
        take(village.hub.house, page, village.hub.at)
    before = counted(village.hub.house)
    for page in sent[::-1]:
        assert take(village.hub.house, page, village.hub.at + 86_400).outcome == "again"
    assert counted(village.hub.house) == before


@pytest.mark.parametrize("seed", range(3))
def test_7_received_passes_no_gap_and_nothing_goes_above_durable(tmp_path: Path, houses: Houses, seed: int) -> None:
    field = field_of(tmp_path, houses, "market")
    settings = replace(field.hub.house.settings, backup=tmp_path / "backups")
    field.hub.house = replace(field.hub.house, settings=settings)
    field.join("village", bare(tmp_path / "village"))
    sent, chance, here = pages(field), random.Random(seed), set[int]()
    house, safe = field.nodes["village"].house, 0
    for n in chance.sample(range(len(sent)), len(sent)):
        here.add(take(field.hub.house, sent[n], field.hub.at).number)
        if chance.random() < 0.5:
            contact.backed_up(field.hub.house, field.hub.house.store.read(lambda view: view.last_page()))
            safe = next(number for number in range(9) if number + 1 not in here)
        ack = acked(field)
        assert ack.received == next(number for number in range(9) if number + 1 not in here)
        assert ack.durable <= min(ack.received, max(safe, ack.durable))
        left = {page.number for page in house.store.read(lambda view: view.leaving(1))}
        assert left == set(range(ack.durable + 1, len(sent) + 1))
    for stage in (field.hub, field.nodes["village"]):
        stage.house.close()


def acked(field: Field) -> Ack:
    """The node hears how its pages stand."""
    house, node = field.nodes["village"].house, field.node("village")
    hub = house.store.read(hub_of)
    assert hub is not None
    epoch = house.store.read(lambda view: view.epoch())
    told = read_ack(contact.ack(field.hub.house, node, epoch, field.hub.at), hub.verify, node.node)
    contact.heed(house, told)
    return told


def test_7_a_copy_deletes_nothing_that_the_hub_has_of_the_other(village: Field, tmp_path: Path) -> None:
    """The ack says which pages it means: numbers alone are given twice."""
    node = village.nodes["village"]
    image(node, tmp_path / "copy")
    copy = village.nodes["copy"] = replace(set_up(tmp_path / "copy", at=node.at), refs=node.refs, seed=6)
    node.says(*ANSWERS, sender=NUMBERS[0])
    copy.says(*ANSWERS, sender=NUMBERS[1])
    village.up("village")
    (kept,) = village.close("copy")
    hub = copy.house.store.read(hub_of)
    assert hub is not None
    told = contact.ack(village.hub.house, village.node("village"), copy.house.store.read(lambda v: v.epoch()), 1)
    contact.heed(copy.house, read_ack(told, hub.verify, village.node("village").node))
    assert village.close("copy") == [kept]
    assert village.close("village") == []


def test_7_an_ack_that_does_not_say_which_pages_deletes_none(village: Field) -> None:
    sent = pages(village, 1)
    house, node = village.nodes["village"].house, village.node("village")
    hub = house.store.read(hub_of)
    assert hub is not None
    told = Ack(node.node, house.store.read(lambda view: view.epoch()), 1, 1, (), None, 1)
    contact.heed(house, read_ack(sign_ack(told, hub_signing(village.hub.house.vault)), hub.verify, node.node))
    assert [page.data for page in house.store.read(lambda view: view.leaving(1))] == sent


@pytest.mark.parametrize("point", [0, 1, 3])
def test_9_of_a_copy_made_at_any_point_no_row_is_lost_or_counted_twice(
    village: Field, tmp_path: Path, point: int
) -> None:
    """After the operator merged; each copy closes several pages after they parted."""
    node = village.nodes["village"]
    node.seed = 100
    node.says(*ANSWERS[: point + 1], sender=NUMBERS[7])
    if point % 2:
        village.up("village")
    both = len(spoken(node, village))
    image(node, tmp_path / "copy")
    copy = village.nodes["copy"] = replace(set_up(tmp_path / "copy", at=node.at), refs=node.refs)
    for n in range(3):
        for stage, who in ((node, n), (copy, n + 3)):
            stage.seed = who
            stage.says(*ANSWERS, sender=NUMBERS[who])
        for name in ("village", "copy"):
            for page in village.close(name):
                take(village.hub.house, page, village.hub.at)
    while tails := quarantine.tails(village.hub.house):
        which = ("village", tails[0].epoch, tails[0].first)
        quarantine.decide(village.hub.house, *which, "merge", by="Amina", at=village.hub.at)
    opening = Opening(village.hub.house.store, published(village), private(village))
    assert len({fact.person for fact, _ in opening.events()}) == 7
    assert len(at_hub(village)) == len(spoken(node, village)) + len(spoken(copy, village)) - both


@pytest.mark.parametrize("seed", range(3))
def test_10_clocks_that_jump_change_nothing_but_the_days(village: Field, seed: int) -> None:
    node, chance = village.nodes["village"], random.Random(seed)
    for n in range(3):
        for said in ANSWERS:
            years = chance.randrange(-50, 50) if said != ANSWERS[0] else 0  # nobody is let in outside the dates
            node.at = village.hub.at + years * 365 * 86_400
            node.says(said, sender=NUMBERS[n])
            closing.close_due(node.house, node.at)
    village.up("village")
    assert at_hub(village) == spoken(node, village) != []
    order = [fact.seq for fact in node.house.store.read(lambda view: list(view.facts("market")))]
    assert order == sorted(order)


@pytest.mark.parametrize("seed", range(3))
def test_11_after_an_erasure_no_page_in_any_order_brings_her_back(village: Field, seed: int) -> None:
    node, hub = village.nodes["village"], village.hub.house
    pages(village, 2)
    node.says("ERASE", sender=NUMBERS[0])
    sent = village.close("village") * 2
    random.Random(seed).shuffle(sent)
    for page in sent:
        take(hub, page, village.hub.at)
    opening = Opening(hub.store, published(village), private(village))
    assert len({fact.person for fact, _ in opening.events()}) == 1
    hub.store.backup(str(hub.settings.data / "copy.db"))
    assert holding(hub.settings.data, WORDS) == []


def holding(folder: Path, words: str) -> list[str]:
    """Files in which these words stand, in any of the usual codings."""
    wanted = [words.encode(coding) for coding in ("utf-8", "utf-16-le", "utf-16-be")]
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file.name for file in files if any(each in file.read_bytes() for each in wanted)]


@pytest.mark.parametrize("seed", range(4))
def test_12_a_node_revoked_at_a_page_is_believed_up_to_it_in_any_order(village: Field, seed: int) -> None:
    sent, chance, hub = pages(village), random.Random(seed), village.hub.house
    steps = chance.sample(range(5), 5)
    if steps[0] == 4:
        steps.reverse()
    for step in steps:
        if step == 4:
            revoking.revoke(hub, "village", 2, by="Amina", at=village.hub.at)
        else:
            take(hub, sent[step], village.hub.at)
    assert {row.number: row.state for row in every_page(village)} == {
        1: "merged",
        2: "merged",
        3: "quarantined",
        4: "quarantined",
    }


def test_13_pages_of_old_versions_say_the_same_after_later_ones(village: Field) -> None:
    sent = []
    for version in range(2, 5):
        sent += pages(village, 1)
        village.hub.publish(definition("market").replace("round = 1", f"round = {version}"))
        village.down("village")
    for page in sent[::-1]:
        take(village.hub.house, page, village.hub.at)
    assert at_hub(village) == spoken(village.nodes["village"], village) != []


def test_15_after_closing_a_node_holds_no_word_of_any_answer(village: Field) -> None:
    node = village.nodes["village"]
    pages(village, 2)
    data = node.house.settings.data
    assert holding(data, WORDS) == []
    assert node.house.store.read(lambda view: view.living("market")) == talking(node)


def talking(node: Stage) -> list[int]:
    """Those who are in the midst of a conversation: theirs are the only keys that open anything."""
    return sorted({row.person for row in node.house.store.read(lambda view: view.sessions_of("market"))})


# ---- orders


def test_a_hub_that_was_put_back_is_heard_and_what_it_forgot_still_counts(village: Field) -> None:
    store = village.nodes["village"].house.store
    before = store.read(obeyed)
    store.write(lambda tx: obey(tx, before + 2))
    store.write(lambda tx: go_on(tx, before + 100))
    assert store.read(obeyed) == before + 100
    assert store.read(lambda view: [was_obeyed(view, before + n) for n in (1, 2, 3, 100, 101)]) == [
        False,
        True,
        False,
        True,
        False,
    ]
    store.write(lambda tx: obey(tx, before + 1))
    assert store.read(lambda view: was_obeyed(view, before + 1))
    assert store.read(obeyed) == before + 100


def test_a_node_that_was_put_back_is_given_its_orders_again(village: Field, tmp_path: Path) -> None:
    node = village.nodes["village"]
    node.says(*ANSWERS)
    image(node, tmp_path / "image")
    village.hub.says("ERASE")
    village.down("village")
    village.up("village")
    assert contact.letters(village.hub.house, village.node("village")) == []
    node.house.close()
    shutil.copy(tmp_path / "village" / "keys" / "epoch", tmp_path / "image" / "keys" / "epoch")
    village.nodes["village"] = replace(set_up(tmp_path / "image", at=node.at), refs=node.refs)
    village.nodes["village"].says("KIOSK", sender=NUMBERS[3])
    village.up("village")
    letters = contact.letters(village.hub.house, village.node("village"))
    assert any(take_order(village.nodes["village"].house, each) for each in letters)
    assert village.nodes["village"].open_session() is None
