"""We speak first: waves of invitations, one reminder, lapses; within pace, safe hours and a budget.

Rule 1: a wave begins conversations and owes their first messages in one transaction; repeating it is harmless.
Rule 2: nobody's conversation begins before she may be written to: who is outside her safe hours waits for a later wave.
Rule 3: a consultation without safe hours never starts a campaign: it waits to be written to.
Rule 4: a message is charged to the budget when it is owed. The first that does not fit stops the campaign; what fitted
still leaves.
Rule 5: whoever said STOP, was erased, or whose number is nobody's is never begun and never reminded.
Rule 6: one reminder, word for word the first message, in her safe hours, only if she never answered; none at elevated
risk.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Final, Literal

from consult.delivery import BUDGET, HALTED, next_safe, spend, spent_out
from consult.edition import Edition
from consult.house import House
from consult.intake.resting import rest
from consult.intake.starting import invite, remind
from consult.letters import seal_text
from consult.library import day_of, window
from consult.prompts import Prompt
from consult.store import Tx, View
from consult.store.records import Address, Campaign, Enrolment, Message, Published, SessionRow

log = logging.getLogger("consult.campaign")

CHUNK: Final = 50  # people begun in one transaction
EXAMINED: Final = 2_000  # people looked at in one wave
EXPIRES: Final = 3 * 86_400  # a first message that could not leave for so long is not sent any more
DEPTH: Final = 60  # seconds of sending that may wait in the outbox: more would grow old there
DAY: Final = 86_400


class CannotStart(Exception):
    """The campaign does not start; the message says why and what would help."""


@dataclass(frozen=True, slots=True)
class Wave:
    """What one wave did: people begun now, and people still waiting."""

    begun: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a campaign is asked to keep to. None is no limit; `pace` (segments a second) 0 is the carrier's own."""

    channel: str
    carrier: str
    ours: str
    pace: float = 0.0
    budget_segments: int | None = None
    budget_money: float | None = None
    remind: bool = True


# ---- starting


def start(house: House, name: str, plan: Plan, at: int) -> Campaign:
    """Start a campaign for the newest version of a consultation. Raises CannotStart."""
    published = house.store.read(lambda view: view.published(name))
    if published is None or published.retired is not None:
        raise CannotStart(f"no consultation {name!r} is published; consult publish FILE comes first")
    edition = house.library.edition(published)
    _may_start(edition, at)
    _can_carry(house, plan)
    campaign = Campaign(
        id=0,
        consultation=name,
        version=published.version,
        channel=plan.channel,
        carrier=plan.carrier,
        ours=plan.ours,
        state="running",
        pace=plan.pace,
        budget_segments=plan.budget_segments,
        budget_money=plan.budget_money,
        price=house.settings.price_per_segment,
        remind=plan.remind and not edition.elevated,
    )
    return house.store.write(partial(_add, campaign, day_of(at)))


def _may_start(edition: Edition, at: int) -> None:
    consultation = edition.consultation
    hours = consultation.safe_hours
    if hours is None or hours[0] >= hours[1]:
        raise CannotStart(
            "inbound only: it has no safe_hours within a day, so we never write first. "
            "Ask local women for the hours, then publish again"
        )
    where = window(edition, at)
    if where == "early":
        raise CannotStart(f"it opens on {consultation.opening}; start it then")
    if where == "late":
        raise CannotStart(f"it closed on {consultation.closing}; publish a version that closes later")


def _can_carry(house: House, plan: Plan) -> None:
    carrier = house.carrier(plan.channel, plan.carrier)
    if carrier is None:
        raise CannotStart(f"the carrier {plan.carrier!r} of {plan.channel!r} is not configured; see consult doctor")
    if plan.ours not in carrier.ours:
        raise CannotStart(f"{plan.carrier} does not answer for {plan.ours}; it has: {', '.join(carrier.ours)}")
    if plan.budget_money is not None and house.settings.price_per_segment <= 0:
        raise CannotStart("a budget in money needs the price of a segment; set CONSULT_PRICE_PER_SEGMENT")


