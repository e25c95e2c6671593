"""What is true of the SQLite store only: its file, its settings, its queries, its mishaps."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from consult.config import Settings
from consult.store import (
    StoreError,
    conversations,
    journal,
    migrations,
    open_for,
    outbox,
    people,
)
from consult.store.aired import Episode
from consult.store.connection import connect, explain, patiently
from consult.store.ddl import sqlite_ddl
from consult.store.migrations import VERSION, migrate
from consult.store.schema import KEYS, NUMBERS
from consult.store.sqlite import SqliteStore, open_store
from tests.store.conftest import ROOT
from tests.store.samples import arrive, fact


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "consult.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    yield store
    store.close()


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


# ---- the file


def test_nobody_else_may_read_the_files(store: SqliteStore, path: Path) -> None:
    store.write(lambda tx: tx.set("a", "1"))
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(("consult.db", "consult.db-wal", "consult.db-shm"), "0o600")
    assert path.parent.stat().st_mode & 0o777 == 0o700
    copy = path.parent / "copy"
    store.backup(str(copy))
    assert copy.stat().st_mode & 0o777 == 0o600


def test_scrub_empties_the_log(store: SqliteStore, path: Path) -> None:
    store.write(lambda tx: [tx.record(fact()) for _ in range(100)])
    log = path.with_name("consult.db-wal")
    assert log.stat().st_size > 0
    store.scrub()
    assert log.stat().st_size == 0


def test_settings_name_the_store(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.db"
    for settings, file in (
        (Settings(data=tmp_path / "data"), tmp_path / "data" / "consult.db"),
        (Settings(data=tmp_path / "data", database_url=f"sqlite:///{elsewhere}"), elsewhere),
    ):
        open_for(settings).close()
        assert file.exists()
    with pytest.raises(StoreError, match="speaks mysql"):
        open_for(Settings(database_url="mysql://somewhere/consult"))


# ---- the schema


def test_every_connection_is_set_as_promised(store: SqliteStore, path: Path) -> None:
    for writes in (True, False):
        with closing(connect(path, writes=writes)) as connection:
            pragmas = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "temp_store", "query_only")
            found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
            assert found == ["wal", 2, 1, 1, 2, int(not writes)]


def test_migrating_again_changes_nothing(store: SqliteStore, path: Path) -> None:
    first = store.write(lambda tx: tx.record(fact()))
    migrate(path)
    again = store.write(lambda tx: tx.record(fact()))
    assert (again.node, again.epoch, again.seq) == (first.node, first.epoch, 2)


def test_many_may_open_a_new_store_at_once(path: Path) -> None:
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(lambda _: SqliteStore(path), range(6)))
    facts = [store.write(lambda tx: tx.record(fact())) for store in stores]
    assert {(f.node, f.epoch) for f in facts} == {(facts[0].node, facts[0].epoch)}
    assert [f.seq for f in facts] == [1, 2, 3, 4, 5, 6]
    for store in stores:
        store.close()


def test_a_newer_database_is_left_alone(store: SqliteStore, path: Path) -> None:
    store.close()
    change(path, f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreError, match="newer"):
        SqliteStore(path)


def test_a_known_store_opens_without_the_migration_library(store: SqliteStore, path: Path) -> None:
    code = (
        "import sys; from consult.store.sqlite import open_store; open_store(sys.argv[1]).close();"
        "print('sqlite_utils' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60
    )
    assert run.stdout == "False\n"


def test_a_store_of_before_accounts_gets_its_tables(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "STEPS", migrations.STEPS[:1])
    monkeypatch.setattr(migrations, "VERSION", 1)
    path.parent.mkdir()
    migrate(path)
    change(path, "INSERT INTO settings (name, value) VALUES ('kept', 'yes')")
    monkeypatch.undo()
    older = SqliteStore(path)
    assert older.read(lambda view: view.setting("kept")) == "yes"
    assert older.write(lambda tx: tx.add_account(b"mark", b"sealed")) == 1
    older.close()


def test_a_store_of_before_calls_gets_their_table(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "STEPS", migrations.STEPS[:2])
    monkeypatch.setattr(migrations, "VERSION", 2)
    path.parent.mkdir()
    migrate(path)
    monkeypatch.undo()
    older = SqliteStore(path)
    older.write(lambda tx: tx.hold_line(b"mark", b"first", 5))
    older.write(lambda tx: tx.hold_line(b"mark", b"then", 6))
    assert older.read(lambda view: view.line(b"mark")) == b"then"
    assert older.write(lambda tx: tx.drop_lines(6)) == 0
    assert older.write(lambda tx: tx.drop_lines(7)) == 1
    older.close()


def test_a_store_of_before_episodes_gets_their_tables(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "STEPS", migrations.STEPS[:4])
    monkeypatch.setattr(migrations, "VERSION", 4)
    path.parent.mkdir()
    migrate(path)
    monkeypatch.undo()
    older = SqliteStore(path)
    planned = Episode("river", 2, 1, "wave", "ha", 20_000, 3600, "", "moving", "{}", opens_at=5)
    older.write(lambda tx: tx.plan(planned))
    older.write(lambda tx: tx.plan(replace(planned, state="open")))
    assert older.read(lambda view: view.episodes("river")) == [replace(planned, state="open")]
    older.close()


def test_the_schema_in_the_file_is_the_schema_in_the_code(store: SqliteStore, path: Path) -> None:
    with closing(connect(path, writes=False)) as connection:
        found = {row[0] for row in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
    wanted = {statement for table in migrations.tables() for statement in sqlite_ddl(table)}
    assert wanted <= found
    assert all("sqlite" in sql.split("(")[0] for sql in found - wanted)


@pytest.mark.parametrize("table", ["journal", "audit"])
def test_what_is_kept_cannot_be_changed(store: SqliteStore, path: Path, table: str) -> None:
    store.write(lambda tx: (tx.record(fact()), tx.note(20000, "opened")))
    for statement in (f"UPDATE {table} SET day = 1", f"DELETE FROM {table}"):
        with pytest.raises(sqlite3.IntegrityError, match="never changes"):
            change(path, statement)


@pytest.mark.parametrize("table", [KEYS, NUMBERS])
def test_rows_of_keys_and_numbers_stay_where_they_are(store: SqliteStore, path: Path, table: Any) -> None:
    store.write(lambda tx: [arrive(tx, n) for n in range(30)])
    store.write(lambda tx: [tx.forget_live(n + 1, "river") for n in range(10)])
    store.write(lambda tx: [tx.erase(n + 1) for n in range(20)])
    blob = "wrapped" if table is KEYS else "sealed"
    with closing(connect(path, writes=False)) as connection:
        rows = connection.execute(
            f"SELECT length({blob}), {blob} = zeroblob(length({blob})) FROM {table.name}"
        ).fetchall()
    assert [bool(zeros) for _, zeros in rows] == [True] * 20 + [False] * 10
    assert len({size for size, _ in rows}) == 1


# ---- queries


@pytest.mark.parametrize(
    ("sql", "values", "plan"),
    [
        (outbox._PAYABLE, ("drum", "sms", 1, 5000, 100), "(carrier=? AND started=? AND not_before<?)"),
        (outbox._LAPSED, (50, 50, 100), "outbox_lease_until_state_handing"),
        (outbox._UNCERTAIN, (100,), "outbox_lease_until_state_uncertain"),
        (outbox._BY_REF, ("drum", "r"), "(carrier=? AND ref=?)"),
        (outbox._UNSENT, (1,), "outbox_session_state_queued (session=?)"),
        (outbox._WITHDRAW, (b"", 1), "outbox_session_state_queued (session=?)"),
        (outbox._TRAFFIC, (1, 200), "outbox_address (address=?)"),
        (conversations._OPEN, (1, "+1"), "sessions_address_ours_resting_0 (address=? AND ours=?)"),
        (conversations._OF_PERSON, (1, "river"), "(person=? AND consultation=?)"),
        (journal._AFTER, ("river", 0, 1, 0, 9), "(consultation=? AND arrival>?)"),
        (conversations._CALLER, (b"", "+1"), "addresses_mark (mark=?)"),
        (conversations._CALLER, (b"", "+1"), "sessions_address_ours_resting_0 (address=? AND ours=?)"),
        (conversations._CALLER, (b"", "+1"), "outbox_session_state_queued (session=?)"),
        (people._KEY_OF, (1, "river"), "keys_person_consultation_here_1 (person=? AND consultation=?)"),
        (people._BY_MARK, (b"",), "addresses_mark (mark=?)"),
        (people._WAITING, ("river", 0, 9), "state_waiting (consultation=? AND frame=? AND person>?)"),
        (people._HOW_MANY, ("river",), "state_waiting (consultation=? AND frame=?)"),
    ],
)
def test_hot_questions_are_answered_by_an_index(
    store: SqliteStore, path: Path, sql: str, values: tuple[Any, ...], plan: str
) -> None:
    with closing(connect(path, writes=False)) as connection:
        rows = connection.execute("EXPLAIN QUERY PLAN " + sql, values).fetchall()
    assert any(plan in row[3] for row in rows), rows
    listed = ("SCAN w", "SCAN CONSTANT ROW")  # what was asked for
    scanned = [row[3] for row in rows if row[3].startswith("SCAN") and row[3] not in listed]
    assert all("USING INDEX" in each for each in scanned), rows


# ---- mishaps


def test_a_caller_interrupted_while_waiting_harms_nobody(store: SqliteStore) -> None:
    begun, released = threading.Event(), threading.Event()

    def slow(tx: Any) -> None:
        begun.set()
        released.wait(10)
        tx.set("slow", "1")

    with ThreadPoolExecutor(1) as pool:
        blocking = pool.submit(store.write, slow)
        begun.wait(10)
        here = threading.get_ident()
        threading.Timer(0.05, lambda: signal.pthread_kill(here, signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            store.write(lambda tx: tx.set("left", "1"))
        released.set()
        blocking.result(10)
    store.write(lambda tx: tx.set("later", "1"))
    assert store.read(lambda view: [view.setting(name) for name in ("slow", "left", "later")]) == ["1"] * 3


def test_after_a_fork_the_child_is_told_to_open_its_own(store: SqliteStore) -> None:
    child = os.fork()
    if not child:
        told = 0
        for ask in (store.write, store.read):
            try:
                ask(lambda _: None)
            except StoreError as error:
                told += "fork" in error.why
        os._exit(told)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2
    store.write(lambda tx: tx.set("parent", "goes on"))


def test_a_database_held_by_another_is_waited_for(store: SqliteStore, path: Path) -> None:
    with closing(connect(path, writes=True)) as other, ThreadPoolExecutor(1) as pool:
        patiently(other, "BEGIN IMMEDIATE")
        writing = pool.submit(store.write, lambda tx: tx.set("a", "1"))
        with pytest.raises(TimeoutError):
            writing.result(0.1)
        other.execute("COMMIT")
        writing.result(10)


def test_patience_ends_with_the_cure(store: SqliteStore, path: Path) -> None:
    with closing(connect(path, writes=True)) as one, closing(connect(path, writes=True)) as two:
        one.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as caught:
            patiently(two, "BEGIN IMMEDIATE", 0.02)
    assert "another program" in explain(caught.value, path).why


def test_a_lost_connection_is_replaced(store: SqliteStore) -> None:
    store.write(lambda tx: tx.set("a", "1"))
    store._writer._connection.close()
    with pytest.raises(StoreError):
        store.write(lambda tx: tx.set("b", "1"))
    store.write(lambda tx: tx.set("c", "1"))
    assert store.read(lambda view: [view.setting(name) for name in "abc"]) == ["1", None, "1"]


def test_a_disk_mounted_read_only_is_named(small_disk: Path | None) -> None:
    if small_disk is None:
        if os.environ.get("CONSULT_TEST_REQUIRE") == "all":
            pytest.fail("no disk may be mounted here: run as root")
        pytest.skip("no disk may be mounted here")
    store = open_store(small_disk / "consult.db")
    store.write(lambda tx: tx.set("a", "1"))
    store.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StoreError, match=r"cannot write .*; correct|cannot write .*; give") as caught:
        open_store(small_disk / "consult.db")
    assert not caught.value.full


def test_what_is_no_database_is_named(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"something else entirely" * 500)
    with pytest.raises(StoreError, match="no database"):
        SqliteStore(path)


def test_a_read_that_fails_is_told_in_our_words(store: SqliteStore, path: Path) -> None:
    change(path, "DROP TABLE settings")
    with pytest.raises(StoreError, match="refused"):
        store.read(lambda view: view.setting("a"))
    with pytest.raises(StoreError, match="refused"):
        store.write(lambda tx: tx.set("a", "1"))


# ---- doctor


def test_check_names_what_is_wrong(store: SqliteStore, path: Path) -> None:
    store.write(lambda tx: [tx.note(20000, "one"), tx.note(20000, "two")])
    store.write(lambda tx: arrive(tx, 1))
    path.chmod(0o644)
    change(
        path,
        "PRAGMA foreign_keys = OFF",
        "DROP TRIGGER audit_update",
        "UPDATE audit SET what = 'other' WHERE id = 2",
        "DELETE FROM people",
    )
    faults = store.check()
    for words in ("points to nothing in people", "audit was changed at line 2", "chmod 600"):
        assert any(words in fault for fault in faults), words
