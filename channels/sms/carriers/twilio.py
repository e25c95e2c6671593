"""Text messages by Twilio.

Rule 1: `ref` of what she sent is `AccountSid:MessageSid`; of what we sent, the MessageSid.
Rule 2: our outbox id travels in the report address's query, which the signature covers; the API itself keeps no trace
    of it, so `find` looks for both numbers and the text, and takes the newest since the time it is given: give the
    time of the hand-over, or an earlier message with the same words is taken for it.
Rule 3: SmartEncoded stays off: what we counted is what is sent.

Twilio by default repeats a webhook only when the connection failed: what came while we were down is in `missed`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from channels.providers.posted import clean
from channels.providers.twilio import Form, form, person, state, verdict
from channels.providers.twilio_api import Answered, Api
from consult.channel import Delivery, Heard, Owed, Receipt, Refused, Request, Response, Text
from consult.config import BadSetting, Settings

NAME = "twilio"
SLACK = 3  # seconds our clock may be ahead of Twilio's when looking for what was handed over
LOOKED_AT = 200  # newest messages to one number that `find` reads

_OURS = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}")
_ID = re.compile(r"[?&]id=([^&#]*)")
_TRIAL = "Sent from your Twilio trial account - "  # put before every text by accounts that never paid


def open_carrier(settings: Settings) -> Twilio | None:
    """Twilio, where its settings are given. Raises BadSetting when only some of them are."""
    account = settings.twilio_account_sid or settings.twilio_auth_token
    calls = settings.twilio_voice or settings.twilio_call_back or settings.twilio_beep
    only_calls = calls and not settings.twilio_from
    return Twilio(settings) if settings.twilio_from or (account and not only_calls) else None


class Twilio:
    """A carrier (`consult.channel.Carrier`). CONSULT_TWILIO_FROM may hold several numbers, separated by commas."""

    name = NAME
    can_find = True
    skew = 3

    def __init__(self, settings: Settings) -> None:
        self.ours: Sequence[str] = _numbers(settings.twilio_from)
        self.pace = settings.twilio_pace
        self._api = Api(settings)
        self._token = settings.twilio_auth_token

    # ---- webhooks

    def receive(self, request: Request, at: int) -> Heard:
        """An inbound webhook's message; `sender` is None for short codes and hidden numbers. Raises Refused."""
        fields = self._form(request, "MessageSid", "From", "To", "Body")
        return Heard(
            channel="sms",
            carrier=NAME,
            ours=fields["To"],
            sender=person(fields["From"]),
            said=Text(fields["Body"]),
            ref=f"{fields['AccountSid']}:{fields['MessageSid']}",
            heard_at=at,
            opted_out=fields.get("OptOutType") == "STOP",  # START and HELP are answered by Twilio, but block nothing
        )

    def report(self, request: Request, at: int) -> Receipt:
        """A status webhook's receipt. Raises Refused."""
        del at  # a report changes a state, whenever it comes
        fields = self._form(request, "MessageSid", "MessageStatus")
        code = fields.get("ErrorCode") or "0"
        return _receipt(fields["MessageSid"], fields["MessageStatus"], int(code), id=_id(request.url))

    def acknowledge(self) -> Response:
        """TwiML that says nothing: replies go by the outbox."""
        return Response(media="text/xml; charset=utf-8", body=b'<?xml version="1.0" encoding="UTF-8"?><Response/>')

    def _form(self, request: Request, *required: str) -> Form:
        return form(request, self._token, self._api.account, ("AccountSid", *required))

    # ---- the API

    def send(self, owed: Owed, report_to: str) -> Receipt:
        """Hand over one message. Raises SendFailed, `uncertain` unless refused or never connected."""
        wanted: dict[str, Any] = {"to": owed.receiver, "from_": owed.sender, "body": owed.text, "smart_encoded": False}
        if report_to:
            wanted["status_callback"] = f"{report_to}{'&' if '?' in report_to else '?'}id={owed.id}"
        return self._api.ask(lambda client: _taken(client.messages.create(**wanted), owed.id))

    def find(self, owed: Owed, since: int) -> Receipt | None:
        """The message as Twilio holds it, if created since then. Raises SendFailed when Twilio cannot be asked."""
        sent = self._api.ask(lambda client: _list(client, to=owed.receiver, from_=owed.sender, limit=LOOKED_AT))
        recent = [each for each in sent if _when(each) >= since - SLACK and _is_ours(each, owed.text)]
        return _taken(max(recent, key=_when), owed.id) if recent else None

    def missed(self, since: int) -> Iterable[Heard]:
        """What came in since then, oldest first; `heard_at` and `sent_at` are when Twilio got it. Raises SendFailed."""
        after = datetime.fromtimestamp(since, UTC) - timedelta(days=1)  # Twilio filters by the time of its webhook
        for ours in self.ours:
            listed = self._api.ask(partial(_list, to=ours, date_sent_after=after))
            yield from (self._heard(each, ours) for each in reversed(listed) if _came_in(each, since))

    def _heard(self, message: Any, ours: str) -> Heard:
        return Heard(
            channel="sms",
            carrier=NAME,
            ours=ours,
            sender=person(message.from_ or ""),
            said=Text(clean(message.body or "")),
            ref=f"{self._api.account}:{message.sid}",
            heard_at=_when(message),
            sent_at=_when(message),
        )

    def forget(self, ref: str) -> None:
        """Delete the message at Twilio; one that is gone already is forgotten. Raises SendFailed."""
        sid = ref.rpartition(":")[2]
        self._api.ask(lambda client: _delete(client, sid))


