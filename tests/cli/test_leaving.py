"""Erasing someone who asked for it, and retiring a consultation: both for ever."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from consult.cli import opening
from tests.cli.conftest import AT, Run, number, playing, says


def tallied(run: Run) -> int:
    return json.loads(run("tally", "river", "--who", "Amina", "--format", "json").out)["started"]


def test_an_operators_erasure_is_hers(run: Run, played: Path) -> None:
    before = tallied(run)
    ended = run("erase", "-", typed=f"{number(3)}\n")
    assert ended.code == 0
    assert number(3)[-7:] not in ended.out + ended.err
    assert tallied(run) == before - 1
    with opening.house() as house:
        index = house.vault.index(number(3))
        address = house.store.read(lambda view: view.address(index))
        assert address
        assert (address.sealed, address.generation) == (b"", 1)
        assert house.store.read(lambda view: view.suppressed(index))
        assert house.suppressions.standing()[index].generation == 1
        audit = [line for _, _, line, _ in house.store.read(lambda view: view.audit())]
        assert house.store.read(lambda view: view.traffic(address.id)) == []
    assert any("erased" in line for line in audit)
    assert not any(number(3)[-4:] in line for line in audit)


def test_her_number_is_in_no_file(run: Run, played: Path) -> None:
    run("erase", number(4))
    for file in played.rglob("*"):
        if file.is_file() and "phones" not in file.parts:  # the simulated telephones are hers
            assert number(4)[1:].encode() not in file.read_bytes()


def test_erasing_a_stranger_says_the_same(run: Run, played: Path) -> None:
    known, unknown = run("erase", number(5)), run("erase", "+2348031299999")
    assert (known.code, known.out) == (unknown.code, unknown.out)
    with opening.house() as house:
        assert house.store.read(lambda view: view.suppressed(house.vault.index("+2348031299999")))


@pytest.mark.parametrize("typed", ["", "12", "Amina", "+1", "+99999999999999999"])
def test_what_is_no_number_erases_nobody(run: Run, played: Path, typed: str) -> None:
    ended = run("erase", "-", typed=typed)
    assert (ended.code, ended.err.count("\n")) == (2, 1)


def test_she_may_come_again_and_is_somebody_else(run: Run, played: Path) -> None:
    run("erase", number(6))
    before = tallied(run)
    with playing() as house:
        says(house, 6, "RIVER", "1", at=AT + 86_400)
    assert tallied(run) == before + 1


def test_retiring_closes_every_answer(run: Run, played: Path) -> None:
    ended = run("retire", "river", "--confirmed-by", "Amina", "--confirmed-by", "Ruth")
    assert ended.code == 0
    assert "closed for ever" in ended.out
    assert not (played / "keys" / "consultations" / "river.key").exists()
    assert run("tally", "river", "--who", "Amina").code == 1
    assert run("contacts", "codes", "river", "--count", "1").code == 1


@pytest.mark.parametrize(
    ("people", "code"), [(("Amina",), 2), (("Amina", "amina "), 1), (("A", "B", "C"), 2), (("Amina", " "), 1)]
)
def test_two_people_retire_it(run: Run, hub: Path, people: tuple[str, ...], code: int) -> None:
    confirmed = [word for person in people for word in ("--confirmed-by", person)]
    assert run("retire", "river", *confirmed).code == code
    assert (hub / "keys" / "consultations" / "river.key").exists()


def test_what_is_not_there_is_not_retired(run: Run, hub: Path) -> None:
    ended = run("retire", "lake", "--confirmed-by", "Amina", "--confirmed-by", "Ruth")
    assert (ended.code, ended.err) == (1, "consult: no consultation 'lake' is published\n")
