"""Simulated calls for the demo: a telephone on a page, with the words, sounds and keys of a real call.

Rule 1: invented numbers only; it is opened for the demo only.
Rule 2: what is heard next is told as JSON (`answer`), and the page shows it: no call is held open anywhere.
Rule 3: what is said into the page's microphone lies in a file until it is fetched, as at a real carrier.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import parse_qs

from channels.providers.invented import CALLS, INVENTED
from channels.voice.render import Gather, Spoken, Tape
from consult.channel import (
    LONGEST_SOUND,
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
    Unusable,
)
from consult.config import Settings

NAME = "simulator"
_CALL = re.compile(r"[0-9a-f]{8,40}")
_TURN = re.compile(r"[0-9]{1,4}")
_FIELDS = ("sender", "call", "turn", "act", "value")
_KEYS = re.compile(r"[0-9*#]{1,64}")


def open_carrier(settings: Settings) -> SimulatedCalls | None:
    """Simulated calls, in the demo only."""
    return SimulatedCalls(settings.data / "said") if settings.demo else None


class SimulatedCalls:
    """A carrier (`consult.channel.CallCarrier`) whose calls are made on a page. `folder` keeps what was said aloud."""

    name = NAME
    ours: Sequence[str] = (CALLS,)
    pace = 1.0
    can_find = False
    skew = 3
    only_hears = True
    records = True

    def __init__(self, folder: Path) -> None:
        self._folder, self.voices = folder, None

    def receive(self, request: Request, at: int) -> Heard:
        """Form fields `sender`, `call`, `turn`, `act` (ring, keys, speak, silence, hang_up), `value`.

        Raises Refused.
        """
        form = parse_qs(request.body.decode("latin-1"), keep_blank_values=True, max_num_fields=20)
        sender, call, turn, act, value = (form.get(name, [""])[0] for name in _FIELDS)
        if not INVENTED.fullmatch(sender) or not _CALL.fullmatch(call) or not _TURN.fullmatch(turn):
            raise Refused(400, "the form needs an invented sender, a call and a turn")
        said = self._said(act, value, f"{call}-{turn}")
        return Heard("voice", NAME, CALLS, sender, said, f"{call}:{turn}:{act}", at, call=call)

    def _said(self, act: str, value: str, turn: str) -> Said:
        """Raises Refused."""
        match act:
            case "ring" if value:
                return Rang(value)
            case "keys" if _KEYS.fullmatch(value):
                return Keys(value)
            case "speak":
                return Recording(turn, seconds=int(self._file(turn).exists()), key=value[:1])
            case "silence":
                return Silence()
            case "hang_up":
                return HungUp()
            case _:
                raise Refused(400, "nothing was done that a telephone can do")

    def report(self, request: Request, at: int) -> Receipt:
        """Never called. Raises Refused."""
        del request, at
        raise Refused(400, "the simulator sends no reports")

    def acknowledge(self) -> Response:
        """A call that is over."""
        return Response(media="application/json", body=b'{"said": [], "keys": null, "turn": 0}')

    def answer(self, spoken: Spoken) -> Response:
        """What is heard, and what is waited for."""
        said = [{"text": each.text, "locale": each.locale, "key": each.key} for each in spoken.speeches]
        told = {"said": said, "keys": _waited(spoken.keys), "turn": spoken.turn, "slow": spoken.slow}
        return Response(media="application/json", body=json.dumps(told).encode())

    # ---- what was said aloud

    def keep(self, ref: str, sound: bytes) -> None:
        """What the page's microphone heard in the turn `ref` ("call-turn"). Raises ValueError, OSError."""
        file = self._file(ref)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_bytes(sound[: LONGEST_SOUND + 1])

    def fetch(self, ref: str) -> bytes:
        """Raises Unusable."""
        try:
            sound = self._file(ref).read_bytes()
        except (OSError, ValueError):
            raise Unusable("it is not there") from None
        if len(sound) > LONGEST_SOUND:
            raise Unusable("it is too large")
        if sound[:4] != b"RIFF" or sound[8:12] != b"WAVE":
            raise Unusable("it is no sound")
        return sound

    def forget(self, ref: str) -> None:
        self._file(ref).unlink(missing_ok=True)

    def _file(self, ref: str) -> Path:
        call, _, turn = ref.partition("-")
        if not _CALL.fullmatch(call) or not _TURN.fullmatch(turn):
            raise ValueError("no turn of a call")
        return self._folder / f"{ref}.wav"

    # ---- what a carrier of messages does

    def send(self, owed: Owed, report_to: str) -> Receipt:
        """Nobody is called from here. Raises SendFailed."""
        del owed, report_to
        raise SendFailed("the simulator makes no calls", halt=True)

    def missed(self, since: int) -> Iterable[Heard]:
        """None."""
        del since
        return ()

    def find(self, owed: Owed, since: int) -> Receipt | None:
        """None: nothing is handed over."""
        del owed, since
        return None


def _waited(keys: Gather | Tape | None) -> dict[str, object] | None:
    match keys:
        case None:
            return None
        case Gather():
            return {"most": keys.most, "finish": keys.finish}
        case Tape():
            return {"tape": keys.most}
