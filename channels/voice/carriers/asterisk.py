"""Calls by an Asterisk of ours, without the internet: what it tells of a call, what it is to play, whom to call.

No webhook comes from it: `channels.voice.fastagi` holds its calls and asks this carrier.

Rule 1: a line that has no sound is passed over: Asterisk reads nothing aloud.
Rule 2: what she gave before she hung up was kept as she gave it; only a recording she was speaking is told as broken.
Rule 3: a recording is a file with a name of chance in one folder, known by that name alone; it is removed once it is
    sealed, and what nobody ever named is swept away.
Rule 4: keys pressed ahead of what is said count for it, for a person who knows the way; * takes an answer back.
Rule 5: a call of ours is a file that is moved into Asterisk's spool whole. Asterisk removes it when it dials; so her
    number lies in the open no longer than that, in a folder that should be memory only.

https://docs.asterisk.org/Configuration/Interfaces/Asterisk-Call-Files/ and the dialplan in deploy/node/asterisk.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_hex
from typing import NoReturn

from channels.voice.numbers import apart, beeps, keywords
from channels.voice.render import Gather, Spoken, Tape
from channels.voice.speech import Voices
from consult.channel import (
    CALL_UNITS,
    LONGEST_SOUND,
    Beeped,
    Delivery,
    Heard,
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
from consult.speech.reading import Reader
from consult.speech.shelf import Shelf

NAME = "asterisk"
FAILED = "failed"  # the dialplan's word for a call of ours that nobody took
_CALL = re.compile(r"[0-9A-Za-z._-]{1,80}")
_NUMBER = re.compile(r"\+?[0-9]{5,15}")
_KEYS = re.compile(r"[0-9*#]{1,32}")
_ROW = re.compile(r"[1-9][0-9]{0,17}")
_TAPE = re.compile(r"[0-9a-f]{32}")
_DIAL = re.compile(r"[A-Za-z0-9_]+/[A-Za-z0-9_.@{}:-]*\{number\}[A-Za-z0-9_.@:-]*")
_RINGS = 40  # seconds a call of ours rings
_LEFT_OVER = 3600  # seconds after which a recording that nobody named is removed
_WAV_HEAD = 44  # bytes before the sound
# What the dialplan says of a call that nobody took: https://docs.asterisk.org (OriginateResponse)
_REASONS = {"1": "no answer", "3": "no answer", "5": "busy", "8": "congestion"}
Facts = Mapping[str, str]


def open_carrier(settings: Settings) -> AsteriskCalls | None:
    """Asterisk's calls, where numbers for them are given. Raises BadSetting."""
    if not (settings.asterisk_voice or settings.asterisk_call_back or settings.asterisk_beep):
        return None
    if not _DIAL.fullmatch(settings.asterisk_dial):
        raise BadSetting("CONSULT_ASTERISK_DIAL must look like PJSIP/{number}@gateway")
    return AsteriskCalls(settings, Reader(Shelf(settings.data)))


@dataclass(frozen=True, slots=True)
class Step:
    """What Asterisk plays, and which keys are waited for then: `most` 0 ends the call. `tape`: she speaks after it, at
    most so many seconds, until `timeout` seconds of silence or a key."""

    turn: int
    sounds: tuple[str, ...]  # audio files' names
    most: int = 0
    finish: str = ""
    timeout: int = 0
    slow: bool = False
    tape: int = 0


def step_of(answer: Response) -> Step:
    """The step that `answer` wrote."""
    read = json.loads(answer.body)
    return Step(**{**read, "sounds": tuple(read["sounds"])})


