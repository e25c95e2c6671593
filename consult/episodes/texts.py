"""Texts for the air: words whose senders let them be read wait for the producer, masked, closed with the station's key.

Rule 1: only of a question that has `on_air`, only after her yes to the question it names, only while an episode that
reads that question has its window open.
Rule 2: masked before it is closed: numbers, addresses, what may be a name. It is a net with holes: somebody looks.
Rule 3: the words are gone with the books, a day after the window at the latest, and with her when she is erased.
Rule 4: what the producer tells of them is hers, in twelve words, by the rules of slips; each opening is in the audit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from consult.checks.airing import YES
from consult.edition import Edition
from consult.episodes import stationkey
from consult.episodes.flagging import fault, mask, maybe_names
from consult.episodes.windows import readable, verdict
from consult.events import Answered, Escape, Event
from consult.house import House
from consult.library import day_of
from consult.session import Session
from consult.store import Tx
from consult.store.aired import AiredText, Episode
from consult.store.records import SessionRow

STATES = ("waiting", "read", "no")


class NotSaid(Exception):
    """What is to be told cannot be: the reason as `flagging.fault` names it, or "name"."""


# ---- on the way in


def queue(tx: Tx, row: SessionRow, edition: Edition, session: Session, events: Iterable[Event], at: int) -> None:
    """Keep for the air what may be read of these answers. `session`: where the conversation stands after them."""
    for event in events:
        if not isinstance(event, Answered) or not isinstance(event.value, str) or isinstance(event.value, Escape):
            continue
        consent = edition.questions[edition.index[event.question]].definition.on_air
        if event.value and consent and session.values[edition.index[consent]] == YES:
            _queue(tx, row, event.question, event.value, edition.tongues[session.locale].tag, at)


def _queue(tx: Tx, row: SessionRow, question: str, words: str, tag: str, at: int) -> None:
    public = stationkey.public_of(tx, row.consultation)
    open_now = [
        each
        for each in tx.episodes(row.consultation)
        if question in each.asks.split() and each.state != "booked" and verdict(each, at) == "in_time"
    ]
    if not public or not open_now:
        return
    episode = max(open_now, key=lambda each: each.opens_at or 0)
    sealed = stationkey.closing(public, mask(words, episode.listed.split()).encode())
    tx.keep_text(AiredText(0, row.consultation, episode.number, row.person, tag, "waiting", sealed))


# ---- at the station


def opened(house: House, episode: Episode, typed: str, who: str, at: int) -> list[tuple[AiredText, str]]:
    """The texts of this episode and their masked words. Raises stationkey.WrongKey; nothing while they are not read."""
    opener = stationkey.Opener(house, episode.consultation, typed)
    if not readable(episode, at):
        return []
    rows = house.store.read(lambda view: view.texts(episode.consultation, episode.number))
    house.store.write(partial(_noted, episode, who, at))
    found = [(row, opener.open(row.sealed)) for row in rows]
    return [(row, words) for row, words in found if words]


def _noted(episode: Episode, who: str, at: int, tx: Tx) -> None:
    tx.note(day_of(at), f"texts of episode {episode.number} of {episode.consultation} opened by {who}")


def settle(house: House, episode: Episode, id: int, state: str, told: str, checked: bool) -> None:
    """What became of a text, and how the producer will say it. Raises NotSaid, LookupError for a text that is none."""
    told = " ".join(told.split())
    if why := fault(told) or ("name" if maybe_names(told, episode.listed.split()) and not checked else ""):
        raise NotSaid(why)
    if state not in STATES:
        raise LookupError(state)
    house.store.write(partial(_settle, house, episode, id, state, told))


def _settle(house: House, episode: Episode, id: int, state: str, told: str, tx: Tx) -> None:
    row = next((each for each in tx.texts(episode.consultation, episode.number) if each.id == id), None)
    if row is None or not any(row.sealed):
        raise LookupError(f"text {id}")
    sealed = house.vault.seal(told.encode(), _about(row)) if told else b""
    tx.change_text(replace(row, state=state, told=sealed))


def to_tell(house: House, episode: Episode, at: int) -> list[tuple[str, str]]:
    """What the producer wrote of texts that are to be read: language, words."""
    if not readable(episode, at):
        return []
    rows = house.store.read(lambda view: view.texts(episode.consultation, episode.number))
    return [(row.locale, told) for row in rows if row.state == "read" and (told := told_of(house, row))]


def told_of(house: House, row: AiredText) -> str:
    """The producer's words; "" where there are none, or they were destroyed."""
    return house.vault.unseal(row.told, _about(row)).decode() if any(row.told) else ""


def _about(row: AiredText) -> bytes:
    return f"told|{row.consultation}|{row.episode}|{row.id}".encode()
