"""The letterbox that gammu-smsd keeps for a modem: its SQLite tables, as it reads and writes them.

The tables are smsd's wire format (schema version 17), not a store of ours: that is why SQL is spoken here.

Rule 1: what was taken is deleted here, and the log of the database is cut, so that nothing of hers lies in it longer
    than a minute after our commit. `secure_delete` overwrites the rows.
Rule 2: our outbox id stands in `CreatorID` and stays with a message on its way through smsd's tables: handing the same
    message over twice leaves one.
Rule 3: smsd neither cuts a long text nor chooses its alphabet (tried with 1.42): both come from the caller.
Rule 4: a part's text is read from its code units (`Text`): `TextDecoded` of a first part holds all parts, or not.

Source: https://docs.gammu.org/smsd/tables.html, and smsd 1.42 itself.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

VERSION: Final = 17
PATIENCE: Final = 5.0  # seconds to wait for smsd's own transaction
AT_ONCE: Final = 500  # rows of a reading
OURS: Final = "consult:"

_CODINGS: Final = (
    "'Default_No_Compression', 'Unicode_No_Compression', '8bit', 'Default_Compression', 'Unicode_Compression'"
)
_NOW: Final = "datetime('now')"  # UTC
_TABLES: Final = (
    "CREATE TABLE gammu (Version INTEGER PRIMARY KEY NOT NULL)",
    f"INSERT INTO gammu VALUES ({VERSION})",
    f"""CREATE TABLE inbox (
        UpdatedInDB NUMERIC NOT NULL DEFAULT ({_NOW}), ReceivingDateTime NUMERIC NOT NULL DEFAULT ({_NOW}),
        Text TEXT NOT NULL, SenderNumber TEXT NOT NULL DEFAULT '',
        Coding TEXT NOT NULL DEFAULT 'Default_No_Compression' CHECK (Coding IN ({_CODINGS})), UDH TEXT NOT NULL,
        SMSCNumber TEXT NOT NULL DEFAULT '', Class INTEGER NOT NULL DEFAULT -1, TextDecoded TEXT NOT NULL DEFAULT '',
        ID INTEGER PRIMARY KEY AUTOINCREMENT, RecipientID TEXT NOT NULL, Processed TEXT NOT NULL DEFAULT 'false',
        Status INTEGER NOT NULL DEFAULT -1)""",
    f"""CREATE TABLE outbox (
        UpdatedInDB NUMERIC NOT NULL DEFAULT ({_NOW}), InsertIntoDB NUMERIC NOT NULL DEFAULT ({_NOW}),
        SendingDateTime NUMERIC NOT NULL DEFAULT ({_NOW}), SendBefore TIME NOT NULL DEFAULT '23:59:59',
        SendAfter TIME NOT NULL DEFAULT '00:00:00', Text TEXT, DestinationNumber TEXT NOT NULL DEFAULT '',
        Coding TEXT NOT NULL DEFAULT 'Default_No_Compression' CHECK (Coding IN ({_CODINGS})), UDH TEXT,
        Class INTEGER DEFAULT -1, TextDecoded TEXT NOT NULL DEFAULT '', ID INTEGER PRIMARY KEY AUTOINCREMENT,
        MultiPart TEXT NOT NULL DEFAULT 'false', RelativeValidity INTEGER DEFAULT -1, SenderID TEXT,
        SendingTimeOut NUMERIC NOT NULL DEFAULT ({_NOW}), DeliveryReport TEXT DEFAULT 'default',
        CreatorID TEXT NOT NULL, Retries INTEGER DEFAULT 0, Priority INTEGER DEFAULT 0,
        Status TEXT NOT NULL DEFAULT 'Reserved', StatusCode INTEGER NOT NULL DEFAULT -1)""",
    "CREATE INDEX outbox_date ON outbox (SendingDateTime, SendingTimeOut)",
    f"""CREATE TABLE outbox_multipart (
        Text TEXT, Coding TEXT NOT NULL DEFAULT 'Default_No_Compression' CHECK (Coding IN ({_CODINGS})), UDH TEXT,
        Class INTEGER DEFAULT -1, TextDecoded TEXT, ID INTEGER, SequencePosition INTEGER NOT NULL DEFAULT 1,
        Status TEXT NOT NULL DEFAULT 'Reserved', StatusCode INTEGER NOT NULL DEFAULT -1,
        PRIMARY KEY (ID, SequencePosition))""",
    f"""CREATE TABLE phones (
        ID TEXT NOT NULL, UpdatedInDB NUMERIC NOT NULL DEFAULT ({_NOW}),
        InsertIntoDB NUMERIC NOT NULL DEFAULT ({_NOW}), TimeOut NUMERIC NOT NULL DEFAULT ({_NOW}),
        Send TEXT NOT NULL DEFAULT 'no', Receive TEXT NOT NULL DEFAULT 'no', IMEI TEXT PRIMARY KEY NOT NULL,
        IMSI TEXT NOT NULL, NetCode TEXT DEFAULT 'ERROR', NetName TEXT DEFAULT 'ERROR', Client TEXT NOT NULL,
        Battery INTEGER NOT NULL DEFAULT -1, Signal INTEGER NOT NULL DEFAULT -1, Sent INTEGER NOT NULL DEFAULT 0,
        Received INTEGER NOT NULL DEFAULT 0)""",
    f"""CREATE TABLE sentitems (
        UpdatedInDB NUMERIC NOT NULL DEFAULT ({_NOW}), InsertIntoDB NUMERIC NOT NULL DEFAULT ({_NOW}),
        SendingDateTime NUMERIC NOT NULL DEFAULT ({_NOW}), DeliveryDateTime NUMERIC, Text TEXT NOT NULL,
        DestinationNumber TEXT NOT NULL DEFAULT '',
        Coding TEXT NOT NULL DEFAULT 'Default_No_Compression' CHECK (Coding IN ({_CODINGS})), UDH TEXT NOT NULL,
        SMSCNumber TEXT NOT NULL DEFAULT '', Class INTEGER NOT NULL DEFAULT -1, TextDecoded TEXT NOT NULL DEFAULT '',
        ID INTEGER, SenderID TEXT NOT NULL, SequencePosition INTEGER NOT NULL DEFAULT 1,
        Status TEXT NOT NULL DEFAULT 'SendingOK', StatusError INTEGER NOT NULL DEFAULT -1,
        TPMR INTEGER NOT NULL DEFAULT -1, RelativeValidity INTEGER NOT NULL DEFAULT -1, CreatorID TEXT NOT NULL,
        StatusCode INTEGER NOT NULL DEFAULT -1, PRIMARY KEY (ID, SequencePosition))""",
    "CREATE INDEX sentitems_tpmr ON sentitems (TPMR)",
    *(
        f"CREATE TRIGGER update_{table}_time UPDATE ON {table} "
        f"BEGIN UPDATE {table} SET UpdatedInDB = {_NOW} WHERE {key} = old.{key}; END"
        for table, key in (("inbox", "ID"), ("outbox", "ID"), ("phones", "IMEI"), ("sentitems", "ID"))
    ),
)
_INBOX: Final = (
    "SELECT ID, SenderNumber, ReceivingDateTime, UDH, Coding, Text, "
    f"CAST(strftime('%s', 'now') - strftime('%s', UpdatedInDB) AS INTEGER) FROM inbox ORDER BY ID LIMIT {AT_ONCE}"
)
_SENT: Final = (
    "SELECT CreatorID, ID, group_concat(Status), count(*), "
    "max(CAST(strftime('%s', 'now') - strftime('%s', UpdatedInDB) AS INTEGER)) FROM sentitems "
    f"WHERE CreatorID LIKE '{OURS}%' AND ID NOT IN (SELECT ID FROM outbox) GROUP BY CreatorID, ID LIMIT {AT_ONCE}"
)
_WAITING: Final = f"SELECT CreatorID, ID FROM outbox WHERE CreatorID GLOB '{OURS}[0-9]*'"
_LEFT: Final = f"SELECT 1 FROM sentitems WHERE CreatorID LIKE '{OURS}%'"
_PHONE: Final = (
    "SELECT CAST(strftime('%s', 'now') - strftime('%s', TimeOut) AS INTEGER), Signal, NetCode FROM phones "
    "ORDER BY TimeOut DESC LIMIT 1"
)
_BEHIND: Final = (
    "SELECT count(*) FROM outbox WHERE CAST(strftime('%s', 'now') - strftime('%s', InsertIntoDB) AS INTEGER) > ?"
)


class Closed(Exception):
    """The letterbox cannot be opened or written; the message says why, and names nobody."""


@dataclass(frozen=True, slots=True)
class Part:
    """One message, or a part of one, that the modem received. `when` is the network's time as smsd wrote it: local
    time, without a zone. `age`: seconds since it was put here."""

    id: int
    sender: str
    when: str
    header: bytes  # the user data header; empty for a message of one part
    text: str
    age: int


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message of ours, over all its parts. `age`: seconds since that changed."""

    owed: int
    id: int
    states: frozenset[str]
    parts: int
    age: int


