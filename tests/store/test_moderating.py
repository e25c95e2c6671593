"""What both stores promise of moderated texts: found by their consultation alone, and gone with who wrote them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from consult.store import Store, StoreError
from consult.store.moderated import Flag, Worded, Writing
from tests.store.samples import Woman, arrive, mark, secret


@pytest.fixture
def woman(store: Store) -> Woman:
    return store.write(lambda tx: arrive(tx, 1))


def writing(person: int, n: int = 1, **more: object) -> Writing:
    made = Writing(0, "river", "why", f"{n:a>32}", person, 20_000, "wait", False, 0, 0, secret("words", n, 90))
    return replace(made, **more)  # type: ignore[arg-type]


def flag(person: int, n: int = 1) -> Flag:
    return Flag(0, mark(n), "river", "text", person, n, 20_000, "open", secret("flag", n, 60))


def test_a_text_is_found_by_its_own_consultation(store: Store, woman: Woman) -> None:
    id = store.write(lambda tx: tx.keep_writing(writing(woman.person.id)))
    found = store.read(lambda view: view.writing("river", id))
    assert found == replace(writing(woman.person.id), id=id)
    assert store.read(lambda view: view.writing("market", id)) is None
    with pytest.raises(StoreError):
        store.write(lambda tx: tx.keep_writing(writing(woman.person.id)))


def test_some_of_a_state_come_in_the_order_of_their_ids(store: Store, woman: Woman) -> None:
    for n in range(7):
        state = "wait" if n % 2 else "fine"
        store.write(lambda tx, n=n, state=state: tx.keep_writing(writing(woman.person.id, n, state=state)))  # type: ignore[misc]
    first = store.read(lambda view: view.some_writings("river", "why", "fine", (3, 0)))
    rest = store.read(lambda view: view.some_writings("river", "why", "fine", (3, 3)))
    assert [row.message[-1] for row in (*first, *rest)] == ["0", "2", "4", "6"]
    assert store.read(lambda view: sorted(view.writings_counted("river"))) == [("why", "fine", 4), ("why", "wait", 3)]


def test_what_is_decided_stands_and_what_is_held_is_listed(store: Store, woman: Woman) -> None:
    id = store.write(lambda tx: tx.keep_writing(writing(woman.person.id)))
    row = replace(writing(woman.person.id), id=id, state="held", asks=True, reply=3, decider=7)
    store.write(lambda tx: tx.change_writing(row))
    assert store.read(lambda view: view.writing("river", id)) == row
    assert store.read(lambda view: view.writings_asking("river")) == [row]
    assert store.read(lambda view: view.writings_held("river")) == {row.message}
    assert store.read(lambda view: view.writings_held("market")) == frozenset()


def test_with_her_erasure_her_texts_and_flags_are_gone_and_nobody_else_s(store: Store, woman: Woman) -> None:
    other = store.write(lambda tx: arrive(tx, 2))
    for n, each in enumerate((woman, other), 1):
        store.write(lambda tx, n=n, each=each: tx.keep_writing(writing(each.person.id, n)))  # type: ignore[misc]
        store.write(lambda tx, n=n, each=each: tx.keep_flag(flag(each.person.id, n)))  # type: ignore[misc]
    store.write(lambda tx: tx.erase(woman.address.id))
    gone, stays = store.read(lambda view: view.writings("river", "why"))
    assert (gone.state, set(gone.sealed), len(gone.sealed)) == ("gone", {0}, 90)
    assert gone.message != writing(woman.person.id, 1).message
    assert stays.sealed == secret("words", 2, 90)
    assert [each.writing for each in store.read(lambda view: view.flags("river"))] == [2]
    assert store.read(lambda view: view.writings_counted("river")) == [("why", "wait", 1)]


def test_what_is_gone_tells_neither_whose_it_was_nor_that_she_may_be_in_danger(store: Store, woman: Woman) -> None:
    store.write(lambda tx: tx.keep_writing(writing(woman.person.id, state="fine", asks=True, reply=3, decider=7)))
    store.write(lambda tx: tx.keep_flag(flag(woman.person.id)))
    store.write(lambda tx: tx.erase(woman.address.id))
    (row,) = store.read(lambda view: view.writings("river", "why"))
    assert (row.person, row.asks, row.reply, row.decider) == (0, False, 0, 0)
    kept = store.read(lambda view: view._all(tuple, "SELECT person, writing, kind, state, mark FROM flags"))  # type: ignore[attr-defined]
    assert [each[:4] for each in kept] == [(0, 0, "gone", "gone")]
    assert bytes(kept[0][4]) != mark(1)


def test_words_fade_by_the_day_they_were_opened_and_a_consultation_takes_all_with_it(
    store: Store, woman: Woman
) -> None:
    for n, day in ((1, 20_000), (2, 20_001)):
        store.write(lambda tx, n=n, day=day: tx.keep_writing(writing(woman.person.id, n, day=day)))  # type: ignore[misc]
    assert store.write(lambda tx: tx.fade_writings(20_000)) == 1
    assert store.write(lambda tx: tx.fade_writings(20_000)) == 0
    faded, fresh = store.read(lambda view: view.writings("river", "why"))
    assert (faded.state, any(faded.sealed), any(fresh.sealed)) == ("wait", False, True)
    store.write(lambda tx: tx.keep_flag(flag(woman.person.id)))
    store.write(lambda tx: tx.lose_writings_in("market"))
    assert len(store.read(lambda view: view.flags("river"))) == 1
    store.write(lambda tx: tx.lose_writings_in("river"))
    assert {row.state for row in store.read(lambda view: view.writings("river", "why"))} == {"gone"}
    assert store.read(lambda view: view.flags("river")) == []


def test_a_flag_stands_once(store: Store, woman: Woman) -> None:
    assert store.write(lambda tx: tx.keep_flag(flag(woman.person.id)))
    assert not store.write(lambda tx: tx.keep_flag(flag(woman.person.id)))
    (found,) = store.read(lambda view: view.flags("river"))
    store.write(lambda tx: tx.change_flag(replace(found, state="over", sealed=b"outcome")))
    assert store.read(lambda view: view.flags("river")) == [replace(found, state="over", sealed=b"outcome")]


def test_words_are_decided_once(store: Store) -> None:
    row = Worded(0, "river", "reply", "", 20_000, "written", 7, 0, secret("worded", 1, 60))
    id = store.write(lambda tx: tx.keep_worded(row))
    assert store.write(lambda tx: tx.decide_worded(id, "approved", 8))
    assert not store.write(lambda tx: tx.decide_worded(id, "declined", 9))
    found = store.read(lambda view: view.worded_one("river", id))
    assert found == replace(row, id=id, state="approved", approver=8)
    assert store.read(lambda view: view.worded_one("market", id)) is None
    assert store.read(lambda view: view.worded("river", "theme")) == []
