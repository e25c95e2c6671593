"""The demo page: simulated telephones beside a live table of answers. Only with `settings.demo`.

What is typed goes the way of any carrier's message: intake, store, outbox, delivery. This room only waits a moment for
the answer, so that a page without script shows it.

Rule 1: served to this machine alone: a Host that is no loopback name is refused (DNS rebinding), and so is a text that
    another site's page sends.
Rule 2: a text is its form's `ref` and its words: a double click is one message, two different replies are two.
Rule 3: every address of the page works without script; the script only spares reloading.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Collection
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, current_app, make_response, redirect, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from consult import channel as plain
from consult import intake
from consult.house import House
from consult.web import assets, pages
from consult.web.pages import Scene
from consult.web.place import SIDES, place
from consult.web.problems import Problem
from consult.web.telephones import Telephones, telephones

LOOPBACK = re.compile(r"(?:127(?:\.[0-9]{1,3}){3}|localhost|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)
WAIT = 1.5  # seconds for an answer to arrive before the page is shown without it
LOOK = 0.02  # seconds between two looks

_REF = re.compile(r"[A-Za-z0-9-]{8,40}")

blueprint = Blueprint("demo", __name__)


@blueprint.record_once
def _dress(state: BlueprintSetupState) -> None:
    jinja = state.app.jinja_env
    jinja.trim_blocks = jinja.lstrip_blocks = True
    jinja.globals["asset"] = lambda name: assets.assets()[name].url


@blueprint.before_request
def guard() -> None:
    """See Rule 1. Raises Problem."""
    if not LOOPBACK.fullmatch(request.host):
        raise Problem(403, "host")
    if request.method == "POST" and not _own():
        raise Problem(403, "elsewhere")


def _own() -> bool:
    """Whether a form of ours sent this. A client that says neither is no browser."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site not in ("same-origin", "none"):
        return False
    return origin is None or origin.partition("://")[2] == request.host


@blueprint.after_request
def same_origin(response: Response) -> Response:
    """With "no-referrer" browsers send our own forms with `Origin: null`."""
    response.headers["Referrer-Policy"] = "same-origin"
    return response


@blueprint.get("/")
def page() -> str:
    """Telephones and table."""
    focus = request.args.get("at", "")
    return render_template("demo.html", **pages.whole(_scene(), focus if focus in SIDES else ""))


@blueprint.get("/demo/live")
def live() -> Response:
    """What changes while the page is open; 304 while it has not."""
    scene = _scene()
    tag = pages.tag(scene)
    if request.if_none_match.contains_weak(tag):
        response = Response(status=304)
    else:
        response = make_response(render_template("live.html", **pages.fragment(scene)))
    response.set_etag(tag, weak=True)
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.post("/demo/send")
def send() -> ResponseReturnValue:
    """She writes. Answers when the reply is on her telephone, or after `WAIT`."""
    scene = _scene()
    sender, text, ref = (_once(name) for name in ("sender", "text", "ref"))
    if not _REF.fullmatch(ref):
        raise Problem(400, "400")
    if text.strip():
        _deliver(scene, sender, text, f"{ref}-{hashlib.sha256(text.encode()).hexdigest()[:16]}")
    wrote = next((each.side for each in scene.where.handsets if each.number == sender), "")
    return redirect(f"/?{scene.where.query(at=wrote)}", 303)


def _deliver(scene: Scene, sender: str, text: str, ref: str) -> None:
    form = urlencode({"sender": sender, "text": text, "ref": ref}).encode()
    heard = scene.phones.receive(plain.Request("POST", request.path, {}, form), scene.at)
    taken = intake.take(scene.house, heard, secrets.randbits(8))
    if taken.owed:
        _await(scene.phones, sender, frozenset(taken.owed))


def _await(phones: Telephones, number: str, owed: Collection[int]) -> None:
    """Until these messages of ours are on her telephone. It may be another process that sends them: so we look."""
    until = time.monotonic() + WAIT
    while not {bubble.id for bubble in phones.thread(number)}.issuperset(owed) and time.monotonic() < until:
        time.sleep(LOOK)


def _once(name: str) -> str:
    values = request.form.getlist(name)
    if len(values) != 1:
        raise Problem(400, "400")
    return values[0]


def _scene() -> Scene:
    house: House = current_app.extensions["house"]
    phones = telephones(house)
    current = house.store.read(house.library.current)
    if phones is None:
        abort(404)
    if not current.newest:
        raise Problem(503, "empty")
    return Scene(house, phones, current, place(house, phones, current), int(time.time()))
