"""Pages that came in part: the pieces a node's connection got through before it broke, at the hub.

Rule 1: pieces of a page follow each other without a gap, so what is here is always its beginning.
Rule 2: they are sealed bytes of a stranger until the page is whole; whoever counts them bounds them (`sync.uploads`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from consult.store.fieldwork import PageState
from consult.store.rows import Changes, Row, Rows
from consult.store.schema import Index, Table, blob, integer

UPLOADS: Final = Table(
    "uploads",
    (*blob("node"), *integer("epoch", "number", "start"), *blob("data"), *integer("at")),
    key=("node", "epoch", "number", "start"),
    indexes=(Index(("at",)),),
)
TABLES: Final = (UPLOADS,)

_KEEP: Final = UPLOADS.insert()
_PIECES: Final = "SELECT data FROM uploads WHERE node = ? AND epoch = ? AND number = ? ORDER BY start"
_WEIGHT: Final = "SELECT coalesce(sum(length(data)), 0) FROM uploads WHERE node = ?"
_UNMERGED: Final = """SELECT state, count(*) FROM pages
WHERE state IN ('ahead', 'held', 'sealed', 'quarantined') AND node = ? GROUP BY state"""


class UploadsView(Rows):
    __slots__ = ()

    def pieces(self, node: bytes, epoch: int, number: int) -> list[bytes]:
        return self._all(_data, _PIECES, node, epoch, number)

    def uploading(self, node: bytes) -> int:
        row = self._one(_WEIGHT, node)
        return int(row[0]) if row else 0

    def unmerged(self, node: bytes) -> Mapping[PageState, int]:
        return dict(self._all(tuple, _UNMERGED, node))


class UploadsTx(Changes, UploadsView):
    __slots__ = ()

    def keep_piece(self, page: tuple[bytes, int, int], start: int, data: bytes, at: int) -> None:
        self._change(_KEEP, *page, start, data, at)

    def drop_pieces(self, node: bytes, epoch: int, number: int) -> int:
        return self._change("DELETE FROM uploads WHERE node = ? AND epoch = ? AND number = ?", node, epoch, number)

    def drop_old_pieces(self, before: int) -> int:
        return self._change("DELETE FROM uploads WHERE at < ?", before)


def _data(row: Row) -> bytes:
    return bytes(row[0])
