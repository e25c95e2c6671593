"""Rows: what each session added since its last row, and the envelope that its facts share.

Rule 1: whole. `read(write(rows)) == rows` for every fact there can be; only the usual one is cheap.
Rule 2: what is expected is one flag that hardly costs anything: sessions and people that count up, the same round, the
same day. What is not expected is said in full.
Rule 3: a fact keeps the number it was given when it was heard, whichever page or message carries it: so it counts once.
Rule 4: the order of choices, their columns and what is usual are the format, here and in `said` and `answers`. To
change any of it is to make another format.
"""

from __future__ import annotations

from typing import NamedTuple

from consult.events import Event
from consult.sync.pages import said
from consult.sync.pages.codebook import Codebook
from consult.sync.pages.columns import Columns, TooMuch

MOST_ROWS = 256


class Row(NamedTuple):
    """What one session added since its last row: the envelope its facts share, and each with the language it was in.

    `person` and `session` are the node's own numbers; `numbers` are those of the facts, as many as were `said`.
    `supersedes`: the number of the fact that is corrected.
    """

    session: int
    person: int
    round: int
    channel: str
    frame: str
    day: int
    verdict: str
    said: tuple[tuple[Event, str], ...]
    numbers: tuple[int, ...]
    entered_by: str | None = None
    supersedes: int | None = None


_NOBODY = Row(0, 0, 1, "", "", 0, "", (), ())


def code(columns: Columns, book: Codebook, first: int, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Put the rows into the columns, or take them out; `first`: their first fact's number. Raises TooMuch, Garbled."""
    count = columns.number(("rows",), len(rows))
    if count > MOST_ROWS:
        raise TooMuch(f"more than {MOST_ROWS} rows")
    out, used = [_NOBODY], set[int]()
    for place in range(count):
        given = rows[place] if place < len(rows) else _NOBODY
        row = _row(columns, book, out[-1], given)
        out.append(row._replace(numbers=_numbers(columns, first, used, given.numbers, len(row.said))))
    return tuple(out[1:])


def _numbers(columns: Columns, first: int, used: set[int], given: tuple[int, ...], count: int) -> tuple[int, ...]:
    """The facts' numbers: expected is the next that no row before has. Sessions that took turns cost a little more."""
    out: list[int] = []
    expected = first
    for place in range(count):
        while expected in used:
            expected += 1
        number = columns.off(("number",), given[place] if place < len(given) else 0, expected)
        used.add(number)
        out.append(number)
        expected = number + 1
    return tuple(out)


def _row(columns: Columns, book: Codebook, last: Row, row: Row) -> Row:
    session = columns.off(("session",), row.session, last.session + 1)
    person = columns.off(("person",), row.person, last.person + 1)
    round_ = columns.off(("round",), row.round, last.round)
    channel = columns.word(("channel",), row.channel)
    frame = columns.word(("frame", channel), row.frame)
    day = columns.off(("day",), row.day, last.day)
    verdict = columns.word(("verdict",), row.verdict)
    entered_by = supersedes = None
    if columns.flag(("entered_by?", frame), row.entered_by is not None, usual=False):
        entered_by = columns.word(("entered_by",), row.entered_by or "")
    if columns.flag(("supersedes?",), row.supersedes is not None, usual=False):
        supersedes = columns.signed(("supersedes",), row.supersedes or 0)
    facts = said.code(columns, book, channel, row.said)
    return Row(session, person, round_, channel, frame, day, verdict, facts, (), entered_by, supersedes)
