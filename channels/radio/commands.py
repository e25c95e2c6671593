"""What the radio adds to the command line (D18): the script and the call sheet here, episodes in `runs`.

Rule 1: a definition's file needs no house: a script can be made before anything is published.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from channels.radio import runs
from consult.cli.commands import Commands, Words, command, whole_above_zero
from consult.cli.endings import DONE, SURROUNDINGS, USAGE, Failed

if TYPE_CHECKING:
    from channels.radio.script import Script
    from channels.radio.station import Station
    from consult.episodes import Episode, Material
    from consult.wording import Say


def add(commands: Commands) -> None:
    """Declare radio and its duties."""
    radio = command(commands, "radio", "a consultation as a call-in show: script, call sheets, episodes, slips", None)
    duties = radio.add_subparsers(metavar="DUTY", required=True)
    _add_script(duties)
    _add_sheet(duties)
    runs.add(duties)


def _add_script(duties: Commands) -> None:
    script = command(
        duties,
        "script",
        "print the presenter's script, with the clock and the presenter's cards",
        _script,
        "consult radio script river --lang ha --episode 2 --minutes 60",
        "consult radio script river.toml --minutes 45s --station station.toml",
        "consult radio script river --lang ar --into script.html    or .pdf, or .txt",
    )
    _episode(script)
    script.add_argument("--minutes", type=_length, help="60, 5 or 45s (60)")
    script.add_argument("--station", metavar="FILE", help="the station's settings, see the README")
    script.add_argument("--day", metavar="DATE", type=_day, help="when it is broadcast: 2026-12-01")
    script.add_argument(
        "--until", metavar="WHEN", default="", help='until when answers are taken, as it is read: "18:00"'
    )
    script.add_argument("--feedback", metavar="FILE", help="what was heard last time: a sentence a line")
    script.add_argument("--into", metavar="FILE", type=Path, help="write it as .html, .pdf or .txt")


def _add_sheet(duties: Commands) -> None:
    sheet = command(
        duties,
        "sheet",
        "write call sheets to print: a line for each caller, without names and numbers",
        _sheet,
        "consult radio sheet river --lang ha --episode 2 --sheets 4 --into sheets.html    or .pdf",
    )
    _episode(sheet)
    sheet.add_argument("--sheets", metavar="N", type=whole_above_zero, default=1, help="how many (1)")
    sheet.add_argument("--into", metavar="FILE", type=Path, required=True, help="write it as .html or .pdf")


def _episode(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", metavar="NAME", help="what is published under this name, or a definition's file")
    parser.add_argument("--lang", metavar="TAG", help="the presenter's language (default: its first)")
    parser.add_argument("--episode", metavar="N", type=whole_above_zero, default=1, help="turns the answers (1)")
    parser.add_argument("--ask", metavar="QUESTION", action="append", default=[], help="read only this one, and others")


def _length(text: str) -> int:
    lengths = {"60": 3600, "5": 300, "45s": 45}
    if text not in lengths:
        raise argparse.ArgumentTypeError(f"{text} is no length of a programme: 60, 5 or 45s")
    return lengths[text]


def _day(text: str) -> str:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise argparse.ArgumentTypeError(f"{text} is no day; write it as 2026-12-01")
    return text


def _script(words: Words) -> int:
    from channels.radio.leaf import as_text
    from channels.radio.script import clock
    from consult.wording import for_locale

    made = _made(words)
    say = for_locale(made.material.tag)
    if words.into:
        _write(made, say, words.into)
        print(f"{words.into}: {clock(made.spoken)} to read of {clock(made.occasion.seconds)}")
    else:
        print(as_text(made, say))
    if made.over:
        raise Failed(f"the script is {clock(made.over)} too long; leave out a question or take a longer programme")
    return DONE


def _made(words: Words) -> Script:
    """As it was planned, where it was; what the command line says goes before that."""
    from channels.radio.script import Occasion, script
    from channels.radio.station import Station, read
    from consult.wording import for_locale

    given, known = _material(words)
    station = _station(words.station) if words.station else read(known.station) if known else Station()
    feedback = _lines(words.feedback) if words.feedback else tuple(known.feedback.splitlines()) if known else ()
    occasion = Occasion(
        seconds=words.minutes or (known.seconds if known else 3600),
        day=words.day or (known.day if known else ""),
        until=words.until or (known.until if known else ""),
        feedback=feedback,
        beeps=known.rung if known else (),
    )
    return script(given, station, occasion, for_locale(given.tag))


def _sheet(words: Words) -> int:
    from channels.radio.sheet import as_html
    from consult.wording import for_locale

    given, _ = _material(words)
    _keep(words.into, {".html": str.encode, ".pdf": _pdf}, as_html(given, for_locale(given.tag), words.sheets))
    print(f"{words.into}: {words.sheets} sheets")
    return DONE


@dataclass(frozen=True, slots=True)
class _Known:
    """What was planned of an episode, as a script wants it."""

    seconds: int
    day: str
    until: str
    station: str
    feedback: str
    rung: tuple[tuple[str, str], ...]


def _material(words: Words) -> tuple[Material, _Known | None]:
    from consult.cli import opening
    from consult.consultation import LARGEST, read
    from consult.episodes import day_told, rung, until
    from consult.publish import compiled
    from consult.wording import packs

    if words.what.endswith(".toml"):
        return _read(words, compiled(read(opening.text(words.what, LARGEST)), packs()), None), None
    with opening.house() as house:
        edition = house.library.edition(opening.published(house, words.what))
        planned = house.store.read(lambda view: view.episode(words.what, words.episode))
        given = _read(words, edition, planned)
        if planned is None:
            return given, None
        p, told = planned, until(planned, edition.consultation)
        numbers = house.store.read(lambda view: rung(view, p, given))
    return given, _Known(p.seconds, day_told(p), told, p.station, p.feedback, numbers)


def _read(words: Words, edition: Any, planned: Episode | None) -> Material:
    from consult.episodes import NotOnAir, material

    tag = words.lang or (planned.locale if planned else edition.consultation.languages[0])
    try:
        return material(edition, tag, words.episode, words.ask or (planned.asks.split() if planned else ()))
    except NotOnAir as error:
        raise Failed(str(error), USAGE) from None


def _station(file: str) -> Station:
    from channels.radio.station import LARGEST, BadStation, read
    from consult.cli import opening

    try:
        return read(opening.text(file, LARGEST))
    except BadStation as error:
        raise Failed(f"{file}: {error}", USAGE) from None


def _lines(file: str) -> tuple[str, ...]:
    from consult.cli import opening

    return tuple(line.strip() for line in opening.text(file, 8192).splitlines() if line.strip())


def _write(made: Script, say: Say, file: Path) -> None:
    from channels.radio.leaf import as_html, as_text

    if file.suffix == ".txt":
        _keep(file, {".txt": str.encode}, as_text(made, say))
    else:
        _keep(file, {".html": str.encode, ".pdf": _pdf, ".txt": str.encode}, as_html(made, say))


def _keep(file: Path, kinds: Mapping[str, Callable[[str], bytes]], content: str) -> None:
    if file.suffix not in kinds:
        raise Failed(f"{file}: the name ends in one of {', '.join(kinds)}", USAGE)
    made = kinds[file.suffix](content)
    try:
        file.write_bytes(made)
    except OSError as error:
        raise Failed(f"cannot write {file} ({error.strerror}); choose another place") from None


def _pdf(html: str) -> bytes:
    from consult import printing

    try:
        return printing.as_pdf(html)
    except printing.Missing as missing:
        raise Failed(str(missing), SURROUNDINGS) from None
