"""Picking: what women send, and which choices are heard in it, or why none."""

from __future__ import annotations

import pytest

from consult.prompts import Choice
from consult.understand import Command, Lexicon, Unclear, Why, command, pick, picks, table
from tests.test_understand_lexicons import LANGUAGES, LEXICONS

EN, FR, AR, HA, SW = (LEXICONS[tag] for tag in ("en", "fr", "ar", "ha", "sw"))
ES, PCM, CKB = (LEXICONS[tag] for tag in ("es", "pcm", "ckb"))
NEEDS = (
    Choice("1", "roads", "Roads"),
    Choice("2", "water", "Clean water"),
    Choice("3", "health", "Health"),
    Choice("4", "school", "School"),
    Choice("5", "other", "Other"),
)
YES_NO = (Choice("1", "yes", "Yes"), Choice("2", "no", "No"))
CODES_ONLY = (Choice("1", "yes", "-"), Choice("2", "no", "."))  # no label tells yes from no
# fmt: off
NOT_ONE = (
    "1 or 2", "12", "1_0", "+1", "1.5", ".1", ",1", "-1", "−1", "1e3", "0x1", "1?", "١؟", "<1", ">1", "~1", "=1", "≠1",
    "½", "1½", "1/2/", "11", "1 1 1", "1²", "①②", "5'11", "1''2", "1:30", "1-3", "1־3", "1ـ3", "٫1", "1٫5", "١٬٥", "1%",
    "$1", "1$", "1°3", "1\u0336", "1\u20e0", "1\ud800", "not 1", "1 not", "one of my sisters", "twenty one", "on", "i",
    "l", "👍", "❌1", "👍👍", "🔟", "1🔟", "", " ", ".", "...", "?", "0", "6", "-", "_", "1_", "%31", "&#49;",
    "\\u0031",
    "=HYPERLINK(1)", "'; DROP TABLE facts; --", "{{1}}", "{1}", "<b>1</b>", "<Response>1</Response>", "@SUM(1)",
    "1" * 5000, "9" * 5000, "1" + " " * 2500 + "2", "\u202e", "\x00", "\ud800", "\ufffd",
)
# fmt: on


def unclear(value: object) -> bool:
    return isinstance(value, Unclear)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("roads", "roads"),
        ("ROADS!", "roads"),
        ("clean  water", "water"),
        ("clean-water", "water"),
        ("raods", "roads"),
        ("heath", "health"),
        ("shcool", "school"),
        ("clean watr", "water"),
        ("one", "roads"),
        ("Two.", "water"),
        ("1 roads", "roads"),
        ("1. Roads", "roads"),
        ("2 - clean water", "water"),
        ("Health (3)", "health"),
        ("number 3", "health"),
        ("no. 3", "health"),
        ("No 3", "health"),
        ("option 4", "school"),
        ("3 please", "health"),
        ("pls 3", "health"),
        ("3, thank you", "health"),
        ("5 ok", "other"),
    ],
)
def test_a_choice_may_be_named_in_many_ways(said: str, code: str) -> None:
    assert pick(said, NEEDS, EN) == code
    assert pick(said, table(NEEDS, EN), EN) == code
    assert picks(said, NEEDS, EN, 1, 1, False) == (code,)


WORRIES = (
    Choice("1", "fear", "Fear of the road"),
    Choice("2", "price", "Prices in the market"),
    Choice("3", "calm", "Not safe at night"),
    Choice("4", "prices_home", "Prices at home"),
)
AGES = (
    Choice("1", "young", "Under 18"),
    Choice("2", "a18_29", "18 to 29"),
    Choice("3", "a30_59", "30-59"),
    Choice("4", "old", "60 or older"),
    Choice("5", "quiet", "I will not say"),
)


