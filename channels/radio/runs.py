"""Episodes on the command line: planning, windows, books, and slips brought in by file.

Rule 1: times are the consultation's own (its time zone, else its area's, else UTC).
Rule 2: what came in is told as numbers of slips and people; how they answered stays behind the gate.
"""

from __future__ import annotations

import argparse
import re
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from consult.cli.commands import Commands, Words, command, whole_above_zero
from consult.cli.endings import DONE, FAILED, USAGE, Failed

if TYPE_CHECKING:
    from consult.episodes import Books, Episode

CHANNEL = "radio"
_EPOCH = date(1970, 1, 1).toordinal()
_WHEN = "%Y-%m-%d %H:%M"


def add(duties: Commands) -> None:
    """Declare plan, episodes, open, close, books, feedback, key, erase, import."""
    _add_plan(duties)
    _numbered(duties, "open", "from now on answers are in time", _open)
    _numbered(duties, "close", "from now on answers are late", _close)
    _numbered(duties, "books", "close the books: count what came in, destroy the words of the slips", _books)
    listed = command(
        duties, "episodes", "list the episodes and what came in", _episodes, "consult radio episodes river"
    )
    listed.add_argument("name", metavar="NAME")
    _numbered(duties, "feedback", "write what the next episode may tell of this one, to be edited", _feedback)
    told = "print a new key that opens texts for the air; its only copy"
    key = command(duties, "key", told, _key, "consult radio key river")
    key.add_argument("name", metavar="NAME")
    erase = _numbered(duties, "erase", "erase the slip with this ticket, while the words of slips are kept", _erase)
    erase.add_argument("ticket", metavar="TICKET")
    bring = _numbered(duties, "import", "take slips that a desk saved (.json) or call sheets (.csv)", _import)
    bring.add_argument("file", metavar="FILE", type=Path)


def _add_plan(duties: Commands) -> None:
    plan = command(
        duties,
        "plan",
        "plan an episode: when, in which language, at which station; it records the order of answers",
        _plan,
        "consult radio plan river --episode 2 --lang ha --station station.toml \\",
        '    --opens "2026-12-01 18:00" --closes "2026-12-02 12:00"',
    )
    plan.add_argument("name", metavar="NAME")
    plan.add_argument("--episode", metavar="N", type=whole_above_zero, required=True)
    plan.add_argument("--lang", metavar="TAG", help="the presenter's language (default: its first)")
    plan.add_argument("--minutes", choices=("60", "5", "45s"), default="60", help="60, 5 or 45s (60)")
    plan.add_argument("--ask", metavar="QUESTION", action="append", default=[], help="read only this one, and others")
    plan.add_argument("--station", metavar="FILE", help="the station's settings, see the README")
    plan.add_argument(
        "--opens", metavar="WHEN", type=_when, required=True, help='the programme begins: "2026-12-01 18:00"'
    )
    plan.add_argument("--closes", metavar="WHEN", type=_when, help="answers are late from then on")
    plan.add_argument("--beep", metavar="QUESTION", help="take votes on it by ringing the station's numbers for beeps")
    plan.add_argument("--feedback", metavar="FILE", help="what was heard last time: a sentence a line")


def _numbered(duties: Commands, name: str, summary: str, run: Any) -> argparse.ArgumentParser:
    more = {"import": " FILE", "erase": " AB-12"}.get(name, "")
    parser = command(duties, name, summary, run, f"consult radio {name} river --episode 2{more}")
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--episode", metavar="N", type=whole_above_zero, required=True)
    return parser


def _when(text: str) -> datetime:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", text):
        raise argparse.ArgumentTypeError(f'{text} is no time; write it as "2026-12-01 18:00"')
    return datetime.strptime(text, _WHEN)  # noqa: DTZ007 - its zone is the consultation's, put on later


# ---- the duties


def _plan(words: Words) -> int:
    from channels.radio import station
    from consult.cli import opening
    from consult.episodes import Episode, NotNow, NotOnAir, material, plan
    from consult.episodes import zone as zone_of
    from consult.episodes.beeps import assign

    settings = opening.text(words.station, station.LARGEST) if words.station else ""
    feedback = opening.text(words.feedback, 8192) if words.feedback else ""
    with opening.house() as house:
        published = opening.published(house, words.name)
        edition = house.library.edition(published)
        zone = zone_of(edition.consultation)
        lang = words.lang or edition.consultation.languages[0]
        try:
            told = station.read(settings)
            given = material(edition, lang, words.episode, words.ask)
            episode = Episode(
                consultation=published.name,
                number=words.episode,
                version=published.version,
                channel=CHANNEL,
                locale=given.tag,
                day=words.opens.date().toordinal() - _EPOCH,
                seconds={"60": 3600, "5": 300, "45s": 45}[words.minutes],
                station=settings,
                asks="",
                orders="",
                feedback=feedback.strip(),
                listed=" ".join(told.names),
                opens_at=_epoch(words.opens, zone),
                closes_at=_epoch(words.closes, zone) if words.closes else None,
            )
            beeps = assign(edition, given, words.beep, told.beeps) if words.beep else ()
            plan(house, episode, given, opening.now(), beeps, thanks=told.thanks)
        except (station.BadStation, NotOnAir, NotNow) as error:
            raise Failed(str(error), USAGE) from None
    print(f"episode {words.episode} of {words.name} is planned for {words.opens:%Y-%m-%d %H:%M}, {zone}")
    return DONE


def _epoch(when: datetime, zone: ZoneInfo) -> int:
    return int(when.replace(tzinfo=zone).timestamp())


def _open(words: Words) -> int:
    from consult.episodes import open_window

    return _turned(words, open_window, "is open")


