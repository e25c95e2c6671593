"""The SMSGate app's webhooks: is it our telephone, and does it say one thing?

The app signs the body and then the time at which it sends, also when it tries again, so an old request is nobody's.

Rule 1: signature first, over the bytes as received, then its age; 403. Then the schema; 400.
Rule 2: one message may come as two webhooks with different ids: the app listens to the network's broadcast and to the
    telephone's inbox, and reads the inbox again when asked to. So the identity is what the network wrote: sender, time,
    text. Two messages that differ in none of them are one.
Rule 3: the app's `messageId` of what came in is a 32-bit hash, and tells nothing.

Source: the app's source of July 2026 (PayloadSingingPlugin.kt, SmsEventPayload.kt, ReceiverService.kt).
https://docs.sms-gate.app/features/webhooks/
"""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

from consult.channel import Refused, Request

LARGEST: Final = 64 * 1024  # bytes
STALE: Final = 300  # seconds between the telephone's clock and ours

RECEIVED: Final = "sms:received"
SENT, DELIVERED, FAILED, CANCELLED = "sms:sent", "sms:delivered", "sms:failed", "sms:cancelled"

_TIME = re.compile(r"[0-9]{1,12}")
_ID = re.compile(r"[\x21-\x7e]{1,64}")
_NUMBER = re.compile(r"[^\x00-\x1f\x7f]{1,64}")
_ZONED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:?\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Came:
    """A message that the telephone received. `when`: the network's time, epoch seconds, 0 where it gave none."""

    id: str
    sender: str
    text: str
    when: int


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a message of ours, by the name we gave it."""

    name: str
    event: str
    parts: int
    reason: str


def sign(body: bytes, sent: str, key: str) -> str:
    """The app's signature: HMAC-SHA256 of the body and the time of sending, in hexadecimal."""
    return hmac.digest(key.encode(), body + sent.encode(), "sha256").hex()


def verified(request: Request, key: str, at: int) -> dict[str, Any]:
    """What our telephone says. Raises Refused: 413 too large, 403 not ours or old, 400 not readable."""
    if len(request.body) > LARGEST:
        raise Refused(413, "larger than 64 kB")
    given = request.headers.get("x-signature", "").encode("utf-8", "surrogatepass")
    sent = request.headers.get("x-timestamp", "")
    if not _TIME.fullmatch(sent) or not hmac.compare_digest(given.lower(), sign(request.body, sent, key).encode()):
        raise Refused(403, "no valid X-Signature; is CONSULT_SMSGATE_KEY the app's signing key?")
    if abs(at - int(sent)) > STALE:
        raise Refused(403, f"signed more than {STALE // 60} minutes from now; set the telephone's clock, or ours")
    return _object(request.body)


def message_in(said: dict[str, Any]) -> Came:
    """A message in a webhook. Raises Refused."""
    payload = _payload(said, RECEIVED)
    sender = payload.get("sender") or payload.get("phoneNumber")  # older apps know only the second
    return Came(
        id=_text(said.get("id"), _ID, "id"),
        sender=_text(sender, _NUMBER, "sender"),
        text=_text(payload.get("message"), None, "message"),
        when=_moment(_text(payload.get("receivedAt"), _ZONED, "receivedAt")),
    )


def report_in(said: dict[str, Any]) -> Told:
    """A report in a webhook. Raises Refused."""
    payload = _payload(said, SENT, DELIVERED, FAILED, CANCELLED)
    parts, reason = payload.get("partsCount"), payload.get("reason")
    return Told(
        name=_text(payload.get("messageId"), _ID, "messageId"),
        event=said["event"],
        parts=parts if type(parts) is int and 0 < parts < 256 else 0,
        reason=reason if isinstance(reason, str) else "",
    )


def fingerprint(message: Came, sender: str) -> str:
    """The message's identity (rule 2). Without the network's time two could be alike: then the webhook's."""
    digest = blake2b(digest_size=16)
    for what in (sender, str(message.when or message.id), message.text):
        written = what.encode("utf-8", "surrogatepass")
        digest.update(len(written).to_bytes(4, "big") + written)
    return digest.hexdigest()


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise Refused(400, "not a JSON object")
    return said


def _payload(said: dict[str, Any], *events: str) -> dict[str, Any]:
    payload = said.get("payload")
    if said.get("event") not in events:
        raise Refused(400, f"event is not {' or '.join(events)}")
    if not isinstance(payload, dict):
        raise Refused(400, "payload is not an object")
    return payload


def _text(value: object, pattern: re.Pattern[str] | None, name: str) -> str:
    if not isinstance(value, str) or (pattern and not pattern.fullmatch(value)):
        raise Refused(400, f"{name} is missing or malformed")
    return value


def _moment(written: str) -> int:
    """Epoch seconds. Telephones that lost the time write the beginning of 1970: that is none."""
    try:
        return max(int(datetime.fromisoformat(written).timestamp()), 0)
    except (ValueError, OverflowError, OSError):
        raise Refused(400, "receivedAt is missing or malformed") from None
