"""The launch on the page: the checklist, what it costs and how long it takes, which tables there will be; then start,
pause, resume, stop.

Rule 1: a campaign starts here only when no line of the checklist says "stop", and with a budget.
Rule 2: to pause and to stop takes no password again, and is open to who protects: it must be quick.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from consult import campaign, forecasts, hours
from consult.accounts import members
from consult.accounts.roles import Right, rights
from consult.campaign import CannotStart, Outlook, Plan, readying
from consult.channel import Carrier
from consult.contacts import counting
from consult.delivery.reasons import kind
from consult.edition import Edition
from consult.reading import launching
from consult.reading.failing import failing_in_words
from consult.reading.labels import Labels
from consult.releases import wording
from consult.store.records import Campaign, Published
from consult.web.office.doors import house
from consult.web.office.telling import page, tongue
from consult.web.office.visit import holder
from consult.wording import for_pages

SHARE = 30  # percent who answer, until somebody says otherwise
blueprint = Blueprint("launch", __name__, url_prefix="/office/consultations/<name>/launch")


@dataclass(frozen=True, slots=True)
class Means:
    """A number of ours from which people may be written to or called."""

    channel: str
    carrier: Carrier
    ours: str

    @property
    def value(self) -> str:
        return f"{self.channel} {self.carrier.name} {self.ours}"


@blueprint.get("", endpoint="page")
def overview(name: str, refused: str = "") -> ResponseReturnValue:
    """Whoever may only pause sees the campaign and no more."""
    published = _published(name)
    edition, at, mine = house().library.edition(published), int(time.time()), rights(holder().grants, name)
    say = for_pages(tongue())
    campaigns = house().store.read(lambda view: [(each, campaign.begins(view, each)) for each in view.campaigns(name)])
    practice = edition.consultation.practice
    launches = Right.LAUNCH in mine and not practice
    lines = readying.checklist(house(), name, at, starter=holder().id) if launches else []
    return page(
        "launch.html",
        refused=refused,
        name=name,
        campaigns=[(each, _local(edition, moment)) for each, moment in campaigns[::-1]],
        state=launching.states_of_campaigns(say),
        going=campaign.GOING,
        why_of=lambda one: failing_in_words(say, kind(one.why)),
        launches=launches,
        practice=practice,
        tries=Right.DESIGN in mine and house().store.read(lambda view: view.draft(name)) is not None,
        first=_first(edition, at),
        words_page=Right.TRANSLATE in mine and house().store.read(lambda view: view.draft(name)) is not None,
        lines=lines,
        signers={line.by: members.named(house(), line.by) for line in lines if line.by},
        ready=all(line.state != "stop" for line in lines),
        words=launching.lines_in_words(say),
        states=launching.states_of_lines(say),
        zone=_zone(edition),
        form=request.form,
        **(_prospect(name, edition) if launches else {}),
    )


@blueprint.post("/sign")
def sign(name: str) -> ResponseReturnValue:
    try:
        readying.sign(house(), name, request.form.get("line", ""), by=holder().id, at=int(time.time()))
    except LookupError:
        abort(404)
    return overview(name)


@blueprint.post("")
def start(name: str) -> ResponseReturnValue:
    at = int(time.time())
    edition = house().library.edition(_published(name))
    if edition.consultation.practice:
        return overview(name, "launch practice")
    if any(line.state == "stop" for line in readying.checklist(house(), name, at, starter=holder().id)):
        return overview(name, "launch open")
    try:
        campaign.start(house(), name, _plan(edition, at), at)
    except CannotStart as refused:
        return overview(name, f"launch {refused.code}")
    return overview(name)


@blueprint.post("/<int:number>/pause")
def pause(name: str, number: int) -> ResponseReturnValue:
    return _change(name, number, campaign.pause)


@blueprint.post("/<int:number>/resume")
def resume(name: str, number: int) -> ResponseReturnValue:
    return _change(name, number, campaign.resume)


@blueprint.post("/<int:number>/stop")
def stop(name: str, number: int) -> ResponseReturnValue:
    return _change(name, number, campaign.stop)


def _change(name: str, number: int, how: Callable[..., Campaign]) -> ResponseReturnValue:
    found = house().store.read(lambda view: view.campaign(number))
    if found is None or found.consultation != name:
        abort(404)
    try:
        how(house(), number)
    except CannotStart as refused:
        return overview(name, f"launch {refused.code}")
    _noted(number, how.__name__)
    return overview(name)


def _noted(number: int, what: str) -> None:
    day, by = int(time.time()) // 86_400, holder().id
    house().store.write(lambda tx: tx.note(day, f"campaign {number}: {what} by account {by}"))


# ---- what the form asks for


def _plan(edition: Edition, at: int) -> Plan:
    """Raises CannotStart."""
    form = request.form
    means = next((each for each in _means(edition) if each.value == form.get("means")), None)
    if means is None:
        raise CannotStart("no such carrier", "carrier")
    units, money = _amount("units", "budget", whole=True), _amount("money", "budget")
    if units is None and money is None:
        raise CannotStart("no budget", "budget")
    return Plan(
        channel=means.channel,
        carrier=means.carrier.name,
        ours=means.ours,
        pace=_amount("pace", "pace") or 0.0,
        budget_segments=None if units is None else int(units),
        budget_money=money,
        remind="remind" in form,
        begins=_moment(edition, form.get("begins", "").strip(), at),
    )


def _amount(field: str, code: str, *, whole: bool = False) -> float | None:
    """A number above zero; None where nothing was written. Raises CannotStart."""
    text = request.form.get(field, "").strip().replace(",", ".")
    if not text:
        return None
    try:
        found = float(text[:20])
    except ValueError:
        raise CannotStart(f"{field} is not a number", code) from None
    if not 0 < found < 1e9 or (whole and not found.is_integer()):
        raise CannotStart(f"{field} is out of bounds", code)
    return found


def _moment(edition: Edition, text: str, at: int) -> int | None:
    if not text:
        return None
    found = hours.moment(text, _zone(edition))
    if found is None:
        raise CannotStart("no such moment", "moment")
    if found <= at:
        raise CannotStart("it is over", "past")
    return found


# ---- what the page is made of


def _published(name: str) -> Published:
    published = house().store.read(lambda view: view.published(name))
    if published is None or published.retired is not None:
        abort(404)
    return published


def _zone(edition: Edition) -> str:
    return hours.zone_for(edition.consultation.timezone, edition.consultation.area, "")


def _first(edition: Edition, at: int) -> str:
    """When the safe hours begin, where it is not now; "" else."""
    zone, safe = _zone(edition), edition.consultation.safe_hours
    opens = hours.next_allowed(at, zone, safe) if safe and zone else None
    return hours.local(opens, zone) if opens is not None and opens > at else ""


def _local(edition: Edition, moment: int | None) -> str:
    return hours.local(moment, _zone(edition)) if moment is not None else ""


def _means(edition: Edition) -> Iterator[Means]:
    """By whom it may be carried."""
    for name, channel in sorted(house().channels.items()):
        if not campaign.may_go_by(house(), edition, name):
            continue
        for carrier in channel.carriers.values():
            yield from (Means(name, carrier, ours) for ours in carrier.ours)


def _prospect(name: str, edition: Edition) -> dict[str, object]:
    """Costs by each of our ways, and tables, at the share of people that the address says."""
    asked = request.args.get("share", "")
    share = min(100, max(1, int(asked))) if asked.isdecimal() and len(asked) < 4 else SHARE
    say, definition = for_pages(tongue()), edition.consultation
    told = {"wording": wording(definition.questions), "languages": list(definition.languages)}
    return {
        "share": share,
        "costs": _costs(name),
        "tables": forecasts.breakdowns(house(), name, share),
        "labels": Labels(told, say),
        "verdicts": launching.verdicts_in_words(say),
        "sources": launching.sources_in_words(say),
    }


def _costs(name: str) -> list[tuple[Means, Outlook]]:
    """One number of each carrier; from the others it costs the same."""
    people, published = counting.waiting(house(), name), _published(name)
    means = _means(house().library.edition(published))
    return [(each, campaign.outlook(house(), published, (each.channel, each.carrier), people)) for each in means]
