"""Faults as the designer's pages tell them: where, and what to do, in the page's language. No routes here.

Rule 1: the checks speak English; what has no sentence here yet is shown as they have it, marked as English.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from consult.consultation import Consultation
from consult.drafts.looking import Told
from consult.web.office.designing import parts, tops
from consult.wording import Say


@dataclass(frozen=True, slots=True)
class Shown:
    """A fault in the page's language, or (`plain` False) as the checks have it, in English."""

    level: str
    where: str
    says: str
    plain: bool
    language: str


Sentence = Callable[[Say, re.Match[str]], str]
_SENTENCES: Final[tuple[tuple[str, Sentence], ...]] = (
    (r"has no text in this language", lambda say, _: say("Nothing is written here yet.")),
    (r"is missing", lambda say, _: say("Write it: nothing is published without it.")),
    (
        r"the keyword .* belongs to the consultation .*",
        lambda say, _: say("Another consultation answers to this word. Choose another neutral one."),
    ),
    (
        r"words of it were read by nobody but their writer",
        lambda say, _: say("No second person has read all of its words. Have them read, or tick that it goes out so."),
    ),
    (r"has too few choices", lambda say, _: say("Write at least two answers.")),
    (r"has no start and end", lambda say, _: say("Write the smallest and the largest number.")),
    (r"there is nothing to answer", lambda say, _: say("Add a question that asks.")),
    (r"is not set: inbound only, .*", lambda say, _: say("Without safe hours we never write first; she writes to us.")),
    (r"the system's words in .* review", lambda say, _: say("Our own words await review by native speakers.")),
    (
        r"has a constraint and no message.*",
        lambda say, _: say("Write what she reads when her answer is not accepted."),
    ),
    (
        r"there is no list of sensitive words in .*",
        lambda say, _: say(
            "We know no list of sensitive words in this language. Have somebody read every text as a stranger would."
        ),
    ),
    (r"choices .* read the same", lambda say, _: say("Two answers read the same. Word them apart.")),
    (
        r"holds an address of the internet",
        lambda say, _: say("Leave the internet address out: it leaves a trace on her telephone."),
    ),
    (r"holds what looks like a telephone number", lambda say, _: say("Leave the telephone number out.")),
    (r"holds the consultation's title", lambda say, _: say("Leave the title out: it is never sent.")),
    (r"does not say adults only", lambda say, _: say("Say that it is for those of 18 or more.")),
    (
        r"shows (.+) on her phone",
        lambda say, found: say("It shows “{words}” on her telephone. Say it in neutral words.", words=found[1]),
    ),
    (
        r"seems to ask what was done to herself.*",
        lambda say, _: say("It seems to ask what was done to herself. Ask about the area, not about her."),
    ),
    (
        r"(\d+) questions are asked; half stop.*",
        lambda say, found: say("{n} questions are too many: half stop after the first few. Or say why.", n=found[1]),
    ),
    (
        r"(\d+) questions are asked; after five.*",
        lambda say, found: say(
            "{n} questions: after five most have stopped. The most important comes first.", n=found[1]
        ),
    ),
    (
        r"has (\d+) choices; for voice.*",
        lambda say, found: say("{n} answers: by telephone few hear the last. Keep to four.", n=found[1]),
    ),
    (
        r"has (\d+) choices and a telephone nine keys",
        lambda say, found: say("{n} answers, and a telephone has nine keys. Merge some, or ask twice.", n=found[1]),
    ),
    (
        r'".*" takes (\d+) segments in .*, at most 4 are accepted.*',
        lambda say, found: say(
            "It takes {n} SMS; four are the most. Use fewer words, or write shorter ones.", n=found[1]
        ),
    ),
    (
        r'".*" takes (\d+) segments in .*, more than 2 are often not read.*',
        lambda say, found: say("It takes {n} SMS; more than two are often not read. Use fewer words.", n=found[1]),
    ),
    (r"a whole call takes about (\d+:\d\d)", lambda say, found: say("A whole call takes about {n} min.", n=found[1])),
)


def shown(say: Say, told: Told, whole: Consultation) -> Shown:
    """A fault where it is read: what it is about, and what to do."""
    matches = ((words, re.fullmatch(pattern, told.what, re.DOTALL)) for pattern, words in _SENTENCES)
    says = next((words(say, found) for words, found in matches if found), "")
    where = _where(say, told, whole)
    return Shown(told.level, where, says or f"{told.what}; {told.cure}", bool(says), told.language)


def _where(say: Say, told: Told, whole: Consultation) -> str:
    key, _, rest = told.where.partition(" ")
    if not told.question:
        return tops(say).get(told.where.partition(",")[0], told.where)
    if key == "choice":
        question = next((each for each in whole.questions if each.name == told.question), None)
        place = next((n for n, each in enumerate(question.choices if question else (), 1) if each.name == rest), 0)
        return say("Answer {n}", n=place)
    names = parts(say) | {"constraint_message": parts(say)["message"]}
    return names.get(told.where.partition(",")[0], told.where)
