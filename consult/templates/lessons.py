"""What a team learnt, in its own words: paragraphs below headings, read from a text. Pure.

    # What worked
    Inviting by a neighbour who had taken part.

    # What we would change
    Shorter answers in the second question.

Rule 1: no number of three or more digits: figures come from releases, behind the gate, and telephone numbers never.
Rule 2: bounded: so many headings, so many characters, and nothing that a browser or a spreadsheet would obey.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from consult.episodes.flagging import betrays
from consult.templates.localness import unfit

LARGEST: Final = 16 * 1024  # characters of the whole
MOST, HEADING, LONGEST = 12, 80, 4000


class Unclear(Exception):
    """What is wrong in the lessons: every fault a line, with its place and cure."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One heading and what stands below it."""

    heading: str
    text: str


def read(text: str) -> tuple[Lesson, ...]:
    """The lessons of a text; none of an empty one. Raises Unclear."""
    if len(text) > LARGEST:
        raise Unclear(f"the lessons: longer than {LARGEST} characters; keep what another team needs")
    found = _parted(text.replace("\r\n", "\n").strip())
    demand(found)
    return found


def _parted(text: str) -> tuple[Lesson, ...]:
    found: list[tuple[str, list[str]]] = []
    for n, line in enumerate((each.strip() for each in text.split("\n")), 1):
        if line.startswith("#"):
            found.append((" ".join(line.lstrip("#").split()), []))
        elif found:
            found[-1][1].append(line)
        elif line:
            raise Unclear(f"line {n}: stands below no heading; begin with a line like # What worked")
    return tuple(Lesson(heading, "\n".join(lines).strip()) for heading, lines in found)


def demand(lessons: tuple[Lesson, ...]) -> None:
    """Raises Unclear where they are not as `read` gives them."""
    faults = [f"more than {MOST} headings; put some together"] if len(lessons) > MOST else []
    for each in lessons:
        where = f"{each.heading[:HEADING] or 'a heading'}: "
        faults += [where + wrong for wrong in (_wrong(each.heading, HEADING), _wrong(each.text, LONGEST)) if wrong]
    if len({each.heading.casefold() for each in lessons}) < len(lessons):
        faults.append("a heading stands twice; put both together")
    if faults:
        raise Unclear("\n".join(faults))


def _wrong(words: str, longest: int) -> str:
    if not 0 < len(words) <= longest:
        return f"write 1 to {longest} characters"
    if wrong := unfit(words):
        return wrong
    told = next((found for line in words.split("\n") if (found := betrays(line))), "")
    return f"holds a {told}; word it without: what was counted comes from a release" if told else ""


def written(lessons: tuple[Lesson, ...]) -> str:
    """The text that `read` reads as these."""
    return "\n\n".join(f"# {each.heading}\n{each.text}" for each in lessons)
