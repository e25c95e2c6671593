"""What one speaker of one language reads aloud, line by line, and how far that has come; pure but for the shelf.

Rule 1: lines are numbered as on the record sheet, so that who reads from paper and who reads from the page agree.
Rule 2: a line is recorded once somebody has read it; what a machine read still waits for a voice.
Rule 3: the take that is there is heard until the new one is whole.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from consult.speech.script import CODE, Line
from consult.speech.shelf import TAG, Shelf, Take

SENT: Final = 2 << 20  # bytes of a take sent to a page: a minute as a telephone carries it is half of that
State = Literal["recorded", "drafted", "missing"]


@dataclass(frozen=True, slots=True)
class Row:
    """A line, its `number` on the sheet of its language (from 1), and the take that a call plays for it."""

    number: int
    line: Line
    take: Take | None = None

    @property
    def code(self) -> str:
        """Tells it from the other lines in an address."""
        return self.line.speech.key[:CODE]

    @property
    def state(self) -> State:
        return self.take.made if self.take else "missing"

    @property
    def waits(self) -> bool:
        """Whether nobody has read it aloud yet."""
        return self.state != "recorded"


@dataclass(frozen=True, slots=True)
class Progress:
    """How many lines of a language are in each state, and how many seconds of sound there are."""

    recorded: int
    drafted: int
    missing: int
    seconds: float


def rows(lines: Iterable[Line], tag: str, dialect: str, shelf: Shelf) -> list[Row]:
    """The lines of this language, each with its take in the dialect ("" for the plain language)."""
    mine = (line for line in lines if line.speech.locale == tag)
    return [Row(number, line, shelf.take(line.speech, dialect)) for number, line in enumerate(mine, 1)]


def progress(found: Sequence[Row]) -> Progress:
    states = [row.state for row in found]
    seconds = sum(row.take.ms for row in found if row.take) / 1000
    return Progress(states.count("recorded"), states.count("drafted"), states.count("missing"), seconds)


def following(found: Sequence[Row], number: int) -> Row | None:
    """The next line after this one that waits for a voice, else the first that does; None where all are recorded."""
    waiting = [row for row in found if row.waits and row.number != number]
    return next((row for row in waiting if row.number > number), None) or next(iter(waiting), None)


def dialect_of(dialects: Mapping[str, str], tag: str) -> str:
    """The dialect that this language is spoken in, "" for the plain language and for what is none (in a draft)."""
    found = dialects.get(tag, "")
    return found if TAG.fullmatch(found) else ""


def keep(shelf: Shelf, line: Line, dialect: str, samples: array[int]) -> Take:
    """The finished take (`taking.take`) for this line, in the dialect ("" for the plain language). Raises OSError."""
    return shelf.keep(line.speech, dialect or line.speech.locale, samples)
