"""A backup is opened by its code alone, comes back whole or not at all, and brings nobody back who left."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from nacl.bindings import crypto_box_keypair

from consult import backup, custody, parcel
from consult.backup import BackupError, Damaged, WrongCode
from consult.custody import CustodyError
from consult.store import Store, StoreError, Tx
from consult.store.records import Campaign, Fact, Message, Published
from consult.store.sqlite import open_store
from consult.suppression import SuppressionError, Suppressions
from consult.vault import Keyring, Locked, Unopenable, Vault, open_fact, seal_fact

AT, DAY = 1_767_225_600, 20_454  # 2026-01-01 00:00 UTC
ANY_DAMAGE = "altered|torn|missing|only its first bytes|added behind"
NUMBERS = {"amina": "+237650000001", "ruth": "+237650000002", "sade": "+237650000003"}
SAID = b"planted: afraid at the well"


@dataclass
class Hub:
    """A hub in a folder, with three women who answered."""

    folder: Path
    target: Path
    code: str
    vault: Vault
    store: Store
    public: bytes

    def back_up(self, at: int = AT, **how: object) -> Path:
        return backup.back_up(
            self.store, self.vault, self.folder, self.target, backup.backup_key(self.folder), at, **how
        )

    def index(self, name: str) -> bytes:
        return self.vault.index(NUMBERS[name])

    def erase(self, name: str, generation: int = 1) -> None:
        Suppressions.open(self.folder, self.vault).add(self.index(name), "erase", DAY, generation)
        address = self.store.read(lambda view: view.address(self.index(name)))
        self.store.write(lambda tx: tx.erase(address.id))
        self.store.write(lambda tx: tx.suppress(self.index(name), "erase", DAY))
        self.store.scrub()

    def stop(self, name: str) -> None:
        Suppressions.open(self.folder, self.vault).add(self.index(name), "stop", DAY, 0)
        self.store.write(lambda tx: tx.suppress(self.index(name), "stop", DAY))

    @property
    def suppressed(self) -> Path:
        return Suppressions.open(self.folder, self.vault).copy_to(self.target)


@pytest.fixture
def hub(tmp_path: Path):
    folder = tmp_path / "data"
    vault = Vault.open(folder)
    code = backup.new_backup_key(folder)
    public, _ = custody.make(folder, vault, "river", "hub")
    store = open_store(folder / "consult.db")
    store.write(lambda tx: tx.publish(Published("river", 1, "0" * 64, "name = 'river'", public, "hub", DAY)))
    hub = Hub(folder, tmp_path / "target", code, vault, store, public)
    for name in NUMBERS:
        store.write(lambda tx, name=name: answered(tx, hub, name))
    yield hub
    store.close()


def answered(tx, hub: Hub, name: str) -> None:
    number = NUMBERS[name]
    address = tx.add_address(hub.vault.index(number), hub.vault.seal(number.encode(), b"number"), "Africa/Douala")
    person = tx.add_person(address.id, 0, 0)
    key, row = hub.vault.new_key(person.id, "river", hub.public)
    tx.put_key(row)
    sealed = seal_fact(key, SAID, b"fact")
    tx.record(Fact("river", 1, 1, person.id, 1, "sms", "open", DAY, "in_time", sealed))


def heard(folder: Path, name: str) -> bytes | None:
    """What a restored hub can still read of her; None when nothing."""
    vault, store = Vault.open(folder), open_store(folder / "consult.db")
    try:
        address = store.read(lambda view: view.address(vault.index(NUMBERS[name])))
        people = store.read(lambda view: [p for g in range(3) for p in view.people_at(address.id, g)])
        facts = store.read(lambda view: list(view.facts("river")))
        for person in people:
            if row := store.read(lambda view, person=person: view.key(person.id, "river")):
                sealed = next(fact.sealed for fact in facts if fact.person == person.id)
                return open_fact(vault.open_live(row), sealed, b"fact")
        return None
    finally:
        store.close()


def look(folder: Path, reading: Callable) -> object:
    store = open_store(folder / "consult.db")
    try:
        return store.read(reading)
    finally:
        store.close()


def one_more(tx: Tx) -> Fact:
    return tx.record(Fact("river", 1, 1, 1, 1, "sms", "open", DAY, "in_time", SAID))


def recorded(folder: Path) -> Fact:
    """The next fact of a restored hub."""
    store = open_store(folder / "consult.db")
    try:
        return store.write(one_more)
    finally:
        store.close()


# ---- there and back


def test_everything_comes_back(hub: Hub, tmp_path: Path):
    new = tmp_path / "new"
    restored = backup.restore(hub.back_up(), hub.code, new, hub.suppressed, None, AT + 60)
    assert (restored.made, restored.erased, restored.stopped, restored.kits) == (AT, 0, 0, ("river",))
    assert all(heard(new, name) == SAID for name in NUMBERS)
    assert backup.backup_key(new) == backup.backup_key(hub.folder)
    assert sorted(path.name for path in new.iterdir()) == ["consult.db", "keys", "suppressed"]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [new, *new.rglob("*")]}
    assert {modes.pop("data", 0o700), modes.pop("new"), modes.pop("keys")} == {0o700}
    assert set(modes.values()) == {0o600}
    assert "restored the backup of 2026-01-01 00:00:00 UTC" in look(new, lambda view: view.audit())[-1][2]


def test_into_an_empty_folder_and_the_root_of_a_fresh_volume(hub: Hub, tmp_path: Path):
    (tmp_path / "volume" / "lost+found").mkdir(parents=True)
    backup.restore(hub.back_up(), hub.code, tmp_path / "volume", hub.target, None, AT)
    assert heard(tmp_path / "volume", "ruth") == SAID


def test_the_code_may_be_typed_carelessly(hub: Hub, tmp_path: Path):
    typed = hub.code.lower().replace("0", "o").replace("\n", " - ")
    backup.restore(hub.back_up(), typed, tmp_path / "new", hub.suppressed, None, AT)
    assert heard(tmp_path / "new", "amina") == SAID


def test_a_large_database_spans_many_blocks(hub: Hub, tmp_path: Path):
    for n in range(8):
        hub.store.write(lambda tx, n=n: tx.hold(n.to_bytes(16, "big"), os.urandom(60_000)))
    told: list[tuple[int, int]] = []
    file = hub.back_up(progress=lambda done, total: told.append((done, total)))
    assert len(told) > 7
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
    told.clear()
    backup.restore(file, hub.code, tmp_path / "new", hub.suppressed, None, AT, lambda *of: told.append(of))
    assert told == sorted(told)
    assert told[-1] == (file.stat().st_size,) * 2
    assert len(look(tmp_path / "new", lambda view: view.held(10))) == 8


@pytest.mark.parametrize("size", [0, 1, 65_000, 65_536 - 105, 65_536, 131_072, 200_001])
def test_any_length_of_stream_comes_back(tmp_path: Path, size: int):
    content, (public, private), key = os.urandom(size), crypto_box_keypair(), os.urandom(32)
    for shift in range(-40, 41, 8):  # around the edges of blocks
        piece = content[: max(0, size + shift)]
        file, back = tmp_path / f"f{shift}", tmp_path / f"b{shift}"
        with file.open("wb") as out:
            parcel.pack(out, public, key, AT, [parcel.Member("x", piece)], lambda done, total: None)
        assert parcel.unpack(file, private, {"x": back}, lambda: key, lambda done, total: None) == AT
        assert back.read_bytes() == piece


# ---- who left does not come back


def test_who_erased_after_the_backup_stays_erased(hub: Hub, tmp_path: Path):
    file = hub.back_up()
    hub.erase("amina")
    restored = backup.restore(file, hub.code, tmp_path / "new", hub.suppressed, None, AT)
    assert (restored.erased, restored.stopped) == (1, 1)
    assert heard(tmp_path / "new", "amina") is None
    assert heard(tmp_path / "new", "ruth") == SAID
    address = look(tmp_path / "new", lambda view: view.address(hub.index("amina")))
    assert (address.sealed, address.generation) == (b"", 1)
    assert look(tmp_path / "new", lambda view: view.suppressed(hub.index("amina")))
    again = Vault.open(tmp_path / "new")
    assert Suppressions.open(tmp_path / "new", again).standing()[hub.index("amina")].generation == 1


def test_her_wrapped_key_is_in_no_file_of_the_restored_folder(hub: Hub, tmp_path: Path):
    row = hub.store.read(lambda view: view.key(1, "river"))
    number = hub.store.read(lambda view: view.address(hub.index("amina"))).sealed
    file = hub.back_up()
    hub.erase("amina")
    backup.restore(file, hub.code, tmp_path / "new", hub.suppressed, None, AT)
    for secret in (row.wrapped, row.live, number):
        assert holding(tmp_path / "new", secret) == []
        assert holding(hub.folder, secret) == []


def test_the_generation_rises_to_the_recorded_one(hub: Hub, tmp_path: Path):
    file = hub.back_up()
    hub.erase("amina", generation=3)
    Suppressions.open(hub.folder, hub.vault).add(hub.vault.index("+237650000009"), "erase", DAY, 2)
    backup.restore(file, hub.code, tmp_path / "new", hub.suppressed, None, AT)
    generations = {
        number: look(tmp_path / "new", lambda view, n=number: view.address(hub.vault.index(n))).generation
        for number in (NUMBERS["amina"], "+237650000009", NUMBERS["ruth"])
    }
    assert list(generations.values()) == [3, 2, 0]


def test_who_came_after_an_erasure_is_not_erased_for_it(hub: Hub, tmp_path: Path):
    hub.erase("amina")
    hub.store.write(lambda tx: rejoin(tx, hub, "amina"))
    Suppressions.open(hub.folder, hub.vault).add(hub.index("amina"), "rejoin", DAY, 1)
    restored = backup.restore(hub.back_up(), hub.code, tmp_path / "new", hub.suppressed, None, AT)
    assert (restored.erased, restored.stopped) == (0, 0)
    assert heard(tmp_path / "new", "amina") == SAID
    assert not look(tmp_path / "new", lambda view: view.suppressed(hub.index("amina")))


def rejoin(tx, hub: Hub, name: str) -> None:
    address = tx.address(hub.index(name))
    tx.unsuppress(hub.index(name))
    tx.update_address(replace(address, sealed=hub.vault.seal(NUMBERS[name].encode(), b"number"), stopped=None))
    person = tx.add_person(address.id, 0, address.generation)
    key, row = hub.vault.new_key(person.id, "river", hub.public)
    tx.put_key(row)
    tx.record(Fact("river", 1, 1, person.id, 2, "sms", "open", DAY, "in_time", seal_fact(key, SAID, b"fact")))


def test_stopped_stays_stopped(hub: Hub, tmp_path: Path):
    file = hub.back_up()
    hub.stop("ruth")
    Suppressions.open(hub.folder, hub.vault).add(hub.vault.index("+237650000009"), "stop", DAY, 0)  # not in the backup
    restored = backup.restore(file, hub.code, tmp_path / "new", hub.suppressed, None, AT)
    assert (restored.erased, restored.stopped) == (0, 2)
    for number in (NUMBERS["ruth"], "+237650000009"):
        assert look(tmp_path / "new", lambda view, n=number: view.suppressed(hub.vault.index(n)))
    assert look(tmp_path / "new", lambda view: view.address(hub.index("ruth"))).stopped == DAY
    assert heard(tmp_path / "new", "ruth") == SAID


def test_what_was_waiting_for_her_is_cancelled(hub: Hub, tmp_path: Path):
    waiting = Message(0, 2, "+1", "sms", "c", "invite", hub.vault.seal(b"Hello", b"outbox"), AT, None, started=True)
    id = hub.store.write(lambda tx: tx.owe(waiting))
    file = hub.back_up()
    hub.stop("ruth")
    assert look(hub.folder, lambda view: view.message(id)).state == "queued"
    backup.restore(file, hub.code, tmp_path / "new", hub.suppressed, None, AT)
    assert look(tmp_path / "new", lambda view: view.message(id)).state == "cancelled"


def test_campaigns_wake_up_paused(hub: Hub, tmp_path: Path):
    running = Campaign(0, "river", 1, "sms", "c", "+1", "running", 1.0, None, None, 0.0)
    id = hub.store.write(lambda tx: tx.add_campaign(running))
    backup.restore(hub.back_up(), hub.code, tmp_path / "new", hub.suppressed, None, AT)
    campaign = look(tmp_path / "new", lambda view: view.campaign(id))
    assert (campaign.state, campaign.why) == ("paused", "restored from a backup")


def test_no_number_given_since_the_backup_is_given_again(hub: Hub, tmp_path: Path):
    file = hub.back_up()
    since = hub.store.write(one_more)
    for name in ("one", "two"):
        backup.restore(file, hub.code, tmp_path / name, hub.suppressed, None, AT)
    again = [recorded(tmp_path / name) for name in ("one", "two")]
    origins = {(fact.node, fact.epoch, fact.seq) for fact in (since, *again)}
    assert len(origins) == 3
    assert {fact.node for fact in again} == {since.node}


def test_without_the_suppression_file_two_people_decide(hub: Hub, tmp_path: Path):
    file = hub.back_up()
    for names in (None, ("Amina", "amina "), ("", "Ruth")):
        with pytest.raises(CustodyError, match="two different people"):
            backup.restore(file, hub.code, tmp_path / "new", None, names, AT)
        assert not (tmp_path / "new").exists()
    backup.restore(file, hub.code, tmp_path / "new", None, ("Amina B", "Ruth\nC"), AT)
    noted = look(tmp_path / "new", lambda view: view.audit())[-1][2]
    assert noted.endswith("without the suppression file, as decided by Amina B and Ruth C")


# ---- refused, and nothing left behind


def refused(hub: Hub, file: Path, folder: Path, error: type[Exception], says: str, **how: object) -> None:
    existed = folder.exists()
    before = sorted(folder.rglob("*")) if existed else None
    given = {"code": hub.code, "suppressions": hub.target, "two_people": None, "at": AT} | how
    with pytest.raises(error, match=says):
        backup.restore(file, folder=folder, **given)
    assert (sorted(folder.rglob("*")) if folder.exists() else None) == before


def big(hub: Hub) -> bytes:
    for n in range(5):
        hub.store.write(lambda tx, n=n: tx.hold(n.to_bytes(16, "big"), os.urandom(60_000)))
    return hub.back_up().read_bytes()


def test_a_bit_flipped_anywhere_is_refused(hub: Hub, tmp_path: Path):
    content, file = hub.back_up().read_bytes(), tmp_path / "altered.backup"
    step = len(content) // 40
    for place in [*range(0, 160, 7), *range(160, len(content), step), len(content) - 1]:
        file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        refused(hub, file, tmp_path / "new", BackupError, f"{ANY_DAMAGE}|another backup key")


def test_a_torn_backup_is_refused_wherever_it_ends(hub: Hub, tmp_path: Path):
    content, file = big(hub), tmp_path / "torn.backup"
    blocks = [153 + n * 65_553 for n in range(4)]
    for end in (0, 1, 16, 17, 100, 152, *blocks, 200, blocks[2] + 5, len(content) - 1, len(content) - 17):
        file.write_bytes(content[:end])
        refused(hub, file, tmp_path / "new", Damaged, ANY_DAMAGE)
    (tmp_path / "empty").mkdir()
    refused(hub, file, tmp_path / "empty", Damaged, "torn")


def test_moved_repeated_and_added_blocks_are_refused(hub: Hub, tmp_path: Path):
    content, file = big(hub), tmp_path / "moved.backup"
    head, blocks = content[:153], [content[at : at + 65_553] for at in range(153, len(content), 65_553)]
    for order in (
        [blocks[1], blocks[0], *blocks[2:]],
        [blocks[0], *blocks],
        [blocks[0], *blocks[2:]],
        [*blocks, blocks[-1]],
        [*blocks, b"x"],
    ):
        file.write_bytes(head + b"".join(order))
        refused(hub, file, tmp_path / "new", Damaged, ANY_DAMAGE)
    file.write_bytes(hub.back_up(AT + 1).read_bytes()[:153] + b"".join(blocks))
    refused(hub, file, tmp_path / "new", Damaged, "torn at byte 153")


def test_the_wrong_code_is_refused_and_says_why(hub: Hub, tmp_path: Path):
    file = hub.back_up()
    groups = hub.code.split()
    mistyped = " ".join([*groups[:6], "00000" if groups[6] != "00000" else "11111", *groups[7:]])
    refused(hub, file, tmp_path / "new", WrongCode, "group 7", code=mistyped)
    refused(hub, file, tmp_path / "new", WrongCode, "15 groups", code="")
    other = backup.new_backup_key(tmp_path / "other")
    refused(hub, file, tmp_path / "new", WrongCode, "another backup key", code=other)
    _, kit = custody.make(hub.folder, hub.vault, "lake", "offline")
    refused(hub, file, tmp_path / "new", WrongCode, "something else", code=kit.half_a.split("\n", 1)[1])


def test_a_backup_forged_with_the_public_key_is_refused(hub: Hub, tmp_path: Path):
    """Anyone who can write to the backup folder reads the public key in every backup's head."""
    genuine, forged = hub.back_up(), tmp_path / "forged.backup"
    public = genuine.read_bytes()[17:49]
    attacker = Keyring(os.urandom(32), os.urandom(32))
    database = (tmp_path / "evil.db").absolute()
    hub.store.backup(str(database))
    for keyring, proving, error, says in (
        (attacker, Vault(attacker).secret("backup"), SuppressionError, "not this hub's"),
        (hub.vault.keyring(), os.urandom(32), Damaged, "not made by the hub"),
    ):
        members = [parcel.Member("hub.key", keyring.text()), parcel.Member("consult.db", database)]
        with forged.open("wb") as out:
            parcel.pack(out, public, proving, AT, members, lambda done, total: None)
        refused(hub, forged, tmp_path / "new", error, says)


