"""What is refused or warned of before anyone hears it: one small change to a good file, and the fault it must draw."""

import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.checks import check, lists
from consult.checks.outline import zones
from consult.checks.sensitive import BadLists, found, shipped
from consult.consultation import Compound, Consultation, Fault, Option, Question, Risk, read
from consult.events import Answered
from consult.facts import ROOM, pack
from consult.questions import TYPES
from consult.vault import BUCKET
from consult.wording import packs

PACKS = packs()
EXAMPLES = {path.stem: path.read_text("utf-8") for path in Path(__file__).parents[1].glob("consult/examples/*.toml")}
GOOD = read("""
name = "river"
languages = ["en", "fr"]
news_by = 2027-03-01
opening = 2027-01-01
closing = 2027-02-01
area = "NG"
safe_hours = ["09:00", "17:00"]
title = {en = "Calm evenings", fr = "Soirs tranquilles"}
convenor = {en = "River Circle", fr = "Cercle du Fleuve"}
readers = {en = "local leaders", fr = "les responsables"}
can_promise = {en = "They will listen.", fr = "Ils vont lire."}
cannot_promise = {en = "No help.", fr = "Aucune aide."}
referral = {en = "0800000000", fr = "0800000000"}
keyword = {en = "MANGO", fr = "CERISE"}

[[questions]]
type = "select_one"
name = "place"
label = {en = "Where do you live?", fr = "Où habitez-vous ?"}
choices = [
    {name = "town", label = {en = "Town", fr = "Ville"}},
    {name = "farm", label = {en = "Farm", fr = "Ferme"}},
]
[[questions]]
type = "range"
name = "ease"
start = 1
end = 5
label = {en = "How easy are the roads?", fr = "Les routes ?"}
[[questions]]
type = "select_multiple"
name = "needs"
label = {en = "What is needed?", fr = "Que faut-il ?"}
choices = [
    {name = "water", label = {en = "Water", fr = "De l'eau"}},
    {name = "roads", label = {en = "Roads", fr = "Des routes"}},
]
[[questions]]
type = "text"
name = "more"
label = {en = "What else?", fr = "Quoi d'autre ?"}
""")
LAST = Question(type="integer", name="last", label={"en": "How many?", "fr": "Combien ?"}, line=99, low=0, high=50)


def told(consultation: Consultation) -> list[Fault]:
    """The faults but the note that every language awaits review."""
    return [fault for fault in check(consultation, PACKS) if "await native review" not in fault.what]


def test_a_good_file_has_no_fault() -> None:
    assert told(GOOD) == []


@pytest.mark.parametrize(
    ("today", "where"),
    [
        (date(2027, 1, 15), ""),
        (date(2027, 2, 1), ""),
        (date(2027, 2, 2), "closing"),
        (date(2028, 1, 1), "closing"),
    ],
)
def test_what_is_to_be_held_may_not_be_over(today: date, where: str) -> None:
    faults = [fault for fault in check(GOOD, PACKS, today=today) if fault.level == "error"]
    assert [fault.where for fault in faults] == ([where] if where else [])
    open_ended = replace(GOOD, closing=None)
    late = [fault.where for fault in check(open_ended, PACKS, today=date(2027, 3, 2)) if fault.level == "error"]
    assert late == ["news_by"]


@pytest.mark.parametrize(
    "words",
    [
        *(
            "Under resolution 1325 (2000)?",
            "In 2024-2025?",
            "Since 25.11.2026?",
            "More than 1 000 000?",
            "1 2 3 4 5 6 7 8?",
        ),
        *("Between ٢٠٢٤-٢٠٢٥?", "Segur@s l@s vecin@s?", "Lafiya.Me ya fi?", "Go.To the market?", "From 0 to 7?"),
        *("At 10:30 or 16:45?", "About 5000000 people?", "e.g. at the well or the mill?", "Km 12.5 to 14.25?"),
    ],
)
def test_ordinary_words_and_numbers_are_no_links_and_no_telephone_numbers(words: str) -> None:
    assert [fault for fault in told(asking(label={"en": words, "fr": "Combien ?"})) if fault.level == "error"] == []


