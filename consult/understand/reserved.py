"""Which words may not be a keyword, a choice or a word she is told to type (D5).

Rule 1: a word that stops, erases or alerts in ANY language is refused in all of them, with its look-alikes.
Rule 2: so is what carriers act on themselves: their reply would reach her, ours would not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from consult.understand.lexicons import CARRIERS, CARRIERS_STOP, Command, Lexicon, spelled
from consult.understand.spelling import loose, normalise, skeleton

_GRAVE = (Command.STOP, Command.ERASE, Command.ALERT)
_NEAR_FROM = 4  # letters; below that everything is near everything


def reserved(word: str, lexicons: Iterable[Lexicon], *, besides: Command | None = None) -> str | None:
    """Why `word` may not be used, as the end of a sentence about it ("means stop in sw"); None when it may.

    `besides` is the word's own purpose where a told word is checked: it may mean the same in another language.
    """
    said, bones = spelled(word), loose(skeleton(normalise(word)))
    if not said:
        return "has no letters or digits"
    for known, kind, why in _taken(lexicons, besides):
        if known in (said, bones) or bones == skeleton(known):
            return why
        if kind in _GRAVE and _close(said, known):
            return f"is too near to {known.upper()}, which {why}"
    return _containing(said, lexicons, besides)


def _taken(lexicons: Iterable[Lexicon], besides: Command | None) -> Iterator[tuple[str, Command, str]]:
    own = CARRIERS_STOP if besides is Command.STOP else frozenset[str]()
    for known in sorted(CARRIERS - own):
        yield known, Command.STOP, "is a word that carriers act on themselves"
    for lexicon in lexicons:
        for known, kind in lexicon.commands.items():
            if kind is not besides and known not in CARRIERS:
                yield known, kind, f"means {kind} in {lexicon.locale}"


def _containing(said: str, lexicons: Iterable[Lexicon], besides: Command | None) -> str | None:
    for lexicon in lexicons:
        for known in lexicon.inside:
            if f" {known} " in f" {said} " and lexicon.commands[known] is not besides:
                return f"contains {known.upper()}, which means {lexicon.commands[known]} in {lexicon.locale}"
    return None


def _close(said: str, known: str) -> bool:
    if min(len(said), len(known)) < _NEAR_FROM or abs(len(said) - len(known)) > 1:
        return False
    from rapidfuzz.distance import OSA

    return OSA.distance(said, known, score_cutoff=1) <= 1
