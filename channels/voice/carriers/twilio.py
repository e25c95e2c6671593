"""Calls by Twilio.

Rule 1: `ref` of what was heard is `AccountSid:CallSid:turn`. The turn stands in the query of the address that we give
    for her next keys; the signature covers it, so a retry has the same ref and nothing else has.
Rule 2: one address for a whole call: the first request of a call has no turn and is her ringing.
Rule 3: TwiML is written here, plainly: what is said is escaped, nothing else in it comes from anywhere.
Rule 4: every step waits for keys also where none come (`actionOnEmptyResult`), so silence is heard of too.
Rule 5: what she says aloud is recorded by Twilio and told by its identifier; the address told with it is never
    opened.
Rule 6: a call of ours asks Twilio who picked up and waits for that: whatever is no human hears nothing. Our outbox id
    stands in its address and in that of its reports.
https://www.twilio.com/docs/voice/twiml/gather
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import escape

from channels.providers.twilio import CALL, Form, form, person
from channels.providers.twilio_api import Answered, Api
from channels.voice.numbers import apart, beeps, keywords
from channels.voice.render import Gather, Spoken, Tape
from channels.voice.speech import Speech, Voices
from consult.channel import (
    CALL_UNITS,
    LONGEST_SOUND,
    Beeped,
    Delivery,
    Heard,
    HungUp,
    Keys,
    Missed,
    Owed,
    PickedUp,
    Rang,
    Receipt,
    Recording,
    Refused,
    Request,
    Response,
    Said,
    SendFailed,
    Silence,
)
from consult.config import Settings
from consult.speech.reading import Reader
from consult.speech.shelf import Shelf

NAME = "twilio"
PATH = "/hooks/voice/twilio"
SLACK = 3  # seconds our clock may be ahead of Twilio's
LOOKED_AT = 50  # newest calls to one number that `find` reads

_HEAD = '<?xml version="1.0" encoding="UTF-8"?><Response>'
_MEDIA = "text/xml; charset=utf-8"
_QUERY = re.compile(r"(turn|call|id)=([1-9][0-9]{0,17})")
_MOST_TURNS = 9999
_RINGS = 40  # seconds a call of ours rings
_LISTENS = 8  # seconds that may pass until who picked up is known
_OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
# Where Twilio has a voice for the language: https://www.twilio.com/docs/voice/twiml/say/text-speech
_VOICES = MappingProxyType(
    {
        "en": 'language="en-US"',
        "fr": 'language="fr-FR"',
        "es": 'language="es-ES"',
        "ar": 'language="arb" voice="Polly.Zeina"',
    }
)


def open_carrier(settings: Settings) -> TwilioCalls | None:
    """Twilio's calls, where numbers for them are given. Raises BadSetting when the account is not, or by half."""
    if not (settings.twilio_voice or settings.twilio_beep or settings.twilio_call_back):
        return None
    return TwilioCalls(settings, Reader(Shelf(settings.data)))


