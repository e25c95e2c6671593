"""An account, opened: the name and factors that lie sealed in its row, and the few ways to change them.

Rule 1: a name is found by its keyed hash; two names that look alike to a person are one name.
Rule 2: whoever is disabled, or whose password changes, is signed out everywhere in the same transaction.
Rule 3: what a code could still open goes with it: nobody who was shut out comes back by an older one.
Rule 4: the last administrator cannot be disabled or lose the role: nobody could let anyone in any more.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from consult.accounts import NotAllowed
from consult.accounts.roles import HUB, ROLES
from consult.store.members import Account, Grant

if TYPE_CHECKING:
    from consult.house import House
    from consult.store import Tx, View
    from consult.vault import Vault

_NAME = re.compile(r"\w[\w .'-]{1,38}\w")
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Profile:
    """What lies sealed. `step` is the last TOTP step used, `paper` the hashes of recovery codes left."""

    name: str
    password: str = field(repr=False)
    shared: str = field(repr=False)
    step: int = 0
    paper: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Member:
    """An account with what its holder may do."""

    account: Account
    profile: Profile
    grants: tuple[Grant, ...]

    @property
    def id(self) -> int:
        return self.account.id


def tidy(name: str) -> str:
    """The name as it is kept. Raises NotAllowed."""
    plain = " ".join(unicodedata.normalize("NFKC", name).split())
    if not _NAME.fullmatch(plain):
        raise NotAllowed("name")
    return plain


def mark(vault: Vault, name: str) -> bytes:
    """By which the name is found."""
    return vault.mark("account", " ".join(unicodedata.normalize("NFKC", name).casefold().split()))


def sealed(vault: Vault, by: bytes, profile: Profile) -> bytes:
    return vault.seal(json.dumps(asdict(profile)).encode(), b"account " + by)


def opened(vault: Vault, account: Account) -> Profile:
    """Raises vault.Unopenable where the row was moved or altered."""
    kept = json.loads(vault.unseal(account.private, b"account " + account.mark))
    return Profile(**{**kept, "paper": tuple(kept["paper"])})


def member(vault: Vault, view: View, account: Account) -> Member:
    return Member(account, opened(vault, account), tuple(view.grants(account.id)))


def find(house: House, name: str) -> Member | None:
    """By name, however it was typed."""
    by = mark(house.vault, name)

    def look(view: View) -> Member | None:
        account = view.account_by(by)
        return member(house.vault, view, account) if account else None

    return house.store.read(look)


def everyone(house: House) -> list[Member]:
    return house.store.read(lambda view: [member(house.vault, view, each) for each in view.accounts()])


def named(house: House, id: int) -> str:
    """For pages of those who may know; 0 is the console."""
    account = house.store.read(lambda view: view.account(id))
    return opened(house.vault, account).name if account else ""


def keep(vault: Vault, tx: Tx, account: Account, profile: Profile) -> None:
    tx.update_account(replace(account, private=sealed(vault, account.mark, profile)))


def note(tx: Tx, at: int, who: int, what: str) -> None:
    """A line of the audit: an account's number, or the console's."""
    tx.note(at // DAY, f"{f'account {who}' if who else 'console'}: {what}")


def disable(house: House, id: int, by: int, at: int) -> None:
    """Nobody signs in with it any more. Raises NotAllowed("last administrator"), ("nobody")."""

    def work(tx: Tx) -> None:
        account = _demand(tx, id)
        _demand_another_administrator(tx, id)
        tx.update_account(replace(account, disabled=True))
        tx.sign_out_all(id)
        tx.uninvite(id)
        tx.uninvite_account(id)
        note(tx, at, by, f"disabled account {id}")

    house.store.write(work)


def grant(house: House, given: Grant, by: int, at: int) -> None:
    """Raises NotAllowed for a role or person that is not there."""
    demand_role(given)

    def work(tx: Tx) -> None:
        _demand(tx, given.account)
        tx.grant(given)
        changed(tx, given.account, at)
        note(tx, at, by, f"made account {given.account} {given.role} of {given.consultation}")

    house.store.write(work)


def changed(tx: Tx, id: int, at: int) -> None:
    """Who this account is, or what it may do, is new from now on."""
    tx.set(f"account new:{id}", str(at))


def new_since(tx: Tx, id: int) -> int:
    """When that was, epoch seconds."""
    return int(tx.setting(f"account new:{id}") or 0)


def demand_role(given: Grant) -> None:
    """The administrator's role is for the hub, every other for one consultation. Raises NotAllowed("role")."""
    hub = given.consultation == HUB
    if given.role not in ROLES or not given.consultation or (given.role == "administrator") != hub:
        raise NotAllowed("role")


def ungrant(house: House, given: Grant, by: int, at: int) -> None:
    """The role goes. Raises NotAllowed("last administrator")."""

    def work(tx: Tx) -> None:
        if given.role == "administrator":
            _demand_another_administrator(tx, given.account)
        if tx.ungrant(given):
            note(tx, at, by, f"account {given.account} is no longer {given.role} of {given.consultation}")

    house.store.write(work)


def administrators(view: View) -> Iterator[int]:
    """Accounts that can let others in."""
    for account in view.accounts():
        if account.ready and not account.disabled:
            yield from (account.id for each in view.grants(account.id) if each.role == "administrator")


def _demand(tx: Tx, id: int) -> Account:
    account = tx.account(id)
    if account is None or account.disabled:
        raise NotAllowed("nobody")
    return account


def _demand_another_administrator(tx: Tx, id: int) -> None:
    known = set(administrators(tx))
    if known <= {id} and id in known:
        raise NotAllowed("last administrator")