@dataclass(frozen=True, slots=True)
class Modem:
    """How smsd last found the modem. `silent`: seconds by which its sign of life is overdue, below 0 while it is not.
    `signal` in percent, -1 where unknown."""

    silent: int
    signal: int
    network: str


class Letterbox:
    """One smsd's database. Made where there is none. Every call opens and closes it. Raises Closed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    # ---- what came in

    def parts(self) -> list[Part]:
        """What lies in the inbox, oldest first, at most `AT_ONCE`."""
        with self._open() as box:
            return [_part(*row) for row in box.execute(_INBOX)]

    def drop(self, ids: Sequence[int]) -> None:
        """These were taken: delete them, for good."""
        with self._open() as box:
            box.executemany("DELETE FROM inbox WHERE ID = ?", [(id,) for id in ids])
            _scrub(box)

    # ---- what goes out

    def hand_over(self, owed: int, receiver: str, parts: Sequence[str], *, unicode: bool, reference: int) -> int:
        """Have this sent, once: the row's number. `parts` are one message's; `reference` tells them from another's."""
        with self._open() as box:
            known = self._known(box, owed)
            if known is not None:
                return known
            coding = "Unicode_No_Compression" if unicode else "Default_No_Compression"
            headers = _headers(len(parts), reference)
            row = box.execute(
                "INSERT INTO outbox (DestinationNumber, TextDecoded, CreatorID, Coding, DeliveryReport, MultiPart, UDH)"
                " VALUES (?, ?, ?, ?, 'yes', ?, ?)",
                (receiver, parts[0], f"{OURS}{owed}", coding, "true" if len(parts) > 1 else "false", headers[0]),
            )
            id = int(row.lastrowid or 0)
            box.executemany(
                "INSERT INTO outbox_multipart (ID, SequencePosition, TextDecoded, Coding, UDH) VALUES (?, ?, ?, ?, ?)",
                [(id, n, parts[n - 1], coding, headers[n - 1]) for n in range(2, len(parts) + 1)],
            )
            return id

    def known(self, owed: int) -> int | None:
        """The row of a message that was handed over, None where there is none (or it was forgotten)."""
        with self._open() as box:
            return self._known(box, owed)

    def _known(self, box: sqlite3.Connection, owed: int) -> int | None:
        for table in ("outbox", "sentitems"):
            row = box.execute(f"SELECT max(ID) FROM {table} WHERE CreatorID = ?", (f"{OURS}{owed}",)).fetchone()
            if row[0] is not None:
                return int(row[0])
        return None

    def sent(self) -> list[Sent]:
        """What left, or could not leave, whole."""
        with self._open() as box:
            return [_sent(*row) for row in box.execute(_SENT)]

    def forget(self, ids: Sequence[int]) -> None:
        """Their end is known: delete their numbers and texts."""
        with self._open() as box:
            box.executemany("DELETE FROM sentitems WHERE ID = ?", [(id,) for id in ids])
            _scrub(box)

    def withdraw(self) -> list[int]:
        """Delete what has not left, and what is kept of what has: which outbox ids do not leave. A receipt of no
        row of ours stays: all it tells is that somebody wrote."""
        with self._open() as box:
            rows = box.execute(_WAITING).fetchall()
            if not rows and not box.execute(_LEFT).fetchone():
                return []
            ids = [(row[1],) for row in rows]
            box.executemany("DELETE FROM outbox WHERE ID = ?", ids)
            box.executemany("DELETE FROM outbox_multipart WHERE ID = ?", ids)
            box.execute(f"DELETE FROM sentitems WHERE CreatorID LIKE '{OURS}%'")
            _scrub(box)
            return sorted({_owed(row[0]) for row in rows})

    # ---- the modem

    def modem(self) -> Modem | None:
        """As smsd last wrote it; None before it ever did."""
        with self._open() as box:
            row = box.execute(_PHONE).fetchone()
        return Modem(int(row[0] or 0), int(row[1]), str(row[2] or "")) if row else None

    def behind(self, seconds: int) -> int:
        """How many messages have waited for longer than this to be sent."""
        with self._open() as box:
            return int(box.execute(_BEHIND, (seconds,)).fetchone()[0])

    # ---- the file

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            new = not self.path.exists()
            if new:
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            with closing(sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)) as box:
                box.execute("PRAGMA secure_delete = ON")
                if new or not box.execute("SELECT 1 FROM sqlite_master WHERE name = 'gammu'").fetchone():
                    _make(box)
                box.execute("BEGIN IMMEDIATE")
                yield box
                if box.in_transaction:
                    box.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise Closed(f"{type(error).__name__} at {self.path.name}") from None