def _close(words: Words) -> int:
    from consult.episodes import close_window

    return _turned(words, close_window, "is closed")


def _turned(words: Words, turn: Any, told: str) -> int:
    from consult.cli import opening
    from consult.episodes import NotNow

    with opening.house() as house:
        try:
            turn(house, words.name, words.episode, opening.now())
        except NotNow as error:
            raise Failed(str(error)) from None
    print(f"episode {words.episode} of {words.name} {told}")
    return DONE


def _books(words: Words) -> int:
    from consult.cli import opening
    from consult.episodes import NotNow, close_books

    with opening.house() as house:
        try:
            books = close_books(house, words.name, words.episode, opening.now())
        except NotNow as error:
            raise Failed(str(error)) from None
    print("\n".join(_told(books)))
    if books.missing:
        raise Failed(f"{books.missing} slips have no answers in the journal; run consult doctor")
    return DONE


def _told(books: Books) -> list[str]:
    by = ", ".join(f"{verdict.replace('_', ' ')} {n}" for verdict, n in sorted(books.slips.items()))
    agreed = ", ".join(f"{what} {n}" for what, n in sorted(books.agreed.items()))
    total = sum(books.slips.values())
    rows = [f"slips      {total}" + (f"  ({by}; agreed to: {agreed}; flagged {books.danger})" if total else "")]
    rows += [f"{channel:10} {n} people  ({frame})" for (channel, frame), n in books.people.items()]
    return [*rows, f"check      {total - books.missing} of {total} slips are in the journal"]


def _episodes(words: Words) -> int:
    from consult.cli import opening
    from consult.episodes import count
    from consult.episodes import zone as zone_of

    with opening.house() as house:
        published = opening.published(house, words.name)
        zone = zone_of(house.library.edition(published).consultation)
        for episode in house.store.read(lambda view: view.episodes(words.name)):
            slips = house.store.read(partial(count, name=words.name, number=episode.number)).slips
            print(_line(episode, zone), f"slips {sum(slips.values())}")
    return DONE


def _line(episode: Episode, zone: ZoneInfo) -> str:
    from channels.radio import station

    where = station.read(episode.station)
    window = " to ".join(_shown(at, zone) for at in (episode.opens_at, episode.closes_at))
    told = (f"{episode.number:>3}", f"{episode.state:8}", window, episode.locale, where.name, where.frequency)
    return "  ".join(part for part in told if part)


def _shown(at: int | None, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, UTC).astimezone(zone).strftime(_WHEN) if at is not None else "-"


def _feedback(words: Words) -> int:
    from channels.radio.report import lines
    from consult.cli import opening
    from consult.episodes import NotNow
    from consult.episodes.feedback import heard
    from consult.wording import for_locale

    with opening.house() as house:
        episode = house.store.read(lambda view: view.episode(words.name, words.episode))
        if episode is None:
            raise Failed(f"episode {words.episode} of {words.name} is not planned; plan it first")
        edition = house.store.read(lambda view: house.library.version(view, words.name, episode.version))
        try:
            told = heard(house, episode, edition, episode.locale, opening.now())
        except NotNow as error:
            raise Failed(str(error)) from None
    print("\n".join(lines(told, for_locale(episode.locale))))
    return DONE


def _key(words: Words) -> int:
    from consult.cli import opening
    from consult.episodes import stationkey

    with opening.house() as house:
        published = opening.published(house, words.name)
        key = stationkey.issue(house, published.name, opening.now())
    print(f"{key}\nGive it to the producer, by hand. Nobody can open texts without it, and it cannot be printed again.")
    return DONE


def _erase(words: Words) -> int:
    from consult.cli import opening
    from consult.episodes import desk

    with opening.house() as house:
        many = desk.erase_ticket(house, words.name, words.episode, words.ticket.upper(), opening.now())
    if not many:
        raise Failed("no slip with this ticket can be found; after a day, or with closed books, none can be told apart")
    print(f"{many} erased")
    return DONE


def _import(words: Words) -> int:
    from consult.cli import opening
    from consult.episodes import desk

    with opening.house() as house:
        episode = house.store.read(lambda view: view.episode(words.name, words.episode))
        if episode is None:
            raise Failed(f"episode {words.episode} of {words.name} is not planned; plan it first")
        told = _brought(house, episode, words.file)
        done = desk.take_all(house, episode, told, opening.now(), "console")
    for each in done:
        if each.state == "refused":
            print(f"refused  {each.id[:40]}  {each.field}: {_why(each.why)}")
    states = [each.state for each in done]
    print(f"{states.count('taken')} taken, {states.count('known')} known, {states.count('refused')} refused")
    return FAILED if "refused" in states else DONE


def _brought(house: Any, episode: Episode, file: Path) -> dict[str, Any]:
    from consult.cli import opening
    from consult.episodes import desk, material, paper

    try:
        if file.suffix == ".csv":
            edition = house.library.edition(house.store.read(lambda view: view.published(episode.consultation)))
            given = material(edition, episode.locale, episode.number, episode.asks.split())
            asked = [item.name for item in (*given.at_desk, *given.items)]
            return {"slips": paper.read(opening.text(str(file), paper.LARGEST), asked)}
        return desk.saved(opening.text(str(file), desk.LARGEST), episode.consultation, episode.number)
    except (paper.SheetWrong, desk.NotSlips) as error:
        raise Failed(f"{file}: {error}; nothing of it was taken") from None


def _why(why: str) -> str:
    return {
        "unknown": "holds nothing that is known there",
        "long": "has more than twelve words",
        "number": "holds a number; take it out",
        "address": "holds an address; take it out",
        "hidden": "holds a hidden character",
        "name": "may hold a name; take it out, or tick that you looked",
    }[why]
