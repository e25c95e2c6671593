"""`consult radio script` and `sheet`, for a file and for what is published."""

from __future__ import annotations

import json
import re
import zlib
from pathlib import Path

import pytest

from tests.cli.conftest import KNOWING, Run
from tests.conftest import EXAMPLES, need_module


def test_a_script_is_printed_of_a_file_and_of_what_is_published(run: Run, definition: Path) -> None:
    of_file = run("radio", "script", definition, "--lang", "ha", "--episode", "2")
    assert of_file.code == 0
    run("publish", *KNOWING, definition)
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


# ---- episodes


SLIP = {"ticket": "A-1", "who": "woman", "agreed": "count", "state": "counted", "point": "", "language": "ha"}
SHEET = """ticket,time,language,who,age,place,moving,turn_to,point,agrees,danger,before,state
1,18:04,ha,W,,,1,3,the bridge is out,R,,,waiting
total,,,,,,1:1,3:1,,,,,
"""


@pytest.fixture
def planned(run: Run, definition: Path, tmp_path: Path) -> Run:
    (tmp_path / "station.toml").write_text('name = "Radio River"\nfrequency = "98.1"\nnames = ["Maryam"]\n')
    run("publish", *KNOWING, definition)
    hours = ("--opens", "2026-01-01 18:00", "--closes", "2026-01-01 20:00")
    done = run("radio", "plan", "river", "--episode", "2", "--lang", "ha", "--station", "station.toml", *hours)
    assert (done.code, done.out) == (0, "episode 2 of river is planned for 2026-01-01 18:00, Africa/Lagos\n")
    return run


def test_an_episode_goes_from_plan_to_books(planned: Run, tmp_path: Path) -> None:
    told = {"consultation": "river", "episode": 2, "now": 9, "slips": [{"id": "slip-one-two", "about": SLIP}]}
    (tmp_path / "slips.json").write_text(json.dumps(told))
    (tmp_path / "sheet.csv").write_text(SHEET)
    assert planned("radio", "open", "river", "--episode", "2").code == 0
    brought = planned("radio", "import", "river", "--episode", "2", "slips.json")
    assert (brought.code, brought.out) == (0, "1 taken, 0 known, 0 refused\n")
    assert planned("radio", "import", "river", "--episode", "2", "slips.json").out == "0 taken, 1 known, 0 refused\n"
    assert planned("radio", "import", "river", "--episode", "2", "sheet.csv").out == "1 taken, 0 known, 0 refused\n"
    listed = planned("radio", "episodes", "river").out
    assert "2  open" in listed
    assert "Radio River  98.1 slips 2" in listed
    assert planned("radio", "books", "river", "--episode", "2").code == 1
    assert planned("radio", "close", "river", "--episode", "2").code == 0
    books = planned("radio", "books", "river", "--episode", "2").out.splitlines()
    feedback = planned("radio", "feedback", "river", "--episode", "2").out
    (tmp_path / "told.txt").write_text(feedback, encoding="utf-8")
    again = ("--episode", "3", "--lang", "ha", "--opens", "2026-01-08 18:00", "--feedback", "told.txt")
    assert planned("radio", "plan", "river", *again).code == 0
    script = planned("radio", "script", "river", "--episode", "3").out
    assert " ".join(feedback.splitlines()[-1].split()) in " ".join(script.split())
    assert books == [
        "slips      2  (in time 2; agreed to: count 1, recorded 1; flagged 0)",
        "check      2 of 2 slips are in the journal",
    ]


def test_a_ticket_is_erased_once(planned: Run, tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").write_text(SHEET)
    planned("radio", "open", "river", "--episode", "2")
    planned("radio", "import", "river", "--episode", "2", "sheet.csv")
    assert planned("radio", "erase", "river", "--episode", "2", "1").out == "1 erased\n"
    again = planned("radio", "erase", "river", "--episode", "2", "1")
    assert again.code == 1
    assert "no slip with this ticket" in again.err


def test_a_sheet_whose_totals_disagree_names_its_line_and_takes_nothing(planned: Run, tmp_path: Path) -> None:
    (tmp_path / "sheet.csv").write_text(SHEET.replace("1:1,3:1", "1:2,3:1"))
    refused = planned("radio", "import", "river", "--episode", "2", "sheet.csv")
    assert refused.code == 1
    assert "line 3: moving: 1 was counted 2 times and stands on 1 lines; nothing of it was taken" in refused.err
    assert "slips 0" in planned("radio", "episodes", "river").out


def test_a_refused_slip_is_named_by_its_identity_and_field_never_by_its_words(planned: Run, tmp_path: Path) -> None:
    about = SLIP | {"point": "ring 0801234567"}
    told = {"consultation": "river", "episode": 2, "now": 9, "slips": [{"id": "slip-one-two", "about": about}]}
    (tmp_path / "slips.json").write_text(json.dumps(told))
    refused = planned("radio", "import", "river", "--episode", "2", "slips.json")
    assert refused.code == 1
    assert "refused  slip-one-two  point: holds a number; take it out" in refused.out
    assert "0801234567" not in refused.out + refused.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("plan", "river", "--episode", "3", "--opens", "soon"), "2026-12-01 18:00"),
        (
            ("plan", "river", "--episode", "3", "--opens", "2026-01-02 10:00", "--closes", "2026-01-02 09:00"),
            "closes before it opens",
        ),
        (("open", "river", "--episode", "9"), "is not planned"),
        (("import", "river", "--episode", "9", "x.json"), "is not planned"),
        (("import", "river", "--episode", "2", "nowhere.json"), "correct the path"),
    ],
)
def test_what_cannot_be_of_an_episode_is_told_with_its_cure(planned: Run, words: tuple[str, ...], told: str) -> None:
    ended = planned("radio", *words)
    assert ended.code != 0
    assert told in ended.err
