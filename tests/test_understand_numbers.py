"""Whole numbers and her own words."""

from __future__ import annotations

import pytest

from consult.understand import Lexicon, Unclear, Why, number, pick, words
from tests.test_understand import AR, CKB, EN, ES, FR, HA, NEEDS, NOT_ONE, SW, unclear


@pytest.mark.parametrize(
    ("lex", "said"),
    [
        (FR, "un"),
        (FR, "Une."),
        (ES, "uno"),
        (AR, "واحد"),
        (AR, "wa7ed"),
        (CKB, "یەک"),
        (HA, "ɗaya"),
        (HA, "Daya"),
        (SW, "MOJA"),
    ],
)
def test_number_words_are_read_in_her_language(lex: Lexicon, said: str) -> None:
    assert number(said, lex, 1, 5) == 1
    assert pick(said, NEEDS, lex) == "roads"
    assert unclear(number(said, EN, 1, 5))


@pytest.mark.parametrize("said", [said for said in NOT_ONE if said not in ("12", "11", "🔟", "0", "6")])
def test_what_is_not_clearly_a_number_is_asked_again(said: str) -> None:
    assert unclear(number(said, EN, None, None)) or len(said) == 5000
    assert unclear(number(said, EN, 1, 5))


@pytest.mark.parametrize(
    ("said", "low", "high", "found"),
    [
        ("12", 1, 5, Why.OUT_OF_RANGE),
        ("0", 1, 5, Why.OUT_OF_RANGE),
        ("twelve", 1, 5, Why.OUT_OF_RANGE),
        ("12", 0, 120, 12),
        ("١٢", 0, 120, 12),
        ("007", 0, 120, 7),
        ("twelve", 0, None, 12),
        ("12 please", None, 120, 12),
        ("-3", 0, 5, Why.UNCLEAR),
        ("-3", -5, 5, -3),
        ("−3", -5, 5, -3),
        ("-9", -5, 5, Why.OUT_OF_RANGE),
        ("--3", -5, 5, Why.UNCLEAR),
        ("- five", -5, 5, Why.UNCLEAR),
        ("-five", 0, 5, Why.UNCLEAR),
        ("five?", 0, 5, Why.UNCLEAR),
        ("1 000", 0, 5000, Why.UNCLEAR),
        ("1,000", 0, 5000, Why.UNCLEAR),
        ("1.000", 0, 5000, Why.UNCLEAR),
        ("3 children", 0, 20, Why.UNCLEAR),
        ("9" * 16, None, None, Why.OUT_OF_RANGE),
        ("9" * 5000, None, None, Why.OUT_OF_RANGE),
        ("٩" * 5000, None, None, Why.TOO_LONG),
        ("", 0, 5, Why.EMPTY),
    ],
)
def test_numbers_and_their_bounds(said: str, low: int | None, high: int | None, found: object) -> None:
    assert number(said, EN, low, high) == (Unclear(found) if isinstance(found, Why) else found)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("  We need\r\n water\t now ", "We need water now"),
        ("a\x00b\x1bc", "a b c"),
        ("\u202eevil\u202c", "evil"),
        ("x\ud800y", "xy"),
        ("نامه\u200cکان", "نامه\u200cکان"),
        ("cafe\u0301", "café"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("'; DROP TABLE facts; --", "'; DROP TABLE facts; --"),
        ("<b>{{ 7*7 }}</b>", "<b>{{ 7*7 }}</b>"),
        ("👍", "👍"),
    ],
)
def test_her_words_are_kept_as_writing(said: str, kept: str) -> None:
    assert words(said, 100) == kept


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", Why.EMPTY),
        (" \n", Why.EMPTY),
        ("...", Why.EMPTY),
        ("\x00\u202e", Why.EMPTY),
        ("a" * 101, Why.TOO_LONG),
        ("a" * 10**6, Why.TOO_LONG),
    ],
)
def test_words_that_cannot_be_kept_say_why(said: str, why: Why) -> None:
    assert words(said, 100) == Unclear(why)
