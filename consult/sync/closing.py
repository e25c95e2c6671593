"""A node closes its open page: what was heard since the last one is sealed, and from then on closed to the node too.

Rule 1: at 64 rows, at 8 KiB, or half an hour after its first fact, by a timer and not on arrival (`due`).
Rule 2: page, watermark and notices are written in one transaction; whatever dies, a fact is in one page of this store.
Rule 3: once her conversation is over and her last fact is in a page, her key cannot be opened here any more.
Rule 4: who was erased before her page closed is in none: nothing of hers can be opened.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from nacl.signing import SigningKey

from consult import facts
from consult.house import House
from consult.store import Tx
from consult.store.fieldwork import Leaving
from consult.store.records import Fact
from consult.sync import guard
from consult.sync.books import book_of, opened
from consult.sync.keys import Hub, hub_of, node_signing
from consult.sync.orders import obeyed
from consult.sync.pages import (
    NOTICES,
    START,
    Contents,
    Header,
    Notice,
    Page,
    TooMuch,
    chain,
    seal,
    seal_notices,
)  # fmt: skip
from consult.sync.rows import Heard, rows
from consult.sync.texting import tell_notice, tell_rows
from consult.vault import open_fact

log = logging.getLogger("consult.sync")
ROWS: Final = 64
BYTES: Final = 8 * 1024
SECONDS: Final = 30 * 60
DAY: Final = 86_400  # seconds
_SINCE: Final = "open page since "  # setting, by consultation: epoch seconds


class NotAtHand(Exception):
    """The open page cannot be closed yet: its codebook has not come."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What closing takes: the house, the hub it is for, the node's key."""

    house: House
    hub: Hub
    key: SigningKey


def close_due(house: House, at: int, *, now: bool = False) -> int:
    """Close what is due (`now`: everything that is open); how many pages. Raises vault.Locked, StoreError."""
    hub = house.store.read(hub_of)
    if hub is None:
        return 0
    desk, closed = Desk(house, hub, node_signing(house.vault)), 0
    for name in sorted({edition.name for edition in house.store.read(lambda view: view.editions())}):
        try:
            while house.store.write(partial(_close, desk, name, at, now)):
                closed += 1
            house.store.write(partial(_let_go, name))
        except NotAtHand as error:
            log.warning("a page waits: %s", error)
    guard.note(house)
    return closed


# ---- rows


def _close(desk: Desk, name: str, at: int, now: bool, tx: Tx) -> bool:
    """Close one page of this consultation, if one is due."""
    some = list(tx.facts(name, after=tx.paged(name), limit=ROWS * 64))
    if not some or not (_due(tx, name, some, at) or now):
        return False
    page, upto = _fitting(desk, tx, _alike(some))
    _keep(tx, page, name, upto)
    if desk.house.settings.sync_sms:
        _tell(desk, tx, [fact for fact in some if fact.arrival <= upto], at)
    tx.set(_SINCE + name, "")
    return True


def _tell(desk: Desk, tx: Tx, some: Sequence[Fact], at: int) -> None:
    """The same by SMS, while it can still be opened."""
    book = book_of(tx, some[0].consultation, some[0].version)
    if book is not None:
        tell_rows(desk.house, tx, desk.hub, list(_opened(desk, tx, some)), book, opened(book), at)


def _fitting(desk: Desk, tx: Tx, some: Sequence[Fact]) -> tuple[Page, int]:
    """A page of the first of these facts, as many as it holds, and the arrival of the last. Raises TooMuch for one fact
    that is more than any page may hold."""
    try:
        page = _sealed(desk, tx, some)
        if len(page.data) <= BYTES or len(some) == 1:
            return page, some[-1].arrival
    except TooMuch:
        if len(some) == 1:
            raise
    return _fitting(desk, tx, some[: len(some) // 2])


def _due(tx: Tx, name: str, some: Sequence[Fact], at: int) -> bool:
    if len({fact.session for fact in some}) >= ROWS:
        return True
    since = tx.setting(_SINCE + name)
    if not since:
        tx.set(_SINCE + name, str(at))
        return False
    return not 0 <= at - int(since) < SECONDS  # also where the clock went backwards


def _alike(some: Sequence[Fact]) -> list[Fact]:
    """The first facts that one page can hold: of one version and epoch, of at most 64 conversations."""
    first, sessions, out = some[0], set[int](), []
    for fact in some:
        sessions.add(fact.session)
        if (fact.version, fact.epoch) != (first.version, first.epoch) or len(sessions) > ROWS:
            break
        out.append(fact)
    return out


def _sealed(desk: Desk, tx: Tx, some: Sequence[Fact]) -> Page:
    name, version = some[0].consultation, some[0].version
    book, published = book_of(tx, name, version), tx.published(name, version)
    if book is None or published is None:
        raise NotAtHand(f"the codebook of version {version} of a consultation has not come from the hub yet")
    codes = opened(book)
    header = _header(tx, consultation=book.number, version=version, codebook=book.id)
    heard = _opened(desk, tx, some)
    own = some[0].epoch == int.from_bytes(header.epoch, "big")
    first = min(fact.seq for fact in some)
    said = b"" if own else some[0].epoch.to_bytes(4, "big")
    contents = Contents(first, rows(heard), obeyed(tx), heard=said)
    return seal(header, contents, codes, published.public, desk.key)


def _header(tx: Tx, **of: object) -> Header:
    node, epoch, _ = tx.origin()
    last = tx.last_leaving(epoch)
    return Header(
        node=bytes.fromhex(node),
        epoch=epoch.to_bytes(4, "big"),
        number=last.number + 1 if last else 1,
        previous=last.chain if last else START,
        **of,  # type: ignore[arg-type]
    )


def _opened(desk: Desk, tx: Tx, some: Sequence[Fact]) -> Iterator[Heard]:
    """Each fact with what it holds; none of whoever was erased. Raises Unopenable where somebody altered one."""
    keys: dict[int, bytes | None] = {}
    for fact in some:
        if fact.person not in keys:
            row = tx.key(fact.person, fact.consultation)
            keys[fact.person] = desk.house.vault.open_live(row) if row else None
        if (key := keys[fact.person]) is None:
            continue
        event, locale = facts.unpack(open_fact(key, fact.sealed, facts.about(fact)))
        yield Heard(fact, event, locale)


def _keep(tx: Tx, page: Page, name: str, upto: int) -> None:
    header = page.header
    linked = chain(header.previous, page.data)
    epoch = int.from_bytes(header.epoch, "big")
    tx.close_page(Leaving(epoch, header.number, name, header.version, linked, upto, Leaving.CLOSED, page.data))


def _let_go(name: str, tx: Tx) -> None:
    """The keys of whoever is done, and wholly in closed pages."""
    talking = {row.person for row in tx.sessions_of(name)}
    open_ = {fact.person for fact in tx.facts(name, after=tx.paged(name))}
    for person in tx.living(name):
        if person not in talking and person not in open_:
            tx.forget_live(person, name)


# ---- notices


def close_notice(house: House, tx: Tx, hub: Hub, notice: Notice, *, by_sms: bool = True) -> None:
    """A page of its own, in the transaction of the order itself: a number that is to be forgotten waits nowhere.

    Raises vault.Locked.
    """
    header = _header(tx, consultation=0, version=0, codebook=bytes(4), kind=NOTICES)
    _keep(tx, seal_notices(header, obeyed(tx), (notice,), hub.box, node_signing(house.vault)), "", 0)
    if by_sms:
        tell_notice(house, tx, hub, notice, notice.day * DAY)
