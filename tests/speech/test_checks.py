"""Gaps and long calls are named per language; only a consultation for voice is asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from channels import open_speakers
from consult.consultation import Consultation, Fault
from consult.edition import Edition, compile_edition
from consult.speech.checks import check, seconds
from consult.speech.script import Line, lines
from consult.speech.shelf import Shelf
from consult.wording import Pack
from tests.conftest import example
from tests.speech.sounds import tone


def asked(**changes: object) -> Consultation:
    return replace(example("safety"), languages=("en", "ar"), **changes)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def found(consultation: Consultation, languages: dict[str, Pack], shelf: Shelf) -> list[Fault]:
    return list(check(compile_edition(consultation, 0, languages), open_speakers(), shelf))


def listed(consultation: Consultation, languages: dict[str, Pack]) -> list[Line]:
    return lines(compile_edition(consultation, 0, languages), open_speakers())


def errors(faults: list[Fault], tag: str) -> list[Fault]:
    return [fault for fault in faults if fault.level == "error" and fault.language == tag]


def test_a_consultation_by_sms_alone_is_asked_for_no_recording(languages: dict[str, Pack], shelf: Shelf) -> None:
    assert found(asked(), languages, shelf) == []


def test_every_line_without_audio_is_named_once_per_language(languages: dict[str, Pack], shelf: Shelf) -> None:
    consultation = asked(voice="recorded")
    faults = found(consultation, languages, shelf)
    for line in listed(consultation, languages):
        named = [fault for fault in faults if f"({line.code})" in fault.what]
        assert [(fault.level, fault.language) for fault in named] == [("error", line.speech.locale)]


def test_a_language_that_is_recorded_goes_ahead_of_one_that_is_not(languages: dict[str, Pack], shelf: Shelf) -> None:
    consultation = asked(voice="recorded")
    for line in listed(consultation, languages):
        if line.speech.locale == "en":
            shelf.keep(line.speech, "en", tone(0.2))
    faults = found(consultation, languages, shelf)
    assert errors(faults, "en") == []
    assert errors(faults, "ar")
    assert "" not in {fault.language for fault in faults}


def test_drafts_are_refused_unless_they_are_asked_for(languages: dict[str, Pack], shelf: Shelf) -> None:
    strict, lenient = asked(voice="recorded"), asked(voice="drafts")
    all_lines = listed(strict, languages)
    for line in all_lines:
        shelf.keep(line.speech, line.speech.locale, tone(0.2), "drafted")
    assert len(errors(found(strict, languages, shelf), "ar")) == sum(line.speech.locale == "ar" for line in all_lines)
    faults = found(lenient, languages, shelf)
    assert {fault.level for fault in faults if "machine" in fault.what} == {"warning"}
    assert errors(faults, "ar") == errors(faults, "en") == []


def test_a_recording_in_the_dialect_closes_the_gap(languages: dict[str, Pack], shelf: Shelf) -> None:
    consultation = asked(voice="recorded", dialect={"ar": "ar-SD"})
    for line in listed(consultation, languages):
        shelf.keep(line.speech, "ar-SD" if line.speech.locale == "ar" else "en", tone(0.2))
    assert errors(found(consultation, languages, shelf), "ar") == []
    assert errors(found(replace(consultation, dialect={}), languages, shelf), "ar")


def test_a_dialect_of_another_language_is_refused(languages: dict[str, Pack], shelf: Shelf) -> None:
    for dialect in ("fr-TD", "xx-SD"):
        faults = found(asked(voice="drafts", dialect={"ar": dialect}), languages, shelf)
        assert [fault.what for fault in errors(faults, "ar") if fault.where == "dialect"] == [
            f"{dialect} is no dialect of ar"
        ]


# ---- how long a call takes


def stretched(consultation: Consultation, languages: dict[str, Pack], shelf: Shelf, each: float) -> None:
    """Every line of it takes so many seconds."""
    sound = tone(each)
    for line in listed(consultation, languages):
        shelf.keep(line.speech, line.speech.locale, sound)


@pytest.mark.parametrize(("each", "level"), [(1.0, "note"), (5.0, "warning"), (9.0, "error")])
def test_a_long_call_is_warned_of_and_a_very_long_one_refused(
    languages: dict[str, Pack], shelf: Shelf, each: float, level: str
) -> None:
    consultation = asked(voice="recorded")
    stretched(consultation, languages, shelf, each)
    told = {fault.language: fault for fault in found(consultation, languages, shelf)}
    assert {tag: fault.level for tag, fault in told.items()} == {"en": level, "ar": level}
    excused = found(replace(consultation, long_call="The elders asked for all of it."), languages, shelf)
    assert {fault.level for fault in excused} == {"warning" if level == "error" else level}


def test_the_length_is_what_is_recorded_plus_her_time(languages: dict[str, Pack], shelf: Shelf) -> None:
    consultation = asked(voice="recorded")
    stretched(consultation, languages, shelf, 1.0)
    edition = compile_edition(consultation, 0, languages)
    before = seconds(edition, 0, open_speakers(), shelf)
    stretched(consultation, languages, shelf, 2.0)
    said = seconds(edition, 0, open_speakers(), shelf) - before
    assert said == pytest.approx(2 + 1 + 24 + 3 + 1, abs=0.01)  # consent, escapes, questions, news, end
    assert before == pytest.approx(said * 1.3 + 4 * 7, abs=0.01)  # five questions, consent, news


def test_the_examples_are_estimated_within_five_minutes_in_every_language(
    languages: dict[str, Pack], shelf: Shelf
) -> None:
    for name in ("safety", "priorities", "pulse"):
        edition = compile_edition(example(name), 0, languages)
        took = [seconds(edition, place, open_speakers(), shelf) for place in range(len(edition.tongues))]
        assert all(60 < each < 300 for each in took)


def test_the_examples_for_the_telephone_take_under_three_minutes_in_every_language(
    editions: dict[str, Edition], tmp_path: Path
) -> None:
    for name in ("safety", "pulse"):
        edition = editions[name]
        takes = [seconds(edition, n, open_speakers(), Shelf(tmp_path)) for n in range(len(edition.tongues))]
        assert max(takes) <= 180, (name, takes)
