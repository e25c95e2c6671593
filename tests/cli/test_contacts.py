"""Lists in, counted, taken back; no number is ever printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from consult.cli import opening
from consult.consultation import write
from tests.cli.conftest import KNOWING, Run, number, river

GOOD = "08031200001", "+2348031200002", "0803 120 0003"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    rows = (
        "phone,language,name",
        f"{GOOD[0]},ha,Amina",
        f"{GOOD[1]},en,Ruth",
        f"{GOOD[2]},,Sade",
        "12,en,Nobody",
        ",,",
    )
    file = tmp_path / "list.csv"
    file.write_text("\n".join(rows), encoding="utf-8")
    return file


def enrolled() -> int:
    with opening.house() as house:
        return len(house.store.read(lambda view: list(view.enrolments("river"))))


def test_a_dry_run_keeps_nothing(run: Run, hub: Path, sheet: Path) -> None:
    ended = run("contacts", "import", sheet, "--region", "ng", "--dry-run")
    assert ended.code == 0
    assert "3 new" in ended.out
    assert "row 5" in ended.out
    assert "nothing was kept" in ended.out
    assert enrolled() == 0


def test_a_list_comes_in_and_goes_again(run: Run, hub: Path, sheet: Path) -> None:
    ended = run("contacts", "import", sheet, "--region", "NG", "--consultation", "river")
    assert ended.code == 0
    assert "import 1: 3 enrolled in river" in ended.out
    assert not any(each.replace(" ", "")[-7:] in ended.out + ended.err for each in GOOD)
    assert enrolled() == 3
    again = run("contacts", "import", sheet, "--region", "NG")
    assert "3 enrolled already" in again.out
    listed = run("contacts", "list")
    assert "waiting" in listed.out
    assert "ha" in listed.out
    assert "3 people" in run("contacts", "undo", "1").out
    assert enrolled() == 0
    assert "taken back" in run("contacts", "list").out


def test_bad_rows_are_written_for_whoever_made_the_list(run: Run, hub: Path, sheet: Path, tmp_path: Path) -> None:
    assert run("contacts", "import", sheet, "--region", "NG", "--errors", "bad.csv").code == 0
    assert "5,short code" in (tmp_path / "bad.csv").read_text(encoding="utf-8-sig")
    assert (tmp_path / "bad.csv").stat().st_mode & 0o077 == 0


def test_a_list_without_one_good_row_fails(run: Run, hub: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("phone\n12\nxx\n")
    ended = run("contacts", "import", "bad.csv")
    assert ended.code == 1
    assert "nobody new" in ended.out


@pytest.mark.parametrize(
    "content", [b"", b"name\nAmina\n", b"phone,phone\n1,2\n", b"\xff\xfe\x00\x00", b"PK\x03\x04torn"]
)
def test_a_list_that_is_none_is_refused_in_one_line(run: Run, hub: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.csv").write_bytes(content)
    ended = run("contacts", "import", "bad.csv")
    assert (ended.code, ended.err.count("\n")) == (1, 1)
    assert run("contacts", "import", "nowhere.csv").code == 1


def test_which_consultation_must_be_clear(run: Run, hub: Path, sheet: Path, tmp_path: Path) -> None:
    assert run("contacts", "import", sheet, "--consultation", "lake").code == 1
    lake = river(keyword={}, open=False)
    (tmp_path / "lake.toml").write_text(write(lake).replace('name = "river"', 'name = "lake"', 1), encoding="utf-8")
    assert run("publish", *KNOWING, "lake.toml").code == 0
    ended = run("contacts", "import", sheet, "--region", "NG")
    assert ended.code == 2
    assert "lake" in ended.err
    assert "river" in ended.err


def test_an_import_that_is_unknown_is_told(run: Run, hub: Path) -> None:
    assert run("contacts", "undo", "7").code == 1
    assert "nobody is enrolled" in run("contacts", "list").out


def test_codes_are_printed_once_and_each_is_another(run: Run, hub: Path) -> None:
    ended = run("contacts", "codes", "river", "--count", "30")
    codes = ended.out.split()
    assert len(set(codes)) == 30
    assert "kept nowhere" in ended.err
    assert not any(code.encode() in file.read_bytes() for file in hub.glob("consult.db*") for code in codes)
    assert number(1) not in ended.out
