"""The word lists of every language: complete, without double meanings, safe to tell."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from consult.events import Escape
from consult.understand import CARRIERS, BadWords, Command, Lexicon, command, escape, lexicon, number, reserved

LOCALES = Path(__file__).parent.parent / "locales"
LANGUAGES = ("en", "fr", "ar", "ha", "sw", "es", "pcm", "ckb")
COMMANDS = ("stop", "erase", "help", "back", "language", "voice", "alert", "later")
# What a phone may send in the cheap SMS alphabet (3GPP 23.038, basic table and extension).
GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)


def page(language: str) -> dict[str, Any]:
    return tomllib.loads((LOCALES / language / "words.toml").read_text(encoding="utf-8"))


LEXICONS = {language: lexicon(page(language), language) for language in LANGUAGES}
EVERY = pytest.mark.parametrize("lex", LEXICONS.values(), ids=LANGUAGES)


@EVERY
def test_every_word_means_what_its_list_says(lex: Lexicon) -> None:
    words = page(lex.locale)
    for key in COMMANDS:
        for word in words[key]:
            for said in (word, word.upper(), f" {word}. "):
                assert command(said, lex) is Command(key), (key, said)
    for kind in Escape:
        for word in words[kind.value]:
            assert escape(word, lex, digits=False) is kind
            assert command(word, lex) is None, word
    for word in (*words["yes"], *words["no"], *words["numbers"], *words["polite"]):
        assert command(word, lex) is None, word
        assert escape(word, lex, digits=False) is None, word
    for word, value in words["numbers"].items():
        assert number(word, lex, 0, 1000) == value


@EVERY
def test_whole_message_stop_words_stop(lex: Lexicon) -> None:
    for word in page(lex.locale)["stop_alone"]:
        assert command(word, lex) is Command.STOP
        assert command(word, lex, free=True) is Command.STOP


@EVERY
def test_told_words_cost_one_cheap_character_each_where_the_script_allows(lex: Lexicon) -> None:
    assert lex.told.keys() == {*COMMANDS, *Escape}
    for word in lex.told.values():
        assert lex.locale in ("ar", "ckb") or (word.isascii() and set(word) <= GSM)


@EVERY
def test_told_words_are_no_answers_and_no_carrier_acts_on_them(lex: Lexicon) -> None:
    told = {key: word.lower() for key, word in lex.told.items()}
    assert len(set(told.values())) == len(told)
    assert not set(told.values()) & (lex.yes | lex.no | lex.numbers.keys())
    assert not {word for key, word in told.items() if key != "stop"} & CARRIERS


@EVERY
def test_told_words_are_not_near_another_languages_stop_erase_or_alert(lex: Lexicon) -> None:
    for key in COMMANDS:
        assert reserved(lex.told[key], LEXICONS.values(), besides=Command(key)) is None, key


@EVERY
def test_the_told_erase_word_cannot_be_reached_from_a_stop_word_by_a_slip(lex: Lexicon) -> None:
    from rapidfuzz.distance import OSA

    erase = lex.told["erase"].lower()
    assert all(OSA.distance(erase, word) >= 2 for word, kind in lex.commands.items() if kind is Command.STOP)


@EVERY
def test_every_language_has_its_numbers_and_admits_that_review_is_pending(lex: Lexicon) -> None:
    assert set(lex.numbers.values()) >= set(range(21))
    assert lex.pending
    assert lex.name


@EVERY
def test_plain_spellings_are_cheap_and_only_where_the_language_tolerates_them(lex: Lexicon) -> None:
    if lex.locale in ("ar", "ckb"):
        assert not lex.plain
    for code, other in lex.plain.items():
        assert chr(code) not in GSM
        assert set(other) <= GSM


def test_hausa_and_french_and_spanish_lose_what_doubles_the_price() -> None:
    assert "Ƙauye ɗaya, ɓangare, ƴan".translate(LEXICONS["ha"].plain) == "Kauye daya, bangare, 'yan"
    assert "êtes-vous prête, façon, sœur, Île".translate(LEXICONS["fr"].plain) == "etes-vous prete, facon, soeur, Ile"
    assert "élève où à".translate(LEXICONS["fr"].plain) == "élève où à"
    assert "Sí, ¿más o menos? mañana".translate(LEXICONS["es"].plain) == "Si, ¿mas o menos? mañana"


# ---- what a words file may not do

GOOD = page("en")


def broken(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in (GOOD | changes).items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "key", "cure"),
    [
        ({"stop": None}, "`stop` is missing", "add a list"),
        ({"yes": []}, "`yes` is missing", "add a list"),
        ({"name": None}, "`name` is missing", "give"),
        ({"yes": "yes"}, "`yes` must be a list", "such as"),
        ({"yes": [1]}, "`yes` must be a list", "such as"),
        ({"yes": ["yes", "..."]}, "`yes` holds '...'", "remove"),
        ({"yess": ["yes"]}, "`yess` is no key", "use one of"),
        ({"back": ["back", "yes"]}, "`yes` stands under yes and under back", "keep it under one"),
        ({"back": ["back", "Cancel"]}, "`cancel` stands under stop and under back", "keep it under one"),
        ({"later": ["later", "ALERT!"]}, "`alert` stands under alert and under later", "keep it under one"),
        ({"later": ["later", "seven"]}, "`seven` stands under later and under numbers", "keep it under one"),
        ({"polite": ["no"]}, "`no` stands under no and among the polite words", "keep"),
        ({"help": ["help"]}, "`help` begins with 'help'", "another word first"),
        ({"back": ["atrás"]}, "`back` begins with 'atrás'", "plain spelling first"),
        ({"numbers": {"one": "1"}}, "`numbers`: 'one'", "whole number"),
        ({"numbers": {"one": True}}, "`numbers`: 'one'", "whole number"),
        ({"numbers": {"one": 1, "One": 2}}, "`numbers`: 'One' stands for two", "keep one"),
        ({"numbers": 3}, "`numbers` must be a table", "write [numbers]"),
        ({"plain": {"ab": "c"}}, "`plain`: 'ab'", "one character"),
        ({"plain": {"ê": "ė"}}, "`plain`: 'ê'", "plain ASCII"),
    ],
)
def test_a_broken_words_file_is_refused_with_file_key_and_cure(changes: dict[str, Any], key: str, cure: str) -> None:
    with pytest.raises(BadWords) as refused:
        lexicon(broken(**changes), "xx")
    assert str(refused.value).startswith("locales/xx/words.toml: ")
    assert key in str(refused.value)
    assert cure in str(refused.value)


def test_stop_and_arret_count_in_a_language_that_does_not_list_them() -> None:
    lex = lexicon(broken(stop=["halt"]), "xx")
    for word in ("stop", "ARRET", "arrêt", "STOPALL", "unsubscribe", "END", "quit", "cancel", "REVOKE", "optout"):
        assert command(word, lex) is Command.STOP, word
    assert command("halt", lex) is Command.STOP


# ---- reserved words


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("STOP", "carriers"),
        ("st0p", "carriers"),
        ("ЅТОР", "carriers"),
        ("stoop", "too near"),
        ("shop", "too near"),
        ("start", "carriers"),
        ("YES", "carriers"),
        ("unstop", "carriers"),
        ("Help", "carriers"),
        ("INFO", "carriers"),
        ("end", "carriers"),
        ("Quit", "carriers"),
        ("cancel", "carriers"),
        ("ARRET", "carriers"),
        ("acha", "means stop in sw"),
        ("توقف", "means stop in ar"),
        ("توقّف", "means stop in ar"),
        ("بوەستە", "means stop in ckb"),
        ("tsaya", "means stop in ha"),
        ("tsaye", "too near to TSAYA"),
        ("erase", "means erase in en"),
        ("erace", "too near to ERASE"),
        ("futa", "means erase in sw"),
        ("ALERT", "means alert"),
        ("alerte", "means alert"),
        ("gargaɗi", "means alert in ha"),
        ("back", "means back in en"),
        ("Stop the fighting", "contains STOP"),
        ("...", "no letters"),
        ("", "no letters"),
    ],
)
def test_words_that_may_not_be_used_say_why(word: str, why: str) -> None:
    assert why in (reserved(word, LEXICONS.values()) or "")


@pytest.mark.parametrize(
    "word", ["RIVER", "mango", "baobab", "nahar", "نهر", "ڕووبار", "kogi", "mto", "lake", "1", "A", "42"]
)
def test_neutral_words_are_free(word: str) -> None:
    assert reserved(word, LEXICONS.values()) is None


def test_no_labels_of_a_scale_stop_anyone() -> None:
    for label in ("Alto", "Medio", "Bajo", "Alta", "Baja"):
        assert command(label, LEXICONS["es"]) is None
