"""The guardians' list: what may mean that somebody is in danger, and what was done about it.

Rule 1: it is for guardians alone (`Right.FLAGS`); that it was read is in the audit first.
Rule 2: early warnings are taken into it by two people.
"""

from __future__ import annotations

import time

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from consult import incidents
from consult.accounts import approving
from consult.custody import NoKey
from consult.moderation import flags
from consult.reading.labels import Labels
from consult.reading.states import incidents_in_words
from consult.releases import wording
from consult.web.office.doors import house
from consult.web.office.moderators import asked, definition, done
from consult.web.office.telling import page, tongue
from consult.web.office.visit import holder
from consult.wording import for_pages

blueprint = Blueprint("flags", __name__, url_prefix="/office/flags/<name>")


@blueprint.get("", endpoint="page")
def overview(name: str, refused: str = "") -> ResponseReturnValue:
    definition(name)
    try:
        items = flags.listed(house(), name, at=int(time.time()), by=holder().id)
    except NoKey:
        items = None
    return page(
        "flags.html",
        refused,
        name=name,
        items=items,
        who={each.id: _who(name, each) for each in items or ()},
        incidents=[each for each in incidents.incidents(house(), name) if each.closed is None],
        kinds=incidents_in_words(for_pages(tongue())),
        approval=asked("annex", name),
    )


def _who(name: str, item: flags.Item) -> str:
    """What an early warning told of who sent it, in words."""
    if item.warning is None:
        return ""
    whole = definition(name)
    labels = Labels({"wording": wording(whole.questions), "languages": list(whole.languages)}, for_pages(tongue()))
    return ", ".join(f"{labels.variable(name)} {labels.choice(name, code)}" for name, code in item.warning.segments)


@blueprint.post("/ask")
def ask(name: str) -> ResponseReturnValue:
    """Another person is asked whether early warnings may come in."""
    if asked("annex", name) is None:
        approving.ask(house(), "annex", name, holder().id, int(time.time()))
    return overview(name)


@blueprint.post("/take")
def take(name: str) -> ResponseReturnValue:
    approval = asked("annex", name)
    if approval is None or approval.state != "approved":
        return overview(name, "approval")
    at, by, id = int(time.time()), holder().id, approval.id

    def deed() -> None:
        approving.claim(house(), id, "annex", name, by, at)
        flags.take_warnings(house(), name, at=at, by=by)

    return done(deed, lambda code: overview(name, code), url_for("flags.page", name=name))


@blueprint.post("/<int:id>/close")
def close(name: str, id: int) -> ResponseReturnValue:
    outcome, incident = request.form.get("outcome", ""), request.form.get("incident", 0, type=int)
    at, by = int(time.time()), holder().id
    return done(
        lambda: flags.close(house(), name, id, (outcome, incident), at=at, by=by),
        lambda code: overview(name, code),
        url_for("flags.page", name=name),
    )
