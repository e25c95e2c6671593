"""Waves of invitations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Final

from consult.campaign.costing import segments
from consult.campaign.owing import owe, reachable
from consult.campaign.running import begin_due
from consult.delivery import BUDGET, next_safe, spent_out
from consult.house import House
from consult.intake.starting import invite
from consult.library import window
from consult.store import Tx, View
from consult.store.records import Campaign, Enrolment

CHUNK: Final = 10  # people begun in one transaction: 20 ms in which nobody who writes to us is served
EXAMINED: Final = 2_000  # people looked at in one wave
DEPTH: Final = 60  # seconds of sending that may wait in the outbox: more would grow old there


@dataclass(frozen=True, slots=True)
class Wave:
    """What one wave did: people begun now, and people still waiting."""

    begun: int
    waiting: int


def waves(house: House, at: int, seed: Callable[[], int]) -> int:
    """The next people of every running campaign, as many as leave within a minute; how many were begun.

    Campaigns whose moment has come run from now on."""
    begin_due(house, at)
    running = [one for one in house.store.read(lambda view: view.campaigns()) if one.state == "running"]
    return sum(_next_wave(house, campaign, at, seed) for campaign in running)


def _next_wave(house: House, campaign: Campaign, at: int, seed: Callable[[], int]) -> int:
    carrier = house.carrier(campaign.channel, campaign.carrier)
    if carrier is None:
        return 0
    paces = [pace for pace in (campaign.pace, carrier.pace) if pace > 0]
    depth = max(1, min(EXAMINED, int(min(paces) * DEPTH))) if paces else EXAMINED
    queued = house.store.read(lambda view: _ahead(view, campaign, at, depth))
    return wave(house, campaign.id, at, size=depth - queued, seed=seed).begun if queued < depth else 0


def _ahead(view: View, campaign: Campaign, at: int, depth: int) -> int:
    """How many leave before whoever is begun now: with a pace of its own, only those of this campaign."""
    if campaign.pace > 0:
        return view.queued_of(campaign.id)
    return len(view.payable(campaign.channel, campaign.carrier, at, depth))


def wave(house: House, id: int, at: int, *, size: int = 500, seed: Callable[[], int]) -> Wave:
    """Begin up to `size` people of a running campaign who may be written to now. `seed()` draws 0 to 255."""
    campaign = house.store.read(lambda view: view.campaign(id))
    if campaign is None or campaign.state != "running" or _over(house, campaign, at):
        return Wave(0, 0)
    look = house.store.read(partial(_look, house, campaign, at, size))
    begun = 0
    for chunk in _chunks(look.able):
        seeded = [(person, seed()) for person in chunk]
        now, goes_on = house.store.write(partial(_begin, house, id, seeded, at))
        begun += now
        if not goes_on:
            break
    if look.waiting > begun:
        house.store.write(lambda tx: tx.set(_cursor(id), str(look.last)))
    return Wave(begun, look.waiting - begun)


def _over(house: House, campaign: Campaign, at: int) -> bool:
    """Whether the consultation has closed or is retired; then the campaign is done."""
    published = house.store.read(lambda view: view.published(campaign.consultation, campaign.version))
    if published and published.retired is None and window(house.library.edition(published), at) != "late":
        return False
    house.store.write(partial(_done, campaign.id))
    return True


def _done(id: int, tx: Tx) -> None:
    campaign = tx.campaign(id)
    if campaign and campaign.state == "running":
        tx.update_campaign(replace(campaign, state="done", why="the consultation is over"))


@dataclass(frozen=True, slots=True)
class _Look:
    """Persons who can be begun now, how many wait in all, and who was looked at last: the next wave goes on there."""

    able: tuple[int, ...]
    waiting: int
    last: int


def _look(house: House, campaign: Campaign, at: int, size: int, view: View) -> _Look:
    last = int(view.setting(_cursor(campaign.id)) or 0)
    ahead = view.waiting(campaign.consultation, last, EXAMINED)
    ahead += view.waiting(campaign.consultation, 0, EXAMINED - len(ahead))
    able: list[int] = []
    for person in dict.fromkeys(ahead):
        if len(able) == size:
            break
        last = person
        if _may_begin(house, view, campaign, person, at):
            able.append(person)
    return _Look(tuple(able), view.how_many_wait(campaign.consultation), last)


def _waits(enrolment: Enrolment) -> bool:
    return enrolment.state == "waiting" and enrolment.frame == "enrolled"


def _may_begin(house: House, view: View, campaign: Campaign, person: int, at: int) -> bool:
    address = reachable(view, person)
    return (
        address is not None
        and next_safe(house, view, campaign.consultation, campaign.version, address, at) == at
        and view.open_session(address.id, campaign.ours) is None
    )


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
    return begun, True


def _first_segments(house: House, tx: Tx, campaign: Campaign, enrolment: Enrolment) -> int:
    published = tx.published(campaign.consultation, campaign.version)
    if published is None:
        return 0
    edition = house.library.edition(published)
    return segments(house, campaign.channel, edition.tongues[edition.locale(enrolment.locale) or 0].invite)


def _begin_one(house: House, tx: Tx, campaign: Campaign, enrolment: Enrolment, at: int, seed: int) -> bool:
    opened = invite(house, tx, enrolment, campaign, at, seed)
    if opened is None:
        return False
    row, texts = opened
    owe(house, tx, campaign, row, texts, at, "invite")
    return True


def _cursor(id: int) -> str:
    return f"wave:{id}"
