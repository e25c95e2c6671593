"""The vault keeps its rules: fail closed, bound to what it is about, silent about keys, lengths that tell nothing."""

import os
import pickle
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_box_keypair

from consult import vault as vaults
from consult.vault import BadKey, Keyring, Locked, Unopenable, Vault, open_fact, seal_fact

PUBLIC, PRIVATE = crypto_box_keypair()
V = Vault(Keyring(os.urandom(32), os.urandom(32)))
KEY = os.urandom(32)
short = st.binary(max_size=80)


@given(plain=st.binary(max_size=9000), about=short)
def test_what_is_sealed_comes_back(plain: bytes, about: bytes):
    assert V.unseal(V.seal(plain, about), about) == plain
    assert open_fact(KEY, seal_fact(KEY, plain, about), about) == plain


@given(plain=short, about=short, data=st.data())
def test_any_flipped_bit_is_noticed(plain: bytes, about: bytes, data: st.DataObject):
    for sealed, opening in (
        (V.seal(plain, about), V.unseal),
        (seal_fact(KEY, plain, about), lambda *a: open_fact(KEY, *a)),
    ):
        bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
        with pytest.raises(Unopenable):
            opening(flipped(sealed, bit), about)


@given(plain=short, about=short, other=short, cut=st.integers(0, 39))
def test_it_opens_nowhere_else(plain: bytes, about: bytes, other: bytes, cut: int):
    sealed, fact = V.seal(plain, about), seal_fact(KEY, plain, about)
    if other != about:
        with pytest.raises(Unopenable):
            V.unseal(sealed, other)
        with pytest.raises(Unopenable):
            open_fact(KEY, fact, other)
    with pytest.raises(Unopenable):
        V.unseal(sealed[:cut], about)
    with pytest.raises(Unopenable):
        open_fact(os.urandom(32), fact, about)


def test_two_sealings_of_the_same_never_look_alike():
    assert len({V.seal(b"1", b"a") for _ in range(1000)}) == 1000


def test_closed_answers_have_one_sealed_length():
    answers = [b"1", b"10", b"not_sure", b"prefer_not", b"water,food,safety", b'{"q":"q3","value":["water","road"]}']
    assert len({len(seal_fact(KEY, answer, b"f")) for answer in answers}) == 1
    assert {len(seal_fact(KEY, bytes(n), b"f")) - 40 for n in range(7000)} == {
        256,
        512,
        1024,
        2048,
        4096,
        8192,
    }


def test_a_payload_of_padding_bytes_comes_back():
    for payload in (b"", b"\0", b"\x80", b"\x80\0\0", bytes(63), bytes(64), b"\x80" * 64):
        assert open_fact(KEY, seal_fact(KEY, payload, b""), b"") == payload


@given(st.text(max_size=20), st.text(max_size=20))
def test_the_index_is_short_stable_and_apart(one: str, other: str):
    assert V.index(one) == V.index(one)
    assert len(V.index(one)) == 16
    assert (V.index(one) == V.index(other)) == (one == other)
    assert V.index(one) != V.mark(one) != V.mark("number", one)


def test_a_mark_knows_where_its_parts_end():
    marks = [V.mark("code", "ab", "c"), V.mark("code", "a", "bc"), V.mark("code", "abc"), V.mark("word", "ab", "c")]
    assert len(set(marks)) == 4
    assert V.mark("code", "ab", b"c") == marks[0]


def test_another_hub_indexes_otherwise(tmp_path: Path):
    assert Vault.open(tmp_path / "a").index("+237650000001") != Vault.open(tmp_path / "b").index("+237650000001")


# ---- her keys


def test_her_key_comes_back_both_ways():
    key, row = V.new_key(7, "river", PUBLIC)
    assert len(key) == 32
    assert V.open_live(row) == key == V.open_private(PRIVATE, row)
    assert V.open_live(replace(row, live=None)) is None


@pytest.mark.parametrize("given_to", [{"person": 8}, {"consultation": "lake"}, {"consultation": "rive"}])
def test_a_key_row_moved_to_another_does_not_open(given_to: dict):
    _, row = V.new_key(7, "river", PUBLIC)
    with pytest.raises(Unopenable):
        V.open_live(replace(row, **given_to))
    with pytest.raises(Unopenable, match="another person or consultation"):
        V.open_private(PRIVATE, replace(row, **given_to))


