"""The signed-in pages: an application of its own behind `/office/` and `/api/`, opened with the first request for one.

It is apart from the core (webhooks, health, demo) so that what takes messages carries none of it: not its 8 MB of form
and limit libraries on a hub that only answers carriers, not its checks, and none of its faults.

Rule 1: what is not in `doors.DOORS` is shut: a route without its line answers 403, and fails the suite.
Rule 2: a Host we do not know is refused (DNS rebinding): this machine, an address in figures, or CONSULT_PUBLIC_URL's.
Rule 3: a form counts only with the mark of the visit it was shown to (Flask-WTF); a source that asks too often waits
(Flask-Limiter, in Redis where there is one, else in memory). Sources are keyed hashes there: no address is kept.
Rule 4: a number in an address that no store can hold is a page that is not there.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, request
from flask_limiter import Limiter
from flask_wtf.csrf import CSRFProtect
from werkzeug.routing import IntegerConverter, Map

from consult.house import House
from consult.sealing import Locked
from consult.web import closing

LARGEST = 16 * 1024  # bytes of a form
HIGHEST = 2**62  # of a number in an address
USUAL, ENTERING = "240 per minute", "12 per minute; 60 per hour"  # requests of one source


def create_office(house: House, guards: Callable[[Flask], None]) -> Flask:
    """The application; `guards(app)` adds what stands around every answer of ours."""
    from consult.web.office import (
        approvals,
        asks,
        audit,
        bringing,
        carrying,
        codebooks,
        coding,
        contacts,
        designer,
        desk,
        doors,
        entering,
        episodes,
        flags,
        incidents,
        launch,
        lending,
        live,
        moderation,
        nodes,
        own,
        paraphrases,
        people,
        programs,
        prompts,
        publishing,
        releases,
        replies,
        telling,
        translating,
        trial,
        uploads,
        visit,
        worker,
    )

    app = Flask("consult.web", static_folder=None)
    app.url_map.converters["int"] = Numbered
    app.request_class = uploads.InMemory
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST,
        PROPAGATE_EXCEPTIONS=False,
        SECRET_KEY=house.vault.secret("pages"),
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        WTF_CSRF_SSL_STRICT=False,  # it wants a Referer, which careful browsers leave out; the mark is what protects
    )
    app.extensions["house"] = house
    app.session_interface = visit.Visits(house)
    limiter = _limited(app, house)
    app.before_request(_demand_host)
    app.before_request(uploads.admit)
    protect: Any = CSRFProtect  # without types
    protect(app)
    app.before_request(doors.guard)
    app.before_request(partial(_at_work, house))
    rooms = (entering, own, desk, episodes, worker, releases, asks, incidents, people, approvals, audit)
    moderating = (moderation, replies, paraphrases, flags, coding, codebooks)
    drawing = (designer, carrying, lending, translating, bringing, prompts, publishing, trial)
    running = (contacts, launch, live)
    for room in (*rooms, *moderating, nodes, programs, *drawing, *running):
        app.register_blueprint(room.blueprint)
    views: dict[str, Any] = app.view_functions
    for endpoint in ("entering.sign_in", "entering.join", "own.prove", "own.factor"):
        views[endpoint] = limiter.limit(ENTERING, methods=["POST"])(views[endpoint])
    telling.dress(app)
    app.register_error_handler(Locked, lambda _: closing.closed())
    guards(app)
    app.after_request(_same_origin)
    return app


class Numbered(IntegerConverter):
    """See Rule 4. The digits are counted before they are read."""

    regex = r"\d{1,19}"

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=HIGHEST)


def _limited(app: Flask, house: House) -> Limiter:
    def source() -> str:
        return house.vault.mark("source", request.remote_addr or "").hex()

    return Limiter(
        source,
        app=app,
        default_limits=[USUAL],
        storage_uri=_storage(house.settings.redis_url),
        in_memory_fallback_enabled=bool(house.settings.redis_url),
        key_prefix="consult-pages",
    )


def _storage(redis_url: str | None) -> str:
    """As Flask-Limiter names it: where redis-py says unix://, it says redis+unix://."""
    url = redis_url or "memory://"
    return f"redis+{url}" if url.startswith("unix://") else url


def _demand_host() -> None:
    house: House = current_app.extensions["house"]
    if not known_host(request.host, house.settings.public_url):
        abort(421)


def known_host(host: str, public_url: str) -> bool:
    """See Rule 2. A page of another site cannot make a browser send an address in figures for a name of its own."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:  # brackets around what is no address
        return False
    if name == "localhost" or (public_url and name == urlsplit(public_url).hostname):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _at_work(house: House) -> None:
    """Whoever is signed in keeps a node from locking itself."""
    from consult.web.office.visit import visit

    if visit().member:
        house.gate.touch()


def _same_origin(response: Response) -> Response:
    """With "no-referrer" browsers send our own forms with `Origin: null`."""
    response.headers["Referrer-Policy"] = "same-origin"
    house: House = current_app.extensions["house"]
    if house.settings.public_url.startswith("https://"):
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response
