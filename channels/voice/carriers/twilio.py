"""Calls by Twilio.

Rule 1: `ref` of what was heard is `AccountSid:CallSid:turn`. The turn stands in the query of the address that we give
    for her next keys; the signature covers it, so a retry has the same ref and nothing else has.
Rule 2: one address for a whole call: the first request of a call has no turn and is her ringing.
Rule 3: TwiML is written here, plainly: what is said is escaped, nothing else in it comes from anywhere.
Rule 4: every step waits for keys also where none come (`actionOnEmptyResult`), so silence is heard of too.

Rule 5: what she says aloud is recorded by Twilio and told by its identifier; the address told with it is never opened.

Rule 5: what she says aloud is recorded by Twilio and told by its identifier; the address told with it is never
    opened.
https://www.twilio.com/docs/voice/twiml/gather
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import escape

from channels.providers.twilio import CALL, E164, Form, form, person
from channels.providers.twilio_api import Answered, Api
from channels.voice.numbers import keywords
from channels.voice.render import Gather, Spoken, Tape
from channels.voice.speech import Speech, Voices
from consult.channel import (
    LONGEST_SOUND,
    Beeped,
    Delivery,
    Heard,
    HungUp,
    Keys,
    Owed,
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
from consult.config import BadSetting, Settings
from consult.speech.reading import Reader
from consult.speech.shelf import Shelf

NAME = "twilio"
PATH = "/hooks/voice/twilio"

_HEAD = '<?xml version="1.0" encoding="UTF-8"?><Response>'
_MEDIA = "text/xml; charset=utf-8"
_TURN = re.compile(r"turn=([1-9][0-9]{0,3})")
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
    if not settings.twilio_voice and not settings.twilio_beep:
        return None
    return TwilioCalls(settings, Reader(Shelf(settings.data)))


class TwilioCalls:
    """A carrier (`consult.channel.CallCarrier`). CONSULT_TWILIO_VOICE: "+15005550006 RIVER, +15005550007 KIOSK"."""

    name = NAME
    pace = 1.0
    can_find = False
    skew = 3
    records = True

    def __init__(self, settings: Settings, voices: Voices | None = None) -> None:
        self._keywords, self._beeps = (
            keywords(settings.twilio_voice, "CONSULT_TWILIO_VOICE"),
            _rung(settings.twilio_beep),
        )
        if both := self._beeps & self._keywords.keys():
            raise BadSetting(f"CONSULT_TWILIO_BEEP: {min(both)} is a number that takes calls; use another for beeps")
        self.ours: Sequence[str] = (*self._keywords, *sorted(self._beeps))
        self._api = Api(replace(settings, twilio_from=settings.twilio_voice or settings.twilio_beep))
        self._account = self._api.account
        self._token, self._public, self.voices = settings.twilio_auth_token, settings.public_url, voices

    # ---- webhooks

    def receive(self, request: Request, at: int) -> Heard:
        """Her ringing, her keys or her silence; `sender` is None for hidden numbers. Raises Refused."""
        fields = self._form(request, "CallSid", "From", "To", "CallStatus", "Direction")
        turn = _turn(request.url)
        return Heard(
            channel="voice",
            carrier=NAME,
            ours=fields["To"],
            sender=person(fields["From"]),
            said=self._said(fields, turn),
            ref=f"{fields['AccountSid']}:{fields['CallSid']}:{turn}",
            heard_at=at,
            call="" if fields["To"] in self._beeps else fields["CallSid"],
        )

    def _said(self, fields: Form, turn: int) -> Said:
        if turn and (recording := _recorded(fields)):
            return recording
        if fields["To"] in self._beeps and fields["Direction"] == "inbound":
            return Beeped()  # whatever became of it: a retry has the same ref
        if fields["CallStatus"] in _OVER or fields.get("Digits") == "hangup":
            return HungUp()
        if fields["Direction"] != "inbound":
            raise Refused(400, "a call that we did not make")
        if fields["To"] not in self._keywords:
            raise Refused(400, "To is none of CONSULT_TWILIO_VOICE")
        if not turn:
            return Rang(self._keywords[fields["To"]])
        digits = fields.get("Digits", "")
        return Keys(digits) if digits else Silence()

    def report(self, request: Request, at: int) -> Receipt:
        """How far a call got. Nothing is kept of it: what she gave was kept as she gave it. Raises Refused."""
        del at
        fields = self._form(request, "CallSid", "CallStatus")
        return Receipt(fields["CallSid"], Delivery.ACCEPTED)

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
        """Nobody is called from here. Raises SendFailed."""
        del owed, report_to
        raise SendFailed("no calls are made: a consultation by telephone waits to be rung", halt=True)

    def missed(self, since: int) -> Iterable[Heard]:
        """None: a call that was not answered held nothing."""
        del since
        return ()

    def find(self, owed: Owed, since: int) -> Receipt | None:
        """None: nothing is handed over."""
        del owed, since
        return None

    def fetch(self, ref: str) -> bytes:
        """A recording's sound, from the account's own address. Raises Unusable, SendFailed."""
        return self._api.sound(ref, LONGEST_SOUND)

    def forget(self, ref: str) -> None:
        """Delete a recording; what Twilio logs of a call (keys included) cannot be deleted from here."""
        self._api.ask(lambda client: _delete(client, ref))


def _rung(given: str) -> frozenset[str]:
    """Our numbers that are rung. Raises BadSetting."""
    numbers = [each.strip() for each in given.split(",") if each.strip()]
    for each in numbers:
        if not E164.fullmatch(each):
            raise BadSetting(f"CONSULT_TWILIO_BEEP: {each!r} must be a number like +15005550008")
    return frozenset(numbers)


def _turn(url: str) -> int:
    """Which answer of this call she replies to, 0 for its beginning. Raises Refused."""
    query = url.partition("?")[2]
    if not query:
        return 0
    given = _TURN.fullmatch(query)
    if given is None:
        raise Refused(400, "turn is malformed")
    return int(given[1])


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
