"""Programs: their tokens, for the administrator, and what they may read: live figures behind the gate, and releases.

Rule 1: a token comes in the Authorization header and nowhere else; without a good one there is one answer, 401.
Rule 2: nothing here writes, and no answer of a person is among what is read. `/api/openapi.json` describes it.
"""

from __future__ import annotations

import secrets
import time

from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from consult import __version__
from consult.accounts import NotAllowed, members, tokens
from consult.accounts.roles import ROLES, Right, may
from consult.custody import CustodyError
from consult.figures import NoSuch, figures
from consult.web.office.asks import told
from consult.web.office.desk import newest_of
from consult.web.office.doors import house
from consult.web.office.openapi import OPENAPI
from consult.web.office.releases import as_file, of, tagged
from consult.web.office.telling import page
from consult.web.office.visit import holder, visit

blueprint = Blueprint("programs", __name__)


@blueprint.get("/office/programs", endpoint="page")
def overview(refused: str = "", token: str = "") -> ResponseReturnValue:
    listed = house().store.read(lambda view: view.tokens())
    makers = {each.by: members.named(house(), each.by) for each in listed}
    names = [*newest_of(house().store.read(lambda view: view.editions()))]
    roles = [role for role in ROLES if Right.RELEASES in ROLES[role]]
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
    _demand(Right.FIGURES, name)
    try:
        shown = figures(house(), name)
    except (NoSuch, CustodyError):
        abort(404)
    response = jsonify(shown)
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.get("/api/consultations/<name>/releases", endpoint="releases")
def listed(name: str) -> ResponseReturnValue:
    """Number, day and hash of each release, the first one first."""
    _demand(Right.RELEASES, name)
    found = house().store.read(lambda view: view.releases(name))
    told = [{"number": each.number, "day": each.date, "sha256": each.sha256} for each in found]
    return tagged(jsonify(releases=told), f"{len(told)}-{told[-1]['sha256'] if told else ''}")


@blueprint.get("/api/consultations/<name>/releases/<int:number>")
def release(name: str, number: int) -> ResponseReturnValue:
    """The document, byte for byte as it was kept."""
    _demand(Right.RELEASES, name)
    found = of(name, number)
    return tagged(Response(found.text, mimetype="application/json"), found.sha256)


@blueprint.get("/api/consultations/<name>/releases/<int:number>/files/<kind>")
def file(name: str, number: int, kind: str) -> ResponseReturnValue:
    """The same numbers as a file; kind `json` is the signed evidence pack."""
    _demand(Right.RELEASES, name)
    return as_file(of(name, number), kind)


@blueprint.get("/api/consultations/<name>/asks", endpoint="asks")
def asked(name: str) -> ResponseReturnValue:
    """What was asked, and what came of it, as a release would tell it today."""
    _demand(Right.RELEASES, name)
    return told(name)


@blueprint.get("/api/openapi.json")
def description() -> ResponseReturnValue:
    """What a program may ask for, as OpenAPI 3.1."""
    visit()["program"] = True
    return tagged(jsonify(OPENAPI), __version__)


def _demand(right: Right, name: str) -> None:
    """Go on with a good token that has this right here."""
    visit()["program"] = True  # no cookie for programs
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    grant = tokens.grant_of(house(), token.strip()) if scheme.lower() == "bearer" else None
    if grant is None:
        refusal = Response("a token is needed\n", status=401, mimetype="text/plain")
        refusal.headers["WWW-Authenticate"] = "Bearer"
        abort(refusal)
    if not may([grant], right, name):
        abort(404)
