"""The private key of a consultation: kept, elsewhere, brought back by two people, destroyed by two people."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_box_keypair, crypto_scalarmult_base

from consult import custody
from consult.custody import BadKit, CustodyError, Kit, NoKey
from consult.vault import Keyring, Unopenable, Vault, open_fact, seal_fact

TWO = ("Amina", "Ruth")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.open(tmp_path)


def test_the_hub_keeps_the_key_for_itself(tmp_path: Path, vault: Vault):
    public, _ = custody.make(tmp_path, vault, "river", "hub")
    private = custody.private_key(tmp_path, vault, "river")
    assert crypto_scalarmult_base(private) == public
    room = tmp_path / "keys" / "consultations"
    assert [file.name for file in room.iterdir()] == ["river.key"]
    assert stat.S_IMODE(room.stat().st_mode) == 0o700
    assert stat.S_IMODE((room / "river.key").stat().st_mode) == 0o600
    content = (room / "river.key").read_bytes()
    assert private not in content
    assert private.hex().encode() not in content


def test_offline_the_key_is_nowhere_here(tmp_path: Path, vault: Vault):
    public, kit = custody.make(tmp_path, vault, "river", "offline")
    private = custody.join(kit.half_a, kit.half_b)
    assert crypto_scalarmult_base(private) == public
    with pytest.raises(NoKey, match="both halves"):
        custody.private_key(tmp_path, vault, "river")
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert private not in file.read_bytes()
            assert private.hex().encode() not in file.read_bytes()


@pytest.mark.parametrize("kind", ["hub", "offline"])
def test_a_kit_is_rehearsed(tmp_path: Path, vault: Vault, kind: str):
    public, kit = custody.make(tmp_path, vault, "river", kind)
    custody.rehearse(public, kit.half_a, kit.half_b)
    custody.rehearse(public, kit.half_b.lower(), kit.half_a.replace("\n", "  "))
    with pytest.raises(BadKit, match="do not open"):
        custody.rehearse(crypto_box_keypair()[0], kit.half_a, kit.half_b)


def test_a_published_key_is_never_replaced(tmp_path: Path, vault: Vault):
    public, _ = custody.make(tmp_path, vault, "river", "hub")
    with pytest.raises(CustodyError, match="first public key"):
        custody.make(tmp_path, vault, "river", "hub")
    assert crypto_scalarmult_base(custody.private_key(tmp_path, vault, "river")) == public


def test_a_publication_that_broke_off_goes_on_with_the_same_key(tmp_path: Path, vault: Vault):
    public, _ = custody.make(tmp_path, vault, "river", "hub")
    again, kit = custody.make(tmp_path, vault, "river", "hub", resume=True)
    assert again == public
    custody.rehearse(public, kit.half_a, kit.half_b)
    elsewhere, _ = custody.make(tmp_path, vault, "river", "offline", resume=True)
    assert elsewhere != public
    assert not (tmp_path / "keys" / "consultations" / "river.key").exists()


def test_one_half_tells_nothing_of_the_key(tmp_path: Path, vault: Vault):
    halves = set()
    for _ in range(20):
        _, kit = custody.make(tmp_path, vault, "river", "hub", resume=True)
        halves |= {kit.half_a, kit.half_b}
    assert len(halves) == 40


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    folder = tmp_path_factory.mktemp("kit")
    return custody.make(folder, Vault.open(folder), "river", "offline")[1]


@given(data=st.data())
def test_a_slip_of_the_pen_names_the_half_and_the_group(kit: Kit, data: st.DataObject):
    letter = data.draw(st.sampled_from("AB"))
    half = kit.half_a if letter == "A" else kit.half_b
    head, groups = half.split("\n", 1)[0], half.split("\n", 1)[1].split()
    place, at = data.draw(st.integers(0, 14)), data.draw(st.integers(0, 4))
    wrong = data.draw(st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ").filter(lambda x: x != groups[place][at]))
    groups[place] = groups[place][:at] + wrong + groups[place][at + 1 :]
    other = kit.half_b if letter == "A" else kit.half_a
    with pytest.raises(BadKit, match=rf"half {letter} of river: .*group {place + 1}$"):
        custody.join(other, f"{head} {' '.join(groups)}")


def test_halves_that_do_not_belong_together_are_told_apart(tmp_path: Path, vault: Vault):
    _, river = custody.make(tmp_path, vault, "river", "offline")
    _, later = custody.make(tmp_path, vault, "river", "offline")
    _, lake = custody.make(tmp_path, vault, "lake", "offline")
    for one, other, says in (
        (river.half_a, river.half_a, "both are half A"),
        (river.half_a, later.half_b, "two different kits"),
        (river.half_a, lake.half_b, "half A is of river, half B of lake"),
        (river.half_a, river.half_b.replace("river B", "lake B"), "half B of lake"),
        (river.half_a, river.half_a.replace("river A", "river B"), "half B of river"),
        (river.half_a, "", "begins with"),
        (river.half_a, "river", "begins with"),
        (river.half_a, "river C x", "begins with"),
        (river.half_a, "river B", "15 groups"),
    ):
        with pytest.raises(BadKit, match=says):
            custody.join(one, other)


def test_the_key_comes_back_to_a_restored_hub(tmp_path: Path, vault: Vault):
    public, kit = custody.make(tmp_path, vault, "river", "hub")
    private = custody.private_key(tmp_path, vault, "river")
    (tmp_path / "keys" / "consultations" / "river.key").unlink()
    other, _ = custody.make(tmp_path, vault, "lake", "hub")
    for name, key in (("lake", public), ("river", other)):
        with pytest.raises(BadKit):
            custody.put_back(tmp_path, vault, name, key, kit.half_a, kit.half_b)
    custody.put_back(tmp_path, vault, "river", public, kit.half_b, kit.half_a)
    assert custody.private_key(tmp_path, vault, "river") == private


def test_a_key_file_of_another_hub_or_name_does_not_open(tmp_path: Path, vault: Vault):
    custody.make(tmp_path, vault, "river", "hub")
    room = tmp_path / "keys" / "consultations"
    (room / "lake.key").write_bytes((room / "river.key").read_bytes())
    stranger = Vault(Keyring(os.urandom(32), os.urandom(32)))
    for who, name in ((vault, "lake"), (stranger, "river")):
        with pytest.raises(CustodyError, match="another hub"):
            custody.private_key(tmp_path, who, name)


@pytest.mark.parametrize("content", [b"", b"\xff" * 200, b"consult consultation key 1\nxx\nyy\n", b"a\nb\nc\n"])
def test_a_damaged_key_file_is_refused(tmp_path: Path, vault: Vault, content: bytes):
    custody.make(tmp_path, vault, "river", "hub")
    (tmp_path / "keys" / "consultations" / "river.key").write_bytes(content)
    with pytest.raises(CustodyError, match="both halves"):
        custody.private_key(tmp_path, vault, "river")


@pytest.mark.parametrize("name", ["", "..", "../hub", "a/b", "river.key", "a\0b", "-x", "x" * 65, "rivière"])
def test_a_name_never_leaves_its_room(tmp_path: Path, vault: Vault, name: str):
    for call in (
        lambda: custody.make(tmp_path, vault, name, "hub"),
        lambda: custody.private_key(tmp_path, vault, name),
        lambda: custody.retire(tmp_path, name, TWO),
    ):
        with pytest.raises(CustodyError):
            call()
    assert [file.name for file in (tmp_path / "keys").iterdir()] == ["hub.key"]


def test_unknown_custody_is_refused(tmp_path: Path, vault: Vault):
    with pytest.raises(CustodyError, match="hub or offline"):
        custody.make(tmp_path, vault, "river", "cloud")


# ---- retiring


def test_retiring_makes_what_she_said_unopenable(tmp_path: Path, vault: Vault):
    public, _ = custody.make(tmp_path, vault, "river", "hub")
    key, row = vault.new_key(7, "river", public)
    fact = seal_fact(key, b"afraid at the well", b"fact")
    file = tmp_path / "keys" / "consultations" / "river.key"
    content, reader = file.read_bytes(), file.open("rb")
    assert open_fact(vault.open_private(custody.private_key(tmp_path, vault, "river"), row), fact, b"fact")
    (file.parent / ".river.key.0123.new").write_bytes(content)  # what a killed writing leaves
    custody.retire(tmp_path, "river", TWO)
    assert list(file.parent.iterdir()) == []
    with reader:  # the very blocks were overwritten, not only the name removed
        assert reader.read() != content
    with pytest.raises(NoKey):
        custody.private_key(tmp_path, vault, "river")
    for guess in (os.urandom(32), *(piece for piece in keys_in(tmp_path))):
        with pytest.raises(Unopenable):
            vault.open_private(guess, row)
    custody.retire(tmp_path, "river", TWO)  # again, after a crash: no error


@pytest.mark.parametrize("names", [("Amina", "Amina"), ("Amina", " amina "), ("Amina", ""), ("", ""), (" ", "Ruth")])
def test_one_person_cannot_retire(tmp_path: Path, vault: Vault, names: tuple[str, str]):
    custody.make(tmp_path, vault, "river", "hub")
    with pytest.raises(CustodyError, match="two different people"):
        custody.retire(tmp_path, "river", names)
    assert custody.private_key(tmp_path, vault, "river")


def test_retiring_one_leaves_the_others(tmp_path: Path, vault: Vault):
    for name in ("river", "river-2", "lake"):
        custody.make(tmp_path, vault, name, "hub")
    custody.retire(tmp_path, "river", TWO)
    assert custody.private_key(tmp_path, vault, "river-2")
    assert custody.private_key(tmp_path, vault, "lake")


def test_a_key_that_was_never_here_is_retired_too(tmp_path: Path):
    custody.retire(tmp_path, "river", TWO)


def test_halves_and_keys_are_in_no_repr(tmp_path: Path, vault: Vault):
    _, kit = custody.make(tmp_path, vault, "river", "hub")
    assert kit.half_a.split()[2] not in repr(kit)
    with pytest.raises(BadKit) as caught:
        custody.join(kit.half_a, kit.half_b[:-1] + "*")
    said = str(caught.value) + repr(caught.value)
    assert not any(group in said for group in (kit.half_a + kit.half_b).split()[2:] if len(group) == 5)


def keys_in(folder: Path) -> list[bytes]:
    """Every run of 32 bytes that starts a file, or a hexadecimal word, anywhere in the folder."""
    found = []
    for file in folder.rglob("*"):
        if file.is_file():
            found += [file.read_bytes()[:32].ljust(32, b"\0")]
            found += [bytes.fromhex(word.decode()) for word in file.read_bytes().split() if len(word) == 64]
    return found
