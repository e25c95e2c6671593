"""What leaves the hub only with two people: de-identified rows, and the restricted annex.

Rule 1: without a second person's approval it is asked for, and nothing is opened.
Rule 2: a file is readable by this user alone; what it holds and who must not have it is said as it is written.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from consult.cli.commands import Commands, Words, command
from consult.cli.endings import DONE, FAILED, SURROUNDINGS, Failed

if TYPE_CHECKING:
    import argparse

    from consult.annex import EarlyWarning
    from consult.findings.rows import Sheet
    from consult.house import House
    from consult.store.records import Published

FORMATS = ("csv", "xlsx", "sqlite")
_ROWS = (
    "A row is what one woman answered. Whoever knows some of her answers may find her row: give it to nobody who does "
    "not need it, publish nothing of it but tables of ten people and more, and destroy it when the work is done."
)


def add(commands: Commands) -> None:
    """Declare export rows and export annex."""
    parser = command(commands, "export", "write what needs two people: rows without names, or the annex", None)
    duties: Commands = parser.add_subparsers(metavar="WHAT", required=True)
    rows = command(
        duties,
        "rows",
        "de-identified rows: at least ten people alike, closed answers only",
        _rows,
        "consult export rows river                 asks; another person approves: consult approve ID",
        "consult export rows river --approval 4 --format xlsx",
        "consult export rows river --confirmed-by Amina --confirmed-by Ruth     on a hub without two accounts",
    )
    _add_shape(rows)
    rows.add_argument("--format", choices=FORMATS, default="csv")
    rows.add_argument("--without-shared", action="store_true", help="leave out voices that share a telephone")
    annex = command(
        duties,
        "annex",
        "early warnings, for those who protect: day, way and broad place",
        _annex,
        "consult export annex river                asks; another person approves: consult approve ID",
        "consult export annex river --approval 5",
    )
    _add_shape(annex)


def _add_shape(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the consultation")
    parser.add_argument("--approval", metavar="ID", type=int, help="what another person approved")
    parser.add_argument("--confirmed-by", metavar="PERSON", action="append", default=[], help="twice, as for retire")
    parser.add_argument("--output", metavar="FILE", type=Path, help="write here (default: in this folder)")
    parser.add_argument("--kit", action="store_true", help="custody offline: ask for both halves of the recovery kit")


def _with_two(kind: str, words: Words, deed: Callable[[House, bytes | None], int]) -> int:
    from consult.cli import admitting, halves, opening

    with opening.house() as house:
        published: Published = opening.published(house, words.name)
        if not admitting.two_agree(house, kind, words.name, words.approval, words.confirmed_by, opening.now()):
            return DONE
        return deed(house, halves.ask(published).private if words.kit else None)


# ---- rows


def _rows(words: Words) -> int:
    def deed(house: House, private: bytes | None) -> int:
        from secrets import SystemRandom

        from consult import exporting
        from consult.cli import opening

        shared = not words.without_shared
        sheets = exporting.rows(
            house, words.name, at=opening.now(), chance=SystemRandom(), shared=shared, private=private
        )
        if not sheets:
            raise Failed("no way of coming in has the 30 people that rows need", FAILED)
        _write(sheets, words)
        return DONE

    return _with_two("rows", words, deed)


def _write(sheets: list[Sheet], words: Words) -> None:
    from consult import spreadsheets
    from consult.exporting import cells
    from consult.store.handing import write_tables

    path: Path = words.output or Path(f"{words.name}-rows.{words.format}")
    try:
        if words.format == "xlsx":
            spreadsheets.write_xlsx(path, {each.frame: cells(each) for each in sheets})
            written = [path]
        elif words.format == "sqlite":
            write_tables(path, {each.frame: (each.columns, each.rows) for each in sheets})
            written = [path]
        else:
            written = [path if len(sheets) == 1 else path.with_stem(f"{path.stem}-{each.frame}") for each in sheets]
            for each, file in zip(sheets, written, strict=True):
                spreadsheets.write_csv(file, cells(each))
    except spreadsheets.Missing as error:
        raise Failed(str(error), SURROUNDINGS) from None
    people = ", ".join(f"{len(each.rows)} {each.frame}" for each in sheets)
    print(f"written, for your eyes only: {', '.join(map(str, written))} ({people})")
    print(_ROWS)


# ---- annex


def _annex(words: Words) -> int:
    def deed(house: House, private: bytes | None) -> int:
        from consult import annex, spreadsheets
        from consult.cli import opening

        found = annex.early_warnings(house, words.name, at=opening.now(), private=private)
        if not found:
            print(f"no early warning came in {words.name}")
            return DONE
        path: Path = words.output or Path(f"{words.name}-annex.csv")
        spreadsheets.write_csv(path, [("day", "channel", "came", "who"), *map(_cells, found)])
        print(f"{len(found)} early warnings, written for your eyes only: {path}")
        print("It is for those who protect her, and for nobody else: keep it off mail and shared folders.")
        return DONE

    return _with_two("annex", words, deed)


def _cells(one: EarlyWarning) -> tuple[str, ...]:
    from datetime import date, timedelta

    day = date(1970, 1, 1) + timedelta(days=one.day)
    return day.isoformat(), one.channel, one.frame, ", ".join(f"{name} {code}" for name, code in one.segments)
