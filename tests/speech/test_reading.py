"""A missing sound: the draft, then the same line in the next language she knows, and never an end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from channels import open_speakers
from channels.voice.saying import said
from channels.voice.speech import Speech
from consult.edition import Edition, compile_edition
from consult.speech.reading import reader
from consult.speech.script import lines
from consult.speech.shelf import Shelf
from consult.wording import Pack
from tests.conftest import example
from tests.speech.sounds import tone


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


@pytest.fixture
def edition(languages: dict[str, Pack]) -> Edition:
    return compile_edition(replace(example("safety"), languages=("fr", "ckb", "ar", "en")), 1, languages)


def recorded(edition: Edition, shelf: Shelf, *tags: str) -> None:
    """Every line of these languages, each language with a sound of its own."""
    for line in lines(edition, open_speakers()):
        if line.speech.locale in tags:
            shelf.keep(line.speech, line.speech.locale, tone(0.1 * (1 + tags.index(line.speech.locale))))


def test_a_question_that_lost_its_sound_is_asked_in_the_next_language_she_knows(edition: Edition, shelf: Shelf) -> None:
    recorded(edition, shelf, "en", "ar")
    voices = reader(edition, open_speakers(), shelf)
    for asked in edition.questions:
        for seed in range(4):
            sorani, arabic, english = (
                [voices.find(speech) for speech in said(edition.put(asked.index, place, seed, "voice").prompt)]
                for place in (1, 2, 3)
            )
            assert sorani == arabic
            assert None not in sorani
            assert arabic != english


def test_each_choice_is_paired_with_the_same_choice_and_the_same_key(edition: Edition, shelf: Shelf) -> None:
    voices = reader(edition, open_speakers(), shelf)
    for asked in edition.questions:
        for seed in range(4):
            french, english = (edition.put(asked.index, place, seed, "voice").prompt for place in (0, 3))
            for mine, other in zip(said(french), said(english), strict=True):
                assert other in voices.others[mine.key]


def test_the_registry_tells_which_language_is_next(edition: Edition, shelf: Shelf) -> None:
    others = reader(edition, open_speakers(), shelf).others
    tongues = {line.speech.locale: set() for line in lines(edition, open_speakers())}
    for line in lines(edition, open_speakers()):
        tongues[line.speech.locale].add(tuple(each.locale for each in others.get(line.speech.key, ())))
    named = {()}  # each language's own name in the choice of language: only she who speaks it needs to hear it
    assert tongues["ckb"] - named == {("ar", "en")}
    assert tongues["ar"] - named == {("en",)}
    assert tongues["en"] == {()}


def test_a_draft_of_her_own_language_goes_before_another_language(edition: Edition, shelf: Shelf) -> None:
    recorded(edition, shelf, "en")
    prompt = edition.put(0, 0, 0, "voice").prompt
    drafted = shelf.keep(said(prompt)[0], "fr", tone(0.7), "drafted")
    assert reader(edition, open_speakers(), shelf).find(said(prompt)[0]) == drafted.name


def test_where_there_is_no_sound_at_all_nothing_is_raised(edition: Edition, shelf: Shelf) -> None:
    voices = reader(edition, open_speakers(), shelf)
    assert {voices.find(line.speech) for line in lines(edition, open_speakers())} == {None}
    assert voices.find(Speech("never published", "zz")) is None
