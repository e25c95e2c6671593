"""What of a consultation is too long for the screens of a dialled code.

Rule 1: a warning, never an error: it can be read, but a session lasts three minutes at most, and a network may end it
    while she reads.
Rule 2: each text is told once, for the language in which it is too long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from channels.ussd.screens import ROOM, cost, render, written
from channels.writing.alphabets import UCS2
from consult.consultation import Fault
from consult.prompts import Prompt

Item = tuple[str, str, Sequence[Prompt]]  # where ("line 12, question roads"), locale, the prompts shown in one turn

MOST: Final = 3  # screens that are read in patience
CONSENT: Final = 6  # the consent is longer, and stands before everything


def check_screens(items: Iterable[Item]) -> Iterator[Fault]:
    """Faults of these prompts, in order."""
    seen: set[tuple[str, str]] = set()
    for where, locale, prompts in items:
        fault = _fault(f"{where}, {locale}", locale, prompts)
        if fault and (fault.where, fault.what) not in seen:
            seen.add((fault.where, fault.what))
            yield fault


def _fault(where: str, locale: str, prompts: Sequence[Prompt]) -> Fault | None:
    many = len(render(prompts))
    consent = any(prompt.name == "consent" for prompt in prompts)
    most = CONSENT if consent else MOST
    if many <= most:
        return None
    letters = cost(written(prompts)).encoding
    room = f"{ROOM[letters]} characters each" + (", for the letters it is in" if letters == UCS2 else "")
    what = f'"{written(prompts)[:40]}..." takes {many} screens of a dialled code ({room}); {most} at most are read'
    return Fault("warning", where, what, "say it in fewer words, or give a shorter text for ussd", locale)