def test_parts_of_another_version_are_refused(hub: Hub, tmp_path: Path):
    hub.back_up()
    file = tmp_path / "later.backup"
    with file.open("wb") as out:
        members = [parcel.Member("../../evil", b"x")]
        parcel.pack(out, backup.backup_key(hub.folder), os.urandom(32), AT, members, lambda done, total: None)
    refused(hub, file, tmp_path / "new", Damaged, "parts that this version does not know")


def test_only_an_empty_folder_is_restored_into(hub: Hub, tmp_path: Path):
    file, new = hub.back_up(), tmp_path / "new"
    new.mkdir()
    (new / "notes.txt").write_text("mine")
    refused(hub, file, new, BackupError, r"not empty \(notes.txt\)")
    refused(hub, file, hub.folder, BackupError, "not empty")
    assert heard(hub.folder, "amina") == SAID


def test_a_suppression_file_that_cannot_be_relied_on_is_refused(hub: Hub, tmp_path: Path):
    file = hub.back_up()
    hub.stop("ruth")
    listed = hub.suppressed
    content = listed.read_bytes()
    for altered, says in ((content[:40] + b"x" + content[41:], "altered"), (b"", "not this hub's")):
        listed.write_bytes(altered)
        refused(hub, file, tmp_path / "new", SuppressionError, says)
    refused(hub, file, tmp_path / "new", SuppressionError, "cannot read", suppressions=tmp_path / "none")


