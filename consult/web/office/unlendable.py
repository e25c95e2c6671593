"""Why a draft or its lessons may not travel as a template, in the page's language. No routes here.

Rule 1: `consult.templates` speaks English, "place: what is wrong; cure"; what has no sentence here is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from consult.wording import Say

Sentence = Callable[[Say, re.Match[str]], str]
_PLACE: Final = r"(?P<place>.*): "
_SENTENCES: Final[tuple[tuple[str, Sentence], ...]] = (
    (
        rf"{_PLACE}(holds a number; .*|tells something local \(a number\).*)",
        lambda say, _: say(
            "A number of three or more digits stands here: a year too. Write it in words, or leave it out."
        ),
    ),
    (
        rf"{_PLACE}(holds a address; .*|tells something local \(a address\).*)",
        lambda say, _: say("An address stands here. Leave it out."),
    ),
    (
        rf"{_PLACE}tells something local \((?P<told>.*)\).*",
        lambda say, found: say("“{words}” is known at your place only. Word it for another team.", words=found["told"]),
    ),
    (
        rf"{_PLACE}holds a (hidden;|sign that hides;).*",
        lambda say, _: say("A sign that cannot be seen stands here. Type it anew."),
    ),
    (rf"{_PLACE}holds a tag .*", lambda say, _: say("Signs of a web page stand here (< and >). Write plain words.")),
    (rf"{_PLACE}begins as a formula .*", lambda say, _: say("A line begins like a formula. Begin it with a letter.")),
    (
        rf"{_PLACE}write 1 to (?P<n>\d+) characters",
        lambda say, found: say("Write something here, {n} characters at most.", n=found["n"]),
    ),
    (
        r"(?P<place>)the lessons: longer than (?P<n>\d+) characters; .*",
        lambda say, found: say(
            "The lessons are longer than {n} characters. Keep what another team needs.", n=found["n"]
        ),
    ),
    (
        r"(?P<place>)line (?P<n>\d+): stands below no heading; .*",
        lambda say, found: say("Line {n} stands below no heading. Begin with one, after the sign #.", n=found["n"]),
    ),
    (
        r"(?P<place>)more than (?P<n>\d+) headings; .*",
        lambda say, found: say("There are more than {n} headings. Put some together.", n=found["n"]),
    ),
    (
        r"(?P<place>)(origin|licence): one line of at most (?P<n>\d+) characters, .*",
        lambda say, found: say("Who gives it, and the licence: one line each, {n} characters at most.", n=found["n"]),
    ),
    (r"(?P<place>)a heading stands twice; .*", lambda say, _: say("A heading stands twice. Put both together.")),
)


@dataclass(frozen=True, slots=True)
class Unlendable:
    """One fault: where (the writer's own words, or a name), what to do, and whether that is the checks' English."""

    where: str
    says: str
    plain: bool


def unlendable(say: Say, line: str) -> Unlendable:
    """A line of `lessons.Unclear` or `sheet.NotTemplate`."""
    for pattern, words in _SENTENCES:
        if found := re.fullmatch(pattern, line, re.DOTALL):
            return Unlendable(found["place"].removeprefix("lessons, "), words(say, found), True)
    return Unlendable("", line, False)