@pytest.mark.parametrize(
    "words",
    [
        *(
            "Call 0803–123–4567",
            "Call 0803\u00a0123\u00a04567",
            "Call +254 712 345 678",
            "Call (0803) 1234567",
            "08031234567",
        ),
        *("See river.org", "See https://a.b", "See WWW.river.example", "us@river.ng", "bit.ly/abc", "news.co.ke"),
    ],
)
def test_links_and_telephone_numbers_are_refused(words: str) -> None:
    faults = told(asking(label={"en": words, "fr": "Combien ?"}))
    assert [fault.where for fault in faults if fault.level == "error"] == ["line 99, question last, en"]


def test_the_longest_closed_answer_of_any_accepted_question_keeps_its_length_to_itself() -> None:
    roomy = first(choices=named(9, 6), type="select_multiple", order="rotated")
    assert not [fault for fault in told(roomy) if "shorten" in fault.cure]
    names = tuple(option.name for option in roomy.questions[0].choices)
    for chosen in (names, names[:1]):
        payload = pack(Answered("place", chosen, "label", names), "en")
        assert len(payload) <= ROOM == BUCKET - 1


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_have_no_errors(name: str) -> None:
    faults = check(read(EXAMPLES[name]), PACKS)
    assert [fault for fault in faults if fault.level != "note"] == []


def asking(**more: Any) -> Consultation:
    """The good file with one more question at its end."""
    return replace(GOOD, questions=(*GOOD.questions, replace(LAST, **more)))


def first(**more: Any) -> Consultation:
    """The good file with its first question changed."""
    return replace(GOOD, questions=(replace(GOOD.questions[0], **more), *GOOD.questions[1:]))


def labelled(*labels: str) -> tuple[Option, ...]:
    return tuple(Option(f"c{n}", {"en": label, "fr": f"Mot{n}x"}) for n, label in enumerate(labels))


def named(n: int, letters: int) -> tuple[Option, ...]:
    """Choices with names of this length."""
    return tuple(
        replace(each, name=f"{each.name:x<{letters}}") for each in labelled(*(f"{c}ord" for c in "abcdefghi"[:n]))
    )


def elevated(consultation: Consultation) -> Consultation:
    return replace(consultation, risk=Risk.ELEVATED)


def many(n: int) -> Consultation:
    asked = tuple(replace(LAST, name=f"q{i}", high=5) for i in range(n))
    return replace(GOOD, questions=asked)


