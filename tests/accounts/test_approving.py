"""Two people: asked by one, approved by another, done once, both on record. And keys for programs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from consult.accounts import NotAllowed, approving, members, tokens
from consult.accounts.roles import HUB
from consult.house import House
from consult.store.members import Grant
from tests.accounts.conftest import AT, Person, audit, joined


@pytest.fixture
def lena(house: House) -> Person:
    return joined(house, "Lena", "mediator", "safety")


def why(act: Callable[[], object]) -> str:
    with pytest.raises(NotAllowed) as told:
        act()
    return told.value.why


def test_one_asks_another_approves_and_it_is_done(house: House, ruth: Person, lena: Person) -> None:
    id = approving.ask(house, "retire", "safety", ruth.id, AT)
    approving.approve(house, id, lena.id, AT + 5)
    retired = house.store.read(lambda view: view.published("safety"))
    assert retired is not None
    assert retired.retired == AT // 86_400
    told = "\n".join(audit(house))
    assert f"account {ruth.id}: asked for retire of safety (approval {id})" in told
    assert f"account {lena.id}: approved retire of safety, asked by account {ruth.id} (approval {id})" in told
    assert f"approval {id} was carried out" in told


def test_nobody_approves_their_own(house: House, ruth: Person) -> None:
    id = approving.ask(house, "retire", "safety", ruth.id, AT)
    assert why(lambda: approving.approve(house, id, ruth.id, AT)) == "own"
    assert (house.settings.data / "keys/consultations/safety.key").exists()


def test_nobody_makes_up_the_other_person_for_the_occasion(house: House, ruth: Person, lena: Person) -> None:
    id = approving.ask(house, "retire", "safety", ruth.id, AT)
    late = joined(house, "Late", "mediator", "safety", AT + 5)
    assert why(lambda: approving.approve(house, id, late.id, AT + 9)) == "new"
    members.grant(house, Grant(lena.id, "moderator", "safety"), ruth.id, AT + 5)
    assert why(lambda: approving.approve(house, id, lena.id, AT + 9)) == "new"
    assert (house.settings.data / "keys/consultations/safety.key").exists()
    again = approving.ask(house, "kit", "safety", ruth.id, AT + 20)
    approving.approve(house, again, late.id, AT + 21)


def test_it_is_approved_once(house: House, ruth: Person, lena: Person) -> None:
    id = approving.ask(house, "kit", "safety", ruth.id, AT)
    approving.approve(house, id, lena.id, AT)
    assert why(lambda: approving.approve(house, id, lena.id, AT)) == "approval"
    approving.claim(house, id, "kit", "safety", ruth.id, AT)
    assert why(lambda: approving.claim(house, id, "kit", "safety", ruth.id, AT)) == "approval"


def test_what_was_asked_ends(house: House, ruth: Person, lena: Person) -> None:
    id = approving.ask(house, "retire", "safety", ruth.id, AT)
    assert why(lambda: approving.approve(house, id, lena.id, AT + approving.LIFE)) == "approval"


def test_an_approval_is_for_this_and_for_who_asked(house: House, ruth: Person, lena: Person) -> None:
    id = approving.ask(house, "kit", "safety", ruth.id, AT)
    assert why(lambda: approving.claim(house, id, "kit", "safety", ruth.id, AT)) == "approval"  # not approved yet
    approving.approve(house, id, lena.id, AT)
    assert why(lambda: approving.claim(house, id, "kit", "pulse", ruth.id, AT)) == "approval"
    assert why(lambda: approving.claim(house, id, "retire", "safety", ruth.id, AT)) == "approval"
    assert why(lambda: approving.claim(house, id, "kit", "safety", lena.id, AT)) == "approval"
    assert why(lambda: approving.claim(house, id, "kit", "safety", ruth.id, AT + approving.LIFE)) == "approval"


def test_both_need_the_right_in_that_consultation(house: House, ruth: Person, lena: Person) -> None:
    elsewhere = joined(house, "Elsewhere", "facilitator", "pulse")
    assert why(lambda: approving.ask(house, "retire", "pulse", ruth.id, AT)) == "right"
    assert why(lambda: approving.ask(house, "retire", "safety", lena.id, AT)) == "right"
    id = approving.ask(house, "retire", "safety", ruth.id, AT)
    assert why(lambda: approving.approve(house, id, elsewhere.id, AT)) == "right"
    assert why(lambda: approving.refuse(house, id, elsewhere.id, AT)) == "right"


def test_who_asked_must_still_be_trusted_when_it_is_approved(
    house: House, amina: Person, ruth: Person, lena: Person
) -> None:
    id = approving.ask(house, "retire", "safety", ruth.id, AT)
    members.disable(house, ruth.id, amina.id, AT)
    assert why(lambda: approving.approve(house, id, lena.id, AT)) == "right"


def test_refused_is_refused(house: House, ruth: Person, lena: Person) -> None:
    id = approving.ask(house, "retire", "safety", ruth.id, AT)
    approving.refuse(house, id, lena.id, AT)
    assert why(lambda: approving.approve(house, id, lena.id, AT)) == "approval"


def test_a_deed_that_fails_says_so_in_the_audit(house: House, ruth: Person, lena: Person) -> None:
    id = approving.ask(house, "retire", "safety", ruth.id, AT)
    key = house.settings.data / "keys/consultations/safety.key"
    key.unlink()
    (key / "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match="key"):
        approving.approve(house, id, lena.id, AT)
    assert audit(house)[-1] == f"account {lena.id}: approval {id} could not be carried out (IsADirectoryError)"


def test_only_kinds_and_consultations_that_are_there(house: House, amina: Person) -> None:
    assert why(lambda: approving.ask(house, "dance", "safety", amina.id, AT)) == "kind"
    assert why(lambda: approving.ask(house, "retire", "nowhere", amina.id, AT)) == "nothing"


def test_two_accounts_are_asked_for_where_there_are_two(house: House, ruth: Person) -> None:
    assert not approving.needed(house)
    joined(house, "Lena", "mediator", "safety")
    assert approving.needed(house)


# ---- tokens


def test_a_token_is_its_role_until_revoked(house: House, amina: Person) -> None:
    id = tokens.make(house, "consult_x", "mediator", "safety", amina.id, AT)
    assert tokens.grant_of(house, "consult_x") == Grant(0, "mediator", "safety")
    assert tokens.grant_of(house, "consult_y") is None
    tokens.revoke(house, id, amina.id, AT)
    assert tokens.grant_of(house, "consult_x") is None
    assert audit(house)[-1] == f"account {amina.id}: revoked token {id}"


def test_a_token_dies_with_its_maker(house: House, amina: Person) -> None:
    second = joined(house, "Second", "administrator", HUB)
    tokens.make(house, "consult_x", "mediator", "safety", second.id, AT)
    members.disable(house, second.id, amina.id, AT)
    assert tokens.grant_of(house, "consult_x") is None


@pytest.mark.parametrize(("role", "consultation"), [("administrator", "safety"), ("mediator", "*"), ("king", "safety")])
def test_no_token_is_an_administrator(house: House, amina: Person, role: str, consultation: str) -> None:
    assert why(lambda: tokens.make(house, "t", role, consultation, amina.id, AT)) == "role"
