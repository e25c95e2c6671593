"""Asks on a whole hub: kept for ever, looked at before women hear them, told in releases, sent to all who agreed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from consult.asks import keeping, sending
from consult.asks.hearing import lines, pointer
from consult.asks.states import Refused
from consult.library import day_of
from consult.publish import Unpublishable
from consult.releases import release, reproduce
from consult.wording import for_locale, locales
from tests.journeys.script import definition
from tests.journeys.stage import Stage, set_up
from tests.test_releases import CLOSED, OPEN, crowd, number

TEXTS = {"en": "Mend the road to the market", "fr": "Réparez la route du marché"}
WHOM = {"en": "the mayors", "fr": "les maires"}
ANSWER = {"en": "Yes, after the rains.", "fr": "Oui, après les pluies."}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = set_up(tmp_path, at=OPEN, replies_per_day=10_000)
    made.publish(definition("brief").replace("ask_again = false", "ask_again = true"), test=False)
    yield made
    made.house.close()


def happens(stage: Stage, ask: int, kind: str, by: str = "Amina", **values: Any) -> Any:
    return keeping.add(stage.house, "brief", ask, kind, values, day=day_of(CLOSED), by=by)


def begun(stage: Stage, due: str = "2026-12-05") -> int:
    ask = happens(stage, 0, "asked", texts=TEXTS, addressed_to=WHOM, owner="Amina", due=due)
    happens(stage, ask.id, "moved", to="heard")
    number: int = ask.id
    return number


def test_asks_are_numbered_and_kept_as_they_happened(stage: Stage) -> None:
    assert [begun(stage), begun(stage)] == [1, 2]
    happens(stage, 2, "changed", hindrance="no quorum", tabled_on="2026-12-08")
    found = stage.house.store.read(lambda view: keeping.asks(view, "brief"))
    assert (found[2].hindrance, found[2].tabled_on, found[1].state) == ("no quorum", "2026-12-08", "heard")
    with closing(sqlite3.connect(next(stage.house.settings.data.glob("*.db")))) as raw:
        for statement in ("UPDATE asks SET text = '{}'", "DELETE FROM asks"):
            with pytest.raises(sqlite3.DatabaseError):
                raw.execute(statement)


def test_each_step_stands_in_the_audit_trail(stage: Stage) -> None:
    begun(stage)
    lines_ = [what for _, _, what, _ in stage.house.store.read(lambda view: view.audit())]
    assert "ask 1 of brief: moved heard by Amina" in lines_


@pytest.mark.parametrize("words", ["Ring 0803 456 7890", "Write to a@b.org", "www.road.org", "x" * 301, "hid\u0000den"])
def test_what_could_betray_somebody_is_refused(stage: Stage, words: str) -> None:
    with pytest.raises(Refused):
        happens(stage, 0, "asked", texts={**TEXTS, "fr": words}, addressed_to=WHOM, owner="A", due="2027-01-01")
    assert stage.house.store.read(lambda view: view.ask_events("brief")) == []


@pytest.mark.parametrize("name", ["forum", "agenda_item", "hindrance"])
def test_what_a_release_tells_besides_betrays_nobody_either(stage: Stage, name: str) -> None:
    begun(stage)
    with pytest.raises(Refused, match=f"{name}: holds a number"):
        happens(stage, 1, "changed", **{name: "ask 0803 456 7890"})


def test_what_is_overdue_heads_the_next_release_and_stays_in_it(stage: Stage) -> None:
    crowd(stage)
    begun(stage, due="2027-06-01")
    begun(stage, due="2026-12-05")
    made = release(stage.house, "brief", CLOSED, by="Amina")
    told = json.loads(made.text)["asks"]
    assert [(each["id"], each["overdue"]) for each in told] == [(2, 5), (1, 0)]
    assert "owner" not in told[0]
    happens(stage, 2, "proposed", "Musa", to="taken_up", texts=ANSWER)
    happens(stage, 2, "approved", "Amina")
    assert reproduce(stage.house, "brief", 1) == (True, 0)


@pytest.mark.parametrize("tag", locales())
def test_it_is_heard_in_every_language_and_honest_when_there_is_nothing(stage: Stage, tag: str) -> None:
    begun(stage)
    ask = stage.house.store.read(lambda view: keeping.asks(view, "brief"))[1]
    say = for_locale(tag)
    assert len(lines(ask, say)) == 2  # nobody says that it was told to somebody before it was
    ask = replace(ask, state="delivered")
    silent = lines(ask, say)
    assert len(silent) == 3
    assert "5.12.2026" in silent[2]
    answered = lines(replace(ask, answer=ANSWER, review_on="2027-01-31"), say)
    assert any((ANSWER.get(tag) or ANSWER["en"]) in line for line in answered)
    assert "31.1.2027" in answered[-1]
    assert stage.house.channels["sms"].cost(pointer(say, "0800111222")).segments <= 2


# ---- news


def agreeing(stage: Stage, people: range, news: str = "1") -> None:
    for n in people:
        for said in ("CANDLE", "1", "1", "1", news):
            stage.hears(said, number(n))
            stage.sends()


def sent(stage: Stage, at: int, ask: int = 1, said: int = 0) -> int:
    return sum(sending.send(stage.house, sending.News("brief", ask, said, ring="0800111222"), at))


def test_news_goes_to_all_who_agreed_once_and_says_nothing_of_its_matter(stage: Stage) -> None:
    agreeing(stage, range(30))
    agreeing(stage, range(30, 34), news="2")
    begun(stage)
    cost = sending.forecast(stage.house, sending.News("brief", 1, 0, ring="0800111222"), stage.at)
    assert (cost.people, cost.units) == (30, 30)
    assert sent(stage, stage.at) == 30
    assert sent(stage, stage.at) == 0
    assert sent(stage, stage.at, said=1) == 30  # another answer is other news
    texts = stage.sends()
    assert len(texts) == 60
    assert all("0800111222" in text and "road" not in text for text in texts)


def test_whoever_stopped_or_was_erased_gets_none(stage: Stage) -> None:
    agreeing(stage, range(12))
    stage.hears("STOP", number(1))
    stage.says("ERASE", "1", sender=number(2))
    assert sent(stage, stage.at) == 10


def test_it_goes_on_where_it_was(stage: Stage) -> None:
    agreeing(stage, range(40))
    batches = sending.send(stage.house, sending.News("brief", 1, 0, ring="0800111222"), stage.at)
    assert next(batches) == 25
    batches.close()  # killed here
    assert sent(stage, stage.at) == 15


def test_two_voices_of_one_telephone_get_one(stage: Stage) -> None:
    agreeing(stage, range(1))
    for said in ("ANOTHER PERSON", "1", "1", "1", "1"):
        stage.hears(said, number(0))
        stage.sends()
    assert sent(stage, stage.at) == 1


def test_the_last_day_to_launch_before_a_session() -> None:
    assert keeping.last_launch(date(2027, 3, 31), 14) == date(2027, 3, 10)


def test_a_new_round_admits_what_is_overdue(stage: Stage) -> None:
    begun(stage)
    stage.at = CLOSED
    text = definition("brief").replace("closing = 2026-12-03", "closing = 2028-01-01")
    second = text.replace("round = 1", "round = 2", 1)
    with pytest.raises(Unpublishable) as refused:
        stage.publish(second, test=False)
    (fault,) = [each for each in refused.value.faults if each.level == "error"]
    assert (fault.where, "ask 1" in fault.what) == ("background", True)
    stage.publish(text, test=False)  # the same round may be mended
    told = second.replace("Leaders want to know.", "You asked for the road. No answer has come.")
    stage.publish(told, test=False)
