"""Starting a campaign, and its large buttons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from consult.channel import CALL_UNITS, CallChannel, HearingCarrier
from consult.delivery import HALTED
from consult.edition import Edition
from consult.house import House
from consult.library import day_of, window
from consult.store import Tx
from consult.store.records import Campaign, way


class CannotStart(Exception):
    """The campaign does not start; the message says why and what would help."""


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


def start(house: House, name: str, plan: Plan, at: int) -> Campaign:
    """Start a campaign for the newest version of a consultation. Raises CannotStart."""
    published = house.store.read(lambda view: view.published(name))
    if published is None or published.retired is not None:
        raise CannotStart(f"no consultation {name!r} is published; consult publish FILE comes first")
    edition = house.library.edition(published)
    _may_start(edition, at)
    _can_carry(house, plan)
    calls = isinstance(house.channels[plan.channel], CallChannel)  # who does not pick up is called again instead
    campaign = Campaign(
        id=0,
        consultation=name,
        version=published.version,
        channel=plan.channel,
        carrier=plan.carrier,
        ours=plan.ours,
        state="running",
        pace=plan.pace * (CALL_UNITS if calls else 1),
        budget_segments=plan.budget_segments,
        budget_money=plan.budget_money,
        price=house.unit_price(plan.channel),
        remind=plan.remind and not edition.elevated and not calls,
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
    if isinstance(carrier, HearingCarrier):
        raise CannotStart(
            f"nobody is reached by {plan.carrier} of {plan.channel!r}: she begins there; choose another way"
        )
    if plan.ours not in carrier.ours:
        raise CannotStart(f"{plan.carrier} does not answer for {plan.ours}; it has: {', '.join(carrier.ours)}")
    if plan.budget_money is not None and house.unit_price(plan.channel) <= 0:
        raise CannotStart(
            "a budget in money needs a price; set CONSULT_PRICE_PER_SEGMENT, or CONSULT_PRICE_PER_MINUTE for calls"
        )


def _add(campaign: Campaign, day: int, tx: Tx) -> Campaign:
    others = [one for one in tx.campaigns(campaign.consultation) if one.state in ("running", "paused")]
    if others:
        raise CannotStart(f"campaign {others[0].id} is {others[0].state}; resume or stop it first")
    added = replace(campaign, id=tx.add_campaign(campaign))
    tx.note(day, f"campaign {added.id} of {added.consultation} version {added.version} started")
    return added


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
        tx.set(HALTED + way(campaign.channel, campaign.carrier), "")
    return changed
