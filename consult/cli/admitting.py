"""Accounts and approvals at the hub's own console, for whom no page can be opened.

Rule 1: whoever sits at the console can let in an administrator and give a fresh code; the audit says "console".
Rule 2: an approval is somebody's: name, password and code are asked for, never given on the command line.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from consult.cli.commands import Commands, Words, command
from consult.cli.endings import DONE, USAGE, Failed

if TYPE_CHECKING:
    from consult.accounts.members import Member
    from consult.house import House


def add(commands: Commands) -> None:
    """Declare account and approve."""
    account = command(
        commands,
        "account",
        "list who may sign in; give a one-time code to start afresh",
        None,
        "consult account list",
        "consult account code Amina      she lost her password or her telephone",
        "consult account code            for the first administrator, where there is none",
    )
    duties: Commands = account.add_subparsers(metavar="DUTY", required=True)
    command(duties, "list", "accounts, their roles and state", _list, "consult account list")
    code = command(duties, "code", "print a one-time code", _code, "consult account code Amina")
    code.add_argument("name", metavar="NAME", nargs="?", help="who starts afresh (default: the first administrator)")
    approve = command(
        commands,
        "approve",
        "list what waits for a second person, or approve it",
        _approve,
        "consult approve",
        "consult approve 4               asks for name, password and code of the second person",
    )
    approve.add_argument("id", metavar="ID", nargs="?", type=int)


def _list(_: Words) -> int:
    from consult.accounts import members
    from consult.cli import opening
    from consult.cli.showing import table

    with opening.house() as house:
        rows = [(one.id, one.profile.name, _roles(one), _state(one)) for one in members.everyone(house)]
    print(table(("account", "name", "roles", "state"), rows, right=(0,)))
    return DONE


def _roles(one: Member) -> str:
    return ", ".join(f"{grant.role} of {grant.consultation}" for grant in one.grants)


def _state(one: Member) -> str:
    if one.account.disabled:
        return "shut out"
    return "ready" if one.account.ready else "second factor not proved yet"


def _code(words: Words) -> int:
    from secrets import token_bytes

    from consult.accounts import joining, members
    from consult.cli import opening
    from consult.store.members import Grant

    code = joining.code(token_bytes(joining.RANDOM))
    with opening.house() as house:
        if words.name is None:
            if not joining.first(house, code, opening.now()):
                raise Failed("somebody has an account already; an administrator invites, or name who starts afresh")
        elif (known := members.find(house, words.name)) is None:
            raise Failed("nobody has this name; consult account list")
        else:
            joining.invite(house, code, Grant(known.id, "", ""), 0, opening.now())
    print(f"{code}\ntype it at /office/join; it works once")
    return DONE


# ---- approvals


def _approve(words: Words) -> int:
    from consult.accounts import NotAllowed, approving
    from consult.cli import opening

    with opening.house() as house:
        if words.id is None:
            return _waiting(house, opening.now())
        who = signed_in(house, opening.now())
        try:
            done = approving.approve(house, words.id, who.id, opening.now())
        except NotAllowed as refused:
            raise Failed(why(refused)) from None
    then = "and done" if approving.KINDS[done.kind].deed else f"; whoever asked does it with --approval {done.id}"
    print(f"approved: {done.kind} of {done.consultation} {then}")
    return DONE


def _waiting(house: House, at: int) -> int:
    from consult.cli.showing import table

    listed = house.store.read(lambda view: view.approvals())
    rows = [
        (one.id, one.kind, f"{one.consultation} {one.about[:16]}", f"account {one.asked_by}", one.state)
        for one in listed
        if one.until > at and one.state in ("asked", "approved")
    ]
    print(table(("id", "what", "consultation", "asked by", "state"), rows, right=(0,)))
    return DONE


def signed_in(house: House, at: int) -> Member:
    """Whoever types name, password and code. Raises Failed."""
    from consult.accounts import NotAllowed, entering

    name, password, code = _typed("name: "), _typed("password (not shown): ", hidden=True), _typed("code: ")
    try:
        return entering.checked(house, name, password, code, at)
    except NotAllowed as refused:
        raise Failed(why(refused)) from None


def _typed(prompt: str, *, hidden: bool = False) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    if hidden:
        from getpass import getpass

        return getpass(prompt)
    print(prompt, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().rstrip("\n")


def second_person(house: House, kind: str, consultation: str, approval: int | None, at: int, about: str = "") -> bool:
    """True to go on: no two accounts can decide here, or this approval was claimed. False: it is asked for now."""
    from consult.accounts import NotAllowed, approving

    if not approving.needed(house):
        if approval is not None:
            raise Failed("there are no two accounts here, so there is no approval to claim", USAGE)
        return True
    who = signed_in(house, at)
    try:
        if approval is not None:
            approving.claim(house, approval, kind, consultation, who.id, at, about)
            return True
        id = approving.ask(house, kind, consultation, who.id, at, about)
    except NotAllowed as refused:
        raise Failed(why(refused)) from None
    print(f"asked for, as approval {id}: another person runs consult approve {id}, or approves it on the page")
    return False


def two_agree(
    house: House, kind: str, consultation: str, approval: int | None, confirmed_by: list[str], at: int, about: str = ""
) -> bool:
    """As `second_person`; where no two accounts can decide, two people are named, and noted. Raises Failed."""
    from consult.accounts import approving
    from consult.library import day_of

    if approving.needed(house):
        return second_person(house, kind, consultation, approval, at, about)
    named = {name.casefold(): name for name in (" ".join(each.split())[:80] for each in confirmed_by)}
    people = named.values()
    if len(people) != 2:
        raise Failed("two people confirm it: --confirmed-by A --confirmed-by B", USAGE)
    what = f"{kind} of {consultation}{f' {about}' if about else ''} confirmed by {' and '.join(sorted(people))}"
    house.store.write(lambda tx: tx.note(day_of(at), what))
    return True


def why(refused: Exception) -> str:
    """In the words of the English pages."""
    match str(refused):
        case "wrong":
            return "name, password or code is not right; each code works once"
        case "own":
            return "another person must approve what you asked for"
        case "new":
            return "this account joined, or got its role, after this was asked; another must approve it"
        case "approval":
            return "it was decided or claimed already, is another's, or too old; consult approve lists what waits"
        case "busy":
            return "many people are signing in; try again"
        case "nothing":
            return "no consultation of this name is published"
        case _:
            return "this account may not do that here; an administrator gives roles"