class TwilioCalls:
    """A carrier (`consult.channel.CallCarrier`). CONSULT_TWILIO_VOICE: "+15005550006 RIVER, +15005550007 KIOSK"."""

    name = NAME
    pace = float(CALL_UNITS)  # a call a second
    can_find = True
    skew = 3
    records = True

    def __init__(self, settings: Settings, voices: Voices | None = None) -> None:
        self._keywords = keywords(settings.twilio_voice, "CONSULT_TWILIO_VOICE")
        self._returns = keywords(settings.twilio_call_back, "CONSULT_TWILIO_CALL_BACK")
        self._beeps = beeps(settings.twilio_beep, "CONSULT_TWILIO_BEEP")
        apart("CONSULT_TWILIO_BEEP", self._beeps, self._keywords, self._returns)
        apart("CONSULT_TWILIO_CALL_BACK", self._returns, self._keywords)
        self.ours: Sequence[str] = (*self._keywords, *self._returns, *sorted(self._beeps))
        self._api = Api(replace(settings, twilio_from=self.ours[0]))
        self._account = self._api.account
        self._token, self._public, self.voices = settings.twilio_auth_token, settings.public_url, voices

    # ---- webhooks

    def receive(self, request: Request, at: int) -> Heard:
        """Her ringing, her picking up, her keys or her silence; `sender` is None for hidden numbers. Raises Refused."""
        fields = self._form(request, "CallSid", "From", "To", "CallStatus", "Direction")
        inbound = fields["Direction"] == "inbound"
        ours, hers = (fields["To"], fields["From"]) if inbound else (fields["From"], fields["To"])
        what, number = _query(request.url)
        turn = number if what == "turn" else 0
        said = self._said(fields, ours, turn) if inbound or turn else _picked_up(fields, what, number)
        return Heard(
            channel="voice",
            carrier=NAME,
            ours=ours,
            sender=person(hers),
            said=said,
            ref=f"{fields['AccountSid']}:{fields['CallSid']}:{turn}",
            heard_at=at,
            call="" if isinstance(said, Beeped | Missed) else fields["CallSid"],
        )

    def _said(self, fields: Form, ours: str, turn: int) -> Said:
        if turn and (recording := _recorded(fields)):
            return recording
        if not turn and ours in self._beeps:
            return Beeped()  # whatever became of it: a retry has the same ref
        if not turn and ours in self._returns:
            return Missed(self._returns[ours])
        if fields["CallStatus"] in _OVER or fields.get("Digits") == "hangup":
            return HungUp()
        if ours not in self._keywords and ours not in self._returns:
            raise Refused(400, "it is none of CONSULT_TWILIO_VOICE")
        if not turn:
            return Rang(self._keywords[ours])
        digits = fields.get("Digits", "")
        return Keys(digits) if digits else Silence()

    def report(self, request: Request, at: int) -> Receipt:
        """How far a call got, in minutes begun; what she gave in it was kept as she gave it. Raises Refused."""
        del at
        fields = self._form(request, "CallSid", "CallStatus")
        what, number = _query(request.url)
        if what != "id":  # a call of hers
            return Receipt(fields["CallSid"], Delivery.ACCEPTED)
        return _receipt(fields, number)

    def acknowledge(self) -> Response:
        """TwiML that ends a call."""
        return Response(media=_MEDIA, body=f"{_HEAD}<Hangup/></Response>".encode())

    def decline(self) -> Response:
        """TwiML that leaves a call unanswered: as the first verb, it costs nobody anything."""
        return Response(media=_MEDIA, body=f'{_HEAD}<Reject reason="busy"/></Response>'.encode())

    def answer(self, spoken: Spoken) -> Response:
        """The TwiML of this step."""
        said = self._said_all(spoken)
        match spoken.keys:
            case None:
                body = f"{said}<Hangup/>"
            case Tape():
                body = f"{said}{self._record(spoken.keys, spoken.turn)}"
            case _:
                body = self._gather(spoken.keys, spoken.turn, said)
        return Response(media=_MEDIA, body=f"{_HEAD}{body}</Response>".encode())

    def _gather(self, keys: Gather, turn: int, said: str) -> str:
        return (
            f'<Gather input="dtmf" action="{self._public}{PATH}?turn={turn}" method="POST" numDigits="{keys.most}"'
            f' finishOnKey="{keys.finish}" timeout="{keys.timeout}" actionOnEmptyResult="true">{said}</Gather>'
        )

    def _record(self, tape: Tape, turn: int) -> str:
        """Where nothing is heard, Twilio goes on to what stands behind: silence is told like any other."""
        action = f"{self._public}{PATH}?turn={turn}"
        return (
            f'<Record action="{action}" method="POST" maxLength="{tape.most}" timeout="{tape.silence}"'
            f' finishOnKey="0123456789*#" playBeep="true" trim="trim-silence"/>'
            f'<Redirect method="POST">{action}</Redirect>'
        )

    def _said_all(self, spoken: Spoken) -> str:
        between = '<Pause length="1"/>' if spoken.slow else ""
        return between.join(self._play(speech) for speech in spoken.speeches)

    def _play(self, speech: Speech) -> str:
        """Her language comes first: what is not recorded Twilio reads, and only where it cannot, another is played."""
        look = self.voices and (self.voices.own if speech.locale in _VOICES else self.voices.find)
        found = look(speech) if look else None
        return f"<Play>{escape(f'{self._public}/audio/{found}')}</Play>" if found else _say(speech)

    def _form(self, request: Request, *required: str) -> Form:
        return form(request, self._token, self._account, ("AccountSid", *required), CALL)

    # ---- what a carrier of messages does

    def send(self, owed: Owed, report_to: str) -> Receipt:
        """Call her. What is said is asked for when she has picked up. Raises SendFailed."""
        if not report_to:
            raise SendFailed("calls need CONSULT_PUBLIC_URL, the address Twilio asks what to say", halt=True)
        if owed.sender in self._beeps:
            raise SendFailed("a number for beeps calls nobody")
        wanted: dict[str, Any] = {
            "to": owed.receiver,
            "from_": owed.sender,
            "url": f"{self._public}{PATH}?call={owed.id}",
            "method": "POST",
            "status_callback": f"{report_to}?id={owed.id}",
            "status_callback_event": ["answered", "completed"],
            "timeout": _RINGS,
            "machine_detection": "Enable",
            "machine_detection_timeout": _LISTENS,
        }
        return self._api.ask(lambda client: _placed(client.calls.create(**wanted), owed.id))

    def missed(self, since: int) -> Iterable[Heard]:
        """None: a call that was not answered held nothing."""
        del since
        return ()

    def find(self, owed: Owed, since: int) -> Receipt | None:
        """The call as Twilio holds it, if placed since then. Raises SendFailed when Twilio cannot be asked."""
        after = datetime.fromtimestamp(since - SLACK, UTC)
        placed = self._api.ask(lambda client: _calls(client, owed, after))
        return _placed(placed[0], owed.id) if placed else None

    def fetch(self, ref: str) -> bytes:
        """A recording's sound, from the account's own address. Raises Unusable, SendFailed."""
        return self._api.sound(ref, LONGEST_SOUND)

    def forget(self, ref: str) -> None:
        """Delete a recording; what Twilio logs of a call (keys included) cannot be deleted from here."""
        self._api.ask(lambda client: _delete(client, ref))


