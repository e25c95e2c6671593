"""A node that has nothing but SMS tells its hub what it heard, and is answered."""

from __future__ import annotations

import random
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from consult import custody, incidents
from consult.channel import Owed
from consult.library import day_of
from consult.sync import quarantine, revoking, texted
from consult.sync.arriving import take
from consult.sync.frames.frame import Kind
from consult.sync.frames.ratchet import WINDOW, use
from consult.sync.line import keep_line, read_line
from consult.sync.orders import obeyed
from consult.sync.texting import waiting
from tests.journeys.script import definition
from tests.journeys.stage import HER, Houses, set_up
from tests.sync.field import Field, bare, field_of, told
from tests.sync.frames.joined import HOUR, HUB, NODE, Air, join
from tests.sync.test_field import FINISHES, SHE, at_hub, spoken


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Houses:
    return Houses(tmp_path_factory.mktemp("houses"))


@pytest.fixture
def air(tmp_path: Path, houses: Houses) -> Iterator[Air]:
    made = join(field_of(tmp_path, houses, "market"), "village", bare(tmp_path / "village"))
    yield made
    for stage in (made.field.hub, made.node):
        stage.house.close()


def close(field: Field) -> list[bytes]:
    return field.close("village")


def test_what_was_said_reaches_the_hub_by_sms_alone_and_the_page_adds_nothing(air: Air) -> None:
    field = air.field
    air.node.says(*FINISHES)
    air.node.says("KIOSK", "1", sender=SHE)
    (page,) = close(field)
    assert air.up() > 0
    assert len(at_hub(field)) > 8
    assert at_hub(field) == spoken(air.node, field)
    assert waiting_at(air) > 0
    air.later(HOUR)
    assert air.down() == 1
    assert waiting_at(air) == 0
    assert take(field.hub.house, page, field.hub.at).outcome == "new"
    assert at_hub(field) == spoken(air.node, field)
    assert all(len(text) <= 160 for text in air.carried)
    assert field.hub.texts(NODE)
    assert field.hub.address(NODE) is None
    assert air.node.address(HUB) is None


def test_what_a_revoked_node_told_by_sms_alone_is_not_counted_until_its_page_is_believed(air: Air) -> None:
    field, hub = air.field, air.field.hub.house
    air.node.says(*FINISHES)
    (page,) = close(field)
    air.up()
    heard = at_hub(field)
    revoking.revoke(hub, "village", None, by="Amina", at=field.hub.at)
    (left,) = hub.store.read(revoking.withdrawn).values()
    assert len(left) == len(heard)
    assert take(hub, page, field.hub.at).outcome == "quarantined"
    (tail,) = quarantine.tails(hub)
    quarantine.decide(hub, "village", tail.epoch, tail.first, "merge", by="Amina", at=field.hub.at)
    assert hub.store.read(revoking.withdrawn) == {}
    assert at_hub(field) == heard


def waiting_at(air: Air) -> int:
    return air.node.house.store.read(waiting)


def test_lost_doubled_and_mixed_up_on_the_way_and_still_each_fact_once(air: Air) -> None:
    field, chance = air.field, random.Random(3)
    for n in range(4):
        air.node.says(*FINISHES, sender=f"+23480300001{n:02d}")
    close(field)

    def mangled(sent: list[Owed]) -> list[Owed]:
        some = [owed for owed in sent if chance.random() < 0.6]
        chance.shuffle(some)
        broken = [replace(owed, text=f"{owed.text[:70]}\r\n{owed.text[70:]}") for owed in some[::2]]
        return [*some, *broken, *some]

    air.up(mangled)
    some = at_hub(field)
    assert len(some) == len({fact[:2] for fact in some})
    assert set(some) <= set(spoken(air.node, field))
    for _ in range(4):
        air.later(12 * HOUR)
        air.down()
        air.up()
    assert at_hub(field) == spoken(air.node, field)


def test_once_a_frame_is_made_the_node_can_open_what_is_in_it_no_more(air: Air) -> None:
    air.node.says(*FINISHES)
    (fact, *_) = air.node.house.store.read(lambda view: list(view.facts("market")))
    close(air.field)
    key = air.node.house.store.read(lambda view: view.key(fact.person, "market"))
    assert key is not None
    assert air.node.house.vault.open_live(key) is None
    assert air.node.house.store.read(lambda view: view.setting("sms chain")) == ""