def test_a_database_that_is_none_is_refused(hub: Hub, tmp_path: Path):
    hub.back_up()
    file = tmp_path / "odd.backup"
    members = [parcel.Member("hub.key", hub.vault.keyring().text()), parcel.Member("consult.db", os.urandom(9000))]
    with file.open("wb") as out:
        parcel.pack(
            out, backup.backup_key(hub.folder), hub.vault.secret("backup"), AT, members, lambda done, total: None
        )
    refused(hub, file, tmp_path / "new", StoreError, "damaged or no database")


# ---- what leaves, and what stays


def test_nothing_leaves_unencrypted_and_no_copy_stays(hub: Hub, tmp_path: Path):
    hub.back_up()
    custody_key = custody.private_key(hub.folder, hub.vault, "river")
    ring = hub.vault.keyring()
    row = hub.store.read(lambda view: view.key(1, "river"))
    left = [custody_key, ring.live, ring.index, row.wrapped, row.live, SAID, b"name = 'river'", b"SQLite format"]
    for secret in [*left, *(number[1:].encode() for number in NUMBERS.values())]:
        assert holding(hub.target, secret) == []
        assert holding(hub.target, secret.hex().encode()) == []
    for secret in (SAID, custody_key, *(number[1:].encode() for number in NUMBERS.values())):
        assert holding(hub.folder, secret) == []
    assert list((hub.folder / ".backing-up").iterdir()) == []
    assert sorted(file.name for file in hub.target.iterdir()) == ["consult-20260101-000000.backup", "suppressed"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in hub.target.iterdir()} == {0o600}


