"""Pages that the hub did not believe: the operator sees both tails and decides (`consult node quarantine`, the page).

A copy of a node, or an image that was put back, goes on under numbers that the other gave too. What both say is what
women said; only which numbers belong together is in doubt.

Rule 1: nothing is believed, and nothing goes, without somebody who decides, by name, in the audit.
Rule 2: to merge a tail that branched off is to take it in as an epoch of its own: what was heard before the two parted
is not counted again, all else is; whoever is first heard of after that is somebody new.
Rule 3: to drop pages is to lose what is in them: their bytes go, that they were there stays. Pages that tell who left
are never dropped.
Rule 4: a page that follows what was believed is merged as itself.
Rule 5: pages that wait for an earlier one are listed too: it may be lost with the node. To merge them ends the waiting.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal, NamedTuple

from consult.house import House
from consult.library import day_of
from consult.store import Tx, View
from consult.store.fieldwork import Node, PageRow
from consult.store.records import Fact, Published
from consult.sync.acks import gaps
from consult.sync.arriving import BRANCHED, catch_up, heed, merge, private_key, put, settle
from consult.sync.books import opened
from consult.sync.branches import Branch, branches, chained, trunk
from consult.sync.brought import brought, spread, told
from consult.sync.farewells import Told
from consult.sync.keys import hub_box
from consult.sync.pages import NOTICES, NotTaken, Page, unseal, unseal_notices, verify
from consult.sync.reading_later import WAITING
from consult.sync.revoking import restore
from consult.sync.rows import Heard
from consult.sync.rows import facts as facts_of
from consult.sync.sameness import SESSIONS, same
from consult.vault import KEY

Choice = Literal["merge", "drop"]
UNDECIDED: Final = ("quarantined", "ahead")
PARTED: Final = "parted "  # setting, by tail: JSON {epoch: the first fact in which it differs}
LAST: Final = 2**62  # above every number of a fact
Known = tuple[int, frozenset[int], frozenset[int]]  # source; people and conversations by the hub's own numbers


@dataclass(frozen=True, slots=True, repr=False)
class Given:
    """A key that is kept nowhere, and the consultation's where it was brought."""

    fresh: bytes
    private: bytes | None


class Which(NamedTuple):
    """How a tail is named."""

    node: str
    epoch: int
    first: int
    tail: str


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
    def id(self) -> str:
        """Eight hexadecimal digits of its first page's hash: two tails may begin with one number."""
        return self.pages[0].hash[:4].hex()

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
            for branch in _branches([row for row in rows if row.state in UNDECIDED]):
                numbers = {row.number for row in branch}
                beside = tuple(row for row in rows if row.number in numbers and row.state not in UNDECIDED)
                yield Tail(node, epoch, branch[0].why or branch[0].state, tuple(branch), beside)


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


def decide(
    house: House,
    node: str,
    epoch: int,
    first: int,
    choice: Choice,
    *,
    by: str,
    at: int,
    private: bytes | None = None,
    tail: str = "",
) -> Tail:
    """Merge or drop the tail of this node and epoch whose first page has this number. Raises Undecided, StoreError.

    `by`: who decides, for the audit. `private`: the consultation's key, where it is not kept here. `tail`: its `id`, or
    how that begins, where several begin with this number.
    """
    given, which = Given(os.urandom(KEY), private), Which(node, epoch, first, tail.lower())
    done = house.store.write(partial(_decide, house, which, choice, by, at, given))
    settle(house)
    return done


def _decide(house: House, which: Which, choice: Choice, by: str, at: int, given: Given, tx: Tx) -> Tail:
    name, epoch, tail = which.node, which.epoch, _named(tx, which)
    if choice == "drop" and any(_is_notice(row) for row in tail.pages):
        raise Undecided("among these pages are women's STOP and ERASE, which are not dropped; merge them")
    for row in tail.pages:
        if choice == "drop":
            tx.update_page(replace(row, state="dropped", data=b""))
        else:
            _believe(house, tx, tail, row, given)
    catch_up(house, tx, tail.node, tail.pages[-1], given.fresh)
    done = "dropped" if choice == "drop" else "merged"
    tx.note(day_of(at), f"pages {tail.first} to {tail.last} of node {name}, epoch {epoch:08x}, {done} by {by}")
    return tail


def _named(view: View, which: Which) -> Tail:
    """The one that is meant. Raises Undecided."""
    if view.node_called(which.node) is None:
        raise Undecided(f"no node is called {which.node}; see `consult node list`")
    begin = [each for each in _tails(view) if (each.node.name, each.epoch, each.first) == which[:3]]
    here = [each for each in begin if each.id.startswith(which.tail)]
    if not here:
        wait = f"no pages of {which.node} wait from {which.first} on in epoch {which.epoch:08x}"
        raise Undecided(f"{wait}{f', tail {which.tail}' if which.tail else ''}; see `consult node quarantine`")
    if len(here) > 1:
        known = " or ".join(each.id for each in here)
        raise Undecided(f"{len(here)} tails begin with page {which.first}; say which: --tail {known}")
    return here[0]


