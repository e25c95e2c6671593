"""A campaign for a moment to come: it begins then, as if started then, or says why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from consult import campaign, hours, publish
from consult.campaign import CannotStart
from consult.house import House
from tests.fakes.post import NOON, Post, house, published
from tests.test_campaign import PLAN, enrol, now, seeds, states

LATER = NOON + 2 * 3600


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    opened = house(tmp_path, Post())
    published(opened)
    enrol(opened, 3)
    yield opened
    opened.close()


def scheduled(home: House, moment: int = LATER) -> int:
    return campaign.start(home, "safety", replace(PLAN, begins=moment), NOON).id


def test_nobody_is_written_to_before_the_moment(home: House) -> None:
    id = scheduled(home)
    assert now(home, id).state == "scheduled"
    assert campaign.waves(home, LATER - 1, seeds()) == 0
    assert states(home) == {"waiting": 3}
    assert campaign.waves(home, LATER, seeds()) == 3
    assert now(home, id).state == "running"


def test_what_is_called_off_does_not_begin(home: House) -> None:
    id = scheduled(home)
    campaign.stop(home, id)
    assert campaign.waves(home, LATER, seeds()) == 0
    assert now(home, id).state == "stopped"


def test_what_is_scheduled_is_not_paused_but_called_off(home: House) -> None:
    with pytest.raises(CannotStart):
        campaign.pause(home, scheduled(home))


def test_one_at_a_time(home: House) -> None:
    scheduled(home)
    with pytest.raises(CannotStart, match="scheduled"):
        campaign.start(home, "safety", PLAN, NOON)


def test_a_machine_that_slept_over_the_last_day_begins_nothing(home: House) -> None:
    id = scheduled(home)
    assert campaign.waves(home, NOON + 3600 * 86_400, seeds()) == 0
    assert now(home, id).state == "stopped"
    assert "closed on" in now(home, id).why


def test_retired_meanwhile(home: House) -> None:
    id = scheduled(home)
    publish.retire(home, "safety", day=NOON // 86_400, confirmed_by=("A", "B"))
    assert now(home, id).state == "stopped"
    assert campaign.waves(home, LATER, seeds()) == 0


@pytest.mark.parametrize(
    ("at", "moment", "code"),
    [
        (NOON, NOON + 91 * 86_400, "far"),
        (NOON + 3600 * 86_400, NOON + 3650 * 86_400, "late"),
        (NOON - 60 * 86_400, NOON - 50 * 86_400, "early"),
    ],
)
def test_a_moment_that_cannot_be(home: House, at: int, moment: int, code: str) -> None:
    with pytest.raises(CannotStart) as refused:
        campaign.start(home, "safety", replace(PLAN, begins=moment), at)
    assert refused.value.code == code
    assert home.store.read(lambda view: view.campaigns()) == []


def test_a_moment_that_is_over_is_now(home: House) -> None:
    assert now(home, scheduled(home, NOON - 1)).state == "running"


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2026-11-05T13:00", "Africa/Lagos", NOON),
        ("2026-11-05 12:00", "UTC", NOON),
        ("2026-03-29T02:30", "Europe/Berlin", None),  # no clock shows it
        ("2026-10-25T02:30", "Europe/Berlin", 1_792_888_200),  # the first of two
        ("2026-11-05T13:00+01:00", "Africa/Lagos", None),
        ("2026-11-05T13:00", "", None),
        ("2026-11-05T13:00", "Mars/Base", None),
        ("0001-01-01T00:00", "UTC", None),
        ("tomorrow", "UTC", None),
        ("", "UTC", None),
    ],
)
def test_a_moment_is_read_in_its_zone(text: str, zone: str, moment: int | None) -> None:
    assert hours.moment(text, zone) == moment


def test_a_moment_is_shown_as_clocks_there_show_it() -> None:
    assert hours.local(NOON, "Africa/Lagos") == "2026-11-05 13:00"
    assert hours.local(NOON, "") == "2026-11-05 12:00"


def test_the_outlook_counts_people_money_and_days(home: House) -> None:
    edition = home.store.read(lambda view: view.published("safety"))
    assert edition is not None
    post = home.channels["sms"].carriers["post"]
    out = campaign.outlook(home, edition, ("sms", post), {"en": 1000}, pace=0.01)
    low, high = campaign.forecast(home, edition, "sms", {"en": 1000})
    assert (out.people, out.low, out.high) == (1000, low, high + low)  # the reminder is the first message again
    assert out.seconds(out.low) == low * 100
    assert out.days(out.low) == -(-low * 100 // out.window)
    assert [replace(out, pace=pace).seconds(60) for pace in (1.0, 0.2, 10.0, 7.0)] == [60, 300, 6, 9]
    assert replace(out, window=0).days(out.low) == 0
    assert replace(out, pace=0.0).seconds(out.low) == 0
