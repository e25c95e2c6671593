"""The consultation as a whole: what a definition must say (D6), its days, its hours and its place.

Rule 1: nothing is guessed about her clock: hours without a zone, or a place with several, are told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files

from consult.checks.surroundings import fault
from consult.consultation import Consultation, Fault, Risk

_AREA = re.compile(r"([A-Z]{2})(-[A-Z0-9]{1,3})?")


def check(consultation: Consultation, today: date | None = None) -> Iterator[Fault]:
    yield from _days(consultation)
    if today:
        yield from _past(consultation, today)
    yield from _hours(consultation)
    yield from _place(consultation)
    yield from _practice(consultation)
    if consultation.free:
        cure = "send a paid-for reply from each network before launch; else write free = false"
        yield fault("note", "free", "says that answering costs her nothing", cure)
    if consultation.background_audio and (missing := set(consultation.languages) - set(consultation.background_audio)):
        cure = f"record it in {', '.join(sorted(missing))}"
        yield fault("warning", "background_audio", "is not recorded in every language", cure)


def _days(consultation: Consultation) -> Iterator[Fault]:
    opening, closing, news_by = consultation.opening, consultation.closing, consultation.news_by
    if news_by is None and not consultation.practice:
        cure = "write the day by which those who answer will hear what came of it: news_by = 2027-01-31"
        yield fault("error", "news_by", "is missing", cure)
    if opening and closing and closing < opening:
        yield fault("error", "closing", f"{closing} is before opening, {opening}", "write the later day as closing")
    last = closing or opening
    if news_by and last and news_by < last:
        cure = f"promise news for a day after {last}"
        yield fault("warning", "news_by", f"{news_by} is before the last day of answers, {last}", cure)


def _practice(consultation: Consultation) -> Iterator[Fault]:
    """Of a practice nothing is kept, so it asks for nothing worth keeping."""
    for question in consultation.questions if consultation.practice else ():
        where = f"line {question.line}, question {question.name}"
        if question.type == "text":
            yield fault("error", where, "asks for own words in a practice", "ask something answered by a key")
        if question.segment or question.sensitive:
            yield fault("error", where, "asks about her in a practice", "ask something harmless, as the market's day")
    if consultation.practice and consultation.risk is Risk.ELEVATED:
        yield fault(
            "error", "risk", "is elevated in a practice", 'write risk = "normal": it asks for no word of her own'
        )


def _past(consultation: Consultation, today: date) -> Iterator[Fault]:
    closing, news_by = consultation.closing, consultation.news_by
    if closing and closing < today:
        yield fault("error", "closing", f"{closing} is over: nobody could join", "write a day to come, or leave it out")
    elif news_by and news_by < today:
        yield fault("error", "news_by", f"{news_by} is over: news was promised for then", "write a day to come")


def _hours(consultation: Consultation) -> Iterator[Fault]:
    if consultation.safe_hours is None:
        cure = 'ask women who live there, then write safe_hours = ["09:00", "17:00"]; or leave it so'
        yield fault("note", "safe_hours", "is not set: inbound only, we never write first", cure)
    elif not consultation.timezone and not consultation.area:
        cure = 'write timezone = "Africa/Lagos", or area = "NG"'
        yield fault("warning", "safe_hours", "has no time zone: each number's country decides", cure)


def _place(consultation: Consultation) -> Iterator[Fault]:
    area, zone = consultation.area, consultation.timezone
    known = _AREA.fullmatch(area)
    if area and (known is None or known[1] not in _zones()):
        yield fault("error", "area", "is no country or region", 'write an ISO 3166 code such as "NG" or "NG-BO"')
    if zone and not _is_zone(zone):
        yield fault("error", "timezone", "is no time zone", 'write an IANA name such as "Africa/Lagos"')
    several = zones(area)
    if not zone and len(several) > 1 and consultation.safe_hours:
        cure = f'write timezone = "...": one of {", ".join(several[:6])}'
        yield fault("error", "area", f"{area} has {len(several)} time zones, so safe_hours has no clock", cure)


def zones(area: str) -> tuple[str, ...]:
    """The IANA time zones of an area's country ("NG", "NG-BO"), () for none. Source: tzdata's zone.tab."""
    known = _AREA.fullmatch(area)
    return _zones().get(known[1], ()) if known else ()


@lru_cache(maxsize=1)
def _zones() -> Mapping[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for line in files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            table[country] = (*table.get(country, ()), zone)
    return table


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return bool(ZoneInfo(name).key)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a path, a folder, a name of 5,000 letters
        return False
