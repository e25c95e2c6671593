"""A plan done, in batches, each in one transaction; and undone, as long as nobody was written to.

Rule 1: killed anywhere, the same file applied again goes on under the same import, so that one undo takes it all back.
Rule 2: every number is looked up again inside the transaction: two imports at once add nobody twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Final

from consult import numbers
from consult.consultation.kinds import shown
from consult.contacts.planning import Plan, chunks, published, standing
from consult.contacts.reading import DIGITS, Contact
from consult.contacts.sheets import ContactsError
from consult.house import House
from consult.letters import seal_number
from consult.library import day_of
from consult.store import Tx, View
from consult.store.records import Enrolment, Import

CONSENTED: Final = ("in_person", "telephone", "paper", "membership", "partner")  # how they agreed to be written to
LONGEST_GROUP: Final = 40  # signs
_TERMS: Final = "import-terms:{}"  # setting
BUCKET = 64  # bytes: segments are padded before they are sealed, so that their length tells little


@dataclass(frozen=True, slots=True)
class _Ready:
    """A contact as it is kept, made before the transaction."""

    index: bytes
    sealed: bytes
    zone: str
    locale: str
    segments: bytes


@dataclass(frozen=True, slots=True)
class Terms:
    """What is kept of a list as a whole: how its people agreed to be written to (one of CONSENTED, "" not said), and
    what they are called as a group, for whoever reads the list of imports. Raises ContactsError."""

    consented: str = ""
    group: str = ""

    def __post_init__(self) -> None:
        if self.consented and self.consented not in CONSENTED:
            raise ContactsError(f"how they agreed is one of {', '.join(CONSENTED)}", "consented")
        if len(self.group) > LONGEST_GROUP or shown(self.group) != self.group or DIGITS.search(self.group):
            raise ContactsError(f"a group has a name of at most {LONGEST_GROUP} signs, without numbers", "group")


def apply(
    house: House,
    plan: Plan,
    at: int,
    progress: Callable[[int, int], None] | None = None,
    *,
    terms: Terms | None = None,
) -> int:
    """Enrol the plan's contacts; the import's id. `progress(done, all)` is called after each write.

    Broken off, it goes on where it was: plan the file again and apply that. Raises ContactsError, StoreError.
    """
    published(house, plan.consultation)
    id = house.store.write(partial(_import, plan, terms or Terms(), day_of(at)))
    done = added = 0
    for chunk in chunks(plan.contacts):
        ready = [_ready(house, contact) for contact in chunk]
        added += house.store.write(partial(_enrol, plan.consultation, id, ready))
        done += len(chunk)
        if progress:
            progress(done, len(plan.contacts))
    if added:
        house.store.write(lambda tx: tx.note(day_of(at), f"import {id}: enrolled {added} in {plan.consultation}"))
    return id


def _import(plan: Plan, terms: Terms, day: int, tx: Tx) -> int:
    """The import of this file: the one that was begun, unless it was undone."""
    known = tx.setting(f"import:{plan.mark}")
    for one in tx.imports(plan.consultation):
        if known == str(one.id) and not one.undone:
            return one.id
    id = tx.add_import(Import(0, plan.consultation, day, plan.new))
    tx.set(f"import:{plan.mark}", str(id))
    tx.set(_TERMS.format(id), json.dumps(asdict(terms), ensure_ascii=False))
    return id


def terms_of(view: View, id: int) -> Terms:
    """As the import of this number was told."""
    kept = view.setting(_TERMS.format(id))
    return Terms(**json.loads(kept)) if kept else Terms()


def _ready(house: House, contact: Contact) -> _Ready:
    index = house.vault.index(contact.number)
    return _Ready(
        index=index,
        sealed=seal_number(house.vault, index, contact.number),
        zone=numbers.zone(contact.number),
        locale=contact.locale,
        segments=house.vault.seal(_padded(dict(contact.segments)), b"segments") if contact.segments else b"",
    )


def _padded(segments: dict[str, str]) -> bytes:
    plain = json.dumps(segments, sort_keys=True).encode()
    return plain.ljust(-(-len(plain) // BUCKET) * BUCKET)  # JSON ignores blanks at its end


def _enrol(name: str, imported: int, chunk: Sequence[_Ready], tx: Tx) -> int:
    """How many were enrolled: her number may have been enrolled, or have said STOP, since the plan was made."""
    return sum(_enrol_one(name, imported, ready, tx) for ready in chunk if standing(tx, name, ready.index) == "new")


def _enrol_one(name: str, imported: int, ready: _Ready, tx: Tx) -> bool:
    address = tx.address(ready.index) or tx.add_address(ready.index, ready.sealed, ready.zone)
    people = tx.people_at(address.id, address.generation)
    person = people[0] if people else tx.add_person(address.id, 0, address.generation)
    tx.enrol(Enrolment(person.id, name, "enrolled", ready.locale, ready.segments, imported=imported))
    return True


def undo(house: House, import_id: int, name: str | None = None) -> int:
    """Take an import back: how many went. Whoever was invited or wrote stays. `name`: it must be of this consultation.

    Raises ContactsError.
    """
    names = {name} if name else {published.name for published in house.store.read(lambda view: view.editions())}
    known = house.store.read(lambda view: [one for name in names for one in view.imports(name)])
    if all(one.id != import_id for one in known):
        raise ContactsError(f"there is no import {import_id}; consult contacts list shows them", "import")
    gone = house.store.write(lambda tx: tx.undo_import(import_id))
    house.store.scrub()
    return gone
