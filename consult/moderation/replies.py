"""Answers to what women asked in their own words: written by one, approved by another, for those who asked, once.

Rule 1: an answer goes to each whose text a moderator linked to it, on the channel on which she wrote, in her language;
nobody is shown to whom, and of how many only by tens.
Rule 2: it goes as news does: only to her who agreed to news, in her safe hours, not while her area is paused, and not
after STOP or ERASE. That an address was told is kept, keyed: nobody is told twice.
Rule 3: a text message is of two parts at most, and says the answer, since she asked. At elevated risk it is a pointer
without a matter, or nothing where no number is given on which news is heard. Whom we call hears nothing before she
pressed a key (`consult.asks.newscast`).
Rule 4: words that were sent cannot be called back: `MOST_PARTS` and what betrays are looked at when they are written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Final

from consult.asks.hearing import pointer
from consult.asks.sending import CHUNK, Leaving, NoWay, owe, way
from consult.campaign.owing import reachable, units
from consult.delivery import next_safe
from consult.findings.gate import by_tens
from consult.house import House
from consult.library import day_of
from consult.moderation import batches, wording
from consult.moderation.answering import KIND, opened
from consult.moderation.hers import Hers
from consult.moderation.wording import NotSaid
from consult.store import Tx, View
from consult.store.moderated import Worded, Writing
from consult.store.records import Address
from consult.wording import for_locale

MOST_PARTS: Final = 2
CALLED: Final = "voice"  # the channel on which she hears it in a call


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it stands. `askers`: how many asked, by tens; `due`: whether somebody can still be told."""

    words: wording.Words
    askers: int | str
    due: bool


def asking(house: House, name: str) -> list[batches.Text]:
    """The texts in which somebody asks something and no answer is linked yet. Raises figures.NoSuch, custody.NoKey."""
    hers = Hers(house, name)
    rows = house.store.read(partial(_unanswered, name))
    return [text for row in rows if (text := batches.shown(hers, row)) and text.text]


def replies(house: House, name: str, at: int) -> list[Reply]:
    """Every answer that was written, the newest first."""
    rows = house.store.read(lambda view: view.writings_asking(name))
    found = []
    for words in wording.written(house, name, KIND):
        linked = [row for row in rows if row.reply == words.id]
        due = words.state == "approved" and bool(house.store.read(partial(_due, house, linked, words.id, at)))
        found.append(Reply(words, by_tens(len(linked)), due))
    return found


def write(house: House, name: str, ids: Collection[int], texts: Mapping[str, str], *, at: int, by: int) -> int:
    """An answer to these texts, by language; its number. Raises NotSaid, LookupError for no consultation."""
    kept = wording.clean(house, name, texts)
    if longest(house, kept) > MOST_PARTS:
        raise NotSaid("long", f"a text message of {MOST_PARTS} parts at most")
    row = wording.row_of(house, name, KIND, "", kept, at=at, by=by)
    return house.store.write(partial(_write, name, frozenset(ids), row))


def longest(house: House, texts: Mapping[str, str]) -> int:
    """Of how many parts the longest of them is; 0 where no text messages are sent from here."""
    if "sms" not in house.channels:
        return 0
    return max(n for words in texts.values() for _, n in units(house, "sms", [words]))


def approve(house: House, name: str, id: int, *, at: int, by: int) -> None:
    """It may be sent. Raises NotSaid."""
    wording.approve(house, (name, KIND, id), at=at, by=by)


def decline(house: House, name: str, id: int, *, at: int, by: int) -> None:
    """It is not sent, and its texts wait for another answer. Raises NotSaid."""
    wording.decline(house, (name, KIND, id), at=at, by=by, then=_unlink)


