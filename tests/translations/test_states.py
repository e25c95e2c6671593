"""Where a string stands in a language: which strings there are, and how long a second reader's word holds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.checks import languages
from consult.consultation import Consultation
from consult.drafts.fields import flat, taken
from consult.store.records import Reading
from consult.translations.states import State, counted, gaps, known, standing, standings, unchecked
from consult.translations.strings import String, fields, mark, source, strings
from tests.conftest import example

SAFETY = example("safety")


def string(whole: Consultation, id: str) -> String:
    return next(each for each in strings(whole) if each.id == id)


def laid(whole: Consultation, **texts: str) -> Consultation:
    changed, unkept = taken(whole, {field.replace("__", "."): text for field, text in texts.items()})
    assert unkept == ()
    return changed


def read(whole: Consultation, id: str, tag: str, state: str = "reviewed") -> Reading:
    return Reading(whole.name, id, tag, mark(whole, string(whole, id), tag), state, 2, 5)


def state(whole: Consultation, id: str, tag: str, *readings: Reading) -> State:
    return standing(whole, string(whole, id), tag, known(readings)).state


def test_every_string_is_a_field_of_the_draft_and_may_be_as_long() -> None:
    whole = laid(SAFETY, voice__moving__en="Say it", message__age__en="A number", constraint__age=". > 17")
    known_fields = flat(whole)
    for each in strings(whole):
        for tag in whole.languages:
            assert known_fields[each.field(tag)] == each.text(tag)
            full = {each.field(tag): "x" * each.most}
            assert taken(whole, full)[1] == ()
            assert [one.why for one in taken(whole, {each.field(tag): "x" * (each.most + 1)})[1]] == ["text"]


def test_what_nobody_wrote_and_nobody_owes_is_no_string() -> None:
    ids = {each.id for each in strings(replace(SAFETY, background={}, consent={}, keyword={}))}
    assert not ids & {"top.background", "top.consent", "top.keyword", "voice.moving", "message.age"}
    assert {"top.title", "label.moving", "choice.moving.same"} <= ids


def test_the_gaps_are_those_that_publishing_finds() -> None:
    whole = laid(SAFETY, label__age__ha="", top__title__fr="", choice__moving__same__ha="")
    found = {tag: [each.id for each in lacking] for tag, lacking in gaps(whole).items()}
    assert found == {"fr": ["top.title"], "ha": ["choice.moving.same", "label.age"]}
    faults = [fault for fault in languages.check(whole, {}) if fault.what == "has no text in this language"]
    assert sorted(fault.language for fault in faults) == ["fr", "ha", "ha"]


TABLE = [
    ("a text nobody read", {}, "label.moving", None, "draft"),
    ("a text somebody read", {}, "label.moving", "reviewed", "reviewed"),
    ("an owed text that is missing", {"label.moving.ha": ""}, "label.moving", None, "empty"),
    ("an owed text cannot be needless", {"label.moving.ha": ""}, "label.moving", "needless", "empty"),
    ("a variant that is missing", {"voice.moving.en": "Say it"}, "voice.moving", None, "empty"),
    ("a variant that is not needed", {"voice.moving.en": "Say it"}, "voice.moving", "needless", "needless"),
    ("a variant that the source has not", {}, "sms.moving", None, "needless"),
    ("needless says nothing of a text", {}, "label.moving", "needless", "draft"),
]


@pytest.mark.parametrize(("what", "texts", "id", "said", "stands"), TABLE, ids=[row[0] for row in TABLE])
def test_a_state_follows_from_text_and_reading(
    what: str, texts: dict[str, str], id: str, said: str | None, stands: str
) -> None:
    whole = taken(SAFETY, texts)[0]
    readings = [read(whole, id, "ha", said)] if said else []
    assert state(whole, id, "ha", *readings) == stands, what


@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from(["ha", "fr", "en"]))
def test_a_reading_ends_with_its_text_or_its_source(text: str, before: str, tag: str) -> None:
    """Whatever is written in its place, and only then; and holds again when both come back."""
    signed = read(SAFETY, "label.moving", tag)
    whole = laid(SAFETY, **{f"label__moving__{tag}": text, "label__moving__en": before})
    here = string(whole, "label.moving")
    same = (here.text(tag), here.text("en")) == (
        string(SAFETY, "label.moving").text(tag),
        string(SAFETY, "label.moving").text("en"),
    )
    assert (state(whole, "label.moving", tag, signed) == "reviewed") is same
    assert state(SAFETY, "label.moving", tag, signed) == "reviewed"


@given(st.lists(st.text(max_size=6), min_size=4, max_size=4))
def test_two_pairs_have_two_marks(texts: list[str]) -> None:
    """Also where text and source joined would be the same."""
    one, other = (
        laid(SAFETY, label__moving__en=first or "a", label__moving__ha=second or "b")
        for first, second in (texts[:2], texts[2:])
    )
    pairs = [
        (string(each, "label.moving").text("en"), string(each, "label.moving").text("ha")) for each in (one, other)
    ]
    marks = [mark(each, string(each, "label.moving"), "ha") for each in (one, other)]
    assert (pairs[0] == pairs[1]) is (marks[0] == marks[1])


def test_a_language_is_checked_when_all_its_texts_are() -> None:
    whole = replace(SAFETY, languages=("en", "ha"))
    all_of_it = [read(whole, each.id, "ha") for each in strings(whole) if each.text("ha")]
    assert unchecked(whole, known(all_of_it)) == ("en",)
    assert unchecked(whole, known(all_of_it[1:])) == ("en", "ha")
    assert counted(standings(whole, known(all_of_it), ("ha",)))["ha"]["reviewed"] == len(all_of_it)


def test_the_texts_are_those_that_stand() -> None:
    assert source(SAFETY) == "en"
    assert all(text for text in fields(SAFETY).values())
    assert fields(SAFETY)["label.moving.ha"] == SAFETY.questions[0].label["ha"]
