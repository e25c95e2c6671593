"""What she typed in a session of a dialled code, and what is shown next: pure.

Networks post everything that was typed in a session, joined with *, and a * of hers looks the same. So what a session
is known to have said is counted (`Line.mode`: that many characters, then what is still to be shown).

Rule 1: a reply is what follows the characters that were known before. Where those cannot be told, or do not agree,
    it is no answer to anything.
Rule 2: on a screen that is not the last of its text, 0 shows the next one; every other reply is her answer, as it is
    in a text message: numbers, words, stop words, her own word.
Rule 3: nobody agrees to what she has not seen: before the last screen of the consent a number shows the next one.
Rule 4: after a reply that was none, the question stands under what is said of it: the screen before is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from channels.ussd import screens
from channels.ussd.screens import MORE, Screen
from consult.channel import HungUp, Keys, Line, Said, Text, Wish
from consult.prompts import Prompt

LONGEST: Final = 300  # replies in one session
_WRONG: Final = "-"  # no answer to anything
_UNKNOWN: Final = -1
_CONSENT: Final = "consent"


class _Seen(NamedTuple):
    """What stands in `Line.mode`: how many characters of the session are known, what is still to be shown."""

    typed: int
    rest: str = ""


def meant(said: Said, asked: Sequence[Prompt], line: Line) -> tuple[Said | Wish | None, Line]:
    """Her reply; None where the next screen is shown. Text holds the whole session, Keys this one reply."""
    if not asked or line.turn >= LONGEST or not isinstance(said, Text | Keys):
        return HungUp(), line
    seen = _seen(line)
    reply, typed = _reply(said, seen.typed, line.turn)
    if seen.rest and (_asks_more(reply) or (asked[-1].name == _CONSENT and not _in_letters(reply))):
        return None, _noting(line, _Seen(typed, seen.rest))
    return Text(reply), _noting(line, _Seen(typed))


def show(prompts: Sequence[Prompt], asked: Sequence[Prompt], line: Line) -> tuple[Screen, Line]:
    """The screen after a turn, of which `asked` is what is open then; without `prompts`, what is still to be shown."""
    seen, line = _seen(line), replace(line, turn=line.turn + 1)
    if not asked:
        return Screen(screens.farewell(prompts), True, line.turn), _noting(line, _Seen(seen.typed))
    told = [prompt for prompt in prompts if prompt not in asked]
    text = seen.rest if seen.rest and not prompts else screens.written([*told, *asked])
    shown, rest = screens.first(text, asked[-1].locale)
    return Screen(shown, False, line.turn), _noting(line, _Seen(seen.typed, rest))


def _reply(said: Text | Keys, known: int, turn: int) -> tuple[str, int]:
    """What she typed last, and how many characters are known then."""
    if isinstance(said, Keys):
        return said.keys, known
    whole = said.text
    if known == _UNKNOWN:
        parts = whole.split("*")
        return (parts[-1] if len(parts) == turn else _WRONG), len(whole)
    if known == 0:
        return whole, len(whole)
    return (whole[known + 1 :] if whole[known : known + 1] == "*" else _WRONG), len(whole)


def _asks_more(reply: str) -> bool:
    """0 in whatever digits."""
    said = reply.strip()
    return len(said) == 1 and said.isdecimal() and int(said) == int(MORE)


def _in_letters(reply: str) -> bool:
    return any(character.isalpha() for character in reply)


def _seen(line: Line) -> _Seen:
    typed, _, rest = line.mode.partition(" ")
    return _Seen(int(typed), rest) if typed else _Seen(_UNKNOWN if line.turn else 0)


def _noting(line: Line, seen: _Seen) -> Line:
    return replace(line, mode=f"{seen.typed} {seen.rest}")
