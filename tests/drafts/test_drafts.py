"""A draft without pages: fields, buttons, rules in words, what changed, what it would say."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consult.config import Settings
from consult.consultation import Consultation, read, write
from consult.drafts import looking
from consult.drafts.changes import differences
from consult.drafts.fields import USES, Unkept, flat, taken
from consult.drafts.moves import demand_unique, moved, new, practice
from consult.drafts.rules import Condition, Part, offered, read_out
from consult.drafts.trying import HANGS_UP, SILENCE, SPEAKS, Exchange, played
from consult.edition import compile_edition
from consult.house import House, open_house
from consult.questions import TYPES
from tests.conftest import EXAMPLES

AT = 1_800_000_000
NAMES = ("safety", "priorities", "pulse")


def example(name: str) -> Consultation:
    return read((EXAMPLES / f"{name}.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = open_house(Settings(data=tmp_path_factory.mktemp("house") / "data"))
    yield house
    house.close()


# ---- fields


@pytest.mark.parametrize("name", NAMES)
def test_what_the_page_shows_and_sends_back_changes_nothing(name: str) -> None:
    whole = example(name)
    assert taken(whole, flat(whole)) == (whole, ())


def test_every_type_says_which_of_its_keys_it_has() -> None:
    assert set(USES) == set(TYPES)
    for type, uses in USES.items():
        whole = moved(new("river", ("en",)), f"add {type}")
        keys = {"low": "1", "high": "9", "least": "2", "most": "2", "limit": "40", "order": "rotated"}
        usual = {**dict.fromkeys(keys, ""), "order": "fixed"}
        filled, _ = taken(whole, {f"{key}.q2": keys[key] if key in uses else usual[key] for key in keys})
        unused = [fault.what for fault in TYPES[type].check(filled.questions[-1]) if "means nothing" in fault.what]
        assert unused == []


WRONG = [
    ("low.q1", "five", "number"),
    ("limit.q1", "0", "number"),
    ("top.round", "-3", "number"),
    ("top.news_by", "31/03/2027", "day"),
    ("top.risk", "huge", "choice"),
    ("type.q1", "matrix", "choice"),
    ("label.q1.en", "x" * 1001, "text"),
    ("name.q1", "Way to market", "name"),
    ("name.q1", "q2", "taken"),
    ("top.from", "9 o'clock", "hours"),
]


@pytest.mark.parametrize(("field", "typed", "why"), WRONG, ids=[f"{row[0]} {row[2]}" for row in WRONG])
def test_what_cannot_be_kept_is_named_and_the_rest_is_kept(field: str, typed: str, why: str) -> None:
    whole = moved(new("river", ("en",)), "add text")
    after, unkept = taken(whole, {field: typed, "label.q2.en": "Why?"})
    assert unkept == (Unkept(field, typed, why),)
    assert after == taken(whole, {"label.q2.en": "Why?"})[0]


NOWHERE = [
    "label.q9.en",
    "label.q1.xx",
    "label.q1",
    "top.name",
    "top.questions",
    "choice.q1.c9.en",
    "x.y.z.w",
    ".",
    "..",
]


@pytest.mark.parametrize("field", NOWHERE)
def test_a_field_of_nothing_that_is_there_changes_nothing(field: str) -> None:
    whole = new("river", ("en",))
    assert taken(whole, {field: "words"}) == (whole, ())


def test_signs_that_hide_are_taken_out_and_arabic_keeps_its_own() -> None:
    whole, unkept = taken(new("river", ("en",)), {"label.q1.en": "a\tb\u202ec\u200bd\x00\u200c\u200fe\r\nf"})
    assert (whole.questions[0].label["en"], unkept) == ("a bcd\u200c\u200fe\nf", ())
    assert read(write(whole)) == whole


def test_numbers_are_taken_in_her_digits() -> None:
    whole = moved(new("river", ("ar",)), "add integer")
    assert taken(whole, {"high.q2": "٢٠"})[0].questions[1].high == 20


def test_both_ends_of_the_safe_hours_change_at_once() -> None:
    whole, _ = taken(example("safety"), {"top.from": "18:00", "top.until": "20:00"})
    assert flat(whole)["top.from"] == "18:00"
    assert flat(whole)["top.until"] == "20:00"
    assert taken(whole, {"top.from": "", "top.until": ""})[0].safe_hours is None


def test_another_name_goes_into_every_rule() -> None:
    whole, _ = taken(example("safety"), {"name.moving": "way"})
    assert [question.name for question in whole.questions][:2] == ["way", "obstacle"]
    assert whole.questions[1].relevant == "${way} = 'harder'"


def test_another_type_drops_what_means_nothing_there() -> None:
    whole, _ = taken(example("safety"), {"type.moving": "text"})
    assert whole.questions[0].choices == ()
    assert taken(example("safety"), {"type.moving": "rank"})[0].questions[0].choices


# ---- buttons


def test_a_practice_says_nothing_in_languages_it_has_not(house: House) -> None:
    whole = practice("try_keys", ("en", "ha"))
    faults = looking.look(house, whole, "en", 20_800 * 86_400).told
    assert not [each for each in faults if "not used" in each.what]
    assert set(whole.title) == set(whole.questions[0].label) == {"en", "ha"}


def test_a_name_that_went_does_not_come_back() -> None:
    whole = moved(moved(new("river", ("en",)), "add text"), "add note")
    whole = moved(moved(whole, "drop q2"), "add range")
    assert [(each.name, each.type) for each in whole.questions] == [
        ("q1", "select_one"),
        ("q3", "note"),
        ("q4", "range"),
    ]


BUTTONS = [
    ("up q2", ["q2", "q1", "q3"]),
    ("down q2", ["q1", "q3", "q2"]),
    ("up q1", ["q1", "q2", "q3"]),
    ("copy q1", ["q1", "q4", "q2", "q3"]),
    ("drop q1", ["q2", "q3"]),
    ("drop q9", ["q1", "q2", "q3"]),
    ("explode", ["q1", "q2", "q3"]),
]


@pytest.mark.parametrize(("button", "names"), BUTTONS)
def test_buttons_move_questions(button: str, names: list[str]) -> None:
    whole = moved(moved(new("river", ("en",)), "add text"), "add note")
    assert [each.name for each in moved(whole, button).questions] == names


def test_buttons_change_answers_and_languages() -> None:
    whole = new("river", ("en",))
    assert [each.name for each in moved(whole, "add-choice q1").questions[0].choices] == ["c1", "c2", "c3"]
    assert [each.name for each in moved(whole, "up-choice q1 c2").questions[0].choices] == ["c2", "c1"]
    assert [each.name for each in moved(whole, "drop-choice q1 c1").questions[0].choices] == ["c2"]
    assert moved(moved(whole, "add-language ar"), "drop-language en").languages == ("ar",)
    assert moved(whole, "drop-language en").languages == ("en",)


def test_a_number_for_help_is_the_same_in_every_language_and_words_are_not() -> None:
    whole, _ = taken(new("river", ("en", "fr")), {"top.referral.en": "0800 12 12"})
    assert whole.referral == {"en": "0800 12 12", "fr": "0800 12 12"}
    assert moved(whole, "add-language ha").referral["ha"] == "0800 12 12"
    whole, _ = taken(whole, {"top.referral.fr": "0800 99"})
    whole, _ = taken(whole, {"top.referral.en": "0800 34 34"})
    assert whole.referral == {"en": "0800 34 34", "fr": "0800 99"}
    whole, _ = taken(new("river", ("en", "fr")), {"top.referral.en": "Call 0800"})
    assert whole.referral == {"en": "Call 0800"}
    assert moved(whole, "add-language ha").referral == {"en": "Call 0800"}


def test_two_questions_of_one_name_cannot_be_told_apart() -> None:
    whole = new("river", ("en",))
    with pytest.raises(ValueError, match="q1 is there twice"):
        demand_unique(replace(whole, questions=whole.questions * 2))


# ---- rules


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_that_is_offered_is_read_out_as_it_was_chosen(name: str) -> None:
    for question in example(name).questions:
        for condition in offered(question):
            assert read_out(condition.rule) == Part("one", condition)


def test_a_rule_of_several_conditions_is_read_out_whole() -> None:
    part = read_out("${a} = 'x' and (not(selected(${b}, 'y')) or ${c} >= 3)")
    assert part is not None
    assert (part.kind, [each.kind for each in part.parts]) == ("and", ["one", "or"])
    assert part.parts[1].parts[0].condition == Condition("b", "includes not", "y")
    assert read_out("count-selected(${b}) > 2") is None
    assert read_out("${a} = ") is None


# ---- what changed


def test_a_draft_of_what_is_live_differs_in_nothing() -> None:
    assert differences(example("safety"), example("safety")) == []


def test_each_difference_is_told_once() -> None:
    live = example("safety")
    draft = moved(moved(moved(live, "add note"), "drop turn_to"), "up place")
    draft = moved(draft, "drop-language ha")
    draft, _ = taken(draft, {"label.moving.en": "Easier or harder?", "only.obstacle": "", "top.news_by": "2036-02-01"})
    told = [(each.what, each.question, each.field) for each in differences(live, draft)]
    assert told == [
        ("language removed", "", ""),
        ("removed", "turn_to", ""),
        ("order", "", ""),
        ("changed", "", "top.news_by"),
        ("changed", "moving", "label.moving.en"),
        ("changed", "obstacle", "relevant.obstacle"),
        ("added", "q1", ""),
    ]


# ---- looking


def test_prices_name_the_sign_that_makes_it_dear(house: House) -> None:
    whole, _ = taken(new("river", ("en", "ha")), {"label.q1.ha": "Hanyar ta fi wahala a yankin kasuwarku, ƙwarai?"})
    (price,) = looking.look(house, whole, "ha", AT).prices["q1"]
    assert (price.segments, price.encoding, price.culprit, price.room) == (1, "UCS-2", "ƙ", 70)
    (plain,) = looking.look(house, whole, "en", AT).prices["q1"]
    assert (plain.encoding, plain.culprit) == ("GSM-7", "")


def test_faults_stand_beside_their_question(house: House) -> None:
    whole, _ = taken(new("river", ("en",)), {"label.q1.en": "Was it you who was raped? www.example.org"})
    look = looking.look(house, whole, "en", AT)
    beside = {each.what for each in look.about("q1", "en")}
    assert {"has no text in this language", "holds an address of the internet"} <= beside
    assert {"news_by", "title"} <= {each.where for each in look.about("", "en")}
    assert look.errors > 4


def test_a_sound_definition_has_no_more_to_do_than_the_command_says(house: House) -> None:
    for name in NAMES:
        look = looking.look(house, example(name), "en", AT)
        assert look.errors == 0
        assert look.call > 60
        assert look.whole[0].segments >= 5


def test_nobody_is_warned_of_lines_that_she_cannot_mend(house: House) -> None:
    told = looking.look(house, replace(example("safety"), spelling="full"), "ha", AT).about("", "ha")
    levels = {each.where: each.level for each in told}
    assert (levels["own_word"], levels["consent"]) == ("note", "warning")


def test_a_language_s_tag_is_cut_off_its_place_and_off_no_word(house: House) -> None:
    """`languages` ends as Spanish does."""
    told = looking.look(house, example("safety"), "es", AT).about("", "es")
    assert "languages" in {each.where for each in told}


# ---- playing


def play(house: House, whole: Consultation, channel: str, tag: str, *replies: str) -> list[Exchange]:
    edition = compile_edition(looking.filled(whole, house.library.packs), 0, house.library.packs)
    return played(edition, house.channels[channel], tag, replies, AT)


def test_a_draft_is_played_by_message(house: House) -> None:
    begun, asked, wrong, last = play(house, example("safety"), "sms", "en", "=1", "=nonsense", "=STOP")
    assert "1 agree, 2 no" in begun.ours[1].text
    assert "easier or harder" in asked.ours[0].text
    assert wrong.ours[0].text == "Please reply 1, 2 or 3."
    assert (last.mark, asked.ours[0].cost.encoding) == ("stopped", "GSM-7")


def test_silence_lets_it_rest_until_the_keyword_comes(house: House) -> None:
    *_, rests, stranger, again = play(house, example("safety"), "sms", "en", "=1", SILENCE, "=1", "=RIVER")
    assert (rests.mark, rests.ours) == ("rests", ())
    assert "easier" not in stranger.ours[0].text
    assert "1 agree" in again.ours[1].text


def test_a_draft_is_played_by_telephone(house: House) -> None:
    begun, asked, again, wrong, up = play(house, example("safety"), "voice", "en", "=1", SILENCE, "=7", HANGS_UP)
    assert begun.ours[-1].text.endswith("If not, press 2.")
    assert asked.ours[-1].text == "For Harder, press 3."
    assert again.ours[0].text.startswith("In the last month")
    assert wrong.ours[0].text == "That key is not one of the choices."
    assert up.mark == "hung up"


def test_at_elevated_risk_her_own_word_hides_it(house: House) -> None:
    whole = example("pulse")
    *_, asked, hidden, stranger, back = play(house, whole, "sms", "en", "=1", "=papaya", "=papaya", "=1", "=papaya")
    assert asked.ours[-1].text.endswith(f"\n{back.ours[-1].text}")
    assert hidden.mark == "rests"
    assert asked.ours[-1].text != stranger.ours[-1].text == hidden.ours[-1].text


# ---- whatever somebody does

_words = st.text(max_size=40) | st.sampled_from(["12", "-3", "2027-01-31", "09:00", "rotated", "yes", "elevated", "…"])
_buttons = st.sampled_from(
    [f"add {type}" for type in TYPES]
    + ["copy q1", "up q2", "drop q1", "add-choice q1", "drop-choice q1 c1", "add-language ar"]
)
_fields = st.sampled_from(sorted(flat(moved(moved(new("river", ("en", "ar")), "add range"), "add select_multiple"))))
_rules = st.tuples(
    st.just("relevant.q2"), st.sampled_from(["${q1} = 'c1'", "${q9} > 2", "(((", "selected(${q1}, 'c2')"])
)
_replies = st.lists(st.sampled_from(["=1", "=2", "=x", "=STOP", "=0", "=*", "=5#", SILENCE, SPEAKS]), max_size=6)


@settings(
    max_examples=200 if os.environ.get("CONSULT_DRILL") == "whole" else 12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    buttons=st.lists(_buttons, max_size=6),
    typed=st.lists(st.tuples(_fields, _words) | _rules, max_size=8),
    replies=_replies,
    channel=st.sampled_from(["sms", "voice"]),
)
def test_whatever_is_done_the_draft_is_read_again_looked_at_and_played(
    house: House, buttons: list[str], typed: list[tuple[str, str]], replies: list[str], channel: str
) -> None:
    whole = new("river", ("en", "ar"))
    for button in buttons:
        whole = moved(whole, button)
    whole, _ = taken(whole, dict(typed))
    assert read(write(whole)) == whole
    assert taken(whole, flat(whole)) == (whole, ())
    looking.look(house, whole, "ar", AT)
    assert play(house, whole, channel, "ar", *replies)


def test_a_folder_of_its_own(tmp_path: Path, house: House) -> None:
    """Looking at a draft and playing it leaves nothing in the store."""
    play(house, example("safety"), "sms", "en", "=1", "=1")
    assert house.store.read(lambda view: (view.editions(), view.drafts(), view.last_arrival("safety"))) == ([], [], 0)
