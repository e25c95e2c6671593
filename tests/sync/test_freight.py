"""What is large goes last, and goes on where it broke off; what a hub allows and wants told is heeded."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest

from consult.asks import sending
from consult.library import day_of
from consult.recordings import Listening, look_after
from consult.speech.shelf import Shelf
from consult.store import Tx
from consult.sync import giving, https, obeying, tapes
from consult.sync.keys import hub_of
from tests.journeys.stage import Houses, Stage
from tests.sync.field import Field, bare, field_of
from tests.sync.lines import Line, reach, served, synced
from tests.sync.test_field import FINISHES
from tests.sync.test_field import Line as Spoken
from tests.sync.test_tapes import KEY, TONE, spoke

SOUND = array("h", [0, 2000, -2000] * 6000)


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Field]:
    made = field_of(tmp_path, Houses(tmp_path / "houses"), "market")
    made.join("village", bare(tmp_path / "village"))
    yield made
    for stage in (made.hub, *made.nodes.values()):
        stage.house.close()


@pytest.fixture
def line(village: Field) -> Iterator[Line]:
    with served(village.hub.house) as port, Line(port) as made:
        reach(village, "village", f"http://127.0.0.1:{made.port}")
        yield made


def recorded(village: Field) -> Stage:
    node = village.nodes["village"]
    tapes.make(node.house, spoke(node), TONE, KEY)
    return node


def told(village: Field) -> str:
    """The hub has a sound for a line; its name."""
    hub, node = village.hub.house, village.node("village")
    take = Shelf(hub.settings.data).keep(Spoken("Hello", "en", "a" * 32), "en", SOUND)
    hub.store.write(lambda tx: giving.lines(tx, node, Shelf(hub.settings.data), 20_780))
    return take.name


def test_a_recording_goes_up_and_a_sound_comes_down_in_one_meeting(village: Field, line: Line) -> None:
    node, name = recorded(village), told(village)
    met = synced(node.house)
    assert (met.tapes, met.sounds, met.broke) == (1, 1, "")
    assert tapes.leaving(node.house) == []
    assert Shelf(node.house.settings.data).missing() == []
    assert len(Listening(village.hub.house, "market", "Amina", village.hub.at).waiting) == 1
    assert (Shelf(node.house.settings.data).audio / name).is_file()
    again = synced(node.house)
    assert (again.tapes, again.sounds) == (0, 0)


@pytest.mark.parametrize("cut", [3000, 9000, 15_000])
def test_a_sound_goes_on_where_it_broke_off(village: Field, line: Line, cut: int) -> None:
    node, name = village.nodes["village"], told(village)
    line.cut_down = cut
    met = synced(node.house)
    size = (Shelf(village.hub.house.settings.data).audio / name).stat().st_size
    assert met.sounds == 1
    assert met.down < size + 4000  # what had come did not come again
    assert list((node.house.settings.data / "sync").glob("*.part")) == []


@pytest.mark.parametrize("cut", [2500, 6000])
def test_a_recording_goes_on_where_it_broke_off(village: Field, line: Line, cut: int) -> None:
    node = recorded(village)
    line.cut_up = cut
    assert synced(node.house).tapes == 1
    assert len(Listening(village.hub.house, "market", "Amina", village.hub.at).waiting) == 1


def test_what_was_erased_meanwhile_does_not_leave(village: Field, line: Line) -> None:
    node = recorded(village)
    node.says("ERASE")
    look_after(node.house, node.at)
    assert synced(node.house).tapes == 0


# ---- what the hub allows, and wants told


def test_the_hub_says_what_a_day_may_cost(village: Field, line: Line) -> None:
    node, known = village.nodes["village"], village.node("village")
    village.hub.house.store.write(lambda tx: giving.limits(tx, known, {"bytes": 700}, 20_780))
    synced(node.house)
    assert https.allowed(node.house) == 700
    node.says(*FINISHES)
    village.close("village")
    assert synced(node.house, cap=https.allowed(node.house)).spent


def test_news_of_the_hub_reaches_those_whom_only_the_node_knows(village: Field) -> None:
    node, hub = village.nodes["village"], village.hub.house
    node.says(*FINISHES, "1")

    def agrees(tx: Tx) -> int:
        return sum(each.news for each in tx.enrolments("market"))

    agreed = node.house.store.write(agrees)
    news = sending.News("market", 1, 1, "sms", "+12025550199")
    assert sending.tell_nodes(hub, news, day_of(village.hub.at)) == 1
    village.down("village")
    before = len(node.tape.sent)
    assert obeying.send_due(node.house, node.at) == agreed
    node.sends()
    assert obeying.send_due(node.house, node.at) == 0
    assert len(node.tape.sent) - before == agreed
    assert node.house.store.read(hub_of) is not None
