"""The trail: the newest lines, whether the chain holds, and the whole of it as a file to be verified elsewhere."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from consult.accounts import trail
from consult.web.office.doors import house
from consult.web.office.telling import page

NEWEST = 60  # lines on the page
blueprint = Blueprint("audit", __name__, url_prefix="/office/audit")


@blueprint.get("", endpoint="page")
def overview() -> ResponseReturnValue:
    lines = house().store.read(lambda view: view.audit())
    return page("audit.html", lines=lines[: -NEWEST - 1 : -1], verdict=trail.verify(lines))


@blueprint.get("/export")
def export() -> Response:
    lines = house().store.read(lambda view: view.audit())
    response = Response(trail.written(lines), mimetype="text/plain")
    response.headers["Content-Disposition"] = "attachment; filename=consult-audit.txt"
    return response
