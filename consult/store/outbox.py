"""What we owe, and who is paying it just now.

Rule 1: a message leaves under a lease with a fence; only the holder of the newest fence may settle it.
Rule 2: the carrier's pace is a row of the database, so that any number of workers keep it together.
Rule 3: replies go before what we start.
Rule 4: a time further ahead than it can be was written by a clock that has been put right: it counts as over.
Rule 5: times of the row may move, its addressee never: an erased row matches no update of before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from consult.store.late import Late
from consult.store.people import ADDRESSES, to_address
from consult.store.records import NEWEST, Message, Stats, free, way
from consult.store.rows import Changes, Row, Rows, truths
from consult.store.schema import OUTBOX, Table, integer, real, text

# What hearing her cost, of messages that have forgotten whom they went to: money alone, neither days nor how many.
COSTS: Final = Table(
    "costs", (*integer("person"), *text("consultation"), *real("money")), key=("person", "consultation")
)
TABLES: Final = (COSTS,)

_BY_ID: Final = OUTBOX.select("WHERE id = ?")
SOME: Final = Late(OUTBOX.select("WHERE id IN ("), 1, ")")
_BY_REF: Final = OUTBOX.select("WHERE carrier = ? AND ref = ? AND ref <> '' ORDER BY id DESC LIMIT 1")
_PAYABLE: Final = (
    "SELECT id FROM outbox WHERE carrier = ? AND channel = ? AND state = 'queued' AND started = ? "
    "AND not_before <= ? ORDER BY not_before, id LIMIT ?"
)
_LAPSED: Final = OUTBOX.select(
    "WHERE state = 'handing' AND (lease_until <= ? OR lease_until > ?) ORDER BY lease_until, id LIMIT ?"
)
_UNCERTAIN: Final = OUTBOX.select("WHERE state = 'uncertain' ORDER BY lease_until, id LIMIT ?")
_TRAFFIC: Final = OUTBOX.select("WHERE address = ? ORDER BY id DESC LIMIT ?")
_UNSENT: Final = "SELECT 1 FROM outbox WHERE session = ? AND state = 'queued' AND kind = 'reply' LIMIT 1"
_REPLIES: Final = "SELECT count(*) FROM outbox WHERE address = ? AND kind = 'reply' AND not_before >= ?"
_SPENT: Final = (
    "SELECT channel, sum(segments), sum(price) FROM outbox WHERE consultation = ? GROUP BY channel ORDER BY channel"
)
_SPENT_ON: Final = (
    "SELECT (SELECT min(e.person) FROM enrolments e JOIN people p ON p.id = e.person "
    "WHERE p.address = o.address AND e.consultation = o.consultation) AS person, sum(o.price) FROM outbox o "
    "WHERE o.consultation = ? AND o.price > 0 GROUP BY o.address, o.consultation ORDER BY person"
)
_STATS: Final = "SELECT state, count(*), sum(segments), sum(price) FROM outbox WHERE consultation = ? GROUP BY state"
_OUTCOMES: Final = (
    "SELECT channel, state, why, count(*) FROM outbox WHERE consultation = ? GROUP BY channel, state, why "
    "ORDER BY channel, state, why"
)
_STATES: Final = "SELECT channel, state, count(*) FROM outbox GROUP BY channel, state ORDER BY channel, state"
_OWING: Final = "SELECT count(*), min(not_before) FROM outbox WHERE state = 'queued' AND not_before <= ?"
_OWE: Final = Late(OUTBOX.into(), len(OUTBOX.columns))
_LAST: Final = "SELECT coalesce(max(id), 0) FROM outbox"
_NEXT: Final = "the last message"  # among what a commit knows
_FREE: Final = "free at: "  # among what a commit knows
_WITHDRAW: Final = (
    "UPDATE outbox SET state = 'cancelled', text = ?, why = 'superseded' "
    "WHERE session = ? AND state = 'queued' AND kind = 'reply'"
)
_CANCEL: Final = (
    "UPDATE outbox SET state = 'cancelled', text = ?, why = 'stopped' "
    "WHERE address = ? AND state IN ('queued', 'uncertain')"
)
_RECALL: Final = (
    "UPDATE outbox SET state = 'cancelled', text = ?, why = 'retired' WHERE consultation = ? AND address IS NOT NULL "
    "AND kind IN ('reply', 'invite', 'reminder', 'redial', 'callback') AND state IN ('queued', 'uncertain')"
)
_LEASE: Final = "UPDATE outbox SET state = 'handing', fence = fence + 1, lease_until = ?, handed_at = ? WHERE id = ?"
_PACE: Final = (
    "INSERT INTO carriers (carrier, free_at, heard_at) VALUES (?, ?, 0) "
    "ON CONFLICT (carrier) DO UPDATE SET free_at = excluded.free_at"
)
_MOMENT: Final = 1e-6  # seconds
_LONGEST_LEASE: Final = 3600  # seconds
_CHANGE: Final = (
    "UPDATE outbox SET text = ?, not_before = ?, expires_at = ?, state = ?, lease_until = ?, tries = ?, ref = ?, "
    "segments = ?, price = ?, why = ?, resent = ?, handed_at = ? WHERE id = ? AND coalesce(address, 0) = ?"
)
_GONE: Final = (  # a farewell's row names nobody, and its moment and its carrier's identifier would still tell
    "(address IS NOT NULL OR ref <> '' OR not_before > 0) AND not_before < ? "
    "AND state NOT IN ('queued', 'handing', 'uncertain')"
)
_COST: Final = (
    "INSERT INTO costs (person, consultation, money) SELECT g.person, g.consultation, sum(g.price) FROM ("
    "SELECT (SELECT min(e.person) FROM enrolments e JOIN people p ON p.id = e.person "
    "WHERE p.address = o.address AND e.consultation = o.consultation) AS person, o.consultation, o.price "
    f"FROM outbox o WHERE o.price > 0 AND {_GONE}) AS g WHERE g.person IS NOT NULL GROUP BY g.person, g.consultation "
    "ON CONFLICT (person, consultation) DO UPDATE SET money = costs.money + excluded.money"
)
_FADE: Final = (
    "UPDATE outbox SET address = NULL, session = NULL, ref = '', text = ?, not_before = 0, expires_at = NULL, "
    f"lease_until = 0, handed_at = 0 WHERE {_GONE}"
)
_SETTLE: Final = _CHANGE + " AND fence = ?"


class OutboxView(Rows):
    __slots__ = ()

    def message(self, id: int) -> Message | None:
        return self._get(to_message, _BY_ID, id)

    def message_by_ref(self, carrier: str, ref: str) -> Message | None:
        return self._get(to_message, _BY_REF, carrier, ref)

    def too_many(self, address: int, since: int, most: int) -> bool:
        row = self._one(_REPLIES, address, since)
        return row is not None and int(row[0]) >= most

    def payable(self, channel: str, carrier: str, at: int, limit: int = 100) -> list[int]:
        ids = self._all(_first, _PAYABLE, carrier, channel, 0, at, limit)
        if len(ids) < limit:
            ids += self._all(_first, _PAYABLE, carrier, channel, 1, at, limit - len(ids))
        return ids

    def queued_of(self, campaign: int) -> int:
        row = self._one("SELECT count(*) FROM outbox WHERE state = 'queued' AND campaign = ?", campaign)
        return int(row[0]) if row else 0

    def overdue(self, at: int, limit: int = 100) -> list[Message]:
        lapsed = self._all(to_message, _LAPSED, at, at + _LONGEST_LEASE, limit)
        return lapsed + self._all(to_message, _UNCERTAIN, limit - len(lapsed))

    def spent(self, consultation: str) -> list[tuple[str, int, float]]:
        return self._all(_to_spent, _SPENT, consultation)

    def spent_on(self, consultation: str) -> dict[int, float]:
        spent = dict(self._all(tuple, "SELECT person, money FROM costs WHERE consultation = ?", consultation))
        for person, money in self._all(tuple, _SPENT_ON, consultation):
            if person is not None:
                spent[person] = spent.get(person, 0.0) + money
        return spent

    def stats(self, consultation: str) -> Stats:
        rows = {row[0]: row[1:] for row in self._all(tuple, _STATS, consultation)}
        count = {state: row[0] for state, row in rows.items()}
        return Stats(
            queued=count.get("queued", 0),
            handing=count.get("handing", 0),
            uncertain=count.get("uncertain", 0),
            accepted=count.get("accepted", 0) + count.get("sent", 0),
            delivered=count.get("delivered", 0),
            failed=count.get("failed", 0),
            expired=count.get("expired", 0),
            segments=sum(int(row[1]) for row in rows.values()),
            money=sum(row[2] for row in rows.values()),
        )

    def outcomes(self, consultation: str) -> list[tuple[str, str, str, int]]:
        return self._all(tuple, _OUTCOMES, consultation)

    def states(self) -> list[tuple[str, str, int]]:
        return self._all(tuple, _STATES)

    def owing(self, at: int) -> tuple[int, int | None]:
        row = self._one(_OWING, at)
        return (0, None) if row is None else (int(row[0]), row[1])

    def traffic(self, address: int, limit: int = 200) -> list[Message]:
        """The newest `limit`, oldest first."""
        return self._all(to_message, _TRAFFIC, address, limit)[::-1]


class OutboxTx(Changes, OutboxView):
    __slots__ = ()

    def owe(self, message: Message) -> int:
        row = self._asked(_NEXT, _LAST)  # no message is late before this is known
        id = 1 + (int(row[0]) if row else 0)
        self._known[_NEXT] = (id,)
        self._later(_OWE, id, (id, *_values(message)))
        self._commit.seen.pop(("messages to", message.address), None)
        self._moves(message)
        return id

    def message(self, id: int) -> Message | None:
        """Asked for again by whoever leases or settles it."""
        seen, place = self._commit.seen, ("message", id)
        if place not in seen:
            seen[place] = super().message(id)
        found: Message | None = seen[place]
        return found

    def foresee(self, ids: Sequence[int]) -> None:
        commit, seen = self._commit, self._commit.seen
        (rows,) = commit.ask([(SOME.sql(len(ids)), tuple(ids))])
        found = list(map(to_message, rows))
        seen.update((("message", each.id), each) for each in found)
        whose = tuple(sorted({each.address for each in found if each.address}))
        if not whose:
            return
        addresses, *traffic = commit.ask(
            [(ADDRESSES.sql(len(whose)), whose), *((_TRAFFIC, (id, NEWEST)) for id in whose)]
        )
        seen.update((("address", row[0]), to_address(row)) for row in addresses)
        for id, some in zip(whose, traffic, strict=True):
            seen["traffic", id] = NEWEST, [to_message(row) for row in reversed(some)]

    def traffic(self, address: int, limit: int = 200) -> list[Message]:
        seen, place = self._commit.seen, ("traffic", address)
        if place not in seen or seen[place][0] != limit:
            seen[place] = limit, super().traffic(address, limit)
        return list(seen[place][1])

    def _moves(self, message: Message) -> None:
        """What was seen of it, and of its address and conversation, holds no more."""
        self._commit.touch(message.address)
        for place in (("message", message.id), ("traffic", message.address), ("nothing waits", message.session)):
            self._commit.seen.pop(place, None)

    def too_many(self, address: int, since: int, most: int) -> bool:
        """Fewer of any kind and time were seen with the caller: then nothing has to be counted."""
        seen = self._commit.seen.get(("messages to", address), most)
        return seen >= most and super().too_many(address, since, most)

    def withdraw(self, session: int) -> int:
        """Looked for first: an UPDATE that finds nothing costs twice as much as the SELECT that says so."""
        if ("nothing waits", session) in self._commit.seen:
            return 0
        return self._change(_WITHDRAW, b"", session) if self._one(_UNSENT, session) else 0

    def cancel(self, address: int) -> int:
        """Also what is uncertain: it may have gone, but it is not sent again."""
        return self._change(_CANCEL, b"", address)

    def recall(self, consultation: str) -> int:
        return self._change(_RECALL, b"", consultation)

    def lease(self, id: int, at: int, until: int, pace: float) -> Message | None:
        """Queued and due -> handing. `pace` is in segments a second, 0 for none; `handed_at` becomes `at`.

        A whole `at` stands for its whole second: within it as many leave as the pace allows.
        """
        message = self.message(id)
        if message is None or message.state != "queued" or message.not_before > at:
            return None
        if pace > 0 and not self._in_pace(message, at, pace):
            return None
        self._moves(message)
        self._tell(_LEASE, int(until), int(at), id)
        fence, until = message.fence + 1, int(until)
        return replace(message, state="handing", fence=fence, lease_until=until, handed_at=int(at))

    def _in_pace(self, message: Message, at: float, pace: float) -> bool:
        by = way(message.channel, message.carrier)
        row = self._asked(_FREE + by, "SELECT free_at FROM carriers WHERE carrier = ?", by)
        free_at = free(row[0], at, pace) if row else 0.0
        latest = at if isinstance(at, float) else at + 1 - _MOMENT
        if free_at > latest:
            return False
        free_at = max(free_at, at) + max(message.segments, 1) / pace
        self._known[_FREE + by] = (free_at,)
        self._tell(_PACE, by, free_at)
        return True

    def settle(self, message: Message, fence: int) -> bool:
        self._moves(message)
        return self._execute(_SETTLE, (*_changeable(message), fence)).rowcount == 1

    def update_message(self, message: Message) -> None:
        self._moves(message)
        self._tell(_CHANGE, *_changeable(message))

    def fade(self, before: int) -> int:
        """Exact times die with the delivery (D15); carriers report within days, and by our id to the end."""
        self._change(_COST, before)
        return self._change(_FADE, b"", before)


def _to_spent(row: Row) -> tuple[str, int, float]:
    return str(row[0]), int(row[1]), float(row[2])


def to_message(row: Row) -> Message:
    return Message(*truths((row[0], row[1] or 0, *row[2:]), 12, 21))


def _first(row: Row) -> int:
    return int(row[0])


def _values(m: Message) -> Row:
    return (
        *(m.address or None, m.ours, m.channel, m.carrier, m.kind, m.text, m.not_before, m.expires_at),
        *(m.consultation, m.session, m.campaign, int(m.started), m.state, m.fence, m.lease_until, m.tries),
        *(m.ref, m.segments, m.price, m.why, int(m.resent), m.handed_at),
    )


def _changeable(m: Message) -> Row:
    return (
        *(m.text, m.not_before, m.expires_at, m.state, m.lease_until, m.tries, m.ref, m.segments, m.price),
        *(m.why, int(m.resent), m.handed_at, m.id, m.address),
    )
