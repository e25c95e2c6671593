"""Segments are counted as the network bills them."""

from __future__ import annotations

import math
from itertools import pairwise
from unicodedata import normalize

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.sms.segments import cost, count, plain, split
from channels.writing.alphabets import BASIC, EXTENSION, GSM7, UCS2, tidy

# 3GPP TS 23.038 6.2.1, row by row as the specification prints it (columns 0 to 7), independent of the code's own list.
TABLE = """
@ Δ SP 0 ¡ P ¿ p
£ _ ! 1 A Q a q
$ Φ " 2 B R b r
¥ Γ # 3 C S c s
è Λ ¤ 4 D T d t
é Ω % 5 E U e u
ù Π & 6 F V f v
ì Ψ ' 7 G W g w
ò Σ ( 8 H X h x
Ç Θ ) 9 I Y i y
LF Ξ * : J Z j z
Ø ESC + ; K Ä k ä
ø Æ , < L Ö l ö
CR æ - = M Ñ m ñ
Å ß . > N Ü n ü
å É / ? O § o à
"""
CODES = {0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€"}

gsm_text = st.text(st.sampled_from(BASIC + EXTENSION), max_size=700)
any_text = st.one_of(gsm_text, st.text(max_size=400), st.text(st.sampled_from("aé€[ع😀\u0301e"), max_size=400))


def septets(text: str) -> int:
    return sum(2 if letter in CODES.values() else 1 for letter in text)


def units(text: str) -> int:
    return len(text.encode("utf-16-be", "surrogatepass")) // 2


def test_the_alphabet_is_the_specifications() -> None:
    names = {"SP": " ", "LF": "\n", "CR": "\r"}
    cells = TABLE.split()
    assert len(cells) == 128
    assert {names.get(cell, cell) for cell in cells} - {"ESC"} == set(BASIC)
    assert len(BASIC) == 127
    assert set(CODES.values()) == set(EXTENSION)
    assert len(EXTENSION) == 10


@pytest.mark.parametrize(
    ("text", "segments", "encoding", "used", "room", "culprit"),
    [
        ("", 0, GSM7, 0, 160, ""),
        ("a", 1, GSM7, 1, 160, ""),
        ("a" * 160, 1, GSM7, 160, 160, ""),
        ("a" * 161, 2, GSM7, 8, 153, ""),
        ("a" * 306, 2, GSM7, 153, 153, ""),
        ("a" * 307, 3, GSM7, 1, 153, ""),
        ("€" * 80, 1, GSM7, 160, 160, ""),
        ("a" * 152 + "€" + "b" * 10, 2, GSM7, 12, 153, ""),  # the escape pair moves over whole
        ("ع" * 70, 1, UCS2, 70, 70, "ع"),
        ("ع" * 71, 2, UCS2, 4, 67, "ع"),
        ("ع" * 66 + "😀" + "ع" * 10, 2, UCS2, 12, 67, "ع"),
        ("Kuɗin ƙasa", 1, UCS2, 10, 70, "ɗ"),
        ("don’t", 1, UCS2, 5, 70, "’"),
        ("cafe\u0301", 1, GSM7, 4, 160, ""),  # composed first: é is in the alphabet
        ("\u212b \u2126", 1, GSM7, 3, 160, ""),  # Angstrom and Ohm become Å and Ω
        ("ç", 1, UCS2, 1, 70, "ç"),
        ("Ç", 1, GSM7, 1, 160, ""),
        ("`", 1, UCS2, 1, 70, "`"),
        ("\t", 1, UCS2, 1, 70, "\t"),
        ("\x1b", 1, UCS2, 1, 70, "\x1b"),
        ("\ud800", 1, UCS2, 1, 70, "\ud800"),  # a stray half is counted, not survived
    ],
)
def test_what_a_text_costs(text: str, segments: int, encoding: str, used: int, room: int, culprit: str) -> None:
    price = cost(text)
    assert (price.segments, price.encoding, price.used, price.room, price.culprit) == (
        segments, encoding, used, room, culprit,
    )  # fmt: skip


def test_nothing_is_no_message() -> None:
    assert split("") == []
    assert cost("").segments == 0


@given(any_text)
@example("a" * 152 + "€" + "b" * 20)
@example("ع" * 66 + "😀" + "b" * 20)
def test_segments_hold_what_was_counted(text: str) -> None:
    parts, price = split(text), count(text)
    assert "".join(parts) == normalize("NFC", text)
    assert len(parts) == price.segments
    if len(parts) > 1:
        size, room = (septets, 153) if price.encoding == GSM7 else (units, 67)
        assert all(0 < size(part) <= room for part in parts)
        assert size(parts[-1]) == price.used
        assert price.room == room
        # greedy: the first character of a part would not have fitted before it
        assert all(size(one) + size(two[0]) > room for one, two in pairwise(parts))


@given(any_text)
def test_the_culprit_is_the_first_that_does_not_fit(text: str) -> None:
    price, letters = count(text), normalize("NFC", text)
    outside = [letter for letter in letters if letter not in set(BASIC) | set(CODES.values())]
    assert price.culprit == (outside[0] if outside else "")
    assert (price.encoding == UCS2) == bool(outside)


@given(gsm_text)
def test_segments_are_never_fewer_than_the_arithmetic_allows(text: str) -> None:
    length = septets(text)
    least = math.ceil(length / 160) if length <= 160 else math.ceil(length / 153)
    assert least <= count(text).segments <= least + length // 153


@given(any_text)
def test_cost_is_count_remembered(text: str) -> None:
    assert cost(text) == count(text) == cost(text)


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("It’s “free” – no cost…", 'It\'s "free" - no cost...'),
        ("a\u00a0b\u200bc\td", "a bc d"),
        ("« oui »", '" oui "'),
        ("Ƙasa’s", "Ƙasa’s"),  # would stay Unicode: nothing is won by touching it
        ("قال «نعم»", "قال «نعم»"),
        ("cafe\u0301", "café"),
    ],
)
def test_typography_is_made_plain_only_where_that_saves(text: str, tidied: str) -> None:
    assert tidy(text) == tidied


HAUSA = {"ɗ": "d", "ƙ": "k", "ɓ": "b", "ƴ": "'y", "Ɗ": "D", "Ƙ": "K"}


@pytest.mark.parametrize(
    ("text", "table", "spelled"),
    [
        ("Kuɗin ƙasa", HAUSA, "Kudin kasa"),
        ("Kuɗin ƙasa", {"ɗ": "d"}, "Kuɗin ƙasa"),  # all or nothing
        ("ƴan’uwa", HAUSA, "'yan'uwa"),
        ("ŋŋ ŋ", {"ŋ": "ng'", "ŋŋ": "nng'"}, "nng' ng'"),  # the longest first
        ("e\u0302tre", {"ê": "e"}, "etre"),  # decomposed in the text, composed in the table
        ("a.b", {".": "!"}, "a.b"),  # what fits already is not respelled
        ("ƙ.", {"ƙ": "k", "": "x"}, "k."),
    ],
)
def test_a_plain_spelling_is_all_or_nothing(text: str, table: dict[str, str], spelled: str) -> None:
    assert plain(text, table) == spelled


@given(any_text, st.dictionaries(st.text(max_size=2), st.text(max_size=3), max_size=5))
def test_a_plain_spelling_never_changes_the_alphabet_for_the_worse(text: str, table: dict[str, str]) -> None:
    spelled = plain(text, table)
    assert spelled == normalize("NFC", text) or count(spelled).encoding == GSM7
