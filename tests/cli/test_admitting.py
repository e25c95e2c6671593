"""Accounts, approvals and the audit at the console: no secret on a command line, two people where there are two."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from consult.cli import opening
from tests.accounts.conftest import PASSWORD, Person, joined
from tests.cli.conftest import KNOWING, Run
from tests.cli.test_serving import ends, process

LONG_AGO = 3 * 86_400


@pytest.fixture
def people(hub: Path) -> tuple[Person, Person]:
    at = int(time.time()) - LONG_AGO
    with opening.house() as house:
        return joined(house, "Amina", "administrator", "*", at), joined(house, "Ruth", "facilitator", "river", at)


def typed(who: Person, back: int = 0) -> str:
    return f"{who.name}\n{PASSWORD}\n{who.code(int(time.time()) - back)}\n"


def test_the_first_start_prints_a_code_once_somebody_may_use(hub: Path, run: Run) -> None:
    with process("serve", "--port", "0", CONSULT_DATA=str(hub)) as (running, _):
        told = ends(running)
    (code,) = re.findall(r"^consult: ([A-Z0-9]{4}(?:-[A-Z0-9]{4}){3})$", told, re.M)
    assert "/office/join" in told
    assert run("audit", "list").out.count("code for the first administrator") == 1
    assert code not in run("audit", "list").out


def test_a_start_with_accounts_prints_none(hub: Path, people: tuple[Person, Person]) -> None:
    with process("serve", "--port", "0", CONSULT_DATA=str(hub)) as (running, _):
        assert "nobody has an account" not in ends(running)


def test_two_people_retire_at_the_console(run: Run, hub: Path, people: tuple[Person, Person]) -> None:
    amina, ruth = people
    asked = run("retire", "river", typed=typed(ruth))
    assert (asked.code, asked.out.partition(":")[0]) == (0, "asked for, as approval 1")
    assert (hub / "keys/consultations/river.key").exists()
    own = run("approve", "1", typed=typed(ruth, back=-30))
    assert (own.code, own.err) == (1, "consult: another person must approve what you asked for\n")
    assert "river" in run("approve").out
    assert run("approve", "1", typed=typed(amina)).code == 0
    assert not (hub / "keys/consultations/river.key").exists()
    told = run("audit", "list").out
    assert "account 2: asked for retire of river (approval 1)" in told
    assert "account 1: approved retire of river, asked by account 2 (approval 1)" in told


def test_names_on_the_command_line_are_not_enough_where_two_can_decide(
    run: Run, hub: Path, people: tuple[Person, Person]
) -> None:
    ended = run("retire", "river", "--confirmed-by", "A", "--confirmed-by", "B", typed="A\nno such password\n000000\n")
    assert (ended.code, "not right" in ended.err) == (1, True)
    assert (hub / "keys/consultations/river.key").exists()


def test_a_kit_is_printed_again_once_another_approved(run: Run, hub: Path, people: tuple[Person, Person]) -> None:
    amina, ruth = people
    asked = run("kit", "river", "--again", typed=typed(ruth))
    assert "river A" not in asked.out
    assert run("kit", "river", "--again", "--approval", "1", typed=typed(ruth, back=-30)).code == 1
    assert run("approve", "1", typed=typed(amina)).code == 0
    with opening.house() as house:  # a code is good once; these have been used, so half an hour passes
        from consult.accounts import members

        account = house.store.read(lambda view: view.account(ruth.id))
        assert account is not None
        profile = members.opened(house.vault, account)
        assert profile.step > 0
    shown = run("kit", "river", "--again", "--approval", "1", typed=f"Ruth\n{PASSWORD}\n{ruth.paper[0]}\n")
    assert (shown.code, "river A" in shown.out) == (0, True)
    assert run("kit", "river", "--again", "--approval", "1", typed=f"Ruth\n{PASSWORD}\n{ruth.paper[1]}\n").code == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('^name = "river"$', 'name = "river"\nopen = false'),
        ('^risk = "normal"', 'risk = "elevated"'),
        ("^sensitive = true\n", ""),
    ],
)
def test_changing_safety_settings_takes_two(
    run: Run, hub: Path, people: tuple[Person, Person], before: str, after: str
) -> None:
    amina, ruth = people
    with opening.house() as house:
        source = house.store.read(lambda view: view.published("river")).toml
    changed, times = re.subn(before, after, source, count=1, flags=re.M)
    assert times == 1
    file = hub.parent / "river.toml"
    file.write_text(changed, encoding="utf-8")
    assert run("publish", *KNOWING, str(file), typed=typed(ruth)).out.startswith("asked for, as approval 1")
    assert run("approve", "1", typed=typed(amina)).code == 0
    file.write_text(changed + "\n# another file than was approved\n", encoding="utf-8")
    assert (
        run("publish", *KNOWING, str(file), "--approval", "1", typed=f"Ruth\n{PASSWORD}\n{ruth.paper[0]}\n").code == 1
    )
    file.write_text(changed, encoding="utf-8")
    done = run("publish", *KNOWING, str(file), "--approval", "1", typed=f"Ruth\n{PASSWORD}\n{ruth.paper[1]}\n")
    assert (done.code, "published river version 2" in done.out) == (0, True)


def test_other_words_need_nobody(run: Run, hub: Path, people: tuple[Person, Person]) -> None:
    with opening.house() as house:
        source = house.store.read(lambda view: view.published("river")).toml
    file = hub.parent / "river.toml"
    file.write_text(source + "\n# corrected\n", encoding="utf-8")
    assert "published river version 2" in run("publish", *KNOWING, str(file)).out


def test_a_fresh_code_for_who_lost_hers(run: Run, people: tuple[Person, Person]) -> None:
    assert re.match(r"[A-Z0-9-]{19}\n", run("account", "code", "ruth").out)
    assert run("account", "code", "nobody").code == 1
    assert run("account", "code").code == 1  # there is an administrator
    listed = run("account", "list").out
    assert "facilitator of river" in listed


# ---- the audit as a file


def test_an_exported_audit_is_verified_without_any_data(run: Run, hub: Path, tmp_path: Path) -> None:
    text = run("audit", "export").out
    file = tmp_path / "audit.txt"
    file.write_text(text)
    elsewhere = run("audit", "verify", file)
    assert elsewhere.code == 0
    head = text.split()[-1]
    assert head in elsewhere.out
    assert run("audit", "verify", file, "--noted", head).code == 0
    assert run("audit", "verify", file, "--noted", "0" * 64).code == 1
    file.write_text(text.replace("published river", "published lake"))
    ended = run("audit", "verify", file)
    assert (ended.code, ended.out[:14]) == (1, "broken at line")
    file.write_text("something else\n")
    assert run("audit", "verify", file).code == 2
