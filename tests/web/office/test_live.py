"""The live page: gated, steady between two looks, and cheap to look at again."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from consult import live
from consult.delivery.reasons import kind
from consult.reading.failing import failing_in_words
from consult.store import Tx
from consult.store.records import Message, State
from consult.web import create_app
from consult.wording import for_pages
from tests.accounts.conftest import joined
from tests.journeys.script import definition
from tests.journeys.stage import Stage, set_up
from tests.web.office.conftest import LONG_AGO, Hub, Visitor

AT = "/office/consultations/brief/live"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = set_up(tmp_path, at=1_795_424_400 + 8 * 86_400, replies_per_day=10_000)
    made.publish(definition("brief").replace('name = "place"', 'name = "place"\nsegment = true'), test=False)
    yield made
    made.house.close()


def visitor(stage: Stage, role: str = "facilitator") -> Visitor:
    who = joined(stage.house, role.title(), role, "brief", int(time.time()) - LONG_AGO)
    hub = Hub(stage.house, create_app(stage.house), {role: who})
    return hub.inside(role)


def number(n: int) -> str:
    return f"+23480400{n:05}"


def answers(stage: Stage, people: range, place: str = "1", *, whole: bool = True) -> None:
    for n in people:
        for said in ("CANDLE", "1", "1", *((place,) if whole else ())):
            stage.hears(said, number(n))
            stage.sends()


def later(stage: Stage) -> None:
    """A minute has gone by since it was counted last."""

    def work(tx: Tx) -> None:
        kept = tx.setting("live:brief")
        if kept:
            tx.set("live:brief", re.sub(r'"at": \d+', '"at": 0', kept))

    stage.house.store.write(work)


def owe(stage: Stage, state: State, why: str, n: int) -> None:
    address = stage.house.store.read(lambda view: view.address(stage.house.vault.index(number(0))))
    assert address is not None
    message = Message(0, address.id, "+1", "sms", "post", "reply", b"", 0, None, "brief", state=state, why=why)

    def work(tx: Tx) -> None:
        for _ in range(n):
            tx.owe(message)

    stage.house.store.write(work)


def test_nine_are_told_as_fewer_than_ten_everywhere(stage: Stage) -> None:
    answers(stage, range(9))
    shown = visitor(stage).get(AT).text
    told = {*re.findall(r"<(?:dd|td)>(\d+)</", shown)}
    messages = sum(each.sent for each in live.traffic(stage.house, "brief") if isinstance(each.sent, int))
    assert told <= {str(messages), str(messages // 10 * 10)}
    assert "&lt;10" in shown


def test_people_stand_apart_and_questions_lose_some(stage: Stage) -> None:
    answers(stage, range(11), "1")
    answers(stage, range(11, 21), "2")
    answers(stage, range(21, 31), whole=False)
    shown = visitor(stage).get(AT).text
    assert "Where people leave off" in shown
    assert "<td>31</td><td>–</td>" in shown
    assert "<td>21</td><td>10</td>" in shown
    found = live.progress(stage.house, "brief", int(time.time()))
    assert found is not None
    assert {value: row["started"] for value, row in found["open place"].items()} == {"": 10, "town": 11, "village": 10}


def test_it_is_counted_once_a_minute_and_moves_by_ten(stage: Stage) -> None:
    answers(stage, range(10), "1")
    answers(stage, range(10, 20), "2")
    at = int(time.time())
    first = live.progress(stage.house, "brief", at)
    answers(stage, range(20, 29), "1")
    later(stage)
    assert live.progress(stage.house, "brief", at) == first
    answers(stage, range(29, 30), "1")
    later(stage)
    moved = live.progress(stage.house, "brief", at)
    assert moved is not None
    assert moved["open place"]["town"]["started"] == 20
    answers(stage, range(30, 40), "1")
    assert live.progress(stage.house, "brief", at + 30) == moved, "not within the minute"


def test_what_was_not_shown_is_not_kept(stage: Stage) -> None:
    answers(stage, range(12), "1")
    answers(stage, range(12, 15), "2")
    live.progress(stage.house, "brief", int(time.time()))
    kept = stage.house.store.read(lambda view: view.setting("live:brief"))
    assert kept is not None
    assert '"<10"' in kept
    assert not re.search(r'"(invited|started|finished|stopped|partial)": \d\b', kept)


def test_looking_again_costs_an_empty_answer(stage: Stage) -> None:
    answers(stage, range(12))
    who = visitor(stage)
    tag = who.get(AT).headers["ETag"]
    again = who.client.get(AT, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert len(str(again.headers)) < 900
    answers(stage, range(12, 24))
    assert who.client.get(AT, headers={"If-None-Match": tag}).status_code == 200
    assert who.client.get(f"{AT}?lang=ar", headers={"If-None-Match": tag}).status_code == 200


def test_a_tag_of_another_visit_is_worth_nothing(stage: Stage) -> None:
    answers(stage, range(12))
    tag = visitor(stage).get(AT).headers["ETag"]
    assert visitor(stage, "mediator").client.get(AT, headers={"If-None-Match": tag}).status_code == 404
    assert visitor(stage, "moderator").client.get(AT, headers={"If-None-Match": tag}).status_code == 200


def test_a_moderator_sees_traffic_and_no_figures(stage: Stage) -> None:
    answers(stage, range(12))
    shown = visitor(stage, "moderator").get(AT).text
    assert "Messages" in shown
    assert "Where people leave off" not in shown


def test_failures_are_told_in_plain_words_by_tens_and_never_as_a_carrier_words_them(stage: Stage) -> None:
    answers(stage, range(10))
    owe(stage, "failed", "undelivered 30003 +2348031234567", 13)
    owe(stage, "failed", "Zurbaran says no to +2348031234567", 25)
    owe(stage, "expired", "expired", 4)
    shown = visitor(stage).get(AT).text
    assert "Zurbaran" not in shown
    assert "234567" not in shown
    assert "<li>20: The carrier gave a reason" in shown
    assert "<li>10: The number is nobody" in shown
    assert "<li>&lt;10: It could not leave in time." in shown


SORTS = {
    "budget reached": "budget",
    "restored from a backup": "restored",
    "the consultation is over": "retired",
    "the simulator rings invented numbers only": "invented",
    "Twilio answered 503": "away",
    "the answer of Kannel is not readable": "away",
    "refused with 401": "key",
    "too long for one message": "long",
    "calls need CONSULT_PUBLIC_URL, the address Twilio asks what to say": "setting",
    "undelivered 30005": "number",
    "not delivered": "undelivered",
    "a machine": "undelivered",
    "no number that can be dialled": "number",
    "held for a review of its risk": "review",
    "InsufficientBalance": "money",
    "expired": "late",
    "?": "other",
    "": "other",
}


@pytest.mark.parametrize(("why", "sort"), SORTS.items())
def test_every_sort_of_reason_has_words_and_a_cure(why: str, sort: str) -> None:
    assert kind(why) == sort
    say = for_pages("en")
    what, cure = failing_in_words(say, sort)
    assert what
    assert cure
    assert sort == "other" or what != failing_in_words(say, "other")[0]


def test_another_s_live_page_is_not_there(ready_hub: Hub) -> None:
    outsider = ready_hub.inside("outsider")
    assert outsider.get("/office/consultations/safety/live").status_code == 404
    assert outsider.get("/office/consultations/pulse/live").status_code == 200
