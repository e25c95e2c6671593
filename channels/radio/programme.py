"""What the pages of an episode show of this channel: its script and its call sheets, as whole documents (D18)."""

from __future__ import annotations

from collections.abc import Iterable

from channels.radio import leaf, script, sheet, station
from channels.radio.report import lines
from consult.episodes import Episode, Material
from consult.episodes.feedback import Told
from consult.episodes.programme import Aired
from consult.wording import Say


def made(episode: Episode, given: Material, aired: Aired, say: Say) -> script.Script:
    """The script of a planned episode."""
    feedback = tuple(line.strip() for line in episode.feedback.splitlines() if line.strip())
    occasion = script.Occasion(episode.seconds, aired.day, aired.until, feedback, aired.rung)
    return script.script(given, station.read(episode.station), occasion, say)


def script_page(episode: Episode, given: Material, aired: Aired, say: Say) -> str:
    """The script as a document with one style of its own."""
    return leaf.as_html(made(episode, given, aired, say), say)


def report(told: Iterable[Told], say: Say) -> list[str]:
    """What may be told of an episode once its window has closed, a sentence each."""
    return list(lines(told, say))


def sheet_page(given: Material, sheets: int, say: Say) -> str:
    """Call sheets as a document with one style of its own."""
    return sheet.as_html(given, say, sheets)
