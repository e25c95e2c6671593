"""Safe hours: when what we start may reach a telephone, in her own time.

Rule 1: without hours or without a zone nothing is ever started.
Rule 2: checked when a message leaves, not when it was written.
Rule 3: hours are one window within a day; one that crosses midnight is refused by `consult check` and never opens here.
Rule 4: clocks that jump (summer time) move the window with them: only times her own clock shows count.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Hours = tuple[time, time] | None
_LOOK_AHEAD = 4  # days: a window may vanish for a day when the clocks jump


def zone_for(timezone: str, area: str, number_zone: str) -> str:
    """Where she is: the consultation's own zone, else its area's, else her number's country's; "" unknown."""
    from consult.numbers import zone_of_area

    return timezone or zone_of_area(area) or number_zone


def allowed(at: int, zone: str, hours: Hours) -> bool:
    """Whether a message we start may leave at `at` (epoch seconds). The window's end is outside it."""
    place = _place(zone)
    return place is not None and _open(at, place, hours)


def next_allowed(at: int, zone: str, hours: Hours) -> int | None:
    """The first moment from `at` on at which it may leave; None: never."""
    place = _place(zone)
    if place is None or hours is None or hours[0] >= hours[1]:
        return None
    if _open(at, place, hours):
        return at
    today = datetime.fromtimestamp(at, place).date()
    openings = (_opening(today + timedelta(days=day), place, hours) for day in range(_LOOK_AHEAD))
    return next((opens for opens in openings if opens is not None and opens > at), None)


def moment(text: str, zone: str) -> int | None:
    """The moment of a day and time as local clocks show it ("2027-03-01T09:00"); None where they never do.

    Of two that look the same (clocks set back) the first.
    """
    place = _place(zone)
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return None
    if place is None or told.tzinfo is not None or not 1971 <= told.year <= 2200:
        return None
    found = _epoch(told.replace(tzinfo=place, fold=0))
    return found if datetime.fromtimestamp(found, place).replace(tzinfo=None) == told else None


def local(at: int, zone: str) -> str:
    """A moment as clocks there show it, "2027-03-01 09:00"; UTC where the zone is not known."""
    return datetime.fromtimestamp(at, _place(zone) or UTC).strftime("%Y-%m-%d %H:%M")


def _open(at: int, place: ZoneInfo, hours: Hours) -> bool:
    return hours is not None and hours[0] <= datetime.fromtimestamp(at, place).time() < hours[1]


def _opening(day: date, place: ZoneInfo, hours: tuple[time, time]) -> int | None:
    """When the window opens on this day. Where the clocks jump over its beginning, the moment of the jump."""
    local = datetime.combine(day, hours[0], place)
    after, before = _epoch(local.replace(fold=0)), _epoch(local.replace(fold=1))
    if datetime.fromtimestamp(after, place).time() == hours[0]:
        return after
    while before < after:  # the jump lies between the two readings of a time that no clock shows
        middle = (before + after) // 2
        before, after = (before, middle) if _open(middle, place, hours) else (middle + 1, after)
    return after if _open(after, place, hours) else None


def _epoch(local: datetime) -> int:
    return int(local.astimezone(UTC).timestamp())


def _place(zone: str) -> ZoneInfo | None:
    """The zone; None for an unknown name (ZoneInfoNotFoundError is a KeyError), a path or a folder."""
    try:
        return ZoneInfo(zone) if zone else None
    except (KeyError, ValueError, OSError):
        return None