CHANGES: list[tuple[Consultation, str, str, str]] = [
    # what a definition must say
    (replace(GOOD, news_by=None), "error", "news_by", "news_by = "),
    (replace(GOOD, closing=date(2026, 12, 1)), "error", "closing", "later day"),
    (replace(GOOD, news_by=date(2027, 1, 15)), "warning", "news_by", "after 2027-02-01"),
    (replace(GOOD, referral={}), "error", "referral, en", "en = "),
    (replace(GOOD, safe_hours=None), "note", "safe_hours", "ask women"),
    (replace(GOOD, area=""), "warning", "safe_hours", "timezone = "),
    (replace(GOOD, area="Nigeria"), "error", "area", "NG-BO"),
    (replace(GOOD, area="XX"), "error", "area", "ISO 3166"),
    (replace(GOOD, area="CD"), "error", "area", "Africa/Kinshasa"),
    (replace(GOOD, timezone="Africa/Nowhere"), "error", "timezone", "Africa/Lagos"),
    (replace(GOOD, timezone="../../etc/passwd"), "error", "timezone", "IANA"),
    (replace(GOOD, timezone="x" * 64), "error", "timezone", "IANA"),
    (replace(GOOD, timezone="Africa"), "error", "timezone", "IANA"),
    (replace(GOOD, free=True), "note", "free", "before launch"),
    (replace(GOOD, background_audio={"en": "a.opus"}), "warning", "background_audio", "fr"),
    # languages
    (replace(GOOD, languages=("en", "fr", "xx")), "error", "languages", "locales/xx"),
    (replace(GOOD, title={"en": "Calm evenings"}), "error", "title, fr", "fr = "),
    (first(label={"en": "Where?"}), "error", "question place, fr", "fr = "),
    (first(choices=(Option("town", {"en": "Town"}), Option("farm", {"fr": "Ferme"}))), "error", "town, fr", "fr = "),
    (first(label={"en": "Where?", "fr": "Où ?", "sw": "Wapi?"}), "warning", "question place", "remove the text"),
    (replace(GOOD, background={"en": "Why we ask."}), "error", "background, fr", "fr = "),
    (replace(GOOD, keyword={"en": "MANGO"}), "warning", "keyword", "of its own"),
    # questions and choices
    (first(type="scale"), "error", "question place", "'range'"),
    (first(type="select_on"), "error", "question place", "'select_one'"),
    (first(type="select_one yesno"), "error", "question place", "[[questions.choices]]"),
    (first(type="geopoint"), "error", "question place", "use one of"),
    (asking(name="place"), "error", "line 99, question place", "once"),
    (many(6), "warning", "questions", "most important first"),
    (many(9), "error", "questions", "many_questions"),
    (replace(many(9), many_questions="A panel that agreed to it."), "warning", "questions", "most important first"),
    (replace(GOOD, questions=(Question("note", "n", {"en": "Hi", "fr": "Toi"}),)), "error", "questions", "asks"),
    (first(choices=labelled("Ant", "Bee", "Cow", "Dog", "Elk")), "warning", "question place", "keep to 4"),
    (first(choices=labelled(*(f"{c}ord{c}" for c in "abcdefghij"))), "error", "question place", "merge some"),
    (first(choices=GOOD.questions[0].choices * 2), "error", "question place", "name of its own"),
    (first(choices=(*labelled("Ant"), Option("not_sure", {"en": "?", "fr": "?"}))), "error", "place", "by itself"),
    (first(choices=labelled("Roads", "roads!")), "error", "question place, en", "apart"),
    (first(choices=labelled("Ant", "Stop")), "error", "choice c1, en", "another word"),
    (first(choices=labelled("Ant", "Delete")), "error", "choice c1, en", "another word"),
    (first(choices=labelled("Yes", "Ant")), "warning", "choice c0, en", "1, 2"),
    (first(choices=labelled("Ant", "Info")), "error", "choice c1, en", "another word"),
    (first(choices=labelled("Ant", "Don't know")), "warning", "choice c1, en", "by itself"),
    (first(choices=labelled("2", "1")), "error", "choice c0, en", "range or integer"),
    (first(choices=labelled("1", "2"), order="rotated"), "error", "choice c0, en", "range or integer"),
    (first(choices=named(8, 12), type="select_multiple", order="rotated"), "error", "question place", "shorten"),
    (first(choices=named(9, 22), type="rank"), "error", "question place", "shorten"),
    (first(segment=True, sensitive=True), "error", "question place", "one of the two"),
    (asking(type="text", low=None, high=None, segment=True), "error", "question last", "select_one"),
    (asking(segment=True), "warning", "question last", "bands"),
    (elevated(asking(type="note", low=None, high=None)), "error", "question last", "leaflet"),
    (elevated(asking(type="text", low=None, high=None)), "warning", "question last", "ask with choices"),
    (asking(high=120), "note", "question last", "below 77"),
    # skip rules and constraints
    (asking(relevant="${place} == 'town'"), "error", "last, relevant, column 11", "write = once"),
    (asking(relevant="${plaice} = 'town'"), "error", "last, relevant", "${place}"),
    (asking(relevant="${zzz} = 'town'"), "error", "last, relevant", "this file"),
    (asking(relevant="${last} = 3"), "error", "last, relevant", "write ."),
    (first(relevant="${ease} = 3"), "error", "place, relevant", "before this"),
    (asking(relevant="${place} = 'city'"), "error", "last, relevant", "town, farm"),
    (asking(relevant="${place} = 'twon'"), "error", "last, relevant", "did you mean 'town'?"),
    (asking(relevant="${place} > 'town'"), "error", "last, relevant", "use = or !="),
    (asking(relevant="${place} = ${ease}"), "error", "last, relevant", "quoted code"),
    (asking(relevant="${needs} = 'water'"), "error", "last, relevant", "selected(${needs}"),
    (asking(relevant="selected(${needs}, 'wine')"), "error", "last, relevant", "water"),
    (asking(relevant="selected(${ease}, '3')"), "error", "last, relevant", "use ="),
    (asking(relevant="count-selected(${place}) = 1"), "error", "last, relevant", "select_multiple"),
    (asking(relevant="${ease} = 'easy'"), "error", "last, relevant", "a number"),
    (asking(relevant="${more} = 'yes'"), "error", "last, relevant", "!= ''"),
    (asking(relevant=". = 3"), "error", "last, relevant", "${name}"),
    (asking(relevant="${ease} > 5"), "error", "last, relevant", "correct the values"),
    (asking(relevant="${place} = 'town' and ${place} = 'farm'"), "error", "last, relevant", "correct the values"),
    (asking(relevant="count-selected(${needs}) > 2"), "error", "last, relevant", "correct the values"),
    (asking(constraint=". > 1"), "error", "question last", "constraint_message"),
    (asking(constraint_message={"en": "No.", "fr": "Non."}), "warning", "question last", "remove it"),
    (asking(constraint="${ease} > 1", constraint_message=LAST.label), "warning", "last, constraint", "write ."),
    (asking(constraint=". > 50", constraint_message=LAST.label), "error", "last, constraint", "correct the values"),
    (asking(constraint=". > 5", constraint_message={"en": "More."}), "error", "constraint_message, fr", "fr = "),
    # words
    (asking(label={"en": "Has there been war?", "fr": "Combien ?"}), "warning", "question last, en", "neutral"),
    (elevated(asking(label={"en": "Any VIOLENCE?", "fr": "Où ?"})), "error", "question last, en", "neutral"),
    (asking(label={"en": "How many?", "fr": "Des soldats ?"}), "warning", "question last, fr", "neutral"),
    (replace(GOOD, convenor={"en": "Women's Peace Table", "fr": "Cercle"}), "warning", "convenor, en", "neutral"),
    (first(choices=labelled("Ant", "Gunmen or guns")), "warning", "choice c1, en", "neutral"),
    (asking(variants={"sms": {"en": "Any attacks?"}}), "warning", "last, sms, en", "neutral"),
    (asking(label={"en": "Have you ever been hurt?", "fr": "Où ?"}), "warning", "question last, en", "not about her"),
    (elevated(asking(label={"en": "Did it happen to you?", "fr": "Où ?"})), "error", "last, en", "not about her"),
    (asking(label={"en": "About calm evenings: how many?", "fr": "Où ?"}), "error", "question last, en", "title"),
    (asking(label={"en": "See www.river.example: how many?", "fr": "Où ?"}), "error", "last, en", "look like fraud"),
    (asking(label={"en": "Go to river.org/a. How many?", "fr": "Où ?"}), "error", "last, en", "look like fraud"),
    (replace(GOOD, convenor={"en": "us@river.example", "fr": "Cercle"}), "error", "convenor, en", "look like fraud"),
    (asking(label={"en": "Call 0803 120 0000. How many?", "fr": "Où ?"}), "error", "last, en", "referral line"),
    (asking(label={"en": "How many?", "fr": "Au +٢٣٤٨٠٣١٢٠ ?"}), "error", "last, fr", "referral line"),
    (replace(GOOD, consent={"en": "We ask.", "fr": "Dès 18 ans."}), "error", "consent, en", "18"),
    (replace(GOOD, keyword={"en": "STOP", "fr": "CERISE"}), "error", "keyword, en", "RIVER"),
    (replace(GOOD, keyword={"en": "ЅТОР", "fr": "CERISE"}), "error", "keyword, en", "RIVER"),
    (replace(GOOD, keyword={"en": "YES", "fr": "CERISE"}), "error", "keyword, en", "RIVER"),
    (replace(GOOD, keyword={"en": "PEACE", "fr": "CERISE"}), "error", "keyword, en", "RIVER"),
    (replace(GOOD, keyword={"en": "CALM", "fr": "CERISE"}), "error", "keyword, en", "RIVER"),
    (replace(GOOD, keyword={"en": "FARM", "fr": "CERISE"}), "error", "keyword, en", "RIVER"),
    (replace(GOOD, keyword={"en": "BIG RIVER", "fr": "CERISE"}), "error", "keyword, en", "RIVER"),
    (replace(GOOD, keyword={"en": "R2", "fr": "CERISE"}), "error", "keyword, en", "RIVER"),
    (replace(GOOD, keyword={"en": "MANGO", "fr": "mango"}), "warning", "keyword", "per language"),
]


