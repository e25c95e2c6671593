"""Safe hours: never outside the window of her own clock, whatever the clock does."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.hours import allowed, next_allowed, zone_for
from tests.conftest import many

DAY = (time(9), time(17))
HERE = "Africa/Lagos"


def at(text: str, zone: str = HERE) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def local(moment: int, zone: str = HERE) -> str:
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("moment", "inside"),
    [("08:59:59", False), ("09:00:00", True), ("16:59:59", True), ("17:00:00", False), ("23:30:00", False)],
)
def test_the_window_begins_on_its_minute_and_its_end_is_outside(moment: str, inside: bool) -> None:
    assert allowed(at(f"2026-03-03 {moment}"), HERE, DAY) is inside


def test_before_the_window_it_waits_for_today_and_after_it_for_tomorrow() -> None:
    assert local(next_allowed(at("2026-03-03 04:00"), HERE, DAY) or 0) == "2026-03-03 09:00:00"
    assert local(next_allowed(at("2026-03-03 17:00"), HERE, DAY) or 0) == "2026-03-04 09:00:00"
    assert next_allowed(at("2026-03-03 12:00"), HERE, DAY) == at("2026-03-03 12:00")


@pytest.mark.parametrize("hours", [None, (time(22), time(6)), (time(9), time(9))])
def test_without_one_window_within_a_day_nothing_is_ever_started(hours: tuple[time, time] | None) -> None:
    assert not any(allowed(at("2026-03-03 00:00") + hour * 3600, HERE, hours) for hour in range(24))
    assert next_allowed(at("2026-03-03 12:00"), HERE, hours) is None


@pytest.mark.parametrize("zone", ["", "Nowhere/None", "../etc/passwd", "/etc/passwd", "Africa", "a\0b"])
def test_without_a_zone_nothing_is_ever_started(zone: str) -> None:
    assert next_allowed(at("2026-03-03 12:00"), zone, DAY) is None
    assert not allowed(at("2026-03-03 12:00"), zone, DAY)


def test_a_window_that_begins_in_the_hour_the_clocks_skip_opens_at_the_jump() -> None:
    berlin = "Europe/Berlin"  # on 2026-03-29 clocks jump from 02:00 to 03:00
    opens = next_allowed(at("2026-03-29 00:30", berlin), berlin, (time(2, 30), time(5)))
    assert local(opens or 0, berlin) == "2026-03-29 03:00:00"


def test_a_window_wholly_inside_the_skipped_hour_waits_a_day() -> None:
    berlin = "Europe/Berlin"
    opens = next_allowed(at("2026-03-29 00:30", berlin), berlin, (time(2, 10), time(2, 50)))
    assert local(opens or 0, berlin) == "2026-03-30 02:10:00"


def test_where_the_clocks_jump_at_midnight_the_day_still_opens() -> None:
    beirut = "Asia/Beirut"  # from 00:00 to 01:00 on the last Sunday of March
    opens = next_allowed(at("2026-03-28 22:00", beirut), beirut, (time(0), time(4)))
    assert local(opens or 0, beirut) == "2026-03-29 01:00:00"


zones = st.sampled_from(
    ["Africa/Lagos", "Asia/Beirut", "Europe/Berlin", "Asia/Kabul", "America/Bogota", "Africa/Cairo"]
)
minutes = st.integers(0, 1439)
windows = st.tuples(minutes, minutes)


@settings(max_examples=many(300))
@given(st.integers(1_700_000_000, 1_900_000_000), zones, windows)
def test_the_next_moment_is_allowed_and_nothing_earlier_is(moment: int, zone: str, window: tuple[int, int]) -> None:
    first, last = (time(*divmod(minute, 60)) for minute in window)
    found = next_allowed(moment, zone, (first, last))
    if found is None:
        assert window[0] >= window[1]
        return
    assert found >= moment
    assert allowed(found, zone, (first, last))
    assert found == moment or not allowed(found - 1, zone, (first, last))
    assert not any(allowed(each, zone, (first, last)) for each in range(moment, found, 1_800))


def test_the_consultation_says_where_she_is_before_its_area_and_her_number() -> None:
    assert zone_for("Africa/Kinshasa", "NG", "Europe/Paris") == "Africa/Kinshasa"
    assert zone_for("", "NG-BO", "Europe/Paris") == "Africa/Lagos"
    assert zone_for("", "CD", "Africa/Kampala") == "Africa/Kampala"
    assert zone_for("", "", "") == ""


def test_the_tests_clock_is_sane() -> None:
    assert datetime.fromtimestamp(at("2026-03-03 09:00"), UTC).hour == 8
