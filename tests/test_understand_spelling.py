"""One spelling for many, in every script; digits above all."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.understand import command, normalise, number, pick, picks
from tests.conftest import many
from tests.test_understand import EN, NEEDS


@pytest.mark.parametrize(
    "said",
    [
        "1",
        " 1 ",
        "1.",
        "1)",
        "(1)",
        "#1",
        "1,",
        "1!",
        "١",
        "۱",
        "१",
        "１",
        "①",
        "➀",
        "❶",
        "⑴",
        "⒈",
        "1️⃣",
        "1⃣",
        "¹",
        "₁",
        "𝟏",
        "߁",
    ]
    + [
        "𞥑",
        "１．",
        "«1»",
        "“1”",
        "\u200f١\u200e",
        "\u202a1\u202c",
        "1\n",
        "\t1",
        "\ufeff1",
        "1\u200b",
        "*1#",
        "1 🙏🏾",
        "፩",
    ],
)
def test_a_one_is_a_one_in_every_script(said: str) -> None:
    assert normalise(said) == "1"
    assert pick(said, NEEDS, EN) == "roads"
    assert picks(said, NEEDS, EN, 1, 3, False) == ("roads",)
    assert number(said, EN, 1, 5) == 1
    assert command(said, EN) is None


def test_every_decimal_digit_that_unicode_knows_is_its_number() -> None:
    digits = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Nd"]
    assert len(digits) > 600
    assert all(number(char, EN, 0, 9) == unicodedata.decimal(char) for char in digits)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ARRÊT", "arret"),
        ("Sí", "si"),
        ("ƙauye ɗaya", "Kauye daya"),
        ("A’a", "a'a"),
        ("أيوه", "ايوة"),
        ("نَعَم", "نعم"),
        ("نعــــم", "نعم"),
        ("ﻻ", "لا"),
        ("بەڵێ", "بهلي"),
        ("کوردی", "كوردي"),
        ("نامه\u200cکان", "نامەکان"),
        ("İSTANBUL", "istanbul"),
        ("Straße", "STRASSE"),
        ("e\u0301", "é"),
        ("ΣΑΣ", "σας"),
    ],
)
def test_spellings_that_phones_mix_are_one(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@given(st.text(max_size=60))
@settings(max_examples=many(800))
def test_normalise_changes_nothing_twice(said: str) -> None:
    once = normalise(said)
    assert normalise(once) == once


@pytest.mark.parametrize("char", ["9", "é", "ﷺ", "①", "👩🏾‍🌾", "\u0301", "'", "1'", "ɐ", "가", "क्", "\ud800"])
def test_a_flood_is_cut_short_and_stays_settled(char: str) -> None:
    once = normalise(char * 5000)
    assert len(once) <= 2000
    assert normalise(once) == once
