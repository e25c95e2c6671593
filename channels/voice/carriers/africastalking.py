"""Calls by Africa's Talking.

Rule 1: nothing it posts is signed. Who calls is settled by `channels.providers.unsigned`, before anything is read.
Rule 2: `ref` of what was heard is `our number:session:turn`. The turn stands in the query of the address that we give
    for her next keys, so a retry has the same ref and nothing else has.
Rule 3: what waits for keys that do not come goes on to what stands behind it, and nobody is told; so a Redirect to the
    same address stands there, and silence is heard of too.
Rule 4: it reads English aloud and nothing else: a line in another language that has no sound is passed over.
Rule 5: one sound can be said while keys are waited for; keys pressed during those before it are lost.
Rule 6: a call that is over is told at whatever address was given last: of ours it is a receipt, of hers the end, with
    what she was saying then, where it was being recorded.
Rule 7: they do not tell who picked up: a machine hears what stands before the first key, and that names no topic.

http://docs.africastalking.com/voice/actions, /voice/getdigits, /voice/record, /voice/callhandler; where its older and
newer pages differ (`finishOnKey`, whether the end is told here or at the events address), both are taken.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import NoReturn
from xml.sax.saxutils import escape

from channels.providers.africastalking import Account, door, guarded_api
from channels.providers.africastalking_calls import Told, place, sound, tape, told
from channels.voice.numbers import apart, beeps, keywords
from channels.voice.render import Gather, Spoken, Tape
from channels.voice.speech import Speech, Voices
from consult.channel import (
    CALL_UNITS,
    LONGEST_SOUND,
    Beeped,
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
    Unusable,
)
from consult.config import BadSetting, Settings
from consult.speech import taking
from consult.speech.reading import Reader
from consult.speech.shelf import Shelf

NAME = "africastalking"
PATH = "/hooks/voice/africastalking"

log = logging.getLogger("consult.web")

_HEAD = '<?xml version="1.0" encoding="UTF-8"?><Response>'
_MEDIA = "text/xml; charset=utf-8"
_QUERY = re.compile(r"(turn|tape)=([1-9][0-9]{0,3})")
_READ = frozenset({"en", "pcm"})  # what an English voice can read
_FIRST = 2  # seconds for a key before she is recorded: the menu, again, back


def open_carrier(settings: Settings) -> AfricasTalkingCalls | None:
    """Their calls, where numbers for them are given. Raises BadSetting when the account is not, or by half."""
    if not (settings.africastalking_voice or settings.africastalking_call_back or settings.africastalking_beep):
        return None
    return AfricasTalkingCalls(settings, Reader(Shelf(settings.data)))


class AfricasTalkingCalls:
    """A carrier (`consult.channel.CallCarrier`, `UnsignedCarrier`). CONSULT_AFRICASTALKING_VOICE: "+254711000006 BOAT".

    `records` only where it is said under which address they keep recordings.
    """

    name = NAME
    pace = CALL_UNITS / 2  # a call every two seconds: they publish no limit
    can_find = False
    skew = 3
    secret_path = True

    def __init__(self, settings: Settings, voices: Voices | None = None) -> None:
        self._keywords = keywords(settings.africastalking_voice, "CONSULT_AFRICASTALKING_VOICE")
        self._returns = keywords(settings.africastalking_call_back, "CONSULT_AFRICASTALKING_CALL_BACK")
        self._beeps = beeps(settings.africastalking_beep, "CONSULT_AFRICASTALKING_BEEP")
        apart("CONSULT_AFRICASTALKING_BEEP", self._beeps, self._keywords, self._returns)
        apart("CONSULT_AFRICASTALKING_CALL_BACK", self._returns, self._keywords)
        self.ours: Sequence[str] = (*self._keywords, *self._returns, *sorted(self._beeps))
        self._account = Account(settings, ("CONSULT_AFRICASTALKING_VOICE", self.ours[0]))
        self._api = guarded_api("CONSULT_AFRICASTALKING_CALLS", settings.africastalking_calls)
        self._tapes = _tapes(settings)
        self._door = door(settings)
        self._address = self._door.address(f"{settings.public_url}{PATH}")
        self._public, self.voices = settings.public_url, voices
        self.records = bool(self._tapes)

    # ---- webhooks

    def receive(self, request: Request, at: int) -> Heard | Receipt:
        """Her ringing, her picking up, her keys, her silence; how a call of ours got on, where that is told here.

        `sender` is None for hidden numbers. Raises Refused.
        """
        self._door.check(request)
        about = told(request.body, self.ours)
        what, turn = _query(request.url)
        spoken = self._recording(about) if what == "tape" else None
        over = not about.active and spoken is None
        if not about.inbound and (over or about.rings):
            return about.receipt()
        said = spoken or self._said(about, turn)
        return Heard(
            channel="voice",
            carrier=NAME,
            ours=about.ours,
            sender=about.hers,
            said=said,
            ref=f"{about.ours}:{about.session}:{'end' if over else turn}",
            heard_at=at,
            call="" if isinstance(said, Beeped | Missed) else about.session,
        )

    def _said(self, about: Told, turn: int) -> Said:
        if not about.active:
            return HungUp()
        if turn:
            return Keys(about.keys) if about.keys else Silence()
        if not about.inbound:
            return PickedUp(about.row, human=True)
        if about.ours in self._beeps:
            return Beeped()
        if about.ours in self._returns:
            return Missed(self._returns[about.ours])
        return Rang(self._keywords[about.ours])

    def _recording(self, about: Told) -> Recording | None:
        """What she said aloud. How long it is they do not say; something was recorded, or there would be no address."""
        name = tape(about.recorded or "", self._tapes)
        if about.recorded and not name:
            log.warning("a recording is not under CONSULT_AFRICASTALKING_RECORDINGS; she is asked again")
        return Recording(name, seconds=1, key=about.keys[-1:], broken=not about.active) if name else None

    def report(self, request: Request, at: int) -> Receipt:
        """How far a call got, in minutes begun, and its price; for a call of hers nothing moves. Raises Refused."""
        del at
        self._door.check(request)
        return told(request.body, self.ours).receipt()

    def acknowledge(self) -> Response:
        """Nothing more is done: the call ends."""
        return Response(media=_MEDIA, body=f"{_HEAD}</Response>".encode())

    def decline(self) -> Response:
        """What rejects a call: alone, it costs nobody anything."""
        return Response(media=_MEDIA, body=f"{_HEAD}<Reject/></Response>".encode())

    def answer(self, spoken: Spoken) -> Response:
        """The actions of this step."""
        said = [action for action in map(self._action, spoken.speeches) if action]
        match spoken.keys:
            case None:
                body = "".join(said)
            case Tape():
                body = _gather(Gather(1, "", _FIRST), self._at("turn", spoken.turn), said)
                body += self._record(spoken.keys, spoken.turn)
            case _:
                address = self._at("turn", spoken.turn)
                body = f"{_gather(spoken.keys, address, said)}<Redirect>{address}</Redirect>"
        return Response(media=_MEDIA, body=f"{_HEAD}{body}</Response>".encode())

    def _at(self, what: str, turn: int) -> str:
        return escape(f"{self._address}?{what}={turn}")

    def _record(self, wanted: Tape, turn: int) -> str:
        address = self._at("tape", turn)
        return (
            f'<Record finishOnKey="#" maxLength="{wanted.most}" timeout="{wanted.silence}" trimSilence="true"'
            f' playBeep="true" callbackUrl="{address}"/><Redirect>{address}</Redirect>'
        )

    def _action(self, speech: Speech) -> str:
        """Her own language comes first; what is not recorded is read where an English voice can."""
        reads = speech.locale in _READ
        look = self.voices and (self.voices.own if reads else self.voices.find)
        found = look(speech) if look else None
        if found:
            return f'<Play url="{escape(f"{self._public}/audio/{found}")}"/>'
        return f"<Say>{escape(speech.text)}</Say>" if reads else ""

    # ---- what a carrier of messages does

    def send(self, owed: Owed, report_to: str) -> Receipt:
        """Call her. What is said is asked for when she has picked up. Raises SendFailed."""
        if not report_to:
            raise SendFailed("calls need CONSULT_PUBLIC_URL, the address they ask what to say", halt=True)
        if owed.sender in self._beeps:
            raise SendFailed("a number for beeps calls nobody")
        return place(self._account, self._api, owed)

    def missed(self, since: int) -> Iterable[Heard]:
        """None: a call that was not answered held nothing."""
        del since
        return ()

    def find(self, owed: Owed, since: int) -> Receipt | None:
        """They cannot be asked."""
        del owed, since
        return None

    def fetch(self, ref: str) -> bytes:
        """A recording's sound, from the configured address alone. Raises Unusable, SendFailed."""
        if not self._tapes:
            raise SendFailed("CONSULT_AFRICASTALKING_RECORDINGS is not set", retry=True)
        try:
            wav = taking.as_it_was(sound(self._tapes, ref))
        except taking.Unusable as why:
            raise Unusable(why.what) from None
        if len(wav) > LONGEST_SOUND:
            raise Unusable("it is too large")
        return wav

    def forget(self, ref: str) -> None:
        """They offer no deletion: ask them in writing how long they keep a recording."""
        del ref


