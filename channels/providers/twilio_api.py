"""Twilio's REST API through Twilio's own client, with failures that say what to do next.

Rule 1: no number, text or token in an exception or a log line. Twilio's and requests' exceptions name the address, so
    none of them leaves this file, not even as the context of ours.
Rule 2: what may have been taken is `uncertain`. Only a connection that was never made, and a plain refusal (4xx),
    prove that nothing was: Twilio has no idempotency key.
Rule 3: twilio.rest takes 0.15 s to import: not before the first call.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from logging import CRITICAL, Logger
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from channels.providers.twilio import ACCOUNT, verdict
from channels.providers.wire import never_connected, quieten, waits
from consult.channel import SendFailed, Unusable
from consult.config import BadSetting, Settings, need

if TYPE_CHECKING:
    from requests import RequestException, Response

PATIENCE = 10.0  # seconds, to connect and again to be answered; the client's own default is for ever
LONGEST_FETCH = 60.0  # seconds for one recording
WAV_HEAD = 44  # bytes before the sound

T = TypeVar("T")

_BASE = re.compile(r"https://[^/?#]+|http://(localhost|127\.0\.0\.1|\[::1\]|[a-z0-9-]+)(:[0-9]+)?")


class Answered(Exception):
    """Twilio answered with an error: HTTP `status`, its own `code` (0 if none), seconds to wait `after`."""

    def __init__(self, status: int, code: int = 0, after: int = 0) -> None:
        super().__init__(f"Twilio answered {status}, code {code}")
        self.status, self.code, self.after = status, code, after


class Api:
    """One account at Twilio."""

    def __init__(self, settings: Settings) -> None:
        self.account, self._token, self._base = account(settings), settings.twilio_auth_token, settings.twilio_api

    @cached_property
    def client(self) -> Any:
        """Twilio's client: one for all threads, with its pool of connections."""
        # import_module: twilio carries no types
        http = import_module("twilio.http.http_client").TwilioHttpClient(
            timeout=PATIENCE, request_hooks={"response": [_raise_errors]}, logger=_quiet()
        )
        client = import_module("twilio.rest").Client(self.account, self._token, http_client=http)
        client.api.base_url = self._base
        return client

    def ask(self, call: Callable[[Any], T]) -> T:
        """Do something with the client. Raises SendFailed as rule 2 says."""
        from requests import RequestException

        try:
            return call(self.client)
        except Answered as error:
            failed = _refused(error)
        except RequestException as error:
            failed = _broken(error)
        except (import_module("twilio.base.exceptions").TwilioException, ValueError, TypeError, AttributeError):
            failed = SendFailed("Twilio's answer is not readable", retry=True, uncertain=True)
        raise failed  # outside the handlers: no context

    def sound(self, sid: str, most: int) -> bytes:
        """A recording as a WAV file, from this account alone. Raises consult.channel.Unusable, SendFailed."""
        from requests import RequestException, get

        address = f"{self._base}/2010-04-01/Accounts/{self.account}/Recordings/{sid}.wav"
        try:
            with get(
                address, auth=(self.account, self._token), stream=True, timeout=PATIENCE, allow_redirects=False
            ) as answer:
                return _sound(answer, most)
        except RequestException:
            failed = SendFailed("Twilio cannot be reached", retry=True)
        raise failed  # outside the handler: no context


def _sound(answer: Response, most: int) -> bytes:
    if answer.status_code == 404:
        raise Unusable("it is not there")
    if answer.status_code != 200:
        raise SendFailed(f"Twilio answered {answer.status_code}", retry=True)
    if not answer.headers.get("Content-Type", "").startswith("audio/"):
        raise Unusable("it is no sound")
    deadline, sound = monotonic() + LONGEST_FETCH, bytearray()
    for part in answer.iter_content(65_536):
        sound += part
        if len(sound) > most:
            raise Unusable("it is too large")
        if monotonic() > deadline:
            raise SendFailed("a recording came too slowly", retry=True)
    if sound[:4] != b"RIFF" or sound[8:12] != b"WAVE":
        raise Unusable("it is no sound")
    if len(sound) <= WAV_HEAD:
        raise Unusable("it is empty")
    return bytes(sound)


def account(settings: Settings) -> str:
    """The account's identifier. Raises BadSetting naming what is missing or malformed."""
    needed = {
        "CONSULT_TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "CONSULT_TWILIO_AUTH_TOKEN": settings.twilio_auth_token,
        "CONSULT_TWILIO_FROM": settings.twilio_from,
    }
    need(needed, "Twilio")
    if not ACCOUNT.fullmatch(settings.twilio_account_sid):
        raise BadSetting("CONSULT_TWILIO_ACCOUNT_SID must be AC and 32 hexadecimal digits; copy it from the console")
    if not _BASE.fullmatch(settings.twilio_api):
        raise BadSetting("CONSULT_TWILIO_API must be https://host without a path (http only for a host of your own)")
    return settings.twilio_account_sid


def _quiet() -> Logger:
    """A logger that logs nothing, with the pool's hushed too: both write addresses, which have numbers in them."""
    quieten()
    return Logger("channels.providers.twilio", level=CRITICAL + 1)


def _raise_errors(response: Response, *_: object, **__: object) -> None:
    """Hooked into the client since its own exception has no headers, hence no Retry-After."""
    if response.status_code < 300:
        return
    try:
        code = int(response.json().get("code") or 0)
    except (ValueError, TypeError, AttributeError):
        code = 0
    raise Answered(response.status_code, code, waits(response.headers))


def _refused(error: Answered) -> SendFailed:
    why, status = str(error), error.status
    if status == 429 or status < 400:  # a redirect is some gateway's page for guests: nothing arrived
        return SendFailed(why, retry=True, after=error.after)
    if status >= 500 or status == 408:
        return SendFailed(why, retry=True, after=error.after, uncertain=True)
    asks = verdict(error.code)
    asks["halt"] |= status in (401, 403, 404)
    return SendFailed(why, after=error.after, **asks)


def _broken(error: RequestException) -> SendFailed:
    if never_connected(error):
        return SendFailed("Twilio cannot be reached", retry=True)
    return SendFailed("the connection to Twilio broke before it answered", retry=True, uncertain=True)
