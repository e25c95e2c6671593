"""A machine reads what nobody recorded, with the program itself."""

from __future__ import annotations

import sys

import pytest

from channels.voice.speech import Speech
from consult.speech import sound
from consult.speech.drafting import VOICES, CannotDraft, draft
from tests.conftest import need, need_module


@pytest.fixture(autouse=True)
def _programs() -> None:
    need("espeak-ng", "sudo apt-get install espeak-ng")
    need_module("av", "pip install 'consult[audio]'")


@pytest.mark.parametrize("tag", sorted(VOICES))
def test_every_language_with_a_voice_is_read_at_the_level_of_recordings(tag: str) -> None:
    words = {"ar": "أهلا بكم في الاستطلاع", "am": "ሰላም ለእናንተ ይሁን"}.get(tag, "Salama, karibu sana, bonjour hello")
    read = draft(Speech(words, tag))
    assert 1000 < sound.milliseconds(read) < 6000
    assert sound.loudness(read) == pytest.approx(sound.LOUD, abs=2.5)


def test_longer_words_take_longer_and_the_same_words_sound_the_same() -> None:
    short, long = Speech("Good morning.", "en"), Speech("Good morning. " * 5, "en")
    assert sound.milliseconds(draft(long)) > 3 * sound.milliseconds(draft(short))
    assert draft(short) == draft(short)


def test_words_that_look_like_options_are_only_read() -> None:
    assert sound.milliseconds(draft(Speech("--version -w /tmp/out.wav", "en"))) > 1000


def test_without_the_program_the_cure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CannotDraft, match="apt-get install espeak-ng"):
        draft(Speech("Hello", "en"))


def test_without_the_decoder_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(CannotDraft, match=r"consult\[audio\]"):
        draft(Speech("Hello", "en"))


def test_what_has_no_sound_gives_no_draft() -> None:
    with pytest.raises(CannotDraft, match="silent"):
        draft(Speech(" ", "en"))
