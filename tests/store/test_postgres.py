"""What is true of the PostgreSQL store only: its server, its locks, its disk, its mishaps."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from consult.config import Settings
from consult.store import StoreError, conversations, migrations, open_at, open_for, outbox, people
from consult.store.ddl import sqlite_ddl
from tests.conftest import need_module
from tests.store.clusters import MODULE, Cluster, cluster
from tests.store.conftest import ROOT, Child, bytes_in
from tests.store.samples import OURS, arrive, edition, fact, mark, message, secret, session


@pytest.fixture(scope="module", autouse=True)
def _driver() -> None:
    need_module("psycopg", MODULE)


@pytest.fixture
def url() -> Iterator[str]:
    place = cluster().store()
    yield place
    cluster().drop(place)


@pytest.fixture
def store(url: str) -> Iterator[Any]:
    with closing(open_at(url)) as store:
        yield store


@pytest.fixture
def own() -> Iterator[Cluster]:
    """A server that may be stopped."""
    started = Cluster()
    yield started
    started.end()


def connected(place: str) -> Any:
    from consult.store.server import Server

    return Server(place)


def move_in(*given: Any) -> Any:
    from consult.store.postgres import move_in

    return move_in(*given)


def sql(url: str, statement: str) -> list[tuple[Any, ...]]:
    return cluster().sql(statement, url)


# ---- opening


def test_settings_name_the_server(url: str, tmp_path: Path) -> None:
    with closing(open_for(Settings(data=tmp_path, database_url=url))) as store:
        assert store.where == url
        store.write(lambda tx: tx.set("a", "1"))
    assert sql(url, "SELECT value FROM settings") == [("1",)]
    assert list(tmp_path.iterdir()) == []


def test_without_the_driver_the_install_command_is_told(tmp_path: Path) -> None:
    (tmp_path / "psycopg.py").write_text("raise ImportError('no such driver')")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from consult.store import StoreError, open_at\n"
        "try: open_at('postgresql:///consult')\n"
        "except StoreError as error: print(error)"
    )
    run = [sys.executable, "-c", code, str(tmp_path)]
    told = subprocess.run(run, capture_output=True, text=True, cwd=ROOT, check=True, timeout=60)
    assert told.stdout == "PostgreSQL needs psycopg: pip install 'consult[postgres]'\n"


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    with pytest.raises(StoreError, match="cannot reach postgresql://localhost:1/consult") as caught:
        open_at("postgresql://consult:secret@localhost:1/consult")
    assert "secret" not in caught.value.why


def test_many_may_open_a_new_database_at_once() -> None:
    place = cluster().database()
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(lambda _: open_at(place), range(6)))
    facts = [store.write(lambda tx: tx.record(fact())) for store in stores]
    assert {(f.node, f.epoch) for f in facts} == {(facts[0].node, facts[0].epoch)}
    assert [f.seq for f in facts] == [1, 2, 3, 4, 5, 6]
    for store in stores:
        store.close()
    cluster().drop(place)


def test_a_newer_database_is_left_alone(url: str) -> None:
    sql(url, f"INSERT INTO migrations (step, name) VALUES ({migrations.VERSION + 1}, 'later')")
    with pytest.raises(StoreError, match="newer"):
        open_at(url)


def test_a_database_of_before_calls_gets_their_table(monkeypatch: pytest.MonkeyPatch) -> None:
    place = cluster().database()
    monkeypatch.setattr(migrations, "STEPS", migrations.STEPS[:2])
    monkeypatch.setattr(migrations, "VERSION", 2)
    with closing(open_at(place)) as older:
        kept = older.write(lambda tx: tx.record(fact()))
    monkeypatch.undo()
    with closing(open_at(place)) as store:
        store.write(lambda tx: tx.hold_line(b"mark", b"first", 5))
        assert store.read(lambda view: view.line(b"mark")) == b"first"
        assert store.read(lambda view: list(view.facts("river"))) == [kept]
    assert sql(place, "SELECT count(*) FROM migrations") == [(migrations.VERSION,)]
    cluster().drop(place)


# ---- the schema


def test_the_two_schemas_stay_in_step(url: str) -> None:
    """Both have the same tables, with the same columns in the same order, the same indexes and the same guards."""
    kinds = {"bigint": "INTEGER", "double precision": "REAL", "text": "TEXT", "bytea": "BLOB"}
    columns = sql(
        url,
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns "
        "WHERE table_schema = 'public' ORDER BY table_name, ordinal_position",
    )
    found: dict[str, list[tuple[str, str, bool]]] = {}
    for table, column, kind, null in columns:
        found.setdefault(table, []).append((column, kinds[kind], null == "YES"))
    assert found.pop("migrations")
    wanted = {
        table.name: [
            (each.name, {"int": "INTEGER", "real": "REAL", "text": "TEXT", "blob": "BLOB"}[each.kind], each.null)
            for each in table.columns
        ]
        for table in migrations.tables()
    }
    assert found == wanted
    statements = [each for table in migrations.tables() for each in sqlite_ddl(table)]
    indexes = {match[1] for each in statements if (match := re.match(r"CREATE (?:UNIQUE )?INDEX (\w+)", each))}
    made = {row[0] for row in sql(url, "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")}
    assert {name for name in made if not name.endswith("_pkey")} == {name.lower() for name in indexes}
    kept = {table.name for table in migrations.tables() if table.kept}
    assert {
        row[0] for row in sql(url, "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
    } == kept


@pytest.mark.parametrize("table", ["journal", "audit"])
def test_what_is_kept_cannot_be_changed(store: Any, url: str, table: str) -> None:
    import psycopg

    store.write(lambda tx: (tx.record(fact()), tx.note(20000, "opened")))
    for statement in (f"UPDATE {table} SET day = day", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(psycopg.IntegrityError, match="never changes"):
            sql(url, statement)


@pytest.mark.parametrize(
    ("question", "index"),
    [
        (outbox._PAYABLE, "outbox_carrier_started_not_before_state_queued"),
        (outbox._BY_REF, "outbox_carrier_ref_ref"),
        (outbox._UNSENT, "outbox_session_state_queued"),
        (conversations._CALLER, "sessions_address_ours_resting_0"),
        (conversations.CALLERS.sql(8), "sessions_address_ours_resting_0"),
        (conversations._OPEN, "sessions_address_ours_resting_0"),
        (people._KEY_OF, r"keys_\w+_here_1 .*\s+Index Cond: \(.*person = .1"),
        (people._BY_MARK, "addresses_mark"),
    ],
)
def test_hot_questions_are_answered_by_an_index(store: Any, url: str, question: str, index: str) -> None:
    def grow(tx: Any) -> None:
        for n in range(400):
            woman = arrive(tx, n)
            tx.owe(message(woman.address.id, session=woman.session.id, ref=f"r{n}"))

    store.write(grow)
    sql(url, "ANALYZE")
    assert re.search(index, plan(url, question)), plan(url, question)


def plan(url: str, question: str) -> str:
    """What the server does for whatever values."""
    import psycopg

    numbered = re.sub(r"\?", lambda _, places=count(1): f"${next(places)}", question)
    values = ", ".join(["NULL"] * question.count("?"))
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute(b"SET plan_cache_mode = force_generic_plan")
        connection.execute(b"SET enable_seqscan = off")  # so small a table would be read whole
        listed = "VALUES" in question  # (index, ours): of values in a list nothing else tells what they are
        types = f"({', '.join(['bytea, text'] * question.count('(?, ?)'))})" if listed else ""
        connection.execute(f"PREPARE hot {types} AS {numbered}".encode())
        return "\n".join(row[0] for row in connection.execute(f"EXPLAIN EXECUTE hot ({values})".encode()))


# ---- together


def test_who_reads_on_from_the_last_fact_misses_none(store: Any, url: str, child: Child) -> None:
    """Numbers that are drawn before the commit would commit out of order."""
    processes = [child("add", url, 150) for _ in range(3)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    seen = [0]

    def read_on() -> None:
        seen.extend(store.read(lambda view: [f.arrival for f in view.facts("river", seen[-1])]))

    while any(process.poll() is None for process in processes):
        read_on()
    assert [process.wait(60) for process in processes] == [0] * 3
    read_on()
    assert seen == list(range(451))


def test_works_that_gather_share_one_commit(store: Any, url: str) -> None:
    gate, begun = threading.Event(), threading.Event()

    def first(tx: Any) -> None:
        begun.set()
        gate.wait(10)

    with ThreadPoolExecutor(33) as pool:
        slow = pool.submit(store.write, first)
        begun.wait(10)
        rest = [pool.submit(store.write, lambda tx, n=n: tx.set(f"n{n}", "1")) for n in range(32)]
        while store._writer._calls.qsize() < 32:
            pass
        gate.set()
        for each in (slow, *rest):
            each.result(10)
    assert sql(url, "SELECT count(*), count(DISTINCT xmin::text) FROM settings") == [(32, 1)]


# ---- mishaps


def test_a_connection_that_the_server_ended_is_replaced(store: Any, url: str) -> None:
    store.write(lambda tx: tx.set("a", "1"))
    assert store.read(lambda view: view.setting("a")) == "1"
    sql(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'consult'")
    store.write(lambda tx: tx.set("b", "1"))
    assert store.read(lambda view: [view.setting(name) for name in "ab"]) == ["1", "1"]


def test_a_connection_that_ends_within_a_work_leaves_nothing_of_it(store: Any, url: str) -> None:
    def work(tx: Any) -> None:
        tx.set("lost", "1")
        sql(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'consult'")
        tx.set("more", "1")

    with pytest.raises(StoreError):
        store.write(work)
    store.write(lambda tx: tx.set("later", "1"))
    assert store.read(lambda view: [view.setting(name) for name in ("lost", "more", "later")]) == [None, None, "1"]


def test_what_was_acknowledged_survives_the_end_of_the_server(child: Child, own: Cluster) -> None:
    place = own.database()
    process = child("acknowledge", place, 1)
    assert process.stdout is not None
    kept = [int(process.stdout.readline()) for _ in range(40)]
    own.stop("immediate")  # as if it were killed: no last checkpoint
    kept += [int(line) for line in process.stdout.read().split("\n")[:-1]]
    own.start()
    with closing(open_at(place)) as store:
        found = store.read(lambda view: [f.session for f in view.facts("river")])
        assert set(kept) <= set(found)
        assert store.check() == []


@contextmanager
def proxy(url: str, swallow: bytes) -> Iterator[tuple[str, threading.Event]]:
    """A way to the server that breaks, once armed, when a message of ours has `swallow` in it: the server gets it, and
    its answer is lost.
    """
    folder = parse_qs(urlsplit(url).query)["host"][0]
    armed, listening = threading.Event(), socket.create_server(("127.0.0.1", 0))

    def carry(ours: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{folder}/.s.PGSQL.5432")
        threading.Thread(target=back, args=(server, ours), daemon=True).start()
        with suppress(OSError):  # the other way may be closed already
            while data := ours.recv(65536):
                if armed.is_set() and swallow in data:
                    armed.clear()
                    ours.shutdown(socket.SHUT_RDWR)
                    server.sendall(data)
                    return
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    def back(server: socket.socket, ours: socket.socket) -> None:
        try:
            while data := server.recv(65536):
                ours.sendall(data)
        except OSError:
            return
        finally:
            server.close()
            ours.close()

    def accept() -> None:
        while True:
            try:
                ours, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=carry, args=(ours,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    port = listening.getsockname()[1]
    yield f"postgresql://consult@127.0.0.1:{port}{urlsplit(url).path}", armed
    listening.close()


def test_a_commit_whose_answer_was_lost_is_known_to_be_kept(url: str) -> None:
    with proxy(url, b"COMMIT") as (through, armed), closing(open_at(through)) as store:
        store.write(lambda tx: tx.set("a", "1"))
        armed.set()
        store.write(lambda tx: tx.set("b", "1"))
        assert not armed.is_set()
        store.write(lambda tx: tx.set("c", "1"))
        assert store.read(lambda view: [view.setting(name) for name in "abc"]) == ["1", "1", "1"]


def test_a_number_that_a_fallen_server_gave_again_is_no_proof(own: Cluster) -> None:
    """Two of our processes write. The server falls before the first one's work is on its disk, and gives the number of
    that transaction to the other one's.
    """
    place = own.store()
    with closing(connected(place)) as first:
        first.begin(writes=True)
        first.execute("INSERT INTO settings (name, value) VALUES (?, ?)", ("lost", "1"))
        own.stop("immediate")
        own.start()
        for name in ("kept", "too"):
            with closing(open_at(place)) as other:
                other.write(lambda tx, name=name: tx.set(name, "1"))
        with pytest.raises(StoreError, match="does not tell"):
            first.keep()
    with closing(open_at(place)) as store:
        assert store.read(lambda view: [view.setting(name) for name in ("lost", "kept", "too")]) == [None, "1", "1"]


def test_what_a_fallen_server_never_heard_of_was_not_kept(own: Cluster) -> None:
    import psycopg

    with closing(connected(own.store())) as first:
        first.begin(writes=True)
        first.execute("INSERT INTO settings (name, value) VALUES (?, ?)", ("lost", "1"))
        own.stop("immediate")
        own.start()
        with pytest.raises(psycopg.OperationalError):
            first.keep()


def test_a_writer_that_stands_still_does_not_hold_the_others_up(store: Any, url: str) -> None:
    with closing(connected(url)) as still:
        still.begin(writes=False)
        assert still.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("0",)
        still.undo()
        still.begin(writes=True)
        assert still.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("20s",)
        still.execute("INSERT INTO settings (name, value) VALUES (?, ?)", ("still", "1"))
        still.execute("SET LOCAL idle_in_transaction_session_timeout = '50ms'")
        store.write(lambda tx: tx.set("other", "1"))
        with pytest.raises(still.Error):
            still.keep()
    assert store.read(lambda view: [view.setting(name) for name in ("still", "other")]) == [None, "1"]


def test_a_refused_row_is_told_without_what_is_in_it(store: Any) -> None:
    store.write(lambda tx: tx.add_address(mark("hers"), b"x", ""))
    with pytest.raises(StoreError, match="addresses_mark") as caught:
        store.write(lambda tx: tx.add_address(mark("hers"), b"x", ""))
    assert caught.value.refused
    for error in (caught.value, caught.value.__cause__):
        assert mark("hers").hex() not in str(error)
        assert "DETAIL" not in str(error)


def test_a_writer_elsewhere_is_waited_for(store: Any, url: str) -> None:
    with closing(open_at(url)) as other, ThreadPoolExecutor(2) as pool:
        begun, go = threading.Event(), threading.Event()
        pool.submit(other.write, lambda tx: (tx.set("a", "1"), begun.set(), go.wait(10)))
        begun.wait(10)
        waiting = pool.submit(store.write, lambda tx: tx.setting("a"))
        with pytest.raises(TimeoutError):
            waiting.result(0.2)
        go.set()
        assert waiting.result(10) == "1"


# ---- erasure


def test_the_planners_samples_hold_nothing_sealed(store: Any, url: str) -> None:
    store.write(lambda tx: [arrive(tx, n) for n in range(50)])
    sql(url, "ANALYZE")
    blobs = {(table.name, each.name) for table in migrations.tables() for each in table.columns if each.kind == "blob"}
    sampled = set(sql(url, "SELECT tablename, attname FROM pg_stats WHERE schemaname = 'public'"))
    assert ("people", "slot") in sampled
    assert not sampled & blobs


def test_a_vacuum_alone_does_not_overwrite_what_scrub_does(store: Any, url: str) -> None:
    store.write(lambda tx: [arrive(tx, n) for n in range(60)])
    store.write(lambda tx: [tx.erase(n + 1) for n in range(0, 60, 2)])
    for statement in ("VACUUM keys", "CHECKPOINT"):
        sql(url, statement)

    def traces() -> list[int]:
        whole = bytes_in(cluster().files(url))
        return [n for n in range(0, 60, 2) if secret("wrapped", n, 0) in whole]

    assert traces()
    store.scrub()
    assert not traces()


def test_a_large_table_waits_for_the_night_but_keys_do_not(
    store: Any, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from consult.store import postgres

    monkeypatch.setattr(postgres, "LARGE", 0)
    store.write(lambda tx: [tx.owe(message(arrive(tx, n).address.id, secret("text", n, 160))) for n in range(60)])
    store.write(lambda tx: [tx.erase(n + 1) for n in range(60)])
    sql(url, "CHECKPOINT")

    def left(kind: str) -> bool:
        whole = bytes_in(cluster().files(url))
        return any(secret(kind, n, 0) in whole for n in range(60))

    store.scrub()
    assert [left(kind) for kind in ("number", "wrapped", "live", "text")] == [False, False, False, True]
    store.scrub(whole=True)
    assert not left("text")


def test_by_the_way_only_what_changed_is_written_anew_and_most_of_it_seldom(store: Any, url: str) -> None:
    def files() -> dict[str, int]:
        return dict(
            sql(url, "SELECT relname, relfilenode FROM pg_class WHERE relname IN ('keys', 'numbers', 'outbox')")
        )

    def scrubbed() -> set[str]:
        before = files()
        store.scrub(spread=True)
        return {name for name, file in files().items() if file != before[name]}

    def changes() -> int:
        (found,) = sql(url, "SELECT sum(n_tup_upd + n_tup_del) FROM pg_stat_user_tables")[0]
        return int(found)

    store.write(lambda tx: [arrive(tx, n) for n in range(4)])
    assert scrubbed() == {"keys", "numbers", "outbox"}
    assert scrubbed() == set()
    known = changes()
    store.write(lambda tx: tx.erase(1))
    deadline = time.monotonic() + 20
    while changes() == known and time.monotonic() < deadline:  # the server tells of changes once a second
        store.write(lambda tx: tx.set("again", "1"))
        time.sleep(0.1)
    assert scrubbed() == {"keys", "numbers"}


# ---- doctor


def test_check_names_what_is_wrong(store: Any, url: str) -> None:
    store.write(lambda tx: [tx.note(20000, "one"), tx.note(20000, "two")])
    store.write(lambda tx: (arrive(tx, 1), [tx.record(fact()) for _ in range(3)]))
    for statement in (
        "ALTER TABLE audit DISABLE TRIGGER ALL",
        "UPDATE audit SET what = 'other' WHERE id = 2",
        "ALTER TABLE journal DISABLE TRIGGER ALL",
        "DELETE FROM journal WHERE arrival = 2",
        "ALTER TABLE people DISABLE TRIGGER ALL",
        "DELETE FROM people",
        "GRANT SELECT ON keys TO PUBLIC",
    ):
        sql(url, statement)
    faults = store.check()
    for words in ("points to nothing in people", "audit was changed at line 2", "1 facts of epoch", "may use keys"):
        assert any(words in fault for fault in faults), (words, faults)


# ---- copies


@pytest.fixture
def empty() -> Iterator[str]:
    place = cluster().database()
    yield place
    cluster().drop(place)


@pytest.fixture
def lived_in(tmp_path: Path) -> Path:
    """A file with a little of most things in it, and a conversation that is over."""

    def live(tx: Any) -> None:
        for n in range(700):
            woman = arrive(tx, n)
            tx.owe(message(woman.address.id, session=woman.session.id, price=0.1, expires_at=None))
            tx.record(fact(woman.session.id, woman.person.id, sealed=bytes(range(256))))
        tx.close(woman.session.id)
        tx.publish(edition(1, test=True))
        tx.set("greeting", "às-salāmu ʿalaykum \U0001f54a")
        tx.set("Zed", "before a in bytes")
        tx.note(20000, "opened")

    with closing(open_at(tmp_path / "consult.db")) as store:
        store.write(live)
    return tmp_path / "consult.db"


def test_a_copy_is_the_same_and_gives_no_number_twice(lived_in: Path, empty: str) -> None:
    told: list[tuple[int, int]] = []
    copied = {each.table: each.rows for each in move_in(lived_in, empty, lambda *done: told.append(done))}
    assert (copied["journal"], copied["sessions"], copied["settings"]) == (700, 699, 2)
    assert told[-1] == (sum(copied.values()), sum(copied.values()))
    with closing(open_at(lived_in)) as file, closing(open_at(empty)) as server:
        for look in (lambda view: list(view.facts("river")), lambda view: view.audit(), lambda view: view.editions()):
            assert file.read(look) == server.read(look)
        nexts = [
            store.write(lambda tx: (tx.record(fact()), tx.open(session(700, 700)), arrive(tx, 999)))
            for store in (file, server)
        ]
        assert nexts[0] == nexts[1]
        assert server.check() == []


def test_an_interrupted_copy_is_no_store_and_goes_on(lived_in: Path, empty: str) -> None:
    def interrupted(done: int, whole: int) -> None:
        if done > whole // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        move_in(lived_in, empty, interrupted)
    with pytest.raises(StoreError, match="half a copy"):
        open_at(empty)
    before = sql(empty, "SELECT ctid, xmin::text FROM people ORDER BY id")
    told: list[tuple[int, int]] = []
    move_in(lived_in, empty, lambda *done: told.append(done))
    assert told[0][0] > told[0][1] // 2
    assert sql(empty, "SELECT ctid, xmin::text FROM people ORDER BY id")[: len(before)] == before
    open_at(empty).close()
    with pytest.raises(StoreError, match="holds a store already"):
        move_in(lived_in, empty)


def test_a_copy_that_is_not_the_same_is_refused(lived_in: Path, empty: str) -> None:
    def meddle(done: int, whole: int) -> None:
        if done == whole:
            sql(empty, "UPDATE numbers SET sealed = 'other' WHERE id = 7")

    with pytest.raises(StoreError, match="numbers was not copied as it is"):
        move_in(lived_in, empty, meddle)
    with pytest.raises(StoreError, match="half a copy"):
        open_at(empty)


def test_nobody_writes_while_a_store_is_moved(lived_in: Path, empty: str) -> None:
    with closing(open_at(lived_in)) as file, ThreadPoolExecutor(1) as pool:
        writing: list[Any] = []

        def once(*_: int) -> None:
            if not writing:
                writing.append(pool.submit(file.write, lambda tx: tx.set("late", "1")))
                with pytest.raises(TimeoutError):
                    writing[0].result(0.2)

        move_in(lived_in, empty, once)
        writing[0].result(10)
    assert sql(empty, "SELECT value FROM settings WHERE name = 'late'") == []


def test_a_backup_has_every_row_and_gives_no_number_twice(store: Any, tmp_path: Path) -> None:
    woman = store.write(lambda tx: arrive(tx, 1))
    store.write(lambda tx: (tx.close(woman.session.id), tx.publish(edition(1)), tx.record(fact())))
    store.backup(str(tmp_path / "copy.db"))
    with closing(open_at(tmp_path / "copy.db")) as copy:
        row = replace(woman.session, id=0)
        assert copy.write(lambda tx: tx.open(row)).id > woman.session.id
        assert copy.read(lambda view: view.editions()) == [edition(1)]
        assert copy.write(lambda tx: tx.record(fact())).seq == 2
        assert copy.read(lambda view: view.caller(mark(1), OURS)) is not None
    assert [path.name for path in tmp_path.iterdir()] == ["copy.db"]
