"""A page too long for one body comes in pieces, and goes on where it broke off: at the hub.

Rule 1: pieces are kept for seven days; a page is looked at when it is whole, and not before.
Rule 2: they are dropped after their page was taken: who dies between finds the page here, and asks no more.
Rule 3: bounded by node: two of the largest pages at once, in pieces that are no crumbs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from consult.house import House
from consult.store import Tx, View

LARGEST: Final = 1 << 20  # bytes of a page
ROOM: Final = 2 * LARGEST
KEPT: Final = 7 * 86_400  # seconds
CRUMB: Final = 64  # bytes that a piece must have, unless it is the last


class Place(NamedTuple):
    """Of which page a piece is."""

    node: bytes
    epoch: int
    number: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of a page from `start` on; the whole page has `total`."""

    start: int
    total: int
    data: bytes

    @property
    def end(self) -> int:
        return self.start + len(self.data)


@dataclass(frozen=True, slots=True)
class Here:
    """How much of a page is here. `page`: all of it, once it is. `fits`: whether the piece was kept."""

    offset: int
    page: bytes | None = None
    fits: bool = True


class TooMuch(Exception):
    """No page is that long, or too many were begun."""


def reached(house: House, place: Place) -> int | None:
    """How many bytes of the page are here; None where all of it was taken."""
    return house.store.read(lambda view: _reached(view, place))


def _reached(view: View, place: Place) -> int | None:
    return None if view.pages_at(*place) else sum(map(len, view.pieces(*place)))


def keep(house: House, place: Place, piece: Piece, at: int) -> Here:
    """Keep a piece that goes on where the last one ended. Raises TooMuch."""
    if not 0 < piece.end <= piece.total <= LARGEST or (len(piece.data) < CRUMB and piece.end < piece.total):
        raise TooMuch
    return house.store.write(lambda tx: _keep(tx, place, piece, at))


def _keep(tx: Tx, place: Place, piece: Piece, at: int) -> Here:
    tx.drop_old_pieces(at - KEPT)
    before = tx.pieces(*place)
    here = sum(map(len, before))
    if piece.start != here:
        return Here(here, fits=False)
    if piece.end == piece.total:
        return Here(piece.end, b"".join((*before, piece.data)))
    if tx.uploading(place.node) + len(piece.data) > ROOM:
        raise TooMuch
    tx.keep_piece(place, piece.start, piece.data, at)
    return Here(piece.end)


def done(house: House, place: Place) -> None:
    """The page was taken, or never will be: its pieces go."""
    house.store.write(lambda tx: tx.drop_pieces(*place))