def test_who_leaves_at_the_node_has_left_at_the_hub_by_one_sms(air: Air) -> None:
    hub = air.field.hub.house
    air.node.says("KIOSK", "1", "ERASE")
    air.up()
    assert hub.store.read(lambda view: view.suppressed(hub.vault.index(HER)))
    assert not any(HER in text for text in air.carried)


def test_that_she_left_goes_once_however_late_in_the_day_and_again_only_after_hours_of_silence(air: Air) -> None:
    for stage in (air.field.hub, air.node):
        stage.at += 9 * HOUR
    air.node.says("KIOSK", "1", "STOP")
    sent = [air.up()]
    for _ in range(8):
        air.later(HOUR)
        sent.append(air.up())
    assert sent[:6] == [1, 0, 0, 0, 0, 0]
    assert sum(sent) == 2


def test_who_leaves_at_the_hub_has_left_at_the_node_by_one_sms_and_the_hub_hears_so(air: Air) -> None:
    field, node = air.field, air.node.house
    air.node.says(*FINISHES, sender=SHE)
    close(field)
    air.up()
    field.hub.says("STOP")
    air.later(60)
    assert air.down() == 1
    assert node.store.read(lambda view: view.suppressed(node.vault.index(HER)))
    for _ in range(3):
        air.later(HOUR)
        air.up()
    assert field.node("village").obeyed == node.store.read(obeyed)


def test_one_sms_pauses_an_area_at_the_node_and_one_lifts_it(air: Air) -> None:
    field = air.field
    air.node.says(*FINISHES)
    close(field)
    air.up()
    hub, node, day = field.hub.house, air.node.house, day_of(field.hub.at)
    made = incidents.add(
        hub, "market", "threat", incidents.EVERYWHERE, "men asked who answers", pauses=True, day=day, by="x"
    )
    air.later(60)
    assert air.down() == 1
    assert node.store.read(lambda view: incidents.paused(node, view, "market", None))
    incidents.close(hub, "market", made.id, day=day, by="x")
    air.later(60)
    air.down()
    assert not node.store.read(lambda view: incidents.paused(node, view, "market", None))


def test_a_node_that_was_put_back_begins_another_chain_and_is_heard(air: Air) -> None:
    field = air.field
    air.node.says(*FINISHES)
    close(field)
    air.up()
    air.node.house.store.write(lambda tx: tx.new_epoch(77))
    air.node.says(*FINISHES, sender=SHE)
    close(field)
    air.up()
    assert at_hub(field) == spoken(air.node, field)


def test_where_too_much_was_lost_the_hub_asks_for_another_chain(air: Air) -> None:
    field, node = air.field, air.node.house
    air.node.says(*FINISHES)
    close(field)
    air.up()
    id = bytes.fromhex(node.store.read(lambda view: view.origin_node()))
    line = node.store.read(lambda view: read_line(node, view, id))
    assert line is not None
    for _ in range(WINDOW + 2):
        line = replace(line, send=use(line.send)[2])
    node.store.write(lambda tx: keep_line(node, tx, line))
    air.node.says(*FINISHES, sender=SHE)
    close(field)
    air.up()
    assert len(at_hub(field)) < len(spoken(air.node, field))
    assert air.down() == 1
    air.up()
    air.node.says(*FINISHES, sender="+2348030000077")
    close(field)
    air.up()
    known = {fact[1] for fact in at_hub(field)}
    assert {fact[1] for fact in spoken(air.node, field)[-len(FINISHES) :]} & known
    for page in field.close("village"):
        take(field.hub.house, page, field.hub.at)
    assert at_hub(field) == spoken(air.node, field)


def test_what_came_as_a_page_is_not_sent_any_more(air: Air) -> None:
    air.node.says(*FINISHES)
    air.field.up("village")
    assert waiting_at(air) == 0
    assert air.up() == 0


def test_no_day_costs_more_than_the_operator_allows(tmp_path: Path, houses: Houses) -> None:
    air = join(field_of(tmp_path, houses, "market"), "village", bare(tmp_path / "village"), sync_sms_segments=2)
    for n in range(4):
        air.node.says(*FINISHES, sender=f"+23480300001{n:02d}")
        close(air.field)
    assert air.up() == 2
    node = air.node.house
    (spent,) = node.store.read(lambda v: v.traffic_of(bytes.fromhex(v.origin_node())))
    assert (spent.way, spent.segments) == ("sms", 2)
    air.node.at += 86_400
    assert air.up() == 2


