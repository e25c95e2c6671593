"""The presenter's script: an episode's words laid along the clock; pure.

Rule 1: every question is read twice, word for word, with its answers in the episode's order; in a spot of 45 seconds
once, since twice leaves no time to say how to answer.
Rule 2: a part begins at its customary time, or when the part before it has been read, whichever is later. What is open
(guest, calls, messages) shrinks before anything is cut, but never below its least.
Rule 3: a script that does not fit is made all the same, and says by how much it is too long.
Rule 4: no tally stands in it, since answers still come in (D19).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

from channels.radio import words
from channels.radio.cards import Card, cards
from channels.radio.station import Station
from consult.episodes import Item, Material
from consult.prompts import Number, Pick
from consult.wording import Say

PAUSE = 0.7  # seconds after a sentence
AGAIN = 450  # seconds: how to answer is said again every seven and a half minutes

# Customary beginnings in seconds, after Farm Radio's run sheets. 0: as soon as the part before is over.
FORMATS: Final[Mapping[int, Mapping[str, int]]] = MappingProxyType(
    {
        3600: {
            **{"ident": 0, "why": 30, "feedback": 120, "questions": 300, "how": 360, "background": 480, "calls": 900},
            **{"messages": 2100, "numbers": 2700, "next": 3000, "out": 3570},
        },
        300: dict.fromkeys(("ident", "why", "questions", "how", "next", "out"), 0),
        45: dict.fromkeys(("spot", "how"), 0),
    }
)
LEAST: Final = MappingProxyType({"background": 120, "calls": 300, "messages": 120})  # seconds of what is open
ONE_QUESTION: Final = 300  # programmes of at most this many seconds read one question, in turn

Short = Literal["music", "host", "guest", "calls", "reader", "out"]


@dataclass(frozen=True, slots=True)
class Row:
    """Something said or played from second `at`: `lines` are read aloud, `note` is for the presenter only.

    `part` names where it belongs, `item` the question it reads.
    """

    part: str
    cue: Short
    lines: tuple[str, ...] = ()
    note: str = ""
    item: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and under which conditions an episode is aired. `until`: when answers are taken until, as it is read."""

    seconds: int = 3600
    day: str = ""
    until: str = ""
    feedback: tuple[str, ...] = ()
    beeps: tuple[tuple[str, str], ...] = ()  # what is rung for which answer: the answer's words, the number


@dataclass(frozen=True, slots=True)
class Script:
    """A whole script. `spoken` and `over` in seconds; `over` is 0 where it fits."""

    material: Material
    station: Station
    occasion: Occasion
    rows: tuple[Row, ...]
    cards: tuple[Card, ...]
    spoken: int
    over: int


def script(given: Material, station: Station, occasion: Occasion, say: Say) -> Script:
    """The script of this episode. `occasion.seconds` is one of FORMATS."""
    if occasion.seconds <= ONE_QUESTION and given.items:
        turn = (given.episode - 1) % len(given.items)
        left = tuple(item.name for item in given.items if item is not given.items[turn])
        given = replace(given, items=(given.items[turn],), passed=given.passed + left)
    starts, pace = FORMATS[occasion.seconds], station.pace(given.tag)
    parts = [list(_part(name, given, station, occasion, say)) for name in starts]
    rows, over = _laid(parts, starts, occasion.seconds, pace)
    spoken = round(sum(reading(row.lines, pace) for part in parts for row in part))
    rows = sorted((*rows, *_again(rows, starts, say)), key=lambda row: row.at)
    return Script(given, station, occasion, tuple(rows), cards(say, given.line), spoken, over)


def clock(seconds: int) -> str:
    """65 is "1:05"."""
    return f"{seconds // 60}:{seconds % 60:02d}"


def reading(lines: Sequence[str], pace: int) -> float:
    """Seconds that these lines take to read at `pace` words a minute, with a pause after each."""
    return sum(len(line.split()) * 60 / pace + PAUSE for line in lines)


def _laid(parts: Sequence[Sequence[Row]], starts: Mapping[str, int], seconds: int, pace: int) -> tuple[list[Row], int]:
    """Each row at its second, and how much is too long."""
    rows, clock = [], 0.0
    for part in parts:
        name = part[0].part
        clock = max(clock, min(starts[name], seconds))
        begun = clock
        for row in part:
            rows.append(replace(row, at=round(clock)))
            clock += reading(row.lines, pace)
        clock = max(clock, begun + LEAST.get(name, 0))
    return rows, max(0, math.ceil(clock - seconds))