@given(st.data())
def test_an_altered_wrap_does_not_open(data: st.DataObject):
    _, row = V.new_key(7, "river", PUBLIC)
    bit = data.draw(st.integers(0, len(row.wrapped) * 8 - 1))
    with pytest.raises(Unopenable):
        V.open_private(PRIVATE, replace(row, wrapped=flipped(row.wrapped, bit)))
    with pytest.raises(Unopenable):
        V.open_live(replace(row, live=flipped(row.live, bit % (len(row.live) * 8))))


@pytest.mark.parametrize("wrapped", [b"", bytes(20), bytes(80), bytes(93)])
def test_a_destroyed_wrap_does_not_open(wrapped: bytes):
    _, row = V.new_key(7, "river", PUBLIC)
    with pytest.raises(Unopenable):
        V.open_private(PRIVATE, replace(row, wrapped=wrapped))
    with pytest.raises(Unopenable):
        V.open_live(replace(row, live=bytes(len(row.live))))


def test_the_wrong_private_key_opens_nothing():
    _, row = V.new_key(7, "river", PUBLIC)
    for private in (crypto_box_keypair()[1], b"", bytes(31)):
        with pytest.raises(Unopenable):
            V.open_private(private, row)


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(32), b"\1" + bytes(31), bytes(range(33))])
def test_a_key_that_cannot_be_one_seals_nothing(public: bytes):
    with pytest.raises(BadKey):
        V.new_key(7, "river", public)


@pytest.mark.parametrize("key", [b"", bytes(32), bytes(range(31)), bytes(range(33))])
def test_a_fact_is_not_sealed_under_a_bad_key(key: bytes):
    with pytest.raises(BadKey):
        seal_fact(key, b"1", b"")


# ---- the folder


def test_the_keys_survive_a_restart(tmp_path: Path):
    first = Vault.open(tmp_path)
    sealed = first.seal(b"river", b"x")
    again = Vault.open(tmp_path)
    assert again.unseal(sealed, b"x") == b"river"
    assert again.index("+1") == first.index("+1")


def test_only_the_owner_may_read(tmp_path: Path):
    before = os.umask(0)
    try:
        Vault.open(tmp_path / "data")
    finally:
        os.umask(before)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in [tmp_path / "data", *(tmp_path / "data").rglob("*")]}
    assert modes == {"data": 0o700, "keys": 0o700, "hub.key": 0o600}


def test_a_loose_key_file_is_tightened(tmp_path: Path):
    Vault.open(tmp_path)
    (tmp_path / "keys" / "hub.key").chmod(0o644)
    (tmp_path / "keys").chmod(0o755)
    Vault.open(tmp_path)
    assert stat.S_IMODE((tmp_path / "keys" / "hub.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


@pytest.mark.parametrize("trace", ["consult.db", "suppressed", "keys/consultations/river.key", ".restoring"])
def test_no_keys_are_made_in_a_folder_that_was_lived_in(tmp_path: Path, trace: str):
    (tmp_path / trace).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / trace).write_bytes(b"rows")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(Locked, match="restore"):
        Vault.open(tmp_path)
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / trace).read_bytes() == b"rows"


SOUND = Keyring(os.urandom(32), os.urandom(32)).text()


def faulty() -> dict[str, bytes]:
    zero, lines = Keyring(bytes(32), os.urandom(32)).text(), SOUND.split(b"\n")
    return {
        "empty": b"",
        "torn": SOUND[:100],
        "no last newline": SOUND[:-1],
        "longer": SOUND + b"x",
        "all zero": zero,
        "short key": Keyring(os.urandom(31), os.urandom(32)).text(),
        "index missing": b"\n".join([lines[0], lines[1], *lines[3:]]),
        "exchanged": b"\n".join([lines[0], lines[2], lines[1], *lines[3:]]),
        "binary": os.urandom(200),
        "another format": SOUND.replace(b"key 1", b"key 2"),
        "one digit": SOUND.replace(lines[1][5:6], b"0" if lines[1][5:6] != b"0" else b"1", 1),
    }


