"""What a frame says, as bytes: rows in the columns of pages, and a few small things in numbers of seven bits a byte.

    rows   = 2 consultation + boxed | version | said        said = length | columns | 2 length + packed | words | zeros
    ack    = epoch 4 | received | received - durable | upto | mask [| cut]
    order  = number | kind | day | body
    part   = kind | place | count | a piece of something that is longer than a frame

Rule 1: rows have the length of a whole frame whatever is in them, as an SMS costs the same: the length tells nothing.
Rule 2: as many rows as fit; a row that does not is cut between facts; only one fact that fills a frame alone is cut in
pieces, and is of use when they are all there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from consult.sync.frames.frame import ROOM, Kind
from consult.sync.pages import Codebook, Row, TooMuch
from consult.sync.pages import letters as words
from consult.sync.pages import rows as columns_of
from consult.sync.pages.columns import Columns, Garbled, Reading, Writing

MASK: Final = 28  # frames beyond the first that is missing of which an ack tells whether they came
MOST_PIECES: Final = 8  # what is longer still is left to the pages
_ROWS: Final = 24  # more have never fitted
_EPOCHS: Final = 2**32
_SMALL: Final = 2**63


CHAIN = 8  # bytes of a chain that tell one from another


@dataclass(frozen=True, slots=True)
class Told:
    """Rows of one consultation and version, heard in this epoch. `obeyed`: the last order carried out, with all before
    it."""

    epoch: int
    obeyed: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Acked:
    """What a hub says of pages (as `acks.Ack` does) and of frames: all up to `upto` came or are given up; bit n of
    `mask`: that which is n + 1 behind it came too. `chain`: the first bytes of the chain up to page `received`, zeros
    where that is 0: a copy of the node knows by it that other pages are meant."""

    epoch: int
    received: int
    durable: int
    upto: int
    mask: int = 0
    cut: int | None = None
    chain: bytes = bytes(CHAIN)

    def came(self, counter: int) -> bool:
        return counter <= self.upto or bool(self.mask >> counter - self.upto - 1 & 1)


# ---- rows


def pack(told: Told, book: Codebook) -> bytes:
    """What the columns and words of these rows are. Raises TooMuch, ValueError for text that is none."""
    columns = Writing(book.words)
    _code(columns, book, told)
    coded, text = columns.coded(), words.packed(columns.letters(), book.texts)
    packed = isinstance(text, bytes)
    plain = text if isinstance(text, bytes) else text.encode()
    return number(len(coded)) + coded + number(2 * len(plain) + packed) + plain


def unpack(said: bytes, book: Codebook) -> Told:
    """What `pack` packed, zeros behind it or not. Raises Garbled, TooMuch."""
    length, rest = numbered(said)
    coded, rest = _cut(rest, length)
    length, rest = numbered(rest)
    plain, zeros = _cut(rest, length >> 1)
    if any(zeros):
        raise Garbled("something is left over")
    try:
        text = words.unpacked(plain if length & 1 else plain.decode(), book.texts)
    except UnicodeDecodeError:
        raise Garbled("no text") from None
    columns = Reading(book.words, coded, text)
    told = _code(columns, book, Told(0, 0, ()))
    columns.finish()
    return told


def _code(columns: Columns, book: Codebook, told: Told) -> Told:
    epoch = columns.even(_EPOCHS, told.epoch)
    obeyed = columns.number(("obeyed",), told.obeyed)
    first = columns.number(("first",), max(told.rows[0].numbers[0], 0) if told.rows else 0)
    return Told(epoch, obeyed, columns_of.code(columns, book, first, told.rows))


def fit(told: Told, book: Codebook, room: int) -> Iterator[bytes]:
    """These rows as few sayings, each of at most `room` bytes, but where one fact alone is longer. Raises TooMuch."""
    left = [row for row in told.rows if row.said]
    while left:
        many, said = _most(told, left, book, room)
        if many:
            left = left[many:]
        else:
            facts, said = _part(told, left[0], book, room)
            left[0] = _rest(left[0], facts)
            left = [row for row in left if row.said]
        yield said


def _most(told: Told, rows: Sequence[Row], book: Codebook, room: int) -> tuple[int, bytes]:
    """How many of these rows fit together, and what they are; none where not even the first does."""
    return _longest(min(len(rows), _ROWS), room, lambda many: pack(replace(told, rows=tuple(rows[:many])), book))


def _part(told: Told, row: Row, book: Codebook, room: int) -> tuple[int, bytes]:
    """As many of a row's facts as fit, at least one."""

    def made(many: int) -> bytes:
        return pack(replace(told, rows=(_first(row, many),)), book)

    many, said = _longest(len(row.said), room, made)
    return (many, said) if many else (1, made(1))


