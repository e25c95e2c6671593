"""Prompts on the screens of a dialled code: pure.

A screen holds 160 octets, that is 182 septets or 80 16-bit units (3GPP TS 23.038, 5 and 6.1.2.3), but networks are
known that carry no more than a text message does; so it is filled as far as one of those.

Rule 1: a text that is longer than a screen is told on several, each but the last with "0 Next" in its last line.
Rule 2: it is cut between lines; within a line only where that takes more than half a screen, and then between words.
Rule 3: what ends a session is one screen: nothing can be typed on it. What is too much goes from its end, by whole
    sentences.
Rule 4: there the system's words are those for what is heard: they speak of no message that could be deleted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from channels.writing.alphabets import GSM7, UCS2, Measured, measured, tidy
from channels.writing.lines import joined, message, readable
from consult.channel import Cost
from consult.prompts import Prompt
from consult.wording import Say, for_locale

NAME: Final = "ussd"
ROOM: Final = {GSM7: 160, UCS2: 70}
MORE: Final = "0"

_SENTENCE = re.compile(r"(?<=[.!?؟۔])\s+|\n")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen of a session. `ends`: nothing can be typed on it. `turn` tells it from every other of the session."""

    text: str
    ends: bool
    turn: int


def render(prompts: Sequence[Prompt]) -> list[str]:
    """The screens of these prompts, in order, each ready to be shown."""
    return list(_screens(written(prompts), prompts[-1].locale)) if prompts else []


def cost(text: str) -> Cost:
    """How many screens this text takes, without their last lines."""
    many, units = 0, measured("")
    while text:
        shown, text = _cut(text, "")
        many, units = many + 1, _units(shown)
    return Cost(many, units.encoding, units.units, ROOM[units.encoding], units.culprit)


def written(prompts: Iterable[Prompt]) -> str:
    """Their words, one prompt under the other."""
    return joined(message(prompt, NAME) for prompt in prompts)


def farewell(prompts: Iterable[Prompt]) -> str:
    """The last screen of a session (rules 3 and 4)."""
    text = joined(prompt.spoken or message(prompt, NAME) for prompt in prompts)
    return dressed(text if _fits(text) else text[: _farthest(text, _ends(text, _SENTENCE)) or _within(text)])


def first(text: str, locale: str) -> tuple[str, str]:
    """The next screen of a text, as it is shown, and what is left of the text then."""
    foot = f"{MORE} {next_screen(for_locale(locale))}"
    shown, rest = _cut(text, foot)
    return dressed(f"{shown}\n{foot}" if rest else shown), rest


def dressed(text: str) -> str:
    """In plain typography where that saves, with the marks a telephone needs."""
    return readable(tidy(text.strip()))


def _screens(text: str, locale: str) -> Iterator[str]:
    while text:
        shown, text = first(text, locale)
        yield shown


# ---- cutting


def _cut(text: str, foot: str) -> tuple[str, str]:
    """As much as fits above `foot`, and the rest; the whole where it needs no other screen."""
    if _fits(text):
        return text, ""
    place = _farthest(text, _places(text), foot) or _within(text, foot)
    return text[:place].rstrip(), text[place:].strip()


def _farthest(text: str, places: Iterable[int], foot: str = "") -> int:
    """The last of these places, in order, up to which the text fits above `foot`; 0 where it fits up to none."""
    found = 0
    for place in places:
        if not _fits(joined((text[:place], foot))):
            break
        found = place
    return found


def _within(text: str, foot: str = "") -> int:
    """Where a word has to be cut because nothing else can be: up to where it fits, and one character at least."""
    return _farthest(text, _ends(text, _SPACE), foot) or _farthest(text, range(1, len(text)), foot) or 1


def _places(text: str) -> Iterator[int]:
    """Where a text may be cut: behind its lines, and behind the words of long ones."""
    begins = 0
    for line in text.split("\n"):
        units = _units(line)
        if units.units > ROOM[units.encoding] // 2:
            yield from (begins + found.start() for found in _SPACE.finditer(line))
        begins += len(line) + 1
        yield begins - 1


def _ends(text: str, between: re.Pattern[str]) -> Iterator[int]:
    return (found.start() for found in between.finditer(text))


def _units(text: str) -> Measured:
    return measured(dressed(text))


def _fits(text: str) -> bool:
    units = _units(text)
    return units.units <= ROOM[units.encoding]


# ---- sentences


def next_screen(say: Say) -> str:
    # Tr: on a small screen after the key 0: shows the rest of a text. One short word, best in letters of GSM-7
    return say("Next")
