"""Africa's Talking: its account, its way in, how it is asked to send, and what its codes and words mean.

Plain HTTP, not their SDK: africastalking 2.0.3 has its host in a private attribute and no reading of webhooks or codes,
and is not better kept than the sixty lines it would save.

Rule 1: a 201 may hold a refusal of this number: each recipient's own code decides.
Rule 2: there is no idempotency key and no list of what was sent: what may have been taken stays uncertain.
Rule 3: reports carry their identifier only, never ours: a report of a message whose acceptance we never read is lost.

Sources: https://developers.africastalking.com/docs/sms/sending/bulk, https://developers.africastalking.com/docs/sms/notifications
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from channels.providers.unsigned import Door, guarded, opened
from channels.providers.wire import Wire
from consult.channel import Delivery, Owed, Receipt, SendFailed
from consult.config import BadSetting, Settings, need

NAME: Final = "Africa's Talking"

_OURS = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}")
_WORD = re.compile(r"[A-Za-z ]{1,40}")
_PRICE = re.compile(r"(?:[A-Z]{3} ?)?([0-9]{1,9}(?:\.[0-9]{1,6})?)")
_ID = re.compile(r"[A-Za-z0-9_.-]{1,100}")

_TAKEN: Final = frozenset({100, 101, 102})  # processed, sent, queued
_HELD: Final = 401  # for their review: it may still go out, so it is not sent again
_MEANS: Final[Mapping[int, Mapping[str, bool]]] = {
    402: {"halt": True},  # InvalidSenderId
    403: {"dead": True},  # InvalidPhoneNumber
    404: {"dead": True},  # UnsupportedNumberType
    405: {"halt": True},  # InsufficientBalance
    406: {"opt_out": True},  # UserInBlacklist
    407: {},  # CouldNotRoute
    409: {},  # DoNotDisturbRejection: of a country's register, which is no word to us
    500: {"retry": True, "uncertain": True},  # InternalServerError
    501: {"retry": True, "uncertain": True},  # GatewayError
    502: {},  # RejectedByGateway
}
_HALTS: Final = frozenset({"InvalidSenderId", "InsufficientBalance", "Insufficient Balance", "RiskHold"})

_STATES: Final = {
    "Sent": Delivery.SENT,
    "Submitted": Delivery.SENT,
    "Success": Delivery.DELIVERED,
    "Failed": Delivery.FAILED,
    "Rejected": Delivery.FAILED,
    "Expired": Delivery.FAILED,
}
_REASONS: Final[Mapping[str, Mapping[str, bool]]] = {
    "UserDoesNotExist": {"dead": True},
    "UserIsInactive": {"dead": True},  # the SIM was given up, and may be given to another
    "UserInBlackList": {"opt_out": True},
    "UserInBlacklist": {"opt_out": True},
    "DeliveryFailure": {"retry": True},
}


class Account:
    """One account there. `numbers`: the setting that says which are ours there, and its value.

    Raises BadSetting naming what is missing or malformed.
    """

    def __init__(self, settings: Settings, numbers: tuple[str, str]) -> None:
        needed = {
            "CONSULT_AFRICASTALKING_USERNAME": settings.africastalking_username,
            "CONSULT_AFRICASTALKING_KEY": settings.africastalking_key,
            numbers[0]: numbers[1],
        }
        need(needed, NAME)
        if not settings.africastalking_key.isascii() or not settings.africastalking_key.isprintable():
            raise BadSetting("CONSULT_AFRICASTALKING_KEY must be the API key as it is shown there, on one line")
        self._username, self._key = settings.africastalking_username, settings.africastalking_key
        self.wire = Wire(NAME)

    def ask(self, url: str, fields: Mapping[str, str]) -> bytes:
        """Post these fields; what was answered to it. Raises SendFailed."""
        headers = {"apiKey": self._key, "Accept": "application/json"}
        answer = self.wire.ask("POST", url, data={"username": self._username, **fields}, headers=headers)
        if not 200 <= answer.status < 300:
            raise self.wire.refusal(answer)
        return answer.body


class Texting:
    """What the account does for text messages. Raises BadSetting."""

    def __init__(self, settings: Settings) -> None:
        self._account = Account(settings, ("CONSULT_AFRICASTALKING_FROM", settings.africastalking_from))
        self.ours: Sequence[str] = _numbers(settings.africastalking_from)
        api = guarded_api("CONSULT_AFRICASTALKING_API", settings.africastalking_api)
        self._url = f"{api}/version1/messaging"

    def send(self, owed: Owed) -> Receipt:
        """Hand over one message to one number. Raises SendFailed."""
        fields = {"to": owed.receiver, "message": owed.text, "from": owed.sender, "bulkSMSMode": "1"}
        told = _told(self._account.ask(self._url, fields))
        if told is None:
            raise self._account.wire.unreadable()
        return _receipt(told, owed.id)


def door(settings: Settings) -> Door:
    """The way in for whatever they post, the same for messages, calls and codes. Raises BadSetting."""
    return opened(
        ("CONSULT_AFRICASTALKING_SECRET", settings.africastalking_secret),
        ("CONSULT_AFRICASTALKING_ALLOW", settings.africastalking_allow),
        settings.public_url,
    )


def guarded_api(name: str, url: str) -> str:
    """The address, where what goes there is not overheard. Raises BadSetting naming the setting."""
    if not guarded(url):
        raise BadSetting(f"{name} must be https://host (http only for a host of your own)")
    return url


def ours(given: str, numbers: Sequence[str]) -> str | None:
    """Our number as we write it: they may leave out the +. None where it is none of these."""
    return next((each for each in numbers if each.lstrip("+") == given.strip().lstrip("+")), None)


def report(ref: str, status: str, reason: str) -> Receipt:
    """A report's receipt. Buffered, AbsentSubscriber (they try again) and words unknown to us move nothing."""
    state = _STATES.get(status, Delivery.ACCEPTED)
    if state is not Delivery.FAILED:
        return Receipt(ref, state)
    asks = {"retry": True} if status == "Expired" else _REASONS.get(reason, {})
    known = reason if _WORD.fullmatch(reason) else ""
    return Receipt(ref, state, why=f"{status} {known}".strip(), **asks)


