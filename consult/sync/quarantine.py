"""Pages that the hub did not believe: the operator sees both tails and decides (`consult node quarantine`, the page).

A copy of a node, or an image that was put back, goes on under numbers that the other gave too. What both say is what
women said; only which numbers belong together is in doubt.

Rule 1: nothing is believed, and nothing goes, without somebody who decides, by name, in the audit.
Rule 2: to merge a tail that branched off is to take it in as an epoch of its own: what was heard before the two parted
is not counted again, all else is; whoever is first heard of after that is somebody new.
Rule 3: to drop pages is to lose what is in them: their bytes go, that they were there stays.
Rule 4: a page that follows what was believed is merged as itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal

from consult import facts
from consult.events import Event
from consult.house import House
from consult.library import day_of
from consult.store import Tx, View
from consult.store.fieldwork import Node, PageRow
from consult.store.records import Fact, KeyRow, Published
from consult.sync.arriving import SESSIONS, chained, merge, private_key, put, ranges, settle
from consult.sync.books import opened
from consult.sync.pages import NOTICES, NotTaken, Page, unseal, verify
from consult.sync.revoking import restore, spread
from consult.sync.rows import Heard
from consult.sync.rows import facts as facts_of
from consult.vault import KEY, Unopenable, Vault, each_wrap, open_fact

Choice = Literal["merge", "drop"]
Known = tuple[frozenset[int], frozenset[int]]  # people, conversations
BRANCHED: Final = ("fork", "chain")


class Undecided(Exception):
    """It cannot be done; says why and the cure."""


@dataclass(frozen=True, slots=True)
class Tail:
    """Pages of one node and epoch that wait, in order; `beside`: those that were believed under the same numbers."""

    node: Node
    epoch: int
    why: str
    pages: tuple[PageRow, ...]
    beside: tuple[PageRow, ...]

    @property
    def first(self) -> int:
        return self.pages[0].number

    @property
    def last(self) -> int:
        return self.pages[-1].number


def tails(house: House) -> list[Tail]:
    """All that waits for a decision."""
    return house.store.read(lambda view: list(_tails(view)))


def _tails(view: View) -> Iterator[Tail]:
    for node in view.nodes():
        for epoch in view.epochs(node.node):
            rows = list(view.pages_of(node.node, epoch))
            for branch in _branches([row for row in rows if row.state == "quarantined"]):
                numbers = {row.number for row in branch}
                beside = tuple(row for row in rows if row.number in numbers and row.state != "quarantined")
                yield Tail(node, epoch, branch[0].why, tuple(branch), beside)


def _branches(rows: Sequence[PageRow]) -> list[list[PageRow]]:
    """Pages that follow each other, together."""
    out: list[list[PageRow]] = []
    for row in rows:
        found = next((each for each in out if chained(each[-1]) == row.previous), None)
        if found is None:
            out.append([row])
        else:
            found.append(row)
    return out


def decide(house: House, node: str, epoch: int, first: int, choice: Choice, *, by: str, at: int) -> Tail:
    """Merge or drop the tail of this node and epoch whose first page has this number. Raises Undecided, StoreError.

    `by`: who decides, for the audit.
    """
    fresh = os.urandom(KEY)
    done = house.store.write(partial(_decide, house, (node, epoch, first), choice, by, at, fresh))
    settle(house)
    return done


def _decide(house: House, which: tuple[str, int, int], choice: Choice, by: str, at: int, fresh: bytes, tx: Tx) -> Tail:
    name, epoch, first = which
    here = [tail for tail in _tails(tx) if (tail.node.name, tail.epoch, tail.first) == which]
    if not here:
        raise Undecided(f"no pages of {name} wait from {first} on in epoch {epoch:08x}; see `consult node quarantine`")
    tail = here[0]
    for row in tail.pages:
        if choice == "drop":
            tx.update_page(replace(row, state="dropped", data=b""))
        else:
            _believe(house, tx, tail, row, fresh)
    done = "dropped" if choice == "drop" else "merged"
    tx.note(day_of(at), f"pages {tail.first} to {tail.last} of node {name}, epoch {epoch:08x}, {done} by {by}")
    return tail


def _believe(house: House, tx: Tx, tail: Tail, row: PageRow, fresh: bytes) -> None:
    if row.why == "revoked" and row.numbers:  # it was merged, and then withdrawn
        restore(tx, row)
        tx.update_page(replace(row, state="merged", why=""))
        return
    try:
        page = verify(row.data, tail.node.verify)
    except NotTaken as error:  # kept as it came, so it was good then
        raise Undecided(f"page {row.number} cannot be read any more ({error.why})") from None
    if row.why not in BRANCHED or page.header.kind == NOTICES or not _beside(tx, row):
        merged = merge(house, tx, tail.node, row, page, fresh)
    else:
        merged = _apart(house, tx, tail, row, page, fresh)
    if merged.state == "quarantined":
        raise Undecided(f"page {row.number} cannot be read ({merged.why}); it can only be dropped")


def _beside(tx: Tx, row: PageRow) -> bool:
    """Whether it is of another branch than what was believed."""
    believed = [each for each in tx.pages_of(row.node, row.epoch) if each.state in ("merged", "held", "sealed")]
    if any(each.number == row.number for each in believed):
        return True
    before = [each for each in believed if each.number == row.number - 1]
    return bool(before) and all(chained(each) != row.previous for each in before)


# ---- a tail as an epoch of its own


def _apart(house: House, tx: Tx, tail: Tail, row: PageRow, page: Page, fresh: bytes) -> PageRow:
    book = tx.book(page.header.codebook)
    published = tx.published(book.consultation, book.version) if book else None
    private = private_key(house, published) if published else None
    if book is None or published is None or private is None:
        raise Undecided(f"page {row.number} needs its consultation and its key to be told from the other tail")
    codes = opened(book)
    try:
        heard = list(facts_of(page.header, unseal(page, private, {codes.id: codes}), codes))
    except NotTaken as error:
        raise Undecided(f"page {row.number} cannot be read ({error.why}); it can only be dropped") from None
    source, as_epoch = _source(tx, tail)
    known, new = _told_before(tx, published, private, heard)
    people, sessions = _before(tx, tail)
    people |= {fact.person for fact in known}
    sessions |= {fact.session for fact in known}
    new = [each._replace(fact=each.fact._replace(epoch=as_epoch)) for each in new]
    put(house, tx, published, new, private, fresh, partial(_place, tx, tail.node.id, source, (people, sessions)))
    row = replace(row, state="merged", why="apart", numbers=ranges(each.fact.seq for each in new))
    tx.update_page(row)
    return row


def _source(tx: Tx, tail: Tail) -> tuple[int, int]:
    """Under which number the tail's people are known, and under which epoch its facts are kept."""
    head = tail.pages[0]
    for id, number, hash, as_epoch in tx.tails(head.node, head.epoch):
        if (number, hash) == (head.number, head.hash):
            return -id, as_epoch
    as_epoch = int.from_bytes(head.hash[:4], "big") & 0x7FFFFFFF
    return -tx.add_tail(head.node, head.epoch, head.number, head.hash, as_epoch), as_epoch


