"""SMS between a node and its hub: the chains of keys, frames that were not acknowledged, what could not be read yet.

Rule 1: chains lie sealed, all rows equally long, and are overwritten where they stand (`schema`, rule 2).
Rule 2: a frame is kept as it was sent, and is only ever sent again as it was: its key is gone.
"""

from __future__ import annotations

from typing import Final

from consult.store.fieldwork import Texted, Unread
from consult.store.rows import Changes, Row, Rows
from consult.store.schema import Index, Table, blob, integer, text

CHAINS: Final = Table("chains", blob("node", "sealed"), key=("node",), keyed=True)
TEXTED: Final = Table(
    "texted",
    (*blob("node"), *integer("counter"), *blob("text"), *integer("owed", "page", "tries", "at")),
    key=("node", "counter"),
    indexes=(Index(("owed",)),),
)
UNREAD: Final = Table(
    "unread",
    (*blob("node"), *integer("counter", "kind"), *text("why"), *integer("day"), *blob("sealed")),
    key=("node", "counter"),
)
TABLES: Final = (CHAINS, TEXTED, UNREAD)

_CHAIN: Final = "SELECT sealed FROM chains WHERE node = ?"
_TEXTED: Final = TEXTED.select("WHERE node = ? ORDER BY counter")
_OWED: Final = TEXTED.select("WHERE owed = ?")
_UNREAD: Final = UNREAD.select("WHERE node = ? AND why = ? ORDER BY counter")


class TextingView(Rows):
    __slots__ = ()

    def chain(self, node: bytes) -> bytes | None:
        return self._get(_sealed, _CHAIN, node)

    def texted(self, node: bytes) -> list[Texted]:
        return self._all(_to_texted, _TEXTED, node)

    def texted_as(self, owed: int) -> Texted | None:
        return self._get(_to_texted, _OWED, owed)

    def unread(self, node: bytes, why: str) -> list[Unread]:
        return self._all(_to_unread, _UNREAD, node, why)


class TextingTx(Changes, TextingView):
    __slots__ = ()

    def keep_chain(self, node: bytes, sealed: bytes) -> None:
        self._change(CHAINS.upsert(), node, sealed)

    def forget_chain_of(self, node: bytes, secrets: bytes) -> None:
        self._change("UPDATE nodes SET secrets = ? WHERE node = ?", secrets, node)

    def keep_texted(self, row: Texted) -> None:
        self._change(TEXTED.upsert(), *(getattr(row, name) for name in TEXTED.names()))

    def drop_texted(self, node: bytes, counter: int | None = None) -> None:
        if counter is None:
            self._change("DELETE FROM texted WHERE node = ?", node)
        else:
            self._change("DELETE FROM texted WHERE node = ? AND counter = ?", node, counter)

    def keep_unread(self, row: Unread) -> None:
        self._change(UNREAD.upsert(), *(getattr(row, name) for name in UNREAD.names()))

    def drop_unread(self, node: bytes, counter: int) -> None:
        self._change("DELETE FROM unread WHERE node = ? AND counter = ?", node, counter)


def _sealed(row: Row) -> bytes:
    return bytes(row[0])


def _to_texted(row: Row) -> Texted:
    return Texted(*row)


def _to_unread(row: Row) -> Unread:
    return Unread(*row)
