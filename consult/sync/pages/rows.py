"""Rows: what each session added since its last row, and the envelope that its facts share.

Rule 1: whole. `read(write(rows)) == rows` for every fact there can be; only the usual one is cheap.
Rule 2: what is expected is one flag that hardly costs anything: sessions and people that count up, the same round, the
same day. What is not expected is said in full.
Rule 3: the order of choices, their columns and what is usual are the format, here and in `said` and `answers`. To
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

    `person` and `session` are the node's own numbers. `supersedes`: the number of the fact that is corrected.
    """

    session: int
    person: int
    round: int
    channel: str
    frame: str
    day: int
    verdict: str
    said: tuple[tuple[Event, str], ...]
    entered_by: str | None = None
    supersedes: int | None = None


_NOBODY = Row(0, 0, 1, "", "", 0, "", ())


def code(columns: Columns, book: Codebook, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Put the rows into the columns, or take them out. Raises TooMuch, Garbled."""
    count = columns.number(("rows",), len(rows))
    if count > MOST_ROWS:
        raise TooMuch(f"more than {MOST_ROWS} rows")
    out = [_NOBODY]
    for place in range(count):
        out.append(_row(columns, book, out[-1], rows[place] if place < len(rows) else _NOBODY))
    return tuple(out[1:])


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
    return Row(session, person, round_, channel, frame, day, verdict, facts, entered_by, supersedes)
