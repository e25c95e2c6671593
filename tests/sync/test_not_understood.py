"""An order of a kind that only a newer version knows holds up nothing, is told, and is carried out by a later one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import cbor2
import pytest

from consult.library import day_of
from consult.store.fieldwork import Order
from consult.sync import giving, meeting, obeying
from consult.sync.answering import line_of
from consult.sync.frames.frame import Kind
from consult.sync.frames.inside import number
from consult.sync.greetings import Hello, NoGreeting, read_hello
from consult.sync.keys import hub_signing
from consult.sync.line import keep_line, utter
from consult.sync.obeying import not_understood, take_late, take_order
from consult.sync.orders import carried_out, sign_order
from consult.sync.rationing import allowed
from consult.sync.status import standings
from consult.sync.texting import KINDS_OF_ORDERS
from tests.journeys.stage import HER, Houses
from tests.sync.field import Field, bare, field_of
from tests.sync.frames.joined import join
from tests.sync.lines import Line, reach, served, synced


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


def give(field: Field, kind: str, body: list[object]) -> int:
    hub, node = field.hub.house, field.node("village")
    return hub.store.write(lambda tx: giving.give(tx, node, kind, body, day_of(field.hub.at)))


def test_what_comes_after_it_is_not_told_again_and_the_hub_is_told(village: Field) -> None:
    with served(village.hub.house) as port, Line(port) as line:
        house = reach(village, "village", f"http://127.0.0.1:{line.port}")
        odd = give(village, "dance", ["slowly"])
        village.hub.says("STOP")
        assert synced(house).orders == 2
        assert synced(house).orders == 0
        assert house.store.read(carried_out) == (odd + 1, ())
        assert house.store.read(lambda view: view.suppressed(house.vault.index(HER)))
        (standing,) = standings(village.hub.house, village.hub.at)
        assert standing.odd == 1
        meeting.answer(village.hub.house, village.node("village"), Hello((1,)).write(), village.hub.at)
        (standing,) = standings(village.hub.house, village.hub.at)
        assert standing.odd == 1
        assert village.node("village").program
        synced(house, at=village.hub.at + 60)
        house.store.write(lambda tx: tx.set("orders not understood", "[]"))
        synced(house)
        (standing,) = standings(village.hub.house, village.hub.at)
        assert standing.odd == 0


def test_after_an_upgrade_it_is_carried_out_once(village: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    house = village.nodes["village"].house
    monkeypatch.setattr(obeying, "KINDS", tuple(kind for kind in obeying.KINDS if kind != "limits"))
    number = give(village, "limits", [{"bytes": 700}])
    village.down("village")
    assert house.store.read(not_understood) == (number,)
    assert take_late(house) == 0
    assert house.store.read(lambda view: allowed(view, "bytes", 5)) == 5
    monkeypatch.undo()
    assert take_late(house) == 1
    assert house.store.read(lambda view: allowed(view, "bytes", 5)) == 700
    assert house.store.read(not_understood) == ()
    assert take_late(house) == 0


def test_a_kind_that_an_sms_names_by_its_number_alone(tmp_path: Path, houses: Houses) -> None:
    field = field_of(tmp_path, houses, "market")
    air = join(field, "village", bare(tmp_path / "village"))
    kinds = len(KINDS_OF_ORDERS)
    air.node.says("KIOSK", "1")
    field.close("village")
    air.up()
    hub, node = field.hub.house, field.node("village")
    plain = number(77) + number(kinds) + number(day_of(field.hub.at)) + b"whatever"

    def say(tx) -> None:  # type: ignore[no-untyped-def]
        keep_line(hub, tx, utter(hub, tx, line_of(hub, tx, node), Kind.ORDER, plain, field.hub.at))

    hub.store.write(say)
    assert air.down() == 1
    house = air.node.house
    assert house.store.read(not_understood) == (77,)
    assert house.store.read(carried_out)[1] == (77,)
    for stage in (field.hub, air.node):
        stage.house.close()


def test_it_is_kept_as_it_came_and_not_without_end(village: Field) -> None:
    house, hub, node = village.nodes["village"].house, village.hub.house, village.node("village")
    for which in range(100, 100 + obeying.ODD + 6):
        letter = sign_order(Order(node.node, which, "dance", b"body of %d" % which, 20_000), hub_signing(hub.vault))
        assert take_order(house, letter)
        assert not take_order(house, letter)
    kept = json.loads(house.store.read(lambda view: view.setting("orders not understood")) or "[]")
    assert len(kept) == obeying.ODD
    assert bytes.fromhex(kept[-1][3]) == b"body of %d" % kept[-1][0]


# ---- the greeting


def test_a_greeting_without_it_is_as_before_and_one_of_a_later_version_is_read() -> None:
    plain = Hello((1,), 2, (4,), 5, 6, "7")
    assert cbor2.loads(plain.write()) == [0, [1], 2, [4], 5, 6, "7"]
    odd = Hello((1,), 2, (4,), 5, 6, "7", (8, 9))
    assert read_hello(odd.write()) == odd
    assert read_hello(cbor2.dumps([*cbor2.loads(odd.write()), "something new"])) == odd


@pytest.mark.parametrize("odd", ["x", 5, [-1], ["a"], [True], list(range(65)), {1: 2}])
def test_what_is_no_list_of_orders_is_no_greeting(odd: object) -> None:
    with pytest.raises(NoGreeting):
        read_hello(cbor2.dumps([0, [1], 2, [4], 5, 6, "7", odd]))
