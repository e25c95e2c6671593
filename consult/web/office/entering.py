"""Pages for whoever is not in yet: sign in, join by a code, and the demo's link."""

from __future__ import annotations

import secrets
import time

from flask import Blueprint, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consult.accounts import NotAllowed, entering, factor, joining
from consult.web.office.doors import house
from consult.web.office.telling import page
from consult.web.office.visit import Visits, new_token, visit

blueprint = Blueprint("entering", __name__, url_prefix="/office")


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Name, password and code, judged together."""
    if request.method == "GET":
        return page("sign_in.html")
    visits = current_app.session_interface
    assert isinstance(visits, Visits)
    name, password, code = (request.form.get(each, "") for each in ("name", "password", "code"))
    token = new_token()
    try:
        who = entering.enter(house(), name, password, code, visits.kept(request), token, int(time.time()))
    except NotAllowed as refused:
        return page("sign_in.html", refused=refused.why)
    visit().adopt(token)
    visit().known = entering.device(house(), who.id)
    return redirect(url_for("desk.home"), 303)


@blueprint.get("/join/<code>")
def invited(code: str) -> ResponseReturnValue:
    """An invitation's link."""
    return page("join.html", code=code[:40])


@blueprint.route("/join", methods=["GET", "POST"])
def join() -> ResponseReturnValue:
    """A code from the console or an invitation; then the second factor."""
    if request.method == "GET":
        return page("join.html", code="")
    code, name, password = (request.form.get(each, "") for each in ("code", "name", "password"))
    at = int(time.time())
    try:
        if password != request.form.get("again"):
            raise NotAllowed("mismatch")
        id = joining.join(house(), code, name, password, factor.secret(secrets.token_bytes(20)), at)
    except NotAllowed as refused:
        return page("join.html", refused=refused.why, code=code[:40], name=name[:40])
    _admit(id, at)
    return redirect(url_for("own.factor"), 303)


@blueprint.get("/enter/<code>")
def by_link(code: str) -> ResponseReturnValue:
    """The demo's printed link, once: its telephones are on the first page. Nothing of the kind for real people."""
    if not house().settings.demo or request.remote_addr not in ("127.0.0.1", "::1"):
        abort(404)
    at = int(time.time())
    if id := joining.use_link(house(), code, at):
        _admit(id, at)
    return redirect("/", 303)


def _admit(id: int, at: int) -> None:
    token = new_token()
    entering.admit(house(), id, token, at)
    visit().adopt(token)