@pytest.mark.parametrize(
    ("said", "code"),
    [("fear", "fear"), ("Fear!", "fear"), ("fear of the", "fear"), ("prices in the", "price"), ("not safe", "calm")],
)
def test_a_label_may_be_begun_and_not_finished(said: str, code: str) -> None:
    assert pick(said, WORRIES, EN) == code
    assert picks(said, WORRIES, EN, 1, 1, False) == (code,)


@pytest.mark.parametrize(
    "said", ["safe", "safe at night", "prices", "the road", "road", "of the", "not", "fear?", "fe"]
)
def test_words_from_the_midst_of_a_label_or_of_two_are_no_answer(said: str) -> None:
    assert unclear(pick(said, WORRIES, EN))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("34", "a30_59"),
        ("17", "young"),
        ("18", "a18_29"),
        ("٢٩", "a18_29"),
        ("60", "old"),
        ("85", "old"),
        ("9", "young"),
    ],
)
def test_a_number_names_the_band_it_is_in(said: str, code: str) -> None:
    assert pick(said, AGES, EN) == code


@pytest.mark.parametrize("said", ["-34", "34?", "3.4", "3 4", "1" * 40, "not 30-59", "18-59", "30-59?", "1-2"])
def test_what_is_not_clearly_one_number_names_no_band(said: str) -> None:
    assert unclear(pick(said, AGES, EN))


def test_keys_come_before_bands_and_bands_that_overlap_are_none() -> None:
    assert pick("3", AGES, EN) == "a30_59"
    twice = (Choice("1", "a", "10 to 20"), Choice("2", "b", "20 to 30"))
    assert unclear(pick("20", twice, EN))
    assert unclear(pick("15", twice, EN))
    assert unclear(pick("15", (Choice("1", "a", "Route 10"), Choice("2", "b", "Route 20")), EN))


@pytest.mark.parametrize("said", NOT_ONE)
def test_what_is_not_clearly_one_choice_is_asked_again(said: str) -> None:
    assert unclear(pick(said, NEEDS, EN)), pick(said, NEEDS, EN)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("1 3", Why.TOO_MANY),
        ("1 and 3", Why.TOO_MANY),
        ("13", Why.TOO_MANY),
        ("roads, health", Why.TOO_MANY),
        ("", Why.EMPTY),
        ("  ", Why.EMPTY),
        ("1 or 2", Why.UNCLEAR),
        ("6", Why.UNCLEAR),
        ("1 2 water", Why.UNCLEAR),
        ("-1 roads", Why.UNCLEAR),
        ("1 health", Why.TOO_MANY),
        ("water", Why.UNCLEAR),
        ("ealth", Why.UNCLEAR),
        ("roads?", Why.UNCLEAR),
        ("1" * 5000, Why.TOO_LONG),
    ],
)
def test_a_wrong_reply_says_why(said: str, why: Why) -> None:
    assert pick(said, NEEDS, EN) == Unclear(why)


def test_a_typo_is_forgiven_only_when_nothing_else_is_near() -> None:
    sides = (Choice("1", "yes_", "agree"), Choice("2", "no_", "disagree"))
    assert pick("agre", sides, EN) == "yes_"
    assert pick("disagre", sides, EN) == "no_"
    assert unclear(pick("bagree", sides, EN))
    near = (Choice("1", "a", "safe"), Choice("2", "b", "sale"), Choice("3", "c", "wood"))
    assert unclear(pick("sate", near, EN))
    assert unclear(pick("sae", near, EN))
    assert pick("wod", near, EN) == "c" or unclear(pick("wod", near, EN))
    swahili = (Choice("1", "a", "nitaenda"), Choice("2", "b", "labda"))
    assert unclear(pick("sitaenda", swahili, SW))  # the opposite
    short = (Choice("1", "a", "man"), Choice("2", "b", "woman"))
    assert unclear(pick("mam", short, EN))