def _add(campaign: Campaign, day: int, tx: Tx) -> Campaign:
    others = [one for one in tx.campaigns(campaign.consultation) if one.state in ("running", "paused")]
    if others:
        raise CannotStart(f"campaign {others[0].id} is {others[0].state}; resume or stop it first")
    added = replace(campaign, id=tx.add_campaign(campaign))
    tx.note(day, f"campaign {added.id} of {added.consultation} version {added.version} started")
    return added


# ---- waves


def waves(house: House, at: int, seed: Callable[[], int]) -> int:
    """The next people of every running campaign, as many as leave within a minute; how many were begun."""
    running = [one for one in house.store.read(lambda view: view.campaigns()) if one.state == "running"]
    return sum(_next_wave(house, campaign, at, seed) for campaign in running)


def _next_wave(house: House, campaign: Campaign, at: int, seed: Callable[[], int]) -> int:
    carrier = house.carrier(campaign.channel, campaign.carrier)
    if carrier is None:
        return 0
    paces = [pace for pace in (campaign.pace, carrier.pace) if pace > 0]
    depth = max(1, min(EXAMINED, int(min(paces) * DEPTH))) if paces else EXAMINED
    queued = len(house.store.read(lambda view: view.payable(campaign.carrier, at, depth)))
    return wave(house, campaign.id, at, size=depth - queued, seed=seed).begun if queued < depth else 0


def wave(house: House, id: int, at: int, *, size: int = 500, seed: Callable[[], int]) -> Wave:
    """Begin up to `size` people of a running campaign who may be written to now. `seed()` draws 0 to 255."""
    campaign = house.store.read(lambda view: view.campaign(id))
    if campaign is None or campaign.state != "running" or _over(house, campaign, at):
        return Wave(0, 0)
    found, waiting = house.store.read(partial(_candidates, house, campaign, at, size))
    begun = 0
    for chunk in _chunks(found):
        seeded = [(person, seed()) for person in chunk]
        now, goes_on = house.store.write(partial(_begin, house, id, seeded, at))
        begun += now
        if not goes_on:
            break
    return Wave(begun, waiting - begun)


def _over(house: House, campaign: Campaign, at: int) -> bool:
    """Whether the consultation has closed or is retired; then the campaign is done."""
    published = house.store.read(lambda view: view.published(campaign.consultation, campaign.version))
    if published and published.retired is None and window(house.library.edition(published), at) != "late":
        return False
    house.store.write(lambda tx: tx.update_campaign(replace(campaign, state="done", why="the consultation is over")))
    return True


def _candidates(house: House, campaign: Campaign, at: int, size: int, view: View) -> tuple[list[int], int]:
    """Persons who can be begun now, and how many wait in all. The next wave goes on where this one ended."""
    waiting = [one.person for one in view.enrolments(campaign.consultation) if _waits(one)]
    last = int(view.setting(_cursor(campaign.id)) or 0)
    ahead = [person for person in waiting if person > last] + [person for person in waiting if person <= last]
    able = (person for person in ahead[:EXAMINED] if _may_begin(house, view, campaign, person, at))
    return list(islice(able, size)), len(waiting)


def _waits(enrolment: Enrolment) -> bool:
    return enrolment.state == "waiting" and enrolment.frame == "enrolled"


def _may_begin(house: House, view: View, campaign: Campaign, person: int, at: int) -> bool:
    address = _reachable(view, person)
    return (
        address is not None
        and next_safe(house, view, campaign.consultation, campaign.version, address, at) == at
        and view.open_session(address.id, campaign.ours) is None
    )


def _reachable(view: View, person: int) -> Address | None:
    row = view.person(person)
    address = view.address_of(row.address) if row else None
    if address is None or not address.sealed or address.stopped is not None or address.dead:
        return None
    return None if view.suppressed(address.index) else address


