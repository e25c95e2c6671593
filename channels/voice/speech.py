"""One thing to be said, and where its sound is found.

Rule 1: the same words in the same language have the same key, so that they are recorded once for every consultation.
Rule 2: a recording is one whole thing said; nothing is put together from pieces at call time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Speech:
    """One thing to be said, in one language: `text` is the words, as they are spoken."""

    text: str
    locale: str

    @property
    def key(self) -> str:
        """32 hex digits: the same words have the same recording."""
        return hashlib.sha256(f"{self.locale}\n{self.text}".encode()).hexdigest()[:32]


class Voices(Protocol):
    """Where recordings are found."""

    def own(self, speech: Speech) -> str | None:
        """As `find`, but in her own language or not at all."""

    def find(self, speech: Speech) -> str | None:
        """The name of an existing audio file, recorded or draft; None where there is none."""
