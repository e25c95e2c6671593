"""The web core: `create_app(house)`. The only room that knows Flask. Signed-in pages are in `consult.web.office`.

Rule 1: routes translate; what they do stands in intake, delivery and figures.
Rule 2: no address, body or header of a request is ever logged or stored.
Rule 3: strict headers on every page; nothing is loaded from elsewhere; no script is needed to use a page.
"""

from __future__ import annotations

from functools import partial

from flask import Flask, Response, redirect
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from consult.channel import Refused
from consult.house import House
from consult.sealing import Locked
from consult.store import StoreError
from consult.web import assets, audio, closing, health, hooks, joining, problems
from consult.web.annex import Annex
from consult.web.hooks import LARGEST as LARGEST
from consult.web.hooks import Hooks
from consult.web.nodes import Nodes

POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
HEADERS = {
    "Content-Security-Policy": POLICY + "media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=()",
}


def create_app(house: House) -> Flask:
    """The application over one open house; with `settings.demo` also the demo page."""
    app = Flask("consult.web", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=LARGEST, PROPAGATE_EXCEPTIONS=False)
    app.extensions["house"] = house
    app.register_blueprint(hooks.blueprint)
    app.add_url_rule("/static/<name>", "static", assets.serve)
    app.register_blueprint(audio.blueprint)
    app.register_blueprint(joining.blueprint)
    if house.settings.demo:
        from consult.web import calling, demo

        app.register_blueprint(demo.blueprint)
        app.register_blueprint(calling.blueprint)
        app.register_error_handler(problems.Problem, problems.explain)
    else:
        app.add_url_rule("/", "front", _front)
    app.before_request(partial(closing.guard, house))
    _surround(app)
    app.register_error_handler(Locked, _locked)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(StoreError, _unkept)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _broken)
    health.add(app, house)
    annex = Annex(app.wsgi_app, partial(_office, house), house.gate)
    app.extensions["annex"] = annex
    app.wsgi_app = Nodes(house, Hooks(house, annex))  # type: ignore[method-assign]  # as Flask's documentation has it
    return app


def _office(house: House) -> Flask:
    from consult.web.office import create_office

    return create_office(house, _surround)


def _surround(app: Flask) -> None:
    """What stands around every answer, also of the signed-in pages."""
    app.after_request(assets.lighter)
    app.after_request(_guarded)


def _front() -> ResponseReturnValue:
    """Where there is no demo, the first page is the desk."""
    return redirect("/office/", 303)


def _guarded(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _refused(refused: Refused) -> Response:
    return problems.answer(refused.status, refused.why)


def _unkept(error: StoreError) -> Response:
    """Nothing was kept: the carrier must try again."""
    hooks.log.error("a message was not kept (%s)", "the disk is full" if error.full else "the store failed")
    response = problems.answer(503, "not kept; try again")
    response.headers["Retry-After"] = "30"
    return response


def _locked(error: Locked) -> Response:
    """The keys are not here: nothing was taken, and nobody is told more."""
    hooks.log.error("a request came while the keys are not here (%s)", type(error).__name__)
    return closing.closed()


def _http(error: HTTPException) -> Response:
    response = problems.answer(error.code or 500, error.name)
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def _broken(error: Exception) -> Response:
    """Our own fault. Its kind is logged, never its words: they may hold hers."""
    hooks.log.error("a request failed (%s)", type(error).__name__)
    return problems.answer(500, "something went wrong here; nothing of the request was kept")
