"""Twilio's webhooks, for its carriers of every channel: is it really Twilio, and does it say exactly one thing?

Twilio signs the URL and then every field, sorted, as name and value with nothing between them. So one signature fits
several requests: what she writes in Body could be cut up into other fields ("1From+2379999" -> Body "1", From ...), and
Twilio adds fields without notice, so an unknown name alone is no sign of such a cut.

Rule 1: signature first, over every field received as it was received; 403. Then the schema; 400.
Rule 2: no field twice, each known field matches its pattern whole, each required one is there.
Rule 3: no field but Body may contain the beginning of another known field. The true From of a cut-up request has to
    hide in some field, and there is none left to hide in; a new field of Twilio's that is innocent of this is welcome.
    Only between Body and From (in the order of signing) no field is, known or new: the end of her text could be cut
    off as such. Twilio puts none of them into a text message.
Rule 4: a signature has no time: replays are for the inbox to absorb (`Heard.ref`), for ever.

Sources: twilio-python `request_validator.py` (the oracle of the tests), https://www.twilio.com/docs/usage/security and
https://www.twilio.com/docs/messaging/guides/webhook-request.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping
from typing import TypedDict
from urllib.parse import unquote_to_bytes, urlsplit

from channels.providers.posted import clean
from consult.channel import Delivery, Refused, Request

LARGEST = 64 * 1024  # bytes of body
MOST_FIELDS = 100
ACCOUNT = re.compile(r"AC[0-9a-f]{32}")
E164 = re.compile(r"\+[1-9][0-9]{6,14}")

# Twilio's stand-ins for callers without a number: anonymous, blocked, restricted, unavailable, unknown.
# https://help.twilio.com/articles/223179988
NOBODY = frozenset({"+266696687", "+2562533", "+7378742833", "+86282452253", "+8656696"})

Form = Mapping[str, str]

_SIGNATURE = "x-twilio-signature"
_SHARED_KEY = "x-twilio-webhooks-signature-settings"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}")

# A number or a short code. Not a name such as AIRTEL: nothing could tell its end from the next field's beginning.
_PARTY = r"\+?[0-9]{3,15}"
_CALLER = _PARTY + r"|[A-Za-z]{0,20}"  # "anonymous" and its like are no numbers
_MESSAGE = r"(?:SM|MM)[0-9a-f]{32}"
_PLACE = r"[^\x00-\x1f+0-9]{0,64}"
# What these match cannot contain the beginning of another field ...
_TIGHT = {
    "AccountSid": ACCOUNT.pattern,
    "ApiVersion": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "ErrorCode": r"[0-9]{0,6}",
    "From": _PARTY,
    "MessageSid": _MESSAGE,
    "MessageStatus": r"[a-z_-]{1,30}",
    "MessagingServiceSid": r"(?:MG[0-9a-f]{32})?",
    "NumMedia": r"[0-9]{1,3}",
    "NumSegments": r"[0-9]{1,3}",
    "OptOutType": r"STOP|START|HELP",
    "RawDlrDoneDate": r"[0-9]{0,14}",
    "SmsMessageSid": _MESSAGE,
    "SmsSid": _MESSAGE,
    "SmsStatus": r"[a-z_-]{1,30}",
    "To": _PARTY,
}
# ... and what these match can.
_LOOSE = {
    "ButtonPayload": r".{0,256}",
    "ButtonText": r".{0,256}",
    "ChannelMetadata": r".{0,2000}",
    **dict.fromkeys((f"{end}{what}" for end in ("From", "To") for what in ("City", "State", "Country")), _PLACE),
    **dict.fromkeys(("FromZip", "ToZip"), r"[A-Za-z0-9 -]{0,12}"),
}
_MEDIA = re.compile(r"MediaUrl[0-9]+=https://[\x21-\x7e]{1,500}|MediaContentType[0-9]+=[a-z0-9]+/[a-z0-9.+-]{1,100}")
_CALL_TIGHT = {
    "AccountSid": ACCOUNT.pattern,
    "AnsweredBy": r"[a-z_]{0,30}",
    "ApiVersion": _TIGHT["ApiVersion"],
    "CallDuration": r"[0-9]{0,6}",
    "CallSid": r"CA[0-9a-f]{32}",
    "CallStatus": r"[a-z-]{1,20}",
    "Called": _PARTY,
    "Caller": _CALLER,
    "Digits": r"[0-9*#]{0,64}|hangup",
    "Direction": r"[a-z-]{1,20}",
    "Duration": r"[0-9]{0,6}",
    "FinishedOnKey": r"[0-9*#]?",
    "ForwardedFrom": _CALLER,
    "MachineDetectionDuration": r"[0-9]{0,6}",
    "From": _CALLER,
    "RecordingDuration": r"[0-9]{0,5}",
    "RecordingSid": r"(?:RE[0-9a-f]{32})?",
    "ParentCallSid": r"(?:CA[0-9a-f]{32})?",
    "SequenceNumber": r"[0-9]{0,6}",
    "SipResponseCode": r"[0-9]{0,3}",
    "To": _PARTY,
}
_CALL_LOOSE = {
    "CallerName": r"[^\x00-\x1f]{0,64}",
    "CallbackSource": r"[a-z-]{0,40}",
    "Timestamp": r"[A-Za-z]{3}, [0-9]{2} [A-Za-z]{3} [0-9]{4} [0-9:]{8} [+]0000",
    "RecordingUrl": r"(?:https?://[A-Za-z0-9/.:_-]{1,300})?",  # never opened
    "msg": r"[A-Za-z ]{0,40}",  # "Gather End", of Twilio's own
    **{f"{end}{what}": _PLACE for end in ("Called", "Caller", "From", "To") for what in ("City", "State", "Country")},
    **{f"{end}Zip": r"[A-Za-z0-9 -]{0,12}" for end in ("Called", "Caller", "From", "To")},
}


def _could_be_a_tail(name: str) -> bool:
    """Whether it is signed between Body and From."""
    return "Body" < name < "From"


class Schema:
    """The fields of one kind of webhook. `tight` patterns cannot contain the beginning of another field, `loose` can;
    `tails` are those that could be the end of a text.

    From, To and their like are ordinary words: they begin a field only where a number follows.
    """

    def __init__(self, tight: dict[str, str], loose: dict[str, str], *spoken: str) -> None:
        patterns = tight | loose
        self.matches = {name: re.compile(pattern).fullmatch for name, pattern in patterns.items()}
        self.loose = tuple(loose)
        self.tails = frozenset(filter(_could_be_a_tail, patterns))
        ordinary = {"From", "To", "Caller", "Called"}
        numbered = rf"(?:{'|'.join(sorted(ordinary & patterns.keys()))})\+?[0-9]"
        self.begins = re.compile("|".join([numbered, *spoken, *sorted(patterns.keys() - ordinary)]))


MESSAGE = Schema(_TIGHT, _LOOSE, "Body")
CALL = Schema(_CALL_TIGHT, _CALL_LOOSE)

# ---- is it Twilio?


def verified(request: Request, token: str) -> list[tuple[str, bytes]]:
    """The fields of an authentic request, values as received. Raises Refused: 413 too large, 403 not authentic."""
    if len(request.body) > LARGEST:
        raise Refused(413, "larger than 64 kB")
    if request.headers.get(_SHARED_KEY):
        raise Refused(403, "signed with a shared key; have Twilio sign with the account's auth token instead")
    given = request.headers.get(_SIGNATURE, "").encode("utf-8", "surrogatepass")
    fields = list(_fields(request.body))
    if not given or not any(hmac.compare_digest(given, each) for each in _signatures(request.url, fields, token)):
        raise Refused(403, "no valid X-Twilio-Signature; is CONSULT_PUBLIC_URL the address Twilio calls?")
    return [(name.decode("ascii", "replace"), value) for name, value in fields]


def sign(url: str, fields: Collection[tuple[bytes, bytes]], token: str) -> bytes:
    """Twilio's signature: base64 of HMAC-SHA1 over the URL and each sorted distinct name and value."""
    signed = url.encode("utf-8", "surrogatepass") + b"".join(name + value for name, value in sorted(set(fields)))
    return b64encode(hmac.digest(token.encode(), signed, "sha1"))


