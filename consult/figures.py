"""The live table of a consultation: facts opened, tallied, gated, and shown only when enough has changed.

Rule 1: raw counts exist for invented data (demo, test) and for the local tally, which leaves a line in the audit trail.
Rule 2: what was last shown is shown again until ten more people have spoken; a withdrawal alone moves no figure.
Rule 3: under custody "offline" nothing can be opened here without the kit's two halves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from consult import custody, facts
from consult.findings.gate import MINIMUM, moved, shown
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

    Raises NoSuch, and custody.NoKey when the key is not on this machine.
    """
    published = _published(house, name)
    if published.test:
        return _document(published, [shown(table, raw=True) for table in _tables(house, published, private)], raw=True)
    last = house.store.read(lambda view: view.figures(name))
    if last and not moved(house.store.read(lambda view: _people_since(view, name, last[0]))):
        return dict(json.loads(last[1]))
    arrival = house.store.read(lambda view: view.last_arrival(name))
    tables = _tables(house, published, private)
    out = _document(published, [shown(table) for table in tables], raw=False)
    if any(table.started >= MINIMUM for table in tables):
        house.store.write(lambda tx: tx.show(name, arrival, json.dumps(out)))
    return out


def raw_tally(house: House, name: str, *, who: str, at: int, private: bytes | None = None) -> dict[str, Any]:
    """Counts as they are, for someone at this machine; that she looked is recorded before she sees."""
    published = _published(house, name)
    house.store.write(lambda tx: tx.note(day_of(at), f"raw tally of {name} read by {who}"))
    return _document(published, [shown(table, raw=True) for table in _tables(house, published, private)], raw=True)


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


def _people_since(view: View, name: str, arrival: int) -> int:
    return len({fact.person for fact in view.facts(name, after=arrival) if view.key(fact.person, name)})


def _tables(house: House, published: Published, private: bytes | None) -> list[FrameTable]:
    edition = house.library.edition(published)
    key = private or custody.private_key(house.settings.data, house.vault, published.name)
    return house.store.read(lambda view: tally(edition.consultation.questions, told(house, view, published.name, key)))


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
