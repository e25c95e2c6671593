"""A definition becomes a form that ODK's own program accepts, and that reads back to the same questions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from consult import forms, spreadsheets
from consult.consultation import Consultation, Option, Question
from consult.consultation.kinds import HIDDEN
from consult.forms.rules import bounded, bounds, written
from consult.relevance import parse
from tests.conftest import example, need_module
from tests.forms.books import read_back

TAGS = ("en", "ckb", "zh-Hant")
letters = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="<>*_#${}"), min_size=1
)
texts = st.dictionaries(
    st.sampled_from(TAGS), letters.filter(lambda text: not HIDDEN.search(text) and len(text) <= 200)
)
files = st.dictionaries(st.sampled_from(TAGS), st.from_regex(r"[a-z0-9]{1,8}/[a-z]{1,8}\.opus", fullmatch=True))
names = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
ends = st.none() | st.integers(-1000, 1000)
own_rules = st.sampled_from(
    ["", ". <= 21", "(. > 3)", ". >= 1 and . <= 5", "(. > 3) or (. < 1)", ". != 7 or . = 9", "not(. = 4)", "((. > 1))"]
)
counted = st.sampled_from(["", "not(selected(., 'a'))", "count-selected(.) <= 2", "(count-selected(.) = 1)"])


def with_choices(**more: Any) -> st.SearchStrategy[Question]:
    options = st.lists(st.builds(Option, names, texts), min_size=2, max_size=5, unique_by=lambda one: one.name)
    return question(choices=options.map(tuple), order=st.sampled_from(["fixed", "rotated"]), **more)


def question(type: str, **more: Any) -> st.SearchStrategy[Question]:
    flags = {
        "sensitive": st.booleans(),
        "segment": st.booleans(),
        "required": st.just(True) if type == "note" else st.booleans(),
    }
    wordings = st.dictionaries(st.sampled_from(["sms", "voice", "radio"]), texts.filter(bool))
    recordings = st.dictionaries(st.sampled_from(["sms", "voice", "radio"]), files.filter(bool))
    return st.builds(Question, st.just(type), names, texts, variants=wordings, audio=recordings, **{**flags, **more})


questions = st.one_of(
    with_choices(type="select_one"),
    with_choices(
        type="select_multiple", least=st.integers(1, 3), most=st.none() | st.integers(1, 9), constraint=counted
    ),
    with_choices(type="rank", least=st.integers(1, 5)),
    question("integer", low=ends, high=ends, constraint=own_rules),
    question("range", low=st.integers(-5, 1), high=st.integers(2, 9)),
    question("text", limit=st.integers(1, 1000)),
    question("note"),
)


@st.composite
def consultations(draw: st.DrawFn) -> Consultation:
    """Questions with names of their own; each may depend on an earlier one."""
    found = draw(st.lists(questions, min_size=1, max_size=6, unique_by=lambda one: one.name))
    linked = [found[0]]
    for one in found[1:]:
        of = draw(st.sampled_from(linked))
        rule = draw(
            st.sampled_from(["", f"${{{of.name}}} != ''", f"(${{{of.name}}} = 'a') or not(${{{of.name}}} > 3)"])
        )
        linked.append(replace(one, relevant=rule, on_air=draw(st.sampled_from(["", of.name]))))
    spoken = [replace(one, constraint_message=draw(texts) if one.constraint else {}) for one in linked]
    return Consultation(draw(names), TAGS, {"en": "T"}, {}, {}, {}, {}, {}, tuple(spoken))


@given(consultations())
@settings(max_examples=20, deadline=None)
def test_export_then_import_gives_the_same_questions(
    tmp_path_factory: pytest.TempPathFactory, given: Consultation
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.xlsx"
    sheets, _ = forms.write(given)
    spreadsheets.write_xlsx(path, sheets)
    back = read_back(path)
    assert back.consultation.questions == given.questions
    assert back.consultation.languages == given.languages
    assert back.consultation.name == given.name
    assert [loss.column for loss in back.losses] == ["version"]


@given(
    st.sampled_from(["integer", "select_multiple"]),
    st.none() | st.integers(1, 9),
    st.none() | st.integers(1, 9),
    own_rules,
)
def test_bounds_and_a_rule_come_apart_as_they_were(kind: str, low: int | None, high: int | None, own: str) -> None:
    assert bounds(kind, bounded(kind, low, high, own)) == (low, high, own)


@pytest.mark.parametrize(
    "rule",
    [
        "${a} = 'x' and (. > 1 or not(. = 2.5))",
        'selected(${a}, "it\'s") or count-selected(${b}) >= 2',
        "not(${a} = 'x' and ${b} = 'y') or (${c} and . != -3)",
    ],
)
def test_a_rule_is_written_as_it_was_meant(rule: str) -> None:
    assert parse(written(parse(rule))) == parse(rule)


@pytest.mark.parametrize("name", ["priorities", "pulse", "safety"])
def test_the_examples_go_through_odks_own_program(tmp_path: Path, name: str) -> None:
    need_module("pyxform", "pip install 'pyxform>=4.5,<5'")
    from pyxform.xls2xform import convert

    given, path = example(name), tmp_path / "form.xlsx"
    spreadsheets.write_xlsx(path, forms.write(given)[0])
    made = convert(xlsform=str(path))
    assert made.warnings == []
    assert all(f'ref="/data/{question.name}"' in made.xform for question in given.questions)
    assert made.xform.count("<translation ") == len(given.languages)
    assert read_back(path).consultation.questions == given.questions


@given(consultations())
@settings(max_examples=15, deadline=None)
def test_odks_own_program_accepts_any_questions(tmp_path_factory: pytest.TempPathFactory, given: Consultation) -> None:
    need_module("pyxform", "pip install 'pyxform>=4.5,<5'")
    from pyxform.xls2xform import convert

    labelled = [replace(one, label={"en": "Why?"}, choices=_labelled(one)) for one in given.questions]
    path = tmp_path_factory.getbasetemp() / "odk.xlsx"
    spreadsheets.write_xlsx(path, forms.write(replace(given, questions=tuple(labelled)))[0])
    assert convert(xlsform=str(path)).xform


def _labelled(one: Question) -> tuple[Option, ...]:
    return tuple(replace(option, label={"en": option.name}) for option in one.choices)


def test_no_cell_is_calculated_by_whoever_opens_the_form(tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://x","y")'
    given = Consultation("f", ("en",), {"en": evil}, {}, {}, {}, {}, {}, (Question("text", "a", {"en": evil}),))
    path = tmp_path / "form.xlsx"
    spreadsheets.write_xlsx(path, forms.write(given)[0])
    cells = [cell for sheet in load_workbook(path) for row in sheet.iter_rows() for cell in row if cell.value == evil]
    assert len(cells) == 2
    assert {cell.data_type for cell in cells} == {"s"}
    assert read_back(path).consultation.questions == given.questions


def test_what_a_form_has_no_place_for_is_named() -> None:
    _, losses = forms.write(example("priorities"))
    found = {loss.column for loss in losses}
    assert {"convenor", "readers", "referral", "keyword", "news_by", "safe_hours", "form_title"} <= found
    assert any(loss.column == "type" and "whole order" in loss.what for loss in losses)