@pytest.mark.parametrize(("changed", "level", "where", "cure"), CHANGES)
def test_a_fault_is_told_with_its_place_and_its_cure(changed: Consultation, level: str, where: str, cure: str) -> None:
    faults = told(changed)
    assert any(fault.level == level and where in fault.where and cure in fault.cure for fault in faults), faults


RIGHT = [
    asking(relevant="${place} = 'town' and ${ease} >= 3"),
    asking(relevant="selected(${needs}, 'water') or count-selected(${needs}) > 1"),
    asking(relevant="${more} != ''"),
    asking(relevant="${place} = 'not_sure' or ${place} = ''"),
    asking(relevant="${ease} = 'prefer_not'"),
    asking(relevant="${ease} = '3'"),
    asking(constraint=". > ${ease}", constraint_message=LAST.label),
    asking(type="text", low=None, high=None, constraint=". != 'x'", constraint_message=LAST.label),
    asking(label={"en": "How much rapeseed do the drapes need?", "fr": "Combien ?"}),
    asking(label={"en": "How many?", "fr": "Une râpe, un violon ?"}),
    replace(GOOD, keyword={}),
    replace(GOOD, consent={"en": "For those of 18 or more.", "fr": "Dès ١٨ ans."}),
    replace(GOOD, area="CD", timezone="Africa/Kinshasa"),
    first(choices=labelled("1", "2")),
]


