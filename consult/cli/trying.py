"""Try a definition in the terminal: house, intake, outbox and delivery as on a hub, in a folder that is gone after.

Rule 1: nothing of it stays: keys, answers and the folder are removed when it ends.
Rule 2: the clock is moved to a moment at which the consultation is open and we may write first, and runs on from there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consult.cli.commands import Commands, Words, command
from consult.cli.endings import DONE, USAGE, Failed
from consult.cli.opening import now

if TYPE_CHECKING:
    from channels.console import Terminal
    from consult.channel import CallChannel, Carrier, Channel, Cost, Heard, Line, Said, Wish
    from consult.consultation import Fault
    from consult.edition import Edition
    from consult.house import House
    from consult.prompts import Prompt
    from consult.store import Tx
    from consult.store.records import Published

_NOON = 43_200  # seconds into a day (UTC)


def add(commands: Commands) -> None:
    """Declare try."""
    parser = command(
        commands,
        "try",
        "play a definition in this terminal, as she would hear it",
        _try,
        "consult try river.toml --channel sms --lang ha",
        "consult try river.toml --channel voice           rings; each line is the keys she presses",
        "consult try river.toml --lang ar --invited       begins with the invitation of a campaign",
        "printf '1\\n1\\n2\\n' | consult try river.toml     plays these replies and ends",
    )
    parser.add_argument("file", metavar="FILE", help="a definition (TOML); the examples lie in consult/examples")
    parser.add_argument("--channel", metavar="NAME", help="how it is carried, e.g. sms (default: by message)")
    parser.add_argument("--lang", metavar="TAG", help="her language (default: the first of the definition)")
    parser.add_argument("--invited", action="store_true", help="begin as a campaign would, not with her keyword")


def _try(words: Words) -> int:
    from tempfile import TemporaryDirectory

    from consult import publish
    from consult.cli.opening import text
    from consult.consultation import LARGEST
    from consult.library import day_of

    toml = text(words.file, LARGEST)
    with TemporaryDirectory(prefix="consult-try-") as folder, _opened(Path(folder), words.channel) as stage:
        done = publish.publish(stage.house, toml, day=day_of(now()), test=True)
        _warn(done.faults, words.lang)
        _play(stage, done.published, words)
    return DONE


# ---- the stage


@dataclass(slots=True)
class Tried:
    """A channel as it is, with the terminal for its only carrier."""

    name: str
    channel: Channel
    carriers: Mapping[str, Carrier]

    def render(self, prompts: Sequence[Prompt]) -> list[str]:
        return self.channel.render(prompts)

    def cost(self, text: str) -> Cost:
        return self.channel.cost(text)

    def check(self, items: Any, spellings: Mapping[str, Mapping[str, str]]) -> Any:
        return self.channel.check(items, spellings)


@dataclass(slots=True)
class TriedCalls(Tried):
    """A channel of calls as it is, with the terminal for its only carrier."""

    calls: CallChannel

    def asks(self, prompt: Prompt) -> bool:
        return self.calls.asks(prompt)

    def aloud(self, prompt: Prompt) -> bool:
        return self.calls.aloud(prompt)

    def meant(self, said: Said, asked: Sequence[Prompt], line: Line) -> tuple[Said | Wish | None, Line]:
        return self.calls.meant(said, asked, line)

    def speak(self, prompts: Sequence[Prompt], asked: Sequence[Prompt], line: Line) -> tuple[Any, Line]:
        return self.calls.speak(prompts, asked, line)


def _tried(channel: Channel, terminal: Carrier) -> Tried:
    from consult.channel import CallChannel

    carriers = {terminal.name: terminal}
    if isinstance(channel, CallChannel):
        return TriedCalls(channel.name, channel, carriers, channel)
    return Tried(channel.name, channel, carriers)


@dataclass(slots=True)
class Stage:
    """A house whose only telephone is this terminal. `offset`: seconds its clock is ahead of ours."""

    house: House
    terminal: Terminal
    offset: int = 0
    said: int = 0

    def at(self) -> int:
        return now() + self.offset

    def heard(self, line: str) -> Heard:
        """What the terminal makes of a line."""
        self.said += 1
        return self.terminal.says(line, f"{self.said}", self.at())

    def says(self, line: str) -> None:
        """She sends this line, and what it causes is delivered."""
        from secrets import randbits

        from consult import intake

        heard = self.heard(line)
        taken = intake.take(self.house, heard, randbits(8))
        if heard.call:
            print(taken.answer.body.decode() if taken.answer else "(the call is over)")
        self.pay(taken.owed)

    def pay(self, owed: Sequence[int]) -> None:
        from consult import delivery

        for id in owed:
            delivery.pay(self.house, id, self.at())


@contextmanager
def _opened(folder: Path, wanted: str | None) -> Iterator[Stage]:
    from channels import open_terminal
    from consult.cli import opening
    from consult.config import Settings

    with opening.house(Settings(data=folder / "data"), begin=True) as house:
        channel = _channel(house.channels, wanted)
        terminal = open_terminal(channel, print)
        tried = _tried(channel, terminal)
        yield Stage(replace(house, channels={tried.name: tried}), terminal)


def _channel(channels: Mapping[str, Channel], wanted: str | None) -> Channel:
    from consult.channel import CallChannel

    if wanted is None:
        return next(each for each in channels.values() if not isinstance(each, CallChannel))
    if wanted not in channels:
        raise Failed(f"--channel is one of: {', '.join(sorted(channels))}", USAGE)
    return channels[wanted]


def _warn(faults: Sequence[Fault], tongue: str | None) -> None:
    """In brief, and of the other languages only how many."""
    from consult.cli import showing

    found = [fault for fault in faults if fault.level != "note"]
    warnings = [fault for fault in found if tongue is None or fault.language in ("", tongue)]
    if found:
        where = f", {len(warnings)} of them in {tongue} or in all" if tongue else ""
        print(f"consult check finds {showing.counted(found)}{where}", file=sys.stderr)
        for line in showing.faults(warnings[:3]):
            print(f"  {line}", file=sys.stderr)


# ---- playing


def _play(stage: Stage, published: Published, words: Words) -> None:
    from consult.channel import CallCarrier

    edition = stage.house.library.edition(published)
    tongue = words.lang or edition.consultation.languages[0]
    if tongue not in edition.consultation.languages:
        raise Failed(f"--lang is one of: {', '.join(edition.consultation.languages)}", USAGE)
    stage.offset = _open_moment(edition) - now()
    keyword = edition.consultation.keyword.get(tongue, "")
    calls = isinstance(stage.terminal, CallCarrier)
    if calls and (words.invited or not keyword):
        raise Failed("nobody is called from here: by telephone it begins with her call, so leave --invited out", USAGE)
    if words.invited or not keyword:
        _invite(stage, published, tongue)
    else:
        _join(stage, published, keyword, admitted=edition.consultation.open)
        if calls and words.lang and len(edition.consultation.languages) > 1:
            _press(stage, str(edition.consultation.languages.index(tongue) + 1))
    _converse(stage)
    _sum_up(stage, published)


def _open_moment(edition: Edition) -> int:
    """Now, or the nearest noon at which the consultation is open."""
    from datetime import UTC, datetime, time

    from consult.library import window

    bounds = {"early": edition.consultation.opening, "late": edition.consultation.closing}
    day = bounds.get(window(edition, now()))
    return int(datetime.combine(day, time(), UTC).timestamp()) + _NOON if day else now()


def _join(stage: Stage, published: Published, keyword: str, *, admitted: bool) -> None:
    """She texts the keyword; where the door is not open, with a code."""
    from consult import codes

    line = keyword if admitted else f"{keyword} {codes.issue(stage.house, published.name, 1)[0]}"
    print(f"> {line}")
    stage.says(line)


def _press(stage: Stage, key: str) -> None:
    print(f"> {key}")
    stage.says(key)


def _invite(stage: Stage, published: Published, tongue: str) -> None:
    """She is on a list, and a campaign begins."""
    from secrets import randbits

    from consult import campaign
    from consult.delivery import next_safe

    house, her = stage.house, stage.heard("")
    number = her.sender or ""
    address = house.store.write(lambda tx: _enrol(house, tx, number, published.name, tongue))
    opens = house.store.read(lambda view: next_safe(house, view, published.name, None, address, stage.at()))
    if opens:
        stage.offset += opens - stage.at()
    plan = campaign.Plan(her.channel, her.carrier, her.ours)
    started = campaign.start(house, published.name, plan, stage.at())
    campaign.wave(house, started.id, stage.at(), seed=lambda: randbits(8))
    queued = house.store.read(lambda view: [one.id for one in view.traffic(address.id)])
    if not queued:
        raise Failed("nobody can be invited: the consultation names no time zone, and its area has none or several")
    stage.pay(queued)


def _enrol(house: House, tx: Tx, number: str, name: str, tongue: str) -> Any:
    from consult.letters import seal_number
    from consult.store.records import Enrolment

    index = house.vault.index(number)
    address = tx.add_address(index, seal_number(house.vault, index, number), "")
    person = tx.add_person(address.id, 0, 0)
    tx.enrol(Enrolment(person.id, name, "enrolled", tongue, b""))
    return address


def _converse(stage: Stage) -> None:
    """Her lines, until the input ends."""
    typed = sys.stdin.isatty()
    if typed:
        print("(type her replies; Ctrl-D ends)")
    for line in _lines(typed):
        if not typed:
            print(f"> {line}")
        stage.says(line)


def _lines(typed: bool) -> Iterator[str]:
    while True:
        try:
            yield (input("> ") if typed else _next()).rstrip("\r\n")
        except EOFError:
            return


def _next() -> str:
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line


def _sum_up(stage: Stage, published: Published) -> None:
    stats = stage.house.store.read(lambda view: (view.stats(published.name), view.stats("")))
    sent, segments = sum(one.delivered for one in stats), sum(one.segments for one in stats)
    print(f"({sent} messages, {segments} segments to send; nothing of this was kept)")
