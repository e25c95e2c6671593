"""Drafts in the store: begun, kept with each change, undone and redone, and written by two people at once.

Rule 1: what was sent is laid on what stands now: of the fields somebody changed since her page was made, only those
that others changed too are in question. Those stay as they stand, and both are told.
Rule 2: undoing steps to the version this one was made from, redoing to the newest made from it. The last `KEPT`
versions stay.
Rule 3: a name is begun once; whoever begins it is its facilitator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from consult.accounts import NotAllowed
from consult.accounts.members import DAY, changed, note
from consult.accounts.roles import Right, may
from consult.consultation import Consultation, read, write
from consult.drafts.fields import Unkept, flat, taken
from consult.house import House
from consult.store import Tx, View
from consult.store.members import Grant
from consult.store.records import Draft
from consult.translations import writers
from consult.translations.strings import fields

KEPT: Final = 200  # versions of a draft
Change = Callable[[Consultation], Consultation]


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that two people wrote: what stands, and what came later."""

    field: str
    stands: str
    yours: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What stands after a change. `clashes`: fields that were left as others wrote them, `theirs` the last of these
    (account)."""

    draft: Draft
    unkept: tuple[Unkept, ...] = ()
    clashes: tuple[Clash, ...] = ()
    theirs: int = 0


@lru_cache(maxsize=256)
def opened(toml: str) -> Consultation:
    """A draft as values. What `keep` wrote can always be read."""
    return read(toml)


def begin(house: House, whole: Consultation, by: int, at: int) -> Draft:
    """The first version. Raises NotAllowed("draft name") for a name that is somebody's, consultation.Refused."""
    toml = write(opened(write(whole)))

    def work(tx: Tx) -> Draft:
        mine = may(tx.grants(by), Right.DESIGN, whole.name)
        if tx.draft(whole.name) or (tx.published(whole.name) and not mine) or (_granted(tx, whole.name) and not mine):
            raise NotAllowed("draft name")
        if not mine:
            tx.grant(Grant(by, "facilitator", whole.name))
            changed(tx, by, at)
        note(tx, at, by, f"began the draft of {whole.name}")
        draft = tx.keep_draft(Draft(whole.name, 0, 0, by, at // DAY, toml))
        _keep_writers(tx, draft, dict.fromkeys(fields(opened(toml)), by))
        return draft

    return house.store.write(work)


def _granted(view: View, name: str) -> bool:
    """Whether anybody has a role in it; such a name was meant for somebody."""
    return any(each.consultation == name for account in view.accounts() for each in view.grants(account.id))


def save(house: House, name: str, base: int, given: Mapping[str, str], then: Change, by: int, at: int) -> Kept:
    """Lay these fields on what stands, then do `then`. `base`: the version whose page they were written on.

    Raises LookupError where there is no such draft, consultation.Refused where it would be larger than one may be.
    """

    def work(tx: Tx) -> Kept:
        standing = standing_of(tx, name)
        before = standing if base == standing.number else tx.draft(name, base)
        whole = opened(standing.toml)
        laid, clashes = _merged(flat(whole), flat(opened(before.toml)) if before else {}, given)
        whole, unkept = taken(whole, laid)
        return Kept(_keep(tx, standing, then(whole), by, at), unkept, clashes, standing.by)

    return house.store.write(work)


def _merged(
    stands: Mapping[str, str], before: Mapping[str, str], given: Mapping[str, str]
) -> tuple[dict[str, str], tuple[Clash, ...]]:
    """What is to be laid on what stands, and what both changed."""
    mine = {field: _same_ends(text) for field, text in given.items() if field in stands}
    mine = {field: text for field, text in mine.items() if text != before.get(field) and text != stands[field]}
    both = [field for field in mine if stands[field] != before.get(field)]
    clashes = tuple(Clash(field, stands[field], mine[field]) for field in both)
    return {field: text for field, text in mine.items() if field not in both}, clashes


def _same_ends(text: str) -> str:
    """Browsers send line ends of two characters."""
    return text.replace("\r\n", "\n").strip()


def replace_all(house: House, name: str, whole: Consultation, by: int, at: int) -> Draft:
    """Another definition in place of this one, as its next version. Raises LookupError."""
    return house.store.write(lambda tx: _keep(tx, standing_of(tx, name), whole, by, at))


def step(house: House, name: str, way: Literal["undo", "redo"]) -> Draft:
    """What stands then. Where there is nothing to undo or redo, it is what stood. Raises LookupError."""

    def work(tx: Tx) -> Draft:
        standing = standing_of(tx, name)
        to = standing.before if way == "undo" else tx.draft_after(name, standing.number) or 0
        found = tx.draft(name, to)
        if found:
            tx.stand_draft(name, to)
        return found or standing

    return house.store.write(work)


def steps(view: View, draft: Draft) -> tuple[bool, bool]:
    """Whether there is something to undo, and to redo."""
    return view.draft(draft.name, draft.before) is not None, view.draft_after(draft.name, draft.number) is not None


def standing_of(view: View, name: str) -> Draft:
    """The version that stands. Raises LookupError."""
    found = view.draft(name)
    if found is None:
        raise LookupError(f"no draft {name!r}")
    return found


def _keep(tx: Tx, standing: Draft, whole: Consultation, by: int, at: int) -> Draft:
    toml = write(whole)
    if toml == standing.toml:
        return standing
    now, before = opened(toml), opened(standing.toml)  # what could not be read again is not kept
    wrote = writers.carried(writers.of(tx, standing, before), fields(before), fields(now), by)
    kept = tx.keep_draft(Draft(standing.name, 0, standing.number, by, at // DAY, toml))
    _keep_writers(tx, kept, wrote)
    tx.drop_drafts(kept.name, kept.number - KEPT)
    tx.drop_writers(kept.name, kept.number - KEPT)
    return kept


def _keep_writers(tx: Tx, draft: Draft, wrote: writers.Writers) -> None:
    tx.keep_writers(draft.name, draft.number, writers.packed(wrote))
