"""Calls by an Asterisk of ours, without the internet: what it tells of a call in, what it is to play out.

No webhook comes from it: `channels.voice.fastagi` holds its calls and asks this carrier.

Rule 1: a line that has no sound is passed over: Asterisk reads nothing aloud.
Rule 2: hanging up is not told: what she gave was kept as she gave it.
Rule 3: nothing is recorded: a question for her own words is passed over (`records`).
Rule 4: keys pressed ahead of what is said count for it, for a person who knows the way; * takes an answer back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import NoReturn

from channels.voice.numbers import keywords
from channels.voice.render import Gather, Spoken
from channels.voice.speech import Voices
from consult.channel import (
    Heard,
    Keys,
    Owed,
    Rang,
    Receipt,
    Refused,
    Request,
    Response,
    Said,
    SendFailed,
    Silence,
    Unusable,
)
from consult.config import Settings
from consult.speech.reading import Reader
from consult.speech.shelf import Shelf

NAME = "asterisk"
_CALL = re.compile(r"[0-9A-Za-z._-]{1,80}")
_NUMBER = re.compile(r"\+?[0-9]{5,15}")
_KEYS = re.compile(r"[0-9*#]{1,32}")


def open_carrier(settings: Settings) -> AsteriskCalls | None:
    """Asterisk's calls, where numbers for them are given. Raises BadSetting."""
    return AsteriskCalls(settings, Reader(Shelf(settings.data))) if settings.asterisk_voice else None


@dataclass(frozen=True, slots=True)
class Step:
    """What Asterisk plays, and which keys are waited for then: `most` 0 ends the call."""

    turn: int
    sounds: tuple[str, ...]  # audio files' names
    most: int = 0
    finish: str = ""
    timeout: int = 0
    slow: bool = False


def step_of(answer: Response) -> Step:
    """The step that `answer` wrote."""
    read = json.loads(answer.body)
    return Step(**{**read, "sounds": tuple(read["sounds"])})


class AsteriskCalls:
    """A carrier (`consult.channel.CallCarrier`). CONSULT_ASTERISK_VOICE: "+15005550006 RIVER, +15005550007 KIOSK"."""

    name = NAME
    pace = 1.0
    can_find = False
    skew = 3

    records = False

    def __init__(self, settings: Settings, voices: Voices) -> None:
        self._keywords = keywords(settings.asterisk_voice, "CONSULT_ASTERISK_VOICE")
        self.ours: Sequence[str] = tuple(self._keywords)
        self.voices = voices

    def heard(self, facts: Mapping[str, str], keys: str, turn: int, at: int) -> Heard:
        """Her ringing (turn 0), her keys or her silence; `sender` is None for hidden numbers. Raises Refused.

        The dialplan gives our number as the first argument: on a GSM gateway the extension does not tell it.
        """
        ours, call, number = (facts.get(name, "") for name in ("arg_1", "uniqueid", "callerid"))
        if ours not in self._keywords:
            raise Refused(400, "the AGI's argument is none of CONSULT_ASTERISK_VOICE")
        if not _CALL.fullmatch(call) or (keys and not _KEYS.fullmatch(keys)):
            raise Refused(400, "a call or keys that are none")
        return Heard(
            channel="voice",
            carrier=NAME,
            ours=ours,
            sender=number if _NUMBER.fullmatch(number) else None,
            said=self._said(ours, keys, turn),
            ref=f"{ours}:{call}:{turn}",
            heard_at=at,
            call=call,
        )

    def _said(self, ours: str, keys: str, turn: int) -> Said:
        if not turn:
            return Rang(self._keywords[ours])
        return Keys(keys) if keys else Silence()

    def answer(self, spoken: Spoken) -> Response:
        """The step, for `step_of`."""
        sounds = tuple(filter(None, map(self.voices.find, spoken.speeches)))
        step = Step(spoken.turn, sounds, slow=spoken.slow)
        if isinstance(gather := spoken.keys, Gather):
            step = Step(spoken.turn, sounds, gather.most, gather.finish, gather.timeout, spoken.slow)
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
        """Nothing is recorded. Raises Unusable."""
        del ref
        raise Unusable("nothing is recorded on site")

    def forget(self, ref: str) -> None:
        """Nothing is recorded, and the dialplan that we give keeps no list of calls."""
        del ref
