"""Resident memory of a node: `consult serve` with a modem's letterbox and a hub that it syncs with over TLS, locked,
unlocked, after a thousand messages whose pages the hub has, and with the signed-in pages open; on one core and in
256 MB, as its unit runs it.

The messages are rows as gammu-smsd writes them, and the replies are taken out of the letterbox again: smsd itself and a
modem are not here; the hub is of this process. Argon2's 64 MiB are in the highest figure, and given back in the others.
"""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from channels.providers.gammu import Letterbox
from consult.config import Settings
from consult.house import House, open_house
from consult.library import day_of
from consult.lock import doors
from consult.passphrase import put_on
from consult.publish import publish
from consult.sync import enrolling
from consult.sync.https import Pace, sync
from consult.sync.meeting import token_mark
from tests.benchmarks.measuring import ROOT, Figure, Report, kilobytes, one_core
from tests.benchmarks.serving import free_port
from tests.benchmarks.sync import TOKEN, certificates
from tests.benchmarks.talking import FILE, KEYWORDS, LANGUAGES, village
from tests.sync.lines import Line, context
from tests.sync.lines import served as served_by

WOMEN = 250
SAID = ("", "1", "2", "3")  # after her keyword: consent, one of four, 1 to 5
LIMIT = 256 * 1024 * 1024  # bytes
STACK = 1024 * 1024  # of a thread
PATIENCE = 120.0  # seconds
PASSPHRASE = "bodake firumo lapesi tunavo"


def run(rounds: int) -> Report:
    """One process, measured in four states; `rounds` is not used."""
    del rounds
    with tempfile.TemporaryDirectory(prefix="consult-bench-") as place, one_core(), _hub(Path(place)) as (hub, url):
        settings = _environment(Path(place))
        data = Path(settings["CONSULT_DATA"])
        _enrolled(hub, url, settings, data)
        served = subprocess.Popen(
            [str(Path(sys.executable).with_name("consult")), "serve", "--port", settings["PORT"]],
            cwd=ROOT,
            env={**os.environ, **settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            preexec_fn=_narrow,
        )
        try:
            return _measured(served, data, Letterbox(Path(settings["CONSULT_GAMMU"])), settings["PORT"], hub)
        finally:
            served.terminate()
            served.communicate(timeout=30)


@contextmanager
def _hub(place: Path) -> Iterator[tuple[House, str]]:
    """A hub with the consultation, and its address."""
    house = open_house(Settings(data=place / "hub"))
    publish(house, FILE.read_text(encoding="utf-8"), day=day_of(int(time.time())), test=True)
    chain, _ = certificates(place, "127.0.0.1")
    with served_by(house) as inner, Line(inner, context(chain)) as line:
        yield house, f"https://127.0.0.1:{line.port}"
    house.close()


def _enrolled(hub: House, url: str, settings: dict[str, str], data: Path) -> None:
    """The node belongs to the hub, has the consultation from it, and is under a passphrase."""
    at, node = int(time.time()), open_house(Settings.from_env(settings))
    verify, box = enrolling.keys_of_hub(hub)
    request, mark = enrolling.ask(node, box), token_mark(hub.vault, TOKEN)
    hub.store.write(lambda tx: enrolling.admit(hub, tx, "village", request, mark, at))
    enrolling.belong(node, "village", url, TOKEN, verify=verify, box=box)
    os.environ["SSL_CERT_FILE"] = settings["SSL_CERT_FILE"]
    met = sync(node, lambda: int(time.time()), Pace(), pause=time.sleep)
    if not met.orders:
        raise RuntimeError(f"the node was told nothing: {met}")
    put_on(data, node.vault, PASSPHRASE)
    node.close()


def _environment(place: Path) -> dict[str, str]:
    return {
        "CONSULT_DATA": str(place / "data"),
        "CONSULT_GAMMU": str(place / "smsd.db"),
        "CONSULT_GAMMU_NUMBER": "+254700000009",
        "CONSULT_GAMMU_PACE": "10000",
        "CONSULT_COUNTRY": "KE",
        "CONSULT_SYNC_EVERY": "0.1",  # minutes
        "SSL_CERT_FILE": str(place / "root.pem"),
        "PORT": str(free_port()),
        "MALLOC_ARENA_MAX": "2",  # as deploy/node/system/consult.service has it
    }


def _narrow() -> None:
    """What the process, its threads' stacks included, may have of its own."""
    resource.setrlimit(resource.RLIMIT_STACK, (STACK, STACK))
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))


def _measured(served: subprocess.Popen[str], data: Path, box: Letterbox, port: str, hub: House) -> Report:
    assert served.stdout is not None
    served.stdout.readline()  # it says when it is ready
    found = {"locked": _settled(served.pid)}
    doors.knock(data, {"do": "unlock", "passphrase": PASSPHRASE})
    _until(lambda: doors.knock(data, {"do": "state"})[0]["state"] == "open")
    found["unlocked"] = _settled(served.pid)
    sent = sum(_round(box, step, said) for step, said in enumerate(SAID))
    found["talked"] = _settled(served.pid)
    _until(lambda: _arrived(hub) == WOMEN)
    found["synced"] = _settled(served.pid)
    with suppress(urllib.error.HTTPError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/office/sign-in").read()
    found["pages"] = _settled(served.pid)
    highest = kilobytes(served.pid, "VmHWM")
    return Report(
        {**{f"{name}_kb": value for name, value in found.items()}, "highest_kb": highest, "sent": sent},
        (
            Figure("a node, locked", found["locked"] / 1024, "MB", 60, "less"),
            Figure("a node, unlocked", found["unlocked"] / 1024, "MB", 60, "less"),
            Figure("a node, after 1,000 messages in and their replies out", found["talked"] / 1024, "MB", 60, "less"),
            Figure("a node, with its pages at the hub", found["synced"] / 1024, "MB", 60, "less"),
            Figure("a node, with the signed-in pages open", found["pages"] / 1024, "MB"),
            Figure("a node at its highest, Argon2 within", highest / 1024, "MB", 256, "less"),
        ),
    )


def _arrived(hub: House) -> int:
    """How many facts the hub has, counted no further than there are women."""
    name = village().consultation.name
    return len(hub.store.read(lambda view: list(view.facts(name, limit=WOMEN))))


def _settled(pid: int) -> int:
    time.sleep(3)
    return kilobytes(pid)


def _round(box: Letterbox, step: int, said: str) -> int:
    """Everybody says this, and her reply is taken away; how many messages left."""
    with closing(sqlite3.connect(box.path, isolation_level=None, timeout=30)) as letters:
        for i in range(WOMEN):
            text = said if step else KEYWORDS[LANGUAGES[i % 3]]
            row = (f"2026-11-30 12:0{step}:00", text.encode("utf-16-be").hex(), f"+2547{i:08d}")
            letters.execute(
                "INSERT INTO inbox (ReceivingDateTime, Text, SenderNumber, UDH, Coding, RecipientID) "
                "VALUES (?, ?, ?, '', 'Unicode_No_Compression', 'consult')",
                row,
            )
        left = 0

        def taken() -> bool:
            nonlocal left
            left += letters.execute("DELETE FROM outbox").rowcount
            return left >= WOMEN and not letters.execute("SELECT count(*) FROM inbox").fetchone()[0]

        _until(taken)
    return left


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            raise RuntimeError("it took too long")
        time.sleep(0.1)
