"""A terminal in place of a telephone that speaks: what is heard is shown, what is typed are keys.

Rule 1: the first line rings, as the number does that stands for this keyword; an empty line is silence.
Rule 2: a call that was ended takes no more keys.
"""

from __future__ import annotations

from typing import Any

from channels.console import HERS, OURS, Terminal
from consult.channel import Heard, Keys, Rang, Response, Said, Silence


class Handset(Terminal):
    """A carrier (`consult.channel.CallCarrier`)."""

    def says(self, line: str, ref: str, at: int) -> Heard:
        """She rang, for the first line; then pressed these keys. `ref` is the caller's, made once for each line."""
        said: Said = Rang(line) if not self._rang else Keys(line) if line else Silence()
        self._rang = True
        return Heard(self._channel.name, self.name, OURS, HERS, said, ref, at, call="console")

    _rang = False

    def answer(self, spoken: Any) -> Response:
        """What is heard, a line for each thing said, and which keys are waited for."""
        lines = [f"| \u2068{speech.text}\u2069" for speech in spoken.speeches]
        keys = spoken.keys
        foot = "'- (hangs up)" if keys is None else f"'- {keys.most} x [0-9*#]{keys.finish} {keys.timeout} s"
        return Response(body="\n".join((".-", *lines, foot)).encode())
