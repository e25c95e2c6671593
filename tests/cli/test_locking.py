"""The passphrase at the console: set, changed, refused; and what commands do without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from consult.vault import Keyring, Vault
from tests.cli.conftest import Run
from tests.drills.node import PASSPHRASE

OTHER = "gelovi zanute posira dimeko"


def keys(data: Path, passphrase: str) -> Keyring:
    wrapped = Vault.open(data).wrapped
    assert wrapped
    return wrapped.open(passphrase)


def test_a_passphrase_is_set_and_changed_and_the_keys_stay(run: Run, hub: Path) -> None:
    before = Vault.open(hub).keyring()
    assert run("passphrase", typed=f"{PASSPHRASE}\n{PASSPHRASE}\n").code == 0
    wrong = run("passphrase", typed=f"{OTHER}\n{OTHER}\n{OTHER}\n")
    assert wrong.code == 1
    assert "not the passphrase" in wrong.err
    assert run("passphrase", typed=f"{PASSPHRASE}\n{OTHER}\n{OTHER}\n").code == 0
    assert keys(hub, OTHER).raw() == before.raw()


@pytest.mark.parametrize(
    ("typed", "why"),
    [("short\nshort\n", "too short"), (f"{PASSPHRASE}\n{OTHER}\n", "they differ"), ("\n\n", "too short")],
)
def test_a_bad_one_changes_nothing(run: Run, hub: Path, typed: str, why: str) -> None:
    before = (hub / "keys" / "hub.key").read_bytes()
    ended = run("passphrase", typed=typed)
    assert ended.code == 1
    assert why in ended.err
    assert PASSPHRASE not in ended.err + ended.out
    assert (hub / "keys" / "hub.key").read_bytes() == before


def test_an_empty_folder_begins_with_one(run: Run, tmp_path: Path) -> None:
    assert run("passphrase", typed=f"{PASSPHRASE}\n{PASSPHRASE}\n").code == 0
    assert Vault.open(tmp_path / "data").locked
    assert keys(tmp_path / "data", PASSPHRASE)


def test_a_command_asks_for_the_keys_and_says_where_they_come_from(
    run: Run, hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("passphrase", typed=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    refused = run("tally", "river", "--who", "Amina")
    assert refused.code == 3
    assert "consult unlock" in refused.err
    (tmp_path / "given").write_text(f"{PASSPHRASE}\n")
    monkeypatch.setenv("CONSULT_PASSPHRASE_FILE", str(tmp_path / "given"))
    assert run("tally", "river", "--who", "Amina").code == 0
    (tmp_path / "given").write_text(f"{OTHER}\n")
    assert run("tally", "river", "--who", "Amina").code == 1


@pytest.mark.parametrize("duty", ["lock", "unlock", "panic"])
def test_without_a_running_node_there_is_nothing_to_tell(run: Run, hub: Path, duty: str) -> None:
    ended = run(duty, typed=f"{PASSPHRASE}\n")
    assert ended.code == 3
    assert "consult serve" in ended.err
