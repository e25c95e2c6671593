"""Carriers call: messages in, reports of messages out. One address each for every channel and carrier.

Rule 1: the answer is given after the message is on disk, never before.
Rule 2: the signed address is the configured public one, never what the request says of itself.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, current_app, request

from consult import channel as plain
from consult import delivery, intake
from consult.channel import Carrier, Refused
from consult.house import House
from consult.web.telephones import Telephones

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")
log = logging.getLogger("consult.web")


@blueprint.post("/<channel>/<carrier>")
def inbound(channel: str, carrier: str) -> Response:
    """A message for us."""
    house: House = current_app.extensions["house"]
    found = _carrier(house, channel, carrier)
    heard = found.receive(_request(house), int(time.time()))
    intake.take(house, heard, secrets.randbits(8))
    return _response(found.acknowledge())


@blueprint.post("/<channel>/<carrier>/status")
def status(channel: str, carrier: str) -> Response:
    """A report on a message of ours."""
    house: House = current_app.extensions["house"]
    found = _carrier(house, channel, carrier)
    at = int(time.time())
    delivery.report(house, carrier, found.report(_request(house), at), at)
    return _response(found.acknowledge())


def _carrier(house: House, channel: str, carrier: str) -> Carrier:
    found = house.channels.get(channel)
    if found is None or carrier not in found.carriers:
        abort(404)
    if house.settings.demo and isinstance(found.carriers[carrier], Telephones):
        abort(404)  # simulated telephones write on their page: nothing signs for them here
    return found.carriers[carrier]


def _request(house: House) -> plain.Request:
    """The request as the carrier signed it: our routes are plain ASCII, so path and query are what was sent."""
    if not house.settings.public_url:
        log.error("set CONSULT_PUBLIC_URL to the address the carrier calls; until then its messages are refused")
        raise Refused(503, "not configured")
    query = request.query_string.decode("latin-1")
    return plain.Request(
        method="POST",
        url=f"{house.settings.public_url}{request.path}{'?' if query else ''}{query}",
        headers=_headers(request.environ),
        body=request.get_data(cache=False),
        remote=request.remote_addr or "",
    )


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    """By lower-case name, straight from WSGI's environment: going through Flask's headers costs four times as much."""
    found = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    return found | {"content-type": environ.get("CONTENT_TYPE", "")}


def _response(answer: plain.Response) -> Response:
    return Response(answer.body, status=answer.status, content_type=answer.media)
