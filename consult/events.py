"""What happened in a conversation, as facts that never change.

The engine makes them, the journal keeps them (sealed), every table is computed from them. Corrections are new facts:
for one question the last Answered or Skipped of a person counts.

Rule 1: past participles, frozen, plain values only (str, int, tuple): what is kept must be readable in ten years.
Rule 2: an event says nothing about who or when; the envelope (`store.records.Fact`) does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Escape(StrEnum):
    """The three answers every question accepts on every channel, counted apart from each other."""

    NOT_SURE = "not_sure"
    NOT_UNDERSTOOD = "not_understood"
    PREFER_NOT = "prefer_not"


# An answer as it is kept: a choice's code, codes in her order, a whole number, her words, or an escape.
# Words and codes are both str; the question's type tells which.
Value = str | int | tuple[str, ...] | Escape


@dataclass(frozen=True, slots=True)
class Began:
    """A conversation started: "invited" (we wrote first), by "keyword", "code" or "voice" (another on this phone), or
    somebody else wrote it down ("slip"), or she rang a number that means an answer ("beep").

    "again": on a phone of several voices one came back who may be another; everything is asked anew.
    """

    how: Literal["invited", "keyword", "code", "voice", "again", "slip", "beep"]
    seed: int = 0  # turns the choices of questions whose order rotates
    segments: tuple[tuple[str, str], ...] = ()  # what was known of who she is, e.g. (("area", "north"),)


@dataclass(frozen=True, slots=True)
class Chose:
    """She chose the language she goes on in (a tag)."""

    locale: str


@dataclass(frozen=True, slots=True)
class Consented:
    """What she agreed to or not: to "take_part" (informed consent to this wording), or "news" may come."""

    scope: Literal["take_part", "news"]
    agreed: bool
    wording: str  # hash of the consent text she was shown


@dataclass(frozen=True, slots=True)
class Answered:
    """She answered `question` (its name) with `value`, having been shown `wording` with its choices in `order`."""

    question: str
    value: Value
    wording: str = ""  # "label", a channel's variant name, or "bare"
    order: tuple[str, ...] = ()  # codes as displayed, where the order is rotated
    part: bool = False  # the call broke off while she spoke: the part given is kept as part
    recording: str = ""  # the name of what she said aloud, until somebody wrote it down; `value` is empty then


@dataclass(frozen=True, slots=True)
class Misheard:
    """A reply we could not take, and why ("unclear", "constraint", "late", "unseen", ...). Her words are not kept."""

    question: str
    why: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A question without answer: "misheard" (third failure), "optional" (passed), "withdrawn" (by a correction),
    "channel" (it cannot be asked there)."""

    question: str
    why: str = "misheard"


@dataclass(frozen=True, slots=True)
class Returned:
    """She went BACK to an earlier question to correct it; until she answers again her earlier answer counts."""

    question: str


@dataclass(frozen=True, slots=True)
class Paused:
    """The conversation rests: "later" (she asked), "silence" (lapsed), "word" (her own), "voice" (another speaks)."""

    why: Literal["later", "silence", "word", "voice"]


@dataclass(frozen=True, slots=True)
class Resumed:
    """She came back and goes on at the question where she was."""


@dataclass(frozen=True, slots=True)
class Declined:
    """She said no, to the invitation ("invite"), to consent ("consent") or by never giving a clear yes ("unclear")."""

    at: Literal["invite", "consent", "unclear"]


@dataclass(frozen=True, slots=True)
class Finished:
    """Every relevant question was put to her."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """She sent a stop word: her address is never written to again unless she writes a keyword."""


@dataclass(frozen=True, slots=True)
class Alerted:
    """She sent the word for early warnings: something happens or threatens. What it is, she is not asked here."""


@dataclass(frozen=True, slots=True)
class Erased:
    """She sent the erase word: stopped, and her keys are destroyed."""


Event = (
    Began
    | Chose
    | Consented
    | Answered
    | Misheard
    | Skipped
    | Returned
    | Paused
    | Resumed
    | Declined
    | Finished
    | Stopped
    | Alerted
    | Erased
)
