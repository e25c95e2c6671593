"""Facts, as they arrived, and the origin that makes each of them one of its kind everywhere.

Rule 1: rows are only added; the database refuses a change.
Rule 2: (node, epoch, seq) has no gaps and no repeats: whoever reads the last number holds the database's write lock.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from consult.store import StoreError
from consult.store.late import Late
from consult.store.records import Fact
from consult.store.rows import Changes, Row, Rows
from consult.store.schema import JOURNAL, PEOPLE, SESSIONS

_AFTER: Final = JOURNAL.select("WHERE consultation = ? AND arrival > ? AND person % ? = ? ORDER BY arrival LIMIT ?")
_ORIGIN: Final = (
    "SELECT o.node, o.epoch, (SELECT coalesce(max(j.seq), 0) + 1 FROM journal j WHERE j.node = o.node "
    "AND j.epoch = o.epoch), (SELECT coalesce(max(arrival), 0) + 1 FROM journal) FROM origin o"
)
_ORIGINS: Final = (
    "SELECT node, epoch, seq FROM journal WHERE consultation = ? AND arrival <= ? ORDER BY node, epoch, seq"
)
_NEXT: Final = "the next origin"  # among what a transaction knows
_RECORD: Final = JOURNAL.insert("arrival")
_FOLLOW: Final = Late(JOURNAL.into(), len(JOURNAL.columns))  # a fact of ours with the next origin
_BETWEEN: Final = JOURNAL.select("WHERE node = ? AND epoch = ? AND seq BETWEEN ? AND ? ORDER BY seq")
_NO_LIMIT: Final = 2**62
FORGOTTEN: Final = 2**24  # more people and conversations than there can have been since a backup
PLACES: Final = 2**14  # where the counting may go on: below what tells the conversations of one node from another's


class JournalView(Rows):
    __slots__ = ()

    def facts(
        self, consultation: str, after: int = 0, limit: int | None = None, part: tuple[int, int] = (1, 0)
    ) -> Iterator[Fact]:
        return self._stream(to_fact, _AFTER, consultation, after, *part, _NO_LIMIT if limit is None else limit)

    def channels_of(self, consultation: str) -> list[str]:
        return self._all(
            _to_name, "SELECT DISTINCT channel FROM journal WHERE consultation = ? ORDER BY 1", consultation
        )

    def origins(self, consultation: str, arrival: int) -> list[tuple[str, int, int]]:
        return self._all(tuple, _ORIGINS, consultation, arrival)

    def facts_between(self, node: str, epoch: int, first: int, last: int) -> list[Fact]:
        return self._all(to_fact, _BETWEEN, node, epoch, first, last)

    def origin_node(self) -> str:
        row = self._one("SELECT node FROM origin")
        return str(row[0]) if row else ""

    def epochs_heard(self, node: str) -> list[int]:
        return self._all(_first, "SELECT DISTINCT epoch FROM journal WHERE node = ? ORDER BY epoch", node)

    def epoch(self) -> int:
        row = self._one("SELECT epoch FROM origin")
        return int(row[0]) if row else 0

    def last_arrival(self, consultation: str) -> int:
        row = self._one("SELECT max(arrival) FROM journal WHERE consultation = ?", consultation)
        return row[0] or 0 if row else 0


class JournalTx(Changes, JournalView):
    __slots__ = ()

    def origin(self) -> tuple[str, int, int]:
        row = self._asked(_NEXT, _ORIGIN)  # no fact is late before this is known
        assert row is not None
        return row[0], row[1], row[2]

    def record(self, fact: Fact) -> Fact:
        node, epoch, seq = self.origin()
        if not fact.seq:
            fact = fact._replace(node=node, epoch=epoch, seq=seq)
        if (fact.node, fact.epoch, fact.seq) != (node, epoch, seq):
            return self._admit(fact)
        arrival = self._known[_NEXT][3]
        fact = fact._replace(arrival=arrival)
        self._later(_FOLLOW, arrival, fact)
        self._known[_NEXT] = (node, epoch, seq + 1, arrival + 1)
        return fact

    def _admit(self, fact: Fact) -> Fact:
        """A fact that brings its origin."""
        self._known.pop(_NEXT)
        try:
            arrival = self._given(_RECORD, *fact[:-1])
        except self._connection.IntegrityError as error:
            raise StoreError(
                f"the origin {fact.epoch}/{fact.seq} is taken ({error}); ask for the next one", refused=True
            ) from error
        return fact._replace(arrival=arrival)

    def bring(self, fact: Fact) -> None:
        node, epoch, seq = self.origin()
        if (fact.node, fact.epoch) == (node, epoch):
            self.record(fact)
            return
        arrival = self._known[_NEXT][3]
        self._later(_FOLLOW, arrival, fact._replace(arrival=arrival))
        self._known[_NEXT] = (node, epoch, seq, arrival + 1)

    def new_epoch(self, epoch: int) -> int:
        """After a restore: numbers given since the backup may be known elsewhere, so another epoch begins.

        People and conversations also count on from far above: none of them is taken for one that is forgotten here,
        nor for one that was counted after the same backup was put back before. By how far is returned.
        """
        self._known.pop(_NEXT, None)
        above = FORGOTTEN * (1 + epoch % PLACES)
        for table in (PEOPLE, SESSIONS):
            self._connection.set_highest(table, self._connection.highest(table) + above)
        self._change("UPDATE origin SET epoch = ?", epoch)
        return above


def _to_name(row: Row) -> str:
    return str(row[0])


def to_fact(row: Row) -> Fact:
    return Fact(*row)


def _first(row: Row) -> int:
    return int(row[0])
