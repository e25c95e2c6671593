"""An XLSForm becomes a definition, and whatever does not is named with its place."""

from __future__ import annotations

import pytest

from consult import forms
from consult.consultation import read as read_toml
from tests.forms.books import book, questions, said, survey


def test_each_type_that_a_telephone_can_answer_is_taken() -> None:
    found = questions(
        forms.read(
            survey(
                ["select_one yn", "one", ""],
                ["select multiple yn", "several", ""],
                ["rank yn", "order", ""],
                ["range", "scale", "start=1 end=5 step=1"],
                ["int", "number", ""],
                ["text", "words", ""],
                ["note", "told", ""],
                heads=["parameters"],
            )
        )
    )
    assert {name: each.type for name, each in found.items()} == {
        "one": "select_one",
        "several": "select_multiple",
        "order": "rank",
        "scale": "range",
        "number": "integer",
        "words": "text",
        "told": "note",
    }
    assert [option.name for option in found["one"].choices] == ["yes", "no"]
    assert (found["scale"].low, found["scale"].high) == (1, 5)
    assert found["order"].least == 2


@pytest.mark.parametrize("type", ["geopoint", "image", "audio", "barcode", "date", "calculate", "deviceid", "file"])
def test_a_type_that_no_telephone_answers_is_left_out_with_its_place(type: str) -> None:
    read = forms.read(survey(["text", "words"], [type, "other"]))
    assert list(questions(read)) == ["words"]
    assert "survey, row 3, column type: left out" in said(read)


@pytest.mark.parametrize(
    "column", ["hint", "appearance", "calculation", "choice_filter", "default", "trigger", "bind::x"]
)
def test_a_cell_that_nobody_asked_for_is_named(column: str) -> None:
    read = forms.read(survey(["text", "words", "something"], heads=[column]))
    assert f"survey, row 2, column {column}: left out: something" in said(read)


def test_bounds_written_as_a_rule_become_bounds() -> None:
    found = questions(
        forms.read(
            survey(
                ["integer", "trips", ". >= 0 and . < 51 and (. != 7)", "Not that."],
                ["select_multiple yn", "some", "count-selected(.) <= 2", ""],
                ["text", "words", "string-length(.) <= 300", ""],
                ["integer", "kept", ". >= 0 or . = -1", "No."],
                heads=["constraint", "constraint_message::English (en)"],
            )
        )
    )
    trips = found["trips"]
    assert (trips.low, trips.high, trips.constraint) == (0, 50, ". != 7")
    assert trips.constraint_message == {"en": "Not that."}
    assert found["some"].most == 2
    assert found["words"].limit == 300
    assert (found["kept"].low, found["kept"].constraint) == (None, ". >= 0 or . = -1")


def test_a_message_that_loses_its_rule_is_named() -> None:
    heads = ["constraint", "constraint_message::English (en)"]
    read = forms.read(
        survey(["integer", "age", ". <= 9", "Too old."], ["text", "x", "regex(., 'a')", "Mm."], heads=heads)
    )
    assert "row 2, column constraint_message::English (en): left out: Too old." in said(read)
    assert "row 3, column constraint: left out" in said(read)
    assert all(not each.constraint_message for each in questions(read).values())


def test_codes_that_are_numbers_get_names_in_rules_too() -> None:
    choices = [
        ["list_name", "name", "label::English (en)"],
        ["l", "1", "Yes"],
        ["l", "2", "No"],
        ["l", "Other-One", "Else"],
    ]
    rules = ["${Way} = '1'", "${Way} = 2 or not(selected(${Way}, 'Other-One'))", "${Way} > 1"]
    rows = [["type", "name", "label::English (en)", "relevant"], ["select_one l", "Way", "Way?", ""]]
    read = forms.read(book([*rows, *(["text", f"t{n}", "T?", rule] for n, rule in enumerate(rules))], choices))
    found = questions(read)
    assert [option.name for option in found["way"].choices] == ["c1", "c2", "other_one"]
    assert found["t0"].relevant == "${way} = 'c1'"
    assert found["t1"].relevant == "${way} = 'c2' or not(selected(${way}, 'other_one'))"
    assert "t2" not in found
    assert "choices, row 2, column name: approximated: 1 is named c1" in said(read)
    assert "survey, row 5, column relevant: left out" in said(read)


def test_who_would_be_asked_by_a_lost_rule_is_not_asked() -> None:
    rows = [["calculate", "sum", ""], ["text", "a", "${sum} > 3"], ["text", "b", "${a} != ''"], ["text", "c", ""]]
    read = forms.read(survey(*rows, heads=["relevant"]))
    assert list(questions(read)) == ["c"]
    assert said(read).count("which was left out or comes later") == 2