def _signatures(url: str, fields: Collection[tuple[bytes, bytes]], token: str) -> Iterator[bytes]:
    """The ones to accept: as it stands; with broken UTF-8 replaced; with the port added or left out, as Twilio may."""
    yield sign(url, fields, token)
    mended = [(name, value.decode("utf-8", "replace").encode()) for name, value in fields]
    for each in (url, _other_port(url)):
        yield sign(each, mended, token)


def _other_port(url: str) -> str:
    parts = urlsplit(url)
    host, bracket, rest = parts.netloc.rpartition("]")
    name, colon, _ = rest.partition(":")
    port = "" if colon else ":443" if parts.scheme == "https" else ":80"
    return url.replace(parts.netloc, f"{host}{bracket}{name}{port}", 1)


def _fields(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    parts = body.replace(b"+", b" ").split(b"&", MOST_FIELDS)
    if len(parts) > MOST_FIELDS:
        raise Refused(400, "too many fields")
    for part in filter(None, parts):
        name, _, value = part.partition(b"=")
        yield (unquote_to_bytes(name), unquote_to_bytes(value)) if b"%" in part else (name, value)


# ---- does it say one thing?


def form(request: Request, token: str, account: str, required: Collection[str], schema: Schema = MESSAGE) -> Form:
    """The fields of an authentic, unambiguous request of `account`, values cleaned. Raises Refused.

    In Body broken UTF-8 becomes U+FFFD, and control characters except tab and line ends are dropped.
    """
    fields = verified(request, token)
    values = {name: value.decode("utf-8", "replace") for name, value in fields}
    if len(values) < len(fields):
        raise Refused(400, "a field is repeated")
    if missing := sorted(set(required) - values.keys()):
        raise Refused(400, f"{missing[0]} is missing")
    if values.get("AccountSid") != account:
        raise Refused(400, "AccountSid is not ours")
    doubtful = [*_unknown(schema, values), *(values.get(name, "") for name in schema.loose)]
    if schema.begins.search("\n".join(doubtful)):
        raise Refused(400, "a field contains the beginning of another")
    return values | {"Body": clean(values["Body"])} if "Body" in values else values


def person(sender: str) -> str | None:
    """Her number, or None for a short code and for a number that is hidden."""
    return sender if E164.fullmatch(sender) and sender not in NOBODY else None


def _unknown(schema: Schema, values: Form) -> Iterator[str]:
    """What rule 3 has to look at in fields we do not know; rule 2 for all. Raises Refused, in words never hers."""
    spoken = "Body" in values
    if spoken and not schema.tails.isdisjoint(values):
        raise Refused(400, "a field could be the end of a text")
    matches = schema.matches
    for name, value in values.items():
        match = matches.get(name)
        if match is None:
            if name != "Body":
                yield _proper(name, value, spoken=spoken)
        elif not match(value):
            raise Refused(400, f"{name} is malformed")


def _proper(name: str, value: str, *, spoken: bool) -> str:
    if spoken and _could_be_a_tail(name):
        raise Refused(400, "a field could be the end of a text")
    if not _NAME.fullmatch(name):
        raise Refused(400, "a field has no proper name")
    if name.startswith(("MediaUrl", "MediaContentType")) and not _MEDIA.fullmatch(f"{name}={value}"):
        raise Refused(400, "a media field is malformed")
    return name + value


# ---- what its statuses and codes mean

_STATES = {"sent": Delivery.SENT, "partially_delivered": Delivery.SENT}
_STATES |= dict.fromkeys(("delivered", "read"), Delivery.DELIVERED)
_STATES |= dict.fromkeys(("failed", "undelivered", "canceled"), Delivery.FAILED)

_OPTED_OUT = frozenset({21610})
_DEAD = frozenset({21211, 21614, 30005, 30006})
_LATER = frozenset({14107, 20429, 21611, 30001, 30003, 30008, 30022, 30410, 63018})
_HALT = frozenset(
    {
        20003,  # wrong credentials
        20005,  # account not active
        20404,  # no such account
        21212,  # From is not valid
        21606,  # From cannot send
        21659,  # From is not a Twilio number
        21660,  # From belongs to another account
        30002,  # account suspended
        30007,  # filtered as spam: going on makes it worse
        30032,  # toll-free number not verified
        30034,  # number not registered for this traffic
    }
)


class Verdict(TypedDict):
    """What an error code asks of us, as fields of SendFailed and Receipt."""

    retry: bool
    opt_out: bool
    dead: bool
    halt: bool


def verdict(code: int) -> Verdict:
    """What this Twilio error code asks of us; an unknown one, nothing. https://www.twilio.com/docs/api/errors"""
    return Verdict(retry=code in _LATER, opt_out=code in _OPTED_OUT, dead=code in _DEAD, halt=code in _HALT)


def state(status: str) -> Delivery:
    """How far a message of this status got. One we do not know moves nothing: it counts as accepted."""
    return _STATES.get(status, Delivery.ACCEPTED)
