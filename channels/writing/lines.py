"""Prompts as written lines, for every channel that is read. Pure.

Rule 1: choices stand under the question, one a line, "1 label"; the hint is the last line.
Rule 2: a bare prompt (elevated risk) shows its own text and nothing else: no label, no hint, no variant.
Rule 3: no empty line, no space nobody asked for: every character may cost.

Right to left. Telephones lay out each line by its first strong letter, and a digit is not one: "1 نعم" stands rightly,
digit at the right edge, with no mark at all. Only a line that begins with a foreign word ("UNICEF ...") is turned
round; that line alone gets a RIGHT-TO-LEFT MARK, which costs one character. A line without any right-to-left letter
("2 UNICEF") reads well as it is and gets none. Left-to-right texts never get a mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import bidirectional

from consult.prompts import Pick, Prompt

RLM = "\u200f"
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")


def message(prompt: Prompt, channel: str) -> str:
    """One prompt's lines, in this channel's wording, before anything is joined to it."""
    if prompt.bare:
        return joined([prompt.text])
    choices = [f"{choice.key} {choice.label.strip()}" for choice in prompt.choices] if isinstance(prompt, Pick) else []
    return joined((prompt.wording(channel), *choices, prompt.hint))


def joined(parts: Iterable[str]) -> str:
    """These texts as lines, one text under the other."""
    lines = (line.strip() for part in parts for line in part.splitlines())
    return "\n".join(line for line in lines if line)


def readable(text: str) -> str:
    """With a mark before each line that a telephone would turn round."""
    if not _RIGHT_TO_LEFT.search(text) or not _reads_right_to_left(text):
        return text
    return "\n".join(RLM + line if _turned_round(line) else line for line in text.split("\n"))


def _reads_right_to_left(text: str) -> bool:
    """Whether most of its letters do."""
    directions = [bidirectional(character) for character in text]
    return directions.count("R") + directions.count("AL") > directions.count("L")


def _turned_round(line: str) -> bool:
    """Whether a telephone would lay this line out from the left although it has right-to-left letters."""
    strong = [bidirectional(character) for character in line if bidirectional(character) in ("L", "R", "AL")]
    return bool(strong) and strong[0] == "L" and len(set(strong)) > 1
