"""Carriers call: messages in, reports of messages out. One address each for every channel and carrier.

Rule 1: the answer is given after the message is on disk, never before.
Rule 2: the signed address is the configured public one, never what the request says of itself.
Rule 3: an address that is not signed ends in a secret, which the carrier looks for; here only its place is known.
Rule 4: what is taken never enters Flask, which would cost as much as everything we do with it. What cannot be taken is
handed on to Flask together with the reason, so that every failure is told in one place (`consult.web`).
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NoReturn

from flask import Blueprint, abort, request

from consult import channel as plain
from consult import delivery, intake
from consult.channel import Carrier, Refused, UnsignedCarrier
from consult.house import House
from consult.web.telephones import Calls, Telephones

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

LARGEST: Final = 64 * 1024  # bytes of a request body
blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")
log = logging.getLogger("consult.web")

# Carriers read these answers, browsers never do: what is said to a page about scripts and frames would only cost bytes.
_HEADERS: Final = [("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store")]
_UNPREFIXED: Final = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})
_REASON: Final = "consult.why"  # what the request's environment carries to Flask when it could not be taken
Taking = Callable[[plain.Request], plain.Response]


class Hooks:
    """The WSGI application that stands before Flask's, which is `behind` it."""

    def __init__(self, house: House, behind: WSGIApplication) -> None:
        self._house, self._behind = house, behind
        self._takings = dict(_takings(house))

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        taking = self._taking(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if taking is None:
            return self._behind(environ, start_response)
        try:
            answer = taking(_request(self._house, environ))
        except Exception as why:
            environ[_REASON] = why
            return self._behind(environ, start_response)
        about = [("Content-Type", answer.media), ("Content-Length", str(len(answer.body)))]
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", about + _HEADERS)
        return (answer.body,)

    def _taking(self, method: str, path: str) -> Taking | None:
        """What is done there. Only the addresses before a secret end in a slash, and only they are called by GET."""
        found = self._takings.get(path) if method == "POST" else None
        if found is None and method in ("POST", "GET"):
            found = self._takings.get(path[: path.rfind("/") + 1])
        return found


def _takings(house: House) -> Iterator[tuple[str, Taking]]:
    """What is done at each address. Simulated telephones write on the demo's page: nothing signs for them here."""
    for channel in house.channels.values():
        for carrier in channel.carriers.values():
            if not (house.settings.demo and isinstance(carrier, Telephones | Calls)):
                path = f"/hooks/{channel.name}/{carrier.name}"
                end = "/" if isinstance(carrier, UnsignedCarrier) else ""
                yield f"{path}{end}", partial(_inbound, house, carrier)
                yield f"{path}/status{end}", partial(_status, house, carrier)


def _inbound(house: House, carrier: Carrier, request: plain.Request) -> plain.Response:
    at = int(time.time())
    heard = carrier.receive(request, at)
    if isinstance(heard, plain.Receipt):
        return _reported(house, carrier, heard, at)
    taken = intake.take(house, heard, random.getrandbits(8))
    return taken.answer or carrier.acknowledge()


def _status(house: House, carrier: Carrier, request: plain.Request) -> plain.Response:
    at = int(time.time())
    return _reported(house, carrier, carrier.report(request, at), at)


def _reported(house: House, carrier: Carrier, receipt: plain.Receipt, at: int) -> plain.Response:
    delivery.report(house, carrier.name, receipt, at)
    return carrier.acknowledge()


def _request(house: House, environ: dict[str, Any]) -> plain.Request:
    """The request as the carrier signed it: our addresses are plain ASCII, so path and query are what was sent."""
    if not house.settings.public_url:
        log.error("set CONSULT_PUBLIC_URL to the address the carrier calls; until then its messages are refused")
        raise Refused(503, "not configured")
    query = environ.get("QUERY_STRING", "")
    return plain.Request(
        method=environ["REQUEST_METHOD"],
        url=f"{house.settings.public_url}{environ['PATH_INFO']}{'?' if query else ''}{query}",
        headers=_Headers(environ),
        body=_body(environ),
        remote=environ.get("REMOTE_ADDR", ""),
    )


def _body(environ: dict[str, Any]) -> bytes:
    length = environ.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdecimal()) or int(length) > LARGEST:
        raise Refused(413, "larger than 64 kB")
    body: bytes = environ["wsgi.input"].read(int(length))
    return body


class _Headers(Mapping[str, str]):
    """Those of a WSGI environment by lower-case name, each looked up where it is asked for."""

    __slots__ = ("_environ",)

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        wanted = name.upper().replace("-", "_")
        found: str = self._environ[wanted if wanted in _UNPREFIXED else f"HTTP_{wanted}"]
        return found

    def __iter__(self) -> Iterator[str]:
        named = (name.removeprefix("HTTP_") for name in self._environ if name.startswith("HTTP_"))
        yield from (name.replace("_", "-").lower() for name in (*named, *(_UNPREFIXED & self._environ.keys())))

    def __len__(self) -> int:
        return sum(1 for _ in self)


# ---- what Flask says when nothing was taken


@blueprint.post("/<channel>/<carrier>")
def refuse_message(channel: str, carrier: str) -> NoReturn:
    """A message that could not be taken, or for a carrier that is not here."""
    del channel, carrier
    _refuse()


@blueprint.post("/<channel>/<carrier>/status")
def refuse_report(channel: str, carrier: str) -> NoReturn:
    """A report that could not be taken, or by a carrier that is not here."""
    del channel, carrier
    _refuse()


@blueprint.post("/<channel>/<carrier>/<secret>")
@blueprint.post("/<channel>/<carrier>/status/<secret>")
@blueprint.get("/<channel>/<carrier>/<string(minlength=22):secret>")  # no secret is shorter, and "status" is none
@blueprint.get("/<channel>/<carrier>/status/<secret>")
def refuse_unsigned(channel: str, carrier: str, secret: str) -> NoReturn:
    """What came to a secret address and could not be taken, or to no address of ours."""
    del channel, carrier, secret
    _refuse()


def _refuse() -> NoReturn:
    why = request.environ.get(_REASON)
    if isinstance(why, Exception):
        raise why
    abort(404)
