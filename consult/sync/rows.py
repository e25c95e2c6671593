"""Facts of the journal as rows of a page, and back.

Rule 1: a row is what one session added since its last row. Sessions stand in the order in which they first spoke, the
facts of each in theirs; where the envelope changes on the way (another day, a verdict) another row begins.
Rule 2: a fact keeps the number and the epoch it was given when it was heard: by whatever page, message or restored
node it comes, it is the same fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple, cast

from consult.events import Event
from consult.store.records import Fact, Frame, Verdict
from consult.sync.pages import Codebook, Contents, Header, Row


class Heard(NamedTuple):
    """A fact with what it holds, opened: the event and the language it was in. `fact.sealed` is not looked at."""

    fact: Fact
    event: Event
    locale: str


def rows(heard: Iterable[Heard]) -> tuple[Row, ...]:
    """The rows of these facts, which belong to one consultation, version and node."""
    sessions: dict[int, list[Heard]] = {}
    for each in heard:
        sessions.setdefault(each.fact.session, []).append(each)
    return tuple(
        _row(envelope, tuple(alike))
        for said in sessions.values()
        for envelope, alike in groupby(said, lambda each: _envelope(each.fact))
    )


def facts(header: Header, contents: Contents, book: Codebook) -> Iterator[Heard]:
    """The facts of a page, each with its event; what is to be sealed is not in them yet."""
    epoch = int.from_bytes(contents.heard or header.epoch, "big")
    for row in contents.rows:
        for (event, locale), seq in zip(row.said, row.numbers, strict=True):
            yield Heard(_fact(header.node, epoch, book, row)._replace(seq=seq), event, locale)


def _envelope(fact: Fact) -> Fact:
    """All that facts of a row have in common."""
    return fact._replace(sealed=b"", seq=0, arrival=0)


def _row(fact: Fact, heard: tuple[Heard, ...]) -> Row:
    return Row(
        session=fact.session,
        person=fact.person,
        round=fact.round,
        channel=fact.channel,
        frame=fact.frame,
        day=fact.day,
        verdict=fact.verdict,
        said=tuple((each.event, each.locale) for each in heard),
        numbers=tuple(each.fact.seq for each in heard),
        entered_by=fact.entered_by,
        supersedes=fact.supersedes,
    )


def _fact(node: bytes, epoch: int, book: Codebook, row: Row) -> Fact:
    return Fact(
        consultation=book.consultation,
        version=book.version,
        round=row.round,
        person=row.person,
        session=row.session,
        channel=row.channel,
        frame=cast(Frame, row.frame),
        day=row.day,
        verdict=cast(Verdict, row.verdict),
        sealed=b"",
        entered_by=row.entered_by,
        supersedes=row.supersedes,
        node=node.hex(),
        epoch=epoch,
    )
