"""Text messages by a Kannel of ours, for hubs whose operator speaks SMPP: smsbox's HTTP interface, both ways.

Rule 1: Kannel signs nothing. Who calls is known by secret and address (`channels.providers.unsigned`).
Rule 2: behind a proxy that CONSULT_PROXIES does not tell of, everybody would seem to call from this machine: refused.
Rule 3: what came is known by Kannel's own `%I`, a UUID that stays the same when it tries again, also after a crash:
    its store keeps it (tried with 1.4.5). An operator that brings a message twice makes two: Kannel's time is that of
    its arrival, so nothing of the first tells them apart from "1" and "1".
Rule 4: her words come in the body of a POST, never in an address, which gateways and proxies write into logs.
Rule 5: sendsms gives no identifier; our own travels in the report's address. So nobody can be asked afterwards
    whether a message was taken (`can_find`).
Rule 6: Kannel cuts long texts, and cuts off what is beyond its `max-messages`: ours never needs more than `MOST`.

Rule 7: Kannel joins the parts of a long message of hers. When one does not come within half an hour it brings those it
    has, each with its header (tried): kept as incomplete, never read as an answer.

Source: Kannel 1.4.5's user guide, https://www.kannel.org/download/1.4.5/userguide-1.4.5/userguide.html, and itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from unicodedata import normalize
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

from channels.providers.neighbour import Neighbour, Refusals, address, name_of, number_of, person
from channels.providers.posted import clean
from channels.providers.unsigned import opened
from channels.sms.segments import count, place
from channels.writing.alphabets import UCS2
from consult.channel import Delivery, Heard, Owed, Receipt, Refused, Request, Response, SendFailed, Text
from consult.config import BadSetting, Settings, given

NAME: Final = "kannel"
MOST: Final = 10  # segments of one message: `max-messages` in deploy/hub/kannel
MASK: Final = 31  # which reports we want: all
AHEAD: Final = 120  # seconds Kannel's clock may be ahead of ours
SENDSMS: Final = "/cgi-bin/sendsms"
LARGEST: Final = 64 * 1024  # bytes

_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_SENDER = re.compile(r"[^\x00-\x1f\x7f]{1,64}")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SENT = re.compile(r"[0-9]{1,12}")
_NAME = re.compile(r"[1-9][0-9]{0,18}-[0-9a-f]{16}")
_SIGN = re.compile(r"[!-~]+")
_PLAIN = re.compile(r"text/plain\s*(?:;\s*charset=\"?(utf-8|utf-16be|iso-8859-1|us-ascii)\"?)?", re.IGNORECASE)
_FORWARDED: Final = ("x-forwarded-for", "forwarded", "x-real-ip")
_STATES: Final = {
    "1": Delivery.DELIVERED,
    "2": Delivery.FAILED,
    "4": Delivery.SENT,  # it waits at the operator
    "8": Delivery.SENT,
    "16": Delivery.FAILED,
}


def open_carrier(settings: Settings) -> Kannel | None:
    """Kannel, where its settings are given. Raises BadSetting."""
    needed = {
        "CONSULT_KANNEL": settings.kannel,
        "CONSULT_KANNEL_USER": settings.kannel_user,
        "CONSULT_KANNEL_PASSWORD": settings.kannel_password,
        "CONSULT_KANNEL_NUMBER": settings.kannel_number,
        "CONSULT_KANNEL_SECRET": settings.kannel_secret,
    }
    if not given(needed, "Kannel"):
        return None
    for name in ("CONSULT_KANNEL_USER", "CONSULT_KANNEL_PASSWORD"):
        if not _SIGN.fullmatch(needed[name]):
            raise BadSetting(f"{name}: letters, digits and signs of ASCII only")
    return Kannel(settings)


class Kannel:
    """A carrier (`consult.channel.UnsignedCarrier`, `WatchedCarrier`). CONSULT_KANNEL_NUMBER may hold several."""

    name = NAME
    can_find = False
    skew = AHEAD
    manual = "docs/gateways.md"
    secret_path = True

    def __init__(self, settings: Settings) -> None:
        self.ours: Sequence[str] = _numbers(settings.kannel_number)
        self.pace = settings.kannel_pace
        where = address("CONSULT_KANNEL", settings.kannel)
        self._smsbox = Neighbour("Kannel", where if where.path else where._replace(path=SENDSMS))
        self._known = {"X-Kannel-Username": settings.kannel_user, "X-Kannel-Password": settings.kannel_password}
        self._us = settings.kannel_reaches or f"http://127.0.0.1:{settings.port}"
        secret, allow = (
            ("CONSULT_KANNEL_SECRET", settings.kannel_secret),
            ("CONSULT_KANNEL_ALLOW", settings.kannel_allow),
        )
        self._door = opened(secret, allow, self._us)
        self._proxied = settings.proxies > 0
        self._country = settings.country
        self._refusals = Refusals()

    # ---- it calls

    def receive(self, request: Request, at: int) -> Heard:
        """A message that an sms-service of Kannel hands on. Raises Refused."""
        self._admit(request)
        if request.method != "POST":
            raise Refused(400, "her words would stand in an address; give the sms-service a post-url")
        fields = _fields(request, {"id": _ID, "from": _SENDER, "to": _NUMBER}, {"sent": _SENT})
        sent_at = int(fields.get("sent", "0"))
        ours = self._ours(fields["to"])
        sender = person(fields["from"], self._country)
        return Heard(
            channel="sms",
            carrier=NAME,
            ours=ours,
            sender=None if sender == ours else sender,
            said=Text(clean(_body(request))),
            ref=fields["id"],
            heard_at=at,
            sent_at=sent_at if 0 < sent_at <= at + AHEAD else None,
            incomplete=_is_part(request),
        )

    def report(self, request: Request, at: int) -> Receipt:
        """A delivery report. They come in any order, also the last before the first. Raises Refused."""
        del at
        self._admit(request)
        fields = _fields(request, {"name": _NAME, "state": _SENT}, {})
        name, told = fields["name"], fields["state"]
        if told not in _STATES:
            raise Refused(400, "state is none of Kannel's")
        if told != "16":
            self._refusals.end()
        return self._receipt(name, told)

    def acknowledge(self) -> Response:
        """Nothing: what it read here it would send her. Replies go by the outbox."""
        return Response()

    def _admit(self, request: Request) -> None:
        """Where nobody tells of a proxy, whoever comes through one would seem to stand on this machine (rule 2)."""
        if not self._proxied and any(request.headers.get(name) for name in _FORWARDED):
            raise Refused(403, "not for you: through a proxy that CONSULT_PROXIES does not tell of")
        self._door.check(request)

    def _receipt(self, name: str, told: str) -> Receipt:
        far = _STATES[told]
        if far is not Delivery.FAILED:
            return Receipt(name, far, id=number_of(name))
        halt = told == "16" and self._refusals.too_many(name)
        why = "the operator refuses every message" if halt else "the operator refused it" if told == "16" else ""
        return Receipt(name, far, id=number_of(name), why=why or "not delivered", retry=not halt, halt=halt)

    def _ours(self, to: str) -> str:
        """The number she wrote to as the settings have it: operators leave out the + at will."""
        digits = to.lstrip("+")
        return next((each for each in self.ours if each.lstrip("+") == digits), to)

    # ---- it is called

    def send(self, owed: Owed, report_to: str) -> Receipt:
        """Hand over one message, of any length up to `MOST` segments. Raises SendFailed."""
        price, name = count(owed.text), name_of(owed)
        if price.segments > MOST:
            raise SendFailed("too long for one message")
        about = {
            "X-Kannel-From": owed.sender,
            "X-Kannel-To": owed.receiver,
            "X-Kannel-Coding": "2" if price.encoding == UCS2 else "0",
            "Content-Type": "text/plain; charset=UTF-8",
        }
        if report_to:
            back = f"{self._us}/hooks/{self._door.address(report_to).partition('/hooks/')[2]}"
            about |= {"X-Kannel-DLR-Mask": str(MASK), "X-Kannel-DLR-URL": f"{back}?name={name}&state=%d"}
        answer = self._smsbox.ask("POST", "", normalize("NFC", owed.text).encode(), self._known | about)
        if answer.status not in (200, 202):
            raise self._smsbox.refusal(answer.status)
        return Receipt(name, Delivery.ACCEPTED, id=owed.id, segments=price.segments)

    def find(self, owed: Owed, since: int) -> Receipt | None:
        """It cannot tell."""
        del owed, since
        return None

    def missed(self, since: int) -> Iterable[Heard]:
        """Nothing can be asked for: Kannel tries again by itself while its smsbox runs (docs/gateways.md)."""
        del since
        return ()

    def forget(self, ref: str) -> None:
        """Kannel keeps nothing of what it handed on."""

    # ---- what to look at

    def troubles(self) -> Iterator[str]:
        """What somebody should see to. Asked to send to nobody, Kannel says whether it knows us, and sends nothing."""
        try:
            answer = self._smsbox.ask("POST", "", b"doctor", {**self._known, "Content-Type": "text/plain"})
        except SendFailed as failed:
            yield f"{failed.why}: are bearerbox and smsbox running, and is CONSULT_KANNEL its sendsms address?"
            return
        if answer.status == 403:
            yield "Kannel does not know us: CONSULT_KANNEL_USER and _PASSWORD must be those of its sendsms-user"
        elif answer.status != 400:
            yield f"Kannel answers {answer.status}: is CONSULT_KANNEL its sendsms address?"


def _numbers(given: str) -> tuple[str, ...]:
    numbers = tuple(filter(None, (each.strip() for each in given.split(","))))
    if wrong := [each for each in numbers if not _NUMBER.fullmatch(each)]:
        raise BadSetting(f"CONSULT_KANNEL_NUMBER: {wrong[0]!r} must look like +254700000000, or be a short code")
    return numbers


def _fields(
    request: Request, required: dict[str, re.Pattern[str]], optional: dict[str, re.Pattern[str]]
) -> dict[str, str]:
    """The fields of the address, each once and whole; others are let be. Raises Refused."""
    try:
        pairs = parse_qsl(urlsplit(request.url).query, keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise Refused(400, "the address is malformed") from None
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise Refused(400, "a field is repeated")
    for name, pattern in (required | optional).items():
        if (name in required or name in fields) and not pattern.fullmatch(fields.get(name, "")):
            raise Refused(400, f"{name} is missing or malformed")
    return fields


def _is_part(request: Request) -> bool:
    """Whether it bears the header of one part among several: joined messages have lost theirs."""
    header = request.headers.get("x-kannel-udh", "").encode("utf-8", "replace")
    return place(unquote_to_bytes(header)) is not None


def _body(request: Request) -> str:
    """Her words, in the character set that Kannel names. Raises Refused."""
    if len(request.body) > LARGEST:
        raise Refused(413, "larger than 64 kB")
    plain = _PLAIN.fullmatch(request.headers.get("content-type", ""))
    if plain is None:
        raise Refused(400, "not a text in a known character set")
    return request.body.decode(plain[1] or "utf-8", "replace")
