"""What is said for each prompt: whole, in her language, the meaning before the key."""

from __future__ import annotations

import hashlib

import pytest

from channels import open_speakers
from channels.voice.saying import by_the_way, said, speeches
from channels.voice.speech import Speech
from consult.edition import Edition, spoken
from consult.prompts import Choice, Number, Pick, Prompt, Tell, Words

YES_NO = (Choice("1", "yes", "Yes"), Choice("2", "no", "No"))


def texts(prompt: Prompt) -> list[str]:
    return [speech.text for speech in said(prompt)]


def test_the_same_words_have_the_same_key_and_other_words_another() -> None:
    assert Speech("Hello", "en").key == hashlib.sha256(b"en\nHello").hexdigest()[:32]
    assert len({Speech("Hello", "en").key, Speech("Hello", "fr").key, Speech("Hello.", "en").key}) == 3


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        (Tell(name="end", text=" Thank\nyou. ", locale="en"), ["Thank you."]),
        (
            Pick(name="q", text="Well?", locale="en", choices=YES_NO),
            ["Well?", "For Yes, press 1.", "For No, press 2."],
        ),
        (
            Pick(name="q", text="Quel ?", locale="fr", choices=YES_NO, most=2),
            [
                "Quel ?",
                "Pour Yes, appuyez sur 1.",
                "Pour No, appuyez sur 2.",
                "Vous pouvez choisir plusieurs réponses. Puis appuyez sur la touche dièse.",
            ],
        ),
        (
            Pick(name="q", text="Rank", locale="en", choices=YES_NO, least=2, most=2, ranked=True),
            [
                "Rank",
                "For Yes, press 1.",
                "For No, press 2.",
                "Press the most important first, then the next. Then press the hash key.",
            ],
        ),
        (
            Number(name="q", text="How many?", locale="en", low=0, high=9),
            ["How many?", "Press the keys of your number. Then press the hash key."],
        ),
        (Words(name="q", text="Say it.", locale="en"), ["Say it.", "Speak after the tone. Then press the hash key."]),
        (Pick(name="q", text="Q1: 1 or 2", locale="en", choices=YES_NO, bare=True), ["Q1: 1 or 2"]),
        (
            Tell(name="n", text="long", locale="en", variants={"voice": "as spoken", "sms": "as written"}),
            ["as spoken"],
        ),
    ],
)
def test_a_prompt_is_said_whole(prompt: Prompt, expected: list[str]) -> None:
    assert texts(prompt) == expected


def test_the_authors_file_goes_with_the_words_and_never_at_elevated_risk() -> None:
    plain = Pick(name="q", text="Well?", locale="en", choices=YES_NO, audio={"voice": "en/well.opus"})
    bare = Pick(name="q", text="Q1", locale="en", choices=YES_NO, audio={"voice": "en/well.opus"}, bare=True)
    assert [file for _, _, file in speeches([("q", "en", (plain, bare))])] == ["en/well.opus", "", "", ""]


def test_everything_an_edition_can_say_is_listed_in_its_language(editions: dict[str, Edition]) -> None:
    speaker = open_speakers()["voice"]
    for edition in editions.values():
        items = list(spoken(edition))
        listed = list(speaker(items))
        assert {speech.locale for _, speech, _ in listed} == set(edition.consultation.languages)
        assert len({speech.key for _, speech, _ in listed}) == len({(s.locale, s.text) for _, s, _ in listed})
        for where, _, prompts in items:
            mine = {speech.text for place, speech, _ in listed if place == where}
            assert all(" ".join((prompt.spoken or prompt.wording("voice")).split()) in mine for prompt in prompts)


def test_the_words_of_the_keys_are_listed_once_in_each_language(editions: dict[str, Edition]) -> None:
    edition = editions["safety"]
    listed = [speech for _, speech, _ in open_speakers()["voice"](list(spoken(edition)))]
    for tag in edition.consultation.languages:
        assert [listed.count(speech) for speech in by_the_way(tag)] == [1] * 5