def _make(box: sqlite3.Connection) -> None:
    box.execute("PRAGMA journal_mode = WAL")  # kept in the file, so smsd's too: its log can be cut by us
    box.execute("BEGIN IMMEDIATE")
    if not box.execute("SELECT 1 FROM sqlite_master WHERE name = 'gammu'").fetchone():
        for statement in _TABLES:
            box.execute(statement)
    box.execute("COMMIT")


def _scrub(box: sqlite3.Connection) -> None:
    """Commit, and empty the database's log: what was deleted still stands in it."""
    box.execute("COMMIT")
    box.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _part(id: int, sender: str, when: str, udh: str, coding: str, text: str, age: int | None) -> Part:
    """Binary messages have no text."""
    units = b"" if coding == "8bit" else _bytes(text)
    said = units[: len(units) & ~1].decode("utf-16-be", "replace")
    return Part(id, sender or "", str(when), _bytes(udh or ""), said, int(age or 0))


def _bytes(written: str) -> bytes:
    try:
        return bytes.fromhex(written)
    except ValueError:
        return b""


def _sent(creator: str, id: int, states: str, parts: int, age: int | None) -> Sent:
    return Sent(_owed(creator), id, frozenset(states.split(",")), parts, int(age or 0))


def _owed(creator: str) -> int:
    """The outbox row it belongs to, 0 for what belongs to none."""
    owed = creator.removeprefix(OURS)
    return int(owed) if owed.isdecimal() else 0


def _headers(parts: int, reference: int) -> list[str]:
    """The user data header of each part: concatenation by an 8-bit reference (TS 23.040, 9.2.3.24.1)."""
    if parts == 1:
        return [""]
    return [f"050003{reference & 0xFF:02X}{parts:02X}{n:02X}" for n in range(1, parts + 1)]
