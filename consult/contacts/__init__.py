"""Whom we may write to: a facilitator's list, looked at first, then enrolled, and taken back if it was the wrong one.

    plan = contacts.plan(house, "safety", Path("list.csv"), region="NG")
    contacts.apply(house, plan, at)

Rule 1: nothing is kept before the plan was seen; applying the same file again, also after a crash, adds nobody twice.
Rule 2: kept are her number (sealed), her language and her segments (sealed); names and all other columns are not.
Rule 3: whoever said STOP or ERASE is counted and left alone.
Rule 4: a list sent to a page lies there closed, under a key that only the sender's page has, until it is confirmed.
Rule 5: no message, error or repr holds a number: row numbers and the last two digits only.
"""

from __future__ import annotations

from consult import codes
from consult.contacts.enrolling import CONSENTED, Terms, apply, terms_of, undo
from consult.contacts.planning import Plan, error_csv, error_rows, plan, published
from consult.contacts.reading import Contact, Reason
from consult.contacts.sheets import COMMAND, PAGE, ContactsError
from consult.house import House

__all__ = [
    "CONSENTED",
    "PAGE",
    "Contact",
    "ContactsError",
    "Plan",
    "Reason",
    "Terms",
    "apply",
    "error_csv",
    "error_rows",
    "make_codes",
    "plan",
    "published",
    "terms_of",
    "undo",
]


def make_codes(house: House, name: str, count: int) -> list[str]:
    """Make single-use enrolment codes; what is returned is the only copy. Raises ContactsError."""
    published(house, name)
    if not 1 <= count <= COMMAND.people:
        raise ContactsError(f"make between 1 and {COMMAND.people} codes at once", "codes")
    return codes.issue(house, name, count)
