"""Whom we may write to: lists of numbers in, looked at first; taken back; single-use codes for closed consultations.

Rule 1: no number is ever printed, in an error neither: rows are named by their place in the file.
"""

from __future__ import annotations

import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from consult.cli.commands import Commands, Words, command, whole_above_zero
from consult.cli.endings import DONE, FAILED

if TYPE_CHECKING:
    from consult.contacts import Plan
    from consult.store import View

_SHOWN = 20  # bad rows on the screen; --errors writes all


def add(commands: Commands) -> None:
    """Declare contacts import, undo, list and codes."""
    parser = command(commands, "contacts", "import, count and take back the people we may write to", None)
    duties: Commands = parser.add_subparsers(metavar="DUTY", required=True)
    _add_import(duties)
    undo = command(
        duties, "undo", "take an import back: whoever was not written to yet", _undo, "consult contacts undo 3"
    )
    undo.add_argument("id", metavar="ID", type=int, help="the number that the import printed")
    listing = command(duties, "list", "count people by state, and list imports", _list, "consult contacts list")
    listing.add_argument("--consultation", metavar="NAME")
    codes = command(
        duties,
        "codes",
        "make single-use enrolment codes; what is printed is the only copy",
        _codes,
        "consult contacts codes river --count 50 > codes.txt",
    )
    codes.add_argument("name", metavar="NAME")
    codes.add_argument("--count", metavar="N", type=whole_above_zero, required=True)


def _add_import(duties: Commands) -> None:
    parser = command(
        duties,
        "import",
        "enrol the people of a list (CSV or XLSX; the first row has headings, one of them phone)",
        _import,
        "consult contacts import list.csv --dry-run",
        "consult contacts import list.xlsx --consultation river --region NG --errors bad-rows.csv",
    )
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--consultation", metavar="NAME", help="which one (default: the only one published)")
    parser.add_argument(
        "--region", metavar="CC", default="", help="country of numbers without + (default: CONSULT_COUNTRY)"
    )
    parser.add_argument(
        "--consented", metavar="HOW", default="", help="how they agreed to be written to, e.g. in_person"
    )
    parser.add_argument("--group", metavar="NAME", default="", help="who they are together, in the list of imports")
    parser.add_argument("--dry-run", action="store_true", help="show what would happen, keep nothing")
    parser.add_argument("--errors", metavar="CSV", type=Path, help="write every bad row and its reason here")


def _import(words: Words) -> int:
    from consult import contacts
    from consult.cli import opening, showing

    with opening.house() as house:
        name = opening.published(house, words.consultation).name
        terms = contacts.Terms(words.consented, words.group)
        plan = contacts.plan(house, name, words.file, words.region.upper())
        _show(plan)
        if words.errors:
            contacts.error_csv(plan, words.errors)
        if words.dry_run:
            print("dry run: nothing was kept")
        elif plan.new:
            id = contacts.apply(house, plan, opening.now(), showing.Bar("importing"), terms=terms)
            print(f"import {id}: {plan.new} enrolled in {name}; consult contacts undo {id} takes it back")
        else:
            print("nobody new, nothing was kept")
    return FAILED if plan.bad and not (plan.new or plan.same) else DONE


def _show(plan: Plan) -> None:
    counts = {
        "new": plan.new,
        "enrolled already": plan.same,
        "the same number twice": plan.duplicate,
        "not usable": plan.invalid,
        "without a number": plan.empty,
        "opted out": plan.opted_out,
    }
    print(f"{plan.consultation}: {', '.join(f'{n} {what}' for what, n in counts.items() if n or what == 'new')}")
    if plan.ignored:
        print(f"  warning: not kept: {', '.join(plan.ignored)}")
    if plan.unspoken:
        print(f"  warning: {plan.unspoken} have no language and are written to in the first")
    for row, reason in plan.bad[:_SHOWN]:
        print(f"  row {row}: {reason}")
    if len(plan.bad) > _SHOWN:
        print(f"  and {len(plan.bad) - _SHOWN} rows more; --errors FILE.csv writes them all")


def _undo(words: Words) -> int:
    from consult import contacts
    from consult.cli import opening

    with opening.house() as house:
        gone = contacts.undo(house, words.id)
    print(f"import {words.id} taken back: {gone} people, with their numbers; whoever was written to stays")
    return DONE


def _list(words: Words) -> int:
    from consult.cli import opening, showing

    with opening.house() as house:
        newest = house.store.read(house.library.current).newest
        chosen = [opening.published(house, words.consultation)] if words.consultation else list(newest.values())
        people = [row for one in chosen for row in house.store.read(partial(_people, one.name))]
        imports = [row for one in chosen for row in house.store.read(partial(_imports, one.name))]
    head = ("consultation", "frame", "language", "state", "people")
    print(showing.table(head, people, right={4}) if people else "nobody is enrolled yet")
    if imports:
        print(
            "\n"
            + showing.table(
                ("import", "consultation", "day", "people", "group", "consented", ""), imports, right={0, 3}
            )
        )
    return DONE


def _people(name: str, view: View) -> list[tuple[object, ...]]:
    counts = Counter((each.frame, each.locale or "-", each.state) for each in view.enrolments(name))
    return [(name, *which, n) for which, n in sorted(counts.items())]


def _imports(name: str, view: View) -> list[tuple[object, ...]]:
    from consult.cli.showing import date_of
    from consult.contacts import terms_of

    told = [(each, terms_of(view, each.id)) for each in view.imports(name)]
    return [
        (each.id, name, date_of(each.day), each.people, terms.group, terms.consented, "taken back" * each.undone)
        for each, terms in told
    ]


def _codes(words: Words) -> int:
    from consult import contacts
    from consult.cli import opening

    with opening.house() as house:
        codes = contacts.make_codes(house, opening.published(house, words.name).name, words.count)
    print("\n".join(codes), flush=True)
    print("these codes are kept nowhere; each admits one person once", file=sys.stderr)
    return DONE
