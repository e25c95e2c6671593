"""Keys for programs: one role in one consultation, shown once, kept as a hash, revocable.

Rule 1: a token can do no more than its role, and never people, approvals or tokens.
Rule 2: it dies with the account that made it: a token outlives nobody's trust.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from consult.accounts import NotAllowed
from consult.accounts.members import DAY, note
from consult.accounts.roles import HUB, ROLES, Right
from consult.store.members import Grant, Token

if TYPE_CHECKING:
    from consult.house import House
    from consult.store import Tx, View

MARK: Final = "consult_"  # lets scanners of leaked files know one
OPEN: Final = frozenset({Right.SEE, Right.TRAFFIC, Right.FIGURES, Right.RELEASES})


def hashed(token: str) -> bytes:
    return hashlib.sha256(b"token " + token.encode()).digest()


def make(house: House, token: str, role: str, consultation: str, by: int, at: int) -> int:
    """Its number. Raises NotAllowed for a role or consultation that is not there."""
    if role not in ROLES or role == "administrator" or consultation == HUB:
        raise NotAllowed("role")

    def work(tx: Tx) -> int:
        if tx.published(consultation) is None:
            raise NotAllowed("nothing")
        id = tx.add_token(Token(0, hashed(token), role, consultation, by, at // DAY))
        note(tx, at, by, f"made token {id} for a {role} of {consultation}")
        return id

    return house.store.write(work)


def revoke(house: House, id: int, by: int, at: int) -> None:
    def work(tx: Tx) -> None:
        if tx.revoke_token(id):
            note(tx, at, by, f"revoked token {id}")

    house.store.write(work)


def grant_of(house: House, token: str) -> Grant | None:
    """What the bearer may be; None for a token that is unknown, revoked, or whose maker is gone."""

    def look(view: View) -> Grant | None:
        found = view.token(hashed(token))
        maker = view.account(found.by) if found else None
        if found is None or maker is None or maker.disabled:
            return None
        return Grant(0, found.role, found.consultation)

    return house.store.read(look)
