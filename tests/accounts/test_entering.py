"""Coming in and staying in: codes, passwords, second factors, guesses, expiry, and a stolen cookie."""

from __future__ import annotations

import pytest

from consult.accounts import NotAllowed, entering, factor, joining, members, passwords
from consult.accounts.roles import HUB
from consult.house import House
from consult.store.members import Grant
from tests.accounts.conftest import AT, PASSWORD, Person, audit, joined

CODE = "ABCD-EFGH-JKMN-PQRS"


def enter(house: House, who: Person, at: int = AT + 60, **other: str) -> members.Member:
    given = {"name": who.name, "password": PASSWORD, "code": who.code(at), "kept": "", "token": "t", **other}
    return entering.enter(house, **given, at=at)


def refused(house: House, who: Person, at: int = AT + 60, **other: str) -> str:
    with pytest.raises(NotAllowed) as told:
        enter(house, who, at, **other)
    return told.value.why


# ---- the first code and invitations


def test_the_first_code_makes_the_administrator_once(house: House) -> None:
    assert joining.first(house, CODE, AT)
    shared = factor.secret(b"x" * 20)
    id = joining.join(house, CODE.lower().replace("-", " "), "Amina", PASSWORD, shared, AT + 5)
    assert house.store.read(lambda view: view.grants(id)) == [Grant(id, "administrator", HUB)]
    with pytest.raises(NotAllowed, match="code"):
        joining.join(house, CODE, "Ruth", PASSWORD, shared, AT + 6)


def test_a_second_start_replaces_the_first_code(house: House) -> None:
    joining.first(house, CODE, AT)
    joining.first(house, "ZZZZ-ZZZZ-ZZZZ-ZZZZ", AT + 1)
    with pytest.raises(NotAllowed, match="code"):
        joining.join(house, CODE, "Amina", PASSWORD, factor.secret(b"x" * 20), AT + 2)


def test_nobody_gets_a_first_code_once_somebody_is_here(house: House, amina: Person) -> None:
    assert not joining.first(house, CODE, AT)


def test_a_code_ends(house: House) -> None:
    joining.first(house, CODE, AT)
    with pytest.raises(NotAllowed, match="code"):
        joining.join(house, CODE, "Amina", PASSWORD, factor.secret(b"x" * 20), AT + members.DAY)


def test_an_account_without_a_proved_factor_cannot_sign_in(house: House) -> None:
    joining.first(house, CODE, AT)
    shared = factor.secret(b"x" * 20)
    id = joining.join(house, CODE, "Amina", PASSWORD, shared, AT)
    assert refused(house, Person("Amina", id, shared, ()), AT) == "wrong"


def test_an_invitation_does_not_take_over_a_name_that_waits_for_its_factor(house: House) -> None:
    joining.first(house, CODE, AT)
    joining.join(house, CODE, "Amina", PASSWORD, factor.secret(b"x" * 20), AT)
    joining.invite(house, "OTHER", Grant(0, "representative", "safety"), 0, AT)
    with pytest.raises(NotAllowed, match="name taken"):
        joining.join(house, "OTHER", "amina", PASSWORD, factor.secret(b"y" * 20), AT)


def test_who_was_shut_out_does_not_come_back_by_an_older_code(house: House, amina: Person, ruth: Person) -> None:
    joining.invite(house, CODE, Grant(ruth.id, "", ""), amina.id, AT)
    members.disable(house, ruth.id, amina.id, AT)
    with pytest.raises(NotAllowed, match="code"):
        joining.join(house, CODE, "Ruth", PASSWORD, factor.secret(b"y" * 20), AT)


@pytest.mark.parametrize(
    ("role", "where"), [("administrator", "safety"), ("mediator", "*"), ("mediator", ""), ("x", "*")]
)
def test_a_role_is_given_where_it_belongs(house: House, amina: Person, role: str, where: str) -> None:
    with pytest.raises(NotAllowed, match="role"):
        joining.invite(house, CODE, Grant(0, role, where), amina.id, AT)
    with pytest.raises(NotAllowed, match="role"):
        members.grant(house, Grant(amina.id, role, where), amina.id, AT)


