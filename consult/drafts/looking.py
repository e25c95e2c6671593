"""What is wrong with a draft and what it would cost, question by question, while it is still incomplete.

The faults are those of `consult check`. What a channel makes of a text is looked at in a filled copy (`filled`), in
which what is not written yet is a sign, so that the words that are there can be counted already.

Rule 1: a draft that can be read never raises here, whatever it lacks.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from consult.channel import CallChannel, Channel
from consult.checks import check
from consult.consultation import Consultation, Fault, Option, Question, Texts
from consult.drafts.fields import USES, flat
from consult.edition import Edition, Pack, compile_edition, plain_spellings, spoken
from consult.house import House
from consult.library import day_of
from consult.prompts import Prompt
from consult.publish import calls, claimed
from consult.questions import TYPES
from consult.relevance import Unreadable, parse
from consult.speech.checks import lasting, seconds
from consult.speech.shelf import Shelf

BLANK: Final = "…"  # stands where nothing is written yet
_EPOCH: Final = date(1970, 1, 1).toordinal()
_QUESTION: Final = re.compile(r"(?:line \d+, )?question ([a-z0-9_]+)(?:, )?")
_FIELDS: Final = ("safe_hours", "languages", "questions", "compound", "compounds", "dialect", "background_audio", "hub")
_LINE: Final = re.compile(r"^line \d+, ")


@dataclass(frozen=True, slots=True)
class Price:
    """What one question's messages cost on a channel: `culprit` is the first sign that forces the dear alphabet; `used`
    of `room` in the last segment; `money` per person."""

    channel: str
    segments: int
    encoding: str
    used: int
    room: int
    culprit: str
    money: float


@dataclass(frozen=True, slots=True)
class Told:
    """A fault as the page places it: beside `question`, or beside the field of the whole that `where` names."""

    level: str
    question: str
    where: str
    what: str
    cure: str
    language: str


@dataclass(frozen=True, slots=True)
class Look:
    """`prices` and `lasts` (seconds of a call) by question, in one language; `whole` and `call` of a conversation."""

    told: tuple[Told, ...]
    prices: Mapping[str, Sequence[Price]]
    lasts: Mapping[str, float]
    whole: Sequence[Price]
    call: float

    def about(self, question: str, tag: str = "") -> list[Told]:
        """The faults of a question ("" for the whole), in this language or in all."""
        return [each for each in self.told if each.question == question and each.language in ("", tag)]

    @property
    def errors(self) -> int:
        return sum(each.level == "error" for each in self.told)


def look(house: House, whole: Consultation, tag: str, at: int) -> Look:
    """At a draft, with prices in this language."""
    packs = house.library.packs
    edition = compile_edition(filled(whole, packs), 0, packs)
    place, dialects, shelf = edition.locale(tag) or 0, edition.consultation.dialect, Shelf(house.settings.data)
    fields = {field.split(".")[1] for field in flat(whole) if field.startswith("top.")} | {"name", *_FIELDS}
    prompts = {asked.definition.name: edition.put(asked.index, place, 0, "").prompt for asked in edition.questions}

    def lasts(name: str, prompt: Prompt) -> float:
        return lasting([(name, tag, (prompt,))], dialects, house.speakers, shelf)

    return Look(
        told=tuple(_ours(placed(each), fields) for each in _faults(house, whole, edition, at)),
        prices={name: _prices(house, (prompt,)) for name, prompt in prompts.items()},
        lasts={name: lasts(name, prompt) for name, prompt in prompts.items()},
        whole=_prices(house, [prompt for turn in _conversation(edition, place) for prompt in turn]),
        call=seconds(edition, place, house.speakers, shelf),
    )


def _ours(told: Told, fields: Collection[str]) -> Told:
    """A warning of one of the program's own lines is a note: whoever writes a draft has no field to mend it in."""
    ours = not told.question and re.split(r"[ ,]", told.where)[0] not in fields
    return replace(told, level="note") if ours and told.level == "warning" else told


def _faults(house: House, whole: Consultation, edition: Edition, at: int) -> Iterator[Fault]:
    """What `consult check` says of the draft, and channels of its filled copy."""
    packs = house.library.packs
    yield from check(whole, packs, today=date.fromordinal(_EPOCH + day_of(at)))
    yield from claimed(whole, house.store.read(house.library.current))
    items, spellings = list(spoken(edition)), plain_spellings(packs, whole.languages)
    for name in sorted(house.channels):
        yield from house.channels[name].check(items, spellings)
    if whole.voice:
        yield from calls(house.speakers, house.settings.data)(edition)


def placed(fault: Fault) -> Told:
    """A fault, with the question it is about told apart from the rest of its place."""
    found = _QUESTION.match(fault.where)
    where = fault.where[found.end() :] if found else _LINE.sub("", fault.where)
    if fault.language:
        where = "" if where == fault.language else where.removesuffix(f", {fault.language}")
    return Told(fault.level, found[1] if found else "", where, fault.what, fault.cure, fault.language)


# ---- prices


def _conversation(edition: Edition, place: int) -> Iterator[Sequence[Prompt]]:
    """The turns of a whole conversation: consent, every question, the end."""
    tag = edition.tongues[place].tag
    for where, language, prompts in spoken(edition):
        part = where in ("consent", "end") or ("question " in where and prompts[-1].name != "constraint")
        if language == tag and part:
            yield prompts


def _prices(house: House, prompts: Sequence[Prompt]) -> list[Price]:
    written = (each for each in house.channels.values() if not isinstance(each, CallChannel))
    return [_price(house, channel, prompts) for channel in written if prompts]


def _price(house: House, channel: Channel, prompts: Sequence[Prompt]) -> Price:
    costs = [channel.cost(text) for text in channel.render(prompts)]
    segments = sum(each.segments for each in costs)
    culprit = next((each for each in costs if each.culprit), costs[-1])
    money = segments * house.unit_price(channel.name)
    return Price(channel.name, segments, culprit.encoding, costs[-1].used, costs[-1].room, culprit.culprit, money)


# ---- a filled copy


def filled(whole: Consultation, packs: Mapping[str, Pack]) -> Consultation:
    """As it could be conducted: what is not written yet is `BLANK`, what cannot be read is left out."""
    tags = tuple(tag for tag in whole.languages if tag in packs) or (next(iter(packs)),)
    questions = tuple(_filled(each, tags) for each in whole.questions if each.type in TYPES)
    texts = {key: _all(getattr(whole, key), tags) for key in ("convenor", "readers", "referral")}
    return replace(whole, languages=tags, questions=questions, **texts)  # type: ignore[arg-type]  # texts are texts


def _all(texts: Texts, tags: Sequence[str]) -> dict[str, str]:
    return {tag: texts.get(tag, "") or BLANK for tag in tags}


def _filled(question: Question, tags: Sequence[str]) -> Question:
    options = question.choices or ((Option("c1", {}), Option("c2", {})) if "choices" in USES[question.type] else ())
    scale = question.type == "range" and (
        question.low is None or question.high is None or question.low >= question.high
    )
    return replace(
        question,
        label=_all(question.label, tags),
        choices=tuple(replace(each, label=_all(each.label, tags)) for each in options),
        constraint_message=_all(question.constraint_message, tags) if question.constraint else {},
        relevant=_sound(question.relevant),
        constraint=_sound(question.constraint),
        low=1 if scale else question.low,
        high=5 if scale else question.high,
    )


def _sound(rule: str) -> str:
    try:
        parse(rule)
    except Unreadable:
        return ""
    return rule