def _chunks(people: Sequence[int]) -> Iterator[list[int]]:
    left = iter(people)
    while chunk := list(islice(left, CHUNK)):
        yield chunk


def _begin(house: House, id: int, people: Sequence[tuple[int, int]], at: int, tx: Tx) -> tuple[int, bool]:
    """How many were begun, and whether the campaign goes on."""
    begun = 0
    for person, seed in people:
        campaign = tx.campaign(id)
        if campaign is None or campaign.state != "running":
            return begun, False
        enrolment = tx.enrolment(person, campaign.consultation)
        if enrolment is None or not _waits(enrolment) or not _may_begin(house, tx, campaign, person, at):
            continue
        if spent_out(campaign, _first_segments(house, tx, campaign, enrolment)):
            tx.update_campaign(replace(campaign, state="stopped", why=BUDGET))
            return begun, False
        begun += _begin_one(house, tx, campaign, enrolment, at, seed)
    tx.set(_cursor(id), str(people[-1][0]))
    return begun, True


def _first_segments(house: House, tx: Tx, campaign: Campaign, enrolment: Enrolment) -> int:
    published = tx.published(campaign.consultation, campaign.version)
    if published is None:
        return 0
    edition = house.library.edition(published)
    return _segments(house, campaign.channel, edition.tongues[edition.locale(enrolment.locale) or 0].invite)


def _begin_one(house: House, tx: Tx, campaign: Campaign, enrolment: Enrolment, at: int, seed: int) -> bool:
    opened = invite(house, tx, enrolment, campaign, at, seed)
    if opened is None:
        return False
    row, texts = opened
    _owe(house, tx, campaign, row, texts, at, "invite")
    return True


def _owe(house: House, tx: Tx, campaign: Campaign, row: SessionRow, texts: Sequence[str], at: int, kind: Kind) -> None:
    """The outbox rows of a first message or a reminder, charged to the campaign at once."""
    channel = house.channels[campaign.channel]
    for text in texts:
        segments = channel.cost(text).segments
        message = Message(
            id=0,
            address=row.address,
            ours=campaign.ours,
            channel=campaign.channel,
            carrier=campaign.carrier,
            kind=kind,
            text=seal_text(house.vault, row.address, text),
            not_before=at,
            expires_at=at + EXPIRES,
            consultation=campaign.consultation,
            session=row.id,
            campaign=campaign.id,
            started=True,
            segments=segments,
            price=segments * campaign.price,
        )
        tx.owe(message)
        spend(tx, campaign.id, segments, message.price)


Kind = Literal["invite", "reminder"]


def _cursor(id: int) -> str:
    return f"wave:{id}"


# ---- silence


def silence(house: House, at: int, *, limit: int = 100) -> int:
    """Reminders and lapses whose time has come; how many conversations were looked at (`limit`: there may be more)."""
    due = house.store.read(lambda view: view.due_sessions(at, limit))
    for row in due:
        try:
            house.store.write(partial(_silent, house, row.id, at))
        except Exception as error:  # one broken conversation must not hold up the others
            log.error("a conversation could not be rested and waits a day (%s)", type(error).__name__)
            house.store.write(partial(_put_off, row.id, at + DAY))
    return len(due)


def _silent(house: House, id: int, at: int, tx: Tx) -> None:
    row = tx.session(id)
    if row is None:
        return
    if row.resting:
        tx.save(replace(row, remind_at=None, lapse_at=None))
    elif row.lapse_at is not None and row.lapse_at <= at:
        rest(house, tx, row, at)
    elif row.remind_at is not None and row.remind_at <= at:
        _remind(house, tx, row, at)


