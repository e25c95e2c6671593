"""Enrolment codes: every slip of the finger is noticed, every habit of writing is forgiven."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.codes import ALPHABET, LENGTH, make, read

numbers = st.integers(0, 32**LENGTH - 1)


def one(number: int) -> str:
    return make(1, lambda _: number)[0]


@given(numbers)
def test_what_is_made_is_read(number: int) -> None:
    code = one(number)
    assert read(code) == code.replace("-", "")


@given(numbers, st.integers(0, LENGTH), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(number: int, place: int, sign: str) -> None:
    code = one(number).replace("-", "")
    if sign != code[place]:
        assert read(code[:place] + sign + code[place + 1 :]) is None


@given(numbers, st.integers(0, LENGTH), st.integers(0, LENGTH))
def test_two_exchanged_characters_are_noticed(number: int, first: int, second: int) -> None:
    code = list(one(number).replace("-", ""))
    if code[first] != code[second]:
        code[first], code[second] = code[second], code[first]
        assert read("".join(code)) is None


@given(numbers)
def test_the_code_holds_all_forty_bits(number: int) -> None:
    body = one(number).replace("-", "")[:LENGTH]
    assert sum(ALPHABET.index(sign) << 5 * place for place, sign in enumerate(body)) == number


@pytest.mark.parametrize(
    "habit",
    [str.lower, lambda code: code.replace("-", " "), lambda code: code.replace("-", ""), lambda code: f"  {code}. "],
)
def test_habits_of_writing_are_forgiven(habit) -> None:
    code = make(1)[0]
    assert read(habit(code)) == code.replace("-", "")


def test_letters_that_look_like_digits_are_forgiven() -> None:
    code = next(code for code in make(2_000) if "0" in code and "1" in code)
    assert read(code.replace("0", "o").replace("1", "l")) == read(code.replace("1", "I")) == code.replace("-", "")


@given(st.text(max_size=60))
def test_anything_else_is_no_code(text: str) -> None:
    found = read(text)
    assert found is None or (len(found) == LENGTH + 1 and set(found) <= set(ALPHABET))


def test_codes_are_all_different_even_when_chance_repeats_itself() -> None:
    chance: Iterator[int] = iter([7, 7, 7, 8])
    assert len(set(make(2, lambda _: next(chance)))) == 2


def test_long_nonsense_costs_nothing() -> None:
    assert read("A" * 10_000_000) is None
