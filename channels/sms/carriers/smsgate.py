"""Text messages by an Android telephone: the SMSGate app's own server, on a cable or in this house's network.

No internet is needed: we ask the telephone, and the telephone calls us.

Rule 1: each message bears our name for it, and the app refuses a name it knows: handing over twice sends once, and
    `find` can tell.
Rule 2: what has not left within `TTL` does not leave any more: an answer that comes tomorrow harms.
Rule 3: a telephone that refuses several messages in a row has no credit or no signal: then the run stops.
Rule 4: what the telephone missed to tell is asked for by having it read its inbox again; it then calls us as ever.

What the telephone keeps of messages cannot be deleted from here: the app offers nothing for it. See docs/gateways.md.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from channels.providers.neighbour import Answer, Neighbour, Refusals, address, name_of, number_of, person
from channels.providers.posted import clean
from channels.providers.smsgate import (
    CANCELLED,
    DELIVERED,
    FAILED,
    RECEIVED,
    SENT,
    Told,
    fingerprint,
    message_in,
    report_in,
    verified,
)
from channels.sms.segments import count
from consult.channel import Delivery, Heard, Owed, Receipt, Request, Response, SendFailed, Text
from consult.config import BadSetting, Settings, given
from consult.numbers import strict

NAME: Final = "smsgate"
TTL: Final = 900  # seconds
AHEAD: Final = 120  # seconds the network's clock may be ahead of ours
SHORTEST_KEY: Final = 16  # the app's own key has eight digits: whoever hears one request has found it in a minute

_STATES: Final = {
    "Pending": Delivery.ACCEPTED,
    "Processed": Delivery.ACCEPTED,
    "Sent": Delivery.SENT,
    "Delivered": Delivery.DELIVERED,
    "Failed": Delivery.FAILED,
    "Cancelling": Delivery.FAILED,
    "Cancelled": Delivery.FAILED,
}
_RESULT: Final = re.compile(r"RESULT_[A-Z_]{1,60}")
_FAR_FUTURE: Final = "2099-12-31T00:00:00.000Z"


def open_carrier(settings: Settings) -> SmsGate | None:
    """The telephone, where its settings are given. Raises BadSetting."""
    needed = {
        "CONSULT_SMSGATE": settings.smsgate,
        "CONSULT_SMSGATE_PASSWORD": settings.smsgate_password,
        "CONSULT_SMSGATE_KEY": settings.smsgate_key,
        "CONSULT_SMSGATE_NUMBER": settings.smsgate_number,
    }
    if not given(needed, "SMSGate"):
        return None
    if not strict(settings.smsgate_number):
        raise BadSetting("CONSULT_SMSGATE_NUMBER must look like +254700000000")
    if len(settings.smsgate_key) < SHORTEST_KEY:
        raise BadSetting(f"CONSULT_SMSGATE_KEY: {SHORTEST_KEY} characters at least; give the app one of openssl's")
    return SmsGate(settings)


class SmsGate:
    """A carrier (`consult.channel.WatchedCarrier`)."""

    name = NAME
    can_find = True
    skew = AHEAD
    manual = "docs/gateways.md"

    def __init__(self, settings: Settings) -> None:
        self.ours: Sequence[str] = (settings.smsgate_number,)
        self.pace = settings.smsgate_pace
        self._phone = Neighbour("the telephone", address("CONSULT_SMSGATE", settings.smsgate))
        self._key, self._country = settings.smsgate_key, settings.country
        self._hook = f"{settings.public_url}/hooks/sms/{NAME}"
        known = f"{settings.smsgate_user}:{settings.smsgate_password}".encode()
        self._headers = {"Authorization": f"Basic {b64encode(known).decode()}", "Content-Type": "application/json"}
        self._refusals = Refusals()

    # ---- webhooks

    def receive(self, request: Request, at: int) -> Heard:
        """A message that the telephone received, whole. Raises Refused."""
        message = message_in(verified(request, self._key, at))
        sender = person(message.sender, self._country)
        return Heard(
            channel="sms",
            carrier=NAME,
            ours=self.ours[0],
            sender=None if sender == self.ours[0] else sender,
            said=Text(clean(message.text)),
            ref=fingerprint(message, sender or message.sender),
            heard_at=at,
            sent_at=message.when if 0 < message.when <= at + AHEAD else None,
        )

    def report(self, request: Request, at: int) -> Receipt:
        """What became of a message of ours. Raises Refused."""
        told = report_in(verified(request, self._key, at))
        if told.event in (FAILED, CANCELLED):
            return self._failed(told)
        self._refusals.end()
        far = Delivery.SENT if told.event == SENT else Delivery.DELIVERED
        return Receipt(told.name, far, id=number_of(told.name), segments=told.parts or None)

    def acknowledge(self) -> Response:
        """Nothing: any 200 ends the app's tries."""
        return Response()

    def _failed(self, told: Told) -> Receipt:
        """The app's reasons may hold her number: only Android's own word for it is kept."""
        result = _RESULT.search(told.reason)
        refused = told.event == FAILED and not told.reason.startswith("Delivery")
        halt = refused and self._refusals.too_many(told.name)
        why = f"the telephone refused it ({result[0]})" if result else "not sent" if refused else "not delivered"
        if halt:
            why = "the telephone refuses every message: is there credit, and signal?"
        return Receipt(told.name, Delivery.FAILED, id=number_of(told.name), why=why, retry=not halt, halt=halt)

    # ---- the app's server

    def send(self, owed: Owed, report_to: str) -> Receipt:
        """Hand over one message, of any length: the telephone cuts it. Raises SendFailed."""
        del report_to  # where it reports to is registered in the app
        name = name_of(owed)
        wanted = {
            "id": name,
            "textMessage": {"text": owed.text},
            "phoneNumbers": [owed.receiver],
            "withDeliveryReport": True,
            "ttl": TTL,
        }
        answer = self._ask("POST", "/messages?skipPhoneValidation=true", wanted)  # it is E.164 already
        if answer.status not in (200, 201, 202, 409):  # 409: it has a message of this name
            raise self._phone.refusal(answer.status)
        return Receipt(name, Delivery.ACCEPTED, id=owed.id, segments=count(owed.text).segments)

    def find(self, owed: Owed, since: int) -> Receipt | None:
        """The message as the telephone has it. Raises SendFailed when it cannot be asked."""
        del since
        name = name_of(owed)
        answer = self._ask("GET", f"/messages/{name}")
        if answer.status == 404:
            return None
        far = _STATES.get(str(self._read(answer, dict).get("state")), Delivery.ACCEPTED)
        return Receipt(name, far, id=owed.id, why="not sent" if far is Delivery.FAILED else "")

    def missed(self, since: int) -> Iterable[Heard]:
        """None here: the telephone calls us with what it finds in its inbox (rule 4). Raises SendFailed."""
        begin = datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        wanted = {"since": begin, "until": _FAR_FUTURE, "messageTypes": ["SMS"], "triggerWebhooks": True}
        answer = self._ask("POST", "/inbox/refresh", wanted)
        if answer.status not in (200, 202, 404):  # 404: an app that cannot, before 2026
            raise self._phone.refusal(answer.status)
        return ()

    def forget(self, ref: str) -> None:
        """The app offers nothing for it."""

    # ---- what to look at

    def troubles(self) -> Iterator[str]:
        """What somebody should see to, in plain words; nothing where all is well."""
        try:
            hooks = self._read(self._ask("GET", "/webhooks"), list)
            settings = self._read(self._ask("GET", "/settings"), dict)
        except SendFailed as failed:
            yield f"{failed.why}: is the app's local server on, in this network, and the password right?"
            return
        yield from self._of_hooks(hooks)
        yield from _of_settings(settings)

    def _of_hooks(self, found: list[Any]) -> Iterator[str]:
        there = {(each.get("event"), each.get("url")) for each in found if isinstance(each, dict)}
        reports = {(event, f"{self._hook}/status") for event in (SENT, DELIVERED, FAILED)}
        for event, url in sorted({(RECEIVED, self._hook), *reports} - there):
            yield f"the app does not tell of {event} at {url}: register it there"

    def _ask(self, method: str, path: str, wanted: dict[str, Any] | None = None) -> Answer:
        return self._phone.ask(method, path, json.dumps(wanted).encode() if wanted else b"", self._headers)

    def _read(self, answer: Answer, kind: type[Any]) -> Any:
        """The JSON of a 200. Raises SendFailed."""
        if answer.status != 200:
            raise self._phone.refusal(answer.status)
        try:
            found = json.loads(answer.body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, kind):
            raise SendFailed("the telephone's answer is not readable", retry=True)
        return found


def _of_settings(found: dict[str, Any]) -> Iterator[str]:
    """What the app does unless it is told otherwise, and must not."""
    webhooks, messages = (
        part if isinstance(part := found.get(name), dict) else {} for name in ("webhooks", "messages")
    )
    if webhooks.get("internet_required") is not False:
        yield "the app waits for the internet before it calls us: switch off 'Require Internet connection'"
    if messages.get("processing_order") != "FIFO":
        yield "the app sends the newest message first, so parts of a text change places: set its order to FIFO"
    if not messages.get("log_lifetime_days"):
        yield "the app keeps all we sent for ever: set the lifetime of its messages to one day"
