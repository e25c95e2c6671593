"""Whom we may write to: a facilitator's list, looked at first, then enrolled, and taken back if it was the wrong one.

    plan = contacts.plan(house, "safety", Path("list.csv"), region="NG")
    contacts.apply(house, plan, at)

Rule 1: nothing is kept before the plan was seen; applying the same file again, also after a crash, adds nobody twice.
Rule 2: kept are her number (sealed), her language and her segments (sealed); names and all other columns are not.
Rule 3: whoever said STOP or ERASE is counted and left alone.
Rule 4: no message, error or repr holds a number: row numbers and the last two digits only.
"""

from __future__ import annotations

from consult import codes
from consult.contacts.enrolling import apply, undo
from consult.contacts.planning import Plan, error_csv, plan, published
from consult.contacts.reading import Contact
from consult.contacts.sheets import MOST, ContactsError
from consult.house import House

__all__ = ["Contact", "ContactsError", "Plan", "apply", "error_csv", "make_codes", "plan", "undo"]


def make_codes(house: House, name: str, count: int) -> list[str]:
    """Make single-use enrolment codes; what is returned is the only copy. Raises ContactsError."""
    published(house, name)
    if not 1 <= count <= MOST:
        raise ContactsError(f"make between 1 and {MOST} codes at once")
    return codes.issue(house, name, count)