class AsteriskCalls:
    """A carrier (`consult.channel.CallCarrier`). CONSULT_ASTERISK_VOICE: "+15005550006 RIVER, +15005550007 KIOSK"."""

    name = NAME
    pace = CALL_UNITS / 5  # a call every five seconds: a gateway has few SIMs
    can_find = False
    skew = 3
    records = True

    def __init__(self, settings: Settings, voices: Voices) -> None:
        self._keywords = keywords(settings.asterisk_voice, "CONSULT_ASTERISK_VOICE")
        self._returns = keywords(settings.asterisk_call_back, "CONSULT_ASTERISK_CALL_BACK")
        self._beeps = beeps(settings.asterisk_beep, "CONSULT_ASTERISK_BEEP")
        apart("CONSULT_ASTERISK_BEEP", self._beeps, self._keywords, self._returns)
        apart("CONSULT_ASTERISK_CALL_BACK", self._returns, self._keywords)
        self.ours: Sequence[str] = (*self._keywords, *self._returns, *sorted(self._beeps))
        self.voices = voices
        self.tapes = settings.asterisk_tapes or settings.data / "asterisk-recordings"
        self._spool, self._dial = settings.asterisk_spool, settings.asterisk_dial

    # ---- what the dialplan and the keys tell

    def heard(self, facts: Facts, said: str | Recording, turn: int, at: int) -> Heard:
        """Her ringing or picking up (turn 0), her keys, her silence, what she said aloud. Raises Refused.

        The dialplan's arguments: our number (a gateway's extension does not tell it); for a call of ours "out", our
        outbox row, her number and what AMD makes of who picked up. `sender` is None for hidden numbers.
        """
        ours, call, what = (facts.get(name, "") for name in ("arg_1", "uniqueid", "arg_2"))
        number = facts.get("arg_4" if what == "out" else "callerid", "")
        if ours not in self.ours:
            raise Refused(400, "the AGI's argument is none of CONSULT_ASTERISK_VOICE")
        if not _CALL.fullmatch(call) or (isinstance(said, str) and said and not _KEYS.fullmatch(said)):
            raise Refused(400, "a call or keys that are none")
        heard = self._said(facts, ours, said, turn)
        return Heard(
            channel="voice",
            carrier=NAME,
            ours=ours,
            sender=number if _NUMBER.fullmatch(number) else None,
            said=heard,
            ref=f"{ours}:{call}:{turn}",
            heard_at=at,
            call="" if isinstance(heard, Beeped | Missed) else call,
        )

    def _said(self, facts: Facts, ours: str, said: str | Recording, turn: int) -> Said:
        if turn and isinstance(said, Recording):
            return said
        if turn:
            return Keys(str(said)) if said else Silence()
        if facts.get("arg_2") == "out":
            return PickedUp(_row(facts), human=facts.get("arg_5", "") in ("", "HUMAN"))
        if ours in self._beeps:
            return Beeped()
        if ours in self._returns:
            return Missed(self._returns[ours])
        return Rang(self._keywords[ours])

    def ended(self, facts: Facts, seconds: float) -> Receipt | None:
        """What became of a call of ours: after it, or told by the dialplan's `failed`. None for a call of hers."""
        what, call = facts.get("arg_2", ""), facts.get("uniqueid", "")
        if what == FAILED:
            why = _REASONS.get(facts.get("arg_5", ""), "failed")
            return Receipt(call, Delivery.FAILED, _row(facts), why=why)
        if what != "out":
            return None
        minutes = max(1, -(-int(seconds) // 60))
        if facts.get("arg_5", "") not in ("", "HUMAN"):
            return Receipt(call, Delivery.FAILED, _row(facts), why="a machine", segments=minutes)
        return Receipt(call, Delivery.DELIVERED, _row(facts), segments=minutes)

    def answer(self, spoken: Spoken) -> Response:
        """The step, for `step_of`."""
        sounds = tuple(filter(None, map(self.voices.find, spoken.speeches)))
        step = Step(spoken.turn, sounds, slow=spoken.slow)
        match spoken.keys:
            case Gather(most, finish, timeout):
                step = Step(spoken.turn, sounds, most, finish, timeout, spoken.slow)
            case Tape(most, silence):
                step = Step(spoken.turn, sounds, 1, "", silence, spoken.slow, tape=most)
        return Response(media="application/json", body=json.dumps(asdict(step)).encode())

    # ---- what other carriers do

    def receive(self, request: Request, at: int) -> NoReturn:
        """Raises Refused: Asterisk is not heard by HTTP."""
        del request, at
        raise Refused(403, "Asterisk speaks FastAGI: consult voice fastagi")

    def report(self, request: Request, at: int) -> NoReturn:
        """Raises Refused: Asterisk is not heard by HTTP."""
        self.receive(request, at)

    def acknowledge(self) -> Response:
        """A step that ends a call."""
        return Response(media="application/json", body=json.dumps(asdict(Step(0, ()))).encode())

    def send(self, owed: Owed, report_to: str) -> Receipt:
        """Have Asterisk call her. Raises SendFailed."""
        del report_to  # the dialplan tells
        if self._spool is None:
            raise SendFailed("calls need CONSULT_ASTERISK_SPOOL, the folder where Asterisk looks for them", halt=True)
        if not _NUMBER.fullmatch(owed.receiver):
            raise SendFailed("no number that can be dialled", dead=True)
        half = self._spool / "making" / f"{owed.id}-{token_hex(4)}"  # Asterisk passes folders over
        try:
            half.parent.mkdir(mode=0o770, exist_ok=True)
            half.write_text(self._call_file(owed), encoding="ascii")
            half.chmod(0o660)  # Asterisk notes its tries in it
            half.rename(self._spool / f"consult-{owed.id}.call")
        except OSError as error:
            half.unlink(missing_ok=True)
            raise SendFailed(f"Asterisk's spool cannot be written ({error.strerror})", retry=True, after=30) from None
        return Receipt("", Delivery.ACCEPTED, owed.id)

    def _call_file(self, owed: Owed) -> str:
        told = {"CONSULT_OURS": owed.sender, "CONSULT_CALL": str(owed.id), "CONSULT_HERS": owed.receiver}
        lines = {
            "Channel": self._dial.replace("{number}", owed.receiver),
            "CallerID": f"<{owed.sender}>",
            "MaxRetries": "0",
            "WaitTime": str(_RINGS),
            "Context": "consult-out",
            "Extension": "s",
            "Priority": "1",
            "Archive": "no",
        }
        facts = [f"Setvar: {name}={value}" for name, value in told.items()]
        return "\n".join([*(f"{name}: {value}" for name, value in lines.items()), *facts, ""])

    def missed(self, since: int) -> Iterable[Heard]:
        """None: a call that was not answered held nothing."""
        del since
        return ()

    def find(self, owed: Owed, since: int) -> Receipt | None:
        """None: nothing is handed over."""
        del owed, since
        return None

    # ---- what she said aloud

    def tape(self) -> tuple[str, str]:
        """A new recording's name, and its path as Asterisk is told it, without its extension."""
        name = token_hex(16)
        return name, str((self.tapes / name).absolute())

    def fetch(self, ref: str) -> bytes:
        """A recording's sound. Raises Unusable, SendFailed."""
        file = self._tape(ref)
        try:
            if file.stat().st_size > LONGEST_SOUND:
                raise Unusable("it is too large")
            sound = file.read_bytes()
        except FileNotFoundError:
            raise Unusable("it is not there") from None
        except OSError as error:
            raise SendFailed(f"a recording cannot be read ({error.strerror})", retry=True) from None
        if sound[:4] != b"RIFF" or sound[8:12] != b"WAVE":
            raise Unusable("it is no sound")
        if len(sound) <= _WAV_HEAD:
            raise Unusable("it is empty")
        return sound

    def forget(self, ref: str) -> None:
        """Remove a recording from Asterisk's folder. Raises SendFailed."""
        try:
            self._tape(ref).unlink(missing_ok=True)
        except OSError as error:
            raise SendFailed(f"a recording cannot be removed ({error.strerror})", retry=True) from None

    def tidy(self, at: float) -> int:
        """Remove recordings that nobody named within an hour: whoever made them was cut off. How many."""
        old = [file for file in self._files() if file.stat().st_mtime < at - _LEFT_OVER]
        for file in old:
            file.unlink(missing_ok=True)
        return len(old)

    def _files(self) -> list[Path]:
        return [file for file in self.tapes.glob("*.wav") if _TAPE.fullmatch(file.stem)]

    def _tape(self, ref: str) -> Path:
        if not _TAPE.fullmatch(ref):
            raise Unusable("it is no name of ours")
        return self.tapes / f"{ref}.wav"


def _row(facts: Facts) -> int:
    """Our outbox row, as we gave it to the call. Raises Refused."""
    if not _ROW.fullmatch(facts.get("arg_3", "")):
        raise Refused(400, "a call that we did not make")
    return int(facts["arg_3"])