def test_starting_afresh_keeps_roles_and_puts_everybody_out(house: House, ruth: Person) -> None:
    enter(house, ruth)
    joining.invite(house, CODE, Grant(ruth.id, "", ""), 0, AT + 90)
    joining.join(house, CODE, "anything", "another long password of hers", factor.secret(b"y" * 20), AT + 99)
    assert entering.inside(house, "t", AT + 99) is None
    assert refused(house, ruth, AT + 120) == "wrong"
    assert house.store.read(lambda view: view.grants(ruth.id)) == [Grant(ruth.id, "facilitator", "safety")]
    found = members.find(house, "ruth")
    assert found is not None
    assert found.profile.name == "Ruth"


@pytest.mark.parametrize(
    ("password", "why"),
    [("short", "length"), ("x" * 129, "length"), ("aaaaaaaaaaaaaaaa", "simple"), ("amina of the river", "simple")],
)
def test_a_weak_password_is_refused(password: str, why: str) -> None:
    with pytest.raises(NotAllowed, match=why):
        passwords.demand_good(password, "Amina")


# ---- signing in


def test_password_and_code_open(house: House, amina: Person) -> None:
    enter(house, amina)
    found = entering.inside(house, "t", AT + 61)
    assert found is not None
    assert found[1].id == amina.id


def test_one_letter_case_of_a_name_is_enough(house: House, amina: Person) -> None:
    assert enter(house, amina, name=" aMINA ").id == amina.id


def test_each_wrong_part_gets_the_same_word(house: House, amina: Person) -> None:
    told = {
        refused(house, amina, name="Nobody"),
        refused(house, amina, password="another long password"),
        refused(house, amina, code="000000"),
        refused(house, amina, code="١٢٣٤٥٦"),
        refused(house, amina, code=""),
    }
    assert told == {"wrong"}


def test_a_code_is_good_once(house: House, amina: Person) -> None:
    enter(house, amina)
    assert refused(house, amina) == "wrong"
    enter(house, amina, AT + 90)


def test_a_recovery_code_is_good_once_and_however_typed(house: House, amina: Person) -> None:
    enter(house, amina, code=amina.paper[3].lower().replace("-", " "))
    assert refused(house, amina, code=amina.paper[3]) == "wrong"
    assert len(amina.member(house).profile.paper) == factor.CODES - 1


