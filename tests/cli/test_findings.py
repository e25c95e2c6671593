"""What anybody may see passes the gate; what someone at this machine sees leaves a line in the audit trail."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from consult.cli import opening
from consult.spreadsheets import inert
from tests.cli.conftest import Run, answers, outside, playing, says


def test_a_script_reads_every_figure(run: Run, played: Path) -> None:
    ended = run("findings", "show", "river", "--format", "json")
    assert ended.code == 0
    shown = json.loads(ended.out)
    assert (shown["consultation"], shown["version"], shown["raw"], shown["frame"]) == ("river", 1, False, "open")
    assert (shown["started"], shown["consented"], shown["finished"], shown["stopped"]) == (25, 25, 25, "<10")
    moving = shown["questions"][0]
    assert (moving["name"], moving["type"], moving["people"]) == ("moving", "select_one", 25)
    assert moving["counts"]["easier"] == 13
    assert moving["counts"]["harder"] == 12
    assert moving["counts"]["same"] == "<10"
    turned = next(question for question in shown["questions"] if question["name"] == "turn_to")
    assert set(turned["counts"].values()) == {"<10"}


@pytest.mark.parametrize("people", [0, 1, 9])
def test_fewer_than_ten_people_are_no_number(run: Run, hub: Path, people: int) -> None:
    with playing() as house:
        answers(house, range(people))
    shown = json.loads(run("findings", "show", "river", "--format", "json").out)
    questions = shown.pop("questions")
    numbers = [value for name, value in shown.items() if isinstance(value, int) and name not in ("version", "raw")]
    assert numbers == []
    assert {question["people"] for question in questions} == {"<10"}
    assert {n for question in questions for n in question["counts"].values()} == {"<10"}


def test_nobody_looks_like_one(run: Run, hub: Path) -> None:
    nobody = json.loads(run("findings", "show", "river", "--format", "json").out)
    with playing() as house:
        says(house, 1, "RIVER", "1", "2")
    one = json.loads(run("findings", "show", "river", "--format", "json").out)
    assert [nobody.pop("frames"), one.pop("frames") == []] == [[], False]
    assert nobody == one
    assert run("findings", "show", "river", "--frame", "enrolled").code == 0


def test_figures_stand_still_until_ten_more_have_spoken(run: Run, played: Path) -> None:
    before = run("findings", "show", "river", "--format", "json").out
    with playing() as house:
        answers(house, range(25, 34))
    assert run("findings", "show", "river", "--format", "json").out == before
    with playing() as house:
        answers(house, range(34, 35))
    assert json.loads(run("findings", "show", "river", "--format", "json").out)["started"] == 35


def test_the_table_speaks_the_hubs_language(run: Run, played: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Less hard" not in run("findings", "show", "river").out
    assert "Easier" in run("findings", "show", "river").out
    monkeypatch.setenv("CONSULT_LOCALE", "fr")
    assert "Plus facile" in run("findings", "show", "river").out


def test_the_csv_holds_every_code_and_no_formula(run: Run, played: Path) -> None:
    ended = run("findings", "show", "river", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ended.out)))
    found = {(row["question"], row["code"]): row["people"] for row in rows}
    assert found["", "started"] == "25"
    assert found["moving", "easier"] == "13"
    assert found["moving", "same"] == "<10"
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for row in rows for cell in row.values())


@pytest.mark.parametrize("cell", ["=1+1", "+237", "-2", "@x", "\tx", "\rx"])
def test_a_cell_that_begins_a_formula_is_made_inert(cell: str) -> None:
    assert inert(cell) == f"'{cell}"
    assert inert(12) == 12
    assert inert("road") == "road"


def test_a_file_of_figures_is_its_owners_alone(run: Run, played: Path, tmp_path: Path) -> None:
    ended = run("findings", "show", "river", "--format", "json", "--output", "river.json")
    assert (ended.code, ended.out) == (0, "")
    assert json.loads((tmp_path / "river.json").read_text())["started"] == 25
    assert (tmp_path / "river.json").stat().st_mode & 0o077 == 0


def test_an_unknown_name_lists_those_there_are(run: Run, hub: Path) -> None:
    ended = run("findings", "show", "lake")
    assert ended.code == 1
    assert "river" in ended.err
    assert len(ended.err.splitlines()) == 1


def test_a_tally_is_raw_and_leaves_a_line(run: Run, played: Path) -> None:
    ended = run("tally", "river", "--who", "Amina  \n Bello", "--format", "json")
    shown = json.loads(ended.out)
    assert shown["raw"] is True
    turned = next(question for question in shown["questions"] if question["name"] == "turn_to")
    assert sum(turned["counts"].values()) == 25
    assert shown["stopped"] == 0
    with opening.house() as house:
        lines = [line for _, _, line, _ in house.store.read(lambda view: view.audit())]
    assert lines[-1] == "raw tally of river read by Amina Bello"


def test_a_tally_wants_a_name(run: Run, played: Path) -> None:
    assert run("tally", "river").code == 2
    assert run("tally", "river", "--who", " ").code == 2


def test_both_halves_of_the_kit_open_the_answers(run: Run, played: Path, tmp_path: Path) -> None:
    (played / "keys" / "consultations" / "river.key").unlink()
    refused = run("tally", "river", "--who", "Amina")
    assert refused.code == 1
    assert "both halves" in refused.err
    halves = [file.read_text() for file in sorted((tmp_path / "kit").iterdir())]
    ended = run("tally", "river", "--who", "Amina", "--kit", "--format", "json", typed="\n".join(halves))
    assert json.loads(ended.out)["started"] == 25
    one = run("tally", "river", "--who", "Amina", "--kit", typed=halves[0])
    assert one.code == 1
    assert "two halves are needed, 1 came" in one.err


def test_a_process_of_its_own_says_the_same(played: Path) -> None:
    ended = outside("findings", "show", "river", "--format", "json", CONSULT_DATA=str(played))
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out)["finished"] == 25


def test_the_tally_is_made_with_and_without_shared_telephones(run: Run, hub: Path) -> None:
    with playing() as house:
        answers(house, range(3))
        says(house, 7, "RIVER", "1", "1", "another woman", "1", "1")

    def people(*more: str) -> tuple[int, int]:
        shown = json.loads(run("tally", "river", "--who", "Amina", "--format", "json", *more).out)
        return shown["started"], shown["shared"]

    assert people() == (5, 2)
    assert people("--without-shared") == (3, 0)


@pytest.mark.parametrize("change", ["verdict = 'late'", "day = day + 1", "frame = 'enrolled'", "seq = seq + 1000"])
def test_an_altered_envelope_shows_nothing_and_says_what_to_do(run: Run, hub: Path, change: str) -> None:
    with playing() as house:
        answers(house, range(2))
    with closing(sqlite3.connect(hub / "consult.db")) as database:
        database.execute("DROP TRIGGER journal_update")
        database.execute(f"UPDATE journal SET {change} WHERE arrival = (SELECT max(arrival) FROM journal)")
        database.commit()
    ended = run("tally", "river", "--who", "Amina")
    assert ended.code != 0
    assert "compare it with a backup" in ended.err
    assert ended.out == ""
