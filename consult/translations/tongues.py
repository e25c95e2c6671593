"""Whether words can be of the language they are said to be in: by their script, and by those of the other languages.

Rule 1: only what is evident is refused: a file of another script altogether, or one that repeats another language's
column. Names, numbers and borrowed words pass.
Rule 2: which scripts a language is written in is told by its own name and by what stands in it already.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from consult.wording import UnknownLocale, locale

FEWEST: Final = 20  # letters, below which nothing is evident
FOREIGN: Final = 0.8  # of the letters
ALIKE, TEXTS = 0.6, 3  # of the texts, and how many of them at least


def scripts(texts: Iterable[str]) -> Counter[str]:
    """Letters by script, as the names of Unicode have it: LATIN, ARABIC, ETHIOPIC."""
    return Counter(_script(sign) for text in texts for sign in text if sign.isalpha())


@lru_cache(maxsize=4096)
def _script(sign: str) -> str:
    return unicodedata.name(sign, "").partition(" ")[0]


def usual(tag: str, standing: Iterable[str]) -> frozenset[str]:
    """The scripts of a language: of its own name, and of a good part of what stands in it already."""
    there = scripts(standing)
    most = max(there.values(), default=0)
    return frozenset(scripts([_name(tag)])) | {script for script, n in there.items() if n * 4 >= most}


def _name(tag: str) -> str:
    try:
        return locale(tag).name
    except UnknownLocale:
        return ""


def foreign(texts: Iterable[str], known: frozenset[str]) -> bool:
    """Whether these are evidently written in none of these scripts. Where none is known, nothing is evident."""
    found = scripts(texts)
    letters = found.total()
    other = sum(n for script, n in found.items() if script not in known)
    return bool(known) and letters >= FEWEST and other >= FOREIGN * letters


def repeated(texts: Mapping[str, str], others: Mapping[str, Mapping[str, str]]) -> str:
    """The language whose words these are ("" for none). `texts`: by string; `others`: by language, then by string."""
    for tag, theirs in others.items():
        both = [id for id, text in texts.items() if text and theirs.get(id)]
        same = sum(texts[id] == theirs[id] and any(map(str.isalpha, texts[id])) for id in both)
        if same >= TEXTS and same >= ALIKE * len(both):
            return tag
    return ""
