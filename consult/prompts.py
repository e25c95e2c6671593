"""The narrow waist between questions and channels.

A question type says *what* is asked by making one of four prompts; a channel says *how* it is shown or spoken.
Neither knows the other, so the grid of questions times channels is two short lists.

Rule 1: a prompt is complete. Its words are already in her language and no channel looks anything up.
Rule 2: a prompt never contains an earlier answer, a name or a number of hers.
Rule 3: what a channel needs beyond words (limits, keys, her locale, a shorter text, an audio file) travels as fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing she can pick: `key` is what she types or presses, `code` what is kept, `label` what she reads."""

    key: str
    code: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Common:
    name: str  # the question's name, or the system prompt's: "invite", "consent", "again", "end", ...
    text: str  # her language, whole sentences
    locale: str  # a tag of the locale registry
    hint: str = ""  # how to reply, where the text does not say it; channels may drop it
    variants: Mapping[str, str] = field(default_factory=dict)  # channel name -> wording made for that channel
    audio: Mapping[str, str] = field(default_factory=dict)  # channel name -> recorded file
    spoken: str = ""  # the system's own words for media that are heard, where the text is made for reading
    bare: bool = False  # elevated risk: the text is a code only ("Q3: 1, 2 or 3"); never show labels

    def wording(self, channel: str) -> str:
        """The words for this channel: its own variant where the author wrote one, else the text."""
        return self.text if self.bare else self.variants.get(channel, self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick(_Common):
    """Choose among `choices`: between `least` and `most` of them, in her order of preference when `ranked`."""

    choices: tuple[Choice, ...]
    least: int = 1
    most: int = 1
    ranked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(_Common):
    """A whole number between `low` and `high`, both included; None means no bound."""

    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Words(_Common):
    """Her own words, at most `limit` characters."""

    limit: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell(_Common):
    """Something said that awaits no answer. With `leads` it is said in one breath with the prompt that follows."""

    leads: bool = False


Prompt = Pick | Number | Words | Tell
