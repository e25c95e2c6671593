"""Taking a message: all or nothing, once, never lost; and what STOP and ERASE promise, part by part."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.sms import Sms
from consult import backup, custody, facts, intake, recovery
from consult.channel import Keys, Recording, Silence
from consult.figures import figures, frame_of
from consult.library import day_of
from consult.store import StoreError
from consult.store.records import KeyRow
from consult.suppression import Suppressions
from consult.vault import Unopenable, Vault, open_fact
from tests.journeys.stage import HER, Houses, Stage, set_up
from tests.journeys.telling import line

NEIGHBOUR = "+2348030000002"
SECRET = "They burnt the mill by Gombi"


class Broken(Sms):
    """A channel with a bug: it cannot render anything."""

    def render(self, prompts: object) -> list[str]:
        raise RuntimeError(f"cannot render {prompts}")


@dataclass
class Dying:
    """The suppression file on a disk that is gone just now."""

    def add(self, *order: object) -> None:
        raise OSError("the disk is gone")


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Houses:
    return Houses(tmp_path_factory.mktemp("houses"))


@pytest.fixture
def stage(tmp_path: Path, houses: Houses) -> Iterator[Stage]:
    houses.furnish(tmp_path / "data", ("market",))
    made = set_up(tmp_path / "data", backup=tmp_path / "backup")
    yield made
    made.house.close()


def broken(stage: Stage) -> Stage:
    sms = stage.house.channels["sms"]
    return replace(stage, house=replace(stage.house, channels={"sms": Broken(sms.carriers)}))


def rows(stage: Stage, *but: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the database, by table."""
    with sqlite3.connect(stage.house.settings.data / "consult.db") as db:
        names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = {name: sorted(db.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in names}
    db.close()
    return {name: table for name, table in tables.items() if name not in but}


def on_disk(stage: Stage, secret: bytes) -> list[str]:
    """The files of the data folder that hold these bytes."""
    return [
        str(file) for file in stage.house.settings.data.rglob("*") if file.is_file() and secret in file.read_bytes()
    ]


def told(stage: Stage, name: str = "market") -> list[str]:
    return [line(one.event) for one in stage.told(name)]


def converse(stage: Stage, number: str = HER) -> None:
    """As far as the second question, with a text answer given."""
    stage.says("KIOSK", "1", "1", SECRET, sender=number)


# ---- all or nothing


def test_what_cannot_be_applied_leaves_only_a_held_message(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.says("KIOSK", "1", "1")
    before = rows(stage, "inbox", "held", "carriers")
    with caplog.at_level(logging.DEBUG):
        taken = broken(stage).hears(SECRET, ref="once")
    assert taken.new
    assert not taken.owed
    assert rows(stage, "inbox", "held", "carriers") == before
    assert len(rows(stage)["held"]) == 1
    assert not on_disk(stage, SECRET.encode())
    assert "held" in caplog.text
    assert SECRET not in caplog.text
    assert HER not in caplog.text


def test_a_held_message_is_applied_once_when_the_bug_is_gone(stage: Stage) -> None:
    stage.says("KIOSK", "1", "1")
    broken(stage).hears(SECRET, ref="once")
    assert intake.retry_held(broken(stage).house, 5) == 0
    assert not stage.hears(SECRET, ref="once").new
    assert f"Answered matter {SECRET}" not in told(stage)
    assert intake.retry_held(stage.house, 5) == 1
    assert intake.retry_held(stage.house, 5) == 0
    assert told(stage)[-1] == f"Answered matter {SECRET}"
    assert len(stage.sends()) == 1
    assert not stage.hears(SECRET, ref="once").new


def test_a_held_message_is_no_answer_to_what_was_asked_since(stage: Stage) -> None:
    stage.says("KIOSK", "1", "1", "salt")
    broken(stage).hears("1", ref="goods")
    stage.says("2", "7")
    stage.at += 3600
    stage.says("3 2 1")
    assert intake.retry_held(stage.house, 5) == 1
    assert told(stage)[-1] == "Misheard more late"
    assert "Answered goods soap" in told(stage)


def test_a_keyword_that_was_held_still_opens_the_door(stage: Stage) -> None:
    broken(stage).hears("KIOSK")
    assert stage.address() is None
    assert intake.retry_held(stage.house, 5) == 1
    assert len(stage.sends()) == 1
    assert stage.open_session()


def test_what_is_held_of_an_erased_woman_is_dropped_unread(stage: Stage) -> None:
    converse(stage)
    for n in range(120):
        broken(stage).hears(f"KIOSK {n}", NEIGHBOUR)
    broken(stage).hears("KIOSK")
    broken(stage).hears("1")
    stage.says("erase")
    assert len(rows(stage)["held"]) == 120
    while intake.retry_held(stage.house, 5):
        pass
    assert stage.address().stopped is not None
    assert not stage.open_session()


def test_two_workers_retry_one_held_message_once(stage: Stage) -> None:
    stage.says("KIOSK", "1", "1")
    for n in range(6):
        broken(stage).hears(f"{SECRET} {n}")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: intake.retry_held(stage.house, 5), range(8)))
    assert len([one for one in told(stage) if SECRET in one]) == 6
    assert not rows(stage)["held"]


