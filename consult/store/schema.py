"""The tables as data. Each dialect's DDL (`ddl`) and the plain statements are made from these values.

Rule 1: columns stand in the order of the record that carries them, so that a row becomes a value by position.
Rule 2: a table of sealed numbers or keys is only appended to, and overwritten in place at equal length. A row that
grows or goes makes SQLite move its neighbours to other pages, and the bytes they leave behind are in no row that can be
erased any more (seen: 3 of 2,000, secure_delete on). So `numbers` and `keys` never grow, shrink or lose a row.
Rule 3: what `kept` guards never changes: the database itself refuses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["int", "real", "text", "blob"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `to` names the table whose id it holds."""

    name: str
    kind: Kind = "int"
    null: bool = False
    to: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    """An index; `where` restricts it to the rows that are looked for."""

    columns: tuple[str, ...]
    where: str = ""
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table and the statements every dialect shares. `serial`: its ids are never given twice, although rows go.

    `kept`: rows are never changed or deleted. `keyed`: found by its key only, without a row id of its own.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    indexes: tuple[Index, ...] = ()
    serial: bool = False
    kept: bool = False
    keyed: bool = False

    @property
    def numbered(self) -> str:
        """The column whose numbers the database gives; "" for a table that is found by something else."""
        kinds = {column.name: column.kind for column in self.columns}
        one = len(self.key) == 1 and kinds[self.key[0]] == "int" and not self.keyed
        return self.key[0] if one else ""

    def names(self, *without: str) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns if column.name not in without)

    def select(self, tail: str) -> str:
        """SELECT of every column in order."""
        return " ".join(("SELECT", ", ".join(self.names()), "FROM", self.name, tail))

    def into(self, *without: str) -> str:
        """INSERT INTO every column in order, but those the database gives; the values are to follow."""
        return f"INSERT INTO {self.name} ({', '.join(self.names(*without))})"

    def insert(self, *without: str, tail: str = "") -> str:
        """INSERT of every column in order, but those the database gives."""
        values = f"({', '.join('?' * len(self.names(*without)))})"
        return " ".join((self.into(*without), "VALUES", values, tail))

    def upsert(self) -> str:
        """INSERT that replaces what stands under the same key."""
        changes = ", ".join(f"{name} = excluded.{name}" for name in self.names(*self.key))
        return self.insert(tail=f"ON CONFLICT ({', '.join(self.key)}) DO UPDATE SET {changes}")


def integer(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


def maybe(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, null=True) for name in names)


def real(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "real") for name in names)


def text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "text") for name in names)


def blob(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "blob") for name in names)


def to(table: str, name: str, *, null: bool = False) -> tuple[Column, ...]:
    return (Column(name, null=null, to=table),)


EDITIONS = Table(
    "editions",
    (*text("name"), *integer("version"), *text("sha256", "toml"), *blob("public"), *text("custody"))
    + (*integer("day", "test"), *maybe("retired"), *integer("arrival")),
    key=("arrival",),
    indexes=(Index(("name", "version"), unique=True),),
)

NUMBERS = Table("numbers", (*integer("id"), *blob("sealed")), key=("id",))

ADDRESSES = Table(
    "addresses",
    (*integer("id"), *blob("mark"), *to("numbers", "number", null=True), *integer("generation"))
    + (*text("zone", "locale"), *maybe("stopped"), *integer("dead"), *text("flags")),
    key=("id",),
    indexes=(Index(("mark",), unique=True),),
    serial=True,
)

# Address 0: a field node heard her, and only it knows her number; then slot and generation are the node and hers there.
PEOPLE = Table(
    "people",
    integer("id", "address", "slot", "generation"),
    key=("id",),
    indexes=(Index(("address", "slot", "generation"), unique=True),),
    serial=True,
)

ENROLMENTS = Table(
    "enrolments",
    (*to("people", "person"), *text("consultation", "frame", "locale"), *blob("segments"), *text("state"))
    + (*to("imports", "imported", null=True), *integer("news")),
    key=("person", "consultation"),
    indexes=(
        Index(("consultation", "person")),
        Index(("consultation", "frame", "person"), where="state = 'waiting'"),
        Index(("imported",), where="imported IS NOT NULL"),
    ),
)

# `here` and `lives` are 0 or 1, which take the same room: a key is destroyed without moving its row (rule 2).
KEYS = Table(
    "keys",
    (*integer("id"), *to("people", "person"), *text("consultation"), *blob("wrapped", "live"))
    + integer("lives", "here"),
    key=("id",),
    indexes=(
        Index(("person", "consultation"), where="here = 1", unique=True),
        Index(("consultation", "person"), where="here = 1"),
    ),
)

