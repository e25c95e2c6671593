"""Codes that are dialled, by Africa's Talking.

Rule 1: nothing it posts is signed. Who calls is settled by `channels.providers.unsigned`, before anything is read.
Rule 2: a session begins with an empty text. `ref` is `code:session:` and a digest of all that was typed in it: what is
    posted again has the same ref, and what follows always has another, since it is longer.
Rule 3: a session that begins otherwise is ended: what is dialled behind a code (*384*4455*1#) would stay in the list of
    calls of her telephone, and so would an answer.
Rule 4: the report on a session that is over holds what she typed and what she read. Nothing of it is looked at.
Rule 5: nobody can be reached: a session is hers to begin.

http://docs.africastalking.com/ussd: `sessionId`, `serviceCode`, `phoneNumber`, `networkCode`, `text`; CON goes on,
END ends, and whatever is neither, or no 200, ends the session too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2s
from types import MappingProxyType
from typing import Any, Final, NoReturn

from channels.providers import posted
from channels.providers.africastalking import Account, door
from channels.ussd.screens import Screen
from consult.channel import Delivery, Heard, Owed, Rang, Receipt, Refused, Request, Response, SendFailed, Text, Unusable
from consult.config import BadSetting, Settings
from consult.numbers import strict

NAME: Final = "africastalking"

_CODE = re.compile(r"(\*[0-9]{1,6}(?:\*[0-9]{1,10}){0,3}#)\s+(\S{1,40})")
_SESSION = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_PARTY = re.compile(r"[^\x00-\x1f]{1,64}")
_ANY = re.compile(r".*", re.DOTALL)
_NEWS: Final = "news:"


def open_carrier(settings: Settings) -> AfricasTalkingCodes | None:
    """Their codes, where some are given. Raises BadSetting when the account is not, or by half."""
    return AfricasTalkingCodes(settings) if settings.africastalking_ussd else None


class AfricasTalkingCodes:
    """A carrier (`consult.channel.CallCarrier`, `UnsignedCarrier`). CONSULT_AFRICASTALKING_USSD: "*384*4455# RIVER"."""

    name = NAME
    pace = 1.0
    can_find = False
    skew = 3
    secret_path = True
    only_hears = True
    records = False
    voices: Any = None

    def __init__(self, settings: Settings) -> None:
        self._keywords = _codes(settings.africastalking_ussd)
        self.ours: Sequence[str] = tuple(self._keywords)
        Account(settings, ("CONSULT_AFRICASTALKING_USSD", settings.africastalking_ussd))  # asked for nothing
        self._door = door(settings)

    def receive(self, request: Request, at: int) -> Heard:
        """Her dialling, or what she typed; `sender` is None for masked numbers. Raises Refused."""
        self._door.check(request)
        fields = posted.form(request.body)
        code, session = posted.field(fields, "serviceCode", _PARTY), posted.field(fields, "sessionId", _SESSION)
        number, text = posted.field(fields, "phoneNumber", _PARTY), posted.field(fields, "text", _ANY)
        if code not in self._keywords:
            raise Refused(400, "serviceCode is not in CONSULT_AFRICASTALKING_USSD")
        typed = blake2s(text.encode("utf-8", "replace"), digest_size=16).hexdigest()
        return Heard(
            channel="ussd",
            carrier=NAME,
            ours=code,
            sender=number if strict(number) else None,
            said=Text(posted.clean(text)) if text else Rang(self._keywords[code]),
            ref=f"{code}:{session}:{typed}",
            heard_at=at,
            call=session,
        )

    def report(self, request: Request, at: int) -> Receipt:
        """That a session is over: nothing that moves. Raises Refused."""
        del at
        self._door.check(request)
        return Receipt(posted.field(posted.form(request.body), "sessionId", _SESSION), Delivery.ACCEPTED)

    def answer(self, spoken: Screen) -> Response:
        """The screen, in their words."""
        return Response(body=f"{'END' if spoken.ends else 'CON'} {spoken.text or '-'}".encode())

    def acknowledge(self) -> Response:
        """Nothing more is shown: the session ends."""
        return Response(body=b"END -")

    # ---- what a carrier of messages or of calls does

    def send(self, owed: Owed, report_to: str) -> NoReturn:
        """Nobody is reached by a code. Raises SendFailed."""
        del owed, report_to
        raise SendFailed("a code is dialled by her: nobody can be reached by it; begin by message or call", halt=True)

    def missed(self, since: int) -> Iterable[Heard]:
        """None: a session that was not answered held nothing."""
        del since
        return ()

    def find(self, owed: Owed, since: int) -> Receipt | None:
        """None: nothing is handed over."""
        del owed, since
        return None

    def fetch(self, ref: str) -> NoReturn:
        """Nothing is recorded. Raises Unusable."""
        del ref
        raise Unusable("a session of a code records nothing")

    def forget(self, ref: str) -> None:
        """What they log of a session cannot be deleted from here."""
        del ref


def _codes(given: str) -> Mapping[str, str]:
    """Each code and the keyword it stands for. Raises BadSetting."""
    found: dict[str, str] = {}
    for each in filter(None, (each.strip() for each in given.split(","))):
        read = _CODE.fullmatch(each)
        if read is None:
            cure = "must be a code and a keyword, like *384*4455# RIVER"
            raise BadSetting(f"CONSULT_AFRICASTALKING_USSD: {each!r} {cure}")
        if read[2].lower().startswith(_NEWS):
            raise BadSetting("CONSULT_AFRICASTALKING_USSD: news is told by calls; give it a number that takes them")
        found[read[1]] = read[2]
    return MappingProxyType(found)