def _tapes(settings: Settings) -> str:
    """Where they keep recordings; "" where that is not said. Raises BadSetting."""
    given = settings.africastalking_recordings
    if given and find_spec("av") is None:
        raise BadSetting("CONSULT_AFRICASTALKING_RECORDINGS: what they record is MP3; pip install 'consult[audio]'")
    return guarded_api("CONSULT_AFRICASTALKING_RECORDINGS", given) if given else ""


def _query(url: str) -> tuple[str, int]:
    """Which step is replied to, by keys ("turn") or aloud ("tape"); nothing for the first of a call. Raises Refused."""
    query = url.partition("?")[2]
    given = _QUERY.fullmatch(query) if query else None
    if query and given is None:
        _malformed()
    return (given[1], int(given[2])) if given else ("", 0)


def _malformed() -> NoReturn:
    raise Refused(400, "the address is malformed")


def _gather(keys: Gather, address: str, said: Sequence[str]) -> str:
    """Waits for keys while the last of these is said; one key ends itself, several end by their number or `finish`."""
    finish = f' finishOnKey="{keys.finish}"' if keys.finish else ""
    wanted = f'timeout="{keys.timeout}" numDigits="{keys.most}"{finish} callbackUrl="{address}"'
    return f"{''.join(said[:-1])}<GetDigits {wanted}>{''.join(said[-1:])}</GetDigits>"
