"""A definition as values, in XLSForm's vocabulary (`type`, `name`, `label`, `relevant`, `choices`), per language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import Literal

Texts = Mapping[str, str]  # language tag -> words
Variants = Mapping[str, Texts]  # channel name -> language tag -> words (or an audio file's name)


class Risk(StrEnum):
    """How dangerous it is to be seen answering. Elevated: code-only prompts, her own word, cover text, no reminder."""

    NORMAL = "normal"
    ELEVATED = "elevated"


@dataclass(frozen=True, slots=True)
class Option:
    """A choice as defined: `name` is the stable code that is kept, `label` her words for it."""

    name: str
    label: Texts


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `low`/`high` bound range and integer (`start`/`end` in the file's `parameters`)."""

    type: str  # a name of the registry in consult.questions
    name: str
    label: Texts
    line: int = field(default=0, compare=False)  # where it stands in the file, for faults
    choices: tuple[Option, ...] = ()
    variants: Variants = field(default_factory=dict)  # e.g. {"sms": {"en": "..."}}
    audio: Variants = field(default_factory=dict)
    relevant: str = ""
    constraint: str = ""
    constraint_message: Texts = field(default_factory=dict)
    required: bool = True  # False: she may pass with an empty or "skip" reply
    sensitive: bool = False  # top-level figures only, never in a reminder, never by beep
    segment: bool = False  # answers say who she is (area, age band, ...)
    order: Literal["fixed", "rotated"] = "fixed"
    low: int | None = None
    high: int | None = None
    least: int = 1  # select_multiple: fewest, rank: how many places are asked
    most: int | None = None
    limit: int = 500  # text: characters
    on_air: str = ""  # text: the earlier question whose answer "yes" lets her words be read on the air


@dataclass(frozen=True, slots=True)
class Compound:
    """People told apart by two segments at once, declared before launch (D26): `when` names two segment questions, each
    with the answers that are meant."""

    name: str
    label: Texts
    when: Mapping[str, tuple[str, ...]]
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Consultation:
    """A whole definition. Texts are per language; every language of `languages` is complete or `check` says so."""

    name: str
    languages: tuple[str, ...]
    title: Texts
    convenor: Texts
    readers: Texts
    can_promise: Texts
    cannot_promise: Texts
    referral: Texts  # whom to call for help
    questions: tuple[Question, ...]
    background: Texts = field(default_factory=dict)
    background_audio: Texts = field(default_factory=dict)  # language -> file
    consent: Texts = field(default_factory=dict)  # replaces the standard consent words, still two messages at most
    keyword: Texts = field(default_factory=dict)  # language -> the word to text; neutral, never the topic
    news_by: date | None = None
    opening: date | None = None
    closing: date | None = None  # last day
    area: str = ""  # ISO 3166 country, or country-region ("NG-BO")
    timezone: str = ""  # IANA; else from the area
    safe_hours: tuple[time, time] | None = None  # local; without them we never write first
    risk: Risk = Risk.NORMAL
    custody: Literal["hub", "offline"] = "hub"
    open: bool = True  # False: only by invitation or enrolment code
    free: bool = False  # True only where it was verified that answering costs her nothing
    flash_brief: bool = False  # a first word to mediators as soon as it has closed, overall and in words only
    practice: bool = False  # to learn the keys by: no fact of it is kept, so nothing of it is counted
    ask_again: bool = True  # ask separately whether we may write with the news
    spelling: Literal["full", "plain"] = "full"  # plain: GSM-7-safe spellings where a language offers them
    many_questions: str = ""  # the reason for more than eight
    voice: Literal["", "recorded", "drafts"] = ""  # by telephone too: every line recorded, or read by a machine
    long_call: str = ""  # the reason for a call of more than five minutes
    dialect: Texts = field(default_factory=dict)  # language -> the dialect its recordings are in ("ar" -> "ar-SD")
    round: int = 1
    compounds: tuple[Compound, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a definition. `level` "error" refuses publication; `where` names line, question, language.

    `language` is set where only this language is at fault: publishing leaves it out and keeps the others.
    """

    level: Literal["error", "warning", "note"]
    where: str
    what: str
    cure: str
    language: str = ""