def _longest(most: int, room: int, made: Callable[[int], bytes]) -> tuple[int, bytes]:
    """The largest number up to `most` of which what is made fits, by halves, and what that is."""
    fits, best, over = 0, b"", most + 1
    while over - fits > 1:
        half = (fits + over) // 2
        if len(said := made(half)) <= room:
            fits, best = half, said
        else:
            over = half
    return fits, best


def _first(row: Row, many: int) -> Row:
    return row._replace(said=row.said[:many], numbers=row.numbers[:many])


def _rest(row: Row, many: int) -> Row:
    return row._replace(said=row.said[many:], numbers=row.numbers[many:])


def headed(consultation: int, version: int, said: bytes, *, boxed: bool) -> bytes:
    """What rows are of, in front of what they say or of the box that it lies in."""
    return number(2 * consultation + boxed) + number(version) + said


def beheaded(plain: bytes) -> tuple[int, int, bool, bytes]:
    """Consultation, version, whether what follows lies in a box, and what follows. Raises Garbled."""
    which, rest = numbered(plain)
    version, said = numbered(rest)
    return which >> 1, version, bool(which & 1), said


# ---- longer than a frame


def pieces(kind: Kind, plain: bytes) -> list[bytes]:
    """Raises TooMuch."""
    size = ROOM - 3
    cut = [plain[start : start + size] for start in range(0, len(plain), size)]
    if len(cut) > MOST_PIECES:
        raise TooMuch("more than so many frames may hold")
    return [bytes([kind, place, len(cut)]) + piece for place, piece in enumerate(cut)]


def piece_of(plain: bytes) -> tuple[Kind, int, int, bytes]:
    """Kind of the whole, place, count, the piece. Raises Garbled."""
    try:
        kind, place, count = Kind(plain[0]), plain[1], plain[2]
    except (IndexError, ValueError):
        raise Garbled("no piece") from None
    if not place < count <= MOST_PIECES or kind is Kind.PART:
        raise Garbled("no piece")
    return kind, place, count, plain[3:]


# ---- small things


def mask_of(last: int, beyond: Iterable[int]) -> int:
    """Numbers beyond the last that is not missing: bit n stands for that which is n + 1 behind it."""
    return sum(1 << each - last - 1 for each in beyond if 0 < each - last <= MASK)


def masked(last: int, mask: int) -> tuple[int, ...]:
    """The numbers that `mask_of` was given."""
    return tuple(last + 1 + bit for bit in range(mask.bit_length()) if mask >> bit & 1)


def write_ack(acked: Acked) -> bytes:
    a = acked
    told = (
        a.epoch.to_bytes(4, "big")
        + a.chain
        + b"".join(map(number, (a.received, a.received - a.durable, a.upto, a.mask)))
    )
    return told if a.cut is None else told + number(a.cut)


def read_ack(plain: bytes) -> Acked:
    """Raises Garbled."""
    epoch, rest = _cut(plain, 4)
    chain, rest = _cut(rest, CHAIN)
    numbers: list[int] = []
    while rest:
        found, rest = numbered(rest)
        numbers.append(found)
    if len(numbers) not in (4, 5) or numbers[1] > numbers[0]:
        raise Garbled("no ack")
    received, behind, upto, mask, *cut = numbers
    return Acked(int.from_bytes(epoch, "big"), received, received - behind, upto, mask, cut[0] if cut else None, chain)


def number(value: int) -> bytes:
    """Seven bits a byte, the highest first, all but the last with their eighth bit set."""
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))


def numbered(data: bytes) -> tuple[int, bytes]:
    """The number in front, and what follows. Raises Garbled."""
    value = 0
    for place, byte in enumerate(data[:10]):
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            if value >= _SMALL or (place and data[0] == 0x80):
                break
            return value, data[place + 1 :]
    raise Garbled("no number")


def _cut(data: bytes, length: int) -> tuple[bytes, bytes]:
    if len(data) < length:
        raise Garbled("shorter than was told")
    return data[:length], data[length:]
