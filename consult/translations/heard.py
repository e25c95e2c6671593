"""Which lines of a question are recorded, language by language, while its words are still a draft.

Rule 1: it is looked up as for a call: by the very words of a line. Words that change lose their recording.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from consult.consultation import Consultation
from consult.drafts.looking import filled
from consult.edition import compile_edition
from consult.house import House
from consult.speech.script import Line, lines
from consult.speech.shelf import Shelf

_QUESTION: Final = re.compile(r"question ([a-z0-9_]+)")


@dataclass(frozen=True, slots=True)
class Heard:
    """Of how many lines, how many a person recorded and how many a machine reads."""

    lines: int = 0
    recorded: int = 0
    drafted: int = 0


def heard(house: House, whole: Consultation, tags: tuple[str, ...]) -> Mapping[tuple[str, str], Heard]:
    """By question and language, in these languages; nothing where it is not held by telephone."""
    if not whole.voice:
        return {}
    packs, shelf = house.library.packs, Shelf(house.settings.data)
    edition = compile_edition(filled(replace(whole, languages=tags), packs), 0, packs)
    found: dict[tuple[str, str], Heard] = {}
    for line in lines(edition, house.speakers):
        if asked := _QUESTION.search(line.where):
            at = (asked[1], line.speech.locale)
            found[at] = _counted(found.get(at, Heard()), line, shelf, whole.dialect.get(line.speech.locale, ""))
    return found


def _counted(so_far: Heard, line: Line, shelf: Shelf, dialect: str) -> Heard:
    take = shelf.take(line.speech, dialect)
    made = take.made if take else ""
    return replace(
        so_far,
        lines=so_far.lines + 1,
        recorded=so_far.recorded + (made == "recorded"),
        drafted=so_far.drafted + (made == "drafted"),
    )
