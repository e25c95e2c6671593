"""What a speaker still has to read aloud, in the order of the record sheet."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from channels.voice.speech import Speech
from consult.speech import recording
from consult.speech.recording import Progress, Row, following
from consult.speech.script import Line
from consult.speech.shelf import Shelf, Take
from tests.speech.sounds import tone

LINES = [Line("here", Speech(text, tag)) for tag in ("en", "ar") for text in ("One", "Two", "Three")]


def test_lines_are_numbered_by_language_and_each_says_how_it_stands(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.keep(LINES[0].speech, "en", tone(1.0))
    shelf.keep(LINES[1].speech, "en", tone(0.5), "drafted")
    found = recording.rows(LINES, "en", "", shelf)
    assert [(row.number, row.state) for row in found] == [(1, "recorded"), (2, "drafted"), (3, "missing")]
    assert recording.progress(found) == Progress(1, 1, 1, 1.5)
    assert [row.state for row in recording.rows(LINES, "ar", "", shelf)] == ["missing"] * 3


def test_a_take_is_kept_in_the_dialect_that_is_spoken(tmp_path: Path) -> None:
    shelf, line = Shelf(tmp_path), LINES[3]
    recording.keep(shelf, line, "ar-SD", tone(0.3))
    assert recording.rows(LINES, "ar", "ar-SD", shelf)[0].state == "recorded"
    assert recording.rows(LINES, "ar", "", shelf)[0].state == "missing"


def test_a_dialect_that_is_none_is_the_plain_language() -> None:
    for wrong in ("", "../../keys", "ar/../..", "x" * 80):
        assert recording.dialect_of({"ar": wrong}, "ar") == ""
    assert recording.dialect_of({"ar": "ar-SD"}, "ar") == "ar-SD"


@given(st.lists(st.booleans(), min_size=1, max_size=12), st.integers(0, 12))
def test_whoever_follows_from_any_line_comes_past_every_line_that_waits(waits: list[bool], start: int) -> None:
    """Recording each line she is led to, she is led to each once, and then to none."""
    take = Take("0" * 32 + ".wav", 1, "recorded")
    rows = [Row(n, Line("", Speech(str(n), "en")), None if waiting else take) for n, waiting in enumerate(waits, 1)]
    seen, at = [], start
    while (row := following(rows, at)) is not None:
        seen.append(row.number)
        rows[row.number - 1] = Row(row.number, row.line, take)
        at = row.number
    led = {n for n, waiting in enumerate(waits, 1) if waiting}
    assert len(seen) == len(set(seen))
    assert set(seen) == led - ({start} if len(led) == 1 else set())
    assert not [row for row in rows if row.waits and row.number != start]