@pytest.mark.parametrize("right", RIGHT)
def test_what_is_right_draws_no_fault(right: Consultation) -> None:
    assert told(right) == []


PLACED = replace(GOOD, questions=tuple(replace(each, segment=each.name == "place") for each in GOOD.questions))
YOUNG = Question("select_one", "age", {"en": "Age?", "fr": "Age ?"}, segment=True, choices=PLACED.questions[0].choices)
TWO = replace(PLACED, questions=(*PLACED.questions, YOUNG))


@pytest.mark.parametrize(
    ("compound", "what"),
    [
        (Compound("age", {"en": "a", "fr": "b"}, {"place": ("town",), "age": ("town",)}), "name of a question"),
        (Compound("pair", {"en": "a", "fr": "b"}, {"place": ("town",)}), "1 segments"),
        (Compound("pair", {"en": "a", "fr": "b"}, {"place": ("town",), "ease": ("1",)}), "ease is no segment"),
        (Compound("pair", {"en": "a", "fr": "b"}, {"place": ("moon",), "age": ("town",)}), "moon is no choice"),
        (Compound("pair", {"en": "a", "fr": "b"}, {"place": ("town", "farm"), "age": ("town",)}), "every choice"),
        (Compound("pair", {"en": "a"}, {"place": ("town",), "age": ("town",)}), "label is missing in fr"),
    ],
)
def test_a_compound_is_made_of_two_segments_and_what_can_be_answered(compound: Compound, what: str) -> None:
    told = [fault.what for fault in check(replace(TWO, compounds=(compound,)), PACKS) if fault.level == "error"]
    (only,) = told
    assert what in only
    right = Compound("pair", {"en": "a", "fr": "b"}, {"place": ("town",), "age": ("town",)})
    assert not [fault for fault in check(replace(TWO, compounds=(right,)), PACKS) if fault.level == "error"]


def test_branching_on_a_sensitive_answer_is_warned_of() -> None:
    changed = asking(relevant="${place} = 'town'")
    place, *rest = changed.questions
    leaking = replace(changed, questions=(replace(place, sensitive=True), *rest))
    assert [(fault.level, fault.where) for fault in told(leaking)] == [("warning", "line 99, question last, relevant")]


def test_two_questions_that_wait_for_each_other_are_a_cycle() -> None:
    changed = first(relevant="${last} = 3")
    cyclic = replace(changed, questions=(*changed.questions, replace(LAST, relevant="${place} = 'town'")))
    assert any("cycle" in fault.what and "place" in fault.where for fault in told(cyclic))


