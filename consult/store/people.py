"""Numbers, the voices behind them, their places in consultations and their keys.

Rule 1: a sealed number and a key are overwritten with zeros where they stand; the rows stay (`schema`, rule 2).
Rule 2: `erase` is the only way out of the house, and takes everything of every voice of the number but the journal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from consult.store import StoreError, schema
from consult.store.episodes import EpisodesTx
from consult.store.fieldwork import Visitor
from consult.store.late import Late
from consult.store.moderating import ModeratingTx
from consult.store.recordings import RecordingsTx
from consult.store.records import Address, Enrolment, KeyRow, Person
from consult.store.rows import Row, Rows, truths

ADDRESS: Final = ("a.id", "a.mark", "n.sealed", "a.generation", "a.zone", "a.locale", "a.stopped", "a.dead", "a.flags")
_ADDRESS: Final = " ".join(("SELECT", ", ".join(ADDRESS), "FROM addresses a LEFT JOIN numbers n ON n.id = a.number "))
_BY_MARK: Final = _ADDRESS + "WHERE a.mark = ?"
_OF: Final = _ADDRESS + "WHERE a.id = ?"
ADDRESSES: Final = Late(_ADDRESS + "WHERE a.id IN (", 1, ")")
_PERSON: Final = schema.PEOPLE.select("WHERE id = ?")
_SHARING: Final = (
    "SELECT p.id FROM people p JOIN addresses a ON a.id = p.address WHERE ' ' || a.flags || ' ' LIKE '% voices %'"
)
_PEOPLE_AT: Final = schema.PEOPLE.select("WHERE address = ? AND generation = ? ORDER BY slot")
_ENROLMENT: Final = schema.ENROLMENTS.select("WHERE person = ? AND consultation = ?")
_ENROLMENTS: Final = schema.ENROLMENTS.select("WHERE consultation = ? ORDER BY person")
_IMPORTED: Final = schema.ENROLMENTS.select("WHERE consultation = ? AND imported = ? ORDER BY person")
_WAITING: Final = (
    "SELECT person FROM enrolments WHERE consultation = ? AND frame = 'enrolled' AND state = 'waiting' AND person > ? "
    "ORDER BY person LIMIT ?"
)
_HOW_MANY: Final = "SELECT count(*) FROM enrolments WHERE consultation = ? AND frame = 'enrolled' AND state = 'waiting'"
_ENROL: Final = schema.ENROLMENTS.upsert()
KEY: Final = ("person", "consultation", "wrapped", "live", "lives", "id")
_KEY: Final = " ".join(("SELECT", ", ".join(KEY), "FROM keys "))
_KEY_OF: Final = _KEY + "WHERE person = ? AND consultation = ? AND here = 1"
_KEYS: Final = _KEY + "WHERE consultation = ? AND here = 1 ORDER BY person"
_ADD_KEY: Final = "INSERT INTO keys (person, consultation, wrapped, live, lives, here) VALUES (?, ?, ?, ?, ?, 1)"


def to_address(row: Row) -> Address:
    return Address(row[0], row[1], row[2] or b"", row[3], row[4], row[5], row[6], row[7] == 1, row[8])


def to_enrolment(row: Row) -> Enrolment:
    return Enrolment(*truths(row, 7))


def to_key(row: Row) -> KeyRow:
    return KeyRow(row[0], row[1], row[2], row[3] if row[4] else None)


class PeopleView(Rows):
    __slots__ = ()

    def address(self, index: bytes) -> Address | None:
        return self._get(to_address, _BY_MARK, index)

    def address_of(self, id: int) -> Address | None:
        return self._get(to_address, _OF, id)

    def person(self, id: int) -> Person | None:
        return self._get(_to_person, _PERSON, id)

    def sharing(self) -> frozenset[int]:
        return frozenset(self._all(_first, _SHARING))

    def people_at(self, address: int, generation: int) -> list[Person]:
        return self._all(_to_person, _PEOPLE_AT, address, generation)

    def enrolment(self, person: int, consultation: str) -> Enrolment | None:
        return self._get(to_enrolment, _ENROLMENT, person, consultation)

    def enrolments(self, consultation: str, imported: int | None = None) -> Iterator[Enrolment]:
        if imported is None:
            return self._stream(to_enrolment, _ENROLMENTS, consultation)
        return self._stream(to_enrolment, _IMPORTED, consultation, imported)

    def waiting(self, consultation: str, after: int = 0, limit: int = 100) -> list[int]:
        return self._all(_first, _WAITING, consultation, after, limit)

    def how_many_wait(self, consultation: str) -> int:
        row = self._one(_HOW_MANY, consultation)
        return int(row[0]) if row else 0

    def key(self, person: int, consultation: str) -> KeyRow | None:
        return self._get(to_key, _KEY_OF, person, consultation)

    def keys(self, consultation: str) -> Iterator[KeyRow]:
        return self._stream(to_key, _KEYS, consultation)


class PeopleTx(RecordingsTx, EpisodesTx, ModeratingTx, PeopleView):
    __slots__ = ()

    def address_of(self, id: int) -> Address | None:
        seen, place = self._commit.seen, ("address", id)
        found: Address | None = seen[place] if place in seen else super().address_of(id)
        return found

    def key(self, person: int, consultation: str) -> KeyRow | None:
        seen, place = self._commit.seen, ("key", person, consultation)
        found: KeyRow | None = seen[place] if place in seen else super().key(person, consultation)
        return found

    def add_address(self, index: bytes, sealed: bytes, zone: str) -> Address:
        number = self._number(sealed)
        id = self._given(
            "INSERT INTO addresses (mark, number, generation, zone, locale, dead, flags) "
            "VALUES (?, ?, 0, ?, '', 0, '')",
            *(index, number, zone),
        )
        return Address(id, index, sealed, 0, zone)

    def update_address(self, address: Address) -> None:
        number = self._renumber(address)
        self._change(
            "UPDATE addresses SET number = ?, generation = ?, zone = ?, locale = ?, stopped = ?, dead = ?, flags = ? "
            "WHERE id = ?",
            *(number, address.generation, address.zone, address.locale, address.stopped, int(address.dead)),
            *(address.flags, address.id),
        )

    def add_person(self, address: int, slot: int, generation: int) -> Person:
        id = self._given(schema.PEOPLE.insert("id"), address, slot, generation)
        return Person(id, address, slot, generation)

    def enrol(self, enrolment: Enrolment) -> None:
        self._change(_ENROL, *_from_enrolment(enrolment))

    def unenrol(self, person: int, consultation: str) -> None:
        """Her sealed segments are overwritten before the row goes."""
        if found := self.enrolment(person, consultation):
            blank = "UPDATE enrolments SET segments = ? WHERE person = ? AND consultation = ?"
            self._change(blank, bytes(len(found.segments)), person, consultation)
            self._change("DELETE FROM enrolments WHERE person = ? AND consultation = ?", person, consultation)
        self._change("DELETE FROM costs WHERE person = ? AND consultation = ?", person, consultation)

    # ---- keys

    def put_key(self, key: KeyRow) -> None:
        live = bytes(len(key.wrapped)) if key.live is None else key.live  # room for one that comes later
        if found := self._one(_KEY_OF, key.person, key.consultation):
            if (len(found[2]), len(found[3])) == (len(key.wrapped), len(live)):
                sql = "UPDATE keys SET wrapped = ?, live = ?, lives = ? WHERE id = ?"
                self._change(sql, key.wrapped, live, int(key.live is not None), found[5])
                return
            self._destroy_key(found)
        self._change(_ADD_KEY, key.person, key.consultation, key.wrapped, live, int(key.live is not None))

    def forget_live(self, person: int, consultation: str) -> None:
        if found := self._one(_KEY_OF, person, consultation):
            self._change("UPDATE keys SET live = ?, lives = 0 WHERE id = ?", bytes(len(found[3])), found[5])

    def _destroy_key(self, found: Row) -> None:
        _, _, wrapped, live, _, id = found
        sql = "UPDATE keys SET wrapped = ?, live = ?, lives = 0, here = 0 WHERE id = ?"
        self._change(sql, bytes(len(wrapped)), bytes(len(live)), id)

    # ---- erasure

    def erase(self, address: int) -> list[int]:
        """Forget a number (see `Tx.erase`). Raises StoreError when there is none of this id."""
        if not (found := self.address_of(address)):
            raise StoreError(f"there is no address {address}; look it up again", refused=True)
        people = self._all(_first, "SELECT id FROM people WHERE address = ? ORDER BY id", address)
        for person in people:
            self._erase_person(person)
        self._erase_talk(address)
        self._renumber(Address(address, found.index, b"", 0, ""))
        self._change(
            "UPDATE addresses SET number = NULL, generation = generation + 1, locale = '', flags = '' WHERE id = ?",
            address,
        )
        return people

    def _erase_person(self, person: int) -> None:
        for found in self._all(tuple, _KEY + "WHERE person = ? AND here = 1", person):
            self._destroy_key(found)
        for (consultation,) in self._all(tuple, "SELECT consultation FROM enrolments WHERE person = ?", person):
            self.unenrol(person, consultation)
        self.burn_of(person)
        self.blank_texts_of(person)
        self.lose_writings_of(person)

    def forget_visitor(self, visitor: Visitor, day: int) -> None:
        self._erase_person(visitor.person)
        self._change("UPDATE visitors SET erased = ? WHERE person = ? AND erased IS NULL", day, visitor.person)

    def _erase_talk(self, address: int) -> None:
        """Conversations go; a message that is not gone is cancelled, one that is gone names nobody any more."""
        for id, size in self._all(tuple, "SELECT id, length(state) FROM sessions WHERE address = ?", address):
            self._change("UPDATE sessions SET state = ? WHERE id = ?", bytes(size), id)
            self._change("DELETE FROM sessions WHERE id = ?", id)
        for id, size in self._all(tuple, "SELECT id, length(text) FROM outbox WHERE address = ?", address):
            self._change("UPDATE outbox SET text = ? WHERE id = ?", bytes(size), id)
        self._change(
            "UPDATE outbox SET state = 'cancelled', why = 'erased', fence = fence + 1 "
            "WHERE address = ? AND state IN ('queued', 'handing', 'uncertain')",
            address,
        )
        self._change(
            "UPDATE outbox SET address = NULL, session = NULL, ref = '', text = ?, not_before = 0, expires_at = NULL, "
            "lease_until = 0, handed_at = 0 WHERE address = ?",
            *(b"", address),
        )

    # ---- numbers

    def _number(self, sealed: bytes) -> int | None:
        if not sealed:
            return None
        return self._given("INSERT INTO numbers (sealed) VALUES (?)", sealed)

    def _renumber(self, address: Address) -> int | None:
        """The row that holds the number, written in place or, where the length differs, blanked and written anew."""
        sql = "SELECT n.id, n.sealed FROM addresses a JOIN numbers n ON n.id = a.number WHERE a.id = ?"
        if not (found := self._one(sql, address.id)):
            return self._number(address.sealed)
        id, old = int(found[0]), found[1]
        if old == address.sealed:
            return id
        fits = len(old) == len(address.sealed)
        new = address.sealed if fits else bytes(len(old))
        self._change("UPDATE numbers SET sealed = ? WHERE id = ?", new, id)
        return id if fits else self._number(address.sealed)


def _to_person(row: Row) -> Person:
    return Person(*row)


def _first(row: Row) -> int:
    return int(row[0])


def _from_enrolment(e: Enrolment) -> Row:
    return (e.person, e.consultation, e.frame, e.locale, e.segments, e.state, e.imported, int(e.news))
