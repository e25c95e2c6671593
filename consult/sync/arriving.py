"""A page arrives at the hub, by whatever way, as often as it likes, in whatever order.

Rule 1: a page is taken or not in one transaction; that this very page came before changes nothing.
Rule 2: whose page it is and that it is whole is known before anything is believed; then it is kept, whatever is in it.
Nothing that somebody said is thrown away here: what cannot be read waits (`held`, `sealed`), what should not be waits
for the operator (`quarantined`).
Rule 3: a page is merged after the one it follows; one that comes before it waits here ("ahead"), for the pages of a
copy of the node could not be told from the node's own otherwise. Stops and erasures in it are heeded at once.
Rule 4: a page of a number that is here already, with other bytes, is of a copy of the node or of a restored image. From
then on nothing of this epoch is merged until the operator decided. So is one whose facts are here as others.
Rule 5: who was erased is brought back by no page: what it has of her is kept under a key that nobody has.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Final, Literal

from consult import custody, facts
from consult.house import House
from consult.intake.leaving import obey
from consult.intake.orders import note_forgotten
from consult.library import day_of
from consult.store import Tx
from consult.store.fieldwork import Node, PageRow, Visitor
from consult.store.records import Fact, KeyRow, Published
from consult.sync import forgotten
from consult.sync.books import opened
from consult.sync.branches import agrees, chained
from consult.sync.brought import told
from consult.sync.farewells import Told, heeded_at_once, holds
from consult.sync.keys import hub_box
from consult.sync.pages import (
    NOTICES,
    Header,
    Notice,
    NotTaken,
    Page,
    hashed,
    unseal,
    unseal_notices,
    verify,
    whose,
)
from consult.sync.revoking import paged
from consult.sync.rows import Heard
from consult.sync.rows import facts as facts_of
from consult.sync.sameness import SESSIONS, another
from consult.vault import KEY, Vault, add_wrap, each_wrap, seal_fact

Place = Callable[[Fact], tuple[int, int]]  # the sources under which her number, and the conversation's, are known
SPREAD: Final = 8  # numbers of people that are looked through at once, for each that is looked for
MOST: Final = 2**62  # of any number
AHEAD: Final = 256  # pages of a node that wait for those before them
BRANCHED: Final = ("fork", "chain")
Outcome = Literal["new", "again", "ahead", "held", "sealed", "quarantined"]


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of a page: the node and epoch it is of, and "new" (merged), "again" (was here), or why it waits."""

    node: bytes
    epoch: int
    number: int
    outcome: Outcome


class Branched(Exception):
    """Under the numbers of these facts, others are here: two copies of the node told both."""


def take(house: House, data: bytes, at: int) -> Arrived:
    """Take a page in. Raises NotTaken for what is no page of a node of ours, StoreError."""
    id = whose(data)
    node = house.store.read(lambda view: view.node(id))
    if node is None:
        raise NotTaken("forged")
    page, fresh = verify(data, node.verify), os.urandom(KEY)
    arrived = house.store.write(lambda tx: _take(house, tx, node, page, at, fresh))
    if arrived.outcome != "again":
        settle(house)
    return arrived


def settle(house: House) -> None:
    """After notices: stops and erasures also stand outside the database."""
    from consult.intake.orders import settle_orders

    settle_orders(house)


