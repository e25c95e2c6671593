"""Answers to what women asked in their own words: written by one, approved by another, for those who asked, once.

Rule 1: an answer goes by text message, in her language, to each whose text a moderator linked to it and who wrote it as
one. Who asked by telephone is not answered alone: the line that tells news tells everybody the same, and whoever holds
a telephone hears it. Nor is whose words are gone, since where she wrote goes with them. Nobody is shown to whom it
goes; of how many, and how many get none, only tens.
Rule 2: it goes as news does: only to her who agreed to news, in her safe hours, not while her area is paused, and not
after STOP or ERASE. That an address was told is kept, keyed: nobody is told twice.
Rule 3: it is of two parts at most, and says the answer, since she asked. At elevated risk nothing is sent.
Rule 4: words that were sent cannot be called back: `MOST_PARTS` and what betrays are looked at when they are written.
Who sent them is in the audit.
Rule 5: while a flag of hers is open, or of anybody with her number, nothing is sent to her: guardians look first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Final

from consult.asks.sending import CHUNK, Leaving, NoWay, owe, way
from consult.campaign.owing import reachable, units
from consult.delivery import next_safe
from consult.findings.gate import by_tens
from consult.house import House
from consult.library import day_of
from consult.moderation import batches, wording
from consult.moderation.hers import Hers
from consult.moderation.wording import NotSaid, opened
from consult.store import Tx, View
from consult.store.moderated import Worded, Writing
from consult.store.records import Address

KIND: Final = "reply"
MOST_PARTS: Final = 2
CHANNEL: Final = "sms"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it stands. `askers`: how many asked, by tens; `unreached`: to how many of them it does not go, since
    they asked otherwise than by text message, or their words are gone; `due`: whether somebody can still be told."""

    words: wording.Words
    askers: int | str
    unreached: int | str
    due: bool


def asking(house: House, name: str) -> list[batches.Text]:
    """The texts in which somebody asks something and no answer is linked yet. Raises figures.NoSuch, custody.NoKey."""
    hers = Hers(house, name)
    rows = house.store.read(partial(_unanswered, name))
    return [text for row in rows if (text := batches.shown(hers, row)) and text.text]


def replies(house: House, name: str, at: int) -> list[Reply]:
    """Every answer that was written, the newest first. Raises figures.NoSuch, custody.NoKey."""
    hers = Hers(house, name)
    rows = house.store.read(lambda view: view.writings_asking(name))
    found = []
    for words in wording.written(house, name, KIND):
        linked = [row for row in rows if row.reply == words.id]
        whom = _whom(hers, linked)
        due = words.state == "approved" and bool(house.store.read(partial(_due, house, whom, words.id, at)))
        found.append(Reply(words, by_tens(len(linked)), by_tens(len(linked) - len(whom)), due))
    return found


def write(house: House, name: str, ids: Collection[int], texts: Mapping[str, str], *, at: int, by: int) -> int:
    """An answer to these texts, by language; its number. Raises NotSaid, LookupError for no consultation."""
    kept = wording.clean(house, name, texts, lines=wording.referrals(house, name))
    if longest(house, kept) > MOST_PARTS:
        raise NotSaid("long", f"a text message of {MOST_PARTS} parts at most")
    row = wording.row_of(house, name, KIND, "", kept, at=at, by=by)
    return house.store.write(partial(_write, name, frozenset(ids), row))


def longest(house: House, texts: Mapping[str, str]) -> int:
    """Of how many parts the longest of them is; 0 where no text messages are sent from here."""
    if CHANNEL not in house.channels:
        return 0
    return max(n for words in texts.values() for _, n in units(house, CHANNEL, [words]))


def approve(house: House, name: str, id: int, *, at: int, by: int) -> None:
    """It may be sent. Raises NotSaid."""
    wording.approve(house, (name, KIND, id), at=at, by=by)


def decline(house: House, name: str, id: int, *, at: int, by: int) -> None:
    """It is not sent, and its texts wait for another answer. Raises NotSaid."""
    wording.decline(house, (name, KIND, id), at=at, by=by, then=_unlink)


def send(house: House, name: str, id: int, *, at: int, by: int) -> Iterator[int]:
    """Put an approved answer into the outbox for each who asked and was not told; yields how many with each batch.
    Raises NotSaid, figures.NoSuch, custody.NoKey."""
    hers = Hers(house, name)
    row = house.store.read(lambda view: view.worded_one(name, id))
    if row is None or row.kind != KIND or row.state != "approved":
        raise NotSaid("gone", "only an answer that another person approved is sent")
    house.store.write(lambda tx: tx.note(day_of(at), f"answer {id} of {name} sent by account {by}"))
    linked = [each for each in house.store.read(lambda view: view.writings_asking(name)) if each.reply == id]
    todo = iter(house.store.read(partial(_due, house, _whom(hers, linked), id, at)))
    while batch := list(islice(todo, CHUNK)):
        yield house.store.write(partial(_owe_all, house, batch, (id, opened(house, row)), at))


# ---- to whom


def _whom(hers: Hers, linked: Collection[Writing]) -> list[Writing]:
    """Those of them who asked by text message; at elevated risk nobody."""
    if hers.house.library.edition(hers.published).elevated:
        return []
    return [row for row in linked if _channel(hers, row) == CHANNEL]


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
    if _flagged(view, row, address) or view.taken(mark(house, row.consultation, id, address)):
        return None
    return address if next_safe(house, view, row.consultation, None, address, at) is not None else None


def _flagged(view: View, row: Writing, address: Address) -> bool:
    """Whether guardians still look at something of hers, or of somebody with the same number."""
    here = {row.person, *(each.id for each in view.people_at(address.id, address.generation))}
    return any(flag.state == "open" and flag.person in here for flag in view.flags(row.consultation))


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


What = tuple[int, Mapping[str, str]]  # the answer, and its words by language


def _owe_all(house: House, batch: list[Writing], what: What, at: int, tx: Tx) -> int:
    return sum(_owe(house, tx, row, what, at) for row in batch)


def _owe(house: House, tx: Tx, row: Writing, what: What, at: int) -> bool:
    id, texts = what
    address, enrolment = _open(house, tx, row, id, at), tx.enrolment(row.person, row.consultation)
    opens = next_safe(house, tx, row.consultation, None, address, at) if address else None
    if address is None or opens is None or enrolment is None:
        return False
    words = texts.get(address.locale or enrolment.locale) or next(iter(texts.values()))
    try:
        by = way(house, CHANNEL)
    except NoWay:
        return False
    if not tx.take(mark(house, row.consultation, id, address), day_of(at), f"told|{CHANNEL}", 0):
        return False  # another sender's work stands in the same commit
    owe(house, tx, address, Leaving(row.consultation, CHANNEL, words, opens), by)
    return True
