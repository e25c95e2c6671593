"""Who may come in: the administrator's page. Codes are shown once, on the answer that made them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from consult.accounts import NotAllowed, joining, members
from consult.accounts.roles import ROLES
from consult.store.members import Grant
from consult.web.office.desk import newest_of
from consult.web.office.doors import house
from consult.web.office.telling import page, tongue
from consult.web.office.visit import holder
from consult.wording import Say, for_pages

blueprint = Blueprint("people", __name__, url_prefix="/office/people")


@blueprint.get("", endpoint="page")
def overview(refused: str = "", code: str = "") -> ResponseReturnValue:
    live, drafts = house().store.read(lambda view: (newest_of(view.editions()), view.drafts()))
    names = [*live, *(each.name for each in drafts if each.name not in live)]
    told = {
        "people": members.everyone(house()),
        "names": names,
        "roles": [*ROLES],
        "duties": _duties(for_pages(tongue())),
    }
    wanted = Grant(0, request.values.get("role", ""), request.values.get("consultation", ""))
    return page("people.html", refused=refused, code=code, wanted=wanted, **told)


def _duties(say: Say) -> dict[str, str]:
    """What somebody in each role does and sees."""
    return {
        "administrator": say("lets people in and out, approves what needs two people; sees no figures"),
        "facilitator": say("writes, publishes, launches and reports; sees figures, never who said what"),
        "moderator": say("reads what people wrote, masked, and answers them"),
        "guardian": say("sees what may mean danger, and acts on it"),
        "coder": say("finds themes in texts that a moderator found fine"),
        "producer": say("writes radio episodes and reads out what may be read"),
        "translator": say("writes a draft's words in every language, and signs as second reader what others wrote"),
        "voice": say("reads the lines of a call aloud"),
        "mediator": say("reads figures and releases, and answers what was asked"),
        "representative": say("reads releases, and answers what was asked"),
    }


@blueprint.post("/invite")
def invite() -> ResponseReturnValue:
    """Someone new."""
    return _invited(_asked(0))


@blueprint.post("/<int:id>/afresh")
def afresh(id: int) -> ResponseReturnValue:
    """A code for someone who lost password or telephone."""
    return _invited(Grant(id, "", ""))


@blueprint.post("/<int:id>/disable")
def disable(id: int) -> ResponseReturnValue:
    return _done(lambda: members.disable(house(), id, holder().id, int(time.time())))


@blueprint.post("/<int:id>/grant")
def grant(id: int) -> ResponseReturnValue:
    return _done(lambda: members.grant(house(), _asked(id), holder().id, int(time.time())))


@blueprint.post("/<int:id>/ungrant")
def ungrant(id: int) -> ResponseReturnValue:
    given = Grant(id, request.form.get("role", ""), request.form.get("consultation", ""))
    return _done(lambda: members.ungrant(house(), given, holder().id, int(time.time())))


def _asked(id: int) -> Grant:
    """The role and the consultation of the form."""
    return Grant(id, request.form.get("role", ""), request.form.get("consultation", ""))


def _invited(what: Grant) -> ResponseReturnValue:
    code = joining.code(secrets.token_bytes(joining.RANDOM))
    try:
        joining.invite(house(), code, what, holder().id, int(time.time()))
    except NotAllowed as refused:
        return overview(refused.why)
    return overview(code=code)


def _done(deed: Callable[[], None]) -> ResponseReturnValue:
    try:
        deed()
    except NotAllowed as refused:
        return overview(refused.why)
    return overview()