SESSIONS = Table(
    "sessions",
    (*integer("id"), *to("addresses", "address"), *text("ours"), *to("people", "person"), *text("consultation"))
    + (*integer("version", "round"), *text("channel", "carrier", "frame"), *blob("state"))
    + (*integer("heard_at", "asked_at", "resting", "owes"), *maybe("remind_at", "lapse_at"))
    + to("campaigns", "campaign", null=True),
    key=("id",),
    indexes=(
        Index(("address", "ours"), where="resting = 0", unique=True),
        Index(("address", "ours", "consultation")),
        Index(("person", "consultation")),
        Index(("remind_at",), where="remind_at IS NOT NULL"),
        Index(("lapse_at",), where="lapse_at IS NOT NULL"),
    ),
    serial=True,
)

JOURNAL = Table(
    "journal",
    (*text("consultation"), *integer("version", "round", "person", "session"), *text("channel", "frame"))
    + (*integer("day"), *text("verdict"), *blob("sealed"), Column("entered_by", "text", null=True))
    + (*maybe("supersedes"), *text("node"), *integer("epoch", "seq", "arrival")),
    key=("arrival",),
    indexes=(
        Index(("node", "epoch", "seq"), unique=True),
        Index(("consultation", "arrival")),
    ),
    kept=True,
)

ORIGIN = Table("origin", (*integer("id"), *text("node"), *integer("epoch")), key=("id",))

INBOX = Table("inbox", (*blob("mark"), *integer("day"), *text("carrier")), key=("mark",), keyed=True)
HELD = Table("held", (*integer("id"), *blob("mark", "sealed")), key=("id",), indexes=(Index(("mark",), unique=True),))
# How often each was tried in vain; not in its row, which must not grow (rule 2 tells what that leaves behind).
TRIED = Table("tried", (*blob("mark"), *integer("times")), key=("mark",), keyed=True)

# The time of the newest message is here, once, and not beside each mark: exact times die with the conversation.
CARRIERS = Table("carriers", (*text("carrier"), *real("free_at"), *integer("heard_at")), key=("carrier",), keyed=True)

OUTBOX = Table(
    "outbox",
    (*integer("id"), *to("addresses", "address", null=True), *text("ours", "channel", "carrier", "kind"))
    + (*blob("text"), *integer("not_before"), *maybe("expires_at"), *text("consultation"), *maybe("session"))
    + (*to("campaigns", "campaign", null=True), *integer("started"), *text("state"))
    + (*integer("fence", "lease_until", "tries"), *text("ref"), *integer("segments"), *real("price"))
    + (*text("why"), *integer("resent", "handed_at")),
    key=("id",),
    indexes=(
        Index(("carrier", "started", "not_before"), where="state = 'queued'"),
        Index(("session",), where="state = 'queued'"),
        Index(("lease_until",), where="state = 'handing'"),
        Index(("lease_until",), where="state = 'uncertain'"),
        Index(("carrier", "ref"), where="ref <> ''"),
        Index(("address",)),
    ),
)

CAMPAIGNS = Table(
    "campaigns",
    (*integer("id"), *text("consultation"), *integer("version"), *text("channel", "carrier", "ours", "state"))
    + (*real("pace"), *maybe("budget_segments"), Column("budget_money", "real", null=True), *real("price"))
    + (*integer("spent_segments"), *real("spent_money"), *text("why"), *integer("remind")),
    key=("id",),
    indexes=(Index(("consultation",)),),
)

CODES = Table(
    "codes",
    (*blob("hashed"), *text("consultation"), *integer("used"), *blob("segments")),
    key=("hashed",),
    keyed=True,
)
ATTEMPTS = Table(
    "attempts",
    (*integer("day"), *text("kind"), *blob("mark"), *integer("times")),
    key=("day", "kind", "mark"),
    keyed=True,
)
SUPPRESSIONS = Table("suppressions", (*blob("mark"), *text("kind"), *integer("day")), key=("mark",), keyed=True)
IMPORTS = Table("imports", (*integer("id"), *text("consultation"), *integer("day", "people", "undone")), key=("id",))

FIGURES = Table("figures", (*text("consultation"), *integer("arrival"), *text("shown")), key=("consultation",))
AUDIT = Table("audit", (*integer("id"), *text("day", "what", "hash")), key=("id",), kept=True)
SETTINGS = Table("settings", text("name", "value"), key=("name",))
SCHEDULER = Table("scheduler", (*integer("id"), *text("who"), *integer("until")), key=("id",))

TABLES = (
    (EDITIONS, NUMBERS, ADDRESSES, PEOPLE, IMPORTS, CAMPAIGNS, ENROLMENTS, KEYS, SESSIONS, JOURNAL, ORIGIN)
    + (INBOX, HELD, TRIED, CARRIERS, OUTBOX, CODES, ATTEMPTS, SUPPRESSIONS, FIGURES, AUDIT, SETTINGS, SCHEDULER)
)  # fmt: skip
