"""A real Kannel (bearerbox and smsbox) that runs what deploy/hub/kannel ships, with its fake SMSC for an operator."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_plus, unquote_to_bytes

from tests.conftest import need

SHIPPED = Path(__file__).parents[2] / "deploy" / "hub" / "kannel" / "kannel.conf"
INSTALL = "sudo apt-get install kannel kannel-extras"
BOXES, TOOLS = "/usr/sbin", "/usr/lib/kannel/test"
USER, PASSWORD, SECRET = "consult", "sesame-of-the-tests", "a-secret-for-the-tests_0123"

_GOT = re.compile(r"Got message \d+: <(.*)>")
_HEAD = re.compile(r"(\S+) (\S+) (?=(?:text|data|udh|ucs-2) )")


@dataclass(frozen=True)
class Taken:
    """A message, or a part of one, that the operator was given: as bytes, since parts of UCS-2 cut characters."""

    sender: str
    receiver: str
    said: bytes
    header: bytes


@dataclass
class Kannel:
    """`sendsms` is where it takes messages; `consult` the port it calls."""

    folder: Path
    consult: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ports: dict[str, int] = field(
        default_factory=lambda: {name: free_port() for name in ("admin", "box", "smsc", "sms")}
    )

    @property
    def sendsms(self) -> str:
        return f"http://127.0.0.1:{self.ports['sms']}"

    @property
    def told(self) -> str:
        """What the operator printed: each message it was given."""
        return "".join(file.read_text(errors="replace") for file in sorted(self.folder.glob("operator*.log")))

    def start(self) -> None:
        self.start_one("bearerbox", "smsc")
        self.start_one("smsbox", "sms")

    def start_one(self, name: str, port: str) -> None:
        """It runs, and listens."""
        words = [need(f"{BOXES}/{name}", INSTALL), "-v", "4", str(self.folder / "kannel.conf")]
        with (self.folder / f"{name}.stderr").open("ab") as aloud:
            self.running[name] = subprocess.Popen(words, stdout=aloud, stderr=aloud)
        until(lambda: listening(self.ports[port]))

    def stop(self, name: str, *, kill: bool = False) -> None:
        process = self.running.pop(name)
        if process.stdin:
            process.stdin.close()
        process.kill() if kill else process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:  # bearerbox waits for boxes that are gone
            process.kill()
            process.wait(5)

    def attach(self, *messages: tuple[str, str, str]) -> None:
        """The operator connects, and brings these: from, to, text. It stays, and takes what is sent to it."""
        port, name = str(self.ports["smsc"]), f"operator{len(list(self.folder.glob('operator*.log')))}"
        written = [f"{sender} {to} {coded(text)}" for sender, to, text in messages]
        words = [f"{TOOLS}/fakesmsc", "-H", "127.0.0.1", "-r", port, "-i", "0.01", "-m", str(len(written)), *written]
        log = (self.folder / f"{name}.log").open("wb")
        with log:
            self.running[name] = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT)

    def detach(self) -> None:
        """The operator is gone."""
        for name in [name for name in self.running if name.startswith("operator")]:
            self.stop(name)

    def taken(self) -> list[Taken]:
        """What the operator was given, in order."""
        whole: list[str] = []
        for line in _GOT.findall(self.told):
            whole = [*whole, line] if _HEAD.match(line) else [*whole[:-1], f"{whole[-1]}\n{line}"]
        heads = [(line, _HEAD.match(line)) for line in whole]
        return [Taken(head[1], head[2], *read(line[head.end() :])) for line, head in heads if head]


@contextmanager
def kannel(folder: Path, consult: int) -> Iterator[Kannel]:
    """It runs within, and hands messages on to this port of ours."""
    need(f"{BOXES}/bearerbox", INSTALL)
    need(f"{TOOLS}/fakesmsc", INSTALL)
    running = Kannel(folder, consult)
    (folder / "kannel.conf").write_text(settings(running))
    try:
        running.start()
        yield running
    finally:
        for name in sorted(running.running, reverse=True):  # smsbox, operators, bearerbox
            running.stop(name)


def settings(running: Kannel) -> str:
    """What deploy/hub/kannel ships, for a fake operator, ports that are free, and without its patience."""
    shipped, ports = SHIPPED.read_text(encoding="utf-8"), running.ports
    start, end = shipped.index("group = smsc\n"), shipped.index("# No smsbox-id here")
    smsc = f"group = smsc\nsmsc = fake\nsmsc-id = FAKE\nport = {ports['smsc']}\n"
    smsc += "connect-allow-ip = 127.0.0.1\nour-host = 127.0.0.1\n\n"
    ours = shipped[:start] + smsc + shipped[end:]
    for shown, given in {
        "admin-port = 13000": f"admin-port = {ports['admin']}",
        "smsbox-port = 13001": f"smsbox-port = {ports['box']}",
        "bearerbox-port = 13001": f"bearerbox-port = {ports['box']}",
        "sendsms-port = 13013": f"sendsms-port = {ports['sms']}",
        "/var/spool/kannel": str(running.folder),
        "/var/log/kannel/bearerbox.log": f"{running.folder}/bearerbox.log",
        "/var/log/kannel/smsbox.log": f"{running.folder}/smsbox.log",
        "http-queue-delay = 10": "http-queue-delay = 1",
        "CONSULT-KANNEL-USER": USER,
        "CONSULT-KANNEL-PASSWORD": PASSWORD,
        "CONSULT-KANNEL-SECRET": SECRET,
        "127.0.0.1:8000": f"127.0.0.1:{running.consult}",
    }.items():
        assert ours.count(shown) == 1, shown
        ours = ours.replace(shown, given)
    return ours


def coded(text: str) -> str:
    """A text as fakesmsc's command line has it."""
    return f"text {text}" if text.isascii() else f"ucs2 {quote_plus(text.encode('utf-16-be'))}"


def read(shown: str) -> tuple[bytes, bytes]:
    """Text (UTF-8, or UTF-16 where Kannel chose UCS-2) and header of a message as fakesmsc prints it."""
    words = shown.split(" ")
    header = unquote_to_bytes(words[1]) if words[0] == "udh" else b""
    kind, _, text = " ".join(words[2:] if header else words).partition(" ")
    if kind == "text":
        return text.encode(), header
    return unquote_to_bytes(text.replace("+", " ")), header


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listening(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(true: Callable[[], object], patience: float = 20.0) -> None:
    """Wait for what Kannel brings about."""
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, "Kannel did not come to it"
        time.sleep(0.05)
