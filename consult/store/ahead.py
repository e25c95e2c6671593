"""What the works of a commit are about to ask for, asked together when it begins.

Rule 1: a guess changes nothing but the time it takes: a work that was not announced asks for itself, and so does one
whose address something changed of meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from consult.store.conversations import CALLERS
from consult.store.dialect import Asked
from consult.store.late import Commit, Row
from consult.store.outbox import SOME, to_message
from consult.store.records import About, Hearing, Moving

T = TypeVar("T")
SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)  # of a question: each is a statement to keep prepared


def asked(about: Sequence[About]) -> list[Asked]:
    """Who wrote, and which messages. The last of each is repeated until the statement has one of the sizes."""
    hearings, moving = _padded(_hearings(about)), _padded(_moving(about))
    callers = (CALLERS.sql(len(hearings)), tuple(value for one in hearings for value in (one.mark, one.ours)))
    messages = (SOME.sql(len(moving)), tuple(one.id for one in moving))
    return ([callers] if hearings else []) + ([messages] if moving else [])


def _hearings(about: Sequence[About]) -> list[Hearing]:
    return [each for each in about if isinstance(each, Hearing)][: SIZES[-1]]


def _moving(about: Sequence[About]) -> list[Moving]:
    return [each for each in about if isinstance(each, Moving)][: SIZES[-1]]


def _padded(some: list[T]) -> list[T]:
    size = next((size for size in SIZES if size >= len(some)), SIZES[-1])
    return [*some, *some[-1:] * (size - len(some))]


def learn(commit: Commit, about: Sequence[About], answers: list[list[Row]]) -> None:
    """Lay out for the works what was answered."""
    left = iter(answers)
    if hearings := _hearings(about):
        commit.ahead.update(dict.fromkeys(hearings))
        commit.ahead.update((Hearing(row[1], row[-1]), row) for row in next(left))
    if _moving(about):
        commit.seen.update((("message", row[0]), to_message(row)) for row in next(left))