def _before(tx: Tx, tail: Tail) -> Known:
    """People and conversations, by the hub's own numbers, that were heard of before the tail branched off."""
    node = tail.node.node.hex()
    people, sessions = set[int](), set[int]()
    for row in tx.pages_of(tail.node.node, tail.epoch):
        if row.number < tail.first and row.state == "merged":
            for fact in _stored(tx, node, tail.epoch, row.numbers):
                people.add(fact.person)
                sessions.add(fact.session)
    return frozenset(people), frozenset(sessions)


def _stored(tx: Tx, node: str, epoch: int, numbers: str) -> Iterator[Fact]:
    wanted = spread(numbers)
    if wanted:
        yield from (fact for fact in tx.facts_between(node, epoch, wanted[0], wanted[-1]) if fact.seq in set(wanted))


def _place(tx: Tx, node: int, source: int, before: Known, fact: Fact) -> tuple[int, int]:
    """She and her conversation are known from before, or of the tail."""
    visitor = tx.visitor(node, fact.person)
    person = node if visitor is not None and visitor.person in before[0] else source
    return person, node if node * SESSIONS + fact.session in before[1] else source


def _told_before(tx: Tx, published: Published, private: bytes, heard: list[Heard]) -> tuple[list[Fact], list[Heard]]:
    """The facts that are here already, and what is new: whatever was heard before the two parted is the same in both,
    in the order in which it was heard, up to the first that differs."""
    known: list[Fact] = []
    ordered = sorted(heard, key=lambda each: each.fact.seq)
    for place, each in enumerate(ordered):
        fact = _same(tx, published, private, each)
        if fact is None:
            return known, ordered[place:]
        known.append(fact)
    return known, []


def _same(tx: Tx, published: Published, private: bytes, heard: Heard) -> Fact | None:
    """This very fact, if it is here: what tells two women's beginnings apart is their seed."""
    for fact in tx.facts_between(heard.fact.node, heard.fact.epoch, heard.fact.seq, heard.fact.seq):
        row = tx.key(fact.person, fact.consultation)
        same = (fact.day, fact.verdict) == (heard.fact.day, heard.fact.verdict)
        if row is not None and same and _opens(row, fact, private, published) == (heard.event, heard.locale):
            return fact
    return None


def _opens(row: KeyRow, fact: Fact, private: bytes, published: Published) -> tuple[Event, str] | None:
    for wrap in reversed(each_wrap(row.wrapped)):
        with suppress(Unopenable):
            key = Vault.open_private(private, replace(row, wrapped=wrap, live=None), published.public)
            return facts.unpack(open_fact(key, fact.sealed, facts.about(fact)))
    return None