@pytest.mark.parametrize("fault", faulty())
def test_a_damaged_key_file_is_refused_and_kept(tmp_path: Path, fault: str):
    file = tmp_path / "keys" / "hub.key"
    file.parent.mkdir()
    file.write_bytes(faulty()[fault])
    before = file.read_bytes()
    with pytest.raises(BadKey) as caught:
        Vault.open(tmp_path)
    assert file.read_bytes() == before
    assert no_secret(str(caught.value) + repr(caught.value), before)


def test_a_forgetful_vault_is_locked():
    forgotten = Vault(Keyring(os.urandom(32), os.urandom(32)))
    _, row = forgotten.new_key(1, "river", PUBLIC)
    forgotten.forget()
    assert repr(forgotten) == "Vault(locked)"
    for call in (
        lambda: forgotten.index("+1"),
        lambda: forgotten.mark("x"),
        lambda: forgotten.seal(b"", b""),
        lambda: forgotten.unseal(bytes(50), b""),
        lambda: forgotten.new_key(1, "river", PUBLIC),
        lambda: forgotten.open_live(row),
        forgotten.keyring,
        lambda: forgotten.secret("x"),
    ):
        with pytest.raises(Locked, match="consult unlock"):
            call()


def test_keys_are_in_no_repr_error_or_pickle(tmp_path: Path):
    opened = Vault.open(tmp_path)
    ring = opened.keyring()
    spoken = [repr(opened), str(opened), repr(ring), str(ring)]
    key, row = opened.new_key(7, "river", PUBLIC)
    for call in (
        lambda: opened.unseal(opened.seal(b"+237650000001", b"a"), b"b"),
        lambda: opened.open_private(PRIVATE, replace(row, person=8)),
        lambda: open_fact(key, seal_fact(key, b"afraid", b"a"), b"b"),
        lambda: seal_fact(key[:31], b"afraid", b""),
        lambda: pickle.dumps(opened),
    ):
        with pytest.raises((vaults.VaultError, TypeError)) as caught:
            call()
        spoken.append(repr(caught.value) + str(caught.value))
        assert caught.value.__cause__ is None
    said = "".join(spoken)
    assert "afraid" not in said
    assert "650000001" not in said
    for secret in (ring.live, ring.index, key, PRIVATE):
        assert no_secret(said, secret.hex().encode())
        assert repr(secret)[2:-1] not in said


def test_many_who_come_first_get_the_same_keys(tmp_path: Path):
    script = (
        "import sys; from pathlib import Path; from consult.vault import Vault\n"
        "print(Vault.open(Path(sys.argv[1])).index('+1').hex())"
    )
    starts = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE) for _ in range(6)]
    said = {start.communicate()[0].decode().strip() for start in starts}
    assert said == {Vault.open(tmp_path).index("+1").hex()}


def test_threads_share_a_vault():
    wrong: list[int] = []

    def work(n: int) -> None:
        for _ in range(300):
            about = str(n).encode()
            if V.unseal(V.seal(about, about), about) != about or V.index(f"+{n}") != expected[n]:
                wrong.append(n)

    expected = [V.index(f"+{n}") for n in range(8)]
    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_importing_the_vault_does_not_load_libsodium():
    script = "import sys, consult.vault; sys.exit(any(name.startswith('nacl') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0


def flipped(raw: bytes, bit: int) -> bytes:
    return bytes(byte ^ (1 << bit % 8 if place == bit // 8 else 0) for place, byte in enumerate(raw))


def no_secret(said: str, secret: bytes) -> bool:
    """No run of twelve characters of the secret was said."""
    written = secret.decode("latin1")
    return not any(
        written[start : start + 12] in said for start in range(max(1, len(written) - 11)) if len(written) > 11
    )


def test_wraps_put_together_come_apart_again() -> None:
    from consult.vault import add_wrap, each_wrap

    wraps = b""
    for wrap in (b"first", b"", b"x" * 300):
        wraps = add_wrap(wraps, wrap)
    assert each_wrap(wraps) == [b"first", b"", b"x" * 300]
    assert each_wrap(b"") == []