def test_a_fault_of_one_language_names_it() -> None:
    faults = told(replace(GOOD, title={"en": "Calm evenings"}, news_by=None))
    assert {(fault.where, fault.language) for fault in faults} == {("news_by", ""), ("title, fr", "fr")}


def test_a_language_that_is_not_installed_is_named_with_those_that_are() -> None:
    faults = check(GOOD, {"en": PACKS["en"]})
    missing = [fault for fault in faults if fault.level == "error"]
    assert [(fault.language, fault.what) for fault in missing] == [
        ("fr", "language fr is not installed; installed: en")
    ]


def test_an_areas_time_zones_are_known() -> None:
    assert zones("NG-BO") == ("Africa/Lagos",)
    assert len(zones("CD")) == 2
    assert zones("Nigeria") == zones("") == ()


# ---- the lists


def test_every_shipped_language_has_its_lists() -> None:
    assert set(shipped()) >= set(PACKS)


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("ar", "هل هناك سلام؟"),
        ("ar", "والحرب بعيدة"),
        ("ar", "للسلام"),
        ("ha", "Akwai zaman lafiya?"),
        ("sw", "Kuna amani?"),
        ("es", "¿Hay violencia?"),
        ("ckb", "ئاشتی هەیە؟"),
        ("fr", "Le cessez-le-feu tient-il ?"),
        ("en", "Is there a cease-fire?"),
        ("en", "WOMEN"),
    ],
)
def test_a_listed_word_is_found_as_people_write_it(tag: str, text: str) -> None:
    assert found(shipped()[tag].words, text)


def test_own_lists_take_the_place_of_the_shipped() -> None:
    own = lists('[en]\nwords = ["farm*"]')
    faults = check(GOOD, PACKS, own)
    assert [fault.where for fault in faults if fault.level == "warning"] == ["line 17, question place, choice farm, en"]


@pytest.mark.parametrize("text", ["en = 3", "[en]\nwords = 'x'", "[en]\nwords = ['*']", "[en]\nbefore = [3]", "[en"])
def test_a_broken_list_is_refused(text: str) -> None:
    with pytest.raises(BadLists):
        lists(text)


# ---- whatever the definition

pieces = [
    "${place}",
    "${ease}",
    "${needs}",
    "${more}",
    "${last}",
    ".",
    "'town'",
    "'water'",
    "''",
    "3",
    "99999999999999999",
]
joints = ["=", "!=", "<", "and", "or", "not(", "selected(", ",", ")", "(", "count-selected(", "9" * 400, "'--5'", "'²'"]
rules = st.lists(st.sampled_from(pieces + joints), max_size=12).map(" ".join)
oddities = st.sampled_from(["", "Stop", "1", "?", "peace", "\u0301", "x" * 200, "سلام", "77"]) | st.text(max_size=8)


@settings(max_examples=80, deadline=None)
@given(rules, rules, st.sampled_from([*TYPES, "scale"]), oddities, st.none() | st.integers(-9, 9), st.integers(1, 20))
def test_no_definition_is_survived_by_an_exception(
    relevant: str, constraint: str, type_: str, odd: str, bound: int | None, least: int
) -> None:
    changed = asking(
        type=type_,
        relevant=relevant,
        constraint=constraint,
        choices=labelled(odd, "Ant", odd),
        low=bound,
        high=bound,
        least=least,
        label={"en": odd},
    )
    faults = check(replace(changed, keyword={"en": odd}, title={"en": odd}, area=odd, timezone=odd), PACKS)
    assert all(fault.where and fault.what and fault.cure for fault in faults)


def largest() -> Consultation:
    """As much as a file can hold: every rule over every question, every label near a reserved word."""
    words = [Option(f"c{n}", {tag: f"stap{n}{tag}" for tag in PACKS}) for n in range(20)]
    text = " or ".join(f"selected(${{q{n}}}, 'c1')" for n in range(12))
    asked = [
        Question("select_multiple", f"q{n}", dict.fromkeys(PACKS, "x " * 400), choices=tuple(words), relevant=text)
        for n in range(30)
    ]
    return replace(GOOD, languages=tuple(PACKS), questions=tuple(asked))


def test_the_largest_definition_is_checked_in_bounded_time() -> None:
    start = time.perf_counter()
    assert check(largest(), PACKS)
    assert time.perf_counter() - start < 10
