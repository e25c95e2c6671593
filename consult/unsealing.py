"""The facts of a consultation, opened with its private key.

Rule 1: whoever was erased has no key any more, and what she said is opened by nobody.
Rule 2: what somebody wrote has a name outside (`message`) that is made with her own key: once that is destroyed, by her
erasure or with the consultation's, nobody can tell whose it was.
Rule 3: a fact that opens under none of its person's keys stops everything: somebody altered the database.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from consult import facts
from consult.events import Event
from consult.findings.tally import Told
from consult.store import Store, View
from consult.store.records import Fact, KeyRow, Published
from consult.sync.revoking import withdrawn
from consult.vault import Unopenable, Vault, each_wrap, open_fact

Part = tuple[int, int]  # of so many: the people whose number, divided by it, leaves this rest
WHOLE: Part = (1, 0)
PAGE = 1000  # facts read at a time: a long reading would keep the database's log from being folded in
KNOWN = 4096  # payloads whose events are remembered in one reading


class Opening:
    """The facts of a consultation up to now that can still be opened; who was erased before is gone."""

    def __init__(self, store: Store, published: Published, private: bytes, part: Part = WHOLE) -> None:
        self.published, self.store, self.private = published, store, private
        self._part = part
        self.latest = store.read(lambda view: view.last_arrival(published.name))
        self._rows = store.read(lambda view: _rows(view, published.name, part))
        self.sharing = store.read(lambda view: view.sharing())
        self._withdrawn = store.read(withdrawn)
        self._keys = dict[int, list[bytes]]()

    def told(self) -> Iterator[Told]:
        """Every fact, with whether its phone has more than one voice."""
        for fact, event in self.events():
            yield Told(fact.person, fact.frame, fact.verdict, fact.person in self.sharing, event)

    def events(self, upto: int | None = None) -> Iterator[tuple[Fact, Event]]:
        """By arrival, up to `upto`."""
        return ((fact, event) for fact, event, _ in self.spoken(upto))

    def spoken(self, upto: int | None = None) -> Iterator[tuple[Fact, Event, str]]:
        """Each with its language. Each page is read by itself and opened with no reading under way."""
        after, known = 0, dict[bytes, tuple[Event, str]]()  # many say the same: their events are one value, not many
        last = self.latest if upto is None else min(upto, self.latest)
        while page := self.store.read(partial(_page, self.published.name, after, self._part)):
            for fact in page:
                if fact.arrival > last:
                    return
                if fact.person in self._rows and not self._left_out(fact):
                    payload = _open(self.keys_of(fact.person), fact)
                    told = known.get(payload) or facts.unpack(payload)
                    if len(known) < KNOWN:
                        known[payload] = told
                    yield fact, *told
            after = page[-1].arrival

    def of(self, person: int) -> Iterator[tuple[Fact, Event, str]]:
        """The facts of one person, each with its language; none of one who was erased."""
        after = 0
        while page := self.store.read(partial(_page, self.published.name, after, self._part)):
            for fact in page:
                if fact.person == person and person in self._rows and not self._left_out(fact):
                    yield fact, *facts.unpack(_open(self.keys_of(person), fact))
            after = page[-1].arrival

    def _left_out(self, fact: Fact) -> bool:
        """Whether it came with a page that is not believed any more."""
        return bool(self._withdrawn) and fact.seq in self._withdrawn.get((fact.node, fact.epoch), ())

    def keys_of(self, person: int) -> list[bytes]:
        """All her keys for this consultation, the newest first."""
        if person not in self._keys:
            row = self._rows[person]
            self._keys[person] = [
                Vault.open_private(self.private, replace(row, wrapped=wrap, live=None), self.published.public)
                for wrap in reversed(each_wrap(row.wrapped))
            ]
        return self._keys[person]

    def message(self, fact: Fact) -> str:
        """What an answer in words is called where it is coded: the same each time, and nothing to who has no key."""
        key, origin = self.keys_of(fact.person)[-1], f"{fact.consultation}|{fact.node}|{fact.epoch}|{fact.seq}"
        return hmac.digest(key, f"consult message|{origin}".encode(), "sha256").hex()[:32]


def _rows(view: View, name: str, part: Part) -> dict[int, KeyRow]:
    of, rest = part
    return {row.person: row for row in view.keys(name) if row.person % of == rest}


def _page(name: str, after: int, part: Part, view: View) -> list[Fact]:
    return list(view.facts(name, after=after, limit=PAGE, part=part))


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