def _again(rows: Sequence[Row], starts: Mapping[str, int], say: Say) -> Iterator[Row]:
    """How to answer, at intervals, where calls and messages leave room for it."""
    first = next((row.at for row in rows if row.part == "how"), 0)
    open_, over = (next((row.at for row in rows if row.part == name), 0) for name in ("calls", "numbers"))
    for at in range(first + AGAIN, over - 30 if "calls" in starts else 0, AGAIN):
        if at > open_:
            yield Row("again", "host", note=words.repeat(say), at=at)


# ---- the parts


def _part(name: str, given: Material, station: Station, occasion: Occasion, say: Say) -> Iterator[Row]:
    match name:
        case "ident":
            yield Row(name, "music")
            yield Row(name, "host", (*_ident(station, say), words.welcome(say)), _unknown(station, say))
        case "why":
            yield Row(name, "host", tuple(_why(given, occasion, say)))
        case "feedback":
            told = (words.heard_last_time(say), *occasion.feedback) if occasion.feedback else (words.first_time(say),)
            yield Row(name, "host", told, words.for_feedback(say) if occasion.feedback else "")
        case "questions":
            for item in given.items:
                yield from _question(name, item, say)
        case "spot":
            yield Row(name, "host", (words.who_asks(say, given.who, given.readers),))
            yield from (Row(name, "host", _asked(item, say), item=item.name) for item in given.items)
        case "how":
            yield Row(name, "host", tuple(_how(given, station, occasion, say)), _unknown(station, say))
        case "background":
            note = words.for_guest(say, clock(FORMATS[3600]["calls"] - FORMATS[3600]["background"]))
            yield Row(name, "guest", (words.more_than_one_side(say), *_texts(given.background)), note)
        case "calls":
            yield Row(name, "calls", (words.thank_caller(say), words.next_caller(say)), words.for_calls(say))
        case "messages":
            yield Row(name, "reader", (words.a_listener_says(say),), words.for_messages(say))
        case "numbers":
            yield Row(name, "host", (words.no_numbers_yet(say),))
        case "next":
            yield Row(name, "host", tuple(_next(given, say)))
        case _:
            yield Row(name, "out", (words.goodbye(say),))


def _ident(station: Station, say: Say) -> tuple[str, ...]:
    if not station.name:
        return ()
    return (words.this_is(say, station.name, station.frequency),)


def _unknown(station: Station, say: Say) -> str:
    return "" if station.name and (station.sms or station.call or station.beeps) else words.no_station(say)


def _why(given: Material, occasion: Occasion, say: Say) -> Iterator[str]:
    yield words.who_asks(say, given.who, given.readers)
    yield from _texts(given.can_promise, given.cannot_promise)
    yield words.your_choice(say)
    yield words.no_names(say)
    if occasion.seconds > ONE_QUESTION:
        yield words.a_voice_is_known(say)


def _question(part: str, item: Item, say: Say) -> Iterator[Row]:
    asked = _asked(item, say)
    yield Row(part, "host", (words.here_is_the_question(say), *asked), item=item.name)
    yield Row(part, "host", (words.once_more(say), *asked, words.also(say)), item=item.name)


def _asked(item: Item, say: Say) -> tuple[str, ...]:
    return (item.prompt.wording("radio"), *_answers(item, say))


def _answers(item: Item, say: Say) -> Iterator[str]:
    match item.prompt:
        case Pick() as pick:
            yield from (words.for_choice(say, choice.label, choice.key) for choice in pick.choices)
            if pick.ranked:
                yield words.most_important_first(say)
            elif pick.most > 1:
                yield words.more_than_one(say)
        case Number(low=low, high=high):
            yield words.from_to(say, low, high)
        case _:
            yield words.own_words(say)


def _how(given: Material, station: Station, occasion: Occasion, say: Say) -> Iterator[str]:
    if station.sms and given.keyword:
        yield words.by_message(say, given.keyword, station.sms)
    if station.call:
        yield words.by_call(say, station.call)
    for label, number in occasion.beeps:
        yield words.by_beep(say, label, number)
    if occasion.beeps:
        yield words.ring_and_hang_up(say)
        yield words.beep_stays(say)
    if not station.sms and not station.call and not occasion.beeps:
        yield words.listen_for_it(say)
    cost = words.costs_nothing(say) if given.free else words.costs_as_usual(say)
    yield station.cost.get(given.tag, cost)
    if occasion.until:
        yield words.until(say, occasion.until)
    if occasion.seconds >= ONE_QUESTION:
        yield words.traces(say)


def _next(given: Material, say: Say) -> Iterator[str]:
    yield words.what_next(say, given.readers)
    if given.news_by:
        yield words.news_by(say, given.news_by)
    yield words.help_line(say, given.line)


def _texts(*texts: str) -> tuple[str, ...]:
    return tuple(text for text in texts if text)
