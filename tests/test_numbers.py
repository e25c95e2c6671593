"""Numbers: many spellings, one written form; and nobody who is no person."""

from __future__ import annotations

from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult import numbers

SAME = [
    "+237650000001", "650000001", "00237650000001", "+237 650-000-001", "(650) 000.001", "237650000001",
    "\u202a+237 650\u00a0000 001\u202c", "٦٥٠٠٠٠٠٠١", "६५०००००० १", "６５０００００ ０１", "  +237\t650000001 ",
]  # fmt: skip

NOBODY = {
    "": "empty",
    " \u200e ": "empty",
    "15555": "short code",
    "+15555": "short code",
    "AIRTEL": "not a number",
    "1 800 FLOWERS": "not a number",
    "+237650000001;ext=2": "not a number",
    "+237650000001 x2": "not a number",
    "tel:+237650000001": "not a number",
    "+2376500000011111": "not a number",
    "+": "not a number",
    "0": "not a number",
    "2.3765E+11": "shortened by a spreadsheet",
    "+999123456789": "unknown country",
    "=1+1": "not a number",
    "+1900 555 1234": "not a number",  # whoever rings it pays
    "+234 800 555 5555": "not a number",  # toll free: a machine
    "1" * 5_000: "not a number",
}


@pytest.mark.parametrize("written", SAME)
def test_many_spellings_are_one_number(written: str) -> None:
    assert numbers.normalise(written, "CM") == "+237650000001"


@pytest.mark.parametrize(("written", "why"), NOBODY.items(), ids=lambda text: text[:20])
def test_what_is_no_person_is_nobody_and_says_why(written: str, why: str) -> None:
    assert numbers.examine(written, "CM") == (None, why)


def test_without_a_region_the_country_must_be_written() -> None:
    assert numbers.examine("650000001") == (None, "unknown country")
    assert numbers.normalise("+237650000001") == "+237650000001"


@given(st.text(max_size=60))
def test_nothing_raises_and_what_comes_out_is_e164(text: str) -> None:
    found, why = numbers.examine(text, "CM")
    assert (found is None) == bool(why)
    assert found is None or numbers.strict(found)
    numbers.mask(text)


@given(st.from_regex(r"\+237 ?6[5-9][0-9]{7}", fullmatch=True))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = numbers.normalise(text)
    assert once is None or numbers.normalise(once) == once


@pytest.mark.parametrize(
    "sender", ["AIRTEL", "15555", "+15555", "237650000001", "+0237650000001", "+237650000001 ", ""]
)
def test_only_e164_passes_without_the_tables(sender: str) -> None:
    assert not numbers.strict(sender)
    assert numbers.strict("+237650000001")


def test_a_mask_keeps_the_last_two_digits_and_no_letter() -> None:
    assert numbers.mask("+237650000001") == "***********01"
    assert numbers.mask("Amina Bello") == "***********"
    assert numbers.mask("0") == "*"


ZONES = {
    "+237650000001": "Africa/Lagos", "+2348031234567": "Africa/Lagos", "+9647901234567": "Asia/Baghdad",
    "+970599123456": "Asia/Gaza",  # Gaza and Hebron are two entries and one clock
    "+38344123456": "Europe/Belgrade",  # Kosovo is not in the table
    "+243991234567": "", "+12025550143": "", "+380501234567": "", "nonsense": "", "+80012345678": "",
}  # fmt: skip


@pytest.mark.parametrize(("number", "zone"), ZONES.items())
def test_the_zone_is_the_countrys_or_none_where_its_clocks_differ(number: str, zone: str) -> None:
    assert numbers.zone(number) == zone


@pytest.mark.parametrize(("area", "zone"), [("NG", "Africa/Lagos"), ("ng-bo", "Africa/Lagos"), ("CD", ""), ("", "")])
def test_an_area_has_its_countrys_zone(area: str, zone: str) -> None:
    assert numbers.zone_of_area(area) == zone


def test_every_zone_of_the_table_is_one_that_exists() -> None:
    known = available_timezones()
    assert all(name in known for names in numbers._zones().values() for name in names)
