"""Schemes and labels as Coda writes them, what is refused of them, and how far two coders agree."""

from __future__ import annotations

import contextlib
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.episodes.flagging import betrays
from consult.findings import coding
from consult.findings.agreement import alpha, of_theme
from consult.findings.coding import Scheme, Unclear, labels, words
from tests import coded
from tests.coded import CODES, label, scheme
from tests.conftest import need_module


def read(**changes: object) -> Scheme:
    return coding.scheme(scheme(**changes), betrays)  # type: ignore[arg-type]


def of(*listed: object, **more: object) -> coding.Labels:
    return labels(json.dumps([{"MessageID": "m1", "Text": "x", "Labels": list(listed), **more}]), read())


# ---- labels


def test_only_normal_codes_are_themes() -> None:
    assert [each.id for each in read().themes()] == ["code-water", "code-road", "code-school"]
    assert of(label("code-NC")) == {"m1": ()}
    assert of(label("code-hello")) == {"m1": ()}


def test_the_newest_label_counts_where_somebody_checked_it() -> None:
    water, road = label("code-water"), label("code-road")
    assert of(water, road) == {"m1": ("code-water",)}
    assert of(label("code-water", checked=False), road) == {}
    assert of(label(coding.UNCODED), road) == {}
    unchecked = {key: value for key, value in water.items() if key != "Checked"}
    assert of(unchecked) == {}


def test_copies_of_the_scheme_are_further_themes_and_other_schemes_are_none() -> None:
    assert of(label("code-road"), label("code-water", "-1"), label("code-NC", "-2")) == {
        "m1": ("code-water", "code-road")
    }
    assert of(label("code-water"), label("code-water", "-1")) == {"m1": ("code-water",)}
    assert of(label("code-water"), label("anything", scheme_id="Scheme-other")) == {"m1": ("code-water",)}
    assert of(label("other", "-x")) == {}
    assert of() == {}


# ---- refusals


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "the file: not JSON"),
        ("[" * 100_000, "the file: not JSON"),
        ("[]", "a scheme is one JSON object"),
        (scheme(SchemeID=5), "SchemeID: missing"),
        (scheme(Name="call 0803 456 7890"), "Name: holds a number"),
        (scheme(Version="08034567890"), "Version: write it like"),
        (scheme(Codes=[]), "Codes: a list of 1 to 200"),
        (scheme(Codes=["x"]), "Codes 1, it is no object"),
        (scheme([("c d", "Normal", "Water", "")]), "Codes 1, CodeID"),
        (scheme([("c", "Normal", "Ask halima@example.org", "")]), "Codes 1, DisplayText: holds a address"),
        (scheme([("c", "Normal", "Ring 08034567890", "")]), "Codes 1, DisplayText: holds a number"),
        (scheme([("c", "Normal", "\ud800", "")]), "Codes 1, DisplayText: holds a hidden"),
        (scheme([("c", "Normal", "Water", "\ud800")]), "Codes 1, StringValue: holds a hidden"),
        (scheme([("c", "Normal", "Water", "ring 08034567890")]), "Codes 1, StringValue: holds a number"),
        (scheme([("c", "Normal", " ", "")]), "Codes 1, DisplayText: write 1 to 120"),
        (scheme([("c", "Odd", "Water", "")]), "Codes 1, CodeType: one of Normal, Control, Meta"),
        (scheme([("c", "Normal", "Water", ""), ("c", "Normal", "Road", "")]), "Codes 2, CodeID: c stands twice"),
        (scheme([("c", "Normal", "Water", ""), ("d", "Normal", "water ", "")]), "Codes 2, DisplayText: stands twice"),
        (" " * 300_000, "larger than 256 kB"),
    ],
)
def test_a_scheme_that_cannot_be_is_refused_with_place_and_cure(text: str, why: str) -> None:
    with pytest.raises(Unclear, match=why):
        coding.scheme(text, betrays)


@pytest.mark.parametrize(
    ("listed", "why"),
    [
        ({}, "messages are one JSON list"),
        ([5], "message 1, MessageID: missing"),
        ([{"MessageID": "m", "Labels": []}, {"MessageID": "m", "Labels": []}], "message 2, MessageID: m stands twice"),
        ([{"MessageID": "m"}], "message 1, Labels: a list"),
        ([{"MessageID": "m", "Labels": [{}] * 1001}], "message 1, Labels: a list of at most 1000"),
        ([{"MessageID": "m", "Labels": [7]}], "message 1, label 1: write"),
        ([{"MessageID": "m", "Labels": [label("gone")]}], "message 1, label 1, CodeID: no code of this scheme"),
        ([{"MessageID": "m", "Labels": [{**label("code-NC"), "Checked": "yes"}]}], "label 1, Checked: true or false"),
    ],
)
def test_messages_that_cannot_be_are_refused_with_place_and_cure(listed: object, why: str) -> None:
    with pytest.raises(Unclear, match=why):
        labels(json.dumps(listed), read())


