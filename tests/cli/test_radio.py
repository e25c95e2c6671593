"""`consult radio script` and `sheet`, for a file and for what is published."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.conftest import EXAMPLES, need_module


def test_a_script_is_printed_of_a_file_and_of_what_is_published(run: Run, definition: Path) -> None:
    of_file = run("radio", "script", definition, "--lang", "ha", "--episode", "2")
    assert of_file.code == 0
    run("publish", definition)
    of_name = run("radio", "script", "river", "--lang", "ha", "--episode", "2")
    assert of_name.code == 0
    assert of_name.out.replace(": 1\n", ": 0\n") == of_file.out  # the file has no version yet


def test_one_that_does_not_fit_is_printed_and_fails_with_by_how_much(run: Run, tmp_path: Path) -> None:
    (tmp_path / "station.toml").write_text("[words_per_minute]\nen = 60\n")
    ended = run("radio", "script", EXAMPLES / "safety.toml", "--minutes", "45s", "--station", "station.toml")
    assert ended.code == 1
    assert "0:00  HOST" in ended.out
    assert "too long; leave out a question" in ended.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--lang", "tr"), "its languages are"),
        (("--ask", "nothing"), "can be read; there are"),
        (("--minutes", "30"), "60, 5 or 45s"),
        (("--day", "tomorrow"), "2026-12-01"),
        (("--episode", "0"), "whole number above 0"),
        (("--station", "nowhere.toml"), "correct the path"),
        (("--into", "script.docx"), "ends in one of .html, .pdf, .txt"),
    ],
)
def test_what_cannot_be_is_told_with_its_cure(run: Run, words: tuple[str, ...], told: str) -> None:
    ended = run("radio", "script", EXAMPLES / "safety.toml", *words)
    assert ended.code == 2
    assert told in ended.err


def test_it_is_written_as_the_name_says(run: Run, tmp_path: Path) -> None:
    for kind in ("html", "txt"):
        assert run("radio", "script", EXAMPLES / "safety.toml", "--lang", "ar", "--into", f"s.{kind}").code == 0
    assert 'dir="rtl"' in (tmp_path / "s.html").read_text(encoding="utf-8")
    assert "0:00" in (tmp_path / "s.txt").read_text(encoding="utf-8")
    (tmp_path / "told.txt").write_text("Roads came first.\n\n", encoding="utf-8")
    told = run("radio", "script", EXAMPLES / "safety.toml", "--feedback", "told.txt")
    assert "Roads came first." in told.out


def unpacked(pdf: bytes) -> bytes:
    """Its streams, decompressed."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    return pdf + b"".join(zlib.decompressobj().decompress(each) for each in streams if each[:1] == b"x")


@pytest.mark.parametrize("tag", ["en", "ar"])
def test_pdf_is_tagged_for_reading_aloud_and_turns_right_to_left(run: Run, tmp_path: Path, tag: str) -> None:
    need_module("weasyprint", "pip install weasyprint; apt-get install libpango-1.0-0 libpangoft2-1.0-0")
    for duty in ("script", "sheet"):
        assert run("radio", duty, EXAMPLES / "safety.toml", "--lang", tag, "--into", f"{duty}.pdf").code == 0
        made = (tmp_path / f"{duty}.pdf").read_bytes()
        assert made.startswith(b"%PDF-")
        assert b"/MarkInfo" in unpacked(made)
        assert f"/Lang ({tag})".encode() in unpacked(made)