def _take(house: House, tx: Tx, node: Node, page: Page, at: int, fresh: bytes) -> Arrived:
    header, hash = page.header, hashed(page.data)
    epoch, node = epoch_of(header), tx.node(node.node) or node  # it may have been revoked meanwhile
    before = tx.pages_at(header.node, epoch, header.number)
    if any(row.hash == hash for row in before):
        return Arrived(header.node, epoch, header.number, "again")
    row = PageRow(
        node=header.node,
        epoch=epoch,
        number=header.number,
        hash=hash,
        previous=header.previous,
        consultation=header.consultation,
        version=header.version,
        state="quarantined",
        why="",
        numbers="",
        day=day_of(at),
        data=page.data,
    )
    if not follows(tx, row):
        if header.kind != NOTICES and tx.unmerged(node.node).get("ahead", 0) >= AHEAD:
            raise NotTaken("full")
        row = replace(row, state="ahead")
    row = replace(row, id=tx.add_page(row))
    if row.state == "ahead":
        _heed_at_once(house, tx, row, page)
        return Arrived(header.node, epoch, header.number, "ahead")
    row = believe(house, tx, node, row, page, fresh)
    catch_up(house, tx, node, row, fresh)
    return Arrived(header.node, epoch, header.number, "new" if row.state == "merged" else _waits(row))


def believe(house: House, tx: Tx, node: Node, row: PageRow, page: Page, fresh: bytes) -> PageRow:
    """Merge a page whose turn it is, where nothing speaks against it; the row as it is kept."""
    before = [each for each in tx.pages_at(row.node, row.epoch, row.number) if _taken(each, row)]
    row = replace(row, state="quarantined", why=_doubt(tx, node, row, before))
    if not row.why:
        return merge(house, tx, node, row, page, fresh)
    tx.update_page(row)
    if page.header.kind == NOTICES and row.why in BRANCHED:
        _heed_at_once(house, tx, row, page)
    return row


def _taken(each: PageRow, row: PageRow) -> bool:
    return each.id != row.id and each.state != "ahead"


def follows(tx: Tx, row: PageRow) -> bool:
    """Whether what it follows is here, whatever became of that."""
    before = tx.pages_at(row.node, row.epoch, row.number - 1)
    return row.number == 1 or any(chained(each) == row.previous for each in before if each.state != "ahead")


def catch_up(house: House, tx: Tx, node: Node, row: PageRow, fresh: bytes) -> None:
    """It is the turn of what waited for this page, and of what waited for that."""
    turn = [row]
    while turn:
        before = turn.pop()
        for each in tx.pages_at(before.node, before.epoch, before.number + 1):
            if each.state == "ahead" and each.previous == chained(before):
                now = tx.node(node.node) or node
                turn.append(believe(house, tx, now, each, verify(each.data, node.verify), fresh))


def _waits(row: PageRow) -> Outcome:
    return row.state if row.state in ("held", "sealed") else "quarantined"


# ---- whether it may be believed


def _doubt(tx: Tx, node: Node, row: PageRow, before: Sequence[PageRow]) -> str:
    """Why the operator must look first; "" for nothing."""
    if node.revoked and row.number > json.loads(node.cuts).get(str(row.epoch), 0):
        return "revoked"
    if before:
        return "fork"
    if tx.doubted(row.node, row.epoch):
        return "fork"
    return "" if agrees(tx, row) else "chain"


def epoch_of(header: Header) -> int:
    return int.from_bytes(header.epoch, "big")


# ---- merging


def merge(
    house: House, tx: Tx, node: Node, row: PageRow, page: Page, fresh: bytes, private: bytes | None = None
) -> PageRow:
    """Put a believed page into the journal; the row as it is kept. `private`: where the key is not on this machine."""
    try:
        if page.header.kind == NOTICES:
            obeyed, notices = unseal_notices(page, hub_box(house.vault)[1])
            heed(house, tx, notices, row.day, lambda _: node.id, Told(row.node, row.epoch, row.number))
            row = replace(row, state="merged", why="")
        else:
            row, obeyed = _merge_rows(house, tx, node, row, page, fresh, private)
    except NotTaken as error:
        row, obeyed = replace(row, state="held" if error.hold else "quarantined", why=error.why), 0
    except Branched:
        row, obeyed = replace(row, state="quarantined", why="fork"), 0
    tx.update_page(row)
    if row.state == "merged":
        if node.revoked:
            paged(tx, row)
        _note_obeyed(tx, tx.node(node.node) or node, row.epoch, obeyed)
    return row


