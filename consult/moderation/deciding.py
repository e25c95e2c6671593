"""What a moderator decides on a text, and what that does.

Rule 1: fine: coders may read it. Held, for abuse: nobody else reads it, and it is in no theme, paraphrase or export
until another moderator takes it back. Left for another: it waits as before, but not for her who left it.
Rule 2: "somebody may be in danger" brings it to the guardians' list besides (`flags`), whatever else is decided; "she
asks something" to the questions (`replies`).
Rule 3: more words can be masked, never fewer: what was masked is nowhere any more.
Rule 4: what somebody else decided since it was shown stands: an older page decides nothing.
Rule 5: the audit tells who decided how many texts and how, never on which.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from consult.episodes.flagging import MASK
from consult.house import House
from consult.library import day_of
from consult.moderation import flags, leaving
from consult.moderation.batches import row_of
from consult.moderation.hers import Hers
from consult.store import Tx
from consult.store.moderated import Flag, Writing, WritingState
from consult.writings import may_be_read

STATES: Final[tuple[WritingState, ...]] = ("fine", "held", "wait")


class NotDecided(Exception):
    """It was not: `code` is "gone", "own" or "state"."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True, slots=True)
class Decision:
    """On one text. `state`: fine, held, or wait for who looks again, which is another where it is `left`. `seen`: the
    state, and whether she asks, that whoever decides was shown; None for who looks at it now."""

    state: WritingState
    danger: bool = False
    asks: bool = False
    seen: tuple[str, bool] | None = None
    left: bool = False


def decide(house: House, name: str, id: int, decision: Decision, *, at: int, by: int) -> None:
    """Raises NotDecided, figures.NoSuch, custody.NoKey."""
    if decision.state not in STATES or (decision.left and decision.state != "wait"):
        raise NotDecided("state", f"a text is {', '.join(STATES)}")
    hers = Hers(house, name)
    flag = _flag(hers, name, id, at) if decision.danger else None
    house.store.write(partial(_decide, name, id, decision, flag, at=at, by=by))


def _flag(hers: Hers, name: str, id: int, at: int) -> Flag:
    row = _row(name, id, hers)
    made = flags.of_text(hers, row, day_of(at))
    if made is None:
        raise NotDecided("gone", "whoever wrote it has left")
    return made


def _row(name: str, id: int, hers: Hers) -> Writing:
    row = hers.house.store.read(partial(row_of, name, id))
    if row is None:
        raise NotDecided("gone", "this text is not here any more")
    may_be_read(hers.house, hers.published, row.question)
    return row


def _decide(name: str, id: int, decision: Decision, flag: Flag | None, tx: Tx, *, at: int, by: int) -> None:
    row = row_of(name, id, tx)
    if row is None:
        raise NotDecided("gone", "this text is not here any more")
    if row.state == "held" != decision.state and row.decider == by:
        raise NotDecided("own", "who held it back cannot take that back: another moderator can")
    asks = decision.asks or row.reply > 0
    if decision.seen not in (None, (row.state, row.asks)) and (row.state, row.asks) != (decision.state, asks):
        raise NotDecided("gone", "somebody decided it since it was shown; look at it again")
    tx.change_writing(replace(row, state=decision.state, asks=asks, decider=by))
    leaving.leave(name, id, by, tx) if decision.left else leaving.decided(name, id, tx)
    state = "left for another" if decision.left else decision.state
    told = [state, *(["danger"] if flag and tx.keep_flag(flag) else []), *(["asks"] if asks else [])]
    tx.note(day_of(at), f"a text of {name} decided by account {by}: {', '.join(told)}")


# ---- masking more


def words_of(text: str) -> list[str]:
    """Its words, as they are numbered from 1."""
    return text.split()


def mask_more(house: House, name: str, id: int, numbers: Collection[int], *, at: int, by: int) -> None:
    """These words of it go for good. Raises as `decide`."""
    hers = Hers(house, name)
    row = _row(name, id, hers)
    told = hers.open(row.person, row.sealed, row.message) if any(row.sealed) else None
    if told is None:
        raise NotDecided("gone", "its words are not here any more")
    left = [MASK if n in numbers else word for n, word in enumerate(words_of(str(told["text"])), 1)]
    sealed = hers.seal(row.person, {**told, "text": " ".join(left)}, row.message)
    house.store.write(partial(_masked, name, id, row.sealed, sealed or b"", at=at, by=by))


def _masked(name: str, id: int, before: bytes, sealed: bytes, tx: Tx, *, at: int, by: int) -> None:
    row = row_of(name, id, tx)
    if row is None or row.sealed != before or not sealed:  # another masked words of it meanwhile
        raise NotDecided("gone", "this text changed meanwhile; look at it again")
    tx.change_writing(replace(row, sealed=sealed))
    tx.note(day_of(at), f"words of a text of {name} masked by account {by}")
