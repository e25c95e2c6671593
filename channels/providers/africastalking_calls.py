"""Africa's Talking's calls: what they post of one, how they are asked to make one, where they keep what was said.

Rule 1: nothing is signed (`channels.providers.unsigned`); what is posted is read strictly.
Rule 2: which of the two numbers is hers is told by which is ours: their pages name the telephone's user as the caller
    also where we called her, and gateways do not agree.
Rule 3: `isActive` 0 is the end of a call, whatever address it is told at; of a call of ours it brings the bill.
Rule 4: there is no list of calls and no idempotency key: what may have been taken stays uncertain.
Rule 5: a recording's name is what follows the configured address; any other address is not theirs, and none is opened.

Sources: http://docs.africastalking.com/voice/callhandler (what is posted), /voice/call (asking for a call),
/voice/record (MP3, `recordingUrl`). `callSessionState` and `clientRequestId` are in newer pages only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final

from channels.providers import posted
from channels.providers.africastalking import NAME, Account, ours
from channels.providers.wire import PATIENCE, quieten
from consult.channel import LONGEST_SOUND, Delivery, Owed, Receipt, Refused, SendFailed, Unusable
from consult.numbers import strict

if TYPE_CHECKING:
    from requests import Response

LONGEST_FETCH: Final = 60.0  # seconds for one recording

_SESSION = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_ACTIVE = re.compile(r"[01]")
_DIRECTION = re.compile(r"[Ii]nbound|[Oo]utbound")
_PARTY = re.compile(r"[^\x00-\x1f]{0,64}")
_DIGITS = re.compile(r"[0-9*#]{0,64}")
_ROW = re.compile(r"[1-9][0-9]{0,17}")
_SECONDS = re.compile(r"([0-9]{1,6})(?:\.[0-9]{1,6})?")
_AMOUNT = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")
_CAUSE = re.compile(r"[A-Za-z_ ]{1,40}")
_TAPE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,120}(?:/[A-Za-z0-9_-][A-Za-z0-9._-]{0,120}){0,4}")
_RINGING: Final = frozenset({"ringing", "dialing", "initiated", "queued"})  # before anybody picked up


@dataclass(frozen=True, slots=True)
class Told:
    """One thing they post of a call. `ours`, `hers`: the numbers, hers None where it is hidden; `row`: our outbox row,
    0 where they do not say; `recorded`: the address of what was said aloud, None where this tells of none."""

    session: str
    active: bool
    inbound: bool
    ours: str
    hers: str | None
    keys: str
    recorded: str | None
    row: int
    fields: Mapping[str, str]

    @property
    def rings(self) -> bool:
        """Whether a call of ours is not answered yet."""
        return self.active and self.fields.get("callSessionState", "").lower() in _RINGING

    def receipt(self) -> Receipt:
        """How far a call of ours got; of a call of hers, nothing that moves."""
        row = self.row or None
        if self.inbound or self.rings:
            return Receipt(self.session, Delivery.ACCEPTED, None if self.inbound else row)
        if self.active:
            return Receipt(self.session, Delivery.SENT, row)
        seconds = _seconds(self.fields.get("durationInSeconds", ""))
        minutes, price = -(-seconds // 60) or None, _price(self.fields.get("amount", ""))
        if seconds:
            return Receipt(self.session, Delivery.DELIVERED, row, segments=minutes, price=price)
        cause = self.fields.get("hangupCause", "")
        why = cause.replace("_", " ").lower() if _CAUSE.fullmatch(cause) else "not answered"
        return Receipt(self.session, Delivery.FAILED, row, why=why, price=price)


def told(body: bytes, numbers: Sequence[str]) -> Told:
    """What this post tells, for a number that is one of `numbers`. Raises Refused: 400, 413."""
    fields = posted.form(body)
    session = posted.field(fields, "sessionId", _SESSION)
    active = posted.field(fields, "isActive", _ACTIVE) == "1"
    inbound = posted.field(fields, "direction", _DIRECTION).lower() == "inbound"
    caller, called = (posted.field(fields, name, _PARTY) for name in ("callerNumber", "destinationNumber"))
    mine, hers = ours(called, numbers), caller
    if mine is None and not inbound:
        mine, hers = ours(caller, numbers), called
    if mine is None:
        raise Refused(400, "no number of ours")
    return Told(
        session=session,
        active=active,
        inbound=inbound,
        ours=mine,
        hers=hers if strict(hers) else None,
        keys=posted.field({"dtmfDigits": "", **fields}, "dtmfDigits", _DIGITS),
        recorded=fields.get("recordingUrl"),
        row=_row(fields.get("clientRequestId", "")),
        fields=fields,
    )


def _row(given: str) -> int:
    """Our outbox row, where they bring it back; whatever else stands there is none of ours."""
    return int(given) if _ROW.fullmatch(given) else 0


def _seconds(given: str) -> int:
    found = _SECONDS.fullmatch(given)
    return int(found[1]) if found else 0


def _price(given: str) -> float | None:
    return float(given) if _AMOUNT.fullmatch(given) and float(given) else None


# ---- asking for a call

_MEANS: Final[Mapping[str, Mapping[str, bool]]] = {
    "InvalidPhoneNumber": {"dead": True},
    "DestinationNotSupported": {},
    "InsufficientCredit": {"halt": True},
}


def place(account: Account, api: str, owed: Owed) -> Receipt:
    """Have them call her; our row goes along. What is said they ask for when she picks up. Raises SendFailed."""
    fields = {"from": owed.sender, "to": owed.receiver, "clientRequestId": str(owed.id)}
    body = account.ask(f"{api}/call", fields)
    try:
        answer = json.loads(body)
        entries, error = answer["entries"], str(answer.get("errorMessage", "None"))
        status, session = ("", "") if entries == [] else (str(entries[0]["status"]), str(entries[0].get("sessionId")))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        status, session, error = "", "", ""
    if status == "Queued" and _SESSION.fullmatch(session) and session != "None":
        return Receipt(session, Delivery.ACCEPTED, owed.id)
    if (not status and not error) or status == "Queued":
        raise account.wire.unreadable()
    if not status:  # the whole request: our number, our key, our credit
        raise SendFailed(f"{NAME} called nobody: {_word(error)}", halt=True)
    raise SendFailed(f"{NAME} refused the call: {_word(status)}", **_MEANS.get(status, {}))


def _word(told: str) -> str:
    return told if _CAUSE.fullmatch(told) else "no reason that can be shown"


# ---- what was said aloud


def tape(address: str, base: str) -> str:
    """The name of a recording: what follows `base`. "" for an address that is none of theirs."""
    name = address.removeprefix(f"{base}/") if base else address
    return name if name != address and _TAPE.fullmatch(name) and ".." not in name else ""


def sound(base: str, name: str) -> bytes:
    """The file of this recording (they keep MP3). Raises consult.channel.Unusable, SendFailed."""
    from requests import RequestException, get

    if not _TAPE.fullmatch(name) or ".." in name:
        raise Unusable("it is no name of theirs")
    quieten()
    try:
        with get(f"{base}/{name}", stream=True, timeout=PATIENCE, allow_redirects=False) as answer:
            return _read(answer)
    except RequestException:
        failed = SendFailed(f"{NAME}'s recordings cannot be reached", retry=True)
    raise failed  # outside the handler: no context


def _read(answer: Response) -> bytes:
    if answer.status_code == 404:
        raise Unusable("it is not there")
    if answer.status_code != 200:
        raise SendFailed(f"{NAME}'s recordings answered {answer.status_code}", retry=True)
    deadline, read = monotonic() + LONGEST_FETCH, bytearray()
    for part in answer.iter_content(65_536):
        read += part
        if len(read) > LONGEST_SOUND:
            raise Unusable("it is too large")
        if monotonic() > deadline:
            raise SendFailed("a recording came too slowly", retry=True)
    return bytes(read)
