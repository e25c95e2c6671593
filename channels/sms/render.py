"""Prompts as text messages: pure.

Rule 1: one question, one message. A Tell that `leads` shares the message of the prompt that follows it.
Rule 2: choices stand under the question, one a line, "1 label"; the hint is the last line.
Rule 3: a bare prompt (elevated risk) shows its own text and nothing else: no label, no hint, no variant.
Rule 4: no empty message, no empty line, no space nobody asked for: every character may cost a segment.

Right to left. Telephones lay out each line by its first strong letter, and a digit is not one: "1 نعم" stands rightly,
digit at the right edge, with no mark at all. Only a line that begins with a foreign word ("UNICEF ...") is turned
round; that line alone gets a RIGHT-TO-LEFT MARK, which costs one character. A line without any right-to-left letter
("2 UNICEF") reads well as it is and gets none. Left-to-right texts never get a mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from unicodedata import bidirectional

from channels.sms.segments import tidy
from consult.prompts import Pick, Prompt, Tell

RLM = "\u200f"
_NAME = "sms"
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")


_REMEMBERED = 4096  # turns; an edition's prompts are the same objects from woman to woman
_memory: dict[tuple[int, ...], tuple[tuple[Prompt, ...], list[str]]] = {}


def render(prompts: Sequence[Prompt]) -> list[str]:
    """The messages for these prompts, in order, each ready to be sent (NFC, plain typography where that saves).

    Remembered by the prompts' identity: hashing their texts would cost more than looking them up.
    """
    key = tuple(map(id, prompts))
    found = _memory.get(key)
    if found is None:
        if len(_memory) >= _REMEMBERED:
            _memory.clear()
        found = _memory[key] = (tuple(prompts), _rendered(prompts))
    return found[1].copy()


def _rendered(prompts: Sequence[Prompt]) -> list[str]:
    messages, led = [], ""
    for prompt in prompts:
        text = _joined((led, message(prompt)))
        leads = isinstance(prompt, Tell) and prompt.leads
        led = text if leads else ""
        if not leads:
            messages.append(text)
    return [_readable(tidy(text)) for text in (*messages, led) if text]


def message(prompt: Prompt) -> str:
    """One prompt's lines, before anything is joined to it."""
    if prompt.bare:
        return _joined([prompt.text])
    choices = [f"{choice.key} {choice.label.strip()}" for choice in prompt.choices] if isinstance(prompt, Pick) else []
    return _joined((prompt.wording(_NAME), *choices, prompt.hint))


def _joined(parts: Iterable[str]) -> str:
    lines = (line.strip() for part in parts for line in part.splitlines())
    return "\n".join(line for line in lines if line)


def _readable(text: str) -> str:
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
