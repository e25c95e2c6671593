"""The web core: `create_app(house)`. The only room that knows Flask.

Rule 1: routes translate; what they do stands in intake, delivery and figures.
Rule 2: no address, body or header of a request is ever logged or stored.
Rule 3: strict headers on every answer; nothing is loaded from elsewhere; no script is needed to use a page.
"""

from __future__ import annotations

from flask import Flask, Response, jsonify
from werkzeug.exceptions import HTTPException

from consult import __version__
from consult.channel import Refused
from consult.house import House
from consult.store import StoreError
from consult.web import hooks

LARGEST = 64 * 1024  # bytes of a request body
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; "
)
HEADERS = {
    "Content-Security-Policy": POLICY + "base-uri 'none'; frame-ancestors 'none'",
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
    if house.settings.demo:
        from consult.web import demo

        app.register_blueprint(demo.blueprint)
    app.after_request(_guarded)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(StoreError, _unkept)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _broken)
    app.add_url_rule("/health", view_func=_health)
    return app


def _health() -> Response:
    return jsonify(status="ok", version=__version__)


def _guarded(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _plain(status: int, words: str) -> Response:
    return Response(words + "\n", status=status, mimetype="text/plain")


def _refused(refused: Refused) -> Response:
    return _plain(refused.status, refused.why)


def _unkept(error: StoreError) -> Response:
    """Nothing was kept: the carrier must try again."""
    response = _plain(503, "not kept; try again")
    response.headers["Retry-After"] = "30"
    return response


def _http(error: HTTPException) -> Response:
    return _plain(error.code or 500, error.name)


def _broken(error: Exception) -> Response:
    """Our own fault. Its kind is logged, never its words: they may hold hers."""
    hooks.log.error("a request failed (%s)", type(error).__name__)
    return _plain(500, "something went wrong here; nothing of the request was kept")
