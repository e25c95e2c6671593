"""Published editions: found by name and keyword, compiled once, open in the days of their place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from consult import publish
from consult.library import day_of, matching, window
from tests.journeys.script import definition
from tests.journeys.stage import MORNING, Stage, set_up


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = set_up(tmp_path)
    yield made
    made.house.close()


def current(stage: Stage):
    return stage.house.store.read(stage.house.library.current)


def test_a_keyword_tells_consultation_and_language(stage: Stage) -> None:
    stage.publish(definition("closed"))
    now = current(stage)
    assert matching(now, "LADDER") == ("closed", "en", "")
    assert matching(now, "Échelle") == ("closed", "fr", "")
    assert matching(now, "ladder 7K3M-2Q9X-C") == ("closed", "en", "7k3m-2q9x-c")
    for other in ("", "the ladder", "ladders", "LADDERS 1", "\ud800", " "):
        assert matching(now, other) is None


@pytest.mark.parametrize(
    "said", ["ladder", "Ladder.", '"LADDER"', "LADDER!", "  ladder\n", "#ladder", "ladder, please"]
)
def test_a_keyword_is_read_forgivingly(stage: Stage, said: str) -> None:
    stage.publish(definition("closed"))
    assert matching(current(stage), said)[:2] == ("closed", "en")


def test_a_word_that_two_languages_share_tells_none(stage: Stage) -> None:
    stage.publish(definition("market"))
    assert matching(current(stage), "kiosk") == ("market", "", "")


def test_what_is_published_or_retired_elsewhere_is_seen_at_once(stage: Stage) -> None:
    assert current(stage).newest == {}
    other = set_up(stage.house.settings.data)
    other.publish(definition("closed"))
    assert set(current(stage).newest) == {"closed"}
    other.publish(definition("closed").replace("round = 1", "round = 2"))
    assert current(stage).newest["closed"].version == 2
    publish.retire(other.house, "closed", day=day_of(MORNING), confirmed_by=("Amina", "Ruth"))
    assert current(stage).newest == {}
    assert matching(current(stage), "LADDER") is None
    other.house.close()


def test_nothing_is_compiled_twice(stage: Stage) -> None:
    stage.publish(definition("closed"))
    assert current(stage) is current(stage)
    assert stage.edition("closed") is stage.edition("closed")


def test_each_version_keeps_its_own_edition(stage: Stage) -> None:
    stage.publish(definition("closed"))
    stage.publish(definition("closed").replace("Is the market open?", "Is the market open today?"))
    first, second = stage.edition("closed", 1), stage.edition("closed", 2)
    assert (first.version, second.version) == (1, 2)
    assert first.put(0, 0, 0, "sms").prompt.text == "Is the market open?"
    assert second.put(0, 0, 0, "sms").prompt.text == "Is the market open today?"


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("moment", "where"),
    [
        ("2026-11-30T22:59:59", "early"),
        ("2026-11-30T23:00:00", "in_time"),  # midnight in Lagos
        ("2026-12-02T12:00:00", "in_time"),
        ("2026-12-03T22:59:59", "in_time"),
        ("2026-12-03T23:00:00", "late"),
    ],
)
def test_the_days_of_opening_and_closing_are_those_of_the_place(stage: Stage, moment: str, where: str) -> None:
    stage.publish(definition("brief"))
    assert window(stage.edition("brief"), at(moment)) == where


def test_a_consultation_without_days_is_always_open(stage: Stage) -> None:
    text = definition("closed").replace("opening = 2026-11-01\n", "").replace("closing = 2027-12-31\n", "")
    stage.publish(text)
    assert window(stage.edition("closed"), 0) == window(stage.edition("closed"), 2**33) == "in_time"


def test_days_are_counted_in_utc() -> None:
    assert day_of(0) == day_of(86_399) == 0
    assert day_of(86_400) == 1
