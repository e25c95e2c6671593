"""Faults as the designer's pages tell them: where, and what to do, in the page's language. No routes here.

Rule 1: the checks speak English; what `mending` has no sentence for is shown as they have it, marked as English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from consult.consultation import Consultation
from consult.drafts.looking import Told
from consult.web.office.designing import parts, tops
from consult.web.office.mending import SENTENCES
from consult.wording import Say


@dataclass(frozen=True, slots=True)
class Shown:
    """A fault in the page's language, or (`plain` False) as the checks have it, in English."""

    level: str
    where: str
    says: str
    plain: bool
    language: str


def shown(say: Say, told: Told, whole: Consultation) -> Shown:
    """A fault where it is read: what it is about, and what to do."""
    matches = ((words, re.fullmatch(pattern, told.what, re.DOTALL)) for pattern, words in SENTENCES)
    says = next((words(say, found) for words, found in matches if found), "")
    where = _where(say, told, whole)
    return Shown(told.level, where, says or f"{told.what}; {told.cure}", bool(says), told.language)


def _where(say: Say, told: Told, whole: Consultation) -> str:
    key, _, rest = told.where.partition(" ")
    if not told.question:
        return _of_whole(say, told.where, key, rest)
    if key == "choice":
        question = next((each for each in whole.questions if each.name == told.question), None)
        place = next((n for n, each in enumerate(question.choices if question else (), 1) if each.name == rest), 0)
        return say("Answer {n}", n=place)
    names = parts(say) | {"constraint_message": parts(say)["message"]}
    return names.get(told.where.partition(",")[0], told.where)


def _of_whole(say: Say, where: str, key: str, rest: str) -> str:
    """A field of the whole, a group put together, or else one of the program's own lines."""
    if key == "compound":
        return say("Group put together: {name}", name=rest)
    fields = tops(say) | {
        "name": say("Short name"),
        "dialect": say("Dialect"),
        "compounds": say("Groups put together"),
        "background_audio": tops(say)["background"],
        "hub": say("This hub"),
    }
    return fields.get(where.partition(",")[0]) or say("Lines of the program itself")