def test_an_unknown_name_costs_the_same_work(house: House, amina: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a clock would tell is argon2id: the same calls with the same cost for known, unknown and disabled names."""
    from nacl.pwhash import argon2id

    passwords.right("x", "")  # what an unknown name is tried against is made once
    done: list[tuple[bytes, int]] = []
    verify = argon2id.verify

    def counted(hashed: bytes, password: bytes) -> bool:
        done.append((hashed[: hashed.rindex(b"$", 0, hashed.rindex(b"$"))], len(hashed)))
        return verify(hashed, password)

    monkeypatch.setattr(argon2id, "verify", counted)
    refused(house, amina, password="another long password")
    refused(house, amina, name="Nobody")
    members.grant(house, Grant(joined(house, "Second", "administrator", HUB).id, "administrator", HUB), 0, AT)
    members.disable(house, amina.id, 0, AT)
    refused(house, amina)
    assert len(done) == 3
    assert len(set(done)) == 1
    assert b"m=19456,t=2,p=1" in done[0][0]


def test_a_hash_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "PATIENCE", 0.05)
    with passwords._Turn(), pytest.raises(NotAllowed, match="busy"):
        passwords.kept(PASSWORD)


# ---- guesses


def test_strangers_cannot_lock_out_a_known_browser(house: House, amina: Person) -> None:
    purse, _ = entering._purse(house, "Amina", amina.member(house), "")
    for _ in range(entering.STRANGERS):
        house.store.write(lambda tx: tx.attempt(purse, (AT + 60) // members.DAY, "signin"))
    assert refused(house, amina) == "wrong"  # right password and code, but a stranger's browser
    enter(house, amina, kept=entering.device(house, amina.id))


def test_paper_opens_even_with_an_empty_purse(house: House, amina: Person) -> None:
    purse, _ = entering._purse(house, "Amina", amina.member(house), "")
    for _ in range(entering.STRANGERS + 5):
        house.store.write(lambda tx: tx.attempt(purse, (AT + 60) // members.DAY, "signin"))
    enter(house, amina, code=amina.paper[0])


def test_a_known_browser_is_counted_too_and_another_s_mark_is_no_help(
    house: House, amina: Person, ruth: Person
) -> None:
    purse, most = entering._purse(house, "Amina", amina.member(house), entering.device(house, amina.id))
    strangers, more = entering._purse(house, "Amina", amina.member(house), entering.device(house, ruth.id))
    assert (most, more) == (entering.KNOWN, entering.STRANGERS)
    assert purse != strangers
    for _ in range(entering.KNOWN):
        house.store.write(lambda tx: tx.attempt(purse, (AT + 60) // members.DAY, "signin"))
    assert refused(house, amina, kept=entering.device(house, amina.id)) == "wrong"


# ---- staying in


def test_a_sign_in_ends_unused_and_in_any_case(house: House, amina: Person) -> None:
    enter(house, amina, AT)
    assert entering.inside(house, "t", AT + entering.IDLE) is not None
    assert entering.inside(house, "t", AT + 2 * entering.IDLE + 1) is None
    at = AT
    while at < AT + entering.LONGEST - entering.IDLE:
        at += entering.IDLE - 1
        entering.inside(house, "t", at)
    assert entering.inside(house, "t", AT + entering.LONGEST + 1) is None


def test_a_stolen_cookie_dies_with_the_password(house: House, amina: Person) -> None:
    enter(house, amina, token="stolen")
    entering.change_password(house, amina.member(house), "another long password of hers", "new", AT + 70)
    assert entering.inside(house, "stolen", AT + 71) is None
    assert entering.inside(house, "new", AT + 71) is not None


def test_signing_out_everywhere_reaches_every_browser(house: House, amina: Person) -> None:
    enter(house, amina, AT + 60, token="one")
    enter(house, amina, AT + 120, token="two")
    assert entering.leave_everywhere(house, amina.id, AT + 130) == 2
    assert entering.inside(house, "one", AT + 131) is None
    assert entering.inside(house, "two", AT + 131) is None


def test_the_store_holds_no_token_name_or_factor(house: House, amina: Person) -> None:
    enter(house, amina, token="token-of-hers")
    house.store.scrub()
    kept = b"".join(file.read_bytes() for file in house.settings.data.glob("consult.db*"))
    assert not [word for word in (b"token-of-hers", b"Amina", amina.shared.encode(), b"argon2") if word in kept]


def test_disabling_puts_out_and_the_last_administrator_stays(house: House, amina: Person, ruth: Person) -> None:
    enter(house, ruth)
    members.disable(house, ruth.id, amina.id, AT)
    assert entering.inside(house, "t", AT + 61) is None
    for change in (
        lambda: members.disable(house, amina.id, amina.id, AT),
        lambda: members.ungrant(house, Grant(amina.id, "administrator", HUB), amina.id, AT),
    ):
        with pytest.raises(NotAllowed, match="last administrator"):
            change()


def test_the_audit_names_nobody(house: House, amina: Person, ruth: Person) -> None:
    enter(house, amina)
    members.disable(house, ruth.id, amina.id, AT)
    lines = audit(house)
    assert f"account {amina.id}: disabled account {ruth.id}" in lines
    assert not [line for line in lines if "Amina" in line or "Ruth" in line]
