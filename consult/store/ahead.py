"""What the works of a commit are about to ask for, asked together when it begins.

Rule 1: a guess changes nothing but the time it takes: a work that was not announced asks for itself, and so does one
whose address something changed of meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from consult.store.conversations import CALLERS
from consult.store.dialect import Asked
from consult.store.late import Commit, Row
from consult.store.records import Hearing

SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)  # of a question: each is a statement to keep prepared


def asked(hearings: Sequence[Hearing]) -> list[Asked]:
    """Who these are. The last is repeated until the statement has one of the sizes."""
    if not hearings:
        return []
    size = next((size for size in SIZES if size >= len(hearings)), SIZES[-1])
    padded = [*hearings, *(hearings[-1],) * (size - len(hearings))]
    return [(CALLERS.sql(size), tuple(value for one in padded[:size] for value in (one.mark, one.ours)))]


def learn(commit: Commit, hearings: Sequence[Hearing], answers: list[list[Row]]) -> None:
    """Lay out for the works what was answered."""
    if answers:
        commit.ahead.update(dict.fromkeys(hearings[: SIZES[-1]]))
        commit.ahead.update((Hearing(row[1], row[-1]), row) for row in answers[0])
