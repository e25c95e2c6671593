"""A slip: what somebody wrote down for a caller becomes a person of her own, whose facts are sealed under her own key.

Rule 1: a slip is taken once, by the identity it got before its form was shown; again it changes nothing and succeeds.
Rule 2: nothing of a slip is taken unless all of it can be: a key that names no answer refuses the whole.
Rule 3: who she is cannot be known, so each slip is somebody else; that she was heard before is only what she said.
Rule 4: its state and what she agreed to may change while the books are open, its answers never.
Rule 5: its words go to the queue of the desk, sealed, never into the facts, and die with the books; a slip that comes
after these is taken without them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from consult.channel import Heard, Slip
from consult.edition import Edition
from consult.episodes import Item, Material, material, readable, verdict
from consult.episodes.flagging import betrays, fault, maybe_names
from consult.events import Answered, Began, Chose, Consented, Event, Finished, Value
from consult.house import House
from consult.intake.call import mark
from consult.intake.keeping import open_row, record_events
from consult.intake.resting import forget
from consult.library import day_of
from consult.questions import TYPES
from consult.store import Tx
from consult.store.aired import Episode, SlipRow
from consult.store.records import Enrolment, Published, SessionRow, way
from consult.understand import Unclear

WHO = ("woman", "man", "other", "unknown")
AGREED = ("live", "recorded", "read", "count")
STATES = ("waiting", "aired", "counted", "no")
OLDEST = 7 * 86_400  # seconds a slip may have waited at a desk for its time to be believed
_TICKET, _ID = re.compile(r"[A-Z0-9]{1,6}(-[0-9]{1,5})?"), re.compile(r"[A-Za-z0-9-]{8,64}")


class SlipRefused(Exception):
    """It cannot be taken as it is: `field` names what is wrong, `why` one of "unknown", "long", "number", "address",
    "hidden", "name" (may be one: somebody must look)."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field, self.why = field, why


class NoEpisode(LookupError):
    """There is no such episode, or its consultation is retired."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A slip as it will be kept, everything drawn before the transaction."""

    house: House
    heard: Heard
    episode: Episode
    published: Published
    edition: Edition
    events: tuple[Event, ...]
    locale: str
    agreed: str
    danger: bool
    words: bytes
    key: bytes
    index: bytes


def take_slip(house: House, name: str, number: int, heard: Heard, listed: tuple[str, ...] = ()) -> bool:
    """Take the slip that `heard.said` holds for this episode; False when it was taken before.

    `listed`: words that may be names. Raises NoEpisode, SlipRefused, StoreError.
    """
    entry = _entry(house, name, number, heard, listed)
    return house.store.write(partial(_keep, entry))


def _entry(house: House, name: str, number: int, heard: Heard, listed: tuple[str, ...]) -> _Entry:
    episode = house.store.read(lambda view: view.episode(name, number))
    if episode is None:
        raise NoEpisode(f"episode {number}")
    version = episode.version
    published = house.store.read(lambda view: view.published(name, version))
    if published is None or published.retired is not None:
        raise NoEpisode(f"episode {number}")
    said = heard.said
    if not isinstance(said, Slip) or not _ID.fullmatch(heard.ref):
        raise SlipRefused("id", "unknown")
    about = _about(dict(said.about), listed)
    edition = house.library.edition(published)
    given = material(edition, episode.locale, number, episode.asks.split())
    locale = about["language"] if edition.locale(about["language"]) is not None else episode.locale
    words = {key: about[key] for key in ("ticket", "point", "state", "before", "time", "language", "who")}
    return _Entry(
        house=house,
        heard=heard,
        episode=episode,
        published=published,
        edition=edition,
        events=tuple(
            _events(edition, given, dict(said.answers), about, locale, listed, checked="checked" in dict(said.about))
        ),
        locale=locale,
        agreed=about["agreed"],
        danger=bool(about["danger"]),
        words=json.dumps(words, ensure_ascii=False).encode(),
        key=mark(house, heard),
        index=house.vault.mark("slip", name, str(number), heard.ref),
    )


def _about(told: Mapping[str, str], listed: tuple[str, ...]) -> dict[str, str]:
    """The fields of the paper, each one of what it may hold. Raises SlipRefused."""
    point = " ".join(told.get("point", "").split())
    if not _TICKET.fullmatch(told.get("ticket", "")):
        raise SlipRefused("ticket", "unknown")
    for field, known in (("who", WHO), ("agreed", AGREED), ("state", STATES)):
        if told.get(field) not in known:
            raise SlipRefused(field, "unknown")
    if why := fault(point):
        raise SlipRefused("point", why)
    if maybe_names(point, listed) and not told.get("checked"):
        raise SlipRefused("point", "name")
    time = told.get("time", "")
    if not re.fullmatch(r"|([01]\d|2[0-3]):[0-5]\d", time):
        raise SlipRefused("time", "unknown")
    kept = {field: told[field] for field in ("ticket", "who", "agreed", "state")}
    flags = {field: "1" if told.get(field) else "" for field in ("danger", "before")}
    return kept | flags | {"point": point, "time": time, "language": told.get("language", "")[:20]}


def _events(
    edition: Edition,
    given: Material,
    answers: Mapping[str, str],
    about: Mapping[str, str],
    locale: str,
    listed: tuple[str, ...],
    *,
    checked: bool,
) -> Iterator[Event]:
    asked = {item.name: item for item in (*given.items, *given.at_desk)}
    if unknown := sorted(answers.keys() - asked.keys()):
        raise SlipRefused(unknown[0][:40], "unknown")
    yield Began("slip", given.episode, (("who", about["who"]),))
    yield Chose(locale)
    yield Consented("take_part", True, "slip")
    answered = {name: _value(edition, asked[name], said, given.tag) for name, said in answers.items() if said.strip()}
    for name in answered:
        if edition.questions[edition.index[name]].definition.type == "text":
            _demand_nobody(name, answers[name], listed, checked=checked)
    for name, value in answered.items():
        yield Answered(name, value, "slip", asked[name].codes)
    if all(item.name in answered for item in given.items):
        yield Finished()


