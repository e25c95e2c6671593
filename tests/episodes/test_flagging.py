"""What a slip must not hold: planted numbers, addresses and names."""

from __future__ import annotations

import pytest

from consult.episodes.flagging import fault, maybe_names


@pytest.mark.parametrize(
    ("point", "why"),
    [
        ("the road is bad after rain", ""),
        ("two of us wait 2 hours, 3 times a week", ""),
        ("one two three four five six seven eight nine ten eleven twelve", ""),
        ("one two three four five six seven eight nine ten eleven twelve thirteen", "long"),
        ("x" * 161, "long"),
        ("ring 0801234567", "number"),
        ("ring 0 8 0 1 2 3", "number"),
        ("ring 08-01-23", "number"),
        ("ring +237 650", "number"),
        ("اتصل ٠٨٠١٢٣", "number"),
        ("कॉल ०८०१", "number"),
        ("write to a@b", "address"),
        ("see www.example", "address"),
        ("see example.org", "address"),
        ("tab\there\x07", "hidden"),
        ("", ""),
    ],
)
def test_numbers_addresses_and_too_many_words_are_refused(point: str, why: str) -> None:
    assert fault(point) == why


@pytest.mark.parametrize(
    ("point", "found"),
    [
        ("The road is bad.", []),
        ("The road is bad. We wait.", []),
        ("the road is bad and I wait", []),
        ("the son of Amina took it", ["Amina"]),
        ("from Kano to the market", ["Kano"]),
        ("Mother of Musa waits", ["Musa"]),
        ("ابنة فاطمة تنتظر", ["فاطمة"]),
        ("the road to maryam house", ["maryam"]),
    ],
)
def test_what_may_be_a_name_is_flagged(point: str, found: list[str]) -> None:
    assert maybe_names(point, ("فاطمة", "Maryam")) == found
