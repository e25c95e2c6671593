"""Rows and the annex leave the hub with two people, and expose nobody beside what left before."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from openpyxl import load_workbook

from consult.cli import opening
from tests.cli.conftest import Run, answers, number, playing, says
from tests.cli.test_admitting import PASSWORD, Person, people, typed

__all__ = ["people"]
TWO = ("--confirmed-by", "Amina", "--confirmed-by", "Ruth")


@pytest.fixture
def forty(played: Path) -> Path:
    with playing() as house:
        answers(house, range(25, 40))
    return played


def read(file: Path) -> list[list[str]]:
    return list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))


def audit() -> str:
    with opening.house() as house:
        return "\n".join(line[2] for line in house.store.read(lambda view: view.audit()))


def test_rows_are_written_for_two_and_noted(run: Run, forty: Path, tmp_path: Path) -> None:
    assert run("export", "rows", "river").code == 2
    assert run("export", "rows", "river", "--confirmed-by", "Amina", "--confirmed-by", " Amina ").code == 2
    ended = run("export", "rows", "river", *TWO)
    assert ended.code == 0, ended.err
    assert "40 open" in ended.out
    file = tmp_path / "river-rows.csv"
    assert file.stat().st_mode & 0o077 == 0
    head, *rows = read(file)
    assert head[0] == "row"
    assert len({row[0] for row in rows}) == len(rows) == 40
    told = audit()
    assert "rows of river confirmed by Amina and Ruth" in told
    assert "de-identified rows of river were written" in told
    assert not any(number(woman) in file.read_text(encoding="utf-8") for woman in range(40))


def test_the_same_rows_as_a_spreadsheet_and_as_a_database(run: Run, forty: Path, tmp_path: Path) -> None:
    assert run("export", "rows", "river", *TWO, "--format", "xlsx", "--output", "one.xlsx").code == 0
    assert run("export", "rows", "river", *TWO, "--format", "sqlite", "--output", "two.db").code == 0
    sheet = list(load_workbook(tmp_path / "one.xlsx")["open"].iter_rows(values_only=True))
    with closing(sqlite3.connect(tmp_path / "two.db")) as database:
        cursor = database.execute('SELECT * FROM "open"')
        rows = cursor.fetchall()
        columns = tuple(each[0] for each in cursor.description)
    assert columns == sheet[0]
    assert sorted(row[1:] for row in rows) == sorted(tuple(cell or "" for cell in row[1:]) for row in sheet[1:])
    assert {row[0] for row in rows}.isdisjoint(row[0] for row in sheet[1:])


def test_one_who_came_or_left_since_brings_no_new_rows(run: Run, forty: Path) -> None:
    assert run("export", "rows", "river", *TWO).code == 0
    assert run("export", "rows", "river", *TWO).code == 0  # nobody moved: the same people
    with playing() as house:
        answers(house, range(40, 41))
    ended = run("export", "rows", "river", *TWO)
    assert (ended.code, "fewer than 10 people" in ended.err) == (1, True)
    with playing() as house:
        answers(house, range(41, 50))
    assert run("export", "rows", "river", *TWO).code == 0
    assert run("erase", number(3)).code == 0
    assert run("export", "rows", "river", *TWO).code == 1


def test_rows_with_and_without_shared_telephones_do_not_tell_who_shares(run: Run, forty: Path) -> None:
    with playing() as house:
        says(house, 3, "ANOTHER PERSON")
        says(house, 61, "RIVER", "1", "1", "ANOTHER PERSON", "1", "1", "2", "1", "2")
    assert run("export", "rows", "river", *TWO).code == 0
    assert run("export", "rows", "river", *TWO, "--without-shared").code == 1
    assert run("export", "rows", "river", *TWO).code == 0


def test_fewer_than_thirty_have_no_rows(run: Run, played: Path) -> None:
    ended = run("export", "rows", "river", *TWO)
    assert (ended.code, "30 people" in ended.err) == (1, True)


def test_where_two_can_decide_another_has_to(run: Run, forty: Path, people: tuple[Person, Person]) -> None:
    amina, ruth = people
    asked = run("export", "rows", "river", *TWO, typed=typed(ruth))
    assert (asked.code, "approval 1" in asked.out) == (0, True)
    assert not Path("river-rows.csv").exists()
    assert run("export", "annex", "river", "--approval", "1", typed=typed(ruth, back=-30)).code == 1
    assert run("approve", "1", typed=typed(amina)).code == 0
    done = run("export", "rows", "river", "--approval", "1", typed=f"Ruth\n{PASSWORD}\n{ruth.paper[0]}\n")
    assert done.code == 0, done.err
    assert Path("river-rows.csv").exists()


def test_early_warnings_go_to_the_annex_alone(run: Run, forty: Path) -> None:
    before = run("tally", "river", "--who", "Ruth").out
    with playing() as house:
        says(house, 60, "RIVER", "1", "ALERT", "1", "1", "2", "1", "2")
    ended = run("export", "annex", "river", *TWO)
    assert ended.code == 0, ended.err
    head, line = read(Path("river-annex.csv"))
    assert head == ["day", "channel", "came", "who"]
    assert line[:3] == ["2026-01-01", "sms", "open"]
    assert number(60) not in str(line)
    assert "the restricted annex of river was read" in audit()
    assert "alert" not in run("tally", "river", "--who", "Ruth").out.casefold()
    assert "alert" not in before.casefold()


def test_an_annex_without_warnings_says_so(run: Run, played: Path) -> None:
    assert "no early warning" in run("export", "annex", "river", *TWO).out