def _query(url: str) -> tuple[str, int]:
    """What our address says: which answer of the call is replied to ("turn"), our row's number for a call of ours
    ("call") or a report on one ("id"), or nothing. Raises Refused."""
    query = url.partition("?")[2]
    given = _QUERY.fullmatch(query) if query else None
    if query and (given is None or (given[1] == "turn" and int(given[2]) > _MOST_TURNS)):
        raise Refused(400, "the address is malformed")
    return (given[1], int(given[2])) if given else ("", 0)


def _picked_up(fields: Form, what: str, number: int) -> Said:
    """A call of ours was answered. What Twilio could not tell may be a voicemail: it hears nothing."""
    if what != "call":
        raise Refused(400, "a call that we did not make")
    return PickedUp(number, human=fields.get("AnsweredBy", "human") == "human")


def _receipt(fields: Form, owed: int) -> Receipt:
    status, ref = fields["CallStatus"], fields["CallSid"]
    minutes = -(-int(fields.get("CallDuration") or 0) // 60) or None
    if status == "completed" and fields.get("AnsweredBy", "human") == "human":
        return Receipt(ref, Delivery.DELIVERED, owed, segments=minutes)
    if status in _OVER:
        why = "a machine" if status == "completed" else status
        return Receipt(ref, Delivery.FAILED, owed, why=why, segments=minutes)
    return Receipt(ref, Delivery.SENT if status == "in-progress" else Delivery.ACCEPTED, owed)


def _placed(call: Any, owed: int) -> Receipt:
    """Twilio's record of a call that was placed. Raises ValueError when it is none."""
    if not call.sid or not call.status:
        raise ValueError("no call")
    return Receipt(call.sid, Delivery.ACCEPTED, owed)


def _calls(client: Any, owed: Owed, after: datetime) -> list[Any]:
    """Calls between both numbers since then, the newest first."""
    listed = client.calls.list(to=owed.receiver, from_=owed.sender, start_time_after=after, limit=LOOKED_AT)
    return [each for each in listed if str(each.direction).startswith("outbound")]


def _recorded(fields: Form) -> Recording | None:
    """What she said aloud, where this request tells of it."""
    sid, digits = fields.get("RecordingSid"), fields.get("Digits", "")
    if not sid:
        return None
    over = digits == "hangup" or fields["CallStatus"] in _OVER
    seconds = int(fields.get("RecordingDuration") or 0)
    return Recording(sid, seconds, "" if digits == "hangup" else digits, broken=over)


def _delete(client: Any, sid: str) -> None:
    try:
        client.recordings(sid).delete()
    except Answered as error:
        if error.status != 404:
            raise


@lru_cache(maxsize=4096)
def _say(speech: Speech) -> str:
    voice = _VOICES.get(speech.locale, "")
    return f"<Say{' ' * bool(voice)}{voice}>{escape(speech.text)}</Say>"
