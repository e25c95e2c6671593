"""What she asks of the conversation itself: stop, erase, help, back, later, another language, another voice; escapes.

Rule 1: stopping is easy. Any case, disguise, spacing, doubled letter or polite padding still means STOP; a stop word
inside a longer text, or one with swapped letters, is asked about once (MAYBE_STOP).
Rule 2: erasing cannot be undone: with a question mark it is asked about.
Rule 3: while a text question is open (`free`) everything but stop and erase must be the whole message.
Rule 4: a MAYBE_* gives way to an exact label: ask `pick` before believing it.
"""

from __future__ import annotations

from consult.events import Escape
from consult.understand.lexicons import Command, Lexicon, squeeze
from consult.understand.spelling import loose, normalise, skeleton

ESCAPE_DIGITS = {"77": Escape.NOT_SURE, "88": Escape.NOT_UNDERSTOOD, "99": Escape.PREFER_NOT}
_LONGEST_WORD = 40  # characters of one spelled-out or stretched word
_LONGEST_PADDED = 120  # characters of a command or an escape with all its courtesies
_ENDS = frozenset({Command.STOP, Command.ERASE})


def command(said: str, lexicon: Lexicon, *, free: bool = False) -> Command | None:
    """The command `said` is, in her language; None when it is none. `free`: she is being asked for her own words."""
    if said.isdecimal():
        return None
    if known := lexicon.commands.get(said):
        return known
    text = normalise(said)
    if text.isascii() and text.upper() == text:  # no letter in it
        return None
    if found := _meant(text, loose(text), lexicon, free):
        return found
    bones = skeleton(text)
    disguised = bones != text and (bare := loose(bones)).isascii()
    return _meant(text, bare, lexicon, free) if disguised else None


def escape(said: str, lexicon: Lexicon, *, digits: bool) -> Escape | None:
    """Not sure, not understood or rather not say: as digits (where `digits` may be no answer), her words, or "?" alone.

    Ask after `pick` or `number`: a choice of the question's own comes first.
    """
    if digits and (known := ESCAPE_DIGITS.get(said)):
        return known
    text = normalise(said)
    if len(text) > _LONGEST_PADDED:
        return None
    if text.isdecimal():
        return ESCAPE_DIGITS.get(text) if digits else None
    if text and not text.strip("? "):
        return Escape.NOT_UNDERSTOOD
    if text.isascii() and text.upper() == text:  # no letter in it
        return None
    bare = loose(text)
    words = bare.split()
    if (known := lexicon.escapes.get(bare)) or lexicon.polite.isdisjoint(words):
        return known
    if sum(word not in lexicon.polite for word in words) > lexicon.longest_escape:
        return None
    return lexicon.escapes.get(loose(without(text, lexicon.polite)))


def skips(said: str, lexicon: Lexicon) -> bool:
    """Whether she passes over an optional question: nothing at all, or her word for "skip"."""
    if said.isdecimal():
        return False
    text = normalise(said)
    return not text or loose(without(text, lexicon.polite)) in lexicon.skip


def without(text: str, words: frozenset[str]) -> str:
    """A normalised text without the tokens that are such words; signs beside what is left stay."""
    return normalise(" ".join(token for token in text.split() if loose(token) not in words))


def _meant(text: str, bare: str, lexicon: Lexicon, free: bool) -> Command | None:
    found = lexicon.commands.get(bare) or _joined(bare, lexicon) or _padded(bare, lexicon, free)
    if found is Command.ERASE and "?" in text:
        return Command.MAYBE_ERASE
    return found or _within(bare, lexicon)


def _joined(bare: str, lexicon: Lexicon) -> Command | None:
    """ "s t o p", "STOOOPP", "sotp"."""
    word = bare.replace(" ", "")
    if len(word) > _LONGEST_WORD:
        return None
    if len(word) >= 4 and lexicon.inside.get(word) is Command.MAYBE_STOP:
        return Command.STOP
    if found := lexicon.near.get(word):
        return found
    return Command.STOP if lexicon.near.get(squeeze(word)) is Command.STOP else None


def _padded(bare: str, lexicon: Lexicon, free: bool) -> Command | None:
    if len(bare) > _LONGEST_PADDED:
        return None
    words = list(dict.fromkeys(word for word in bare.split() if word not in lexicon.padding))
    if not words or len(words) > 4:
        return None
    whole = lexicon.commands.get(" ".join(words))
    found = {whole} if whole else {lexicon.commands.get(word) for word in words if word not in lexicon.ands}
    if free and lexicon.inside.keys().isdisjoint(words) and not {*bare.split()} <= {*words} | lexicon.polite:
        return None  # "end it now" may be what she wishes for the war
    if found and found <= _ENDS:
        return Command.ERASE if Command.ERASE in found else Command.STOP
    return found.pop() if len(found) == 1 and not free else None


def _within(bare: str, lexicon: Lexicon) -> Command | None:
    found = {lexicon.inside[word] for word in bare.split() if word in lexicon.inside}
    return Command.MAYBE_ERASE if Command.MAYBE_ERASE in found else next(iter(found), None)
