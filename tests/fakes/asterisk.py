"""A woman's telephone at the end of an Asterisk: it speaks FastAGI over a real socket, as a real Asterisk was seen to.

Rule 1: it shares no code with what it tests.
Rule 2: it fails on a command that Asterisk would not take.
"""

from __future__ import annotations

import re
import socket
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

OURS, HER = "+15005550006", "+2348030000001"
_calls = count(1)
_STREAM = re.compile(r'STREAM FILE "([^"]+)" "([0-9*#]*)"')
_WAIT = re.compile(r"WAIT FOR DIGIT ([0-9]+)")
_RECORD = re.compile(r'RECORD FILE "([^"]+)" wav "([0-9*#]*)" ([0-9]+) 0 BEEP s=([0-9]+)')


@dataclass
class Handset:
    """One call. `played` is what was heard since the last key; `open` whether the line still is."""

    port: int
    number: str = HER
    ours: str = OURS
    call: str = ""
    open: bool = False
    up: bool = False
    played: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # every command
    more: tuple[str, ...] = ()  # the dialplan's arguments after our number
    tape: str = ""  # the path it is told to record to, while it does
    into: deque[str] = field(default_factory=deque)  # keys pressed into what is said
    _socket: socket.socket = field(default_factory=socket.socket)
    _unread: bytes = b""

    def connects(self) -> None:
        self._socket.settimeout(10)
        self._socket.connect(("127.0.0.1", self.port))

    def rings(self) -> list[str]:
        """Up to the first key that is waited for."""
        self.connects()
        self.call = self.call or f"1795450730.{next(_calls)}"
        self.open = True
        self.sends(self.facts())
        return self._listens()

    def facts(self) -> bytes:
        told = {
            "network": "yes", "network_script": "consult", "request": "agi://127.0.0.1/consult",
            "channel": "PJSIP/trunk-00000001", "language": "en", "type": "PJSIP", "uniqueid": self.call,
            "version": "22", "callerid": self.number, "calleridname": "unknown", "dnid": "s", "context": "consult",
            "extension": "s", "priority": "2", "enhanced": "0.0", "accountcode": "", "arg_1": self.ours,
        }  # fmt: skip
        told |= {f"arg_{n}": each for n, each in enumerate(self.more, 2)}
        return "".join(f"agi_{name}: {value}\n" for name, value in told.items()).encode() + b"\n"

    def presses(self, *keys: str) -> list[str]:
        """Each key when it is waited for; what was heard after the last."""
        for key in keys:
            for each in key:
                self.played = []
                self._answers(f"200 result={ord(each)}")
                self._listens()
        return self.played

    def waits(self) -> list[str]:
        self.played = []
        return self.goes_on("")

    def speaks(self, sound: bytes, key: str = "", *, seconds: int = 3) -> list[str]:
        """Says something after the tone, until a key or silence; what was heard then."""
        self.played = []
        self._tapes(sound)
        how = f"{ord(key)} (dtmf)" if key else "0 (timeout)"
        self._answers(f"200 result={how} endpos={seconds * 8000}")
        return self._listens()

    def hangs_up_speaking(self, sound: bytes, *, seconds: int = 2) -> None:
        self._tapes(sound)
        self._answers(f"200 result=-1 (hangup) endpos={seconds * 8000}")
        self.sends(b"HANGUP\n")
        self._reads_to_the_end()

    def _tapes(self, sound: bytes) -> None:
        assert self.tape, "nothing records"
        Path(f"{self.tape}.wav").write_bytes(sound)
        self.tape = ""

    def goes_on(self, *keys: str) -> list[str]:
        """Each key, or none for "", whenever a key is looked for; what was heard since the last that was pressed."""
        for key in keys:
            self._answers(f"200 result={ord(key) if key else 0}")
            self._listens()
        return self.played

    def hangs_up(self) -> None:
        """As Asterisk tells it: the command in hand fails, and a line says why."""
        self._answers("200 result=-1")
        self.sends(b"HANGUP\n")
        self._reads_to_the_end()

    def says(self, line: bytes) -> None:
        """Whatever line, and then the end of the call is awaited."""
        self.sends(line)
        self._reads_to_the_end()

    def dies(self) -> None:
        """The socket is gone without a word."""
        self._socket.close()
        self.open = False

    def sends(self, what: bytes) -> None:
        self._socket.sendall(what)

    def _reads_to_the_end(self) -> None:
        self._socket.settimeout(5)
        try:
            while self._socket.recv(4096):
                pass
        except ConnectionResetError:
            pass
        self.dies()

    def _answers(self, line: str) -> None:
        assert self.open, "the line is dead"
        self.sends(line.encode() + b"\n")

    def _listens(self) -> list[str]:
        while command := self.reads():
            self.asked.append(command)
            if _WAIT.fullmatch(command):
                return self.played
            if tape := _RECORD.fullmatch(command):
                self.tape = tape[1]
                return self.played
            self._answers(self._done(command))
        self.dies()
        return self.played

    def _done(self, command: str) -> str:
        if command == "ANSWER":
            self.up = True
            return "200 result=0"
        if command == "HANGUP":
            return "200 result=1"
        if command == "CHANNEL STATUS":
            return "200 result=6"
        stream = _STREAM.fullmatch(command)
        assert stream, "Asterisk would answer 510"
        assert self.up, "played before it was answered"
        return self._plays(*stream.groups())

    def _plays(self, path: str, keys: str) -> str:
        if not Path(f"{path}.wav").is_file():
            return "200 result=-1 endpos=0"
        self.played.append(Path(path).name)
        if self.into and self.into[0] in keys:
            self.played = []
            return f"200 result={ord(self.into.popleft())} endpos=800"
        return "200 result=0 endpos=8000"

    def finishes(self, command: str) -> list[str]:
        """Goes on from a command that was read, to the next key that is waited for."""
        self._answers(self._done(command))
        return self._listens()

    def reads(self) -> str:
        """The next command, "" when the socket was closed."""
        while b"\n" not in self._unread:
            more = self._socket.recv(4096)
            if not more:
                return ""
            self._unread += more
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode("ascii")
