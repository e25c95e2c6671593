"""The guardians' list: texts that a moderator flagged and early warnings, for the few who must act on them.

Rule 1: it is apart from moderating: its own right, its own role. It shows a text as masked as the moderator saw it, or
of a warning what the restricted annex tells (`consult.annex`): no number, no name, nothing else she answered.
Rule 2: what stands here is one person's, and so is shown to guardians alone; each reading is in the audit first. Early
warnings come in by two people, like the annex.
Rule 3: each ends with an outcome in words, without names or numbers, and may be tied to an incident of the register.
Rule 4: it lies sealed under her key (`hers`), and goes with her and with the consultation.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Final

from consult import annex, figures, incidents
from consult.episodes.flagging import betrays
from consult.house import House
from consult.library import day_of
from consult.moderation.batches import shown
from consult.moderation.hers import Hers
from consult.store import Tx, View
from consult.store.moderated import Flag, Writing

TEXT, WARNING = "text", "warning"
LONGEST: Final = 500  # signs of an outcome


class Unclear(Exception):
    """The outcome cannot be kept: `code` is "outcome", "incident" or "gone"."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True, slots=True)
class Item:
    """One of the list. `day` is when it came here; `text` the words, "" once their days are over; `warning` what is
    known of an early warning; `outcome` "" while it is open; `incident` of the register, 0 for none."""

    id: int
    kind: str
    day: int
    question: str
    text: str
    warning: annex.EarlyWarning | None
    outcome: str
    incident: int


def of_text(hers: Hers, row: Writing, day: int) -> Flag | None:
    """The flag of a text, to be kept; None of one who was erased."""
    return _flag(hers, TEXT, row.message, (row.person, row.id, day), {"outcome": "", "incident": 0})


def take_warnings(house: House, name: str, *, at: int, by: int) -> int:
    """Bring in the early warnings that are not here yet; how many. It is for the caller to have two people agree
    first (approval "annex"). Raises figures.NoSuch, custody.NoKey, vault.Unopenable."""
    hers, opening = Hers(house, name), figures.opened(house, name)
    made = []
    for fact, warning in annex.warnings(house, opening, at=at):
        told = {"outcome": "", "incident": 0, "warning": asdict(warning)}
        about = f"{fact.node} {fact.epoch} {fact.seq}"
        made.append(_flag(hers, WARNING, about, (fact.person, 0, day_of(at)), told))
    return house.store.write(partial(_take, name, [each for each in made if each], day_of(at), by))


def listed(house: House, name: str, *, at: int, by: int) -> list[Item]:
    """All of them, open ones first; that they were read is noted first. Raises figures.NoSuch, custody.NoKey."""
    hers = Hers(house, name)
    house.store.write(lambda tx: tx.note(day_of(at), f"the flags of {name} read by account {by}"))
    rows = house.store.read(lambda view: view.flags(name))
    items = [item for row in rows if (item := _item(hers, row))]
    return sorted(items, key=lambda each: (bool(each.outcome), each.id))


def open_ones(name: str, view: View) -> int:
    """How many wait for an outcome: a number, which opens nothing."""
    return sum(row.state == "open" for row in view.flags(name))


def flagged(house: House, name: str) -> frozenset[int]:
    """The texts that moderators flagged, by number, whatever came of it; warnings are for guardians alone."""
    return frozenset(row.writing for row in house.store.read(lambda view: view.flags(name)) if row.kind == TEXT)


def close(house: House, name: str, id: int, done: tuple[str, int], *, at: int, by: int) -> None:
    """What was done about it: words, and the incident it belongs to, 0 for none.

    Raises Unclear, figures.NoSuch, custody.NoKey.
    """
    outcome, incident = _worded(done[0]), done[1]
    if incident and incident not in {each.id for each in incidents.incidents(house, name)}:
        raise Unclear("incident", f"there is no incident {incident} of {name}; register it first")
    hers, row = Hers(house, name), house.store.read(partial(_open, name, id))
    told = hers.open(row.person, row.sealed, _about(row)) if row else None
    if row is None or told is None:
        raise Unclear("gone", "it is over already, or she has left")
    sealed = hers.seal(row.person, {**told, "outcome": outcome, "incident": incident}, _about(row))
    house.store.write(partial(_close, name, id, sealed or b"", day_of(at), by))


def _worded(outcome: str) -> str:
    outcome = " ".join(outcome.split())
    if not 0 < len(outcome) <= LONGEST:
        raise Unclear("outcome", f"say what was done in 1 to {LONGEST} signs, without names or numbers")
    if found := betrays(outcome):
        raise Unclear("outcome", f"the outcome holds a {found}; word it without")
    return outcome


def _flag(hers: Hers, kind: str, about: str, where: tuple[int, int, int], told: dict[str, Any]) -> Flag | None:
    person, writing, day = where
    name = hers.published.name
    mark = hers.house.vault.mark("flag", name, kind, about)
    row = Flag(0, mark, name, kind, person, writing, day, "open", b"")
    sealed = hers.seal(person, told, _about(row))
    return replace(row, sealed=sealed) if sealed else None


def _item(hers: Hers, row: Flag) -> Item | None:
    told = hers.open(row.person, row.sealed, _about(row))
    if told is None:
        return None
    writing = hers.house.store.read(lambda view: view.writing(row.consultation, row.writing)) if row.writing else None
    text = shown(hers, writing) if writing and writing.state != "gone" else None
    question, words = (text.question, text.text) if text else ("", "")
    return Item(row.id, row.kind, row.day, question, words, _warning(told), told["outcome"], told["incident"])


def _warning(told: dict[str, Any]) -> annex.EarlyWarning | None:
    known = told.get("warning")
    if not known:
        return None
    return annex.EarlyWarning(**{**known, "segments": tuple((str(a), str(b)) for a, b in known["segments"])})


def _about(row: Flag) -> str:
    return f"flag|{row.mark.hex()}"


# ---- in the store


def _take(name: str, made: list[Flag], day: int, by: int, tx: Tx) -> int:
    new = sum(tx.keep_flag(each) for each in made if tx.key(each.person, name))
    tx.note(day, f"{new} early warnings of {name} taken into the list of flags by account {by}")
    return new


def _open(name: str, id: int, view: View) -> Flag | None:
    return next((row for row in view.flags(name) if row.id == id and row.state == "open"), None)


def _close(name: str, id: int, sealed: bytes, day: int, by: int, tx: Tx) -> None:
    row = _open(name, id, tx)
    if row is None or not sealed:
        raise Unclear("gone", "it is over already, or she has left")
    tx.change_flag(replace(row, state="over", sealed=sealed))
    tx.note(day, f"a flag of {name} got its outcome from account {by}")