def test_a_consultation_key_comes_back_from_its_kit_only(hub: Hub, tmp_path: Path):
    (hub.folder / "keys" / "consultations" / "river.key").unlink()
    public, kit = custody.make(hub.folder, hub.vault, "river", "hub")
    hub.store.write(lambda tx: tx.publish(Published("river", 2, "1" * 64, "x = 1", public, "hub", DAY)))
    _, row = hub.vault.new_key(9, "river", public)
    new = tmp_path / "new"
    backup.restore(hub.back_up(), hub.code, new, hub.suppressed, None, AT)
    vault = Vault.open(new)
    with pytest.raises(custody.NoKey):
        custody.private_key(new, vault, "river")
    custody.put_back(new, vault, "river", public, kit.half_a, kit.half_b)
    assert vault.open_private(custody.private_key(new, vault, "river"), row)


def test_a_retired_consultation_stays_closed_in_a_restored_backup(hub: Hub, tmp_path: Path):
    hub.store.write(lambda tx: [tx.forget_live(person, "river") for person in (1, 2, 3)])
    file = hub.back_up()
    custody.retire(hub.folder, "river", ("Amina", "Ruth"))
    backup.restore(file, hub.code, tmp_path / "new", hub.suppressed, None, AT)
    row = look(tmp_path / "new", lambda view: view.key(1, "river"))
    vault = Vault.open(tmp_path / "new")
    assert vault.open_live(row) is None
    with pytest.raises(custody.NoKey):
        custody.private_key(tmp_path / "new", vault, "river")
    with pytest.raises(Unopenable):
        vault.open_private(os.urandom(32), row)