def _is_notice(row: PageRow) -> bool:
    return (row.consultation, row.version) == (0, 0)


def _believe(house: House, tx: Tx, tail: Tail, row: PageRow, given: Given) -> None:
    if row.why == "revoked" and (row.numbers or not row.data):  # it was merged, and then withdrawn
        restore(tx, row)
        tx.update_page(replace(row, state="merged", why=""))
        return
    try:
        page = verify(row.data, tail.node.verify)
    except NotTaken as error:  # kept as it came, so it was good then
        raise Undecided(f"page {row.number} cannot be read any more ({error.why})") from None
    merged = row
    if not _beside(tx, row):
        merged = merge(house, tx, tail.node, row, page, given.fresh, given.private)
    if merged.state == "quarantined" and merged.why in (*BRANCHED, "revoked"):
        merged = _apart(house, tx, tail, row, page, given)
    if merged.state == "quarantined":
        raise Undecided(f"page {row.number} cannot be read ({merged.why}); it can only be dropped")


def _beside(tx: Tx, row: PageRow) -> bool:
    """Whether it is of another branch than what was believed."""
    apart = row.hash in branches(tx, row.node, row.epoch) or bool(trunk(tx, row.node, row.epoch, row.number))
    before = trunk(tx, row.node, row.epoch, row.number - 1)
    after = trunk(tx, row.node, row.epoch, row.number + 1)
    if any(chained(each) != row.previous for each in before) or any(each.previous != chained(row) for each in after):
        return True
    return apart


# ---- a tail as an epoch of its own


def _apart(house: House, tx: Tx, tail: Tail, row: PageRow, page: Page, given: Given) -> PageRow:
    if missing := [each for each in gaps(tx.page_numbers(row.node, row.epoch)) if each < tail.first]:
        raise Undecided(f"page {missing[0]} has not come yet; until then nobody can tell whom both tails know")
    branch = _branch(tx, row)
    if page.header.kind == NOTICES:
        _, notices = unseal_notices(page, hub_box(house.vault)[1])
        before = _before(tx, tail, row, branch)
        by = Told(row.node, branch.as_epoch, row.number)
        heed(house, tx, notices, row.day, lambda who: _whose(tx, branch.source, before, who), by)
        row = replace(row, state="merged", why="apart")
    else:
        row = _rows_apart(house, tx, tail, row, page, given, branch)
    tx.update_page(row)
    return row


def _rows_apart(house: House, tx: Tx, tail: Tail, row: PageRow, page: Page, given: Given, branch: Branch) -> PageRow:
    published, private, heard = _read(house, tx, row, page, given)
    new, numbers = _told_apart(tx, published, private, heard, row, branch), ""
    _note_parting(tx, row, branch, heard[: len(heard) - len(new)], new)
    if new:
        kept_as = branch.kept_as(row.epoch, new[0].fact.epoch)
        numbers = told(row.epoch, kept_as, (each.fact.seq for each in new))
        new = [_as(each, kept_as) for each in new]
    place = partial(_place, tx, branch.source, _before(tx, tail, row, branch))
    put(house, tx, published, new, private, given.fresh, place)
    return replace(row, state="merged", why="apart", numbers=numbers)


def _note_parting(tx: Tx, row: PageRow, branch: Branch, both: list[Heard], new: list[Heard]) -> None:
    """Remember up to which fact of an epoch this tail and what it branched off from say the same."""
    for each in both[-1:] or new[:1]:
        epoch, upto = each.fact.epoch, each.fact.seq + 1 if both else each.fact.seq
        if not both and epoch == row.epoch:
            upto = _told_upto(tx, row, branch)
        kept = _partings(tx, branch)
        tx.set(f"{PARTED}{branch.source}", json.dumps(kept | {str(epoch): max(upto, kept.get(str(epoch), 0))}))


def _partings(view: View, branch: Branch) -> dict[str, int]:
    found: dict[str, int] = json.loads(view.setting(f"{PARTED}{branch.source}") or "{}")
    return found


def _as(heard: Heard, epoch: int) -> Heard:
    return heard._replace(fact=heard.fact._replace(epoch=epoch))


