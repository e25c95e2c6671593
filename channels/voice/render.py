"""Prompts as a step of a call: what is said, and which keys are waited for. Pure.

Rule 1: a question is said from its beginning each time, four choices at a time, then how to reply.
Rule 2: keys may be pressed before all is said.
Rule 3: after silence it is said again slower, with a pause between the parts.
Rule 4: what ends a call waits for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from channels.voice.keys import MENU, STAR, one_key, spoken
from channels.voice.saying import key_menu, page, pages, said, spoken_of, warn, why_not
from channels.voice.speech import Speech
from consult.channel import Line
from consult.prompts import Number, Prompt
from consult.wording import for_locale

PATIENCE, BETWEEN, AFTER_STAR = 8, 3, 3  # seconds without a key: after a question, between choices, after a star
_MOST_KEYS = 20  # where there is no other limit
_AUTHORS = "constraint"  # the name under which the author says why an answer cannot be


@dataclass(frozen=True, slots=True)
class Gather:
    """Which keys follow: at most so many, ended by `finish` ("" for none) or by so many seconds without one."""

    most: int
    finish: str
    timeout: int


@dataclass(frozen=True, slots=True)
class Tape:
    """She speaks, after a tone: at most so many seconds, ended by a key or by so many seconds of silence."""

    most: int
    silence: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """One step of a call. `keys`: what is waited for; None: the call ends after it.

    `turn` tells this step from every other of the call."""

    speeches: tuple[Speech, ...]
    keys: Gather | Tape | None
    turn: int
    slow: bool = False


TAPE = Tape(most=60, silence=4)


def speak(prompts: Sequence[Prompt], asked: Sequence[Prompt], line: Line) -> tuple[Spoken, Line]:
    """What is said for these prompts of a turn, of which `asked` is what is open after it."""
    line = replace(line, turn=line.turn + 1)
    if not asked:
        return Spoken(_all(prompts), None, line.turn), line
    locale = asked[-1].locale
    if line.mode == MENU:
        say = for_locale(locale)
        menu = (*spoken_of(key_menu(say), locale), *spoken_of(warn(say), locale))
        return Spoken(menu, Gather(1, "", PATIENCE), line.turn), line
    if line.mode == STAR:
        return Spoken((), Gather(_MOST_KEYS, "#", AFTER_STAR), line.turn), line
    speeches = _lead(prompts, asked, line) + _open(asked, line.page)
    keys = TAPE if spoken(asked[-1]) else gather(asked[-1], line.page)
    return Spoken(speeches, keys, line.turn, slow=line.silent > 0), line


def gather(prompt: Prompt, shown: int = 0) -> Gather:
    """The keys that answer this prompt."""
    timeout = PATIENCE if shown + 1 >= len(pages(prompt)) else BETWEEN
    if one_key(prompt):
        return Gather(1, "", timeout)
    return Gather(_length(prompt), "#", timeout)


def _length(prompt: Prompt) -> int:
    """How many keys end a number without #. At elevated risk none do: a star and her own number must fit."""
    if not isinstance(prompt, Number) or prompt.bare or prompt.high is None or (prompt.low or 0) < 0:
        return _MOST_KEYS
    return max(len(str(prompt.high)), 2)


def _lead(prompts: Sequence[Prompt], asked: Sequence[Prompt], line: Line) -> tuple[Speech, ...]:
    """What is said before the open question: notes, help, why her key was none. Nothing after silence or by itself."""
    failed = bool(prompts) and not any(prompt in asked for prompt in prompts)
    if failed and line.silent:
        return ()
    told = [prompt for prompt in prompts if prompt not in asked]
    if failed and told[-1].name != _AUTHORS and not told[-1].spoken:
        return why_not(asked[-1])  # what is written then tells what to write
    return _all(told)


def _open(asked: Sequence[Prompt], shown: int) -> tuple[Speech, ...]:
    last = page(asked[-1], shown)
    return _all(asked[:-1]) + last if shown == 0 else last


def _all(prompts: Sequence[Prompt]) -> tuple[Speech, ...]:
    """Whole prompts, whatever they are."""
    return tuple(speech for prompt in prompts for speech in said(prompt))