def test_labels_that_read_alike_are_never_guessed_between() -> None:
    twins = (Choice("1", "a", "Market"), Choice("2", "b", "MARKET!"), Choice("3", "c", "Two"))
    assert pick("market", twins, EN) == Unclear(Why.AMBIGUOUS)
    assert pick("two", twins, EN) == Unclear(Why.AMBIGUOUS)  # the word for 2, and the label of 3
    assert [pick(key, twins, EN) for key in "123"] == ["a", "b", "c"]


def test_a_key_comes_before_a_label_made_of_digits() -> None:
    counts = (Choice("1", "none", "0"), Choice("2", "one", "1"), Choice("3", "more", "2 or more"))
    assert [pick(key, counts, EN) for key in "123"] == ["none", "one", "more"]
    assert pick("2 or more", counts, EN) == "more"
    assert unclear(pick("0", counts, EN))


def test_no_is_not_a_number_sign_where_no_is_an_answer() -> None:
    assert unclear(pick("no 1", YES_NO, EN))
    assert unclear(pick("no. 1", YES_NO, EN))
    assert pick("no 2", YES_NO, EN) == "no"
    assert pick("number 1", YES_NO, EN) == "yes"


@pytest.mark.parametrize("tag", LANGUAGES)
def test_her_words_for_yes_and_no_answer_yes_and_no(tag: str) -> None:
    lex = LEXICONS[tag]
    for word in lex.yes:
        assert pick(word, CODES_ONLY, lex) == "yes"
    for word in lex.no:
        assert pick(word.upper(), CODES_ONLY, lex) == "no"
    if tag not in ("ar",):  # Latin "la" and the like are Arabic too
        assert unclear(pick("na3am", CODES_ONLY, lex))


@pytest.mark.parametrize(
    ("lex", "said", "code"),
    [
        (FR, "Oui merci", "yes"),
        (FR, "D’accord", "yes"),
        (FR, "NON", "no"),
        (ES, "sí, gracias", "yes"),
        (ES, "no", "no"),
        (AR, "نعم", "yes"),
        (AR, "أيوه", "yes"),
        (AR, "ايوا", "yes"),
        (AR, "na3am", "yes"),
        (AR, "لا شكراً", "no"),
        (AR, "la2", "no"),
        (AR, "١", "yes"),
        (CKB, "بەڵێ", "yes"),
        (CKB, "بەلێ", "yes"),
        (CKB, "na", "no"),
        (HA, "eh", "yes"),
        (HA, "A’a", "no"),
        (HA, "aa", "no"),
        (SW, "Ndio", "yes"),
        (SW, "hapana asante", "no"),
        (PCM, "I gree", "yes"),
        (PCM, "no o", "no"),
    ],
)
def test_yes_and_no_as_they_are_typed(lex: Lexicon, said: str, code: str) -> None:
    assert pick(said, YES_NO, lex) == code


def test_overlapping_words_count_only_in_her_language() -> None:
    assert pick("na", YES_NO, CKB) == "no"
    for lex in (PCM, HA, SW, EN):
        assert unclear(pick("na", YES_NO, lex))
    assert command("acha", SW) is Command.STOP
    assert command("acha", HA) is None


@pytest.mark.parametrize(
    ("lex", "said"),
    [
        (EN, said)
        for said in (
            "1 3",
            "1,3",
            "1, 3",
            "1/3",
            "1;3",
            "1&3",
            "1+3",
            "1 and 3",
            "13",
            "1\n3",
            "1. 3.",
            "#1 #3",
            "(1) (3)",
        )
    ]
    + [
        (EN, said)
        for said in ("one and three", "one three", "roads, health", "roads health", "Roads and heath", "1 & health")
    ]
    + [
        (EN, said)
        for said in ("1 then 3", "1, 3 please", "①③", "1️⃣3️⃣", "１３", "१ ३", "1  3", "1 , 3", "1 roads, 3 health")
    ]
    + [
        (FR, "1 et 3"),
        (FR, "un et trois"),
        (ES, "1 y 3"),
        (HA, "1 da 3"),
        (HA, "ɗaya da uku"),
        (SW, "1 na 3"),
        (SW, "moja na tatu"),
    ]
    + [
        (AR, "١،٣"),
        (AR, "١ و ٣"),
        (AR, "١و٣"),
        (AR, "١٣"),
        (AR, "واحد وثلاثة"),
        (AR, "1 w 3"),
        (CKB, "١ و ٣"),
        (CKB, "یەک و سێ"),
    ]
    + [(PCM, "1 and 3")],
)
def test_two_choices_may_be_sent_in_many_ways(lex: Lexicon, said: str) -> None:
    assert picks(said, NEEDS, lex, 1, 3, False) == ("roads", "health")


