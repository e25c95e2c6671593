"""What importing a list would do, row by row. Nothing is changed here.

Rule 1: every bad row is named with its reason, and with two digits of the number at most.
Rule 2: whoever said STOP is counted, and no row tells which of them she is.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Literal

from consult.contacts.reading import BadRow, Columns, Contact, Reason, columns
from consult.contacts.sheets import COMMAND, Bounds, ContactsError, Source, bytes_of, rows
from consult.house import House
from consult.spreadsheets import write_csv
from consult.store import View
from consult.store.records import Published

CHUNK = 200  # people looked up, or enrolled, at once

Standing = Literal["new", "same", "opted out", "gone"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying a file would do. `same` are enrolled already, `duplicate` and `empty` numbers are in `bad` too.

    `bad`: (row number as the spreadsheet shows it, reason). `contacts` are those to enrol; `mark` names the file.
    """

    consultation: str
    new: int
    same: int
    duplicate: int
    invalid: int
    empty: int
    opted_out: int
    bad: tuple[tuple[int, Reason], ...]
    ignored: tuple[str, ...]  # headings whose columns are not kept
    unspoken: int  # new ones without a language, who are written to in the first
    contacts: tuple[Contact, ...] = field(repr=False)
    mark: str = field(repr=False)


def plan(house: House, name: str, source: Source, region: str = "", bounds: Bounds = COMMAND) -> Plan:
    """What this list would do for the consultation; nothing is kept. `region` (ISO 3166) reads national numbers.

    Raises ContactsError for a file, a heading or a consultation that cannot be used.
    """
    edition = house.library.edition(published(house, name))
    found = rows(source, bounds)
    headings = next(found, (0, []))[1]
    meant = columns(headings, edition, house.library.packs, region or house.settings.country)
    good, bad, ways = _sorted_out(house, meant, found)
    stands = _standings(house, name, good)
    new = tuple(contact for contact in good if stands[contact.row] == "new")
    nobodys = Reason("the carrier says that nobody has it", "gone")
    gone = [(contact.row, nobodys) for contact in good if stands[contact.row] == "gone"]
    counts = Counter(stands.values())
    return Plan(
        consultation=name,
        new=len(new),
        same=counts["same"],
        duplicate=ways["duplicate"],
        invalid=ways["invalid"] + len(gone),
        empty=ways["empty"],
        opted_out=counts["opted out"],
        bad=tuple(sorted([*bad, *gone])),
        ignored=meant.ignored,
        unspoken=sum(not contact.locale for contact in new) if len(edition.consultation.languages) > 1 else 0,
        contacts=new,
        mark=house.vault.mark("import", name, hashlib.sha256(bytes_of(source, bounds)).digest()).hex(),
    )


def published(house: House, name: str) -> Published:
    """The newest version of the consultation. Raises ContactsError when it takes nobody."""
    published = house.store.read(lambda view: view.published(name))
    if published is None or published.retired is not None:
        raise ContactsError(f"no consultation {name!r} is published; consult publish FILE comes first", "published")
    return published


def _sorted_out(
    house: House, meant: Columns, found: Iterator[tuple[int, list[str]]]
) -> tuple[list[Contact], list[tuple[int, Reason]], Counter[str]]:
    """The good rows, the bad ones with their reasons, and how many are bad in which way."""
    carriers = (carrier for channel in house.channels.values() for carrier in channel.carriers.values())
    taken: dict[str, int] = {number: 0 for carrier in carriers for number in carrier.ours}
    good: list[Contact] = []
    bad: list[tuple[int, Reason]] = []
    ways: Counter[str] = Counter()
    for row, cells in found:
        try:
            good.append(_untaken(meant.contact(row, cells), taken))
        except BadRow as reason:
            ways[reason.way] += 1
            bad.append((row, reason.why))
    return good, bad, ways


def _untaken(contact: Contact, taken: dict[str, int]) -> Contact:
    """The contact, whose number is from now on taken by its row; ours are taken by row 0. Raises BadRow."""
    row = taken.setdefault(contact.number, contact.row)
    if not row:
        tail = contact.number[-2:]
        raise BadRow("invalid", Reason(f"our own number (ends in {tail})", "ours", tail=tail))
    if row != contact.row:
        raise BadRow("duplicate", Reason(f"the same number as row {row}", "twice", row=str(row)))
    return contact


def _standings(house: House, name: str, good: Sequence[Contact]) -> dict[int, Standing]:
    """Row -> how her number stands with this consultation now."""
    found: dict[int, Standing] = {}
    for chunk in chunks(good):
        indexes = [(contact.row, house.vault.index(contact.number)) for contact in chunk]
        found |= house.store.read(partial(_standings_of, name, indexes))
    return found


def _standings_of(name: str, indexes: list[tuple[int, bytes]], view: View) -> dict[int, Standing]:
    return {row: standing(view, name, index) for row, index in indexes}


def standing(view: View, name: str, index: bytes) -> Standing:
    """How a number stands with a consultation: "same" is enrolled already, "gone" nobody's, says the carrier."""
    address = view.address(index)
    if view.suppressed(index) or (address and (address.stopped is not None or not address.sealed)):
        return "opted out"
    if address is None:
        return "new"
    people = view.people_at(address.id, address.generation)
    if any(view.enrolment(person.id, name) for person in people):
        return "same"
    return "gone" if address.dead else "new"


# ---- the file of bad rows


def error_rows(plan: Plan) -> list[tuple[object, ...]]:
    """The bad rows and their reasons, under their headings."""
    return [("row", "reason"), *plan.bad]


def error_csv(plan: Plan, path: Path) -> None:
    """Write them where a spreadsheet can open them; no cell is a formula. Raises OSError."""
    write_csv(path, error_rows(plan))


def chunks(contacts: Sequence[Contact]) -> Iterator[Sequence[Contact]]:
    """As many as one transaction takes."""
    found = iter(contacts)
    while chunk := list(islice(found, CHUNK)):
        yield chunk
