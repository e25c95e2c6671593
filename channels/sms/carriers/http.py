"""Text messages by a provider there is no code for: a file says how it is spoken to (`channels.providers.described`).

Rule 1: nothing it posts is signed. Who calls is settled by `channels.providers.unsigned`, before anything is read.
Rule 2: what the file does not say about an answer follows the status (`channels.providers.wire`); an answer in which
    the identifier or the code is not found may have been a taken message: uncertain.
Rule 3: `ref` of what she sent is `ours:id`; where they give no id, a digest of sender, date and text.
Rule 4: one message a call. Several at once are refused, not half taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final
from zoneinfo import ZoneInfo

from channels.providers import posted, unsigned
from channels.providers.described import Description, Inbound, Reports, Sending, read
from channels.providers.filled import Unreadable, fill, found, parsed
from channels.providers.wire import Answer, Wire
from channels.sms.segments import count
from channels.writing.alphabets import UCS2
from consult.channel import Delivery, Heard, Owed, Receipt, Refused, Request, Response, SendFailed, Text
from consult.config import Settings
from consult.numbers import normalise, strict

NAME: Final = "http"
AHEAD: Final = 120  # seconds their clock may be ahead of ours, or behind

Finding = Callable[[str], str | None]

_ID = re.compile(r"[^\x00-\x20\x7f-\x9f]{1,100}")
_OUR_ID = re.compile(r"[0-9]{1,18}")
_FAILS: Final[Mapping[str, Mapping[str, bool]]] = {
    "retry": {"retry": True},
    "permanent": {},
    "uncertain": {"retry": True, "uncertain": True},
    "halt": {"halt": True},
    "opt_out": {"opt_out": True},
    "dead": {"dead": True},
}
_REACHED: Final = {"accepted": Delivery.ACCEPTED, "sent": Delivery.SENT, "delivered": Delivery.DELIVERED}


def open_carrier(settings: Settings) -> Http | None:
    """The provider that CONSULT_HTTP_SMS describes. Raises BadSetting with every fault of the file."""
    return Http(read(settings.http_sms), settings) if settings.http_sms else None


class Http:
    """A carrier (`consult.channel.UnsignedCarrier`)."""

    name = NAME
    can_find = False
    skew = AHEAD
    secret_path = True

    def __init__(self, described: Description, settings: Settings) -> None:
        self.ours, self.pace = described.ours, described.pace
        self._described, self._country = described, settings.country
        self._wire = Wire("the provider")
        self._door = unsigned.opened(
            ("CONSULT_HTTP_SMS: secret", described.secret),
            ("CONSULT_HTTP_SMS: allow", described.allow),
            settings.public_url,
        )

    # ---- webhooks

    def receive(self, request: Request, at: int) -> Heard:
        """An inbound call's message; `sender` is None for what is no number. Raises Refused."""
        self._door.check(request)
        said = self._described.inbound
        find = _finding(request, said)
        ours = self._ours(_needed(find, said.to, _ID)) if said.to else self.ours[0]
        sender, text = _needed(find, said.sender), _needed(find, said.text)
        date = (find(said.date) or "") if said.date else ""
        sent_at = _moment(date, said)
        if not said.id and not sent_at:
            raise Refused(400, "a message has neither an identity nor a date that can be read")
        ref = _needed(find, said.id, _ID) if said.id else _digest(sender, date, text)
        return Heard(
            channel="sms",
            carrier=NAME,
            ours=ours,
            sender=self._person(sender.strip(), said.numbers),
            said=Text(posted.clean(text)),
            ref=f"{ours}:{ref}",
            heard_at=at,
            sent_at=sent_at if sent_at and 0 < sent_at <= at + AHEAD else None,
        )

    def report(self, request: Request, at: int) -> Receipt:
        """A report's receipt; a word the file does not name moves nothing. Raises Refused."""
        del at  # a report changes a state, whenever it comes
        self._door.check(request)
        said = self._described.report
        if said is None:
            raise Refused(404, "no reports are described")
        find = _finding(request, said)
        ref = _needed(find, said.id, _ID) if said.id else ""
        id = int(_needed(find, said.ours, _OUR_ID)) if said.ours else None
        return _receipt(ref, id, said.words.get(_needed(find, said.status), "accepted"))

    def acknowledge(self) -> Response:
        """What the file says that they want to read."""
        return Response(body=self._described.answer.encode())

    def _ours(self, given: str) -> str:
        """Our number as we write it. Raises Refused."""
        for each in self.ours:
            if each.lstrip("+") == given.lstrip("+"):
                return each
        raise Refused(400, "it is for no number in ours")

    def _person(self, sender: str, numbers: str) -> str | None:
        if numbers == "national":
            return normalise(sender, self._country)
        number = f"+{sender.lstrip('+')}" if numbers == "digits" else sender
        return number if strict(number) else None

    # ---- the API

    def send(self, owed: Owed, report_to: str) -> Receipt:
        """Hand over one message as the file says. Raises SendFailed."""
        how = self._described.send
        values = {**self._described.values, **_spoken(owed, how, self._door.address(report_to))}
        answer = self._wire.ask(how.method, how.url, **_request(how, values))
        outcome = how.statuses.get(str(answer.status))
        if outcome is None and not 200 <= answer.status < 300:
            raise self._wire.refusal(answer)
        if outcome not in (None, "accepted"):
            why = f"the provider answered {answer.status}"
            raise SendFailed(why, after=answer.after, **_FAILS[outcome or "uncertain"])
        return Receipt(self._taken(how, answer), Delivery.ACCEPTED, id=owed.id)

    def _taken(self, how: Sending, answer: Answer) -> str:
        """Their identifier, "" where the code alone says that they have it. Raises SendFailed."""
        find = _answered(how, answer)
        code = find(how.code) if find and how.code else None
        if find is None or (how.code and code is None):
            raise self._wire.unreadable()
        outcome = how.codes.get(code, how.otherwise) if code is not None else "accepted"
        if outcome != "accepted":
            why = f"the provider refused with {code!r}" if code in how.codes else "the provider gave an unknown code"
            raise SendFailed(why, **_FAILS[outcome])
        ref = (find(how.id) or "") if how.id else ""
        if not _ID.fullmatch(ref) and not how.code:
            raise self._wire.unreadable()
        return ref if _ID.fullmatch(ref) else ""

    def find(self, owed: Owed, since: int) -> Receipt | None:
        """They cannot be asked."""
        del owed, since
        return None

    def missed(self, since: int) -> Iterable[Heard]:
        """Nothing can be read."""
        del since
        return ()

    def forget(self, ref: str) -> None:
        """Nothing can be deleted."""
        del ref