@pytest.mark.parametrize("said", [said for said in NOT_ONE if said not in ("12", "1/2/", "①②", "11", "1 1 1", "1²")])
def test_what_is_not_clearly_some_choices_is_asked_again(said: str) -> None:
    assert unclear(picks(said, NEEDS, EN, 1, 5, False)), picks(said, NEEDS, EN, 1, 5, False)


@pytest.mark.parametrize(
    ("said", "least", "most", "ranked", "found"),
    [
        ("31", 1, 3, True, ("health", "roads")),
        ("3 > 1", 1, 3, True, Why.UNCLEAR),
        ("3, 1", 2, 2, True, ("health", "roads")),
        ("1 1", 1, 3, True, Why.REPEATED),
        ("1 1", 1, 3, False, ("roads",)),
        ("1, 3, 1", 1, 3, False, ("roads", "health")),
        ("11", 1, 3, False, Why.REPEATED),
        ("113", 1, 3, False, Why.REPEATED),
        ("1 2 3 4", 1, 3, False, Why.TOO_MANY),
        ("1234", 1, 3, False, Why.TOO_MANY),
        ("1", 2, 3, False, Why.TOO_FEW),
        ("roads", 2, 3, True, Why.TOO_FEW),
        ("1 6", 1, 3, False, Why.UNCLEAR),
        ("16", 1, 3, False, Why.UNCLEAR),
        ("13 4", 1, 3, False, Why.UNCLEAR),
        ("1 or 3", 1, 3, False, Why.UNCLEAR),
        ("1,,3", 1, 3, False, ("roads", "health")),
        (",1", 1, 3, False, Why.UNCLEAR),
        ("1 and", 1, 3, False, Why.UNCLEAR),
        ("1 and not 3", 1, 3, False, Why.UNCLEAR),
        ("", 1, 3, False, Why.EMPTY),
        ("1 3 " * 100, 1, 5, False, Why.UNCLEAR),
    ],
)
def test_the_bounds_of_several(said: str, least: int, most: int, ranked: bool, found: object) -> None:
    assert picks(said, NEEDS, EN, least, most, ranked) == (Unclear(found) if isinstance(found, Why) else found)


def test_glued_digits_mean_nothing_once_a_key_has_two() -> None:
    twelve = tuple(Choice(str(key), f"c{key}", f"Place {key}") for key in range(1, 13))
    assert picks("12", twelve, EN, 1, 3, False) == ("c12",)
    assert picks("1 2", twelve, EN, 1, 3, False) == ("c1", "c2")
    assert unclear(picks("13", twelve, EN, 1, 3, False))
    assert unclear(picks("kumi na tatu", twelve, SW, 1, 3, False))  # thirteen, not ten and three
    assert picks("kumi na moja", twelve, SW, 1, 3, False) == ("c11",)
    assert picks("tatu na kumi", twelve, SW, 1, 3, False) == ("c3", "c10")


def test_a_label_with_and_in_it_is_one_choice() -> None:
    both = (Choice("1", "a", "Food and water"), Choice("2", "b", "Peace"))
    assert picks("food and water", both, EN, 1, 2, False) == ("a",)
    assert picks("food and water, peace", both, EN, 1, 2, False) in (("a", "b"), Unclear(Why.UNCLEAR))
