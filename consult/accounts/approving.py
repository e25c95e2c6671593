"""Two people: one asks, another approves, and both stand in the audit. A new kind is one line in `KINDS`.

A kind with a `deed` is done as it is approved. One without is done by whoever asked, where it has to happen (a kit is
printed on the hub's own console): `claim` gives the approval to it, once.

Rule 1: nobody decides on what they asked; both must have the right in that consultation when they act.
Rule 2: what is asked waits `LIFE`; what was approved is claimed within it too. Then it is as if never asked.
Rule 3: who joined, started afresh or got a role only after it was asked does not decide on it: nobody makes up the
other person for the occasion. (An administrator who prepares one in time leaves her making in the audit.)
Rule 4: an approval is taken by one UPDATE before its deed begins: of two who approve at once, one is too late. A deed
that fails stays approved in the audit, with its failure beside it, and is asked for again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from consult.accounts import NotAllowed
from consult.accounts.members import DAY, new_since, note
from consult.accounts.roles import Right, rights
from consult.store.members import Approval

if TYPE_CHECKING:
    from consult.house import House
    from consult.store import Tx, View

LIFE: Final = 3 * DAY
_APPROVE: Final = frozenset({Right.APPROVE})
Deed = Callable[["House", Approval, int], None]


def _retire(house: House, approval: Approval, at: int) -> None:
    from consult.publish import retire

    people = (f"account {approval.asked_by}", f"account {approval.decided_by}")
    retire(house, approval.consultation, day=at // DAY, confirmed_by=people)


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be asked for. `deed` None: whoever asked does it, with `claim`. `onpage`: the page of approvals may ask
    for it; `asks`: who may ask, with any of these rights.
    """

    deed: Deed | None = None
    onpage: bool = True
    asks: frozenset[Right] = frozenset({Right.ASK})


KINDS: Final[Mapping[str, Kind]] = {
    "retire": Kind(_retire),  # destroys the consultation's key
    "safety": Kind(onpage=False),  # publishes a version with other safety settings: consult publish FILE
    "rows": Kind(),  # writes de-identified rows: consult export rows NAME
    # writes what people wrote to a question, masked: consult findings texts NAME QUESTION; or opens it for moderators
    "texts": Kind(onpage=False, asks=frozenset({Right.ASK, Right.MODERATE})),
    # writes the restricted annex: consult export annex NAME; or takes its warnings into the guardians' list
    "annex": Kind(asks=frozenset({Right.ASK, Right.FLAGS})),
    "kit": Kind(),  # prints the consultation's key again: consult kit NAME --again
}


def needed(house: House) -> bool:
    """Whether two accounts can decide here. A hub without them names its two people on the console."""
    return house.store.read(_two_can)


def _two_can(view: View) -> bool:
    ready = [each for each in view.accounts() if each.ready and not each.disabled]
    return len(ready) >= 2


def ask(house: House, kind: str, consultation: str, by: int, at: int, about: str = "") -> int:
    """The number under which another approves. Raises NotAllowed."""
    if kind not in KINDS:
        raise NotAllowed("kind")

    def work(tx: Tx) -> int:
        _demand(tx, by, KINDS[kind].asks, consultation)
        if tx.published(consultation) is None:
            raise NotAllowed("nothing")
        id = tx.ask(Approval(0, kind, consultation, about, by, at + LIFE))
        what = f"{kind} of {consultation}{f' {about[:16]}' if about else ''}"
        note(tx, at, by, f"asked for {what} (approval {id})")
        return id

    return house.store.write(work)


def approve(house: House, id: int, by: int, at: int) -> Approval:
    """Decide for it, and do it where it has a deed. Raises NotAllowed, and what the deed raises."""
    approved = house.store.write(partial(_decide, id=id, by=by, to="approved", at=at))
    if deed := KINDS[approved.kind].deed:
        if not house.store.write(lambda tx: tx.decide(id, "approved", "done", by)):
            raise NotAllowed("late")
        try:
            deed(house, approved, at)
        except Exception as error:
            why = type(error).__name__
            house.store.write(lambda tx: note(tx, at, by, f"approval {id} could not be carried out ({why})"))
            raise
        house.store.write(lambda tx: note(tx, at, by, f"approval {id} was carried out"))
    return approved


def refuse(house: House, id: int, by: int, at: int) -> None:
    """Decide against it; whoever asked may take it back so. Raises NotAllowed."""
    house.store.write(partial(_decide, id=id, by=by, to="refused", at=at))


def claim(house: House, id: int, kind: str, consultation: str, by: int, at: int, about: str = "") -> None:
    """Take what was approved, once, to do it now. Raises NotAllowed unless it is this, approved, one's own, in time."""

    def work(tx: Tx) -> None:
        found = tx.approval(id)
        same = found and (found.kind, found.consultation, found.about, found.asked_by) == (
            kind,
            consultation,
            about,
            by,
        )
        if not found or not same or found.until <= at or not tx.decide(id, "approved", "done", found.decided_by):
            raise NotAllowed("approval")
        _demand(tx, by, KINDS[kind].asks, consultation)
        note(tx, at, by, f"carried out approval {id}")

    house.store.write(work)


def _decide(tx: Tx, *, id: int, by: int, to: str, at: int) -> Approval:
    found = tx.approval(id)
    if found is None or found.state != "asked" or found.until <= at:
        raise NotAllowed("approval")
    if to == "approved" or by != found.asked_by:
        _demand(tx, by, _APPROVE, found.consultation)
    if to == "approved" and by == found.asked_by:
        raise NotAllowed("own")
    if to == "approved" and new_since(tx, by) > found.until - LIFE:
        raise NotAllowed("new")
    if to == "approved":
        _demand(tx, found.asked_by, KINDS[found.kind].asks, found.consultation)
    tx.decide(id, "asked", "approved" if to == "approved" else "refused", by)
    note(tx, at, by, f"{to} {found.kind} of {found.consultation}, asked by account {found.asked_by} (approval {id})")
    decided = tx.approval(id)
    assert decided is not None
    return decided


def _demand(tx: Tx, who: int, any_of: frozenset[Right], consultation: str) -> None:
    account = tx.account(who)
    held = rights(tx.grants(who), consultation)
    if account is None or account.disabled or not account.ready or not held & any_of:
        raise NotAllowed("right")