def test_a_file_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coding, "LARGEST", 1024)
    with pytest.raises(Unclear, match="larger than 1 kB"):
        labels(" " * 1025, read())


@given(st.recursive(st.none() | st.booleans() | st.text() | st.integers(), lambda each: st.lists(each, max_size=3)))
def test_no_json_makes_it_fall(made: object) -> None:
    for text in (json.dumps(made), json.dumps([{"MessageID": "m", "Labels": made}]), scheme(Codes=made, Name=made)):
        for reading in (lambda text: coding.scheme(text, betrays), lambda text: labels(text, read())):
            with contextlib.suppress(Unclear):
                reading(text)


def test_paraphrases_are_by_code_or_its_name_and_betray_nobody() -> None:
    told = words('[water]\nen = "The well is  broken."\n["code-road"]\nfr = "La route."', read(), betrays)
    assert told == {"code-water": {"en": "The well is broken."}, "code-road": {"fr": "La route."}}


@pytest.mark.parametrize(
    ("toml", "why"),
    [
        ("[water", "not TOML"),
        ('[fire]\nen = "x"', "fire: no theme of this scheme"),
        ('[NC]\nen = "x"', "NC: no theme of this scheme"),
        ('water = "x"', "water: no theme of this scheme"),
        ('[water]\nen = "Ring 0803 456 7890"', "water, en: holds a number"),
        ("[water]\nen = 5", "water, en: write 1 to 300"),
        ('[water]\nEnglish = "x"', "water, English: no language"),
        ("#" * 300_000, "larger than 256 kB"),
    ],
)
def test_paraphrases_that_cannot_be_are_refused(toml: str, why: str) -> None:
    with pytest.raises(Unclear, match=why):
        words(toml, read(), betrays)


# ---- agreement


def test_agreement_by_hand() -> None:
    """Krippendorff (2011), section A: ten units, binary, two observers. Of twenty values 14 are 0 and 6 are 1, four
    units differ: 1 - 19 x 4 / (14 x 6) = 0.095."""
    meg, owen = (0, 1, 0, 0, 0, 0, 0, 0, 1, 0), (1, 1, 1, 0, 0, 1, 0, 0, 0, 0)
    found = alpha(zip(meg, owen, strict=True))
    assert found == pytest.approx(1 - 19 * 4 / 84)
    assert round(found or 0, 3) == 0.095


def test_agreement_where_nothing_can_differ_is_none() -> None:
    assert alpha([]) is None
    assert alpha([(1, 1)] * 40) is None
    assert alpha([(0, 1), (1, 0)]) == pytest.approx(-0.5)
    assert alpha([(0, 0), (1, 1)]) == 1


def test_agreement_is_told_down_to_the_tenth_over_what_both_read() -> None:
    first = {f"m{n}": ("w",) if n < 20 else () for n in range(40)}
    second = {**first, "m0": (), "only": ("w",)}
    assert alpha([("w" in first[each], "w" in second[each]) for each in first]) == pytest.approx(1 - 79 / (39 * 41))
    assert of_theme("w", first, second, 30) == 0.9  # 0.9506
    assert of_theme("w", first, first, 30) == 1.0
    assert of_theme("w", first, {f"m{n}": () for n in range(29)}, 30) is None


@pytest.mark.parametrize("seed", range(20))
def test_agreement_is_that_of_the_krippendorff_package(seed: int) -> None:
    need_module("krippendorff", "pip install krippendorff")
    import krippendorff

    chance = random.Random(seed)
    values = ["a", "b", "c"][: 2 + seed % 2]
    one = [chance.choice(values) for _ in range(30 + seed)]
    other = [each if chance.random() < seed / 20 else chance.choice(values) for each in one]
    place = {value: n for n, value in enumerate(values)}
    table = [[place[each] for each in row] for row in (one, other)]
    theirs = krippendorff.alpha(table, level_of_measurement="nominal")
    assert alpha(zip(one, other, strict=True)) == pytest.approx(theirs)


def test_the_words_of_a_message_are_kept_nowhere() -> None:
    text = coded.coded([{"MessageID": "m1", "Text": "Halima has no water", "Labels": []}])
    assert "Halima" not in repr(labels(text, read()))
    assert len(CODES) == len(read().codes)
