"""A definition played in the terminal: nothing of it stays."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from consult.consultation import write
from tests.cli.conftest import EXAMPLES, Run, outside, river

BUBBLE = re.compile(r"^'- \d+ x (GSM-7|UCS-2)", re.MULTILINE)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)


def bubbles(out: str) -> int:
    return len(BUBBLE.findall(out))


def test_hausa_is_played_from_a_pipe(run: Run, definition: Path, tmp_path: Path) -> None:
    ended = run("try", definition, "--channel", "sms", "--lang", "ha", typed="1\n1\n2\n2\n1\n2\n")
    assert ended.code == 0
    assert ended.out.startswith("> RUWA\n")
    assert "Zauren Bakin Ruwa" in ended.out
    assert bubbles(ended.out) == 8
    assert re.search(r"^\(8 messages, \d+ segments", ended.out, re.MULTILINE)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not (tmp_path / "data").exists()


def test_arabic_is_isolated_and_counted(definition: Path) -> None:
    ended = outside("try", str(definition), "--lang", "ar", typed="1\n٣\n")
    assert ended.code == 0
    assert "UCS-2" in ended.out
    assert "ما الذي يجعل الطريق أصعب؟" in ended.out  # asked of those who said harder only: ٣ was understood
    assert "\u2068" in ended.out


def test_a_campaign_would_begin_with_the_invitation(run: Run, definition: Path) -> None:
    ended = run("try", definition, "--lang", "fr", "--invited", typed="1\n")
    assert ended.code == 0
    first = ended.out.split("> 1")[0]
    assert "1" in first
    assert bubbles(first) == 1
    assert bubbles(ended.out) == 3  # then the two messages of consent


def test_orders_end_it_and_are_confirmed(run: Run, definition: Path) -> None:
    ended = run("try", definition, typed="1\nSTOP\nRIVER\n")
    assert bubbles(ended.out) >= 4
    assert ended.code == 0


@pytest.mark.parametrize("opens", [date(2099, 1, 1), None])
def test_it_is_played_as_if_it_were_open(run: Run, tmp_path: Path, opens: date | None) -> None:
    closed = date(2001, 1, 1) if opens is None else date(2099, 2, 1)
    file = tmp_path / "other.toml"
    file.write_text(write(replace(river(), opening=opens, closing=closed, news_by=closed)), encoding="utf-8")
    for more in ((), ("--invited",)):
        assert "River Circle" in run("try", file, *more, typed="1\n").out


def test_a_closed_door_opens_with_a_code(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "closed.toml"
    file.write_text(write(river(open=False)), encoding="utf-8")
    ended = run("try", file)
    assert re.match(r"> RIVER \w{4}-\w{4}-\w\n", ended.out)
    assert "River Circle" in ended.out


def test_warnings_come_first_and_in_brief(run: Run) -> None:
    ended = run("try", EXAMPLES / "safety.toml", "--lang", "ckb")
    assert "consult check finds" in ended.err
    assert len(ended.err.splitlines()) < 14


@pytest.mark.parametrize(
    ("words", "says"),
    [(("--channel", "pigeon"), "sms"), (("--lang", "xx"), "en, fr, ar"), (("--lang", "kri"), "en, fr")],
)
def test_what_there_is_is_listed(run: Run, definition: Path, words: tuple[str, ...], says: str) -> None:
    ended = run("try", definition, *words)
    assert ended.code == 2
    assert says in ended.err.splitlines()[-1]


def test_without_safe_hours_nobody_is_invited(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "silent.toml"
    file.write_text(write(river(safe_hours=None)), encoding="utf-8")
    ended = run("try", file, "--invited")
    assert ended.code == 1
    assert "safe_hours" in ended.err


def test_a_call_is_played_by_keys(run: Run, definition: Path) -> None:
    ended = run("try", definition, "--channel", "voice", "--lang", "ha", typed="1\n1\n0\n7\n9\n")
    assert ended.code == 0, ended.err
    assert ended.out.startswith("> RUWA\n")
    assert "danna 1" in ended.out
    assert ended.out.count("(hangs up)") == 1
    assert "(the call is over)" in ended.out
    assert "(0 messages, 0 segments to send" in ended.out


def test_nobody_is_called_in_a_trial(run: Run, definition: Path) -> None:
    ended = run("try", definition, "--channel", "voice", "--invited")
    assert ended.code == 2
    assert "leave --invited out" in ended.err