def test_the_rule_of_a_group_goes_with_each_of_its_questions() -> None:
    rows = [
        ["select_one yn", "way", ""],
        ["begin group", "g", "${way} = 'yes'"],
        ["text", "a", ""],
        ["text", "b", "${a} != '' or ${way} = 'no'"],
        ["end group", "", ""],
        ["begin_repeat", "r", ""],
        ["text", "c", ""],
        ["end_repeat", "", ""],
        ["text", "d", ""],
    ]
    read = forms.read(survey(*rows, heads=["relevant"]))
    found = questions(read)
    assert found["a"].relevant == "${way} = 'yes'"
    assert found["b"].relevant == "(${way} = 'yes') and (${a} != '' or ${way} = 'no')"
    assert list(found) == ["way", "a", "b", "d"]
    assert "survey, row 8, column type: left out: c stands in a repeat" in said(read)


def test_a_group_whose_rule_is_lost_is_left_out_whole() -> None:
    rows = [["text", "z", ""], ["begin group", "g", "${age} > 17"], ["text", "a", ""], ["end group", "", ""]]
    assert list(questions(forms.read(survey(*rows, heads=["relevant"])))) == ["z"]


def test_languages_are_told_by_their_tags() -> None:
    heads = [
        "type",
        "name",
        "label::Hausa (ha)",
        "label::English",
        "label::Klingon",
        "media::audio::Hausa (ha)",
        "label",
    ]
    rows = [heads, ["text", "a", "Me?", "What?", "nuq?", "voice/ha/a.mp3", "Quoi ?"]]
    read = forms.read(book(rows, settings=[["form_title", "form_id", "default_language"], ["T", "f", "Français (fr)"]]))
    question = questions(read)["a"]
    assert read.consultation.languages == ("fr", "ha", "en")
    assert question.label == {"ha": "Me?", "en": "What?", "fr": "Quoi ?"}
    assert question.audio == {"voice": {"ha": "voice/ha/a.mp3"}}
    assert "column label::Klingon: left out: the language of nuq? cannot be told" in said(read)
    assert read.consultation.title == {"fr": "T"}


def test_a_label_without_a_language_needs_one() -> None:
    rows = book([["type", "name", "label"], ["text", "a", "A?"]])
    with pytest.raises(forms.FormError, match="--language en"):
        forms.read(rows)
    assert questions(forms.read(rows, "sw"))["a"].label == {"sw": "A?"}


def test_markup_and_other_answers_in_a_text_are_named() -> None:
    rows = [["type", "name", "label::en"], ["text", "a", "**Dear** ${name}, <b>what</b>?"]]
    read = forms.read(book(rows))
    assert questions(read)["a"].label == {"en": "Dear ..., what?"}
    assert said(read).count("row 2, column label::en: approximated") == 2


def test_what_must_be_promised_to_her_is_owed_and_not_made_up() -> None:
    read = forms.read(survey(["text", "a"]), name="river")
    text = forms.definition(read)
    assert read_toml(text) == read.consultation
    assert read.consultation.name == "river"
    assert read.consultation.convenor == {}
    for key in ("convenor", "readers", "can_promise", "cannot_promise", "referral", "keyword", "news_by", "title"):
        assert f"# TODO {key} = " in text
    filled = text.replace("# TODO convenor = ", "convenor = ")
    assert read_toml(filled).convenor == {"en": "TODO"}


def test_too_many_questions_and_choices_are_named() -> None:
    choices = [["list_name", "name", "label::English (en)"], *(["l", f"c{n}", f"C{n}"] for n in range(21))]
    rows = [
        ["type", "name", "label::English (en)"],
        *(["text", f"q{n}", "Q?"] for n in range(61)),
        ["rank l", "r", "R?"],
    ]
    read = forms.read(book(rows, choices))
    assert len(read.consultation.questions) == 60
    assert "survey, row 62, column type: left out: q60: 60 questions are the most" in said(read)
    few = forms.read(book([rows[0], rows[1], rows[-1]], choices))
    assert "survey, row 3, column type: left out: r: 21 choices" in said(few)


@pytest.mark.parametrize(
    ("sheets", "why"),
    [
        ({"other": [["a"]]}, "no sheet survey"),
        ({"survey": [["type", "label::en"], ["text", "A?"]]}, "no column name"),
        ({"survey": [["type", "name", "label::en"], ["geopoint", "a", "A?"]]}, "no row of sheet survey"),
        ({"survey": [["type", "name", "label::en", "label::en"], ["text", "a", "A?", "B?"]]}, "twice"),
        ({"survey": [["type", "name", "label::Klingon"], ["text", "a", "A?"]]}, "no label names a language"),
    ],
)
def test_a_form_that_cannot_be_used_is_refused(sheets: dict[str, list[list[str]]], why: str) -> None:
    with pytest.raises(forms.FormError, match=why):
        forms.read({name: list(enumerate(rows, 1)) for name, rows in sheets.items()})
