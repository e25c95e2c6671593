"""For ever: erasing someone at her request, and retiring a consultation.

Rule 1: an operator's erasure is the same order as her ERASE: journal unchanged, keys destroyed, listed outside.
Rule 2: where two accounts can decide, retiring is asked for by one and done as the other approves.
Rule 3: a number is read from stdin, so that it stands in no shell history, and is printed nowhere.
"""

from __future__ import annotations

import sys

from consult.cli.commands import Commands, Words, command
from consult.cli.endings import DONE, USAGE, Failed


def add(commands: Commands) -> None:
    """Declare erase and retire."""
    erase = command(
        commands,
        "erase",
        "erase someone who asked for it: every answer, key and message of her number",
        _erase,
        "consult erase -                  asks for the number, so that it stands in no shell history",
        "echo +237650000001 | consult erase -",
    )
    erase.add_argument("number", metavar="NUMBER", help="with + and country code, or - to be asked for it")
    retire = command(
        commands,
        "retire",
        "destroy a consultation's key: its answers are closed for ever, here and in every copy",
        _retire,
        "consult retire river            asks; another person approves: consult approve ID",
        "consult retire river --confirmed-by Amina --confirmed-by Ruth     on a hub without two accounts",
    )
    retire.add_argument("name", metavar="NAME")
    retire.add_argument(
        "--confirmed-by",
        metavar="PERSON",
        action="append",
        default=[],
        help="twice: two people who confirm that their half of the kit is destroyed too (where no two accounts are)",
    )


def _erase(words: Words) -> int:
    from secrets import token_hex

    from consult import intake
    from consult.cli import opening

    with opening.house() as house:
        given = _number() if words.number == "-" else words.number
        if not intake.erase(house, given, opening.now(), token_hex(16)):
            raise Failed("this is no telephone number; write it with + and its country code", USAGE)
        copied = house.settings.backup
    where = "there and here" if copied else "on this disk only"
    print(f"erased, and listed {where}; whether the number was known here is not told")
    if not copied:
        print(
            "consult: a backup brings back who was erased after it: set CONSULT_BACKUP, and restore with",
            file=sys.stderr,
        )
        print(f"         the newest list (--suppressions {house.settings.data / 'suppressed'})", file=sys.stderr)
    return DONE


def _number() -> str:
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass("number (not shown): ")
    return sys.stdin.readline().strip()


def _retire(words: Words) -> int:
    from consult import publish
    from consult.accounts import approving
    from consult.cli import admitting, opening
    from consult.library import day_of

    with opening.house() as house:
        if approving.needed(house):
            admitting.second_person(house, "retire", words.name, None, opening.now())
            return DONE
        if len(words.confirmed_by) != 2:
            raise Failed("two people confirm it: --confirmed-by A --confirmed-by B", USAGE)
        one, other = words.confirmed_by
        try:
            publish.retire(house, words.name, day=day_of(opening.now()), confirmed_by=(one, other))
        except LookupError as error:
            raise Failed(str(error.args[0])) from None
    print(f"{words.name} is retired: its key is destroyed, its answers are closed for ever, here and in every backup")
    return DONE
