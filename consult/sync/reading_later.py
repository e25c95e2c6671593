"""Pages and recordings that could not be read when they came are read once what they lack is here: a codebook, a
version, the consultation's key.

Rule 1: whoever publishes, puts a key back or opens a consultation with its key calls this; a hub without nodes pays one
look at an empty table.
Rule 2: each page is one transaction, so a reading that broke off goes on where it was. What still cannot be read waits
as it did.
Rule 3: what was erased meanwhile is read as erased (`arriving`, rule 5).
Rule 4: libraries of pages are imported only where there are nodes: every program that publishes reads this module.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from consult.store import Tx, View
from consult.vault import KEY

if TYPE_CHECKING:
    from consult.house import House
    from consult.store.fieldwork import PageRow

WAITING: Final = ("held", "sealed")


def read_waiting(house: House, at: int, name: str = "", private: bytes | None = None) -> int:
    """Merge what can be read now, of the consultation `name` or of all; how many pages and recordings that were.

    `private`: its key, where that is not kept here. `at`: epoch seconds. Raises vault.Locked, StoreError.
    """
    if not house.store.read(lambda view: view.nodes()):
        return 0
    read = sum(_try(house, row, name, private) for state in WAITING for row in _each(house, state))
    return read + _listen(house, at, name, private)


def _each(house: House, state: str) -> Iterator[PageRow]:
    """Every page that waits so, by arrival; a hundred at a time, none while a reading is under way."""
    after = 0
    while rows := house.store.read(partial(_some, state, after)):
        yield from rows
        after = rows[-1].id


def _some(state: str, after: int, view: View) -> list[PageRow]:
    return view.pages_in(state, after)


# ---- pages


def _try(house: House, row: PageRow, name: str, private: bytes | None) -> bool:
    """Whether this one could be merged."""
    of = _consultation(house, row)
    if of is None or name not in ("", of):
        return False
    key, fresh = _key(house, of, private if of == name else None), os.urandom(KEY)
    return key is not None and house.store.write(partial(_merge, house, row.id, key, fresh))


def _consultation(house: House, row: PageRow) -> str | None:
    """Of which consultation it is; None where its codebook is not here."""
    from consult.sync.pages import NotTaken, verify

    def look(view: View) -> str | None:
        node = view.node(row.node)
        try:
            book = view.book(verify(row.data, node.verify).header.codebook) if node else None
        except NotTaken:  # of a later format
            return None
        return book.consultation if book else None

    return house.store.read(look)


def _key(house: House, name: str, given: bytes | None) -> bytes | None:
    """What opens it: the key that was given, else the one kept here. None once it is destroyed, or is another's."""
    from nacl.bindings import crypto_scalarmult_base

    from consult.sync.arriving import private_key

    published = house.store.read(lambda view: view.published(name))
    if published is None or published.retired is not None:
        return None
    key = given or private_key(house, published)
    return key if key and crypto_scalarmult_base(key) == published.public else None


def _merge(house: House, id: int, private: bytes, fresh: bytes, tx: Tx) -> bool:
    """As `arriving.take` does with a page that it believes; nothing where another process was first."""
    from consult.sync.arriving import merge
    from consult.sync.pages import verify

    row = next((each for state in WAITING for each in tx.pages_in(state, id - 1, 1) if each.id == id), None)
    node = tx.node(row.node) if row else None
    if row is None or node is None:
        return False
    return merge(house, tx, node, row, verify(row.data, node.verify), fresh, private).state == "merged"


# ---- recordings


def _listen(house: House, at: int, name: str, private: bytes | None) -> int:
    """Recordings of nodes that waited for the key; how many."""
    from consult.sync.tapes import open_waiting

    count = 0
    for each in sorted({edition.name for edition in house.store.read(lambda view: view.editions())}):
        key = _key(house, each, private if each == name else None) if name in ("", each) else None
        count += open_waiting(house, each, key, at) if key else 0
    return count