# ---- what they call with


def _finding(request: Request, said: Inbound | Reports) -> Finding:
    """How a thing is found in the call. Raises Refused."""
    if request.method != said.method:
        raise Refused(400, f"called by {request.method}; the file says {said.method}")
    if said.format != "json":
        query = request.url.partition("?")[2].encode("utf-8", "surrogatepass")
        return posted.form(query if said.format == "query" else request.body).get
    if len(request.body) > posted.LARGEST:
        raise Refused(413, "larger than 64 kB")
    try:
        data = parsed(request.body)
    except Unreadable:
        raise Refused(400, "it is no JSON, or says a thing twice") from None
    return lambda path: _alone(data, path)


def _alone(data: Any, path: str) -> str | None:
    try:
        return found(data, path, alone=True)
    except Unreadable:
        raise Refused(400, "there are several at once, or none") from None


def _needed(find: Finding, path: str, pattern: re.Pattern[str] | None = None) -> str:
    value = find(path)
    if value is None:
        raise Refused(400, f"{path} is missing")
    if pattern and not pattern.fullmatch(value.strip()):
        raise Refused(400, f"{path} is malformed")
    return value.strip() if pattern else value


def _digest(*parts: str) -> str:
    digest = blake2b(digest_size=16)
    for part in parts:
        written = part.encode("utf-8", "surrogatepass")
        digest.update(len(written).to_bytes(4, "big") + written)
    return digest.hexdigest()


def _moment(date: str, said: Inbound) -> int | None:
    """Epoch seconds of a date as the file says they write it; None where it is none."""
    try:
        if said.date_format.startswith("epoch"):
            return int(float(date)) // (1000 if said.date_format == "epoch_ms" else 1)
        iso = said.date_format == "iso"
        read = datetime.fromisoformat(date) if iso else datetime.strptime(date, said.date_format)  # noqa: DTZ007
        return int((read if read.tzinfo else read.replace(tzinfo=ZoneInfo(said.zone))).timestamp())
    except (ValueError, OverflowError):
        return None


def _receipt(ref: str, id: int | None, word: str) -> Receipt:
    if word in _REACHED:
        return Receipt(ref, _REACHED[word], id=id)
    flags = {} if word == "failed" else _FAILS[word]
    return Receipt(ref, Delivery.FAILED, id=id, why=f"reported as {word}", **flags)


# ---- what they are called with


def _spoken(owed: Owed, how: Sending, report: str) -> dict[str, str]:
    plain, other = how.coding
    return {
        "to": owed.receiver,
        "to_digits": owed.receiver.lstrip("+"),
        "from": owed.sender,
        "from_digits": owed.sender.lstrip("+"),
        "text": owed.text,
        "id": str(owed.id),
        "coding": other if count(owed.text).encoding == UCS2 else plain,
        "report": report,
    }


def _request(how: Sending, values: Mapping[str, str]) -> dict[str, Any]:
    """As `requests.request` has it."""
    sent: dict[str, Any] = {"params": fill(how.query, values), "headers": fill(how.headers, values)}
    if how.body:
        sent["json" if how.format == "json" else "data"] = fill(how.body, values)
    if how.user or how.password:
        sent["auth"] = (how.user.encode(), how.password.encode())
    return sent


def _answered(how: Sending, answer: Answer) -> Finding | None:
    """How a thing is found in their answer; None where it is not what the file says."""
    if how.reply == "text":
        text = answer.body.decode("utf-8", "replace")
        return lambda pattern: match[1] if (match := re.search(pattern, text)) else None
    try:
        data = parsed(answer.body)
    except Unreadable:
        return None
    return lambda path: found(data, path)