def test_a_stranger_with_a_frame_is_answered_nothing_and_counted(air: Air) -> None:
    air.node.says(*FINISHES)
    close(air.field)
    air.up()
    hub, text = air.field.hub, air.carried[0]
    forged = text[:20] + ("A" if text[20] != "A" else "B") + text[21:]
    hub.hears(forged, "+2348031111111")
    assert hub.sends() == []
    assert hub.house.store.read(lambda view: view.setting("frames dropped: forged")) is None
    assert hub.house.store.read(lambda view: view.setting("frames dropped: replayed")) == "1"
    hub.hears("0 because the well is dry and nobody repairs it since the rains", "+2348031111111")
    assert len(hub.sends()) == 1


def test_under_offline_custody_the_hub_keeps_what_it_cannot_open_until_the_key_is_brought(tmp_path: Path) -> None:
    hub = set_up(tmp_path / "hub")
    made = hub.publish(definition("market").replace('name = "market"\n', 'name = "market"\ncustody = "offline"\n', 1))
    field = Field(hub)
    air = join(field, "village", bare(tmp_path / "village"))
    air.node.says(*FINISHES)
    close(field)
    assert air.up() > 0
    village = field.node("village")
    assert hub.house.store.read(lambda view: list(view.facts("market"))) == []
    kept = hub.house.store.read(lambda view: view.unread(village.node, "sealed"))
    assert kept
    assert made.kit is not None
    private = custody.join(made.kit.half_a, made.kit.half_b)
    taken = hub.house.store.write(lambda tx: texted.take_unread(hub.house, tx, village, bytes(range(32)), private))
    assert taken == len(kept)
    assert told(hub.house, "market", private) == told(air.node.house, "market", private)
    air.later(HOUR)
    assert air.down() == 1
    assert waiting_at(air) == 0
    for stage in (hub, air.node):
        stage.house.close()


def test_a_hub_that_was_put_back_says_nothing_until_another_chain_has_begun(air: Air) -> None:
    field, hub = air.field, air.field.hub.house
    air.node.says(*FINISHES)
    close(field)
    air.up()
    hub.store.write(lambda tx: tx.new_epoch(99))
    air.node.says(*FINISHES, sender=SHE)
    close(field)
    air.up()
    assert at_hub(field) == spoken(air.node, field)
    air.later(HOUR)
    assert air.down() == 1
    assert air.up() == 1
    air.later(HOUR)
    assert air.down() == 1


def test_a_page_that_forked_holds_up_what_comes_by_sms_of_the_same_epoch(air: Air) -> None:
    field, hub = air.field, air.field.hub.house
    air.node.says(*FINISHES)
    (page,) = close(field)
    take(hub, page, field.hub.at)
    id, epoch = field.node("village").node, air.node.house.store.read(lambda view: view.epoch())
    (row,) = hub.store.read(lambda view: list(view.pages_of(id, epoch)))
    hub.store.write(lambda tx: tx.update_page(replace(row, state="quarantined", why="fork")))
    before = at_hub(field)
    air.node.says(*FINISHES, sender=SHE)
    close(field)
    air.up()
    assert at_hub(field) == before
    hub.store.write(lambda tx: tx.update_page(row))
    air.later(60)
    assert at_hub(field) == spoken(air.node, field)


def test_words_longer_than_a_frame_come_in_pieces_in_any_order(air: Air) -> None:
    chance = random.Random(7)
    words = "".join(chr(chance.randrange(0x4E00, 0x9000)) for _ in range(90))
    air.node.says(*(words if said == "The well is dry" else said for said in FINISHES))
    close(air.field)
    pieces = Kind.PART | 0xD0

    def but_one(sent: list[Owed]) -> list[Owed]:
        lost = next(owed for owed in sent if b64decode(owed.text[:4], altchars=b"-/")[0] == pieces)
        return [owed for owed in reversed(sent) if owed is not lost]

    air.up(but_one)
    assert not any(words in fact[4] for fact in at_hub(air.field))
    air.later(6 * HOUR)
    air.later(HOUR)
    air.up()
    assert any(words in fact[4] for fact in at_hub(air.field))
    assert at_hub(air.field) == spoken(air.node, air.field)
