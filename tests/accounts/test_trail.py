"""The audit, outside its database."""

from __future__ import annotations

import hashlib

import pytest

from consult.accounts import trail
from consult.house import House
from tests.accounts.conftest import AT, Person


@pytest.fixture
def lines(house: House, amina: Person, ruth: Person) -> list[trail.Line]:
    return house.store.read(lambda view: view.audit())


def test_an_exported_audit_holds(lines: list[trail.Line]) -> None:
    read = trail.read(trail.written(lines))
    assert read == [(number, *line[1:]) for number, line in enumerate(lines, 1)]
    assert trail.verify(read) == trail.Verdict(len(lines), lines[-1][3])


def test_anybody_can_check_it_with_three_lines(lines: list[trail.Line]) -> None:
    before = ""
    for line in trail.written(lines).splitlines()[1:]:
        day, what, hashed = line.split("\t")
        before = hashlib.sha256(f"{before}\n{day}\n{what}\n".encode()).hexdigest()
        assert before == hashed


@pytest.mark.parametrize("change", ["word", "gone", "added", "swapped"])
def test_any_change_shows(lines: list[trail.Line], change: str) -> None:
    altered = list(lines)
    match change:
        case "word":
            altered[2] = (*altered[2][:2], altered[2][2] + " not", altered[2][3])
        case "gone":
            del altered[2]
        case "added":
            altered.insert(2, altered[1])
        case "swapped":
            altered[1], altered[2] = altered[2], altered[1]
    assert trail.verify(trail.read(trail.written(altered))).broken in (2, 3)


def test_a_cut_end_shows_by_the_hash_that_was_noted(lines: list[trail.Line]) -> None:
    noted = lines[-1][3]
    assert trail.verify(lines, noted).passed
    assert trail.verify(lines[:-1]).broken is None
    assert not trail.verify(lines[:-1], noted).passed


@pytest.mark.parametrize("text", ["", "other\n", "consult audit 1\nonly words\n"])
def test_another_file_is_told_apart(text: str) -> None:
    with pytest.raises(ValueError, match="line"):
        trail.read(text)


def test_no_line_can_forge_a_second_one(house: House) -> None:
    house.store.write(lambda tx: tx.note(AT // 86_400, "one\ttwo\nthree"))
    (_, _, what, _) = house.store.read(lambda view: view.audit())[-1]
    assert what == "one two three"