def _read(house: House, tx: Tx, row: PageRow, page: Page, given: Given) -> tuple[Published, bytes, list[Heard]]:
    """What it says, and with which key. Raises Undecided."""
    book = tx.book(page.header.codebook)
    published = tx.published(book.consultation, book.version) if book else None
    private = given.private or (private_key(house, published) if published else None)
    if book is None or published is None or private is None:
        raise Undecided(f"page {row.number} needs its consultation and its key to be told from the other tail")
    if any(each.state in WAITING for each in tx.pages_of(row.node, row.epoch)):
        raise Undecided(f"pages beside page {row.number} still wait for their codebook or key; have them read first")
    codes = opened(book)
    try:
        heard = list(facts_of(page.header, unseal(page, private, {codes.id: codes}), codes))
    except NotTaken as error:
        raise Undecided(f"page {row.number} cannot be read ({error.why}); it can only be dropped") from None
    return published, private, sorted(heard, key=lambda each: each.fact.seq)


def _branch(tx: Tx, row: PageRow) -> Branch:
    """The tail it is of; one that begins with it where there is none yet, or where that tail goes on otherwise."""
    known = branches(tx, row.node, row.epoch)
    found = known.get(row.hash)
    beside = [each for each in tx.pages_at(row.node, row.epoch, row.number) if each.state == "merged"]
    if found is None or any(known.get(each.hash) == found for each in beside):
        as_epoch = int.from_bytes(row.hash[:4], "big") & 0x7FFFFFFF
        tx.add_tail(row.node, row.epoch, row.number, row.hash, as_epoch)
    return branches(tx, row.node, row.epoch)[row.hash]


def _above(branch: Branch) -> list[Branch | None]:
    """What it branched off from, the trunk (None) first."""
    return [*_above(branch.of), branch.of] if branch.of else [None]


def _kept_as(line: Branch | None, row: PageRow, epoch: int) -> int:
    return line.kept_as(row.epoch, epoch) if line else epoch


def _before(tx: Tx, tail: Tail, row: PageRow, branch: Branch) -> list[Known]:
    """For the trunk, and each tail this one branched off from: whom it had heard of, and which conversations, before
    they parted.

    Where another epoch began after they parted, people count on from elsewhere (`Tx.new_epoch`), so that whoever is
    known by a number of an epoch in which the two do not differ is the same in both.
    """
    above = _above(branch)
    pairs = zip(above, [*above[1:], branch], strict=True)
    return [_shared(tx, tail, row, upper, lower) for upper, lower in pairs if lower is not None]


def _shared(tx: Tx, tail: Tail, row: PageRow, upper: Branch | None, lower: Branch) -> Known:
    people, sessions, node = set[int](), set[int](), row.node.hex()
    parted = _partings(tx, lower)
    for epoch in tx.epochs(row.node):
        upto = parted.get(str(epoch), LAST)
        if upto == LAST and epoch == row.epoch:
            upto = _told_upto(tx, row, lower)
        for fact in tx.facts_between(node, _kept_as(upper, row, epoch), 0, upto - 1):
            people.add(fact.person)
            sessions.add(fact.session)
    return upper.source if upper else tail.node.id, frozenset(people), frozenset(sessions)


def _told_upto(tx: Tx, row: PageRow, branch: Branch) -> int:
    """The number after the last fact that the pages brought which the tail's first page follows, one after another."""
    named = {row.epoch, *(each.as_epoch for each in _above(branch) if each)}
    known = branches(tx, row.node, row.epoch)
    marks = {chained(each): each for each in tx.page_marks(row.node, row.epoch)}
    heads = [each for each in tx.pages_at(row.node, row.epoch, branch.number) if known.get(each.hash) == branch]
    last, follows = 0, heads[0].previous if heads else b""
    while (before := marks.get(follows)) is not None:
        epoch, numbers = brought(before)
        last = max([last, *spread(numbers)]) if epoch in named else last
        follows = before.previous
    return last + 1


def _place(tx: Tx, source: int, before: list[Known], fact: Fact) -> tuple[int, int]:
    """She and her conversation are known from before, or of the tail."""
    person = _whose(tx, source, before, fact.person)
    return person, next((of for of, _, known in before if of * SESSIONS + fact.session in known), source)


def _whose(tx: Tx, source: int, before: list[Known], person: int) -> int:
    """Under which source she is known."""
    for of, people, _ in before:
        visitor = tx.visitor(of, person)
        if visitor is not None and visitor.person in people:
            return of
    return source


def _told_apart(
    tx: Tx, published: Published, private: bytes, heard: list[Heard], row: PageRow, branch: Branch
) -> list[Heard]:
    """What is new: whatever was heard before the two parted is the same in both, in the order in which it was heard, up
    to the first that differs."""
    for place, each in enumerate(heard):
        told_before = (_as(each, _kept_as(line, row, each.fact.epoch)) for line in _above(branch))
        if not any(same(tx, published, private, one) for one in told_before):
            return heard[place:]
    return []
