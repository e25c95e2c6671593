"""A folder of recordings: each file finds its line, and every file is told of."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.voice.speech import Speech
from consult.speech import sound
from consult.speech.importing import Imported, bring_in
from consult.speech.script import Line
from consult.speech.shelf import Shelf
from tests.speech.sounds import clipped, quiet, tone

HELLO = Line("invitation", Speech("Sannu", "ha"))
THANKS = Line("end", Speech("Na gode", "ha"))
ROAD = Line("line 3, question road", Speech("Hanya?", "ha"), "voice/ha/road.wav")
LINES = (HELLO, THANKS, ROAD)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in" / "voice" / "ha").mkdir(parents=True)
    return tmp_path / "in"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "data")


def brought(folder: Path, shelf: Shelf, **dialects: str) -> dict[str, Imported]:
    return {each.file: each for each in bring_in(folder, LINES, shelf, dialects)}


def test_a_file_finds_its_line_by_the_code_in_its_name(folder: Path, shelf: Shelf) -> None:
    (folder / f"{HELLO.code}.wav").write_bytes(sound.wav(tone(1.0)))
    (folder / f"New Recording {THANKS.speech.key[:8].upper()} (2).WAV").write_bytes(sound.wav(tone(2.0)))
    (folder / "voice" / "ha" / "road.wav").write_bytes(sound.wav(tone(3.0)))
    (folder / "record-ha.txt").write_text("the sheet itself is no recording")
    done = brought(folder, shelf)
    assert len(done) == 3
    for line, seconds in ((HELLO, 1), (THANKS, 2), (ROAD, 3)):
        take = shelf.take(line.speech)
        assert take is not None
        assert (take.ms, take.made) == (seconds * 1000 + 200, "recorded")


def test_what_cannot_be_used_is_told_and_stops_no_other(folder: Path, shelf: Shelf) -> None:
    (folder / f"{HELLO.code}.wav").write_bytes(sound.wav(clipped(1.0)))
    (folder / f"{THANKS.code}.wav").write_bytes(sound.wav(quiet(1.0)))
    (folder / "holiday.mp3").write_bytes(b"ID3")
    (folder / "voice" / "ha" / "road.wav").write_bytes(sound.wav(tone(1.0)))
    done = brought(folder, shelf)
    said = {name: each.what for name, each in done.items()}
    assert "clipped" in said[f"{HELLO.code}.wav"]
    assert "silent" in said[f"{THANKS.code}.wav"]
    assert "names no text" in said["holiday.mp3"]
    assert done["voice/ha/road.wav"].take
    assert all(each.cure for each in done.values() if not each.take)
    assert shelf.take(HELLO.speech) is None


def test_two_recordings_of_one_line_are_both_refused(folder: Path, shelf: Shelf) -> None:
    for name in (f"{HELLO.code}.wav", f"{HELLO.code} (1).wav"):
        (folder / name).write_bytes(sound.wav(tone(1.0)))
    assert ["several" in each.what for each in brought(folder, shelf).values()] == [True, True]
    assert shelf.take(HELLO.speech) is None


def test_a_dialect_is_kept_apart_and_goes_before_the_language(folder: Path, shelf: Shelf) -> None:
    (folder / f"{HELLO.code}.wav").write_bytes(sound.wav(tone(1.0)))
    brought(folder, shelf)
    (folder / f"{HELLO.code}.wav").write_bytes(sound.wav(tone(2.0)))
    brought(folder, shelf, ha="ha-NE")
    plain, nigerien = shelf.take(HELLO.speech), shelf.take(HELLO.speech, "ha-NE")
    assert plain is not None
    assert nigerien is not None
    assert (plain.ms, nigerien.ms) == (1200, 2200)


def test_importing_again_changes_nothing(folder: Path, shelf: Shelf) -> None:
    (folder / f"{HELLO.code}.wav").write_bytes(sound.wav(tone(1.0)))
    first = brought(folder, shelf)
    assert brought(folder, shelf) == first
    assert len(list(shelf.audio.iterdir())) == 1


def test_a_link_out_of_the_folder_is_not_followed(folder: Path, shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "outside.wav").write_bytes(sound.wav(tone(1.0)))
    (folder / f"{HELLO.code}.wav").symlink_to(tmp_path / "outside.wav")
    (folder / "voice" / "ha" / "road.wav").symlink_to("/dev/zero")
    assert brought(folder, shelf) == {}
