"""STOP and ERASE outlive the database: kept in order, tampering noticed, a torn end repaired."""

import os
import resource
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.suppression import HEARD, Standing, Suppression, SuppressionError, Suppressions
from consult.vault import Locked, Vault
from tests.conftest import many

RECORD, HEAD = 41, 37
NUMBER = "+237650000001"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.open(tmp_path)


@pytest.fixture
def kept(tmp_path: Path, vault: Vault) -> Suppressions:
    return Suppressions.open(tmp_path, vault)


def index(n: int) -> bytes:
    return n.to_bytes(16, "big")


def fill(kept: Suppressions, count: int) -> list[Suppression]:
    orders = [Suppression(index(n), ("stop", "erase", "rejoin")[n % 3], 20_000 + n, n) for n in range(count)]
    for order in orders:
        kept.add(order.index, order.kind, order.day, order.generation)
    return orders


def test_orders_survive_a_restart(tmp_path: Path, vault: Vault, kept: Suppressions):
    orders = fill(kept, 7)
    assert kept.all() == tuple(orders)
    assert Suppressions.open(tmp_path, vault).all() == tuple(orders)
    assert stat.S_IMODE((tmp_path / "suppressed").stat().st_mode) == 0o600


def test_no_number_is_inside(tmp_path: Path, vault: Vault, kept: Suppressions):
    kept.add(vault.index(NUMBER), "erase", 20_000, 1)
    content = (tmp_path / "suppressed").read_bytes()
    assert NUMBER.encode() not in content
    assert NUMBER[1:].encode() not in content
    assert len(content) == HEAD + RECORD


def test_the_same_order_again_adds_nothing(tmp_path: Path, kept: Suppressions):
    for day in (20_000, 20_001, 20_001):
        kept.add(index(1), "stop", day, 0)
    kept.add(index(1), "erase", 20_002, 1)
    kept.add(index(1), "erase", 20_002, 1)
    assert [(order.kind, order.day) for order in kept.all()] == [("stop", 20_000), ("erase", 20_002)]
    assert (tmp_path / "suppressed").stat().st_size == HEAD + 2 * RECORD


@pytest.mark.parametrize(
    ("orders", "standing"),
    [
        ([("stop", 1, 0)], Standing(0, None, 1)),
        ([("stop", 1, 0), ("rejoin", 2, 0)], Standing(0, None, None)),
        ([("stop", 1, 0), ("rejoin", 2, 0), ("stop", 3, 0)], Standing(0, None, 3)),
        ([("erase", 1, 1)], Standing(1, 1, 1)),
        ([("erase", 1, 1), ("rejoin", 2, 1)], Standing(1, 1, None)),
        ([("erase", 1, 1), ("rejoin", 2, 1), ("erase", 3, 2)], Standing(2, 3, 3)),
        ([("erase", 1, 1), ("rejoin", 2, 1), ("stop", 3, 1)], Standing(1, 1, 3)),
    ],
)
def test_the_last_word_stands(kept: Suppressions, orders: list, standing: Standing):
    for kind, day, generation in orders:
        kept.add(index(9), kind, day, generation)
    kept.add(index(8), "stop", 5, 0)
    assert kept.standing() == {index(9): standing, index(8): Standing(0, None, 5)}


@pytest.mark.parametrize(("what", "kind"), [(b"short", "stop"), (index(1), "pause"), (b"", "erase")])
def test_what_is_no_order_is_refused(kept: Suppressions, what: bytes, kind: str):
    with pytest.raises(SuppressionError):
        kept.add(what, kind, 1, 0)
    assert kept.all() == ()


# ---- tampering and tearing


