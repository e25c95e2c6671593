"""The register of incidents on the command line, and areas where nothing is started: `consult findings incidents`.

Rule 1: that it was read is in the audit before it is shown.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from consult.cli.commands import Commands, Words, command, who, whole_above_zero
from consult.cli.endings import DONE, USAGE, Failed

if TYPE_CHECKING:
    from consult.incidents import Area


def add(duties: Commands) -> None:
    """Declare findings incidents and its duties."""
    parser = command(duties, "incidents", "what was done to somebody over it; pause what we start in an area", None)
    kinds: Commands = parser.add_subparsers(metavar="WHAT", required=True)
    listing = command(
        kinds, "list", "the register, and what is paused", _list, "consult findings incidents list river --who Amina"
    )
    _named(listing)
    new = command(
        kinds,
        "add",
        "register one; --pause starts nothing more there",
        _add,
        'consult findings incidents add river --kind threat --area place=village --note "..." --pause --who Amina',
        'consult findings incidents add river --kind exposure --note "..." --pause --who Amina      everywhere',
    )
    _named(new)
    new.add_argument("--kind", required=True, metavar="KIND", help="retaliation, harassment, threat, exposure, other")
    new.add_argument("--area", default="", metavar="WHO=CHOICE", help="a question about who she is; else everywhere")
    new.add_argument("--note", required=True, metavar="WORDS", help="what happened, without names or numbers")
    new.add_argument("--pause", action="store_true", help="no invitation, reminder, call or news there until closed")
    over = command(
        kinds,
        "close",
        "it is over: its pause is lifted",
        _close,
        "consult findings incidents close river 1 --who Amina",
    )
    _named(over)
    over.add_argument("number", metavar="N", type=whole_above_zero)


def _named(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--who", metavar="YOURNAME", required=True, help="your name, for the audit trail")


def _list(words: Words) -> int:
    from datetime import date, timedelta

    from consult import incidents
    from consult.cli import opening, showing
    from consult.library import day_of

    with opening.house() as house:
        opening.published(house, words.name)
        note = f"the incidents of {words.name} read by {who(words)}"
        house.store.write(lambda tx: tx.note(day_of(opening.now()), note))
        found = incidents.incidents(house, words.name)
    first = date(1970, 1, 1)
    rows = [
        (
            each.id,
            first + timedelta(days=each.day),
            each.kind,
            _told(each.area),
            "over" if each.closed is not None else "paused" if each.pauses else "open",
            each.note,
        )
        for each in found
    ]
    head = ("number", "day", "kind", "where", "state", "what happened")
    print(showing.table(head, rows, right={0}) if rows else "no incident is registered")
    return DONE


def _told(area: Area) -> str:
    return "=".join(area) if any(area) else "everywhere"


def _add(words: Words) -> int:
    from consult import incidents
    from consult.cli import opening
    from consult.library import day_of

    variable, _, value = words.area.partition("=")
    with opening.house() as house:
        opening.published(house, words.name)
        day, by = day_of(opening.now()), who(words)
        try:
            made = incidents.add(
                house, words.name, words.kind, (variable, value), words.note, pauses=words.pause, day=day, by=by
            )
        except incidents.Unclear as unclear:
            raise Failed(str(unclear), USAGE) from None
    paused = f"; nothing is started {_told(made.area)} until it is closed" if made.pauses else ""
    print(f"incident {made.id} is registered{paused}")
    if made.pauses and any(made.area):
        print("only those whom the list of contacts places there are known; without --area everywhere is paused")
    return DONE


def _close(words: Words) -> int:
    from consult import incidents
    from consult.cli import opening
    from consult.library import day_of

    with opening.house() as house:
        opening.published(house, words.name)
        try:
            incidents.close(house, words.name, words.number, day=day_of(opening.now()), by=who(words))
        except incidents.Unclear as unclear:
            raise Failed(str(unclear), USAGE) from None
    print(f"incident {words.number} is over")
    return DONE