def test_a_backup_that_fails_leaves_nothing(hub: Hub):
    def fail(done: int, total: int) -> None:
        raise RuntimeError("unplugged")

    with pytest.raises(RuntimeError):
        hub.back_up(progress=fail)
    assert list(hub.target.iterdir()) == []
    assert list((hub.folder / ".backing-up").iterdir()) == []
    hub.vault.forget()
    with pytest.raises(Locked):
        hub.back_up()
    assert list(hub.target.iterdir()) == []
    assert list((hub.folder / ".backing-up").iterdir()) == []


def test_the_copy_is_overwritten_before_it_is_removed(hub: Hub):
    readers = []

    def keep_open(done: int, total: int) -> None:
        if not readers:
            readers.append((hub.folder / ".backing-up" / "consult.db").open("rb"))

    hub.back_up(progress=keep_open)
    with readers[0] as reader:
        content = reader.read()
    assert len(content) > 4096
    assert not content.startswith(b"SQLite format")
    assert b"river" not in content


def test_two_backups_at_once_are_not_made(hub: Hub):
    errors: list[Exception] = []

    def second(done: int, total: int) -> None:
        if not errors:
            with pytest.raises(BackupError, match="another backup") as caught:
                hub.back_up(AT + 5)
            errors.append(caught.value)

    hub.back_up(progress=second)
    assert len(errors) == 1
    assert hub.back_up(AT + 6).exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from consult import backup
