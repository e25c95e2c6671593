"""How fast CPython can be at the least: the same six questions from tables, no language understood, no rule checked.

Its state is JSON, parsed and written for each answer, as a webhook without memory has to.
"""

from __future__ import annotations

import json

from consult.prompts import Pick
from tests.benchmarks.talking import LANGUAGES, village


def _screens() -> list[list[str]]:
    """What is shown at each step, per language."""
    edition = village()
    asked = [[tongue.consent[1] for tongue in edition.tongues]]
    asked += [[edition.put(q, n, 0, "sms").prompt for n in range(len(LANGUAGES))] for q in range(4)]
    lines = [[[p.text, *(f"{c.key} {c.label}" for c in getattr(p, "choices", ()))] for p in row] for row in asked]
    menu = edition.menu
    assert isinstance(menu, Pick)
    first = "\n".join([menu.text, *(f"{choice.key} {choice.label}" for choice in menu.choices)])
    return [[first] * 3, *([("\n".join(each)) for each in row] for row in lines), ["."] * 3]


SCREENS = _screens()
TAKES = [set("123"), set("12"), set("1234"), set("12345"), set("12345"), None]


def begin() -> str:
    """The state of a new conversation."""
    return json.dumps([0, 0, []])


def hear(state: str, said: str) -> tuple[str, str]:
    """The new state, and what is shown next."""
    step, tongue, given = json.loads(state)
    takes = TAKES[step]
    if takes is not None and not takes.issuperset(said.split()):
        return state, SCREENS[step][tongue]
    given.append(said)
    tongue = int(said) - 1 if step == 0 else tongue
    step = 6 if step == 1 and said == "2" else step + 1
    return json.dumps([step, tongue, given]), SCREENS[step][tongue]
