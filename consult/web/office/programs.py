"""Programs: their tokens, for the administrator, and the one thing they may read so far.

Rule 1: a token comes in the Authorization header and nowhere else; without a good one there is one answer, 401.
"""

from __future__ import annotations

import secrets
import time

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from consult.accounts import NotAllowed, members, tokens
from consult.accounts.roles import ROLES, Right, may
from consult.custody import CustodyError
from consult.figures import NoSuch, figures
from consult.web.office.desk import newest_of
from consult.web.office.doors import house
from consult.web.office.telling import page
from consult.web.office.visit import holder, visit

blueprint = Blueprint("programs", __name__)


@blueprint.get("/office/programs", endpoint="page")
def overview(refused: str = "", token: str = "") -> ResponseReturnValue:
    listed = house().store.read(lambda view: view.tokens())
    makers = {each.by: members.named(house(), each.by) for each in listed}
    names = [*newest_of(house().store.read(lambda view: view.editions()))]
    roles = [role for role in ROLES if Right.FIGURES in ROLES[role]]
    return page("programs.html", tokens=listed, makers=makers, names=names, roles=roles, refused=refused, token=token)


@blueprint.post("/office/programs/make")
def make() -> ResponseReturnValue:
    """Shown on this answer, and never again."""
    token = tokens.MARK + secrets.token_hex(24)
    role, consultation = request.form.get("role", ""), request.form.get("consultation", "")
    try:
        tokens.make(house(), token, role, consultation, holder().id, int(time.time()))
    except NotAllowed as refused:
        return overview(refused.why)
    return overview(token=token)


@blueprint.post("/office/programs/<int:id>/revoke")
def revoke(id: int) -> ResponseReturnValue:
    tokens.revoke(house(), id, holder().id, int(time.time()))
    return overview()


@blueprint.get("/api/consultations/<name>/figures", endpoint="figures")
def read(name: str) -> ResponseReturnValue:
    """The gated table, as `consult findings show NAME --format json` gives it."""
    visit()["program"] = True  # no cookie for programs
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    grant = tokens.grant_of(house(), token.strip()) if scheme.lower() == "bearer" else None
    if grant is None:
        refusal = Response("a token is needed\n", status=401, mimetype="text/plain")
        refusal.headers["WWW-Authenticate"] = "Bearer"
        return refusal
    if not may([grant], Right.FIGURES, name):
        abort(404)
    try:
        return jsonify(figures(house(), name))
    except (NoSuch, CustodyError):
        abort(404)