def _numbers(given: str) -> tuple[str, ...]:
    numbers = tuple(filter(None, (each.strip() for each in given.split(","))))
    if wrong := [each for each in numbers if not _OURS.fullmatch(each)]:
        raise BadSetting(f"CONSULT_TWILIO_FROM: {wrong[0]!r} must look like +15005550006, or be a short code")
    return numbers


def _id(url: str) -> int | None:
    """Our outbox id in the report address. Raises Refused unless it is there at most once, as a number."""
    given = _ID.findall(url)
    if len(given) > 1 or not all(each.isascii() and each.isdecimal() and len(each) < 19 for each in given):
        raise Refused(400, "id is malformed")
    return int(given[0]) if given else None


def _receipt(ref: str, status: str, code: int, **more: Any) -> Receipt:
    far = state(status)
    if far is not Delivery.FAILED:
        return Receipt(ref, far, **more)
    return Receipt(ref, far, why=f"{status} {code}", **verdict(code), **more)


def _taken(message: Any, owed: int) -> Receipt:
    """Twilio's record of a message as a receipt. Raises ValueError when it is none (HTML with 200)."""
    if not message.sid or not message.status:
        raise ValueError("no message")
    segments = int(message.num_segments or 0) or None  # 0: not known yet
    price = abs(float(message.price)) if message.price else None
    code = int(message.error_code or 0)
    return _receipt(message.sid, message.status, code, id=owed, segments=segments, price=price)


def _list(client: Any, **wanted: Any) -> list[Any]:
    """Messages, newest first; Twilio's largest page is 1000."""
    found: Iterator[Any] = client.messages.stream(page_size=min(wanted.get("limit", 1000), 1000), **wanted)
    return list(found)


def _delete(client: Any, sid: str) -> None:
    try:
        client.messages(sid).delete()
    except Answered as error:
        if error.status != 404:
            raise


def _when(message: Any) -> int:
    """When Twilio made its record, epoch seconds. `date_sent` is empty while a message waits."""
    return int((message.date_created or message.date_sent).timestamp())


def _is_ours(message: Any, text: str) -> bool:
    """Whether this is our text going out. An empty body was deleted there: then only numbers and time can tell."""
    body = (message.body or "").removeprefix(_TRIAL).strip()
    return str(message.direction).startswith("outbound") and body in ("", text.strip())


def _came_in(message: Any, since: int) -> bool:
    return message.direction == "inbound" and _when(message) >= since
