"""Starting a campaign, now or at a moment to come, and its large buttons.

Rule 1: what is scheduled is looked at again when its moment comes: it begins as if started then, or is stopped and says
why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from consult.channel import CALL_UNITS, CallChannel, HearingCarrier
from consult.delivery import HALTED
from consult.edition import Edition
from consult.house import House
from consult.library import day_of, window
from consult.store import Tx, View
from consult.store.records import Campaign, way

GOING: Final = ("scheduled", "running", "paused")  # one at a time for a consultation
BEGINS: Final = "begins:{}"  # setting: the moment of a scheduled campaign, epoch seconds
FARTHEST: Final = 90 * 86_400  # seconds ahead


class CannotStart(Exception):
    """The campaign does not start; the message says why and what would help. `code` names the fault for a page."""

    def __init__(self, why: str, code: str = "") -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True, slots=True)
class Plan:
    """What a campaign is asked to keep to. None is no limit; `pace` in segments or calls a second, 0 the carrier's."""

    channel: str
    carrier: str
    ours: str
    pace: float = 0.0
    budget_segments: int | None = None
    budget_money: float | None = None
    remind: bool = True
    begins: int | None = None  # epoch seconds; None: now


def start(house: House, name: str, plan: Plan, at: int) -> Campaign:
    """Start a campaign for the newest version of a consultation. Raises CannotStart."""
    published = house.store.read(lambda view: view.published(name))
    if published is None or published.retired is not None:
        raise CannotStart(f"no consultation {name!r} is published; consult publish FILE comes first", "published")
    edition = house.library.edition(published)
    later = plan.begins is not None and plan.begins > at
    if plan.begins is not None and plan.begins > at + FARTHEST:
        raise CannotStart(f"it can be scheduled {FARTHEST // 86_400} days ahead at most", "far")
    _may_start(edition, plan.begins if later and plan.begins else at)
    _can_carry(house, plan)
    if not may_go_by(house, edition, plan.channel):
        raise CannotStart(f"it is not held by telephone (voice is not set); {plan.channel!r} would speak", "carrier")
    calls = isinstance(house.channels[plan.channel], CallChannel)  # who does not pick up is called again instead
    campaign = Campaign(
        id=0,
        consultation=name,
        version=published.version,
        channel=plan.channel,
        carrier=plan.carrier,
        ours=plan.ours,
        state="scheduled" if later else "running",
        pace=plan.pace * (CALL_UNITS if calls else 1),
        budget_segments=plan.budget_segments,
        budget_money=plan.budget_money,
        price=house.unit_price(plan.channel),
        remind=plan.remind and not edition.elevated and not calls,
    )
    return house.store.write(partial(_add, campaign, plan.begins if later else None, day_of(at)))


def may_go_by(house: House, edition: Edition, channel: str) -> bool:
    """A channel that speaks is only for what is held by telephone too."""
    return bool(edition.consultation.voice) or channel not in house.speakers


def begins(view: View, campaign: Campaign) -> int | None:
    """When a campaign that was scheduled begins, or began; None where it began at once."""
    kept = view.setting(BEGINS.format(campaign.id))
    return int(kept) if kept else None


def begin_due(house: House, at: int) -> int:
    """The scheduled campaigns whose moment has come; how many began."""
    waiting = [one for one in house.store.read(lambda view: view.campaigns()) if one.state == "scheduled"]
    return sum(house.store.write(partial(_begin, house, one.id, at)) for one in waiting)


def _begin(house: House, id: int, at: int, tx: Tx) -> bool:
    campaign = tx.campaign(id)
    moment = begins(tx, campaign) if campaign else None
    if campaign is None or campaign.state != "scheduled" or moment is None or moment > at:
        return False
    published = tx.published(campaign.consultation, campaign.version)
    try:
        if published is None or published.retired is not None:
            raise CannotStart("it is retired")
        _may_start(house.library.edition(published), at)
    except CannotStart as refused:
        tx.update_campaign(replace(campaign, state="stopped", why=str(refused)))
        return False
    tx.update_campaign(replace(campaign, state="running", why=""))
    tx.note(day_of(at), f"campaign {id} of {campaign.consultation} began as scheduled")
    return True


def _may_start(edition: Edition, at: int) -> None:
    consultation = edition.consultation
    hours = consultation.safe_hours
    if hours is None or hours[0] >= hours[1]:
        raise CannotStart(
            "inbound only: it has no safe_hours within a day, so we never write first. "
            "Ask local women for the hours, then publish again",
            "hours",
        )
    where = window(edition, at)
    if where == "early":
        raise CannotStart(f"it opens on {consultation.opening}; start it then", "early")
    if where == "late":
        raise CannotStart(f"it closed on {consultation.closing}; publish a version that closes later", "late")


def _can_carry(house: House, plan: Plan) -> None:
    carrier = house.carrier(plan.channel, plan.carrier)
    if carrier is None:
        raise CannotStart(
            f"the carrier {plan.carrier!r} of {plan.channel!r} is not configured; see consult doctor", "carrier"
        )
    if isinstance(carrier, HearingCarrier):
        raise CannotStart(
            f"nobody is reached by {plan.carrier} of {plan.channel!r}: she begins there; choose another way", "carrier"
        )
    if plan.ours not in carrier.ours:
        raise CannotStart(
            f"{plan.carrier} does not answer for {plan.ours}; it has: {', '.join(carrier.ours)}", "number"
        )
    if plan.budget_money is not None and house.unit_price(plan.channel) <= 0:
        raise CannotStart(
            "a budget in money needs a price; set CONSULT_PRICE_PER_SEGMENT, or CONSULT_PRICE_PER_MINUTE for calls",
            "price",
        )


def _add(campaign: Campaign, moment: int | None, day: int, tx: Tx) -> Campaign:
    others = [one for one in tx.campaigns(campaign.consultation) if one.state in GOING]
    if others:
        raise CannotStart(f"campaign {others[0].id} is {others[0].state}; resume or stop it first", "going")
    added = replace(campaign, id=tx.add_campaign(campaign))
    if moment is not None:
        tx.set(BEGINS.format(added.id), str(moment))
    how = "started" if moment is None else "scheduled"
    tx.note(day, f"campaign {added.id} of {added.consultation} version {added.version} {how}")
    return added


# ---- the large buttons


def pause(house: House, id: int) -> Campaign:
    """Nothing that we start leaves until it is resumed; replies to her own messages still do. Raises CannotStart."""
    return house.store.write(partial(_change, id, "paused", ("running",)))


def resume(house: House, id: int) -> Campaign:
    """Go on where it was paused; a halted carrier is tried again. Raises CannotStart."""
    return house.store.write(partial(_change, id, "running", ("paused",)))


def stop(house: House, id: int) -> Campaign:
    """End it, or call it off: what is queued is taken back when its turn comes. Raises CannotStart."""
    return house.store.write(partial(_change, id, "stopped", GOING))


def _change(id: int, state: str, before: tuple[str, ...], tx: Tx) -> Campaign:
    campaign = tx.campaign(id)
    if campaign is None:
        raise CannotStart(f"there is no campaign {id}; consult campaign list shows them", "none")
    if campaign.state == state:
        return campaign
    if campaign.state not in before:
        raise CannotStart(
            f"campaign {id} is {campaign.state}; only one that is {' or '.join(before)} can be {state}", "state"
        )
    changed = replace(campaign, state=state, why="")
    tx.update_campaign(changed)
    if state == "running":
        tx.set(HALTED + way(campaign.channel, campaign.carrier), "")
    return changed