def test_when_it_cannot_even_be_kept_the_carrier_is_not_told_that_it_was(stage: Stage) -> None:
    stage.house.store.close()
    with pytest.raises(StoreError):
        stage.hears("KIOSK")


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(said=st.one_of(st.text(max_size=300), st.text(alphabet="\x00\ud800\u200fSTOPerase 1?{}%'<=", max_size=60)))
def test_whatever_she_sends_is_taken_and_never_held(stage: Stage, said: str) -> None:
    stage.at += 60
    stage.hears("KIOSK")
    stage.hears(said)
    assert not stage.house.store.read(lambda view: view.held())


@pytest.mark.parametrize("said", [Keys("1"), Keys("*#"), Silence(), Recording("RE1", 4)])
def test_what_is_no_text_is_taken_too(stage: Stage, said: object) -> None:
    stage.says("KIOSK", "1", "1")
    assert stage.hears(said).new
    assert not rows(stage)["held"]


# ---- once


def test_one_message_delivered_by_many_threads_at_once_has_one_effect(stage: Stage) -> None:
    stage.says("KIOSK", "1", "1")
    start = threading.Barrier(8)

    def deliver(_: int) -> bool:
        start.wait()
        return stage.hears(SECRET, ref="the same").new

    with ThreadPoolExecutor(8) as pool:
        new = list(pool.map(deliver, range(8)))
    assert sum(new) == 1
    assert told(stage).count(f"Answered matter {SECRET}") == 1
    assert len(stage.sends()) == 1


def test_many_women_at_once_each_get_their_own_conversation(stage: Stage) -> None:
    numbers = [f"+23480300001{n:02}" for n in range(16)]

    def go_through(number: str) -> None:
        for n, said in enumerate(("KIOSK", "1", "1", f"salt {number[-2:]}")):
            stage.hears(said, number, ref=f"{number} {n}")
            stage.sends()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(go_through, numbers))
    assert not rows(stage)["held"]
    began = [one.person for one in stage.told("market") if line(one.event).startswith("Began")]
    assert len(set(began)) == len(began) == 16
    assert all(texts[0].startswith("Please choose") for texts in map(stage.texts, numbers))


def test_the_same_reference_of_another_carrier_is_another_message(stage: Stage) -> None:
    assert stage.hears("KIOSK", ref="7").new
    assert stage.hears("KIOSK", ref="7", carrier="simulator").new
    assert not stage.hears("KIOSK", ref="7").new


# ---- nothing in clear


def test_no_number_and_no_answer_lies_on_the_disk_in_clear(stage: Stage) -> None:
    converse(stage)
    stage.hears("an unfinished thought", NEIGHBOUR)
    for secret in (HER, HER[1:], NEIGHBOUR[1:], "Gombi", "unfinished thought", "What is hard to find"):
        found = [file for file in on_disk(stage, secret.encode()) if secret != "What is hard to find"]
        assert not found, secret
    database = stage.house.settings.data / "consult.db"
    assert not any("Any question" in str(row) for row in rows(stage, "editions").values()), database


# ---- STOP and the file outside the database


def test_an_order_reaches_the_file_though_the_process_died_between(stage: Stage) -> None:
    converse(stage)
    dying = replace(stage, house=replace(stage.house, suppressions=Dying()))
    assert dying.hears("stop").new, "the carrier hears that it was kept, since it was"
    assert stage.address().stopped is not None
    assert not stage.house.suppressions.all()
    assert intake.settle_orders(stage.house) == 1
    assert intake.settle_orders(stage.house) == 0
    (order,) = stage.house.suppressions.all()
    assert (order.index, order.kind) == (stage.house.vault.index(HER), "stop")