def _note_obeyed(tx: Tx, node: Node, epoch: int, obeyed: int) -> None:
    """How far the node has come. One that was put back may have forgotten orders: the first page of another epoch can
    take it back, so that they are given again; pages of the epoch before, coming late, move nothing."""
    begun = tx.epochs_begun(node.node)
    if epoch != begun[0]:
        return
    first = len(begun) > 1 and tx.page_numbers(node.node, epoch)[1:] == []
    if obeyed < node.obeyed if first else obeyed > node.obeyed:
        tx.update_node(replace(node, obeyed=obeyed))


def _merge_rows(
    house: House, tx: Tx, node: Node, row: PageRow, page: Page, fresh: bytes, private: bytes | None
) -> tuple[PageRow, int]:
    """Raises NotTaken."""
    book = tx.book(page.header.codebook)
    published = tx.published(book.consultation, book.version) if book else None
    if book is None or published is None or book.number != page.header.consultation:
        raise NotTaken("codebook")
    if published.retired is not None:
        raise NotTaken("unopened")
    private = private or private_key(house, published)
    if private is None:
        return replace(row, state="sealed", why=""), 0
    codes = opened(book)
    contents = unseal(page, private, {codes.id: codes})
    heard = list(facts_of(page.header, contents, codes))
    if not sound(heard, contents.obeyed):
        raise NotTaken("garbled")
    put(house, tx, published, heard, private, fresh, lambda _: (node.id, node.id))
    numbers = told(row.epoch, heard[0].fact.epoch if heard else row.epoch, (each.fact.seq for each in heard))
    return replace(row, state="merged", why="", numbers=numbers), contents.obeyed


def sound(heard: list[Heard], obeyed: int) -> bool:
    """Whether these numbers can be a node's: of conversations, people, facts, days, orders."""
    return 0 <= obeyed < MOST and all(
        0 < fact.session < SESSIONS
        and 0 < fact.person < SESSIONS
        and 0 < fact.seq < MOST
        and 0 <= fact.day < 2**31
        and 0 <= fact.round < 2**31
        and (fact.supersedes is None or 0 < fact.supersedes < MOST)
        for fact, _, _ in heard
    )


def private_key(house: House, published: Published) -> bytes | None:
    """The consultation's key, where it is kept here."""
    with suppress(custody.NoKey):
        return custody.private_key(house.settings.data, house.vault, published.name)
    return None


def put(
    house: House, tx: Tx, published: Published, heard: list[Heard], private: bytes, fresh: bytes, place: Place
) -> int:
    """What was heard, into the journal, each fact once; how many were new. `fresh`: a key that is kept nowhere.

    Raises Branched, before anything is put there.
    """
    new = _unknown(tx, published, private, heard)
    people = people_of(house, tx, {(place(each.fact)[0], each.fact.person) for each in new})
    keys = {  # all of them first: what is asked between two facts would write them one by one
        whose: fresh if visitor.erased is not None else key_of(house, tx, visitor, published, private)
        for whose, visitor in people.items()
    }
    for each in sorted(new, key=partial(_by_person, place)):
        whose = _whose(place, each)
        session = place(each.fact)[1] * SESSIONS + each.fact.session
        fact = each.fact._replace(person=people[whose].person, session=session)
        tx.bring(_sealed(keys[whose], fact, each))
    return len(new)


def people_of(house: House, tx: Tx, whose: set[tuple[int, int]]) -> dict[tuple[int, int], Visitor]:
    """Who these (source, number) are here; whoever is new is somebody from now on, unless she was to be forgotten."""
    out: dict[tuple[int, int], Visitor] = {}
    gone = forgotten.unknown(tx)
    for source, theirs in groupby(sorted(whose), key=itemgetter(0)):
        numbers = [number for _, number in theirs]
        here = _here(tx, source, numbers)
        out.update({(source, number): here.get(number) or _new(house, tx, source, number, gone) for number in numbers})
    return out


