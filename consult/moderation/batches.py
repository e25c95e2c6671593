"""Texts of a question, opened for those who moderate and code them, and kept for thirty days.

    waiting(house, name)                       how much there is to do, by question, by tens
    ready(house, name, question)               whether enough people wrote to open it
    open_batch(house, name, question, ...)     after two people agreed: what is new is kept, waiting for a moderator
    texts(house, name, question, state, page)  the texts of one state, some at a time
    every(house, name, question)               all that coders may read: looked at and found fine
    one(house, name, id)                       one text

Rule 1: a text lies sealed under its writer's key (`hers`).
Rule 2: ids are given in the order of the messages' names, which are random: they tell neither who nor when.
Rule 3: a text that does not count any more, since she answered again or left, is lost with the next batch, or at once.
Rule 4: while fewer than ten people's texts are left of a question, none is shown: people, however many texts one wrote;
to coders, while they are of fewer than ten besides those held back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from consult import figures, writings
from consult.episodes.flagging import mask_listed
from consult.findings.gate import MINIMUM, by_tens
from consult.house import House
from consult.library import day_of
from consult.moderation.hers import Hers
from consult.store import Tx, View
from consult.store.moderated import Writing, WritingState
from consult.store.records import Fact

PAGE: Final = 10  # texts at a time
ALL: Final = (1_000_000, 0)


@dataclass(frozen=True, slots=True)
class Queue:
    """A question answered in words. Numbers by tens, "<10" below: texts that are `closed`, and of those that were
    opened how many wait, are fine, are held. `sensitive`: nobody reads it."""

    question: str
    sensitive: bool
    closed: int | str
    wait: int | str
    fine: int | str
    held: int | str


@dataclass(frozen=True, slots=True)
class Text:
    """One text as it may be read. `message` is its name for coders; "" as `text`: the thirty days are over.
    `asks`: she asks something; `reply`: which answer she gets, 0 for none."""

    id: int
    question: str
    message: str
    text: str
    state: WritingState
    asks: bool
    reply: int


def waiting(house: House, name: str) -> list[Queue]:
    """Every question that is answered in words. Raises figures.NoSuch, custody.NoKey where the key is elsewhere."""
    published = Hers(house, name).published
    wrote = _wrote(figures.figures(house, name)["frames"])
    counted = house.store.read(lambda view: view.writings_counted(name))
    questions = house.library.edition(published).consultation.questions
    return [_queue(each.name, each.sensitive, wrote, counted) for each in questions if each.type == "text"]


def _wrote(frames: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Question -> how many people wrote, as far as it may be shown."""
    found: dict[str, int] = {}
    for frame in frames:
        for each in frame["questions"]:
            count = each["counts"].get("answers")
            found[each["name"]] = found.get(each["name"], 0) + (count if isinstance(count, int) else 0)
    return found


def _queue(question: str, sensitive: bool, wrote: dict[str, int], counted: Sequence[tuple[str, str, int]]) -> Queue:
    states = {state: n for named, state, n in counted if named == question}
    closed = max(wrote.get(question, 0) - sum(states.values()), 0)
    opened = (by_tens(states.get(state, 0)) for state in ("wait", "fine", "held"))
    return Queue(question, sensitive, by_tens(closed), *opened)


# ---- opening


def ready(house: House, name: str, question: str) -> None:
    """By what was written until now: the live table may stand still (`consult.figures`, rule 2).

    Raises as `open_batch`.
    """
    writings.ready(house, figures.opened(house, name), question)


def open_batch(house: House, name: str, question: str, *, at: int, by: str, listed: Iterable[str] = ()) -> int:
    """Open what was written and keep what is new; how many texts wait. `listed`: words that are masked too, beside
    those of `listing`. It is for the caller to have two people agree first (approval "texts").

    Raises figures.NoSuch, custody.NoKey, exporting.TooSoon, vault.Unopenable.
    """
    hers, opening = Hers(house, name), figures.opened(house, name)
    found = writings.gathered(house, opening, question, at=at, by=by, listed=listed)
    made = (_row(hers, question, message, fact, words, day_of(at)) for message, fact, words in found)
    return house.store.write(partial(_keep, name, question, [row for row in made if row]))


