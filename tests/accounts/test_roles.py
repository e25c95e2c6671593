"""What each role may do is this table, and nothing else."""

from __future__ import annotations

import pytest

from consult.accounts.roles import HUB, ROLES, Right, may, rights, seen
from consult.store.members import Grant

ALLOWED = {
    "administrator": "see ask approve tokens people audit nodes",
    "facilitator": "see releases traffic figures contacts launch release protect design translate record ask approve",
    "moderator": "see traffic protect moderate",
    "guardian": "see protect flags",
    "coder": "see code",
    "producer": "see traffic air",
    "translator": "see translate",
    "voice": "see record",
    "mediator": "see releases figures answer approve",
    "representative": "see releases answer",
}


@pytest.mark.parametrize("role", ALLOWED)
def test_a_role_is_what_the_table_says(role: str) -> None:
    assert {str(right) for right in ROLES[role]} == set(ALLOWED[role].split())


def test_there_are_no_other_roles() -> None:
    assert set(ROLES) == set(ALLOWED)


def test_a_role_counts_where_it_was_given() -> None:
    given = [Grant(1, "facilitator", "river")]
    assert may(given, Right.FIGURES, "river")
    assert not may(given, Right.FIGURES, "market")
    assert not rights(given, HUB)
    assert seen(given, ["river", "market"]) == ["river"]


def test_roles_add_up_and_an_unknown_one_adds_nothing() -> None:
    both = [Grant(1, "moderator", "river"), Grant(1, "mediator", "river"), Grant(1, "emperor", HUB)]
    assert rights(both, "river") == ROLES["moderator"] | ROLES["mediator"]


def test_no_right_shows_a_number_or_one_person_s_answer() -> None:
    assert {str(right) for right in Right} == set(" ".join(ALLOWED.values()).split())
