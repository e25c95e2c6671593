"""What a channel that is broadcast offers the pages of an episode."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from consult.episodes.feedback import Told
from consult.episodes.material import Material
from consult.store.aired import Episode
from consult.wording import Say


@dataclass(frozen=True, slots=True)
class Aired:
    """What else is read of an episode: its day, until when answers are taken, what is rung for which answer."""

    day: str
    until: str
    rung: tuple[tuple[str, str], ...] = ()


class Programme(Protocol):
    """Whole documents, each with one style of its own and nothing loaded."""

    def script_page(self, episode: Episode, given: Material, aired: Aired, say: Say) -> str: ...

    def report(self, told: Iterable[Told], say: Say) -> list[str]: ...

    def sheet_page(self, given: Material, sheets: int, say: Say) -> str: ...
