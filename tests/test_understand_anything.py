"""Whatever comes: nothing raises, nothing leaves the question, no number becomes another."""

from __future__ import annotations

import unicodedata
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from consult.events import Escape
from consult.understand import (
    Command,
    Lexicon,
    PickTable,
    Unclear,
    command,
    escape,
    number,
    pick,
    picks,
    skips,
    table,
    words,
)
from tests.conftest import many
from tests.test_understand import EN, NEEDS, unclear
from tests.test_understand_lexicons import LEXICONS

CODES = {choice.code for choice in NEEDS}
PIECES = st.sampled_from(
    [
        "1",
        "2",
        "3",
        "13",
        "٣",
        "①",
        " ",
        ",",
        "و",
        " and ",
        "roads",
        "health",
        "stop",
        "yes",
        "no",
        "one",
        ".",
        "-",
        "+",
        "?",
    ]
    + ["\u200b", "\ud800", "\x00", "'", "#", "77", "please", "1️⃣", "ЅТОР", "kumi", " na ", "moja", "e", "_", "\u0301"]
)
ANYTHING = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=8).map("".join))
ANYONE = st.sampled_from(list(LEXICONS.values()))


@cache
def ready(lex: Lexicon) -> PickTable:
    return table(NEEDS, lex)


@given(ANYTHING, ANYONE, st.booleans())
@settings(max_examples=many(800))
def test_nothing_she_sends_raises_or_leaves_the_question(said: str, lex: Lexicon, flag: bool) -> None:
    one = pick(said, ready(lex), lex)
    assert unclear(one) or one in CODES
    some = picks(said, ready(lex), lex, 1, 3, flag)
    assert isinstance(some, Unclear) or (1 <= len(some) <= 3 and set(some) <= CODES and len(set(some)) == len(some))
    count = number(said, lex, 1, 5)
    assert isinstance(count, Unclear) or count in range(1, 6)
    kept = words(said, 20)
    assert isinstance(kept, Unclear) or 0 < len(kept) <= 20
    assert command(said, lex, free=flag) in {None, *Command}
    assert escape(said, lex, digits=flag) in {None, *Escape}
    assert skips(said, lex) in (True, False)


@given(ANYTHING, ANYONE)
@settings(max_examples=many(500))
def test_a_prepared_table_and_the_bare_choices_agree(said: str, lex: Lexicon) -> None:
    assert pick(said, NEEDS, lex) == pick(said, ready(lex), lex)
    assert picks(said, NEEDS, lex, 1, 3, False) == picks(said, ready(lex), lex, 1, 3, False)


@given(ANYTHING, ANYONE)
@settings(max_examples=many(500))
def test_one_choice_is_the_same_to_pick_and_to_picks(said: str, lex: Lexicon) -> None:
    one = pick(said, ready(lex), lex)
    if not isinstance(one, Unclear):
        assert picks(said, ready(lex), lex, 1, 1, True) == (one,)


@given(st.integers(0, 10**15 - 1), ANYONE)
def test_every_number_is_itself_in_western_and_arabic_digits(value: int, lex: Lexicon) -> None:
    arabic = str(value).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert number(str(value), lex, None, None) == number(arabic, lex, None, None) == value


@given(st.text(min_size=1, max_size=40).filter(lambda text: any(char.isdecimal() for char in text)))
@settings(max_examples=many(800))
def test_a_number_is_only_heard_when_no_other_number_could_be_meant(said: str) -> None:
    found = number(said, EN, None, None)
    digits = "".join(str(unicodedata.decimal(char)) for char in said if char.isdecimal())
    assert isinstance(found, Unclear) or found == int(digits)
