"""An answer in columns: which question, the value by its sort, the wording she saw and the order of its choices."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

from consult.events import Answered, Escape, Value
from consult.sync.pages.codebook import Entry
from consult.sync.pages.columns import SPREAD, Columns, Garbled

STEPS = 100  # of a scale that is coded as choices
ESCAPES = (Escape.NOT_SURE, Escape.NOT_UNDERSTOOD, Escape.PREFER_NOT)


class Sort(IntEnum):
    """What a value is: one of the codes, a step of the scale, some codes as defined, strings, a number, words."""

    CODE = 0
    STEP = 1
    SET = 2
    LIST = 3
    NUMBER = 4
    TEXT = 5
    ESCAPE = 6


SORTS = {
    **{"select_one": Sort.CODE, "range": Sort.STEP, "select_multiple": Sort.SET, "rank": Sort.LIST},
    **{"integer": Sort.NUMBER, "text": Sort.TEXT},
}


def code(columns: Columns, entry: Entry, turn: int | None, channel: str, given: Answered) -> Answered:
    """The answer to this question through the columns, either way; `turn`: by how many her choices should be turned."""
    value = _value(columns, entry, given.value)
    wording = columns.word(("wording", channel), given.wording)
    order = _order(columns, entry, turn, given.order)
    part = columns.flag(("part",), given.part, usual=False)
    recording = ""
    if columns.flag(("recording?", channel, entry.type), given.recording != "", usual=False):
        recording = columns.text(("recording",), given.recording)
    return Answered(entry.name, value, wording, order, part, recording)


def _order(columns: Columns, entry: Entry, turn: int | None, order: tuple[str, ...]) -> tuple[str, ...]:
    """None, the expected turn, another one, or each code: 0, 1, 2 + turn, 2 + how many."""
    codes, turns = entry.codes, len(entry.codes)
    by = _turned(codes, order)
    how = 0 if not order else 1 if by is not None and by == turn else 2 + (turns if by is None else by)
    how = columns.one(("order", entry.name, turn is None), 3 + turns, how, 0 if turn is None else 1)
    if how < 2:
        if how and turn is None:
            raise Garbled("choices turned by nothing")
        return codes[turn:] + codes[:turn] if how and turn is not None else ()
    if how < 2 + turns:
        return codes[how - 2 :] + codes[: how - 2]
    return tuple(_list(columns, ("shown", entry.name), order))


def _turned(codes: tuple[str, ...], order: tuple[str, ...]) -> int | None:
    if not order or order[0] not in codes:
        return None
    by = codes.index(order[0])
    return by if codes[by:] + codes[:by] == order else None


def _value(columns: Columns, entry: Entry, value: Value) -> Value:
    name, codes = entry.name, entry.codes
    sort = columns.one(("sort", name), len(Sort), _sort(entry, value), SORTS.get(entry.type, Sort.TEXT))
    match Sort(sort):
        case Sort.CODE:
            return codes[_among(columns, ("code", name), len(codes), entry.places.get(str(value), 0))]
        case Sort.STEP:
            low, high = _scale(entry)
            return low + _among(columns, ("step", name), high - low + 1, value - low if isinstance(value, int) else 0)
        case Sort.SET:
            given = value if isinstance(value, tuple) else ()
            return tuple(code for code in codes if columns.flag(("set", name, code), code in given))
        case Sort.LIST:
            return tuple(_list(columns, ("list", name), value if isinstance(value, tuple) else ()))
        case Sort.NUMBER:
            return columns.signed(("number", name), value if isinstance(value, int) else 0)
        case Sort.TEXT:
            return columns.text(("words",), value if isinstance(value, str) else "")
        case _:
            return ESCAPES[columns.one(("escape", name), len(ESCAPES), _escape(value))]


def _sort(entry: Entry, value: Value) -> Sort:
    match value:
        case Escape():
            return Sort.ESCAPE
        case str():
            return Sort.CODE if value in entry.places else Sort.TEXT
        case int():
            low, high = _scale(entry)
            return Sort.STEP if low <= value <= high else Sort.NUMBER
        case _:
            defined = entry.type != "rank" and value == tuple(code for code in entry.codes if code in value)
            return Sort.SET if defined else Sort.LIST


def _scale(entry: Entry) -> tuple[int, int]:
    """First and last step of a scale; the last is below the first where there is none."""
    if entry.low is None or entry.high is None or entry.high - entry.low > STEPS:
        return 0, -1
    return entry.low, entry.high


def _escape(value: Value) -> int:
    return ESCAPES.index(value) if isinstance(value, Escape) else 0


def _among(columns: Columns, where: tuple[object, ...], of: int, value: int) -> int:
    if of < 1:
        raise Garbled("a choice among none")
    return columns.one(where, of, value, -1, SPREAD)


def _list(columns: Columns, where: tuple[object, ...], codes: tuple[str, ...]) -> Iterator[str]:
    count = columns.number((*where, "how many"), len(codes))
    for place in range(count):
        yield columns.word((*where, place), codes[place] if place < len(codes) else "")
