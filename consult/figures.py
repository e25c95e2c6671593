"""The live table of a consultation: facts opened, tallied, gated, and shown only when enough has changed.

Rule 1: raw counts exist for invented data (demo, test) and for the local tally, which leaves a line in the audit trail.
Rule 2: what was last shown of a frame is shown again until ten of its people have begun or answered something
more, of a question until ten more have answered it; a withdrawal alone moves no figure.
Rule 3: under custody "offline" nothing can be opened here without the kit's two halves; what field nodes sent is merged
when they are brought.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from consult import custody
from consult.events import Answered, Began
from consult.findings.gate import moved, shown, shows, steady
from consult.findings.tally import FrameTable, tally
from consult.house import House
from consult.library import day_of
from consult.store import View
from consult.store.records import Published
from consult.sync.reading_later import read_waiting
from consult.unsealing import Opening

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
    _read_waiting(house, published, private)
    last = house.store.read(partial(_last, name))
    if last.document and not _stirs(last, house.store.read(partial(_heard_since, name, last))):
        return last.document
    opening = _opening(house, published, private)
    since = _spoken_since(opening, last)
    if last.document and not _stirs(last, since):
        return last.document
    fresh = _fresh(house, opening, last, since)
    if fresh.arrivals:
        house.store.write(lambda tx: tx.show(name, fresh.latest, json.dumps(asdict(fresh))))
    return fresh.document


def raw_tally(
    house: House, name: str, *, who: str, at: int, shared: bool = True, private: bytes | None = None
) -> dict[str, Any]:
    """Counts as they are, for someone at this machine; that she looked is recorded before she sees.

    `shared=False` leaves out the voices of telephones that several share.
    """
    published = _published(house, name)
    house.store.write(lambda tx: tx.note(day_of(at), f"raw tally of {name} read by {who}"))
    return _raw(house, published, private, shared=shared)


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

    def first(self) -> int:
        """Nothing up to this arrival is news."""
        return min((self.latest, *self.arrivals.values()))

    def is_news(self, frame: str, arrival: int) -> bool:
        return arrival > self.arrivals.get(frame, self.latest)

    def frame(self, name: str) -> dict[str, Any] | None:
        tables = self.document["frames"] if name in self.arrivals else []
        return next((table for table in tables if table["frame"] == name), None)


def _last(name: str, view: View) -> _Shown:
    kept = view.figures(name)
    return _Shown(**json.loads(kept[1])) if kept else _Shown({}, {}, 0)


def _stirs(last: _Shown, since: dict[str, int]) -> bool:
    """Whether anything shown may move, or a frame that showed nothing may now show something."""
    return any(moved(people) if frame in last.arrivals else people for frame, people in since.items())


def _heard_since(name: str, last: _Shown, view: View) -> dict[str, int]:
    """By frame, how many people (not erased since) any fact came from after what was shown of it; opens nothing."""
    people: dict[str, set[int]] = {}
    for fact in view.facts(name, after=last.first()):
        if last.is_news(fact.frame, fact.arrival):
            people.setdefault(fact.frame, set()).add(fact.person)
    return {frame: sum(view.key(each, name) is not None for each in each_of) for frame, each_of in people.items()}


def _spoken_since(opening: Opening, last: _Shown) -> dict[str, int]:
    """By frame, how many people (not erased since) after what was shown of it began, or answered what they had not.

    Who begins again or corrects herself is counted already, so nine who do cannot bring out a tenth.
    """
    people: dict[str, set[int]] = {}
    known: set[tuple[str, int, str]] = set()
    for fact, event in opening.events():
        if not isinstance(event, Began | Answered):
            continue
        what = (fact.frame, fact.person, event.question if isinstance(event, Answered) else "")
        if what not in known and last.is_news(fact.frame, fact.arrival):
            people.setdefault(fact.frame, set()).add(fact.person)
        known.add(what)
    return {frame: len(each_of) for frame, each_of in people.items()}


def _fresh(house: House, opening: Opening, last: _Shown, since: dict[str, int]) -> _Shown:
    """What may be shown now, frame by frame."""
    frames, arrivals = [], {}
    for table in _tables(house, opening):
        before = last.frame(table.frame)
        if before is None or moved(since.get(table.frame, 0)):
            frames.append(steady(shown(table), before))
            arrivals[table.frame] = opening.latest
        else:
            frames.append(before)
            arrivals[table.frame] = last.arrivals[table.frame]
    seen = {table["frame"] for table in frames if shows(table)}
    kept = {frame: arrival for frame, arrival in arrivals.items() if frame in seen}
    return _Shown(_document(opening.published, frames, raw=False), kept, opening.latest)


def _raw(house: House, published: Published, private: bytes | None, *, shared: bool = True) -> dict[str, Any]:
    tables = _tables(house, _opening(house, published, private), shared=shared)
    return _document(published, [shown(table, raw=True) for table in tables], raw=True)


def _key(house: House, published: Published, private: bytes | None) -> bytes:
    if published.retired is not None:
        raise custody.NoKey(f"{published.name} is retired: its key is destroyed and nothing of it can be opened again")
    return private or custody.private_key(house.settings.data, house.vault, published.name)


def _tables(house: House, opening: Opening, *, shared: bool = True) -> list[FrameTable]:
    questions = house.library.edition(opening.published).consultation.questions
    return tally(questions, opening.told(), shared=shared)


def opened(house: House, name: str, private: bytes | None = None) -> Opening:
    """The facts of a consultation, for whoever may count them. Raises NoSuch, custody.NoKey."""
    return _opening(house, _published(house, name), private)


def _opening(house: House, published: Published, private: bytes | None) -> Opening:
    key = _key(house, published, private)
    _read_waiting(house, published, private)
    return Opening(house.store, published, key)


def _read_waiting(house: House, published: Published, private: bytes | None) -> None:
    """What nodes sent and waits for a key that is not kept here, now that somebody brings it."""
    if private is not None:
        read_waiting(house, int(time.time()), published.name, private)
