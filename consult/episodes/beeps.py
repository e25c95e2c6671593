"""Beep votes: one number for each answer; she rings, nobody answers, and the number she rang is what she said.

Rule 1: never for a sensitive question and never at elevated risk: the number stays in her telephone's list of calls.
Rule 2: which number means which answer turns with the episode, as the answers do.
Rule 3: one vote of a telephone for a question, the last one. Early and late ones are kept with their verdict, and one
of a hidden number as invalid: nothing could tell it from the next.
Rule 4: who rings may be thanked, where the station wants it: once a day, in her safe hours, in words that tell
nothing; the number is sealed with the message and gone when it left.
Rule 5: no number is kept: an address by its keyed index, without the number itself. A vote enrols nobody, so that who
writes later comes in by her own door, in its frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from consult import hours, numbers
from consult.channel import CallChannel, DecliningCarrier, Heard
from consult.consultation import Risk
from consult.edition import Edition
from consult.episodes.material import Material
from consult.episodes.windows import NotNow, thanks_setting, verdict
from consult.events import Answered, Began
from consult.house import House
from consult.intake.call import Call, Taken, call_of, mark
from consult.intake.keeping import REPLY_LIVES, affordable, open_row, record_events
from consult.intake.resting import forget
from consult.letters import seal_farewell
from consult.library import day_of
from consult.prompts import Pick
from consult.store import Tx
from consult.store.aired import Beep, Episode
from consult.store.records import Address, Message, Published, SessionRow, Verdict, way

MOST = 20  # votes a day of one telephone; more change nothing


def assign(edition: Edition, given: Material, question: str, numbers: Sequence[str]) -> tuple[Beep, ...]:
    """The numbers of this question's answers in this episode. Raises NotNow."""
    item = next((each for each in given.items if each.name == question), None)
    if item is None or not isinstance(item.prompt, Pick) or item.prompt.most != 1:
        raise NotNow(f"{question[:40]} is no question of this episode with one answer; ask another by beep")
    if edition.consultation.risk is Risk.ELEVATED:
        raise NotNow("no beep votes at elevated risk: the number stays in her telephone's list of calls")
    if edition.questions[edition.index[question]].definition.sensitive:
        raise NotNow(f"{question} is sensitive: the number stays in her telephone's list of calls")
    if len(numbers) < len(item.codes):
        raise NotNow(f"{question} has {len(item.codes)} answers and the station {len(numbers)} numbers for beeps")
    turn = given.episode - 1
    pairs = ((code, numbers[(place + turn) % len(numbers)]) for place, code in enumerate(item.codes))
    return tuple(Beep(given.name, given.episode, number, question, code) for code, number in pairs)


def take_beep(house: House, heard: Heard) -> Taken:
    """Take a vote; it is refused on the line whatever becomes of it. Raises StoreError."""
    caller = call_of(house, heard, 0)
    index = caller.index if caller else house.vault.mark("beep", heard.ref)
    new = house.store.write(partial(_take, house, heard, index, caller))
    carrier = house.carrier(heard.channel, heard.carrier)
    return Taken(new, answer=carrier.decline() if isinstance(carrier, DecliningCarrier) else None)


def _take(house: House, heard: Heard, index: bytes, caller: Call | None, tx: Tx) -> bool:
    at, day = heard.heard_at, day_of(heard.heard_at)
    if not tx.take(mark(house, heard), day, way(heard.channel, heard.carrier), at):
        return False
    aired = _aired(tx, heard.ours, at)
    published = tx.published(aired[1].consultation, aired[1].version) if aired else None
    if aired is None or published is None or published.retired is not None:
        return True  # nothing is asked by this number
    if tx.attempt(index, day, "beep") > MOST:
        return True
    beep, episode = aired
    edition = house.library.version(tx, episode.consultation, episode.version)
    came: Verdict = verdict(episode, at) if caller else "invalid"
    address = tx.address(index) or tx.add_address(index, b"", "")
    row = open_row(house, tx, _row(heard, tx, address, published, edition), published)
    order = next(each for each in edition.questions if each.definition.name == beep.question).codes
    said = (Began("beep", episode.number), Answered(beep.question, beep.code, "beep", order))
    record_events(house, tx, row, said, locale=episode.locale, day=day, verdict=came)
    forget(tx, row)
    if caller and tx.setting(thanks_setting(episode.consultation, episode.number)):
        _thank(caller, edition, episode, tx)
    return True


def _thank(call: Call, edition: Edition, episode: Episode, tx: Tx) -> None:
    """A message, by the first channel that writes."""
    house, consultation = call.house, edition.consultation
    zone = hours.zone_for(consultation.timezone, consultation.area, numbers.zone(call.number))
    writes = [each for each in house.channels.values() if each.carriers and not isinstance(each, CallChannel)]
    kind = f"thanks {episode.consultation}"
    if not writes or tx.suppressed(call.index) or not hours.allowed(call.at, zone, consultation.safe_hours):
        return
    if tx.attempt(call.index, call.day, kind) > 1 or not affordable(call, tx):
        return
    channel, carrier = writes[0], next(iter(writes[0].carriers.values()))
    for text in channel.render((edition.tongues[edition.locale(episode.locale) or 0].end,)):
        tx.owe(
            Message(
                id=0,
                address=0,
                ours=carrier.ours[0],
                channel=channel.name,
                carrier=carrier.name,
                kind="cover",
                text=seal_farewell(house.vault, call.number, text),
                not_before=call.at,
                expires_at=call.at + REPLY_LIVES,
                segments=channel.cost(text).segments,
            )
        )


def _aired(tx: Tx, ours: str, at: int) -> tuple[Beep, Episode] | None:
    """What this number means now: in the episode that began last, else in the one that comes first."""
    known = [(beep, tx.episode(beep.consultation, beep.episode)) for beep in tx.beeps(ours)]
    timed = [(beep, each, each.opens_at) for beep, each in known if each is not None and each.opens_at is not None]
    begun = [each for each in timed if each[2] <= at]
    found = max(begun, key=lambda each: each[2], default=None) or min(timed, key=lambda each: each[2], default=None)
    return found[:2] if found else None


def _row(heard: Heard, tx: Tx, address: Address, published: Published, edition: Edition) -> SessionRow:
    people = tx.people_at(address.id, address.generation)
    person = people[0] if people else tx.add_person(address.id, 0, address.generation)
    return SessionRow(
        id=0,
        address=address.id,
        ours=heard.ours,
        person=person.id,
        consultation=published.name,
        version=published.version,
        round=edition.consultation.round,
        channel=heard.channel,
        carrier=heard.carrier,
        frame="beep",
        state=b"",
        heard_at=heard.heard_at,
        asked_at=heard.heard_at,
    )
