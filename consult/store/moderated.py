"""What is moderated, as frozen rows: what rooms outside the store see of it. Days are whole days since 1970-01-01."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

WritingState = Literal["wait", "fine", "held", "gone"]
FlagState = Literal["open", "over", "gone"]
WordedState = Literal["written", "approved", "declined", "gone"]


@dataclass(frozen=True, slots=True)
class Writing:
    """What somebody wrote to a question. `message` is what coders know it by; `day` is when it was opened.

    `state`: wait for a moderator, fine, held (abuse), gone. `asks`: she asks
    something; `reply`: of `worded`, 0 none; `decider`: the account that decided last.
    `sealed` is her words, masked, under her key; zeros once they are gone. `person`, `asks`, `reply` and `decider`
    are 0 in one that is gone.
    """

    id: int
    consultation: str
    question: str
    message: str
    person: int
    day: int
    state: WritingState
    asks: bool
    reply: int
    decider: int
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Flag:
    """Somebody may be in danger. `mark` keeps it from standing twice; `kind`: text or warning; `writing`: which text,
    0 for a warning; `sealed` is what is known of it and what was done. One that is gone says nothing any more."""

    id: int
    mark: bytes
    consultation: str
    kind: str
    person: int
    writing: int
    day: int
    state: FlagState
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Worded:
    """Words by language, sealed by the hub, that account `by` wrote. `kind`: theme or reply; `about`: which theme.

    Of what is gone with its consultation no words are left, and it is found no more."""

    id: int
    consultation: str
    kind: str
    about: str
    day: int
    state: WordedState
    by: int
    approver: int
    sealed: bytes