def _numbers(given: str) -> tuple[str, ...]:
    numbers = tuple(filter(None, (each.strip() for each in given.split(","))))
    if wrong := [each for each in numbers if not _OURS.fullmatch(each)]:
        cure = "a short code, or a number such as +254711000000: nobody can answer a name"
        raise BadSetting(f"CONSULT_AFRICASTALKING_FROM: {wrong[0]!r} must be {cure}")
    return numbers


def _told(body: bytes) -> tuple[Mapping[str, Any] | None, str] | None:
    """The one recipient, or None and why there is none; None where the answer is not theirs (HTML with 201)."""
    try:
        data = json.loads(body)["SMSMessageData"]
        recipients, message = data["Recipients"], data["Message"]
        if recipients == []:
            return None, str(message)
        (one,) = recipients
        return (one, "") if isinstance(one["statusCode"], int) else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _receipt(told: tuple[Mapping[str, Any] | None, str], owed: int) -> Receipt:
    one, message = told
    if one is None:
        word = message if _WORD.fullmatch(message) else "no recipient"
        raise SendFailed(f"Africa's Talking took nothing: {word}", halt=word in _HALTS)
    code, ref = one["statusCode"], str(one.get("messageId", ""))
    ref = ref if _ID.fullmatch(ref) and ref != "None" else ""
    if code in _TAKEN:
        parts = one.get("messageParts")
        segments = parts if isinstance(parts, int) and 0 < parts < 256 else None
        return Receipt(ref, Delivery.ACCEPTED, id=owed, segments=segments, price=_price(one.get("cost")))
    if code == _HELD:
        return Receipt(ref, Delivery.FAILED, id=owed, why="held for a review of its risk", halt=True)
    raise SendFailed(f"Africa's Talking refused with code {code}", **_MEANS.get(code, {}))


def _price(cost: object) -> float | None:
    """ "KES 0.8000" is 0.8, in whatever the account is charged in."""
    found = _PRICE.fullmatch(str(cost))
    return float(found[1]) if found and float(found[1]) else None
