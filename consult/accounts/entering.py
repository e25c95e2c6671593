"""Signing in, staying in, being put out.

Name, password and code are judged together and refused with one word, so that nobody learns which was wrong or who has
an account; an unknown name costs the same work. There is no lock on an account: whoever knows a name could lock its
holder out. Tries are counted per name and day in two purses instead:
    a known browser (one that signed in with this name before, and says so by a keyed cookie): `KNOWN` a day;
    all strangers together: `STRANGERS` a day, and per source what Flask-Limiter allows.
A purse that strangers emptied leaves the holder's own browsers untouched, and from any browser password and recovery
code still open: 49 random bits need no limit. Guessing meets at most `STRANGERS` of a million codes a day, and needs
the password with each.

Rule 1: a sign-in is 32 random bytes in the cookie, its hash in the store; it is new after every sign-in and proof.
Rule 2: it ends after `IDLE` without use, after `LONGEST` in any case, at sign-out, and with the password.
Rule 3: what counts (inviting, approving, tokens) asks for password and code again after `PROVED`.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from consult.accounts import NotAllowed, factor, passwords
from consult.accounts.members import DAY, Member, Profile, find, keep, mark, member, note, opened
from consult.store.members import Signin

if TYPE_CHECKING:
    from consult.house import House
    from consult.store import Tx, View

IDLE: Final = 30 * 60  # seconds
LONGEST: Final = 12 * 3600
PROVED: Final = 10 * 60
KNOWN, STRANGERS = 50, 100  # failures a day
_SEEN: Final = 60  # seconds between two notes that a sign-in is in use


def hashed(token: str) -> bytes:
    return hashlib.sha256(b"signin " + token.encode()).digest()


def device(house: House, id: int) -> str:
    """What a browser keeps after a sign-in: it says that it knows this account, and opens nothing."""
    return house.vault.mark("device", str(id)).hex()


def enter(house: House, name: str, password: str, code: str, kept: str, token: str, at: int) -> Member:
    """Sign in: from now on `token` opens. `kept` is what the browser keeps. Raises NotAllowed("wrong"), ("busy")."""
    known = _proved(house, name, password, code, kept, at)
    fresh = Signin(hashed(token), known.id, at, at, at)

    def work(tx: Tx) -> None:
        tx.end_signins(at - IDLE, at - LONGEST)
        tx.sign_in(fresh)
        note(tx, at, known.id, "signed in")

    house.store.write(work)
    return known


def prove(house: House, who: Member, old: str, password: str, code: str, token: str, at: int) -> None:
    """Password and code again: the sign-in `old` becomes `token`. Raises NotAllowed("wrong")."""
    known = _proved(house, who.profile.name, password, code, device(house, who.id), at)

    def work(tx: Tx) -> None:
        before = tx.signin(hashed(old))
        tx.sign_out(hashed(old))
        tx.sign_in(Signin(hashed(token), known.id, before.born_at if before else at, at, at))

    house.store.write(work)


def checked(house: House, name: str, password: str, code: str, at: int) -> Member:
    """Someone at the console, for one command. Raises NotAllowed("wrong")."""
    known = find(house, name)
    return _proved(house, name, password, code, device(house, known.id) if known else "", at)


def admit(house: House, id: int, token: str, at: int) -> None:
    """Sign in without asking: after joining, and in the demo."""
    house.store.write(lambda tx: tx.sign_in(Signin(hashed(token), id, at, at, at)))


def _proved(house: House, name: str, password: str, code: str, kept: str, at: int) -> Member:
    known = find(house, name)
    purse, most = _purse(house, name, known, kept)
    spent = house.store.write(lambda tx: tx.attempt(purse, at // DAY, "signin"))
    right = passwords.right(password, known.profile.password if known else "")
    if not (known and right and known.account.ready and not known.account.disabled):
        raise NotAllowed("wrong")
    if not house.store.write(lambda tx: _used(house, tx, known.id, code, spent <= most, at)):
        raise NotAllowed("wrong")
    return known


def _purse(house: House, name: str, known: Member | None, kept: str) -> tuple[bytes, int]:
    """Where this try is counted, and how many a day may be."""
    trusted = known is not None and hmac.compare_digest(kept.encode(), device(house, known.id).encode())
    whose = "known" if trusted else "strangers"
    return house.vault.mark("purse", mark(house.vault, name), whose), KNOWN if trusted else STRANGERS


def _used(house: House, tx: Tx, id: int, code: str, counted: bool, at: int) -> bool:
    """Whether the code is good; then it is used up. With an empty purse (not `counted`) only paper is."""
    account = tx.account(id)
    if account is None:
        return False
    after = _after(opened(house.vault, account), code, counted, at)
    if after is not None:
        keep(house.vault, tx, account, after)
    return after is not None


def _after(profile: Profile, code: str, counted: bool, at: int) -> Profile | None:
    step = factor.step_of(profile.shared, code, at, profile.step) if counted else None
    if step is not None:
        return replace(profile, step=step)
    left = factor.spent(code, profile.paper)
    return None if left is None else replace(profile, paper=left)


# ---- while signed in


def inside(house: House, token: str, at: int) -> tuple[Signin, Member] | None:
    """Whose sign-in this is, if it still holds."""

    def look(view: View) -> tuple[Signin, Member] | None:
        signin = view.signin(hashed(token))
        account = view.account(signin.account) if signin else None
        if signin is None or account is None or account.disabled or _over(signin, at):
            return None
        return signin, member(house.vault, view, account)

    found = house.store.read(look)
    if found and at - found[0].seen_at >= _SEEN:
        house.store.write(lambda tx: _seen(tx, found[0].hashed, at))
    return found


def _over(signin: Signin, at: int) -> bool:
    return at - signin.seen_at > IDLE or at - signin.born_at > LONGEST


def _seen(tx: Tx, by: bytes, at: int) -> None:
    """Not for one that was put out meanwhile."""
    if signin := tx.signin(by):
        tx.sign_in(replace(signin, seen_at=at))


def fresh(signin: Signin, at: int) -> bool:
    """Whether password and code were shown lately enough for what counts."""
    return at - signin.proved_at <= PROVED


def leave(house: House, token: str) -> None:
    house.store.write(lambda tx: tx.sign_out(hashed(token)))


def leave_everywhere(house: House, id: int, at: int) -> int:
    """Every browser of this account is out; how many."""

    def work(tx: Tx) -> int:
        note(tx, at, id, "signed out everywhere")
        return tx.sign_out_all(id)

    return house.store.write(work)


def change_password(house: House, who: Member, password: str, token: str, at: int) -> None:
    """Every browser is out but the one that goes on as `token`. Raises NotAllowed (a password's)."""
    passwords.demand_good(password, who.profile.name)
    new = passwords.kept(password)

    def work(tx: Tx) -> None:
        account = tx.account(who.id)
        if account is None:
            return
        keep(house.vault, tx, account, replace(opened(house.vault, account), password=new))
        tx.sign_out_all(who.id)
        tx.sign_in(Signin(hashed(token), who.id, at, at, at))
        note(tx, at, who.id, "changed the password")

    house.store.write(work)


def new_paper(house: House, who: Member, paper: tuple[str, ...], at: int) -> None:
    """Other recovery codes; the old ones are void."""

    def work(tx: Tx) -> None:
        account = tx.account(who.id)
        if account is None:
            return
        codes = tuple(factor.hashed(each) for each in paper)
        keep(house.vault, tx, account, replace(opened(house.vault, account), paper=codes))
        note(tx, at, who.id, "took new recovery codes")

    house.store.write(work)
