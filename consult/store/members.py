"""Who may come in, as frozen rows. Names, passwords and second factors lie sealed in `private`; `mark` finds a name.

Times (`*_at`, `until`) are epoch seconds; a sign-in dies with its row. `hashed` is the SHA-256 of a secret that
only its holder has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["asked", "approved", "refused", "done"]


@dataclass(frozen=True, slots=True)
class Account:
    """Someone who signs in. `ready` once the second factor was proved."""

    id: int
    mark: bytes
    private: bytes
    ready: bool = False
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in a consultation, "*" for every one."""

    account: int
    role: str
    consultation: str


@dataclass(frozen=True, slots=True)
class Signin:
    """A browser that is signed in: `proved_at` is when password and second factor were last shown."""

    hashed: bytes
    account: int
    born_at: int
    seen_at: int
    proved_at: int


@dataclass(frozen=True, slots=True)
class Invitation:
    """A single-use code. `account` is 0 for someone new, else whose password and second factor are set anew."""

    hashed: bytes
    role: str
    consultation: str
    account: int
    by: int  # account, 0 for the console
    until: int


@dataclass(frozen=True, slots=True)
class Approval:
    """What one person asks and another decides. `about` says to what exactly the answer applies."""

    id: int
    kind: str
    consultation: str
    about: str
    asked_by: int
    until: int
    state: State = "asked"
    decided_by: int = 0


@dataclass(frozen=True, slots=True)
class Token:
    """A program's key to one consultation, in one role."""

    id: int
    hashed: bytes
    role: str
    consultation: str
    by: int
    day: int
    revoked: bool = False
