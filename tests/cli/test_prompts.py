"""From a definition to a call that can be heard: the sheet, the recordings, the drafts, publication."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from consult.consultation import write
from consult.speech import sound
from tests.cli.conftest import KNOWING, Run, river
from tests.conftest import need, need_module
from tests.speech.sounds import clipped, tone


@pytest.fixture
def spoken(tmp_path: Path) -> Path:
    """A definition for calls, in English and Hausa."""
    file = tmp_path / "river.toml"
    file.write_text(write(river(languages=("en", "ha"), voice="recorded")), encoding="utf-8")
    return file


def codes(run: Run, *words: object) -> list[str]:
    out = run("prompts", "record-sheet", *words).out
    return [line.split(". ")[1] for line in out.splitlines() if line[:1].isdigit()]


def record(run: Run, folder: Path, *words: object) -> int:
    folder.mkdir(exist_ok=True)
    named = codes(run, *words)
    for code in named:
        (folder / f"{code}.wav").write_bytes(sound.wav(tone(0.3)))
    return len(named)


def test_a_language_is_published_once_all_of_it_is_recorded(run: Run, spoken: Path, tmp_path: Path) -> None:
    refused = run("publish", *KNOWING, spoken)
    assert refused.code == 1
    assert "has no audio" in refused.err
    many = record(run, tmp_path / "takes", spoken, "--lang", "ha")
    assert run("prompts", "import", "takes", spoken).out.endswith(f"{many} kept, 0 refused\n")
    assert codes(run, spoken, "--lang", "ha", "--missing") == []
    done = run("publish", *KNOWING, spoken)
    assert done.code == 0
    assert "left out, because of errors in them: en" in done.out


def test_the_choice_of_language_is_recorded_as_it_is_said_without_those_left_out(
    run: Run, spoken: Path, tmp_path: Path
) -> None:
    spoken.write_text(write(river(languages=("en", "ha", "sw"), voice="recorded")), encoding="utf-8")
    for tag in ("ha", "sw"):
        record(run, tmp_path / "takes", spoken, "--lang", tag)
    run("prompts", "import", "takes", spoken)
    first = run("publish", *KNOWING, spoken)
    assert "language, ha" in first.out + first.err  # without English the keys of the others are others
    assert "language, sw" in first.out + first.err
    assert "nothing was published" in first.err
    spoken.write_text(write(river(languages=("ha", "sw"), voice="recorded")), encoding="utf-8")
    record(run, tmp_path / "takes", spoken, "--missing")
    run("prompts", "import", "takes", spoken)
    assert "left out" not in run("publish", *KNOWING, spoken).out


def test_check_names_what_is_not_recorded_and_how_long_a_call_takes(run: Run, spoken: Path, tmp_path: Path) -> None:
    before = run("check", spoken)
    assert before.code == 1
    for code in codes(run, spoken):
        assert f"({code})" in before.out.replace("\n         ", " ")
    record(run, tmp_path / "takes", spoken)
    run("prompts", "import", "takes", spoken)
    after = run("check", spoken)
    assert after.code == 0
    assert after.out.count("a whole call takes about") == 2
    assert "audio" not in after.out


def test_an_import_tells_of_every_file_and_fails_where_one_is_refused(run: Run, spoken: Path, tmp_path: Path) -> None:
    record(run, tmp_path / "takes", spoken, "--lang", "ha")
    first = min((tmp_path / "takes").iterdir())
    first.write_bytes(sound.wav(clipped(1.0)))
    ended = run("prompts", "import", "takes", spoken)
    assert ended.code == 1
    assert f"refused  {first.name} is clipped" in ended.out
    assert "-> record it again, further from the microphone" in ended.out
    assert ended.out.endswith(", 1 refused\n")


def test_recordings_are_brought_in_for_what_is_published(run: Run, hub: Path, tmp_path: Path) -> None:
    many = record(run, tmp_path / "takes", "--lang", "ar")
    ended = run("prompts", "import", "takes", "--dialect", "ar-SD")
    assert (ended.code, ended.out.splitlines()[-1]) == (0, f"{many} kept, 0 refused")
    assert len(list((hub / "speech" / "recorded" / "ar-SD").iterdir())) == many


def test_sheets_are_written_as_text_and_as_pages(run: Run, spoken: Path, tmp_path: Path) -> None:
    run("prompts", "record-sheet", spoken, "--into", "sheets")
    written = sorted(file.name for file in (tmp_path / "sheets").iterdir())
    assert written == ["record-en.html", "record-en.txt", "record-ha.html", "record-ha.txt"]
    assert '<html lang="ha" dir="ltr">' in (tmp_path / "sheets" / "record-ha.html").read_text(encoding="utf-8")


def test_drafts_fill_gaps_where_the_definition_accepts_them(run: Run, tmp_path: Path) -> None:
    need("espeak-ng", "sudo apt-get install espeak-ng")
    need_module("av", "pip install 'consult[audio]'")
    file = tmp_path / "river.toml"
    short = river(languages=("en", "ha"), voice="drafts")
    file.write_text(write(replace(short, questions=short.questions[-1:])), encoding="utf-8")
    many = len(codes(run, file, "--lang", "en"))
    drafted = run("prompts", "draft", file)
    assert drafted.code == 0
    assert drafted.out.startswith(f"{many} drafts made")
    assert "no voice for ha" in drafted.out
    assert run("prompts", "draft", file).out.startswith("0 drafts made")
    assert len(codes(run, file, "--lang", "en", "--missing")) == many
    done = run("publish", *KNOWING, file)
    assert done.code == 0
    assert "left out, because of errors in them: ha" in done.out


@pytest.mark.parametrize("dialect", ["ar", "xx-SD", "../keys", "AR-sd/..", ""])
def test_a_dialect_that_is_none_is_usage(run: Run, spoken: Path, tmp_path: Path, dialect: str) -> None:
    (tmp_path / "takes").mkdir()
    assert run("prompts", "import", "takes", spoken, "--dialect", dialect).code == 2


def test_a_trial_needs_no_recordings(run: Run, spoken: Path) -> None:
    assert run("publish", spoken, "--test").code == 0
    assert run("try", spoken, typed="1\n").code == 0


def test_what_is_not_there_is_usage(run: Run, spoken: Path) -> None:
    assert run("prompts", "import", "nowhere", spoken).code == 2
    assert run("prompts", "record-sheet", "nowhere.toml").code == 2
    assert run("prompts", "record-sheet", spoken, "--lang", "ar").code == 2
    assert run("prompts", "record-sheet").code == 3
