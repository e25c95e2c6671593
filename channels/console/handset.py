"""A terminal in place of a telephone that speaks, or that dials a code: what is heard is shown, what is typed are keys.

Rule 1: the first line rings, as the number does that stands for this keyword; an empty line is silence.
Rule 2: a line that is no keys is something said aloud; of that, only that it was is kept here.
Rule 3: a call that was ended takes no more keys.
"""

from __future__ import annotations

from typing import Any

from channels.console import HERS, OURS, Terminal, bubble
from consult.channel import Heard, Keys, Rang, Recording, Response, Said, Silence, Unusable


class Handset(Terminal):
    """A carrier (`consult.channel.CallCarrier`)."""

    def says(self, line: str, ref: str, at: int) -> Heard:
        """She rang, for the first line; then pressed these keys. `ref` is the caller's, made once for each line."""
        said: Said = _said(line, ref) if self._rang else Rang(line)
        self._rang = True
        return Heard(self._channel.name, self.name, OURS, HERS, said, ref, at, call="console")

    _rang = False
    voices: Any = None
    records = True

    def answer(self, spoken: Any) -> Response:
        """What is heard, a line for each thing said, and which keys are waited for."""
        lines = [f"| \u2068{speech.text}\u2069" for speech in spoken.speeches]
        foot = f"'- {_waits(spoken.keys)}"
        return Response(body="\n".join((".-", *lines, foot)).encode())

    def fetch(self, ref: str) -> bytes:
        """Nothing is recorded in a terminal. Raises Unusable."""
        del ref
        raise Unusable("a terminal records nothing")


class Dialler(Handset):
    """A telephone that dials a code (`consult.channel.CallCarrier`): a line is what is typed on the screen."""

    def says(self, line: str, ref: str, at: int) -> Heard:
        """She dialled, for the first line; then typed these replies."""
        said: Said = Keys(line) if self._rang else Rang(line)
        self._rang = True
        return Heard(self._channel.name, self.name, OURS, HERS, said, ref, at, call="console")

    def answer(self, spoken: Any) -> Response:
        """The screen in its frame, and whether anything can be typed on it."""
        frame = bubble(spoken.text, self._channel.cost(spoken.text))
        return Response(body=f"{frame}{' (ends)' if spoken.ends else ''}".encode())


def _said(line: str, ref: str) -> Said:
    if not line:
        return Silence()
    return Keys(line) if set(line) <= set("0123456789*#") else Recording(ref, seconds=1)


def _waits(keys: Any) -> str:
    if keys is None:
        return "(hangs up)"
    if hasattr(keys, "finish"):
        return f"{keys.most} x [0-9*#]{keys.finish} {keys.timeout} s"
    return f"(records {keys.most} s)"