def _new(house: House, tx: Tx, source: int, number: int, gone: Collection[str]) -> Visitor:
    visitor = tx.add_visitor(source, number)
    if not gone or forgotten.mark(house.vault, tx, visitor).hex() not in gone:
        return visitor
    tx.forget_visitor(visitor, 0)
    return visitor._replace(erased=0)


def _here(tx: Tx, source: int, numbers: list[int]) -> Mapping[int, Visitor]:
    """Those that are known, by number; `numbers` in order."""
    if numbers[-1] - numbers[0] < SPREAD * len(numbers):
        return tx.visitors(source, numbers[0], numbers[-1])
    return {number: found for number in numbers if (found := tx.visitor(source, number))}


def _sealed(key: bytes, fact: Fact, heard: Heard) -> Fact:
    return fact._replace(sealed=seal_fact(key, facts.pack(heard.event, heard.locale), facts.about(fact)))


def _unknown(tx: Tx, published: Published, private: bytes, heard: list[Heard]) -> list[Heard]:
    """Those that did not come before, by an SMS, by a page of the node before it was restored. Raises Branched where
    something else came under their numbers."""
    if not heard:
        return []
    numbers = [each.fact.seq for each in heard]
    known = tx.known(heard[0].fact.node, heard[0].fact.epoch, min(numbers), max(numbers))
    if any(another(tx, published, private, each) for each in heard if each.fact.seq in known):
        raise Branched
    return [each for each in heard if each.fact.seq not in known]


def _whose(place: Place, heard: Heard) -> tuple[int, int]:
    return place(heard.fact)[0], heard.fact.person


def _by_person(place: Place, heard: Heard) -> tuple[int, int, int]:
    return *_whose(place, heard), heard.fact.seq


def key_of(house: House, tx: Tx, visitor: Visitor, published: Published, private: bytes) -> bytes:
    """Hers, for this consultation; made where there is none. Never live: nobody converses with her here."""
    row = tx.key(visitor.person, published.name)
    if row is not None:
        last = each_wrap(row.wrapped)[-1]
        return Vault.open_private(private, replace(row, wrapped=last, live=None), published.public)
    key, made = house.vault.new_key(visitor.person, published.name, published.public)
    tx.put_key(KeyRow(made.person, made.consultation, add_wrap(b"", made.wrapped), None))
    return key


# ---- notices


def _heed_at_once(house: House, tx: Tx, row: PageRow, page: Page) -> None:
    """Whichever copy of the node it was that she told: who stops or erases waits for nobody's decision. Whose rows at
    the node were hers is only known once that is decided."""
    with suppress(NotTaken):
        _, notices = unseal_notices(page, hub_box(house.vault)[1])
        for each in notices:
            if each.number and each.kind != "rejoin":
                index = house.vault.index(each.number)
                if heeded_at_once(tx, index, each, Told(row.node, row.epoch, row.number)):
                    obey(house, tx, index, each.kind, each.day, each.number, origin=row.node)


def heed(house: House, tx: Tx, notices: tuple[Notice, ...], day: int, source: Callable[[int], int], by: Told) -> None:
    """Whoever left at the node left here too, and at every other node; whom it erased is erased. `source`: under which
    somebody of the node's is known."""
    for notice in notices:
        for person in notice.people if notice.kind == "erase" else ():
            known = source(person)
            visitor = tx.visitor(known, person) or tx.add_visitor(known, person)
            tx.forget_visitor(visitor, day)
            note_forgotten(tx, forgotten.mark(house.vault, tx, visitor), day)
        if notice.number and holds(tx, index := house.vault.index(notice.number), notice, by):
            obey(house, tx, index, notice.kind, notice.day, notice.number, origin=by.node)


def heed_notices(house: House, tx: Tx, node: Node, notices: tuple[Notice, ...], day: int) -> None:
    """What a node nobody doubts tells by SMS."""
    heed(house, tx, notices, day, lambda _: node.id, Told(node.node, -1, 0))
