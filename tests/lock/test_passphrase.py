"""The file of a node's keys opens by its passphrase and by nothing else, and says nothing."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult import passphrase
from consult.passphrase import Weak, Wrapped, Wrong, demand_strong, drawn, from_file, put_on, wrap
from consult.sealing import BadKey, overwrite
from consult.vault import Keyring, Vault
from tests.lock.conftest import PASSPHRASE, random_keys

KEYS = random_keys()
SOUND = wrap(KEYS, PASSPHRASE, memory=8, passes=1).text()


def same(one: Keyring, other: Keyring) -> bool:
    return one.raw() == other.raw()


@given(given=st.text(min_size=1, max_size=60))
@settings(max_examples=30, deadline=None)
def test_it_opens_by_its_passphrase_and_by_no_other(given: str) -> None:
    wrapped = Wrapped.read(wrap(KEYS, given, memory=8, passes=1).text(), "here")
    assert same(wrapped.open(given), KEYS)
    with pytest.raises(Wrong):
        wrapped.open(given + "x")


def test_keyboards_and_spaces_make_no_difference() -> None:
    wrapped = wrap(KEYS, "caf\u00e9 anchor umbrella", memory=8, passes=1)
    assert same(wrapped.open(" cafe\u0301  anchor umbrella\n"), KEYS)


def test_the_usual_costs_are_those_of_rfc_9106() -> None:
    wrapped = wrap(KEYS, PASSPHRASE)
    assert (wrapped.memory, wrapped.passes) == (64 * 1024, 3)
    assert same(Wrapped.read(wrapped.text(), "here").open(PASSPHRASE), KEYS)


def test_the_file_holds_no_key() -> None:
    for each in (KEYS.live, KEYS.index, KEYS.inbox()[1]):
        assert each not in SOUND
        assert each.hex().encode() not in SOUND
    assert KEYS.inbox()[0].hex().encode() in SOUND, "but the half that only seals"


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_an_altered_file_opens_nothing(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(SOUND) - 1))
    altered = bytearray(SOUND)
    altered[at] ^= 1 << data.draw(st.integers(0, 6))
    try:
        read = Wrapped.read(bytes(altered), "here")
    except BadKey:
        return
    if read.memory <= 64 and read.passes <= 9 and read.text() != SOUND:  # more would only take longer
        with pytest.raises(Wrong):
            read.open(PASSPHRASE)


@pytest.mark.parametrize(
    "cut",
    [b"", SOUND[:60], SOUND[:-1], SOUND + b"x\n", SOUND.replace(b"costs 8 1", b"costs 99999999 1")],
    ids=["nothing", "half", "an end short", "a line more", "costs that nobody can pay"],
)
def test_a_torn_file_is_named(cut: bytes) -> None:
    with pytest.raises(BadKey, match="here is damaged"):
        Wrapped.read(cut, "here")


# ---- the folder


def test_a_folder_that_begins_with_one_never_had_its_keys_in_the_open(tmp_path: Path) -> None:
    vault = Vault.open(tmp_path, make=lambda keys: wrap(keys, PASSPHRASE, memory=8, passes=1).text())
    assert vault.locked
    assert vault.wrapped
    vault.unlock(vault.wrapped.open(PASSPHRASE))
    sealed = vault.seal(b"river", b"x")
    again = Vault.open(tmp_path)
    assert again.locked
    assert again.wrapped
    again.unlock(again.wrapped.open(PASSPHRASE))
    assert again.unseal(sealed, b"x") == b"river"


def test_keys_that_lay_open_are_wrapped_and_overwritten(tmp_path: Path) -> None:
    before = Vault.open(tmp_path)
    with (tmp_path / "keys" / "hub.key").open("rb") as held:
        put_on(tmp_path, before, PASSPHRASE)
        assert before.keyring().live.hex().encode() not in held.read(), "what lay there was written over"
    after = Vault.open(tmp_path)
    assert after.wrapped
    assert same(after.wrapped.open(PASSPHRASE), before.keyring())
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["hub.key"]


def test_another_passphrase_opens_the_same_keys(tmp_path: Path) -> None:
    vault = Vault.open(tmp_path)
    put_on(tmp_path, vault, PASSPHRASE)
    put_on(tmp_path, vault, f"{PASSPHRASE} gelo")
    after = Vault.open(tmp_path)
    assert after.wrapped
    with pytest.raises(Wrong):
        after.wrapped.open(PASSPHRASE)
    assert same(after.wrapped.open(f"{PASSPHRASE} gelo"), vault.keyring())


# ---- good ones


@pytest.mark.parametrize(
    "given",
    [
        "",
        "short",
        "fifteen letters",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "12345678901234567890",
        "abcdefghijklmnopqrst",
    ],
)
def test_a_weak_one_is_refused(given: str) -> None:
    with pytest.raises(Weak):
        demand_strong(given)


def test_a_drawn_one_is_good() -> None:
    some = [drawn(secrets.randbelow) for _ in range(50)]
    assert len(set(some)) == 50
    for each in some:
        demand_strong(each)
    assert passphrase.BITS >= 70


def test_it_comes_from_a_file_or_a_credential(tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text(f"{PASSPHRASE}\n")
    assert from_file({"CONSULT_PASSPHRASE_FILE": str(tmp_path / "passphrase")}) == PASSPHRASE
    assert from_file({"CREDENTIALS_DIRECTORY": str(tmp_path)}) == PASSPHRASE
    assert from_file({"CREDENTIALS_DIRECTORY": str(tmp_path / "none")}) is None
    assert from_file({"CONSULT_PASSPHRASE": PASSPHRASE}) is None, "an environment is no place for it"


# ---- keys in memory


def test_bytes_are_overwritten_where_they_lie() -> None:
    secret = bytes(bytearray(b"\x07" * 32))
    overwrite(secret)
    assert secret == bytes(32)
    overwrite(b"")
    overwrite(None)


def test_a_vault_writes_over_its_own_copy_only() -> None:
    keys = random_keys()
    live = bytes(bytearray(keys.live))
    vault = Vault(keys)
    vault.forget()
    assert keys.live == live


def test_what_is_sealed_while_keys_go_opens_or_was_never_sealed() -> None:
    """Nothing is ever sealed with a key that was half overwritten."""
    import threading

    keys = random_keys()
    vault, sealed, stop = Vault(keys), [], threading.Event()

    def seal() -> None:
        while not stop.is_set():
            try:
                sealed.append(vault.seal(b"okapi", b"x"))
            except BadKey:
                raise
            except Exception:  # locked just now
                continue

    threads = [threading.Thread(target=seal) for _ in range(3)]
    for each in threads:
        each.start()
    for _ in range(300):
        vault.forget()
        vault.unlock(keys)
    stop.set()
    for each in threads:
        each.join()
    assert sealed
    assert {vault.unseal(each, b"x") for each in sealed} == {b"okapi"}