def test_orders_of_many_threads_are_filed_each_and_in_order(stage: Stage) -> None:
    numbers = [f"+23480300002{n:02}" for n in range(12)]

    def change_her_mind(number: str) -> None:
        for n, said in enumerate(("stop", "KIOSK", "stop")):
            stage.hears(said, number, ref=f"{number} {n}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(change_her_mind, numbers))
    intake.settle_orders(stage.house)
    standing = stage.house.suppressions.standing()
    assert all(standing[stage.house.vault.index(number)].stopped is not None for number in numbers)
    assert stage.house.store.read(lambda view: view.setting("orders")) == "[]"


def test_coming_back_by_the_keyword_is_filed_too(stage: Stage) -> None:
    converse(stage)
    stage.says("stop", "KIOSK")
    kinds = [order.kind for order in stage.house.suppressions.all()]
    assert kinds == ["stop", "rejoin"]
    assert not stage.house.store.read(lambda view: view.suppressed(stage.house.vault.index(HER)))


def test_stop_cancels_what_still_waits(stage: Stage) -> None:
    converse(stage)
    stage.hears("1")
    stage.hears("stop")
    assert [message.state for message in stage.outbox() if message.state == "queued"] == []
    assert stage.sends() == ["Stopped. No more messages will come. You can delete these messages."]


# ---- ERASE, part by part


def opened(private: bytes, row: KeyRow) -> list[bytes]:
    """The keys that a row's wraps hold (each after its length), through the consultation's private key."""
    keys, rest = [], row.wrapped
    while rest:
        size = int.from_bytes(rest[:2], "big")
        keys.append(Vault.open_private(private, replace(row, wrapped=rest[2 : 2 + size])))
        rest = rest[2 + size :]
    return keys


@dataclass(frozen=True)
class Traces:
    """What lay of her in the database before she erased herself."""

    journal: list[tuple[object, ...]]
    wrapped: bytes
    live: bytes
    number: bytes
    state: bytes
    waiting: bytes
    facts: list[object]


@pytest.fixture
def erased(stage: Stage) -> tuple[Stage, Traces]:
    """She answered, an answer of ours still waited, and she sent ERASE. Her neighbour stayed."""
    converse(stage, NEIGHBOUR)
    converse(stage)
    stage.hears("1")
    address, row = stage.address(), stage.open_session()
    key = stage.house.store.read(lambda view: view.key(row.person, "market"))
    waiting = next(message.text for message in stage.outbox() if message.state == "queued")
    facts = stage.house.store.read(lambda view: [f for f in view.facts("market") if f.person == row.person])
    traces = Traces(rows(stage)["journal"], key.wrapped, key.live, address.sealed, row.state, waiting, facts)
    assert all(on_disk(stage, each) for each in (traces.wrapped, traces.live, traces.number, traces.state))
    stage.at += 60
    stage.hears("erase")
    return stage, traces


def test_erase_destroys_her_key_and_every_wrap_of_it(erased: tuple[Stage, Traces]) -> None:
    stage, traces = erased
    assert not on_disk(stage, traces.wrapped)
    assert not on_disk(stage, traces.wrapped[2:])
    assert not on_disk(stage, traces.live)


def test_erase_removes_her_number_her_conversation_and_what_waited(erased: tuple[Stage, Traces]) -> None:
    stage, traces = erased
    assert not on_disk(stage, traces.number)
    assert not on_disk(stage, traces.state)
    assert not on_disk(stage, traces.waiting)
    assert stage.address().sealed == b""
    assert not stage.open_session()
    assert stage.sends() == [
        "Deleted; the last copies within 30 days. No more messages will come. You can delete these messages."
    ]


def test_after_the_farewell_her_number_is_nowhere(erased: tuple[Stage, Traces]) -> None:
    stage, _ = erased
    (farewell,) = [row for row in rows(stage)["outbox"] if "cover" in row and "queued" in row]
    sealed = next(cell for cell in farewell if isinstance(cell, bytes) and cell)
    assert on_disk(stage, sealed)
    stage.sends()
    stage.house.store.scrub()
    assert not on_disk(stage, sealed)


def test_the_journal_does_not_change_and_nobody_can_read_her_in_it(erased: tuple[Stage, Traces]) -> None:
    stage, traces = erased
    after = rows(stage)["journal"]
    assert [row for row in after if row in traces.journal] == traces.journal
    assert len(after) == len(traces.journal) + 1  # that she was erased
    assert told(stage).count(f"Answered matter {SECRET}") == 1, "her neighbour's, not hers"
    private = custody.private_key(stage.house.settings.data, stage.house.vault, "market")
    keys = [
        key for row in stage.house.store.read(lambda view: list(view.keys("market"))) for key in opened(private, row)
    ]
    assert keys
    for fact in traces.facts:
        for key in keys:
            with pytest.raises(Unopenable):
                open_fact(key, fact.sealed, facts.about(fact))


def test_erase_leaves_the_figures_without_her(erased: tuple[Stage, Traces]) -> None:
    stage, _ = erased
    table = frame_of(figures(stage.house, "market"), "open")
    assert table["started"] == 1
    assert table["questions"][0]["counts"]["answers"] == 1


def test_erase_is_listed_outside_the_database_and_beside_the_backups(
    erased: tuple[Stage, Traces], tmp_path: Path
) -> None:
    stage, _ = erased
    index = stage.house.vault.index(HER)
    (order,) = stage.house.suppressions.all()
    assert (order.index, order.kind, order.generation, order.day) == (index, "erase", 1, day_of(stage.at))
    here = (stage.house.settings.data / "suppressed").read_bytes()
    assert (tmp_path / "backup" / "suppressed").read_bytes() == here
    assert stage.house.store.read(lambda view: view.suppressed(index))


def test_erase_raises_the_generation_and_the_next_to_come_is_someone_new(erased: tuple[Stage, Traces]) -> None:
    stage, _ = erased
    assert stage.address().generation == 1
    before = {fact.person for fact in stage.house.store.read(lambda view: list(view.facts("market")))}
    stage.says("KIOSK")
    assert stage.address().generation == 1
    assert stage.open_session().person not in before


def test_an_erasure_survives_the_restore_of_an_older_backup(stage: Stage, tmp_path: Path) -> None:
    converse(stage)
    code = recovery.new_backup_key(stage.house.settings.data)
    data, target = stage.house.settings.data, tmp_path / "backup"
    public = recovery.backup_key(data)
    file = backup.back_up(stage.house.store, stage.house.vault, data, target, public, stage.at)
    stage.says("erase")
    new = tmp_path / "new"
    backup.restore(file, code, new, target, None, stage.at)
    restored = set_up(new, at=stage.at)
    try:
        address = restored.address()
        assert address.sealed == b""
        assert address.generation == 1
        assert not restored.open_session()
        assert restored.house.store.read(lambda view: list(view.keys("market"))) == []
        assert restored.says("1") == []
    finally:
        restored.house.close()


def test_the_operator_erases_as_she_would_without_a_word(stage: Stage) -> None:
    converse(stage)
    stage.sends()
    assert intake.erase(stage.house, HER, stage.at, "by hand")
    assert stage.sends() == []
    assert stage.address().generation == 1
    assert stage.house.suppressions.all()[0].kind == "erase"
    assert not intake.erase(stage.house, "AIRTEL", stage.at, "by hand")


def test_erasing_twice_and_erasing_a_stranger_do_no_harm(stage: Stage) -> None:
    converse(stage)
    stage.says("erase", "erase")
    stage.says("erase", sender=NEIGHBOUR)
    assert stage.address(NEIGHBOUR) is None
    assert {order.kind for order in stage.house.suppressions.all()} == {"erase"}
    assert stage.says("KIOSK", sender=NEIGHBOUR)[0].startswith("Please choose")


def test_stop_of_one_voice_binds_the_number_with_all_its_voices(stage: Stage) -> None:
    converse(stage)
    stage.says("another woman", "1", "stop")
    assert stage.address().stopped is not None
    assert stage.says("1") == []
    people = stage.house.store.read(lambda view: view.people_at(stage.address().id, 0))
    assert len(people) == 2
    stage.at += 80 * 3600
    stage.silence()
    assert stage.sends() == []


def test_orders_open_with_the_next_process(stage: Stage) -> None:
    converse(stage)
    stage.says("stop")
    again = Suppressions.open(stage.house.settings.data, Vault.open(stage.house.settings.data))
    assert [order.kind for order in again.all()] == ["stop"]


def test_her_own_number_written_otherwise_is_the_same_woman(stage: Stage) -> None:
    local = replace(stage, house=replace(stage.house, settings=replace(stage.house.settings, country="NG")))
    local.says("KIOSK", "1")
    before = len(rows(stage)["addresses"])
    local.hears("1", "0803 000 0001")
    assert len(rows(stage)["addresses"]) == before
    assert told(stage)[-1] == "Consented take_part yes"