def _put_off(id: int, at: int, tx: Tx) -> None:
    row = tx.session(id)
    if row:
        remind_at, lapse_at = (max(when, at) if when is not None else None for when in (row.remind_at, row.lapse_at))
        tx.save(replace(row, remind_at=remind_at, lapse_at=lapse_at))


def _remind(house: House, tx: Tx, row: SessionRow, at: int) -> None:
    """She never answered: an answer would have cleared `remind_at`."""
    campaign = tx.campaign(row.campaign) if row.campaign else None
    address = _reachable(tx, row.person)
    opens = next_safe(house, tx, row.consultation, row.version, address, at) if address else None
    if campaign is None or opens is None or campaign.state in ("stopped", "done"):
        tx.save(replace(row, remind_at=None))
    elif campaign.state == "paused" or not _first_left(tx, row):
        tx.save(replace(row, remind_at=at + 3600))
    elif opens > at:
        tx.save(replace(row, remind_at=opens))
    else:
        _send_reminder(house, tx, campaign, row, at)


def _first_left(tx: Tx, row: SessionRow) -> bool:
    waiting = ("queued", "handing", "uncertain")
    return not any(one.session == row.id and one.state in waiting for one in tx.traffic(row.address, 20))


def _send_reminder(house: House, tx: Tx, campaign: Campaign, row: SessionRow, at: int) -> None:
    texts = remind(house, tx, row)
    cost = sum(house.channels[campaign.channel].cost(text).segments for text in texts)
    if spent_out(campaign, cost):
        tx.update_campaign(replace(campaign, state="stopped", why=BUDGET))
    else:
        _owe(house, tx, campaign, row, texts, at, "reminder")


# ---- the large buttons


def pause(house: House, id: int) -> Campaign:
    """Nothing that we start leaves until it is resumed; replies to her own messages still do. Raises CannotStart."""
    return house.store.write(partial(_change, id, "paused", ("running",)))


def resume(house: House, id: int) -> Campaign:
    """Go on where it was paused; a halted carrier is tried again. Raises CannotStart."""
    return house.store.write(partial(_change, id, "running", ("paused",)))


def stop(house: House, id: int) -> Campaign:
    """End it: what is queued is taken back when its turn comes. Raises CannotStart."""
    return house.store.write(partial(_change, id, "stopped", ("running", "paused")))


def _change(id: int, state: str, before: tuple[str, ...], tx: Tx) -> Campaign:
    campaign = tx.campaign(id)
    if campaign is None:
        raise CannotStart(f"there is no campaign {id}; consult campaign list shows them")
    if campaign.state == state:
        return campaign
    if campaign.state not in before:
        raise CannotStart(f"campaign {id} is {campaign.state}; only one that is {' or '.join(before)} can be {state}")
    changed = replace(campaign, state=state, why="")
    tx.update_campaign(changed)
    if state == "running":
        tx.set(HALTED + campaign.carrier, "")
    return changed


# ---- what it will cost


def forecast(house: House, published: Published, channel: str, people: dict[str, int]) -> tuple[int, int]:
    """Segments that `people` (language -> how many) would cost us: invitations only, and everything to the end."""
    edition = house.library.edition(published)
    low = high = 0
    for tag, n in people.items():
        first, whole = _price(house, edition, edition.locale(tag) or 0, channel)
        low, high = low + n * first, high + n * whole
    return low, high


def _price(house: House, edition: Edition, locale: int, name: str) -> tuple[int, int]:
    tongue = edition.tongues[locale]
    first = _segments(house, name, tongue.invite)
    asked = [edition.put(one.index, locale, 0, name).prompt for one in edition.questions if one.type.asks]
    each = sum(_segments(house, name, prompt) for prompt in asked)
    return first, first + _segments(house, name, *tongue.consent) + each + _segments(
        house, name, tongue.news, tongue.end
    )


def _segments(house: House, channel: str, *prompts: Prompt) -> int:
    rendering = house.channels[channel]
    return sum(rendering.cost(text).segments for text in rendering.render(prompts))
