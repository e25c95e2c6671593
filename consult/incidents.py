"""What was done to somebody because of a consultation, or could be: a register, and areas where nothing is started.

Rule 1: what happened lies sealed; where nothing is started does not, since every message asks it.
Rule 2: a pause stops what we start (invitations, reminders, calls, news). What she writes herself is answered, and STOP
and ERASE are always obeyed.
Rule 3: an area is what the list of contacts told of her. Of who came by herself it is not known: a pause of everywhere
stops all that we start.
Rule 4: nothing leaves the register, which is emptied when the consultation is retired. Closing an incident lifts the
pause that it put, once no other holds it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Final

from consult.episodes.flagging import betrays
from consult.house import House
from consult.letters import segments_in
from consult.store import Tx, View
from consult.store.records import Address
from consult.sync import pausing

KINDS: Final = ("retaliation", "harassment", "threat", "exposure", "other")
EVERYWHERE: Final = ("", "")
LONGEST, MOST = 500, 500  # signs of a note, incidents of a consultation
Area = tuple[str, str]  # a question that tells who she is, and its choice


class Unclear(Exception):
    """It cannot be registered as it is. `code` names the fault for a page; the message says the cure."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True, slots=True)
class Incident:
    """One of the register. `day` and `closed` are days since 1970-01-01, `closed` None while it is open."""

    id: int
    day: int
    kind: str
    area: Area
    note: str
    pauses: bool
    by: str
    closed: int | None = None


def incidents(house: House, name: str) -> list[Incident]:
    """The register, the oldest first."""
    return house.store.read(partial(_register, house, name))


def add(house: House, name: str, kind: str, area: Area, note: str, *, pauses: bool, day: int, by: str) -> Incident:
    """Register one, and pause its area at once if it is to be. Raises Unclear, LookupError for no consultation."""
    if kind not in KINDS:
        raise Unclear("kind", f"the kind is one of {', '.join(KINDS)}")
    note = " ".join(note.split())
    if not 0 < len(note) <= LONGEST:
        raise Unclear("note", f"say what happened in 1 to {LONGEST} signs, without names or numbers")
    if found := betrays(note):
        raise Unclear("note", f"the note holds a {found}; word it without")
    _known(house, name, area)
    return house.store.write(partial(_add, house, name, Incident(0, day, kind, area, note, pauses, by)))


def close(house: House, name: str, number: int, *, day: int, by: str) -> Incident:
    """It is over: its pause is lifted, unless another open one holds it. Raises Unclear."""
    return house.store.write(partial(_close, house, name, number, day, by))


def forget(name: str, tx: Tx) -> None:
    """The consultation is retired: of its incidents only the audit's lines are left."""
    for kept in ("incidents", "paused"):
        if tx.setting(f"{kept}:{name}"):
            tx.set(f"{kept}:{name}", "")


def paused(house: House, view: View, name: str, address: Address | None) -> bool:
    """Whether nothing may be started towards this address now; None is somebody of whom nothing is known."""
    held = pauses(view, name)
    return bool(held) and (EVERYWHERE in held or any(area in held for area in _areas(house, view, name, address)))


def _areas(house: House, view: View, name: str, address: Address | None) -> set[Area]:
    """What the list of contacts told of whoever answers at this address."""
    found: set[Area] = set()
    for person in view.people_at(address.id, address.generation) if address else ():
        enrolment = view.enrolment(person.id, name)
        found |= set(segments_in(house.vault, enrolment.segments)) if enrolment else set()
    return found


def _known(house: House, name: str, area: Area) -> None:
    published = house.store.read(lambda view: view.published(name))
    if published is None:
        raise LookupError(name)
    questions = house.library.edition(published).consultation.questions
    known = {(each.name, option.name) for each in questions if each.segment for option in each.choices}
    if area != EVERYWHERE and area not in known:
        there = ", ".join(sorted("=".join(each) for each in known)) or "none: leave it out for everywhere"
        raise Unclear("area", f"{'='.join(area)} is no area of {name}; there are {there}")


# ---- in the store


def _register(house: House, name: str, view: View) -> list[Incident]:
    sealed = view.setting(f"incidents:{name}")
    listed = json.loads(house.vault.unseal(bytes.fromhex(sealed), _about(name))) if sealed else []
    return [Incident(**{**each, "area": tuple(each["area"])}) for each in listed]


def _keep(house: House, name: str, listed: Sequence[Incident], day: int, tx: Tx) -> None:
    register = json.dumps([asdict(each) for each in listed]).encode()
    tx.set(f"incidents:{name}", house.vault.seal(register, _about(name)).hex())
    held = sorted({each.area for each in listed if each.pauses and each.closed is None})
    text = json.dumps(held) if held else ""
    if text != (tx.setting(f"paused:{name}") or ""):
        tx.set(f"paused:{name}", text)
        pausing.tell_nodes(tx, name, held, day)


def pauses(view: View, name: str) -> set[Area]:
    """The areas where nothing is started now."""
    text = view.setting(f"paused:{name}")
    return pausing.pauses(view, name) | {(variable, value) for variable, value in json.loads(text or "[]")}


def _add(house: House, name: str, made: Incident, tx: Tx) -> Incident:
    listed = _register(house, name, tx)
    if len(listed) >= MOST:
        raise Unclear("full", f"the register of {name} holds {MOST}; this is no longer a case for a register")
    made = replace(made, id=len(listed) + 1)
    _keep(house, name, [*listed, made], made.day, tx)
    tx.note(made.day, f"incident {made.id} of {name} registered{', area paused' if made.pauses else ''} by {made.by}")
    return made


def _close(house: House, name: str, number: int, day: int, by: str, tx: Tx) -> Incident:
    listed = _register(house, name, tx)
    found = next((each for each in listed if each.id == number and each.closed is None), None)
    if found is None:
        raise Unclear("number", f"there is no open incident {number} of {name}")
    over = replace(found, closed=day)
    _keep(house, name, [over if each.id == number else each for each in listed], day, tx)
    tx.note(day, f"incident {number} of {name} closed by {by}")
    return over


def _about(name: str) -> bytes:
    return f"incidents|{name}".encode()