def _row(hers: Hers, question: str, message: str, fact: Fact, words: str, day: int) -> Writing | None:
    """None of one who was erased meanwhile. Her channel, on which an answer would go, is sealed with her words."""
    name = hers.published.name
    sealed = hers.seal(fact.person, {"text": words, "channel": fact.channel}, message)
    return Writing(0, name, question, message, fact.person, day, "wait", False, 0, 0, sealed) if sealed else None


def _keep(name: str, question: str, rows: Sequence[Writing], tx: Tx) -> int:
    known = {row.message: row for row in tx.writings(name, question) if row.state != "gone"}
    counting = {row.message for row in rows}
    for row in known.values():
        if row.message not in counting and row.state != "held":
            tx.lose_writing(row.id, len(row.sealed))
    for row in rows:
        if tx.key(row.person, name) is not None:
            _keep_one(row, known.get(row.message), tx)
    return sum(n for named, state, n in tx.writings_counted(name) if (named, state) == (question, "wait"))


def _keep_one(row: Writing, before: Writing | None, tx: Tx) -> None:
    if before is None:
        tx.keep_writing(row)
    elif not any(before.sealed):  # its days were over: it is looked at again
        tx.change_writing(replace(before, state="wait", day=row.day, sealed=row.sealed))


# ---- reading


def texts(
    house: House,
    name: str,
    question: str,
    state: WritingState = "wait",
    page: tuple[int, int] = (PAGE, 0),
    besides: Collection[int] = (),
) -> list[Text]:
    """So many texts (`page[0]`) of this state after the first `page[1]`; none while they are of fewer than ten people.
    `besides`: texts, by number, that are passed over.

    Raises figures.NoSuch where nobody may read them, custody.NoKey.
    """
    hers = Hers(house, name)
    writings.may_be_read(house, hers.published, question)
    rows = house.store.read(partial(_some, name, question, state, page, besides))
    return [text for row in rows if (text := shown(hers, row))]


def every(house: House, name: str, question: str) -> list[Text]:
    """All that were looked at and are fine: what coders read. Raises as `texts`."""
    found = [each for each in texts(house, name, question, "fine", ALL) if each.text]
    return [] if house.store.read(partial(_too_few, name, question, held=False)) else found


def one(house: House, name: str, id: int) -> Text | None:
    """One text, to decide on it; None without it, and while they are of fewer than ten people. Raises as `texts`."""
    hers = Hers(house, name)
    row = house.store.read(partial(row_of, name, id))
    if row is None:
        return None
    writings.may_be_read(house, hers.published, row.question)
    return shown(hers, row)


def row_of(name: str, id: int, view: View) -> Writing | None:
    """The row of a text that may be shown now."""
    row = view.writing(name, id)
    return None if row is None or row.state == "gone" or _too_few(name, row.question, view) else row


def shown(hers: Hers, row: Writing) -> Text | None:
    """A row's words, without those listed by now; None of one who was erased, or where nobody may read them.

    Whether they are of enough people is for the caller to know.
    """
    if row.question not in hers.readable:
        return None
    told = hers.open(row.person, row.sealed, row.message) if any(row.sealed) else {"text": ""}
    if told is None:
        return None
    words = mask_listed(told["text"], hers.listed)
    return Text(row.id, row.question, row.message, words, row.state, row.asks, row.reply)


def _some(
    name: str, question: str, state: WritingState, page: tuple[int, int], besides: Collection[int], view: View
) -> list[Writing]:
    if _too_few(name, question, view):
        return []
    if not besides:
        return view.some_writings(name, question, state, page)
    many, after = page
    rows = view.some_writings(name, question, state, (many + after + len(besides), 0))
    return [row for row in rows if row.id not in besides][after : after + many]


def _too_few(name: str, question: str, view: View, *, held: bool = True) -> bool:
    return view.people_who_wrote(name, question, held=held) < MINIMUM
