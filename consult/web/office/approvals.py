"""What needs two people: asked for here by one, decided here by another."""

from __future__ import annotations

import time
from collections.abc import Callable

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from consult.accounts import NotAllowed, approving, members
from consult.accounts.roles import Right, may
from consult.web.office.desk import newest_of
from consult.web.office.doors import house
from consult.web.office.telling import page
from consult.web.office.visit import holder

blueprint = Blueprint("approvals", __name__, url_prefix="/office/approvals")


@blueprint.get("", endpoint="page")
def overview(refused: str = "") -> ResponseReturnValue:
    """Those of the consultations one may decide in."""
    mine, at = holder().grants, int(time.time())
    listed = house().store.read(lambda view: view.approvals())
    shown = [each for each in listed if may(mine, Right.APPROVE, each.consultation)]
    names = {id: members.named(house(), id) for each in shown for id in (each.asked_by, each.decided_by)}
    known = newest_of(house().store.read(lambda view: view.editions()))
    asks = [name for name, each in known.items() if each.retired is None and may(mine, Right.ASK, name)]
    return page(
        "approvals.html",
        approvals=shown,
        people=names,
        asks=asks,
        kinds=[name for name, each in approving.KINDS.items() if each.onpage],
        refused=refused,
        at=at,
    )


@blueprint.post("/ask")
def ask() -> ResponseReturnValue:
    kind, consultation = request.form.get("kind", ""), request.form.get("consultation", "")
    if kind not in approving.KINDS or not approving.KINDS[kind].onpage:
        return overview("kind")
    return _done(lambda: approving.ask(house(), kind, consultation, holder().id, int(time.time())))


@blueprint.post("/<int:id>/approve")
def approve(id: int) -> ResponseReturnValue:
    return _done(lambda: approving.approve(house(), id, holder().id, int(time.time())))


@blueprint.post("/<int:id>/refuse")
def refuse(id: int) -> ResponseReturnValue:
    return _done(lambda: approving.refuse(house(), id, holder().id, int(time.time())))


def _done(deed: Callable[[], object]) -> ResponseReturnValue:
    try:
        deed()
    except NotAllowed as refused:
        return overview(refused.why)
    return overview()
