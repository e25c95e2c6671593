"""Text messages by Africa's Talking, by plain HTTP: their SDK is not better kept (see `channels.providers`).

Rule 1: nothing it posts is signed. Who calls is settled by `channels.providers.unsigned`, before anything is read.
Rule 2: `ref` of what she sent is `to:id`; of what we sent, their messageId. A repeated webhook has the same.
Rule 3: dates come in two forms, of which one names no zone and is read as UTC. One ahead of our clock is no date.
Rule 4: `missed` reads nothing. Their list is numbered, and nobody has shown that it names a message as the webhook
    does: taken under two names, one "1" would answer two questions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from channels.providers import posted
from channels.providers.africastalking import Texting, door, ours, report
from consult.channel import Heard, Owed, Receipt, Refused, Request, Response, Text
from consult.config import Settings
from consult.numbers import strict

NAME: Final = "africastalking"
AHEAD: Final = 120  # seconds their clock may be ahead of ours, or behind

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_PARTY = re.compile(r"[^\x00-\x1f]{1,64}")
_STATUS = re.compile(r"[A-Za-z]{1,40}")
_ANY = re.compile(r".*", re.DOTALL)


def open_carrier(settings: Settings) -> AfricasTalking | None:
    """Africa's Talking, where its settings are given. Raises BadSetting when only some of them are."""
    account = settings.africastalking_username or settings.africastalking_key
    calls = (settings.africastalking_voice, settings.africastalking_call_back, settings.africastalking_beep)
    elsewhere = any(calls) or settings.africastalking_ussd
    return AfricasTalking(settings) if settings.africastalking_from or (account and not elsewhere) else None


class AfricasTalking:
    """A carrier (`consult.channel.UnsignedCarrier`). CONSULT_AFRICASTALKING_FROM may hold several, with commas."""

    name = NAME
    can_find = False
    skew = AHEAD
    secret_path = True

    def __init__(self, settings: Settings) -> None:
        self._account = Texting(settings)
        self.ours, self.pace = self._account.ours, settings.africastalking_pace
        self._door = door(settings)

    # ---- webhooks

    def receive(self, request: Request, at: int) -> Heard:
        """An inbound webhook's message; `sender` is None for names, short codes and masked numbers. Raises Refused."""
        fields = self._fields(request)
        number, sender = self._ours(posted.field(fields, "to", _PARTY)), posted.field(fields, "from", _PARTY)
        sent_at = posted.moment(fields.get("date", ""))
        return Heard(
            channel="sms",
            carrier=NAME,
            ours=number,
            sender=sender if strict(sender) else None,
            said=Text(posted.clean(posted.field(fields, "text", _ANY))),
            ref=f"{number}:{posted.field(fields, 'id', _ID)}",
            heard_at=at,
            sent_at=sent_at if sent_at and 0 < sent_at <= at + AHEAD else None,
        )

    def report(self, request: Request, at: int) -> Receipt:
        """A delivery report's receipt. Raises Refused."""
        del at  # a report changes a state, whenever it comes
        fields = self._fields(request)
        ref, status = posted.field(fields, "id", _ID), posted.field(fields, "status", _STATUS)
        return report(ref, status, fields.get("failureReason", ""))

    def acknowledge(self) -> Response:
        """Nothing but 200: replies go by the outbox."""
        return Response()

    def _fields(self, request: Request) -> Mapping[str, str]:
        self._door.check(request)
        return posted.form(request.body)

    def _ours(self, given: str) -> str:
        found = ours(given, self.ours)
        if found is None:
            raise Refused(400, "to is not in CONSULT_AFRICASTALKING_FROM")
        return found

    # ---- the API

    def send(self, owed: Owed, report_to: str) -> Receipt:
        """Hand over one message. Raises SendFailed, `uncertain` unless refused or never connected."""
        del report_to  # where they report to is set on their pages
        return self._account.send(owed)

    def find(self, owed: Owed, since: int) -> Receipt | None:
        """They cannot be asked."""
        del owed, since
        return None

    def missed(self, since: int) -> Iterable[Heard]:
        """Nothing is read (rule 4)."""
        del since
        return ()

    def forget(self, ref: str) -> None:
        """They offer no deletion."""
        del ref
