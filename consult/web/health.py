"""Whether this hub lives, whether it is ready, and what its traffic is like: for whoever watches the machine.

Rule 1: everybody may ask whether it lives; what tells of traffic is told to this machine, and to the machines that
CONSULT_METRICS_ALLOW names.
Rule 2: who asks is whom the connection is from, or whom our own proxies say (CONSULT_PROXIES). While no proxy is told
of, what bears the mark of one is from nobody: everybody would seem to stand on this machine.
Rule 3: what came through a proxy never comes from this machine, whatever the proxy says.
Rule 4: an https address without CONSULT_PROXIES has a proxy before it that was not told of, and it may leave no mark:
then this machine counts only where it is named.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, jsonify, request

from consult import __version__, metrics, readiness
from consult.channel import Refused
from consult.places import machine, places

if TYPE_CHECKING:
    from consult.config import Settings
    from consult.house import House

MARKS: Final = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA", "HTTP_X_FORWARDED_PROTO")


def add(app: Flask, house: House) -> None:
    """Mount the addresses."""
    began = time.monotonic()
    app.add_url_rule("/health", "health", _lives)
    app.add_url_rule("/healthz", "healthz", _lives)
    app.add_url_rule("/readyz", "readyz", partial(_ready, house))
    app.add_url_rule("/metrics", "metrics", partial(_metrics, house, began))


def watches(settings: Settings, environ: Mapping[str, str]) -> bool:
    """Whether this request is from a machine that may know of traffic."""
    remote = machine(environ.get("REMOTE_ADDR", ""))
    marked = any(environ.get(mark) for mark in MARKS)
    if remote is None or (marked and (remote.is_loopback or not settings.proxies)):
        return False
    if any(remote in each for each in places(settings.metrics_allow)):
        return True
    hidden = settings.public_url.startswith("https://") and not settings.proxies
    return remote.is_loopback and not hidden


def _lives() -> Response:
    return jsonify(status="ok", version=__version__)


def _ready(house: House) -> Response:
    _demand(house)
    missing = readiness.missing(house, int(time.time()))
    answer = jsonify(ready=not missing, missing=missing)
    answer.status_code = 503 if missing else 200
    return answer


def _metrics(house: House, began: float) -> Response:
    _demand(house)
    return Response(metrics.page(house, int(time.time()), time.monotonic() - began), content_type=metrics.MEDIA)


def _demand(house: House) -> None:
    if not watches(house.settings, request.environ):
        raise Refused(403, "not for you; see CONSULT_METRICS_ALLOW and CONSULT_PROXIES")
