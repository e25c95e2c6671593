"""Conversations that can go on: one open per (her number, our number), resting ones beside it.

Rule 1: the row dies with the conversation, and its times with it; one that rests keeps them until its `lapse_at`, which
whoever lets it rest has to give.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from consult.store import StoreError
from consult.store.late import Late
from consult.store.people import ADDRESS, KEY, to_address, to_key
from consult.store.records import FARTHEST, Caller, Hearing, SessionRow
from consult.store.rows import Changes, Row, Rows, truths
from consult.store.schema import SESSIONS

_OPEN: Final = SESSIONS.select("WHERE address = ? AND ours = ? AND resting = 0")
_BY_ID: Final = SESSIONS.select("WHERE id = ?")
_LATEST: Final = SESSIONS.select(
    "WHERE address = ? AND ours = ? AND consultation = ? ORDER BY resting, id DESC LIMIT 1"
)
_OF_PERSON: Final = SESSIONS.select("WHERE person = ? AND consultation = ? ORDER BY resting, id DESC LIMIT 1")
_AT: Final = SESSIONS.select("WHERE address = ? ORDER BY resting, id DESC")
_OF: Final = SESSIONS.select("WHERE consultation = ? ORDER BY id")
_DUE: Final = SESSIONS.select(
    "WHERE id IN (SELECT id FROM (SELECT id FROM sessions WHERE remind_at <= ? ORDER BY remind_at LIMIT ?) AS a "
    "UNION SELECT id FROM (SELECT id FROM sessions WHERE lapse_at <= ? ORDER BY lapse_at LIMIT ?) AS b "
    "UNION SELECT id FROM (SELECT id FROM sessions WHERE lapse_at > ? ORDER BY lapse_at LIMIT ?) AS c) "
    "ORDER BY coalesce(remind_at, lapse_at), id LIMIT ?"
)
_ADD: Final = SESSIONS.insert("id")
_SAVE: Final = (
    "UPDATE sessions SET version = ?, round = ?, channel = ?, carrier = ?, frame = ?, state = ?, heard_at = ?, "
    "asked_at = ?, owes = ?, remind_at = ?, lapse_at = ?, campaign = ? WHERE id = ? AND resting = ?"
)
# The casts tell PostgreSQL what a column of nothing but NULL is.
_GO_ON: Final = Late(
    "UPDATE sessions SET version = v.column1, round = v.column2, channel = v.column3, carrier = v.column4, "
    "frame = v.column5, state = v.column6, heard_at = v.column7, asked_at = v.column8, owes = v.column9, "
    "remind_at = CAST(v.column10 AS BIGINT), lapse_at = CAST(v.column11 AS BIGINT), "
    "campaign = CAST(v.column12 AS BIGINT) FROM (",
    14,
    ") AS v WHERE id = v.column13 AND resting = v.column14",
)
_REST: Final = "UPDATE sessions SET resting = ? WHERE id = ?"


# All that an inbound message has to know first: one statement costs half of what three do.
_KNOWN: Final = ", ".join((*ADDRESS, *(f"s.{name}" for name in SESSIONS.names()), *(f"k.{name}" for name in KEY)))
_COUNTED: Final = (
    "(SELECT count(*) FROM outbox o WHERE o.address = a.id), "
    "EXISTS (SELECT 1 FROM outbox o WHERE o.session = s.id AND o.state = 'queued' AND o.kind = 'reply')"
)
_BESIDE: Final = (
    ") AS w JOIN addresses a ON a.mark = w.column1 LEFT JOIN numbers n ON n.id = a.number "
    "LEFT JOIN sessions s ON s.address = a.id AND s.ours = w.column2 AND s.resting = 0 "
    "LEFT JOIN keys k ON k.person = s.person AND k.consultation = s.consultation AND k.here = 1"
)
CALLERS: Final = Late(f"SELECT {_KNOWN}, {_COUNTED}, w.column2 FROM (", 2, _BESIDE)  # of (index, ours)
_CALLER: Final = CALLERS.sql(1)
_SESSION: Final = slice(len(ADDRESS), len(ADDRESS) + len(SESSIONS.columns))
_KEY: Final = slice(_SESSION.stop, _SESSION.stop + len(KEY))


def to_caller(row: Row) -> Caller:
    talks = row[_SESSION.start] is not None
    return Caller(to_address(row[: len(ADDRESS)]), to_session(row[_SESSION]) if talks else None, row[-2] == 1)


def to_session(row: Row) -> SessionRow:
    return SessionRow(*truths(row, 13, 14))


class ConversationsView(Rows):
    __slots__ = ()

    def caller(self, index: bytes, ours: str) -> Caller | None:
        return self._get(to_caller, _CALLER, index, ours)

    def open_session(self, address: int, ours: str) -> SessionRow | None:
        return self._get(to_session, _OPEN, address, ours)

    def session(self, id: int) -> SessionRow | None:
        return self._get(to_session, _BY_ID, id)

    def latest_session(self, address: int, ours: str, consultation: str) -> SessionRow | None:
        return self._get(to_session, _LATEST, address, ours, consultation)

    def session_of(self, person: int, consultation: str) -> SessionRow | None:
        return self._get(to_session, _OF_PERSON, person, consultation)

    def sessions_at(self, address: int) -> list[SessionRow]:
        return self._all(to_session, _AT, address)

    def sessions_of(self, consultation: str) -> list[SessionRow]:
        return self._all(to_session, _OF, consultation)

    def due_sessions(self, at: int, limit: int = 100) -> list[SessionRow]:
        return self._all(to_session, _DUE, at, limit, at, limit, at + FARTHEST, limit, limit)


class ConversationsTx(Changes, ConversationsView):
    __slots__ = ()

    def open(self, session: SessionRow) -> SessionRow:
        """A new conversation. Raises StoreError if one is open for (address, ours) and this one does not rest."""
        try:
            return replace(session, id=self._given(_ADD, *_values(session)))
        except self._connection.IntegrityError as error:
            raise self._refused(session, error) from error

    def caller(self, index: bytes, ours: str) -> Caller | None:
        row = self._caller(Hearing(index, ours))
        if row and row[0] in self._commit.touched:
            row = self._execute(_CALLER, (index, ours)).fetchone()
        if row is None:
            return None
        caller = to_caller(row)
        self._commit.seen["messages to", caller.address.id] = row[-3]
        if caller.session:
            self._look(caller.session, caller.waits, row[_KEY])
        return caller

    def _caller(self, hearing: Hearing) -> Row | None:
        """As it was read when the commit began, where nothing of hers changed since; used once."""
        ahead = self._commit.ahead
        if hearing in ahead:
            row = ahead.pop(hearing)
            if row is None or row[0] not in self._commit.moved:
                return row
        found: Row | None = self._aside(_CALLER, hearing).fetchone()
        return found

    def _look(self, session: SessionRow, waits: bool, key: Row) -> None:
        """What goes with an open conversation, and will be asked for next."""
        seen = self._commit.seen
        seen["open", session.id] = True
        seen["key", session.person, session.consultation] = to_key(key) if key[0] is not None else None
        if not waits:
            seen["nothing waits", session.id] = True

    def save(self, session: SessionRow) -> None:
        """All but whose it is. Raises StoreError when it was closed since, or would be the second open one."""
        if not session.resting and ("open", session.id) in self._commit.seen:
            self._later(_GO_ON, session.id, _progress(session))
            self._commit.touch(session.address)
            return
        if self._change(_SAVE, *_progress(session)):
            return
        try:
            changed = self._change(_REST, int(session.resting), session.id)
        except self._connection.IntegrityError as error:
            raise self._refused(session, error) from error
        if not changed:
            raise StoreError(f"session {session.id} is closed; open a new one", refused=True)
        self._change(_SAVE, *_progress(session))

    def close(self, session: int) -> None:
        if found := self._one("SELECT length(state) FROM sessions WHERE id = ?", session):
            self._change("UPDATE sessions SET state = ? WHERE id = ?", bytes(found[0]), session)
            self._change("DELETE FROM sessions WHERE id = ?", session)

    def _refused(self, session: SessionRow, error: Exception) -> StoreError:
        if self._connection.twice(error):
            return StoreError(
                f"a session is open for address {session.address} and {session.ours}; close it or let it rest",
                refused=True,
            )
        return StoreError(
            f"the session names what is not kept ({error}); add the address, person or campaign first", refused=True
        )


def _values(s: SessionRow) -> Row:
    return (
        *(s.address, s.ours, s.person, s.consultation, s.version, s.round, s.channel, s.carrier, s.frame),
        *(s.state, s.heard_at, s.asked_at, int(s.resting), int(s.owes), s.remind_at, s.lapse_at, s.campaign),
    )


def _progress(s: SessionRow) -> Row:
    return (
        *(s.version, s.round, s.channel, s.carrier, s.frame, s.state, s.heard_at, s.asked_at, int(s.owes)),
        *(s.remind_at, s.lapse_at, s.campaign, s.id, int(s.resting)),
    )
