"""Telephone numbers: one written form, and the time zone of a number's country.

Rule 1: short codes, names, extensions, numbers nobody can have and numbers that bill whoever writes to them are nobody.
Rule 2: carriers send E.164 already; `strict` accepts it without the tables, which are opened for everything else.
Rule 3: a country whose clocks differ has no zone here. A guess could write to her at night, so the consultation must
say (`timezone`). Countries with several entries in the tz database whose clocks agree (Gaza and Hebron) have one.
Rule 4: only masked numbers are shown: all but the last two digits.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

LONGEST = 40  # characters of a number as people write it

_E164 = re.compile(r"\+[1-9][0-9]{7,14}")
_SHORTENED = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+")  # 2.3765E+11, as spreadsheets show long numbers
_SIGNS = frozenset("+-.()/ \t\u00a0")
_OTHER_TABLES = {"XK": "Europe/Belgrade", "AC": "Atlantic/St_Helena", "TA": "Atlantic/St_Helena"}  # not in ISO 3166


def strict(number: str) -> bool:
    """Whether it is written as E.164 (`+` and 8 to 15 digits); says nothing about who has it."""
    return _E164.fullmatch(number) is not None


def normalise(raw: str, region: str = "") -> str | None:
    """E.164 of a number as people write it, or None. `region` (ISO 3166) reads numbers without a country code."""
    return examine(raw, region)[0]


def examine(raw: str, region: str = "") -> tuple[str | None, str]:
    """(E.164, "") or (None, why not): empty, shortened by a spreadsheet, not a number, unknown country, short code."""
    written = _visible(raw)
    if not written:
        return None, "empty"
    if _SHORTENED.fullmatch(written):
        return None, "shortened by a spreadsheet"
    if len(written) > LONGEST or not all(sign.isdecimal() or sign in _SIGNS for sign in written):
        return None, "not a number"
    return _parsed(f"+{written[2:]}" if written.startswith("00") else written, region)


def _visible(raw: str) -> str:
    """Without the invisible characters that address books and spreadsheets put around numbers."""
    kept = (sign for sign in raw[: 4 * LONGEST] if unicodedata.category(sign) not in ("Cf", "Cc"))
    return unicodedata.normalize("NFKC", "".join(kept)).strip()


def _parsed(written: str, region: str) -> tuple[str | None, str]:
    import phonenumbers

    digits = sum(sign.isdecimal() for sign in written)
    try:
        found = phonenumbers.parse(written, region or None)
    except phonenumbers.NumberParseException as error:
        lost = error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE
        return None, "unknown country" if lost and digits > 6 else "short code" if 3 <= digits <= 6 else "not a number"
    if not phonenumbers.is_valid_number(found) or _bills(found):
        return None, "short code" if digits <= 6 else "not a number"
    return str(phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)), ""


def _bills(found: Any) -> bool:
    """Whether writing or ringing there costs more than a person's number does, or reaches a machine."""
    from phonenumbers import PhoneNumberType as Kind
    from phonenumbers import number_type

    machines = (Kind.PREMIUM_RATE, Kind.SHARED_COST, Kind.TOLL_FREE, Kind.UAN, Kind.VOICEMAIL, Kind.PAGER)
    return number_type(found) in machines


def mask(number: str) -> str:
    """A number as it may be shown: stars and its last two digits; anything else only as stars."""
    shown = _visible(number)[:20]
    tail = shown[-2:]
    return "*" * max(len(shown) - 2, 0) + (tail if tail.isdecimal() and len(shown) > 4 else "*" * len(tail))


# ---- time zones


def zone(e164: str) -> str:
    """The IANA zone of the number's country; "" where its clocks differ or the country is unknown."""
    import phonenumbers

    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return ""
    return zone_of_area(region or "")


def zone_of_area(area: str) -> str:
    """The zone of a country ("NG") or of a region in it ("NG-BO"); "" where the country's clocks differ."""
    return _zone_of_country(area.partition("-")[0].upper())


@lru_cache(maxsize=512)
def _zone_of_country(country: str) -> str:
    names = _zones().get(country, ())
    agreed = len({_clock(name) for name in names}) == 1 if len(names) > 1 else bool(names)
    return names[0] if agreed else _OTHER_TABLES.get(country, "")


def _clock(name: str) -> tuple[timedelta | None, ...]:
    """Its offsets from UTC, twice a week over two years: two zones with the same are one clock."""
    place, start = ZoneInfo(name), datetime(2026, 1, 1, tzinfo=UTC)
    return tuple((start + timedelta(days=3.5 * step)).astimezone(place).utcoffset() for step in range(210))


@lru_cache(maxsize=1)
def _zones() -> dict[str, tuple[str, ...]]:
    """Country -> zones, from the tz database's own table (zone1970.tab)."""
    from importlib.resources import files

    table = files("tzdata").joinpath("zoneinfo", "zone1970.tab").read_text(encoding="utf-8")
    found: dict[str, tuple[str, ...]] = {}
    for line in table.splitlines():
        if not line.startswith("#"):
            countries, _, name = line.split("\t")[:3]
            for country in countries.split(","):
                found[country] = (*found.get(country, ()), name)
    return found
