"""One's own account: second factor, password, recovery codes, where one is signed in; and proving it again."""

from __future__ import annotations

import io
import re
import secrets
import time

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consult.accounts import NotAllowed, entering, factor, joining
from consult.web.office.doors import house
from consult.web.office.telling import page
from consult.web.office.visit import holder, new_token, visit

_OF_ONE = re.compile(r"/office/consultations/(?P<name>[a-z0-9_]{1,64})/(?P<room>contacts|launch)(/|$)")
_READ_ALOUD = re.compile(r"/office/prompts/(?P<name>[a-z0-9_]{1,64})/live/(?P<tag>[A-Za-z0-9-]{1,35})/code")
_MODERATED = re.compile(r"/office/(?P<room>moderation|flags)/(?P<name>[a-z0-9_]{1,64})/(?P<answers>answers)?")
blueprint = Blueprint("own", __name__, url_prefix="/office")


@blueprint.route("/second-factor", methods=["GET", "POST"], endpoint="factor")
def second_factor() -> ResponseReturnValue:
    """Shown until it is proved; then the recovery codes, once."""
    who = holder()
    if who.account.ready:
        return redirect(url_for("own.page"), 303)
    if request.method == "GET":
        return page("factor.html", shared=who.profile.shared)
    paper = factor.paper(secrets.token_bytes(100))
    try:
        joining.prove(house(), who.id, request.form.get("code", ""), paper, int(time.time()))
    except NotAllowed as refused:
        return page("factor.html", refused=refused.why, shared=who.profile.shared)
    entering.leave(house(), visit().token)
    token = new_token()
    entering.admit(house(), who.id, token, int(time.time()))
    visit().adopt(token)
    return page("paper.html", paper=paper)


@blueprint.get("/second-factor.svg")
def picture() -> Response:
    """The shared secret as dots, until it is proved."""
    import segno

    who = holder()
    if who.account.ready:
        abort(404)
    drawn = io.BytesIO()
    made = segno.make(factor.address(who.profile.shared, who.profile.name), micro=False)
    made.save(drawn, kind="svg", scale=4, light="#fff", svgclass=None, lineclass=None, xmldecl=False)
    return Response(drawn.getvalue(), mimetype="image/svg+xml")


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    entering.leave(house(), visit().token)
    visit().adopt(new_token())
    return redirect(url_for("entering.sign_in"), 303)


@blueprint.route("/prove", methods=["GET", "POST"])
def prove() -> ResponseReturnValue:
    """Password and code again, before something that counts; then back to where it is done."""
    to = request.values.get("to", "")
    if request.method == "GET":
        return page("prove.html", to=to)
    token = new_token()
    try:
        password, code = request.form.get("password", ""), request.form.get("code", "")
        entering.prove(house(), holder(), visit().token, password, code, token, int(time.time()))
    except NotAllowed as refused:
        return page("prove.html", to=to, refused=refused.why)
    visit().adopt(token)
    return redirect(_page_of(to), 303)


def _page_of(path: str) -> str:
    """The page on which the form stands that is sent to `path`. Never another site."""
    if found := re.fullmatch(r"/office/designs/([a-z][a-z0-9_]{0,31})/(publish|approval)", path):
        return url_for("publishing.page", name=found[1])
    if of := _OF_ONE.match(path):
        return url_for(f"{of['room']}.page", name=of["name"])
    if of := _MODERATED.match(path):
        room = "replies" if of["answers"] else of["room"]
        return url_for(f"{room}.page", name=of["name"])
    if of := _READ_ALOUD.fullmatch(path):
        return url_for("prompts.lines", name=of["name"], of="live", tag=of["tag"])
    room = next(
        (each for each in ("people", "approvals", "programs", "nodes") if path.startswith(f"/office/{each}")), "own"
    )
    return url_for(f"{room}.page")


@blueprint.get("/account", endpoint="page")
def overview(refused: str = "", done: str = "") -> ResponseReturnValue:
    who = holder()
    signins = house().store.read(lambda view: view.signins(who.id))
    return page("account.html", refused=refused, done=done, signins=len(signins), left=len(who.profile.paper))


@blueprint.post("/account/password")
def password() -> ResponseReturnValue:
    """Every other browser is out."""
    given, token = request.form.get("password", ""), new_token()
    try:
        if given != request.form.get("again"):
            raise NotAllowed("mismatch")
        entering.change_password(house(), holder(), given, token, int(time.time()))
    except NotAllowed as refused:
        return overview(refused.why)
    visit().adopt(token)
    return overview(done="password")


@blueprint.post("/account/paper")
def paper() -> ResponseReturnValue:
    codes = factor.paper(secrets.token_bytes(100))
    entering.new_paper(house(), holder(), codes, int(time.time()))
    return page("paper.html", paper=codes)


@blueprint.post("/account/everywhere")
def everywhere() -> ResponseReturnValue:
    entering.leave_everywhere(house(), holder().id, int(time.time()))
    visit().adopt(new_token())
    return redirect(url_for("entering.sign_in"), 303)