def send(house: House, name: str, id: int, *, ring: str, at: int) -> Iterator[int]:
    """Put an approved answer into the outbox for each who asked and was not told; yields how many with each batch.
    `ring`: the number on which news is heard, for a pointer. Raises NotSaid, figures.NoSuch, custody.NoKey."""
    hers = Hers(house, name)
    row = house.store.read(lambda view: view.worded_one(name, id))
    if row is None or row.kind != KIND or row.state != "approved":
        raise NotSaid("gone", "only an answer that another person approved is sent")
    texts = _leaving(hers, opened(house, row), ring)
    linked = [each for each in house.store.read(lambda view: view.writings_asking(name)) if each.reply == id]
    todo = iter(house.store.read(partial(_due, house, linked, id, at)))
    while batch := list(islice(todo, CHUNK)):
        ways = {each.person: _channel(hers, each) for each in batch}
        yield house.store.write(partial(_owe_all, house, batch, (id, texts, ways), at))


# ---- to whom, and what


def _leaving(hers: Hers, texts: Mapping[str, str], ring: str) -> Mapping[str, str]:
    """What a text message says, by language: nothing where only a pointer may go and there is no number."""
    if not hers.house.library.edition(hers.published).elevated:
        return texts
    return {tag: pointer(for_locale(tag), ring) if ring else "" for tag in texts}


def _channel(hers: Hers, row: Writing) -> str:
    """Where she wrote; "" for one who was erased, or whose words are gone."""
    told = hers.open(row.person, row.sealed, row.message) if any(row.sealed) else None
    return str(told["channel"]) if told else ""


def _unanswered(name: str, view: View) -> list[Writing]:
    asked = [row for row in view.writings_asking(name) if not row.reply]
    return [row for row in asked if batches.row_of(name, row.id, view)]


def _due(house: House, linked: Collection[Writing], id: int, at: int, view: View) -> list[Writing]:
    """Those who may be told and were not, by text."""
    return [row for row in linked if _open(house, view, row, id, at) is not None]


def _open(house: House, view: View, row: Writing, id: int, at: int) -> Address | None:
    """Her address, while she agrees to news, may be written to now, and was not told."""
    enrolment, address = view.enrolment(row.person, row.consultation), reachable(view, row.person)
    if enrolment is None or not enrolment.news or address is None:
        return None
    if view.taken(mark(house, row.consultation, id, address)):
        return None
    return address if next_safe(house, view, row.consultation, None, address, at) is not None else None


def mark(house: House, name: str, id: int, address: Address) -> bytes:
    """Under which it is kept, keyed, that this address was sent this answer."""
    return house.vault.mark("replied", name, f"{id}|{address.id}|{address.generation}")


# ---- in the store


def _write(name: str, ids: Collection[int], row: Worded, tx: Tx) -> int:
    linked = [each for each in _unanswered(name, tx) if each.id in ids]
    if not linked:
        raise NotSaid("gone", "choose the texts that it answers; these are answered already, or gone")
    id = tx.keep_worded(row)
    for each in linked:
        tx.change_writing(replace(each, reply=id))
    tx.note(row.day, f"an answer to what was asked in {name} written by account {row.by} (words {id})")
    return id


def _unlink(row: Worded, tx: Tx) -> None:
    for each in tx.writings_asking(row.consultation):
        if each.reply == row.id:
            tx.change_writing(replace(each, reply=0))


What = tuple[int, Mapping[str, str], Mapping[int, str]]  # the answer, its words by language, and where each wrote


def _owe_all(house: House, batch: list[Writing], what: What, at: int, tx: Tx) -> int:
    return sum(_owe(house, tx, row, what, at) for row in batch)


def _owe(house: House, tx: Tx, row: Writing, what: What, at: int) -> bool:
    id, texts, ways = what
    address, enrolment = _open(house, tx, row, id, at), tx.enrolment(row.person, row.consultation)
    opens = next_safe(house, tx, row.consultation, None, address, at) if address else None
    if address is None or opens is None or enrolment is None:
        return False
    channel = CALLED if ways[row.person] == CALLED else "sms"
    words = texts.get(address.locale or enrolment.locale) or next(iter(texts.values()))
    try:
        by = way(house, channel)
    except NoWay:
        return False
    if channel != CALLED and not words:
        return False
    if not tx.take(mark(house, row.consultation, id, address), day_of(at), f"told|{channel}", 0):
        return False  # another sender's work stands in the same commit
    owe(house, tx, address, Leaving(row.consultation, channel, words, opens), by)
    return True
