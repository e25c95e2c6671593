"""Where a conversation stands: a frozen value, and its bytes between two messages.

Rule 1: her words are never kept here; of a text answer only that it was given.
Rule 2: `encode` is at most 64 bytes in the middle of a conversation; what the edition knows is not repeated in it.
Rule 3: state never leaves the machine and dies with the conversation, so its format may change with the code;
        FORMAT says which it is, and another one is refused rather than misread.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from consult.events import Value

if TYPE_CHECKING:
    from consult.edition import Edition

FORMAT = 1
WORD_BYTES = 8
HEAD = 13  # bytes before her word
REMEMBERED = 20_000


class Phase(IntEnum):
    """What her next message is an answer to."""

    INVITED = 0  # 1 now, 2 another time, 3 no
    LANGUAGE = 1
    CONSENT = 2
    OWN_WORD = 3  # elevated risk: she chooses her word
    ASKING = 4
    NEWS = 5  # may we write again
    DONE = 6


class Doubt(IntEnum):
    """A stop or erase word stood inside a longer text: she was asked whether she meant it."""

    NONE = 0
    STOP = 1
    ERASE = 2


class Passed(IntEnum):
    """Why a question has no value though its turn is over."""

    SKIPPED = 1
    TOLD = 2  # a note: nothing was asked


Slot = Value | Passed | None

SEEN, UNSEEN = 255, 254  # of `Session.came`, beside the indexes of questions


class Session(NamedTuple):
    """`values[i]` belongs to question i of the edition. `heard` is when she last wrote (epoch seconds).

    `word` is a keyed digest of her own word, "" until she chose one. `locked`: she sent it, or the silence was long.
    `came`: the question whose answer brought the open one, while she may not have seen that; else SEEN, or UNSEEN where
    nothing she said could be corrected.
    A named tuple, as a turn makes several of them: `_replace` costs a fifth of a frozen dataclass's.
    """

    phase: Phase
    locale: int  # index into the edition's languages
    heard: int
    seed: int = 0
    at: int = 0
    tries: int = 0
    consented: bool = False
    finished: bool = False
    locked: bool = False
    doubt: Doubt = Doubt.NONE
    word: bytes = b""
    values: tuple[Slot, ...] = ()
    came: int = SEEN


class Unreadable(Exception):
    """Stored state of another format or damaged: the conversation cannot go on from it."""


def encode(session: Session, edition: Edition) -> bytes:
    """Thirteen bytes, her word's digest where there is one, and about one byte for each question so far."""
    flags = session.consented | session.finished << 1 | session.locked << 2 | bool(session.word) << 3
    head = (FORMAT, session.phase | session.doubt << 4, session.locale, session.at, session.tries, session.seed, flags)
    parts = [bytes(head), session.heard.to_bytes(5, "big") + bytes((session.came,)), session.word]
    keep, memo = 3, edition.packed
    for index, value in enumerate(session.values):
        if value is None:
            parts.append(b"\0")
            continue
        key = (index, type(value), value)  # an escape equals the code of its name, so its type is part of the key
        packed = memo.get(key)
        if packed is None:
            packed = _pack(edition, index, value)
            if len(memo) < REMEMBERED:  # whole numbers are without end
                memo[key] = packed
        parts.append(packed)
        keep = len(parts)
    return b"".join(parts[:keep])


def _pack(edition: Edition, index: int, value: Value | Passed) -> bytes:
    if isinstance(value, Passed):
        return bytes((value,))
    question = edition.questions[index]
    return b"\3" + question.type.pack(question.definition, value)


_PHASES, _DOUBTS = tuple(Phase), tuple(Doubt)


def decode(data: bytes, edition: Edition) -> Session:
    """The session that `encode` wrote for the same edition. Raises Unreadable."""
    if len(data) < HEAD or data[0] != FORMAT:
        raise Unreadable("a conversation's state has another format; she can begin again with the keyword")
    flags = data[6]
    has_word = flags >> 3 & 1
    packed = data[HEAD + has_word * WORD_BYTES :]
    values = edition.unpacked.get(packed)
    if values is None:
        values = _remember(edition, packed)
    return Session(  # by position, which costs half of what names do
        _PHASES[data[1] & 15],
        data[2],  # locale
        int.from_bytes(data[7:12], "big"),  # heard
        data[5],  # seed
        data[3],  # at
        data[4],  # tries
        flags & 1 != 0,  # consented
        flags & 2 != 0,  # finished
        flags & 4 != 0,  # locked
        _DOUBTS[data[1] >> 4],
        data[HEAD : HEAD + WORD_BYTES] if has_word else b"",
        values,
        data[12],  # came
    )


def _remember(edition: Edition, packed: bytes) -> tuple[Slot, ...]:
    """The values of these bytes; the same few states come again and again, so they are kept (at most REMEMBERED)."""
    values: list[Slot] = []
    offset = 0
    for question in edition.questions:
        mark = packed[offset] if offset < len(packed) else 0
        offset += 1
        if mark == 3:
            value, offset = question.type.unpack(question.definition, packed, offset)
            values.append(value)
        else:
            values.append(Passed(mark) if mark else None)
    if len(edition.unpacked) >= REMEMBERED:
        edition.unpacked.clear()
    edition.unpacked[packed] = found = tuple(values)
    return found
