"""Columns: many small choices as one number, and back. What a page's rows are coded in.

A column counts what it has met; what is frequent in it costs next to nothing. Bits of a fixed width were meant first;
on the peers' data the same choices take 13 bytes a row so packed, 4 to 5 this way, and the bytes decided.

Rule 1: one description for both ways. `Writing` takes the value it is given and `Reading` finds it; both return it, so
that whatever follows from a value follows from what was returned.
Rule 2: a choice of `total` ways, of which `share` begin at `start`, turns the number x into
`x // share * total + start + x % share`; choices are written last to first and so are read first to last. From 1 to 1:
0 on the way, or more at the end, is no page's.
Rule 3: bounded on either side: MOST_STEPS choices, MOST_BYTES bytes, and MOST_MET strings that a column remembers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

Where = tuple[object, ...]  # a column's name: whatever it depends on

MOST_STEPS = 1 << 16
MOST_BYTES = 1 << 14
MOST_MET = 256  # strings that a column remembers
SETTLED, SPREAD = 24, 2  # what one meeting weighs, against 1 for what was not met: in columns of one value, of several
USUAL = 24  # what is expected weighs this much before anything was met
NEW, MET = 8, 8  # the same of strings: for one that was not met before, which halves each time, and for each met
LONG = 64  # bits of a number; longer ones go as text


class Garbled(Exception):
    """This is no page's content, or another codebook's."""


class TooMuch(Exception):
    """More than a page may hold."""


class Columns(ABC):
    """The columns of one page. `words` are the strings both sides know; `value` is ignored where it is being read."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words, self._places = words, {word: place for place, word in enumerate(words)}
        self._weights: dict[Where, list[int]] = {}
        self._met: dict[Where, list[str]] = {}
        self._steps = 0

    @abstractmethod
    def even(self, of: int, value: int) -> int:
        """One of `of` numbers, each as likely as the other."""

    @abstractmethod
    def _weighed(self, weights: list[int], value: int) -> int:
        """One of so many numbers, as likely as they weigh."""

    @abstractmethod
    def _letters(self, length: int, value: str) -> str:
        """A text of so many characters, which lies beside the number."""

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise TooMuch("more in one page than a page may hold")

    def one(self, where: Where, of: int, value: int, usual: int = -1, learns: int = SETTLED) -> int:
        """One of `of` numbers, in a column that learns."""
        weights = self._weights.get(where)
        if weights is None:
            weights = self._weights[where] = [1] * of
            if usual >= 0:
                weights[usual] = USUAL
        found = self._weighed(weights, value)
        weights[found] += learns
        return found

    def flag(self, where: Where, value: bool, usual: bool | None = None) -> bool:
        return bool(self.one(where, 2, int(value), -1 if usual is None else int(usual)))

    def number(self, where: Where, value: int) -> int:
        """A whole number: how many bits, then all of them but the first."""
        bits = self.one(where, LONG + 2, min(value.bit_length(), LONG + 1))
        if bits <= 1:
            return bits
        if bits > LONG:
            return self._long(value)
        first = 1 << bits - 1
        return first | self.even(first, value - first)

    def signed(self, where: Where, value: int) -> int:
        """0, -1, 1, -2, 2, ... as 0, 1, 2, 3, 4, ..."""
        folded = self.number(where, value << 1 if value >= 0 else ~(value << 1))
        return ~(folded >> 1) if folded & 1 else folded >> 1

    def off(self, where: Where, value: int, expected: int) -> int:
        """A whole number that is mostly the one that is expected."""
        if self.flag((*where, "expected?"), value == expected, usual=True):
            return expected
        return expected + self.signed(where, value - expected)

    def _long(self, value: int) -> int:
        digits = self.text(("long",), f"{value:x}")
        try:
            return int(digits, 16)
        except ValueError:
            raise Garbled("a number that is none") from None

    def word(self, where: Where, value: str) -> str:
        """A string that comes again: one met in this column, else one of the known words, else in letters."""
        met = self._met.setdefault(where, [])
        weights = self._weights.setdefault(where, [NEW])
        place = self._weighed(weights, met.index(value) + 1 if value in met else 0)
        if place:
            weights[place] += MET
            return met[place - 1]
        found = self._new(value)
        if len(met) < MOST_MET:
            met.append(found)
            weights.append(MET)
            weights[0] = max(weights[0] // 2, 1)
        return found

    def _new(self, value: str) -> str:
        place = self.even(len(self._words) + 1, self._places.get(value, len(self._words)))
        return self._words[place] if place < len(self._words) else self.text(("letters",), value)

    def text(self, where: Where, value: str) -> str:
        """Her words, or any that do not come again."""
        return self._letters(self.number((*where, "length"), len(value)), value)


class Writing(Columns):
    """Columns to be written: put the values in, then take `coded` and `letters`."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(words)
        self._chosen: list[tuple[int, int, int]] = []  # start, share, total
        self._texts: list[str] = []

    def even(self, of: int, value: int) -> int:
        self._step()
        self._chosen.append((value, 1, of))
        return value

    def _weighed(self, weights: list[int], value: int) -> int:
        self._step()
        self._chosen.append((sum(weights[:value]), weights[value], sum(weights)))
        return value

    def _letters(self, length: int, value: str) -> str:  # noqa: ARG002 - told already
        self._texts.append(value)
        return value

    def coded(self) -> bytes:
        """All choices as a number, big-endian, no zeros in front. Raises TooMuch."""
        left = 1
        for start, share, total in reversed(self._chosen):
            left = left // share * total + start + left % share
        size = (left.bit_length() + 7) // 8
        if size > MOST_BYTES:
            raise TooMuch("more in one page than a page may hold")
        return left.to_bytes(size, "big")

    def letters(self) -> str:
        return "".join(self._texts)


class Reading(Columns):
    """Columns that were written. Raises Garbled for what no Writing made, TooMuch."""

    def __init__(self, words: Sequence[str], coded: bytes, letters: str) -> None:
        super().__init__(words)
        if len(coded) > MOST_BYTES:
            raise TooMuch("more in one page than a page may hold")
        if coded[:1] == b"\0":
            raise Garbled("a number with zeros in front")
        self._left, self._text, self._at = int.from_bytes(coded, "big"), letters, 0

    def _step(self) -> None:
        """Written out here, as in `_weighed`: nothing is done as often when a page is read."""
        self._steps += 1
        if not self._left:
            raise Garbled("fewer choices than were told of")
        if self._steps > MOST_STEPS:
            raise TooMuch("more in one page than a page may hold")

    def even(self, of: int, value: int) -> int:  # noqa: ARG002 - found, not given
        self._step()
        self._left, found = divmod(self._left, of)
        return found

    def _weighed(self, weights: list[int], value: int) -> int:  # noqa: ARG002 - found, not given
        self._step()
        if len(weights) == 2:  # a flag, as most are
            first, second = weights
            left, rest = divmod(self._left, first + second)
            if rest < first:
                self._left = left * first + rest
                return 0
            self._left = left * second + rest - first
            return 1
        ends = list(accumulate(weights))
        self._left, rest = divmod(self._left, ends[-1])
        found = bisect_right(ends, rest)
        share = weights[found]
        self._left = self._left * share + rest - (ends[found] - share)
        return found

    def _letters(self, length: int, value: str) -> str:  # noqa: ARG002 - found, not given
        start, self._at = self._at, self._at + length
        if self._at > len(self._text):
            raise Garbled("fewer letters than were told of")
        return self._text[start : self._at]

    def finish(self) -> None:
        """Everything was read. Raises Garbled where something is left."""
        if self._left != 1 or self._at != len(self._text):
            raise Garbled("something is left over")
