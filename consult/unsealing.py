"""The facts of a consultation, opened with its private key: one after the other, or by several processes at once.

Rule 1: whoever was erased has no key any more, and what she said is opened by nobody.
Rule 2: a fact that opens under none of its person's keys stops everything: somebody altered the database.
Rule 3: the private key is handed to another process through a pipe and nowhere else.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice, pairwise
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext

from consult import facts
from consult.events import Event
from consult.findings.compiling import Opened
from consult.findings.tally import Told
from consult.store import Store, View
from consult.store.records import Fact, Published
from consult.vault import Unopenable, Vault, each_wrap, open_fact

PAGE = 1000  # facts read at a time: a long reading would keep the database's log from being folded in
KNOWN = 4096  # payloads whose events are remembered in one reading
MANY = 200_000  # facts from which several processes open them
BATCH = 2_000  # facts handed over at a time


class Opening:
    """The facts of a consultation up to now that can still be opened; who was erased before is gone."""

    def __init__(self, store: Store, published: Published, private: bytes) -> None:
        self.published, self._store = published, store
        self.latest = store.read(lambda view: view.last_arrival(published.name))
        self._rows = store.read(lambda view: {row.person: row for row in view.keys(published.name)})
        self.sharing = store.read(lambda view: view.sharing())
        self._private, self._keys = private, dict[int, list[bytes]]()

    def told(self) -> Iterator[Told]:
        """Every fact, with whether its phone has more than one voice."""
        for fact, event in self.events():
            yield Told(fact.person, fact.frame, fact.verdict, fact.person in self.sharing, event)

    def events(self, after: int = 0, upto: int | None = None) -> Iterator[tuple[Fact, Event]]:
        """By arrival, of those after `after` up to `upto`. Each page is read by itself and opened with no reading under
        way."""
        known = dict[bytes, Event]()  # many say the same: their events are one value, not many
        last = self.latest if upto is None else min(upto, self.latest)
        while page := self._store.read(partial(_page, self.published.name, after)):
            for fact in page:
                if fact.arrival > last:
                    return
                if fact.person in self._rows:
                    payload = _open(self.keys_of(fact.person), fact)
                    event = known.get(payload) or facts.unpack(payload)[0]
                    if len(known) < KNOWN:
                        known[payload] = event
                    yield fact, event
            after = page[-1].arrival

    def together(self, upto: int, *, hands: int = 0, least: int = MANY) -> Iterator[Opened]:
        """The same, as a release reads it, opened by as many processes as there are cores where the facts are many."""
        hands = hands or os.cpu_count() or 1
        if hands == 1 or min(upto, self.latest) < least:
            yield from self._as_opened(0, upto)
            return
        ends = [min(upto, self.latest) * n // hands for n in range(hands + 1)]
        spawn = multiprocessing.get_context("spawn")
        parts = [_Part(spawn, self, first, last) for first, last in pairwise(ends)]
        try:
            for part in parts:
                yield from part.opened(parts)
        finally:
            for part in parts:
                part.end()

    def _as_opened(self, after: int, upto: int) -> Iterator[Opened]:
        for fact, event in self.events(after, upto):
            shared, in_time = fact.person in self.sharing, fact.verdict == "in_time"
            yield Opened(fact.person, fact.frame, fact.channel, in_time, shared, fact.entered_by or "", event)

    def of(self, person: int) -> Iterator[tuple[Fact, Event, str]]:
        """The facts of one person, each with its language; none of one who was erased."""
        after = 0
        while page := self._store.read(partial(_page, self.published.name, after)):
            for fact in page:
                if fact.person == person and person in self._rows:
                    yield fact, *facts.unpack(_open(self.keys_of(person), fact))
            after = page[-1].arrival

    def keys_of(self, person: int) -> list[bytes]:
        """All her keys for this consultation, the newest first."""
        if person not in self._keys:
            row = self._rows[person]
            self._keys[person] = [
                Vault.open_private(self._private, replace(row, wrapped=wrap, live=None), self.published.public)
                for wrap in reversed(each_wrap(row.wrapped))
            ]
        return self._keys[person]


def _page(name: str, after: int, view: View) -> list[Fact]:
    return list(view.facts(name, after=after, limit=PAGE))


def _open(keys: list[bytes], fact: Fact) -> bytes:
    about = facts.about(fact)
    for key in keys:
        try:
            return open_fact(key, fact.sealed, about)
        except Unopenable:
            continue
    raise Unopenable(
        f"fact {fact.epoch}/{fact.seq} opens under none of its person's keys: somebody altered the database. "
        "Nothing is shown of it; run consult doctor, and compare it with a backup"
    )


# ---- by several processes


class _Part:
    """One stretch of the journal, opened by a process of its own. What comes before its turn is kept as it came."""

    def __init__(self, spawn: SpawnContext, opening: Opening, after: int, upto: int) -> None:
        self._mine, theirs = spawn.Pipe(duplex=False)
        given = (opening._store.where, opening.published, opening._private, after, upto, theirs)
        self._process = spawn.Process(target=_open_part, args=given, daemon=True)
        self._process.start()
        theirs.close()
        self._early: list[list[Opened]] = []
        self._known: list[Event] = []  # each event that many said crosses once
        self._over = False

    def opened(self, parts: Sequence[_Part]) -> Iterator[Opened]:
        """What it opened, in order; meanwhile the others are listened to, so that none of them waits."""
        while self._early or not self._over:
            if self._early:
                yield from self._early.pop(0)
                continue
            for ready in wait([part._mine for part in parts if not part._over]):
                next(part for part in parts if part._mine is ready)._hear()

    def _hear(self) -> None:
        try:
            told = self._mine.recv()
        except EOFError:
            raise Unopenable("a process that opened facts ended too early; is there memory for it?") from None
        if isinstance(told, Exception):
            raise told
        fresh, rows = told
        self._known += fresh
        if rows:
            self._early.append([Opened._make((*row[:-1], self._known[row[-1]])) for row in rows])
        else:
            self._over = True

    def end(self) -> None:
        self._process.terminate()
        self._process.join()
        self._mine.close()


def _open_part(where: str, published: Published, private: bytes, after: int, upto: int, pipe: Connection) -> None:
    """In the other process: new events, and plain rows that name theirs by its place; at the end an empty batch."""
    from consult.store.sqlite import open_store

    try:
        opening = Opening(open_store(where), published, private)
        facts_ = opening._as_opened(after, upto)
        places: dict[int, int] = {}  # an event by its identity: those that many said are one value
        kept: list[Event] = []
        while batch := list(islice(facts_, BATCH)):
            before = len(kept)
            for each in batch:
                if id(each.event) not in places:
                    places[id(each.event)] = len(kept)
                    kept.append(each.event)
            pipe.send((kept[before:], [(*each[:-1], places[id(each.event)]) for each in batch]))
        pipe.send(([], []))
    except Exception as error:
        pipe.send(error)
