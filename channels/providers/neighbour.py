"""A gateway that stands with us, asked by plain HTTP: on this machine, on a cable, or in this house's network.

Rule 1: no number, text or password in an exception: it names the gateway and what happened.
Rule 2: what may have been taken is `uncertain`. Only a connection that was never made proves that nothing was.
Rule 3: no proxy and no redirect is followed; without TLS nothing is sent beyond the networks of a house.
Rule 4: our own name for a message holds a digest of it: after a restore an outbox number may mean another message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from consult.channel import Owed, SendFailed
from consult.config import BadSetting
from consult.numbers import normalise, strict

if TYPE_CHECKING:
    from http.client import HTTPConnection

PATIENCE: Final = 10.0  # seconds, to connect and again to be answered
LARGEST: Final = 1 << 20  # bytes of an answer
REFUSALS: Final = 5  # in a row: then it is no longer the messages' fault

_OURS = re.compile(r"([1-9][0-9]{0,18})-[0-9a-f]{16}")
_LOCAL = re.compile(r"[a-z0-9-]+(\.(local|lan|internal|home\.arpa))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What it answered."""

    status: int
    body: bytes


class Neighbour:
    """One gateway, called `name` in what is said of it; `address` is its base."""

    def __init__(self, name: str, address: SplitResult) -> None:
        self.name, self.address = name, address

    def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """What it answers. Raises SendFailed as rule 2 says."""
        from http.client import HTTPException

        line = self._line()
        try:
            line.connect()
        except OSError:
            line.close()
            failed = SendFailed(f"{self.name} cannot be reached", retry=True)
        else:
            try:
                line.request(method, self.address.path + path, body or None, dict(headers or {}))
                answer = line.getresponse()
                return Answer(answer.status, answer.read(LARGEST))
            except (OSError, HTTPException, ValueError):
                failed = SendFailed(
                    f"the connection to {self.name} broke before it answered", retry=True, uncertain=True
                )
            finally:
                line.close()
        raise failed  # outside the handlers: no context

    def refusal(self, status: int) -> SendFailed:
        """What an answer that is no acceptance asks of us."""
        why = f"{self.name} answered {status}"
        if status >= 500 or status in (408, 429):
            return SendFailed(why, retry=True, after=30, uncertain=status not in (408, 429, 503))
        return SendFailed(why, halt=status in (401, 403, 404) or status < 400)

    def _line(self) -> HTTPConnection:
        from http.client import HTTPConnection, HTTPSConnection

        kind = HTTPSConnection if self.address.scheme == "https" else HTTPConnection
        return kind(self.address.hostname or "", self.address.port, timeout=PATIENCE)


def address(setting: str, given: str) -> SplitResult:
    """The base address in this setting. Raises BadSetting unless it is https, or http within the house."""
    try:
        parts = urlsplit(given.rstrip("/"))
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and parts.path.isascii()
    except ValueError:
        whole = False
    if not whole or parts.username or parts.query or parts.fragment or not given.isprintable() or " " in given:
        raise BadSetting(f"{setting} must look like http://192.168.1.20:8080")
    if parts.scheme == "http" and not _within(parts.hostname or ""):
        raise BadSetting(f"{setting}: http only within this house's network; beyond it, give an https address")
    return parts


def _within(host: str) -> bool:
    """Whether this is a machine here: loopback, a private network, a name that no other network knows."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return _LOCAL.fullmatch(host) is not None


# ---- our names for messages


def name_of(owed: Owed) -> str:
    """What we call a message there, at most 36 characters: its outbox number and a digest of what it says to whom."""
    said = "\0".join((owed.sender, owed.receiver, owed.text)).encode("utf-8", "surrogatepass")
    return f"{owed.id}-{blake2b(said, digest_size=8).hexdigest()}"


def number_of(name: str) -> int | None:
    """The outbox number in a name of ours, None in one that is not."""
    ours = _OURS.fullmatch(name)
    return int(ours[1]) if ours else None


class Refusals:
    """How many messages in a row were refused: no credit, no signal, a blocked SIM. One that comes again is one."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def end(self) -> None:
        """One went out."""
        self._names = set()

    def too_many(self, name: str) -> bool:
        """This one was refused too: whether it is time to stop."""
        self._names = {*self._names, name}
        return len(self._names) >= REFUSALS


# ---- what she wrote, and from where


def person(sender: str, country: str) -> str | None:
    """Her number, None for names and short codes. Networks write numbers at home without their `country`."""
    return sender if strict(sender) else normalise(sender, country)
