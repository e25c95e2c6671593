"""What a channel that is broadcast offers the pages of an episode."""

from __future__ import annotations

from typing import Protocol

from consult.episodes.material import Material
from consult.store.aired import Episode
from consult.wording import Say


class Programme(Protocol):
    """Whole documents, each with one style of its own and nothing loaded. `until`, `day`: as they are read out."""

    def script_page(self, episode: Episode, given: Material, until: str, day: str, say: Say) -> str: ...

    def sheet_page(self, given: Material, sheets: int, say: Say) -> str: ...