@settings(max_examples=many(200))
@given(st.data())
def test_any_flipped_bit_is_noticed(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject):
    folder, vault, content = sample(tmp_path_factory)
    bit = data.draw(st.integers(0, len(content) * 8 - 1))
    altered = bytes(byte ^ (1 << bit % 8 if place == bit // 8 else 0) for place, byte in enumerate(content))
    (folder / "suppressed").write_bytes(altered)
    with pytest.raises(SuppressionError, match="backup folder"):
        Suppressions.open(folder, vault)
    assert (folder / "suppressed").read_bytes() == altered


@pytest.mark.parametrize("gone", range(4))
def test_a_record_gone_from_the_middle_is_noticed(tmp_path_factory: pytest.TempPathFactory, gone: int):
    folder, vault, content = sample(tmp_path_factory)
    start = HEAD + gone * RECORD
    (folder / "suppressed").write_bytes(content[:start] + content[start + RECORD :])
    with pytest.raises(SuppressionError, match="altered at record"):
        Suppressions.open(folder, vault)


def test_exchanged_and_repeated_records_are_noticed(tmp_path_factory: pytest.TempPathFactory):
    folder, vault, content = sample(tmp_path_factory)
    first, second, rest = content[HEAD : HEAD + RECORD], content[HEAD + RECORD : HEAD + 2 * RECORD], content[119:]
    for altered in (second + first + rest, first + first + second + rest):
        (folder / "suppressed").write_bytes(content[:HEAD] + altered)
        with pytest.raises(SuppressionError, match="altered"):
            Suppressions.open(folder, vault)


@pytest.mark.parametrize("length", range(1, RECORD))
def test_a_torn_end_is_repaired_and_nothing_else_is_lost(tmp_path_factory: pytest.TempPathFactory, length: int):
    folder, vault, content = sample(tmp_path_factory)
    before = Suppressions.open(folder, vault).all()
    (folder / "suppressed").write_bytes(content + os.urandom(length))
    again = Suppressions.open(folder, vault)
    assert again.all() == before
    assert (folder / "suppressed").read_bytes() == content
    again.add(index(77), "erase", 20_100, 1)
    assert Suppressions.open(folder, vault).all()[-1] == Suppression(index(77), "erase", 20_100, 1)


def test_an_end_of_zeros_after_a_power_cut_is_repaired(tmp_path_factory: pytest.TempPathFactory):
    folder, vault, content = sample(tmp_path_factory)
    before = Suppressions.open(folder, vault).all()
    (folder / "suppressed").write_bytes(content + bytes(RECORD))
    assert Suppressions.open(folder, vault).all() == before


@pytest.mark.parametrize("content", [b"", b"consult", bytes(range(100)), b"consult suppressed 1\n" + bytes(16)])
def test_another_file_is_refused_and_kept(tmp_path: Path, vault: Vault, content: bytes):
    (tmp_path / "suppressed").write_bytes(content)
    with pytest.raises(SuppressionError, match="put back its copy"):
        Suppressions.open(tmp_path, vault)
    assert (tmp_path / "suppressed").read_bytes() == content


def test_another_hub_cannot_read_it(tmp_path: Path, kept: Suppressions):
    with pytest.raises(SuppressionError, match="not this hub's"):
        Suppressions.open(tmp_path, Vault.open(tmp_path / "other"))


def test_it_needs_the_keys(tmp_path: Path, vault: Vault):
    vault.forget()
    with pytest.raises(Locked):
        Suppressions.open(tmp_path, vault).all()
    assert not (tmp_path / "suppressed").exists()


def test_cut_short_while_in_use(tmp_path: Path, kept: Suppressions):
    fill(kept, 3)
    os.truncate(tmp_path / "suppressed", HEAD + RECORD)
    with pytest.raises(SuppressionError, match="cut short"):
        kept.add(index(50), "stop", 1, 0)


# ---- the copy with the backups


def test_the_copy_is_whole_and_reads_alike(tmp_path: Path, vault: Vault, kept: Suppressions):
    target = tmp_path / "backup"
    orders = fill(kept, 3)
    kept.copy_to(target)
    assert Suppressions.open(target, vault).all() == tuple(orders)
    kept.add(index(60), "erase", 20_000, 1)
    copy = kept.copy_to(target)
    assert copy.read_bytes() == (tmp_path / "suppressed").read_bytes()
    assert [file.name for file in target.iterdir()] == ["suppressed"]


def test_a_copy_that_knows_more_shows_that_ours_was_cut(tmp_path: Path, vault: Vault, kept: Suppressions):
    fill(kept, 3)
    copy = kept.copy_to(tmp_path / "backup")
    before = copy.read_bytes()
    os.truncate(tmp_path / "suppressed", HEAD + 2 * RECORD)
    cut = Suppressions.open(tmp_path, vault)
    cut.add(index(70), "stop", 1, 0)
    with pytest.raises(SuppressionError, match="cut short"):
        cut.copy_to(tmp_path / "backup")
    assert copy.read_bytes() == before


# ---- several at once, and death


def test_threads_and_handles_add_without_losing_any(tmp_path: Path, vault: Vault):
    handles = [Suppressions.open(tmp_path, vault) for _ in range(3)]
    threads = [threading.Thread(target=add_many, args=(handles[n % 3], n * 100)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = Suppressions.open(tmp_path, vault).all()
    assert sorted(order.index for order in found) == sorted(index(n * 100 + m) for n in range(6) for m in range(20))
    assert handles[0].all() == found


def add_many(kept: Suppressions, start: int) -> None:
    for n in range(20):
        kept.add(index(start + n), "stop", 20_000, 0)


CHILD = """
import sys
from pathlib import Path
from consult.suppression import Suppressions
from consult.vault import Vault
folder = Path(sys.argv[1])
kept = Suppressions.open(folder, Vault.open(folder))
n = len(kept.all())
while True:
    kept.add(n.to_bytes(16, "big"), "erase", 20_000, n)
    n += 1
    print(n, flush=True)
"""


def test_killed_while_appending_nothing_acknowledged_is_lost(tmp_path: Path, vault: Vault):
    acknowledged = 0
    for round_ in range(5):
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for line in child.stdout:
            acknowledged = int(line)
            if acknowledged >= 20 + 20 * round_:
                child.send_signal(signal.SIGKILL)
                break
        rest = child.stdout.read()  # what was said between our reading and its death
        acknowledged = max([acknowledged, *(int(line) for line in rest.split("\n")[:-1])])
        child.wait()
        child.stdout.close()
        found = Suppressions.open(tmp_path, vault).all()
        assert acknowledged <= len(found) <= acknowledged + 1
        assert [order.index for order in found] == [index(n) for n in range(len(found))]


def test_a_disk_that_takes_only_a_part_keeps_the_file_whole(tmp_path: Path, vault: Vault, kept: Suppressions):
    orders = fill(kept, 2)
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        for room, error in ((10, SuppressionError), (0, OSError)):
            resource.setrlimit(resource.RLIMIT_FSIZE, (HEAD + 2 * RECORD + room, before[1]))
            with pytest.raises(error):
                kept.add(index(9), "erase", 20_000, 1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert (tmp_path / "suppressed").stat().st_size == HEAD + 2 * RECORD
    assert kept.all() == tuple(orders)
    kept.add(index(9), "erase", 20_000, 1)
    assert len(Suppressions.open(tmp_path, vault).all()) == 3


def sample(factory: pytest.TempPathFactory) -> tuple[Path, Vault, bytes]:
    folder = factory.mktemp("data")
    vault = Vault.open(folder)
    fill(Suppressions.open(folder, vault), 5)
    return folder, vault, (folder / "suppressed").read_bytes()


def test_whom_a_node_heard_stands_apart_from_numbers(tmp_path: Path, vault: Vault, kept: Suppressions):
    kept.add(index(1), "erase", 20_000, 1)
    kept.add(index(2), "erase", 20_001, HEARD)
    for each in (kept, Suppressions.open(tmp_path, vault)):
        assert each.forgotten() == {index(2)}
        assert list(each.standing()) == [index(1)]
