"""Rows to put into a store under test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from consult.store import Tx
from consult.store.records import Address, Campaign, Enrolment, Fact, KeyRow, Message, Person, Published, SessionRow

OURS = "+15550001"


@dataclass(frozen=True)
class Woman:
    address: Address
    person: Person
    key: KeyRow
    session: SessionRow


def mark(n: int | str) -> bytes:
    """Sixteen bytes, as the vault's keyed hashes are."""
    return str(n).rjust(16, "m").encode()


def secret(what: str, n: int, size: int) -> bytes:
    """Bytes to be searched for in files."""
    return f"<{what}:{n:06}>".encode().ljust(size, b"#")


def arrive(tx: Tx, n: int, consultation: str = "river") -> Woman:
    """A number, its first voice, her key and her open conversation."""
    address = tx.add_address(mark(n), secret("number", n, 60), "Africa/Lagos")
    person = tx.add_person(address.id, 0, address.generation)
    key = KeyRow(person.id, consultation, secret("wrapped", n, 120), secret("live", n, 72))
    tx.put_key(key)
    return Woman(
        address, person, key, tx.open(session(address.id, person.id, consultation, state=secret("state", n, 90)))
    )


def session(address: int, person: int, consultation: str = "river", **more: Any) -> SessionRow:
    given: dict[str, Any] = {"state": b"state", "heard_at": 1000, "asked_at": 1000, "ours": OURS}
    given |= {"version": 1, "round": 1, "channel": "sms", "carrier": "drum", "frame": "open"}
    return SessionRow(**{**given, "id": 0, "address": address, "person": person, "consultation": consultation} | more)


def message(address: int, text: bytes = b"text", **more: Any) -> Message:
    given: dict[str, Any] = {"id": 0, "ours": OURS, "channel": "sms", "carrier": "drum", "kind": "reply"}
    given |= {"not_before": 1000, "expires_at": 1900, "consultation": "river"}
    return Message(**{**given, "address": address, "text": text} | more)


def invite(address: int, **more: Any) -> Message:
    return message(address, **{"kind": "invite", "started": True, "expires_at": None} | more)


def fact(session: int = 1, person: int = 1, **more: Any) -> Fact:
    given: dict[str, Any] = {"consultation": "river", "version": 1, "round": 1, "channel": "sms", "frame": "open"}
    given |= {"day": 20000, "verdict": "in_time", "sealed": b"sealed"}
    return Fact(**{**given, "person": person, "session": session} | more)


def edition(version: int = 1, **more: Any) -> Published:
    given: dict[str, Any] = {"name": "river", "sha256": "00" * 32, "toml": "x = 1", "public": b"p" * 32}
    return Published(**{**given, "version": version, "custody": "hub", "day": 20000} | more)


def campaign(**more: Any) -> Campaign:
    given: dict[str, Any] = {"id": 0, "consultation": "river", "version": 1, "channel": "sms", "carrier": "drum"}
    given |= {
        "ours": OURS,
        "state": "running",
        "pace": 0.0,
        "budget_segments": None,
        "budget_money": 2.5,
        "price": 0.01,
    }
    return Campaign(**given | more)


def waiting(person: int, consultation: str = "river", **more: Any) -> Enrolment:
    given: dict[str, Any] = {"frame": "enrolled", "locale": "en", "segments": b"segments"}
    return Enrolment(**{**given, "person": person, "consultation": consultation} | more)
