"""FastAGI, as Asterisk speaks it: for each call one socket, a page of facts, then a command and its reply in turns.

A server of our own and not pystrix: that one runs a program when it starts and waits for ever on a one-line 520.

https://docs.asterisk.org/Configuration/Interfaces/Asterisk-Gateway-Interface-AGI/

Rule 1: what comes from the socket is trusted neither for its length nor for the time it takes.
Rule 2: a call that is over raises Gone wherever that is learned: a HANGUP line, -1, 511, a socket that is closed.
Rule 3: nothing that was read gets into an error: it may hold a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from socket import socket

KEYS = "0123456789*#"
LONGEST_LINE, MOST_FACTS = 1024, 100  # bytes; lines
SOON, LONGEST_SOUND = 10.0, 180.0  # seconds a reply may take: at once, and how much longer while a sound is played
_REPLY = re.compile(r"200 result=(-?[0-9]{1,9})(?:\s.*)?")
_NOWHERE = re.compile(r"\bendpos=0\b")
_SAMPLES = re.compile(r"\bendpos=([0-9]{1,9})\b")
RATE = 8000  # samples a second
_UP = 6
_MISSING = -1


class Gone(Exception):
    """The call is over, or what is at its other end is no Asterisk; the words say how that was learned."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A command's result; `moved`: whether any of a sound was heard."""

    result: int
    moved: bool
    samples: int = 0


@dataclass(frozen=True, slots=True)
class Taped:
    """A recording was made: the key that ended it, how many seconds it is, and whether the call is over with it."""

    key: str
    seconds: int
    over: bool


class Wire:
    """One call's socket. `clock` counts seconds, from any beginning. Every method raises Gone."""

    def __init__(self, connection: socket, clock: Callable[[], float], soon: float = SOON) -> None:
        self._socket, self._clock, self._soon, self._unread = connection, clock, soon, b""

    def facts(self) -> Mapping[str, str]:
        """What Asterisk says of the call: name without agi_ -> value."""
        found: dict[str, str] = {}
        until = self._clock() + self._soon
        for _ in range(MOST_FACTS):
            line = self._line(until)
            if not line:
                return found
            name, colon, value = line.partition(": ")
            if not colon and not line.endswith(":"):
                raise Gone("a fact without a name")
            found[name.removesuffix(":").removeprefix("agi_")] = value
        raise Gone("too many facts")

    def answer(self) -> None:
        """Pick up."""
        if self.ask("ANSWER").result != 0:
            raise Gone("not picked up")

    def play(self, path: str, keys: str = KEYS) -> str:
        """Play a sound, named without its extension; the key of `keys` that was pressed meanwhile, or "".

        A sound that is not there is passed over: Asterisk says -1 for it, as for a call that is over.
        """
        reply = self.ask(f'STREAM FILE "{path}" "{keys}"', LONGEST_SOUND)
        if reply.result != _MISSING:
            return _key(reply)
        if reply.moved or self.ask("CHANNEL STATUS").result != _UP:
            raise Gone("hung up")
        return ""

    def wait(self, seconds: float) -> str:
        """The next key, or "" when none comes in time."""
        reply = self.ask(f"WAIT FOR DIGIT {round(seconds * 1000)}", seconds)
        if reply.result < 0:
            raise Gone("hung up")
        return _key(reply)

    def record(self, path: str, seconds: int, silence: int) -> Taped:
        """Record what she says after a tone, until a key, so many seconds of silence, or the end of the call."""
        command = f'RECORD FILE "{path}" wav "{KEYS}" {seconds * 1000} 0 BEEP s={silence}'
        reply = self.ask(command, seconds + silence)
        return Taped(_key(reply), reply.samples // RATE, over=reply.result < 0)

    def hang_up(self) -> None:
        """End the call."""
        self.ask("HANGUP")

    def ask(self, command: str, longer: float = 0) -> Reply:
        """Give a command and await its reply, for so many seconds longer than what is done at once."""
        try:
            self._socket.settimeout(self._soon)
            self._socket.sendall(command.encode("ascii") + b"\n")
        except OSError as error:
            raise Gone("the socket is closed") from error
        return _read(self._line(self._clock() + self._soon + longer))

    def _line(self, until: float) -> str:
        while b"\n" not in self._unread:
            if len(self._unread) > LONGEST_LINE:
                raise Gone("a line too long")
            self._unread += self._more(until - self._clock())
        line, _, self._unread = self._unread.partition(b"\n")
        if len(line) > LONGEST_LINE:
            raise Gone("a line too long")
        return line.decode("ascii", "replace").rstrip("\r")

    def _more(self, seconds: float) -> bytes:
        if seconds <= 0:
            raise Gone("no answer in time")
        try:
            self._socket.settimeout(seconds)
            read = self._socket.recv(4096)
        except OSError as error:
            raise Gone("no answer in time, or the socket is closed") from error
        if not read:
            raise Gone("the socket is closed")
        return read


def _read(line: str) -> Reply:
    """HANGUP, 511 and every refusal of a command end the call; -1 means what its command makes of it."""
    found = _REPLY.fullmatch(line)
    if found is None:
        raise Gone("hung up" if line == "HANGUP" or line.startswith("511") else "not a reply")
    samples = _SAMPLES.search(line)
    return Reply(int(found[1]), _NOWHERE.search(line) is None, int(samples[1]) if samples else 0)


def _key(reply: Reply) -> str:
    """A key comes as the number of its character."""
    return chr(reply.result) if reply.result in map(ord, KEYS) else ""
