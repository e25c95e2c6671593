"""There and back: the code is shown once, and whoever left stays gone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from consult.cli import opening
from tests.cli.conftest import Run, number


@pytest.fixture
def backed(run: Run, played: Path, tmp_path: Path) -> str:
    """A backup in `stick`; its recovery code."""
    ended = run("backup", "stick")
    assert ended.code == 0, ended.err
    found = re.search(r"((?:\w{5}[ \n]+){15})", ended.out.split("nowhere:")[1])
    assert found
    return found[1]


def newest(tmp_path: Path) -> Path:
    return max((tmp_path / "stick").glob("*.backup"))


def test_the_code_is_shown_at_the_first_backup_only(run: Run, backed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSULT_BACKUP", "stick")
    ended = run("backup")
    assert ended.code == 0
    assert "RECOVERY CODE" not in ended.out
    assert "stick/consult-" in ended.out
    assert run("backup", "--check", typed=backed).code == 0


def test_a_code_is_tried_while_it_can_still_be_replaced(run: Run, backed: str) -> None:
    mistyped = backed[:-3] + ("A" if backed[-3] != "A" else "B") + backed[-2:]
    ended = run("backup", "--check", typed=mistyped)
    assert (ended.code, ended.err.count("\n")) == (1, 1)
    replaced = run("backup", "stick", "--new-code")
    assert "RECOVERY CODE" in replaced.out
    assert run("backup", "--check", typed=backed).code == 1


def test_everything_comes_back_and_says_what_is_to_be_done(
    run: Run, backed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("erase", number(2))
    run("backup", "stick")  # the copy of the list knows of her now; the older backup still holds her
    oldest = min((tmp_path / "stick").glob("*.backup"))
    ended = run("restore", oldest, "--data", "new", typed=backed)
    assert ended.code == 0, ended.err
    assert "erased again: 1" in ended.out or oldest == newest(tmp_path)
    assert "CONSULT_DATA=new consult kit river" in ended.out
    monkeypatch.setenv("CONSULT_DATA", "new")
    halves = "\n".join(file.read_text() for file in sorted((tmp_path / "kit").iterdir()))
    assert run("kit", "river", typed=halves).code == 0
    assert json.loads(run("tally", "river", "--who", "Amina", "--format", "json").out)["started"] == 24


def test_without_the_list_of_who_left_two_people_decide(run: Run, backed: str, tmp_path: Path) -> None:
    (tmp_path / "stick" / "suppressed").unlink()
    refused = run("restore", newest(tmp_path), "--data", "new", typed=backed)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "--two-people" in refused.err
    assert run("restore", newest(tmp_path), "--data", "new", "--two-people", "A", "a", typed=backed).code == 1
    assert not (tmp_path / "new").exists()
    assert run("restore", newest(tmp_path), "--data", "new", "--two-people", "Amina", "Ruth", typed=backed).code == 0


def test_a_restore_goes_nowhere_but_into_an_empty_folder(run: Run, backed: str, tmp_path: Path) -> None:
    assert run("restore", newest(tmp_path), typed=backed).code == 1  # CONSULT_DATA is lived in
    assert run("restore", newest(tmp_path), "--data", "new", typed="nonsense").code == 1
    assert run("restore", "nowhere.backup", "--data", "new", typed=backed).code == 2
    assert not (tmp_path / "new").exists()


def test_a_backup_needs_somewhere_to_go(run: Run, hub: Path) -> None:
    assert run("backup").code == 2
    assert run("backup", hub).code == 2
    (hub.parent / "taken").write_text("a file")
    assert run("backup", "taken").code == 3


def test_a_damaged_backup_key_is_no_reason_for_a_new_one(run: Run, backed: str, played: Path) -> None:
    (played / "keys" / "backup.pub").write_text("damaged")
    ended = run("backup", "stick")
    assert ended.code == 1
    assert "RECOVERY CODE" not in ended.out
    with opening.house() as house:
        assert house.settings.data == played
