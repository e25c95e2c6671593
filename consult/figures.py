"""The live table of a consultation: facts opened, tallied, gated, and shown only when enough has changed.

Rule 1: raw counts exist for invented data (demo, test) and for the local tally, which leaves a line in the audit trail.
Rule 2: what was last shown of a frame is shown again until ten more of its people have spoken, of a question until ten
more have answered it; a withdrawal alone moves no figure.
Rule 3: under custody "offline" nothing can be opened here without the kit's two halves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from consult import custody, facts
from consult.findings.gate import moved, shown, shows, steady
from consult.findings.tally import FrameTable, Told, tally
from consult.house import House
from consult.intake.keeping import about_fact
from consult.library import day_of
from consult.store import View
from consult.store.records import Fact, KeyRow, Published
from consult.vault import Unopenable, open_fact

FIRST = ("enrolled", "open")  # which frame a script gets when it names none


class NoSuch(Exception):
    """No consultation of this name is published."""


def figures(house: House, name: str, *, private: bytes | None = None) -> dict[str, Any]:
    """What may be shown of a consultation now; `frames` holds one table each, never merged.

    Raises NoSuch, and custody.NoKey when the key is not on this machine or was destroyed.
    """
    published = _published(house, name)
    if published.test:
        return _raw(house, published, private)
    last = house.store.read(partial(_last, name))
    if last.document and not house.store.read(partial(_stirred, name, last)):
        return last.document
    key = _key(house, published, private)
    fresh = house.store.read(partial(_fresh, house, published, key, last))
    if fresh.arrivals:
        house.store.write(lambda tx: tx.show(name, fresh.latest, json.dumps(asdict(fresh))))
    return fresh.document


def raw_tally(house: House, name: str, *, who: str, at: int, private: bytes | None = None) -> dict[str, Any]:
    """Counts as they are, for someone at this machine; that she looked is recorded before she sees."""
    published = _published(house, name)
    house.store.write(lambda tx: tx.note(day_of(at), f"raw tally of {name} read by {who}"))
    return _raw(house, published, private)


def _document(published: Published, frames: list[dict[str, Any]], *, raw: bool) -> dict[str, Any]:
    return {"consultation": published.name, "version": published.version, "raw": raw, "frames": frames}


def frame_of(document: dict[str, Any], frame: str | None) -> dict[str, Any]:
    """The document with one frame's fields at its top: the named one, else the first that has people."""
    frames = {table["frame"]: table for table in document["frames"]}
    chosen = frame or next((known for known in (*FIRST, *frames) if known in frames), None)
    if chosen is None:
        return document
    if chosen not in frames:
        raise NoSuch(f"nobody came by the frame {chosen!r}; frames with people: {', '.join(frames) or 'none yet'}")
    return {**document, **frames[chosen]}


def _published(house: House, name: str) -> Published:
    published = house.store.read(lambda view: view.published(name))
    if published is None:
        known = sorted({edition.name for edition in house.store.read(lambda view: view.editions())})
        raise NoSuch(f"no consultation {name!r}; published: {', '.join(known) or 'none yet'}")
    return published


@dataclass(frozen=True, slots=True)
class _Shown:
    """What was shown last. `arrivals`: up to which fact each frame was counted, for frames that showed any number;
    `latest`: up to which fact all others were."""

    document: dict[str, Any]
    arrivals: dict[str, int]
    latest: int

    def frame(self, name: str) -> dict[str, Any] | None:
        tables = self.document["frames"] if name in self.arrivals else []
        return next((table for table in tables if table["frame"] == name), None)


def _last(name: str, view: View) -> _Shown:
    kept = view.figures(name)
    return _Shown(**json.loads(kept[1])) if kept else _Shown({}, {}, 0)


def _stirred(name: str, last: _Shown, view: View) -> bool:
    """Whether anything shown may move, or a frame that showed nothing may now show something."""
    since = _spoken_since(name, last, view)
    return any(moved(people) if frame in last.arrivals else people for frame, people in since.items())


def _spoken_since(name: str, last: _Shown, view: View) -> dict[str, int]:
    """By frame, how many people (not erased since) a fact came from after what was shown of it."""
    people: dict[str, set[int]] = {}
    first = min((last.latest, *last.arrivals.values()))
    for fact in view.facts(name, after=first):
        if fact.arrival > last.arrivals.get(fact.frame, last.latest):
            people.setdefault(fact.frame, set()).add(fact.person)
    return {frame: sum(view.key(each, name) is not None for each in each_of) for frame, each_of in people.items()}


def _fresh(house: House, published: Published, key: bytes, last: _Shown, view: View) -> _Shown:
    """What may be shown now, frame by frame."""
    latest, since = view.last_arrival(published.name), _spoken_since(published.name, last, view)
    frames, arrivals = [], {}
    for table in _tables(house, view, published, key):
        before = last.frame(table.frame)
        if before is None or moved(since.get(table.frame, 0)):
            frames.append(steady(shown(table), before))
            arrivals[table.frame] = latest
        else:
            frames.append(before)
            arrivals[table.frame] = last.arrivals[table.frame]
    seen = {table["frame"] for table in frames if shows(table)}
    kept = {frame: arrival for frame, arrival in arrivals.items() if frame in seen}
    return _Shown(_document(published, frames, raw=False), kept, latest)


def _raw(house: House, published: Published, private: bytes | None) -> dict[str, Any]:
    key = _key(house, published, private)
    tables = house.store.read(lambda view: _tables(house, view, published, key))
    return _document(published, [shown(table, raw=True) for table in tables], raw=True)


def _key(house: House, published: Published, private: bytes | None) -> bytes:
    if published.retired is not None:
        raise custody.NoKey(f"{published.name} is retired: its key is destroyed and nothing of it can be opened again")
    return private or custody.private_key(house.settings.data, house.vault, published.name)


def _tables(house: House, view: View, published: Published, key: bytes) -> list[FrameTable]:
    questions = house.library.edition(published).consultation.questions
    return tally(questions, told(house, view, published.name, key))


def told(house: House, view: View, name: str, private: bytes) -> Iterator[Told]:
    """Every fact of a consultation that can still be opened; erased people are gone."""
    keys = {row.person: _keys(house, private, row) for row in view.keys(name)}
    shared = {person: _shares(view, person) for person in keys}
    for fact in view.facts(name):
        if fact.person in keys:
            event, _ = facts.unpack(_open(keys[fact.person], fact))
            yield Told(fact.person, fact.frame, fact.verdict, shared[fact.person], event)


def _keys(house: House, private: bytes, row: KeyRow) -> list[bytes]:
    """All her keys for this consultation, the newest first."""
    wraps, rest = [], row.wrapped
    while rest:
        size = int.from_bytes(rest[:2], "big")
        wraps.append(rest[2 : 2 + size])
        rest = rest[2 + size :]
    return [
        house.vault.open_private(private, KeyRow(row.person, row.consultation, wrap, None)) for wrap in reversed(wraps)
    ]


def _shares(view: View, person: int) -> bool:
    row = view.person(person)
    address = view.address_of(row.address) if row else None
    return bool(address and "voices" in address.flags)


def _open(keys: list[bytes], fact: Fact) -> bytes:
    about = about_fact(fact.consultation, fact.version, fact.person, fact.session)
    for key in keys:
        try:
            return open_fact(key, fact.sealed, about)
        except Unopenable:
            continue
    raise Unopenable(f"fact {fact.node}/{fact.epoch}/{fact.seq} opens under none of its person's keys")
