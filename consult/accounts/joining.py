"""Coming in for the first time: by a one-time code, typed or in a link, given by the console or an administrator.

Rule 1: a code holds 80 random bits, lives a day (the console's) or a week (an invitation) and is used once.
Rule 2: an account is nobody's until its second factor was proved: until then its sign-in opens that one page.
Rule 3: a code for an account that is there sets password and factor anew and leaves its roles.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from consult.accounts import NotAllowed, factor, passwords
from consult.accounts.members import DAY, Profile, changed, demand_role, keep, mark, note, opened, sealed, tidy
from consult.accounts.roles import HUB, ROLES
from consult.store.members import Grant, Invitation

if TYPE_CHECKING:
    from consult.house import House
    from consult.store import Tx

RANDOM: Final = 16  # bytes of which a code is made
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def code(random: bytes) -> str:
    """Sixteen letters in groups of four: they can be read out over a telephone."""
    text = "".join(_LETTERS[byte % len(_LETTERS)] for byte in random[:RANDOM])
    return "-".join(text[start : start + 4] for start in range(0, RANDOM, 4))


def hashed(given: str) -> bytes:
    letters = "".join(sign for sign in given.upper() if sign.isalnum())
    return hashlib.sha256(b"invitation " + letters.encode()).digest()


def first(house: House, given: str, at: int) -> bool:
    """Make `given` the code of the first administrator; False where somebody has an account already."""
    invitation = Invitation(hashed(given), "administrator", HUB, 0, 0, at + DAY)

    def work(tx: Tx) -> bool:
        if any(account.ready for account in tx.accounts()):
            return False
        tx.uninvite(0)
        tx.invite(invitation)
        note(tx, at, 0, "made a code for the first administrator")
        return True

    return house.store.write(work)


def invite(house: House, given: str, what: Grant, by: int, at: int) -> None:
    """Someone new in this role, or (`what.account`) someone known who starts afresh. Raises NotAllowed("role")."""
    if not what.account:
        demand_role(what)
    invitation = Invitation(hashed(given), what.role, what.consultation, what.account, by, at + 7 * DAY)

    def work(tx: Tx) -> None:
        tx.invite(invitation)
        whom = (
            f"account {what.account} to start afresh"
            if what.account
            else f"someone as {what.role} of {what.consultation}"
        )
        note(tx, at, by, f"invited {whom}")

    house.store.write(work)


def join(house: House, given: str, name: str, password: str, shared: str, at: int) -> int:
    """The account's id; its second factor is still to be proved. Raises NotAllowed: code, name, or a password's."""
    invitation = house.store.read(lambda view: view.invitation(hashed(given)))
    if invitation is None or invitation.until <= at:
        raise NotAllowed("code")
    plain = tidy(name)
    passwords.demand_good(password, plain)
    profile = Profile(plain, passwords.kept(password), shared)
    return house.store.write(lambda tx: _joined(house, tx, invitation, profile, at))


def _joined(house: House, tx: Tx, invitation: Invitation, profile: Profile, at: int) -> int:
    if not tx.use_invitation(invitation.hashed, at):
        raise NotAllowed("code")
    if invitation.account:
        return _afresh(house, tx, invitation.account, profile, at)
    by = mark(house.vault, profile.name)
    if tx.account_by(by):
        raise NotAllowed("name taken")  # also one that is not ready: its roles are not this invitation's
    id = tx.add_account(by, sealed(house.vault, by, profile))
    tx.grant(Grant(id, invitation.role, invitation.consultation))
    changed(tx, id, at)
    note(tx, at, id, f"joined as {invitation.role} of {invitation.consultation}")
    return id


def _afresh(house: House, tx: Tx, id: int, profile: Profile, at: int) -> int:
    """The same name and roles; whoever was signed in is out."""
    account = tx.account(id)
    if account is None:
        raise NotAllowed("code")
    name = opened(house.vault, account).name
    keep(house.vault, tx, replace(account, ready=False, disabled=False), replace(profile, name=name))
    tx.sign_out_all(id)
    changed(tx, id, at)
    note(tx, at, id, "started afresh")
    return id


def prove(house: House, id: int, given: str, paper: tuple[str, ...], at: int) -> None:
    """The second factor works: the account is ready, with these recovery codes. Raises NotAllowed("factor")."""

    def work(tx: Tx) -> None:
        account = tx.account(id)
        profile = opened(house.vault, account) if account else None
        step = factor.step_of(profile.shared, given, at, profile.step) if profile else None
        if account is None or profile is None or step is None:
            raise NotAllowed("factor")
        codes = tuple(factor.hashed(each) for each in paper)
        keep(house.vault, tx, replace(account, ready=True), replace(profile, step=step, paper=codes))
        note(tx, at, id, "proved a second factor")

    house.store.write(work)


def link(house: House, given: str, name: str, at: int) -> None:
    """For the demo: make sure that there is someone of this name with every role, and let `given` open once."""
    by = mark(house.vault, name)

    def work(tx: Tx) -> None:
        account = tx.account_by(by)
        if account is None:
            id = tx.add_account(by, sealed(house.vault, by, Profile(name, "", "")))
            account = tx.account(id)
            assert account is not None
            tx.update_account(replace(account, ready=True))
            for role in ROLES:
                tx.grant(Grant(id, role, HUB))
        tx.invite(Invitation(hashed(given), "link", HUB, account.id, 0, at + DAY))

    house.store.write(work)


def use_link(house: House, given: str, at: int) -> int:
    """Whose link this is, 0 where it is none (any more)."""

    def work(tx: Tx) -> int:
        found = tx.invitation(hashed(given))
        if found is None or found.role != "link" or not tx.use_invitation(found.hashed, at):
            return 0
        return found.account

    return house.store.write(work)
