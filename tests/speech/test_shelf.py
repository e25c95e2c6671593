"""A take is kept once, found in her dialect first, and a damaged one gives way to the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.voice.speech import Speech
from consult.speech import sound
from consult.speech.reading import Reader
from consult.speech.shelf import Shelf
from tests.speech.sounds import tone

WELCOME = Speech("أهلا", "ar")
SAME_IN_ENGLISH = Speech("Welcome", "en")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_a_sound_is_named_by_its_bytes_and_kept_once(shelf: Shelf) -> None:
    take = shelf.keep(WELCOME, "ar", tone(1.0))
    assert shelf.keep(SAME_IN_ENGLISH, "en", tone(1.0)).name == take.name
    assert [file.name for file in shelf.audio.iterdir()] == [take.name]
    assert (shelf.audio / take.name).read_bytes() == sound.wav(tone(1.0))
    assert take.ms == 1000


def test_her_dialect_goes_before_the_language_and_that_before_the_draft(shelf: Shelf) -> None:
    reader = Reader(shelf, {"ar": "ar-SD"})
    assert reader.find(WELCOME) is None
    drafted = shelf.keep(WELCOME, "ar", tone(0.1), "drafted")
    assert reader.find(WELCOME) == drafted.name
    recorded = shelf.keep(WELCOME, "ar", tone(0.2))
    assert reader.find(WELCOME) == recorded.name
    sudanese = shelf.keep(WELCOME, "ar-SD", tone(0.3))
    assert reader.find(WELCOME) == sudanese.name
    assert Reader(shelf).find(WELCOME) == recorded.name


def test_a_sound_that_is_gone_gives_way_to_the_next_and_never_ends_a_call(shelf: Shelf) -> None:
    drafted = shelf.keep(WELCOME, "ar", tone(0.1), "drafted")
    recorded = shelf.keep(WELCOME, "ar", tone(0.2))
    english = shelf.keep(SAME_IN_ENGLISH, "en", tone(0.4))
    reader = Reader(shelf, others={WELCOME.key: (SAME_IN_ENGLISH,)})
    assert reader.find(WELCOME) == recorded.name
    (shelf.audio / recorded.name).unlink()
    assert reader.find(WELCOME) == drafted.name
    (shelf.audio / drafted.name).unlink()
    assert reader.find(WELCOME) == english.name
    (shelf.audio / english.name).unlink()
    assert reader.find(WELCOME) is None


@pytest.mark.parametrize(
    "note",
    [b"", b"[]", b"null", b'{"audio": 3, "ms": 1}', b'{"audio": "../../hub.key", "ms": 1}', b"\xff", b'{"audio": "x"}'],
)
def test_a_damaged_note_is_passed_over(shelf: Shelf, note: bytes) -> None:
    drafted = shelf.keep(WELCOME, "ar", tone(0.1), "drafted")
    shelf.keep(WELCOME, "ar", tone(0.2))
    (shelf.data / "speech" / "recorded" / "ar" / WELCOME.key).write_bytes(note)
    (shelf.data / "hub.key").write_bytes(b"secret")
    assert Reader(shelf).find(WELCOME) == drafted.name


def test_a_tag_is_never_a_path(shelf: Shelf) -> None:
    for tag in ("../keys", "ar/../..", "", "AR", "ar\n"):
        with pytest.raises(LookupError):
            shelf.keep(WELCOME, tag, tone(0.1))
    assert list(shelf.data.iterdir()) == []
    assert Reader(shelf, {"ar": "../keys"}).find(WELCOME) is None