from consult.store.sqlite import open_store
from consult.vault import Vault
folder, target, file, code, new = sys.argv[1:]
die = lambda done, total: os.kill(os.getpid(), signal.SIGKILL) if done * 2 >= total else None
if file:
    backup.restore(Path(file), code, Path(new), Path(target), None, 0, die)
else:
    data = Path(folder)
    store = open_store(data / "consult.db")
    backup.back_up(store, Vault.open(data), data, Path(target), backup.backup_key(data), 1_767_225_700, die)
"""


def killed(hub: Hub, file: Path | str, new: Path | str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, hub.folder, hub.target, file, hub.code, new], stderr=subprocess.PIPE
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def test_a_backup_killed_midway_is_cleaned_up_by_the_next(hub: Hub, tmp_path: Path):
    killed(hub, "", "")
    assert list((hub.folder / ".backing-up").iterdir()) != []
    file = hub.back_up(AT + 60)
    assert list((hub.folder / ".backing-up").iterdir()) == []
    backup.prune(hub.target, AT + 31 * 86_400)
    assert sorted(path.name for path in hub.target.iterdir()) == ["suppressed"]
    assert not file.exists()


def test_a_restore_killed_midway_is_simply_run_again(hub: Hub, tmp_path: Path):
    big(hub)
    file, new = hub.back_up(AT + 1), tmp_path / "new"
    killed(hub, file, new)
    assert [path.name for path in new.iterdir()] == [".restoring"]
    with pytest.raises(Locked, match="run `consult restore` again"):
        Vault.open(new)
    backup.restore(file, hub.code, new, hub.suppressed, None, AT)
    assert heard(new, "sade") == SAID


@pytest.mark.parametrize("moved", [["keys"], ["keys", "suppressed"], ["keys", "suppressed", "consult.db"]])
def test_a_restore_killed_while_moving_is_run_again(hub: Hub, tmp_path: Path, moved: list[str]):
    file, new = hub.back_up(), tmp_path / "new"
    backup.restore(file, hub.code, new, hub.suppressed, None, AT)
    (new / ".restoring").mkdir()
    for path in list(new.iterdir()):
        if path.name not in (*moved, ".restoring"):
            path.rename(new / ".restoring" / path.name)
    with pytest.raises(Locked):
        Vault.open(new)
    backup.restore(file, hub.code, new, hub.suppressed, None, AT)
    assert heard(new, "sade") == SAID
    assert sorted(path.name for path in new.iterdir()) == ["consult.db", "keys", "suppressed"]


def test_backups_are_kept_for_thirty_days(hub: Hub):
    day = 86_400
    for age in (31, 30, 29, 1):
        (hub.target).mkdir(exist_ok=True)
        backup.back_up(hub.store, hub.vault, hub.folder, hub.target, hub.public, AT - age * day)
    for foreign in ("consult-20200101-000000.backup.txt", "other-20200101-000000.backup", "letter.txt"):
        (hub.target / foreign).write_text("not ours")
    hub.back_up(AT)
    kept = sorted(path.name for path in hub.target.iterdir() if path.suffix == ".backup")
    assert [name[8:16] for name in kept if name.startswith("consult")] == [
        "20251202",
        "20251203",
        "20251231",
        "20260101",
    ]
    assert len([path for path in hub.target.iterdir() if path.read_bytes() == b"not ours"]) == 3


def test_a_backup_is_made_while_women_answer(hub: Hub, tmp_path: Path):
    stop, count = threading.Event(), [0]

    def answering() -> None:
        while not stop.is_set():
            count[0] += 1
            hub.store.write(lambda tx: tx.set(f"n{count[0]}", "x"))

    thread = threading.Thread(target=answering)
    thread.start()
    try:
        files = [hub.back_up(AT + n) for n in range(5)]
    finally:
        stop.set()
        thread.join()
    for n, file in enumerate(files):
        backup.restore(file, hub.code, tmp_path / f"new{n}", hub.suppressed, None, AT)
        with sqlite3.connect(tmp_path / f"new{n}" / "consult.db") as opened:
            assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        opened.close()


# ---- the backup key


def test_the_code_is_kept_nowhere(tmp_path: Path):
    code = backup.new_backup_key(tmp_path)
    assert backup.is_code(tmp_path, code)
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert not any(group.encode() in content for group in code.split())
    assert backup.backup_key(tmp_path).hex().encode() in content
    with pytest.raises(BackupError, match="already"):
        backup.new_backup_key(tmp_path)
    other = backup.new_backup_key(tmp_path, replace=True)
    assert not backup.is_code(tmp_path, code)
    assert backup.is_code(tmp_path, other)


@pytest.mark.parametrize("content", ["", "consult backup key 1\n", "consult backup key 1\n00\n", "x\n" + "0" * 64])
def test_a_damaged_backup_key_is_refused(tmp_path: Path, content: str):
    with pytest.raises(BackupError, match="no backup key yet"):
        backup.backup_key(tmp_path)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "backup.pub").write_text(content)
    with pytest.raises(BackupError, match="damaged"):
        backup.backup_key(tmp_path)


def holding(folder: Path, secret: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and secret in path.read_bytes()]
