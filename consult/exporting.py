"""Rows for two people: asked for by one, approved by another, written once, with a line in the audit.

Rule 1: two exports never differ by fewer than ten people: whoever laid one beside the other would read a single row.
Those who came, answered again or were erased since count, and those of shared telephones where only one of the two has
them; where they are one to nine, nothing is made.
Rule 2: rows are shuffled and numbered anew each time; the numbers mean nothing anywhere else.
Rule 3: what was exported is written down as how far the journal had come and how many people could be opened.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial

from consult.figures import opened
from consult.findings.gate import MINIMUM
from consult.findings.rows import Sheet, sheets
from consult.house import House
from consult.library import day_of
from consult.store import Tx, View
from consult.unsealing import Opening

_LAST = "exported rows "  # the setting's name, before the consultation's


class TooSoon(Exception):
    """Fewer than ten people would be told apart."""


@dataclass(frozen=True, slots=True)
class _Before:
    """The last export: up to which fact, how many people stood behind it, and whether shared telephones were in it."""

    arrival: int
    people: int
    shared: bool = True


def rows(
    house: House, name: str, *, at: int, chance: random.Random, shared: bool = True, private: bytes | None = None
) -> list[Sheet]:
    """A sheet for each frame, with a random `row` in front; noted as exported.

    Raises figures.NoSuch, custody.NoKey, TooSoon, vault.Unopenable.
    """
    opening = opened(house, name, private)
    told = list(opening.told())
    before = house.store.read(partial(_last, name))
    now = _Before(opening.latest, len({one.person for one in told}), shared)
    sharing = {one.person for one in told if one.shared} if before and before.shared is not shared else ()
    if before and 0 < _moved(opening, before) + len(sharing) < MINIMUM:
        raise TooSoon(
            f"since the last rows of {name} fewer than {MINIMUM} people came, answered or left: beside those, new rows "
            "would show who they are. Use the earlier file, or wait"
        )
    questions = house.library.edition(opening.published).consultation.questions
    made = [_numbered(each, chance) for each in sheets(questions, told, shared=shared)]
    house.store.write(partial(_note, name, now, at))
    return made


def _numbered(sheet: Sheet, chance: random.Random) -> Sheet:
    shuffled = chance.sample(sheet.rows, len(sheet.rows))
    ids = chance.sample(range(16**7, 16**8), len(shuffled))
    numbered = tuple((f"{id:x}", *row) for id, row in zip(ids, shuffled, strict=True))
    return Sheet(sheet.frame, ("row", *sheet.columns), numbered)


def _moved(opening: Opening, before: _Before) -> int:
    """How many people the two exports would tell apart."""
    old, fresh = set[int](), set[int]()
    for fact, _ in opening.events():
        (old if fact.arrival <= before.arrival else fresh).add(fact.person)
    return len(fresh) + max(before.people - len(old), 0)


def _last(name: str, view: View) -> _Before | None:
    kept = view.setting(_LAST + name)
    return _Before(**json.loads(kept)) if kept else None


def _note(name: str, now: _Before, at: int, tx: Tx) -> None:
    tx.set(_LAST + name, json.dumps(asdict(now)))
    tx.note(day_of(at), f"de-identified rows of {name} were written")


def cells(sheet: Sheet) -> Iterator[tuple[str, ...]]:
    """Its heading and its rows."""
    yield sheet.columns
    yield from sheet.rows
