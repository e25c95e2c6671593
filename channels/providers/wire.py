"""Plain HTTP to a provider, with failures that say what to do next.

Rule 1: no number, text or key in an exception or a log line. What requests raises names the address, so none of it
    leaves this file, not even as the context of ours.
Rule 2: what may have been taken is `uncertain`. Only a connection that was never made, and a plain refusal (4xx),
    prove that nothing was.
Rule 3: one try a call. Redirects are not followed, cookies not kept, and an answer is read for so long and so far.
Rule 4: requests takes 0.1 s to import: not before the first call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property
from logging import LogRecord, getLogger
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from consult.channel import SendFailed

if TYPE_CHECKING:
    from requests import RequestException, Response, Session

PATIENCE = 10.0  # seconds, to connect, to be answered, and for the whole answer
LARGEST: Final = 64 * 1024  # bytes of an answer
LONGEST_WAIT: Final = 3600  # seconds: what we believe of a Retry-After


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: HTTP `status`, seconds to wait `after`."""

    status: int
    body: bytes
    after: int = 0


class Wire:
    """A provider, by the name it has in messages for the operator. One for all threads."""

    def __init__(self, provider: str) -> None:
        self.provider = provider

    @cached_property
    def _session(self) -> Session:
        from http.cookiejar import DefaultCookiePolicy

        from requests import Session

        quieten()
        session = Session()
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        return session

    def ask(self, method: str, url: str, **sent: Any) -> Answer:
        """One call; `sent` as `requests.request` has it. Raises SendFailed as rule 2 says."""
        from requests import RequestException

        try:
            with self._session.request(
                method, url, timeout=PATIENCE, allow_redirects=False, stream=True, **sent
            ) as answer:
                return Answer(answer.status_code, _body(answer), waits(answer.headers))
        except RequestException as error:
            failed = self._broken(error)
        except (_TooMuch, ValueError):
            failed = self.unreadable()
        raise failed  # outside the handlers: no context

    def refusal(self, answer: Answer) -> SendFailed:
        """What an answer that is no success asks of us, by its HTTP status alone."""
        why, status = f"{self.provider} answered {answer.status}", answer.status
        if status == 429 or 300 <= status < 400:  # a redirect is some gateway's page for guests: nothing arrived
            return SendFailed(why, retry=True, after=answer.after)
        if status >= 500 or status == 408:
            return SendFailed(why, retry=True, after=answer.after, uncertain=True)
        return SendFailed(why, halt=status in (401, 403, 404))

    def unreadable(self) -> SendFailed:
        """Something was answered, and nobody can say what it means."""
        return SendFailed(f"the answer of {self.provider} is not readable", retry=True, uncertain=True)

    def _broken(self, error: RequestException) -> SendFailed:
        if never_connected(error):
            return SendFailed(f"{self.provider} cannot be reached", retry=True)
        why = f"the connection to {self.provider} broke before it answered"
        return SendFailed(why, retry=True, uncertain=True)


class _TooMuch(Exception):
    """Too long an answer, or too slow."""


def _body(answer: Response) -> bytes:
    deadline, body = monotonic() + PATIENCE, bytearray()
    for part in answer.iter_content(1):  # larger parts are waited for, and each byte puts the time-out off
        body += part
        if len(body) > LARGEST or monotonic() > deadline:
            raise _TooMuch
    return bytes(body)


def quieten() -> None:
    """Hush the pool of connections: it writes addresses, which have numbers in them."""
    getLogger("urllib3.connectionpool").addFilter(_nothing)


def _nothing(_: LogRecord) -> bool:
    return False


def waits(headers: Mapping[str, str]) -> int:
    """Seconds of a Retry-After (RFC 9110, 10.2.3); a date counts from the answer's own."""
    retry_after, date = headers.get("Retry-After"), headers.get("Date")
    if not retry_after:
        return 0
    try:
        if retry_after.strip().isdecimal():
            return min(int(retry_after), LONGEST_WAIT)
        waited = parsedate_to_datetime(retry_after) - parsedate_to_datetime(date or retry_after)
    except (ValueError, TypeError):
        return 0
    return max(0, min(int(waited.total_seconds()), LONGEST_WAIT))


def never_connected(error: RequestException) -> bool:
    """Whether nothing can have been sent."""
    from ssl import SSLCertVerificationError

    from requests.exceptions import ConnectTimeout
    from urllib3.exceptions import NewConnectionError

    reason = getattr(error.args[0], "reason", None) if error.args else None
    cause = reason.args[0] if isinstance(reason, Exception) and reason.args else None
    return (
        isinstance(error, ConnectTimeout)
        or isinstance(reason, NewConnectionError)
        or isinstance(cause, SSLCertVerificationError)
    )
