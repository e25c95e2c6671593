"""What every store promises. No SQL and no connection here: another database passes the same file."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from consult.store import Store, StoreError, Tx
from consult.store.ledger import broken_chain
from consult.store.records import FARTHEST, Caller, Code, Draft, Fact, Hearing, Import, KeyRow, Reading
from tests.store.conftest import Child, Cramped, bytes_in
from tests.store.samples import (
    OURS,
    Woman,
    arrive,
    campaign,
    edition,
    fact,
    invite,
    mark,
    message,
    secret,
    session,
    waiting,
)

NOW = 1_800_000_000


@pytest.fixture
def woman(store: Store) -> Woman:
    return store.write(lambda tx: arrive(tx, 1))


def at_once(*works: Callable[[], Any], times: int = 1) -> list[Any]:
    """All of them start together."""
    barrier = threading.Barrier(len(works) * times)

    def run(work: Callable[[], Any]) -> Any:
        barrier.wait()
        return work()

    with ThreadPoolExecutor(len(works) * times) as pool:
        return list(pool.map(run, works * times))


class Unhappy(Exception):
    pass


# ---- writing


def test_what_a_work_did_is_there_when_write_returns(store: Store) -> None:
    assert store.write(lambda tx: tx.set("a", "1")) is None
    assert store.read(lambda view: view.setting("a")) == "1"


def test_a_work_that_raises_leaves_nothing(store: Store) -> None:
    def work(tx: Tx) -> None:
        arrive(tx, 1)
        tx.record(fact())
        raise Unhappy

    with pytest.raises(Unhappy):
        store.write(work)
    assert store.read(lambda view: (view.address(mark(1)), view.last_arrival("river"))) == (None, 0)


def test_of_many_at_once_only_those_that_raise_fail(store: Store) -> None:
    def work(n: int) -> Callable[[Tx], int]:
        def run(tx: Tx) -> int:
            tx.set(f"n{n}", "here")
            if n % 3 == 0:
                raise Unhappy(n)
            return n

        return run

    def call(n: int) -> int | str:
        try:
            return store.write(work(n))
        except Unhappy as error:
            return f"failed {error}"

    with ThreadPoolExecutor(32) as pool:
        results = list(pool.map(call, range(300)))
    assert results == [f"failed {n}" if n % 3 == 0 else n for n in range(300)]
    kept = store.read(lambda view: [n for n in range(300) if view.setting(f"n{n}")])
    assert kept == [n for n in range(300) if n % 3]


def test_even_a_work_that_wants_to_end_the_program_only_fails(store: Store) -> None:
    def work(tx: Tx) -> None:
        tx.set("a", "1")
        raise SystemExit

    with pytest.raises(SystemExit):
        store.write(work)
    store.write(lambda tx: tx.set("b", "1"))
    assert store.read(lambda view: (view.setting("a"), view.setting("b"))) == (None, "1")


def test_a_work_sees_what_it_wrote_and_the_reader_beside_it_does_not(store: Store) -> None:
    wrote, looked = threading.Event(), threading.Event()

    def work(tx: Tx) -> str | None:
        tx.set("a", "1")
        wrote.set()
        looked.wait(10)
        return tx.setting("a")

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(store.write, work)
        wrote.wait(10)
        assert store.read(lambda view: view.setting("a")) is None
        looked.set()
        assert writing.result() == "1"


# ---- what is written late is there for whoever asks


def test_a_work_sees_the_state_the_reply_and_the_counts_it_has_just_written(store: Store, woman: Woman) -> None:
    def work(tx: Tx) -> tuple[object, ...]:
        caller = tx.caller(mark(1), OURS)
        assert caller
        assert caller.session
        tx.save(replace(caller.session, state=b"first"))
        tx.save(replace(caller.session, state=b"second"))
        id = tx.owe(message(woman.address.id, session=woman.session.id))
        again = tx.caller(mark(1), OURS)
        assert again
        assert again.session
        counts = [tx.attempt(mark(1), 5, "reply") for _ in range(3)]
        taken = [tx.take(b"k" * 16, 5, "drum", at) for at in (100, 90)]
        due = tx.payable("sms", "drum", 2000) == [id]
        return again.session.state, again.waits, due, counts, taken, tx.last_heard("drum")

    assert store.write(work) == (b"second", True, True, [1, 2, 3], [True, False], 100)
    assert store.read(lambda view: view.session(woman.session.id)) == replace(woman.session, state=b"second")
    assert store.read(lambda view: (view.taken(b"k" * 16), view.taken(b"l" * 16))) == (True, False)
    assert store.write(lambda tx: tx.attempt(mark(1), 5, "reply")) == 4


def test_a_reply_that_waits_since_a_moment_is_withdrawn(store: Store, woman: Woman) -> None:
    def work(tx: Tx) -> tuple[int, int]:
        tx.caller(mark(1), OURS)
        before = tx.withdraw(woman.session.id)
        tx.owe(message(woman.address.id, session=woman.session.id))
        return before, tx.withdraw(woman.session.id)

    assert store.write(work) == (0, 1)


def test_what_was_seen_open_and_closed_since_is_not_saved(store: Store, woman: Woman) -> None:
    def work(tx: Tx) -> None:
        tx.caller(mark(1), OURS)
        tx.close(woman.session.id)
        tx.save(woman.session)

    with pytest.raises(StoreError, match="closed"):
        store.write(work)


def test_a_key_that_changed_since_it_was_seen_is_read_again(store: Store, woman: Woman) -> None:
    def work(tx: Tx) -> tuple[KeyRow | None, KeyRow | None]:
        tx.caller(mark(1), OURS)
        before = tx.key(woman.person.id, "river")
        tx.forget_live(woman.person.id, "river")
        return before, tx.key(woman.person.id, "river")

    assert store.write(work) == (woman.key, replace(woman.key, live=None))


def test_own_facts_and_those_of_others_stand_in_one_order(store: Store) -> None:
    def work(tx: Tx) -> list[int]:
        given = [fact(), fact(), fact(node="far", epoch=7, seq=3), fact(), fact(node="far", epoch=7, seq=4)]
        return [tx.record(each).arrival for each in given]

    assert store.write(work) == [1, 2, 3, 4, 5]
    told = store.read(lambda view: [(each.node == "far", each.seq) for each in view.facts("river")])
    assert told == [(False, 1), (False, 2), (True, 3), (False, 3), (True, 4)]


def test_a_row_that_is_refused_late_is_told_to_its_work_alone(store: Store, woman: Woman) -> None:
    gate, asked = threading.Event(), threading.Semaphore(0)

    def work(id: int, tx: Tx) -> int:
        asked.release()
        gate.wait(10)
        return tx.owe(message(id))

    ids = [woman.address.id, 999, woman.address.id]
    with ThreadPoolExecutor(3) as pool:
        doing = [pool.submit(store.write, partial(work, id)) for id in ids]
        assert asked.acquire(timeout=10)
        gate.set()
        done = [each.exception() for each in doing]
    assert [isinstance(each, StoreError) and each.refused for each in done] == [False, True, False]
    assert store.read(lambda view: len(view.payable("sms", "drum", 2000))) == 2


def test_many_rows_of_one_work_are_all_there(store: Store, woman: Woman) -> None:
    ids = store.write(lambda tx: [tx.owe(message(woman.address.id)) for _ in range(200)])
    assert store.read(lambda view: sorted(view.payable("sms", "drum", 2000, 1000))) == ids == sorted(set(ids))


def test_a_look_is_one_snapshot(store: Store) -> None:
    def look(view: Any) -> tuple[Any, Any]:
        before = view.setting("a")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(store.write, lambda tx: tx.set("a", "1")).result()
        return before, view.setting("a")

    assert store.read(look) == (None, None)
    assert store.read(lambda view: view.setting("a")) == "1"


def test_what_is_long_may_be_gone_through_twice_at_once(store: Store) -> None:
    kept = store.write(lambda tx: [tx.record(fact(n)) for n in range(1200)])

    def look(view: Any) -> list[tuple[Fact, Fact]]:
        return list(zip(view.facts("river"), view.facts("river"), strict=True))

    assert store.read(look) == [(each, each) for each in kept]


def test_asking_the_store_inside_a_work_is_named(store: Store) -> None:
    for inner in (store.write, store.read):
        with pytest.raises(StoreError, match="the tx it was given"):
            store.write(lambda tx, inner=inner: inner(lambda _: 1))
    assert store.write(lambda tx: 1) == 1


def test_nothing_outlives_its_snapshot(store: Store) -> None:
    store.write(lambda tx: [tx.record(fact()) for _ in range(300)])
    escaped_tx: list[Tx] = []
    store.write(escaped_tx.append)
    begun: Iterator[Any] = iter(())

    def look(view: Any) -> Any:
        nonlocal begun
        begun = view.facts("river")
        next(begun)
        return view

    view = store.read(look)
    for late in (
        lambda: escaped_tx[0].set("a", "1"),
        lambda: view.setting("a"),
        lambda: list(begun),
        lambda: list(store.read(lambda view: view.facts("river"))),
    ):
        with pytest.raises(StoreError, match="ended"):
            late()


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()
    for ask in (store.write, store.read):
        with pytest.raises(StoreError, match="closed"):
            ask(lambda _: 1)


def test_closing_keeps_or_refuses_what_waits_but_never_leaves_it_waiting(
    store: Store, place: str, opened: Callable[[str], Store]
) -> None:
    def write(n: int) -> bool:
        try:
            store.write(lambda tx: tx.set(f"n{n}", "1"))
        except StoreError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        results = [pool.submit(write, n) for n in range(400)]
        results[50].result(10)
        store.close()
        kept = [result.result(10) for result in results]
    assert opened(place).read(lambda view: [view.setting(f"n{n}") == "1" for n in range(400)]) == kept


# ---- other processes and mishaps


def test_acknowledged_work_survives_kill_9(place: str, opened: Callable[[str], Store], child: Child) -> None:
    kept: list[int] = []
    for round in range(3):
        process = child("acknowledge", place, round * 100_000 + 1)
        assert process.stdout is not None
        kept += [int(process.stdout.readline()) for _ in range(40 + 25 * round)]
        process.kill()
        kept += [int(line) for line in process.stdout.read().split("\n")[:-1]]
    store = opened(place)
    found = store.read(lambda view: [f.session for f in view.facts("river")])
    assert set(kept) <= set(found)
    assert len(found) == len(set(found)) <= len(kept) + 3  # at most one a round was kept, but not yet told
    assert not any(store.write(lambda tx: [tx.take(mark(n), 20000, "drum", n) for n in found]))
    assert store.check() == []


def test_four_processes_that_read_then_write_lose_nothing(store: Store, place: str, child: Child) -> None:
    processes = [child("add", place, 60) for _ in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.wait(60) for process in processes] == [0] * 4
    assert store.read(lambda view: view.setting("sum")) == "240"
    assert store.read(lambda view: [f.seq for f in view.facts("river")]) == list(range(1, 241))


def test_a_message_is_taken_once_whoever_else_takes_it(store: Store, place: str, child: Child) -> None:
    processes = [child("take", place, 50) for _ in range(3)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    took = [int(process.communicate("go\n", 60)[0]) for process in processes]
    assert sum(took) == 50


def test_a_full_disk_loses_nothing_acknowledged(cramped: Cramped, opened: Callable[[str], Store], child: Child) -> None:
    output, _ = child("fill", cramped.place, cramped.limit).communicate(timeout=60)
    *kept, full, reads = output.split()
    assert full == "full=True" or not cramped.disk
    assert reads == f"reads={len(kept)}"
    assert len(kept) > 10
    cramped.grow()
    store = opened(cramped.place)
    assert store.read(lambda view: [f.session for f in view.facts("river")]) == [int(n) for n in kept]
    assert store.write(lambda tx: tx.record(fact())).seq == len(kept) + 1
    assert store.check() == []
    store.close()


# ---- inbox


def test_the_carrier_may_repeat_itself(store: Store) -> None:
    def take(n: int, at: int) -> bool:
        return store.write(lambda tx: tx.take(mark(n), 20000, "drum", at))

    assert [take(1, 100), take(1, 101), take(2, 90)] == [True, False, True]
    assert store.read(lambda view: (view.last_heard("drum"), view.last_heard("flute"))) == (100, 0)
    assert sum(at_once(lambda: take(3, 200), times=12)) == 1


def test_what_could_not_be_applied_is_held_for_another_try(store: Store) -> None:
    store.write(lambda tx: [tx.hold(mark(n), b"sealed%d" % n) for n in (2, 1)])
    store.write(lambda tx: tx.hold(mark(2), b"again"))
    assert store.read(lambda view: view.held()) == [(mark(2), b"again"), (mark(1), b"sealed1")]
    assert [store.write(lambda tx: tx.unhold(mark(2))) for _ in range(2)] == [True, False]
    assert store.read(lambda view: view.held()) == [(mark(1), b"sealed1")]
    assert store.read(lambda view: view.held(0)) == []


def test_what_is_tried_in_vain_never_stands_before_what_can_go(store: Store) -> None:
    def keys(limit: int = 3) -> list[bytes]:
        return [key for key, _ in store.read(lambda view: view.held(limit))]

    store.write(lambda tx: [tx.hold(mark(n), b"poison") for n in range(7)])
    seen: list[bytes] = []
    for _ in range(4):
        seen += keys()
        store.write(lambda tx: [tx.tried(key) for key, _ in tx.held(3)])
    assert set(seen[:9]) == {mark(n) for n in range(7)}
    store.write(lambda tx: tx.hold(mark(7), b"sound"))
    assert keys(1) == [mark(7)]
    store.write(lambda tx: tx.hold(mark(7), b"sealed anew"))
    assert store.read(lambda view: view.held(1)) == [(mark(7), b"sealed anew")]


def test_all_that_is_held_can_be_gone_through_and_dropped(store: Store) -> None:
    store.write(lambda tx: [tx.hold(mark(n), b"sealed") for n in range(300)])
    store.write(lambda tx: [tx.tried(key) for key, _ in tx.held(250)])
    assert store.read(lambda view: len(list(view.all_held()))) == 300 == store.read(lambda view: view.how_many_held())
    store.write(lambda tx: [tx.unhold(key) for key, _ in tx.all_held()])
    assert store.read(lambda view: (list(view.all_held()), view.how_many_held())) == ([], 0)
    store.write(lambda tx: [tx.tried(mark(1)), tx.hold(mark(1), b"back"), tx.hold(mark(2), b"new")])
    assert store.read(lambda view: [key for key, _ in view.held()]) == [mark(1), mark(2)]  # its tries went with it


# ---- editions


def test_a_published_version_never_changes(store: Store) -> None:
    first, second = edition(1, test=True), edition(2)
    store.write(lambda tx: [tx.publish(each) for each in (first, second)])
    with pytest.raises(StoreError, match="published"):
        store.write(lambda tx: tx.publish(replace(first, toml="other")))
    assert store.read(lambda view: (view.published("river", 1), view.published("river"))) == (first, second)
    assert store.read(lambda view: view.published("river", 3)) is None
    assert store.read(lambda view: view.editions()) == [first, second]
    store.write(lambda tx: tx.retire("river", 20090))
    store.write(lambda tx: tx.retire("river", 20091))
    assert store.read(lambda view: [each.retired for each in view.editions()]) == [20090, 20090]


# ---- people


def test_a_number_and_its_voices_are_found_again(store: Store, woman: Woman) -> None:
    a = woman.address
    second = store.write(lambda tx: tx.add_person(a.id, 1, a.generation))
    assert store.read(lambda view: (view.address(a.index), view.address_of(a.id))) == (a, a)
    assert store.read(lambda view: view.people_at(a.id, 0)) == [woman.person, second]
    assert store.read(lambda view: view.person(second.id)) == second
    for twice in (lambda tx: tx.add_address(a.index, b"x", ""), lambda tx: tx.add_person(a.id, 1, 0)):
        with pytest.raises(StoreError):
            store.write(twice)


@pytest.mark.parametrize(
    "change",
    [
        {"sealed": b"0" * 60},
        {"sealed": b"longer" * 30},
        {"sealed": b""},
        {"locale": "ha", "stopped": 20001, "dead": True, "flags": "shared", "zone": "Asia/Baghdad", "generation": 3},
    ],
)
def test_an_address_can_change(store: Store, woman: Woman, change: dict[str, Any]) -> None:
    changed = replace(woman.address, **change)
    store.write(lambda tx: tx.update_address(changed))
    assert store.read(lambda view: view.address_of(changed.id)) == changed
    store.write(lambda tx: tx.update_address(woman.address))
    assert store.read(lambda view: view.address_of(changed.id)) == woman.address


def test_enrolments_are_replaced_listed_and_ended(store: Store) -> None:
    def work(tx: Tx) -> Any:
        women = [arrive(tx, n) for n in range(3)]
        batch = tx.add_import(Import(0, "river", 20000, 1))
        rows = [waiting(w.person.id) for w in women[:2]] + [waiting(women[2].person.id, imported=batch, news=True)]
        for row in rows:
            tx.enrol(row)
        return rows, batch

    rows, batch = store.write(work)
    begun = replace(rows[0], state="begun", segments=b"")
    store.write(lambda tx: tx.enrol(begun))
    assert store.read(lambda view: list(view.enrolments("river"))) == [begun, *rows[1:]]
    assert store.read(lambda view: list(view.enrolments("river", batch))) == [rows[2]]
    assert store.read(lambda view: view.enrolment(rows[2].person, "river")) == rows[2]
    store.write(lambda tx: tx.unenrol(rows[2].person, "river"))
    assert store.read(lambda view: view.enrolment(rows[2].person, "river")) is None


def test_enrolments_may_change_while_they_are_gone_through(store: Store) -> None:
    store.write(lambda tx: [tx.enrol(waiting(arrive(tx, n).person.id)) for n in range(250)])

    def invite_all(tx: Tx) -> int:
        return sum(1 for each in tx.enrolments("river") if tx.enrol(replace(each, state="invited")) is None)

    assert store.write(invite_all) == 250
    assert store.read(lambda view: {each.state for each in view.enrolments("river")}) == {"invited"}


def test_who_waits_to_be_invited_is_found_page_by_page(store: Store) -> None:
    def work(tx: Tx) -> list[int]:
        people = [arrive(tx, n).person.id for n in range(7)]
        for person in people[:5]:
            tx.enrol(waiting(person))
        tx.enrol(waiting(people[5], frame="open"))
        tx.enrol(waiting(people[6], "lake"))
        tx.enrol(waiting(people[1], state="invited"))
        return people

    people = store.write(work)
    assert store.read(lambda view: view.waiting("river", 0, 2)) == [people[0], people[2]]
    assert store.read(lambda view: view.waiting("river", people[2], 9)) == [people[3], people[4]]
    assert store.read(lambda view: (view.how_many_wait("river"), view.how_many_wait("hill"))) == (4, 0)


def test_a_key_loses_its_live_wrap_and_gets_it_back(store: Store, woman: Woman) -> None:
    key, person = woman.key, woman.person.id
    assert store.read(lambda view: view.key(person, "river")) == key
    store.write(lambda tx: tx.forget_live(person, "river"))
    assert store.read(lambda view: view.key(person, "river")) == replace(key, live=None)
    for live in (key.live, None, b"of another length", b""):
        store.write(lambda tx, live=live: tx.put_key(replace(key, live=live)))
        assert store.read(lambda view: view.key(person, "river")) == replace(key, live=live)
        assert store.read(lambda view: list(view.keys("river"))) == [replace(key, live=live)]
    assert store.read(lambda view: view.key(person, "lake")) is None


# ---- erasure


def test_erase_takes_everything_of_every_voice_but_the_journal(store: Store) -> None:
    def work(tx: Tx) -> tuple[Woman, list[int], Any]:
        w = arrive(tx, 1)
        other = arrive(tx, 2)
        voice = tx.add_person(w.address.id, 1, 0)
        tx.enrol(waiting(voice.id))
        tx.put_key(replace(w.key, person=voice.id, consultation="lake"))
        tx.open(session(w.address.id, voice.id, "lake", resting=True))
        states = ("queued", "handing", "uncertain", "accepted", "delivered", "failed")
        mine = [
            tx.owe(message(w.address.id, session=w.session.id, state=s, ref="ref" if s[0] in "ad" else "", segments=2))
            for s in states
        ]
        tx.owe(message(other.address.id))
        kept = [tx.record(fact(w.session.id, w.person.id)), tx.record(fact(9, voice.id))]
        return w, mine, kept

    woman, mine, kept = store.write(work)
    before = store.read(lambda view: (view.address(mark(2)), view.open_session(2, OURS), view.traffic(2)))
    people = store.write(lambda tx: tx.erase(woman.address.id))

    assert people == [p.id for p in store.read(lambda view: view.people_at(woman.address.id, 0))]
    assert len(people) == 2
    erased = store.read(lambda view: view.address(mark(1)))
    assert erased == replace(woman.address, sealed=b"", generation=1)
    for person in people:
        for name in ("river", "lake"):
            assert store.read(lambda v, p=person, n=name: (v.key(p, n), v.session_of(p, n), v.enrolment(p, n))) == (
                None,
                None,
                None,
            )
    rows = [store.read(lambda view, id=id: view.message(id)) for id in mine]
    assert [r.state for r in rows if r] == ["cancelled"] * 3 + ["accepted", "delivered", "failed"]
    assert {(r.address, r.text, r.session, r.ref, r.handed_at, r.segments) for r in rows if r} == {
        (0, b"", None, "", 0, 2)
    }
    assert store.read(lambda view: (view.traffic(woman.address.id), view.message_by_ref("drum", "ref"))) == ([], None)
    assert store.read(lambda view: list(view.facts("river"))) == kept
    assert before == store.read(lambda view: (view.address(mark(2)), view.open_session(2, OURS), view.traffic(2)))
    assert store.check() == []


def test_who_rejoins_after_erasure_is_another_person(store: Store, woman: Woman) -> None:
    store.write(lambda tx: tx.erase(woman.address.id))
    back = store.read(lambda view: view.address(mark(1)))
    assert back is not None
    assert store.read(lambda view: view.people_at(back.id, back.generation)) == []
    again = store.write(lambda tx: tx.add_person(back.id, 0, back.generation))
    assert again.id != woman.person.id
    store.write(lambda tx: tx.put_key(replace(woman.key, person=again.id)))
    store.write(lambda tx: tx.update_address(replace(back, sealed=b"number again")))
    assert store.write(lambda tx: tx.erase(back.id)) == [woman.person.id, again.id]
    with pytest.raises(StoreError, match="no address"):
        store.write(lambda tx: tx.erase(777))


def test_a_message_in_flight_cannot_bring_back_what_was_erased(store: Store, woman: Woman) -> None:
    id = store.write(lambda tx: tx.owe(message(woman.address.id)))
    leased = store.write(lambda tx: tx.lease(id, 1000, 1060, 0))
    assert leased is not None
    store.write(lambda tx: tx.erase(woman.address.id))
    assert not store.write(lambda tx: tx.settle(replace(leased, state="queued"), leased.fence))
    store.write(lambda tx: tx.update_message(replace(leased, state="queued")))
    left = store.read(lambda view: view.message(id))
    assert left is not None
    assert (left.state, left.text, left.address) == ("cancelled", b"", 0)


def test_after_scrub_nothing_erased_is_in_any_file(store: Store, folder: Path) -> None:
    def grow(tx: Tx, n: int) -> None:
        w = arrive(tx, n)
        tx.enrol(waiting(w.person.id, segments=secret("segments", n, 40)))
        tx.owe(message(w.address.id, secret("text", n, 160), session=w.session.id))
        tx.owe(message(w.address.id, secret("sent", n, 160), session=w.session.id, state="accepted"))

    store.write(lambda tx: [grow(tx, n) for n in range(60)])
    gone = range(0, 60, 2)
    store.write(lambda tx: [tx.erase(n + 1) for n in gone])
    store.scrub()
    whole = bytes_in(folder)
    kinds = ("number", "wrapped", "live", "state", "segments", "text", "sent")
    found = {(kind, n) for kind in kinds for n in range(60) if secret(kind, n, 0) in whole}
    assert found == {(kind, n) for kind in kinds for n in range(60) if n not in gone}


@pytest.mark.parametrize("seed", range(5))
def test_keys_and_numbers_leave_no_trace_however_their_neighbours_come_and_go(
    store: Store, folder: Path, seed: int
) -> None:
    chance = random.Random(seed)
    size = 250

    def stir(tx: Tx) -> None:
        for n in chance.choices(range(size), k=size):
            address = tx.address_of(n + 1)
            assert address is not None
            tx.update_address(
                replace(address, flags="f" * chance.randrange(60), locale=chance.choice(["", "en", "ha-NE"]))
            )
            match chance.randrange(4):
                case 0:
                    tx.forget_live(n + 1, "river")
                case 1 if address.sealed:
                    tx.put_key(arrived[n].key)
                case 2 if found := tx.open_session(address.id, OURS):
                    tx.close(found.id)
                case 3 if address.sealed and not tx.open_session(address.id, OURS):
                    tx.open(session(address.id, n + 1, state=secret("state", n, chance.randrange(30, 200))))

    arrived = store.write(lambda tx: [arrive(tx, n) for n in range(size)])
    order = chance.sample(range(size), size // 2)
    for some in (order[:40], order[40:80], order[80:]):
        store.write(stir)
        store.write(lambda tx, some=some: [tx.erase(n + 1) for n in some])
    store.scrub()
    whole = bytes_in(folder)
    assert not [n for n in order for kind in ("number", "wrapped", "live") if secret(kind, n, 0) in whole]
    assert all(secret("number", n, 60) in whole for n in range(size) if n not in order)
    assert store.check() == []


def test_scrub_waits_for_a_reader(store: Store, woman: Woman, folder: Path) -> None:
    reading, scrubbing = threading.Event(), threading.Event()

    def look(view: Any) -> None:
        view.address_of(woman.address.id)
        reading.set()
        scrubbing.wait(10)

    with ThreadPoolExecutor(2) as pool:
        reader = pool.submit(store.read, look)
        reading.wait(10)
        store.write(lambda tx: tx.erase(woman.address.id))
        scrub = pool.submit(store.scrub)
        store.write(lambda tx: tx.set("writers", "are not kept waiting"))
        assert not scrub.done()
        scrubbing.set()
        reader.result(10)
        scrub.result(10)
    assert secret("wrapped", 1, 120) not in bytes_in(folder)


# ---- conversations


def test_one_conversation_is_open_for_her_number_and_ours(store: Store, woman: Woman) -> None:
    row = session(woman.address.id, woman.person.id)
    with pytest.raises(StoreError, match="open"):
        store.write(lambda tx: tx.open(row))
    resting = [store.write(lambda tx: tx.open(replace(row, resting=True))) for _ in range(2)]
    other = store.write(lambda tx: tx.open(replace(row, ours="+2")))
    assert store.read(lambda view: view.open_session(woman.address.id, OURS)) == woman.session
    assert store.read(lambda view: view.open_session(woman.address.id, "+2")) == other
    with pytest.raises(StoreError, match="open"):
        store.write(lambda tx: tx.save(replace(resting[0], resting=False)))
    assert store.read(lambda view: view.session(resting[0].id)) == resting[0]


def test_the_open_conversation_is_latest_then_the_newest_resting(store: Store, woman: Woman) -> None:
    def latest() -> Any:
        a, p = woman.address.id, woman.person.id
        one, two = store.read(lambda v: (v.latest_session(a, OURS, "river"), v.session_of(p, "river")))
        assert one == two
        return one

    row = session(woman.address.id, woman.person.id, resting=True)
    resting = [store.write(lambda tx: tx.open(row)) for _ in range(2)]
    assert latest() == woman.session
    store.write(lambda tx: tx.close(woman.session.id))
    assert latest() == resting[1]
    store.write(lambda tx: tx.save(replace(resting[0], resting=False)))
    assert latest() == replace(resting[0], resting=False)
    assert store.read(lambda view: view.latest_session(woman.address.id, OURS, "lake")) is None


def test_every_conversation_of_a_number_and_of_a_consultation_is_found(store: Store, woman: Woman) -> None:
    row = session(woman.address.id, woman.person.id)

    def work(tx: Tx) -> tuple[int, ...]:
        more = [replace(row, resting=True), replace(row, ours="+2"), replace(row, consultation="lake", ours="+3")]
        return (woman.session.id, *(tx.open(each).id for each in more), arrive(tx, 2).session.id)

    first, resting, second, lake, other = store.write(work)
    at = store.read(lambda view: [each.id for each in view.sessions_at(woman.address.id)])
    assert at == [lake, second, first, resting]
    assert store.read(lambda v: [each.id for each in v.sessions_of("river")]) == [first, resting, second, other]
    store.write(lambda tx: tx.close(first))
    assert store.read(lambda view: len(view.sessions_at(woman.address.id))) == 3
    assert store.read(lambda view: (view.sessions_at(99), view.sessions_of("sea"))) == ([], [])


def test_a_conversation_is_saved_until_it_is_closed(store: Store, woman: Woman) -> None:
    going = replace(woman.session, state=b"more" * 50, heard_at=5, asked_at=6, owes=True, remind_at=7, lapse_at=8)
    for row in (going, replace(going, resting=True, version=2), replace(going, state=b"")):
        store.write(lambda tx, row=row: tx.save(row))
        assert store.read(lambda view: view.session(going.id)) == row
    store.write(lambda tx: tx.close(going.id))
    with pytest.raises(StoreError, match="closed"):
        store.write(lambda tx: tx.save(going))
    assert store.write(lambda tx: tx.open(replace(going, id=0))).id != going.id  # facts name it for ever


def test_a_conversation_needs_its_address_and_person(store: Store, woman: Woman) -> None:
    with pytest.raises(StoreError, match="not kept"):
        store.write(lambda tx: tx.open(session(99, woman.person.id)))


def test_of_many_that_open_at_once_one_succeeds(store: Store, woman: Woman) -> None:
    store.write(lambda tx: tx.close(woman.session.id))

    def open_() -> bool:
        try:
            store.write(lambda tx: tx.open(session(woman.address.id, woman.person.id)))
        except StoreError:
            return False
        return True

    assert sum(at_once(open_, times=8)) == 1


def test_conversations_fall_due(store: Store) -> None:
    times = [(None, None), (50, None), (None, 40), (90, 60), (200, 300), (70, 30)]

    def work(tx: Tx) -> list[int]:
        women = [arrive(tx, n) for n in range(len(times))]
        for w, (remind, lapse) in zip(women, times, strict=True):
            tx.save(replace(w.session, remind_at=remind, lapse_at=lapse))
        return [w.session.id for w in women]

    ids = store.write(work)
    due = store.read(lambda view: {row.id for row in view.due_sessions(60)})
    assert due == {ids[1], ids[2], ids[3], ids[5]}
    assert len(store.read(lambda view: view.due_sessions(60, 2))) == 2
    assert store.read(lambda view: view.due_sessions(20)) == []
    ahead = store.write(lambda tx: tx.session(ids[0]))
    store.write(lambda tx: tx.save(replace(ahead, lapse_at=20 + FARTHEST + 1)))
    assert [row.id for row in store.read(lambda view: view.due_sessions(20))] == [ids[0]]


# ---- journal


def test_facts_come_back_in_the_order_they_arrived(store: Store, place: str, opened: Callable[[str], Store]) -> None:
    given = [fact(n, sealed=bytes([n]), entered_by="7" if n else None, supersedes=n or None) for n in range(5)]
    kept = store.write(lambda tx: [tx.record(each) for each in given])
    store.write(lambda tx: tx.record(fact(consultation="lake")))
    store.close()
    store = opened(place)
    kept.append(store.write(lambda tx: tx.record(fact(3))))

    assert store.read(lambda view: list(view.facts("river"))) == kept
    assert store.read(lambda view: list(view.facts("river", kept[1].arrival, 2))) == kept[2:4]
    assert store.read(lambda view: (view.last_arrival("river"), view.last_arrival("sea"))) == (kept[-1].arrival, 0)
    assert [k._replace(node="", epoch=0, seq=0, arrival=0) for k in kept[:5]] == given


def test_origins_have_no_gaps_and_no_repeats(store: Store, place: str, opened: Callable[[str], Store]) -> None:
    def work(tx: Tx) -> None:
        tx.record(fact())
        if len(list(tx.facts("river"))) % 7 == 0:
            tx.set("tries", str(int(tx.setting("tries") or 0) + 1))
            raise Unhappy

    def call(n: int) -> None:
        with suppress(Unhappy):
            store.write(work if n % 2 else lambda tx: tx.record(fact()))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(call, range(100)))
    store.close()
    again = opened(place)
    again.write(lambda tx: tx.record(fact()))
    facts = again.read(lambda view: list(view.facts("river")))
    assert len({(f.node, f.epoch) for f in facts}) == 1
    assert [f.seq for f in facts] == list(range(1, len(facts) + 1))
    assert facts[0].node


def test_a_fact_may_be_given_its_origin_before_it_is_recorded_and_keeps_it_alone(store: Store) -> None:
    def work(tx: Tx) -> list[Fact]:
        kept = [tx.record(fact())]
        node, epoch, seq = tx.origin()
        kept.append(tx.record(fact(node=node, epoch=epoch, seq=seq)))
        return [*kept, tx.record(fact()), tx.record(fact(node="elsewhere", epoch=4, seq=9))]

    first, second, third, foreign = store.write(work)
    assert [each.seq for each in (first, second, third)] == [1, 2, 3]
    assert (foreign.node, foreign.epoch, foreign.seq) == ("elsewhere", 4, 9)
    for taken in (second, foreign):
        with pytest.raises(StoreError, match="is taken"):
            store.write(lambda tx, taken=taken: tx.record(taken._replace(sealed=b"other")))
    assert store.read(lambda view: list(view.facts("river"))) == [first, second, third, foreign]
    assert store.write(lambda tx: tx.origin()) == (first.node, first.epoch, 4)


def test_a_restored_store_begins_another_epoch(store: Store) -> None:
    first = store.write(lambda tx: tx.record(fact()))
    store.write(lambda tx: tx.new_epoch(first.epoch + 1))
    second = store.write(lambda tx: tx.record(fact()))
    assert (second.node, second.epoch, second.seq) == (first.node, first.epoch + 1, 1)
    assert second.arrival > first.arrival


# ---- outbox


def test_replies_go_before_what_we_start(store: Store, woman: Woman) -> None:
    a = woman.address.id
    rows = [invite(a, not_before=10), message(a, not_before=90), message(a, not_before=80), message(a, not_before=101)]
    rows += [message(a, carrier="flute"), message(a, state="accepted"), message(a, not_before=70, expires_at=75)]
    ids = store.write(lambda tx: [tx.owe(row) for row in rows])
    assert store.read(lambda view: view.payable("sms", "drum", 100)) == [ids[6], ids[2], ids[1], ids[0]]
    assert store.read(lambda view: view.payable("sms", "drum", 100, 2)) == [ids[6], ids[2]]


def test_a_message_comes_back_as_it_was_owed(store: Store, woman: Woman) -> None:
    wave = store.write(lambda tx: tx.add_campaign(campaign()))
    full = message(woman.address.id, session=3, campaign=wave, started=True, tries=2, ref="r", segments=3, price=0.25)
    full = replace(full, why="x", resent=True, handed_at=5, lease_until=6, fence=7, state="sent")
    id = store.write(lambda tx: tx.owe(full))
    assert store.read(lambda view: view.message(id)) == replace(full, id=id)
    assert store.read(lambda view: view.message_by_ref("drum", "r")) == replace(full, id=id)
    assert store.read(lambda view: (view.message_by_ref("drum", ""), view.message_by_ref("flute", "r"))) == (None, None)


def test_a_lease_goes_to_one(store: Store, woman: Woman) -> None:
    id = store.write(lambda tx: tx.owe(message(woman.address.id)))
    assert store.write(lambda tx: tx.lease(id, 999, 1060, 0)) is None  # its turn has not come
    leases = [each for each in at_once(lambda: store.write(lambda tx: tx.lease(id, 1000, 1060, 0)), times=6) if each]
    assert [(each.state, each.fence, each.lease_until, each.text) for each in leases] == [("handing", 1, 1060, b"text")]
    assert store.read(lambda view: view.message(id)) == leases[0]
    assert store.read(lambda view: view.payable("sms", "drum", 2000)) == []
    assert store.write(lambda tx: tx.lease(777, 1000, 1060, 0)) is None


def test_only_the_newest_fence_settles(store: Store, woman: Woman) -> None:
    id = store.write(lambda tx: tx.owe(message(woman.address.id)))
    slow = store.write(lambda tx: tx.lease(id, 1000, 1060, 0))
    assert slow is not None
    store.write(lambda tx: tx.update_message(replace(slow, state="queued")))
    quick = store.write(lambda tx: tx.lease(id, 1100, 1160, 0))
    assert quick is not None
    assert not store.write(lambda tx: tx.settle(replace(slow, state="failed", text=b""), slow.fence))
    assert store.read(lambda view: view.message(id)) == quick
    done = replace(quick, state="accepted", text=b"", ref="SM1", segments=2, price=0.02, tries=1, handed_at=1101)
    assert store.write(lambda tx: tx.settle(done, quick.fence))
    assert store.read(lambda view: view.message_by_ref("drum", "SM1")) == done


@pytest.mark.parametrize(
    ("pace", "segments", "at", "granted"),
    [
        (1.0, 1, [100, 100, 101, 101, 102], [1, 0, 1, 0, 1]),
        (1.0, 3, [100, 101, 102, 103, 103], [1, 0, 0, 1, 0]),
        (0.5, 0, [100, 101, 102, 103], [1, 0, 1, 0]),
        (3.0, 1, [100, 100, 100, 100, 101], [1, 1, 1, 0, 1]),
        (10.0, 1, [100.0, 100.05, 100.1, 100.15, 100.2], [1, 0, 1, 0, 1]),
        (0.0, 9, [100, 100, 100], [1, 1, 1]),
    ],
)
def test_the_carriers_pace_is_kept(
    store: Store, woman: Woman, pace: float, segments: int, at: list[Any], granted: list[int]
) -> None:
    row = message(woman.address.id, not_before=0, segments=segments)
    ids = store.write(lambda tx: [tx.owe(row) for _ in at])
    got = [store.write(lambda tx, i=i, t=t: tx.lease(i, t, 200, pace)) for i, t in zip(ids, at, strict=True)]
    assert [int(each is not None) for each in got] == granted
    other = store.write(lambda tx: tx.owe(replace(row, carrier="flute")))
    assert store.write(lambda tx: tx.lease(other, int(at[-1]), 200, pace))


def test_two_workers_keep_one_pace(store: Store, woman: Woman) -> None:
    ids = store.write(lambda tx: [tx.owe(message(woman.address.id)) for _ in range(40)])

    def work() -> int:
        return sum(store.write(lambda tx, id=id: tx.lease(id, 1000, 1060, 5.0)) is not None for id in ids)

    assert sum(at_once(work, work)) == 5


def test_a_clock_that_was_years_ahead_holds_up_nobody_once_it_is_right(store: Store, woman: Woman) -> None:
    years = 1000 + 10 * 365 * 86_400
    ids = store.write(lambda tx: [tx.owe(message(woman.address.id)) for _ in range(4)])
    assert store.write(lambda tx: tx.lease(ids[0], years, years + 60, 0.5))
    assert store.write(lambda tx: tx.lease(ids[1], 1000, 1060, 0.5))
    assert store.write(lambda tx: tx.lease(ids[2], 1000, 1060, 0.5)) is None  # its pace is kept as ever
    assert store.write(lambda tx: tx.lease(ids[2], 1002, 1062, 0.5))
    assert [each.id for each in store.read(lambda view: view.overdue(1002))] == [ids[0]]
    assert store.write(lambda tx: tx.scheduler("ahead", years, 45))
    assert [store.write(lambda tx, who=who: tx.scheduler(who, 1000, 45)) for who in "ab"] == [True, False]
    assert not store.write(lambda tx: tx.scheduler("b", 999, 45))  # a second back is no reason to take it
    assert not store.write(lambda tx: tx.scheduler("b", 1000, 0))  # and who gives back what is not his takes nothing


def test_overdue_is_what_nobody_finished(store: Store, woman: Woman) -> None:
    a = woman.address.id
    rows = [
        message(a, state="handing", lease_until=50),
        message(a, state="handing", lease_until=51),
        message(a, state="uncertain", lease_until=60),
        message(a, state="accepted", lease_until=1),
    ]
    ids = store.write(lambda tx: [tx.owe(row) for row in rows])
    assert [each.id for each in store.read(lambda view: view.overdue(50))] == [ids[0], ids[2]]
    assert [each.id for each in store.read(lambda view: view.overdue(99, 2))] == [ids[0], ids[1]]


def test_a_new_reply_withdraws_the_unsent_one(store: Store, woman: Woman) -> None:
    a, s = woman.address.id, woman.session.id
    rows = [message(a, session=s), message(a, session=s, state="handing"), message(a, session=s, kind="news")]
    ids = store.write(lambda tx: [tx.owe(row) for row in [*rows, message(a, session=s + 1)]])
    assert store.read(lambda view: view.caller(woman.address.index, OURS)) == (woman.address, woman.session, True)
    assert store.write(lambda tx: tx.withdraw(s)) == 1
    assert store.write(lambda tx: tx.withdraw(s)) == 0
    found = [store.read(lambda view, id=id: view.message(id)) for id in ids]
    assert [(m.state, m.text) for m in found if m] == [
        ("cancelled", b""),
        ("handing", b"text"),
        ("queued", b"text"),
        ("queued", b"text"),
    ]
    assert store.read(lambda view: view.caller(woman.address.index, OURS)) == (woman.address, woman.session, False)


def test_a_caller_is_known_by_her_number_and_what_is_open_with_ours(store: Store, woman: Woman) -> None:
    assert store.read(lambda view: view.caller(mark(99), OURS)) is None
    assert store.read(lambda view: view.caller(woman.address.index, "+2")) == (woman.address, None, False)
    store.write(lambda tx: tx.save(replace(woman.session, resting=True)))
    assert store.read(lambda view: view.caller(woman.address.index, OURS)) == (woman.address, None, False)
    store.write(lambda tx: tx.erase(woman.address.id))
    assert store.read(lambda view: view.caller(woman.address.index, OURS)) == (
        *(store.read(lambda view: view.address(woman.address.index)), None, False),
    )


def test_stop_cancels_what_has_not_gone(store: Store) -> None:
    def work(tx: Tx) -> int:
        one, two = arrive(tx, 1).address.id, arrive(tx, 2).address.id
        for state in ("queued", "uncertain", "handing", "accepted"):
            tx.owe(message(one, state=state))
        tx.owe(message(two))
        return tx.cancel(one)

    assert store.write(work) == 2
    assert store.read(lambda view: [each.state for each in view.traffic(1)]) == [
        "cancelled",
        "cancelled",
        "handing",
        "accepted",
    ]
    assert len(store.read(lambda view: view.payable("sms", "drum", 2000))) == 1


def test_what_a_retired_consultation_owes_is_recalled_but_not_its_news(store: Store, woman: Woman) -> None:
    a = woman.address.id
    rows = [message(a), invite(a), message(a, state="uncertain"), message(a, state="accepted"), message(a, kind="news")]
    rows += [message(a, consultation="lake"), message(0)]  # a farewell stands for itself
    ids = store.write(lambda tx: [tx.owe(row) for row in rows])
    assert store.write(lambda tx: tx.recall("river")) == 3
    found = [store.read(lambda view, id=id: view.message(id)) for id in ids]
    assert [each.state for each in found if each] == ["cancelled"] * 3 + ["accepted", "queued", "queued", "queued"]
    assert [each.text for each in found[:3] if each] == [b""] * 3


def test_stats_tell_traffic(store: Store, woman: Woman) -> None:
    states = ["queued", "handing", "uncertain", "accepted", "sent", "delivered", "failed", "expired", "cancelled"]
    row = message(woman.address.id, segments=2, price=0.5)
    store.write(lambda tx: [tx.owe(replace(row, state=state)) for state in states])
    found = store.read(lambda view: view.stats("river"))
    assert (found.queued, found.accepted, found.delivered, found.expired) == (1, 2, 1, 1)
    assert (found.segments, found.money) == (18, 4.5)
    assert store.read(lambda view: view.stats("lake")).segments == 0


def test_outcomes_tell_why_by_channel(store: Store, woman: Woman) -> None:
    row = replace(message(woman.address.id), channel="text")
    ends = [("failed", "too long"), ("failed", "too long"), ("failed", "away"), ("delivered", "")]
    store.write(lambda tx: [tx.owe(replace(row, state=state, why=why)) for state, why in ends])
    found = store.read(lambda view: view.outcomes("river"))
    assert sorted(found) == [
        ("text", "delivered", "", 1),
        ("text", "failed", "away", 1),
        ("text", "failed", "too long", 2),
    ]
    assert store.read(lambda view: view.outcomes("lake")) == []


def test_states_tell_the_traffic_of_the_whole_hub(store: Store, woman: Woman) -> None:
    row = message(woman.address.id)
    store.write(lambda tx: [tx.owe(replace(row, state=state)) for state in ("queued", "delivered", "delivered")])
    store.write(lambda tx: tx.owe(replace(row, consultation="lake", state="delivered")))
    store.write(lambda tx: tx.owe(replace(row, channel="voice", state="failed")))
    found = store.read(lambda view: view.states())
    assert found == [("sms", "delivered", 3), ("sms", "queued", 1), ("voice", "failed", 1)]


def test_what_is_due_is_counted_with_the_time_since_when(store: Store, woman: Woman) -> None:
    assert store.read(lambda view: view.owing(NOW)) == (0, None)
    row = message(woman.address.id)
    for at, state in ((NOW - 90, "queued"), (NOW - 30, "queued"), (NOW + 1, "queued"), (NOW - 500, "delivered")):
        store.write(lambda tx, at=at, state=state: tx.owe(replace(row, not_before=at, state=state)))
    assert store.read(lambda view: view.owing(NOW)) == (2, NOW - 90)
    assert store.read(lambda view: view.owing(NOW - 60)) == (1, NOW - 90)


def test_the_end_of_the_schedulers_lease_is_told(store: Store) -> None:
    assert store.read(lambda view: view.lease_ends()) == 0
    assert store.write(lambda tx: tx.scheduler("a", NOW, 45))
    assert store.read(lambda view: view.lease_ends()) == NOW + 45
    assert store.write(lambda tx: tx.scheduler("a", NOW + 7, 0))
    assert store.read(lambda view: view.lease_ends()) == NOW + 7


def test_a_store_just_opened_has_the_tables_of_this_program(store: Store) -> None:
    assert store.current()
    store.close()
    with pytest.raises(StoreError):
        store.current()


def test_commits_are_counted_with_the_works_they_keep(store: Store) -> None:
    before, works = store.pulse.sizes.upto()[-1], store.pulse.sizes.total
    for n in range(3):
        store.write(lambda tx, n=n: tx.set("x", str(n)))
    with suppress(ZeroDivisionError):
        store.write(lambda tx: 1 // 0)
    assert store.pulse.sizes.upto()[-1] == before + 4  # the last kept nothing, but was committed
    assert store.pulse.sizes.total == works + 4
    assert store.pulse.seconds.upto()[-1] == before + 4
    assert 0 < store.pulse.seconds.total < 60


def test_traffic_is_the_newest_oldest_first(store: Store, woman: Woman) -> None:
    ids = store.write(lambda tx: [tx.owe(message(woman.address.id)) for _ in range(5)])
    assert [m.id for m in store.read(lambda view: view.traffic(woman.address.id, 3))] == ids[2:]


# ---- campaigns


def test_campaigns_are_kept_and_changed(store: Store) -> None:
    ids = store.write(lambda tx: [tx.add_campaign(campaign()), tx.add_campaign(campaign(consultation="lake"))])
    stopped = campaign(id=ids[0], state="stopped", spent_money=2.5, spent_segments=250, why="budget", remind=False)
    store.write(lambda tx: tx.update_campaign(stopped))
    assert store.read(lambda view: view.campaign(ids[0])) == stopped
    assert store.read(lambda view: view.campaigns("river")) == [stopped]
    assert [each.id for each in store.read(lambda view: view.campaigns())] == ids


# ---- joining


def test_a_code_is_used_once(store: Store) -> None:
    code = Code(mark("code"), "river", segments=b"s")
    store.write(lambda tx: tx.add_codes([code, replace(code, hashed=mark("two"))]))
    assert store.read(lambda view: view.code(code.hashed)) == code
    assert sum(at_once(lambda: store.write(lambda tx: tx.use_code(code.hashed)), times=8)) == 1
    assert store.read(lambda view: view.code(code.hashed)) == replace(code, used=True)
    assert not store.write(lambda tx: tx.use_code(mark("none")))
    with pytest.raises(StoreError):
        store.write(lambda tx: tx.add_codes([replace(code, hashed=mark("new")), code]))
    assert store.read(lambda view: view.code(mark("new"))) is None


def test_attempts_are_counted_by_day_and_kind(store: Store) -> None:
    def attempt(day: int, kind: str = "code", n: int = 1) -> int:
        return store.write(lambda tx: tx.attempt(mark(n), day, kind))

    assert [attempt(5), attempt(5), attempt(5, "stranger"), attempt(5, n=2), attempt(6), attempt(6), attempt(5)] == [
        *(1, 2, 1, 1, 1, 2, 3)
    ]
    assert [attempt(9), attempt(5)] == [1, 1]  # what is older than a day is forgotten


def test_suppressions_stand_until_lifted(store: Store) -> None:
    store.write(lambda tx: (tx.suppress(mark(1), "stop", 1), tx.suppress(mark(1), "erase", 2)))
    assert store.read(lambda view: (view.suppressed(mark(1)), view.suppressed(mark(2)))) == (True, False)
    store.write(lambda tx: tx.unsuppress(mark(1)))
    assert not store.read(lambda view: view.suppressed(mark(1)))


def test_undoing_an_import_takes_back_only_the_untouched(store: Store, folder: Path) -> None:
    def work(tx: Tx) -> int:
        batch = tx.add_import(Import(0, "river", 20000, 4))
        for n in range(4):
            address = tx.add_address(mark(n), secret("number", n, 60), "")
            person = tx.add_person(address.id, 0, 0)
            tx.enrol(waiting(person.id, imported=batch, state="invited" if n == 0 else "waiting"))
            if n == 1:
                tx.owe(message(address.id, state="delivered", consultation="lake"))
            if n == 2:
                tx.enrol(waiting(person.id, "lake"))
        return batch

    batch = store.write(work)
    assert store.write(lambda tx: tx.undo_import(batch)) == 3
    assert [e.state for e in store.read(lambda view: list(view.enrolments("river")))] == ["invited"]
    known = store.read(lambda view: [view.address(mark(n)) is not None for n in range(4)])
    assert known == [True, True, True, False]
    assert store.read(lambda view: view.imports("river")) == [Import(batch, "river", 20000, 4, undone=True)]
    store.scrub()
    whole = bytes_in(folder)
    assert [secret("number", n, 60) in whole for n in range(4)] == known
    assert store.check() == []


# ---- the hub's own


def test_audit_lines_are_chained(store: Store) -> None:
    store.write(lambda tx: [tx.note(20000 + n, f"published river {n}") for n in range(4)])
    lines = store.read(lambda view: view.audit())
    assert [line[1:3] for line in lines] == [(f"2024-10-0{n + 4}", f"published river {n}") for n in range(4)]
    assert broken_chain(lines) is None
    assert broken_chain([*lines[:1], *lines[2:]]) == lines[2][0]
    assert broken_chain([*lines[:2], (*lines[2][:2], "other", lines[2][3]), lines[3]]) == lines[2][0]
    assert store.read(lambda view: view.audit(lines[1][0])) == lines[2:]


def test_figures_and_settings_are_replaced(store: Store) -> None:
    store.write(lambda tx: (tx.show("river", 1, "{}"), tx.show("river", 9, '{"n": 10}'), tx.set("a", "1")))
    store.write(lambda tx: tx.set("a", "2"))
    assert store.read(lambda view: (view.figures("river"), view.figures("lake"))) == ((9, '{"n": 10}'), None)
    assert store.read(lambda view: (view.setting("a"), view.setting("b"))) == ("2", None)


def test_one_scheduler_at_a_time(store: Store) -> None:
    def ask(who: str, at: int) -> bool:
        return store.write(lambda tx: tx.scheduler(who, at, 30))

    assert [ask("a", 0), ask("b", 10), ask("a", 20), ask("b", 49), ask("b", 50), ask("a", 51)] == [
        *(True, False, True, False, True, False)
    ]


# ---- keeping


def test_a_backup_is_a_store_of_its_own(store: Store, woman: Woman, tmp_path: Path, opened: Any) -> None:
    copy = tmp_path / "backup" / "consult.db"
    copy.parent.mkdir()
    store.write(lambda tx: tx.record(fact()))
    store.backup(str(copy))
    store.write(lambda tx: tx.record(fact()))
    with pytest.raises(StoreError, match="backup"):
        store.backup(str(copy))
    restored = opened(f"sqlite:///{copy}")
    assert restored.read(lambda view: (view.last_arrival("river"), view.address(mark(1)))) == (1, woman.address)
    assert restored.check() == []


def test_a_healthy_store_has_nothing_to_say(store: Store, woman: Woman) -> None:
    assert store.check() == []


def test_what_was_settled_days_ago_forgets_whom_it_went_to_and_when(store: Store) -> None:
    woman = store.write(lambda tx: tx.add_address(b"f" * 16, b"sealed", ""))
    old, waiting = store.write(lambda tx: (tx.owe(message(woman.id)), tx.owe(message(woman.id))))
    done = store.write(lambda tx: tx.lease(old, 10_000, 10_100, 0))
    assert done is not None
    store.write(lambda tx: tx.settle(replace(done, state="sent", text=b"", ref="SM1", segments=2), done.fence))
    assert store.write(lambda tx: tx.fade(done.not_before)) == 0
    assert store.write(lambda tx: tx.fade(done.not_before + 1)) == 1
    faded, kept = store.read(lambda view: (view.message(old), view.message(waiting)))
    assert faded is not None
    assert kept is not None
    assert (faded.address, faded.session, faded.ref, faded.handed_at, faded.not_before) == (0, None, "", 0, 0)
    assert (faded.state, faded.segments) == ("sent", 2)
    assert kept.address == woman.id


def test_a_row_that_names_nobody_forgets_when_and_under_which_identifier_it_left(store: Store) -> None:
    id = store.write(lambda tx: tx.owe(message(0)))
    done = store.write(lambda tx: tx.lease(id, 10_000, 10_100, 0))
    assert done is not None
    store.write(lambda tx: tx.settle(replace(done, state="delivered", text=b"", ref="SM2"), done.fence))
    assert store.write(lambda tx: tx.fade(done.not_before + 1)) == 1
    assert store.write(lambda tx: tx.fade(done.not_before + 2)) == 0
    faded = store.read(lambda view: view.message(id))
    assert faded is not None
    assert (faded.address, faded.ref, faded.handed_at, faded.not_before, faded.state) == (0, "", 0, 0, "delivered")


def test_a_campaign_s_messages_are_counted_while_they_wait(store: Store, woman: Woman) -> None:
    one = store.write(lambda tx: tx.add_campaign(campaign()))
    now, later = replace(message(woman.address.id), campaign=one), 99_999
    ids = store.write(
        lambda tx: [tx.owe(now), tx.owe(replace(now, not_before=later)), tx.owe(message(woman.address.id))]
    )
    assert store.read(lambda view: view.queued_of(one)) == 2
    store.write(lambda tx: tx.lease(ids[0], 10_000, 10_100, 0))
    assert store.read(lambda view: view.queued_of(one)) == 1


# ---- what is announced


def test_who_is_announced_is_known_as_she_stands(store: Store) -> None:
    """Whatever others of the same commit did to her, and whether or not anybody knows her."""
    known = store.write(lambda tx: arrive(tx, 1))

    def look(n: int) -> Callable[[Tx], Caller | None]:
        def work(tx: Tx) -> Caller | None:
            found = tx.caller(mark(n), OURS)
            if found and found.session:
                tx.save(replace(found.session, heard_at=found.session.heard_at + 1))
            return found

        return work

    with ThreadPoolExecutor(24) as pool:
        heard = [pool.submit(store.write, look(n % 2), Hearing(mark(n % 2), OURS)) for n in range(200)]
    assert all(one.result() is None for one in heard[::2])
    last = store.read(lambda view: view.session(known.session.id))
    assert last
    assert last.heard_at == known.session.heard_at + 100


# ---- drafts


def test_a_draft_is_a_row_of_versions_of_which_one_stands(store: Store) -> None:
    first, second = (
        store.write(lambda tx, text=text, n=n: tx.keep_draft(Draft("river", 0, n, 3, 5, text)))
        for n, text in enumerate(("a", "b"))
    )
    assert (first.number, second.number, second.before) == (1, 2, 1)
    assert store.read(lambda view: view.draft("river")) == second
    store.write(lambda tx: tx.stand_draft("river", 1))
    assert store.read(lambda view: (view.draft("river"), view.draft_after("river", 1))) == (first, 2)
    third = store.write(lambda tx: tx.keep_draft(Draft("river", 0, 1, 4, 6, "c")))
    assert (third.number, store.read(lambda view: view.draft_after("river", 1))) == (3, 3)
    assert store.read(lambda view: view.drafts()) == [third]
    assert store.write(lambda tx: tx.drop_drafts("river", 3)) == 2
    assert store.read(lambda view: (view.draft("river", 2), view.draft("river", 3))) == (None, third)
    assert store.read(lambda view: (view.draft("lake"), view.draft_after("lake", 1))) == (None, None)


def test_who_wrote_goes_with_the_version_that_says_so(store: Store) -> None:
    for number in (1, 2, 3):
        store.write(lambda tx, n=number: tx.keep_writers("river", n, f"{n}"))
    store.write(lambda tx: tx.keep_writers("river", 3, "again"))
    assert store.write(lambda tx: tx.drop_writers("river", 2)) == 1
    assert store.read(lambda view: [view.writers("river", n) for n in (1, 2, 3)]) == ["", "2", "again"]
    assert store.read(lambda view: view.writers("lake", 3)) == ""


def test_a_reading_is_of_one_text_in_one_language(store: Store) -> None:
    one = Reading("river", "label.way", "ha", "aa", "reviewed", 3, 5)
    others = (
        replace(one, mark="bb"),
        replace(one, tag="fr"),
        replace(one, name="lake"),
        replace(one, string="label.a"),
    )
    for each in (one, *others):
        store.write(lambda tx, each=each: tx.keep_reading(each))
    store.write(lambda tx: tx.keep_reading(replace(one, by=4)))
    kept = store.read(lambda view: view.readings("river"))
    assert kept == [others[3], others[1], replace(one, by=4), others[0]]
    assert store.write(lambda tx: (tx.drop_reading(one), tx.drop_reading(one))) == (True, False)
    assert len(store.read(lambda view: view.readings("river"))) == 3


def test_a_version_remembers_which_words_had_one_reader(store: Store) -> None:
    store.write(lambda tx: tx.keep_unchecked("river", 2, ("ha", "ckb")))
    assert store.read(lambda view: (view.unchecked("river", 2), view.unchecked("river", 1))) == (("ha", "ckb"), ())