def _demand_nobody(name: str, words: str, listed: tuple[str, ...], *, checked: bool) -> None:
    """Her words may be long, but hold no number, no address and no name. Raises SlipRefused."""
    if why := betrays(words):
        raise SlipRefused(name, why)
    if maybe_names(words, listed) and not checked:
        raise SlipRefused(name, "name")


def _value(edition: Edition, item: Item, said: str, tag: str) -> Value:
    """What this key stands for, in the order in which the episode read it."""
    question = edition.questions[edition.index[item.name]].definition
    lexicon = edition.tongues[edition.consultation.languages.index(tag)].lexicon
    value = TYPES[question.type].value(question, said.strip()[:200], item.prompt, lexicon)
    if isinstance(value, Unclear):
        raise SlipRefused(item.name, "unknown")
    return value


def told_at(at: int, now_there: int, then_there: int) -> int:
    """When a slip was written, by our clock: what a desk's clock says is believed only as a difference of its own."""
    ago = now_there - then_there
    return at - ago if 0 <= ago <= OLDEST else at


def _keep(entry: _Entry, tx: Tx) -> bool:
    heard, day = entry.heard, day_of(entry.heard.heard_at)
    if not tx.take(entry.key, day, way(heard.channel, heard.carrier), heard.heard_at):
        return False
    came = verdict(entry.episode, heard.sent_at or heard.heard_at)
    address = tx.add_address(entry.index, b"", "")
    person = tx.add_person(address.id, 0, address.generation)
    tx.enrol(Enrolment(person.id, entry.published.name, "slip", entry.locale, b"", state="done"))
    row = open_row(entry.house, tx, _row(entry, address.id, person.id), entry.published)
    record_events(
        entry.house, tx, row, entry.events, locale=entry.locale, day=day, verdict=came, entered_by=heard.entered_by
    )
    forget(tx, row)
    tx.keep_slip(
        SlipRow(
            id=0,
            mark=entry.key,
            consultation=entry.published.name,
            episode=entry.episode.number,
            person=person.id,
            verdict=came,
            agreed=entry.agreed,
            danger=int(entry.danger),
            sealed=_words(entry, tx),
        )
    )
    return True


def change_slip(house: House, episode: Episode, id: str, state: str, agreed: str, at: int) -> bool:
    """Another state, or agreement to something else, of a slip that was taken; False where there is none, or the books
    are closed. What it answers never changes."""
    heard = Heard(episode.channel, "desk", "", None, Slip(()), id, at)
    if not _ID.fullmatch(id) or state not in STATES or agreed not in AGREED:
        return False
    return house.store.write(partial(_change, house, episode, mark(house, heard), state, agreed, at))


def _change(house: House, episode: Episode, key: bytes, state: str, agreed: str, at: int, tx: Tx) -> bool:
    row = next((each for each in tx.slips(episode.consultation, episode.number) if each.mark == key), None)
    now = tx.episode(episode.consultation, episode.number)
    words = words_of(house, row) if row and now and readable(now, at) else {}
    if row is None or not words:
        return False
    sealed = house.vault.seal(json.dumps(words | {"state": state}, ensure_ascii=False).encode(), _bound(key))
    tx.change_slip(replace(row, agreed=agreed, sealed=sealed))
    return True


def _words(entry: _Entry, tx: Tx) -> bytes:
    """Sealed, while the books are open."""
    episode = tx.episode(entry.published.name, entry.episode.number)
    sealed = entry.house.vault.seal(entry.words, _bound(entry.key))
    return bytes(len(sealed)) if episode is None or episode.state == "booked" else sealed


def _row(entry: _Entry, address: int, person: int) -> SessionRow:
    heard = entry.heard
    return SessionRow(
        id=0,
        address=address,
        ours=heard.ours,
        person=person,
        consultation=entry.published.name,
        version=entry.published.version,
        round=entry.edition.consultation.round,
        channel=heard.channel,
        carrier=heard.carrier,
        frame="slip",
        state=b"",
        heard_at=heard.heard_at,
        asked_at=heard.heard_at,
    )


def _bound(key: bytes) -> bytes:
    return b"slip|" + key


def words_of(house: House, row: SlipRow) -> dict[str, str]:
    """What the slip says; empty once its words were destroyed. Raises vault.Unopenable for one that was altered."""
    if not any(row.sealed):
        return {}
    told: dict[str, str] = json.loads(house.vault.unseal(row.sealed, _bound(row.mark)))
    return told


def erase_ticket(house: House, name: str, number: int, ticket: str, at: int) -> int:
    """Destroy the keys and the words of whoever has this ticket, while the words of slips are there to find it by.

    How many slips had it: two desks may have given the same.
    """
    rows = house.store.read(lambda view: view.slips(name, number))
    people = [row.person for row in rows if words_of(house, row).get("ticket") == ticket]
    for person in people:
        house.store.write(partial(_erase, name, number, person, at))
    house.store.scrub()
    return len(people)


def _erase(name: str, number: int, person: int, at: int, tx: Tx) -> None:
    found = tx.person(person)
    assert found is not None
    tx.erase(found.address)
    tx.blank_slips(name, number, person)
    tx.note(day_of(at), f"a slip of episode {number} of {name} was erased")
