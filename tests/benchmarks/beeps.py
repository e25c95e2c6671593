"""A thousand beeps in ten seconds over real sockets, to `consult serve`: none lost, answered in time.

The carrier waits fifteen seconds for an answer (https://www.twilio.com/docs/usage/webhooks).
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep, time
from urllib.parse import urlencode

from consult.config import Settings
from consult.episodes import Episode, material, plan
from consult.episodes.beeps import assign
from consult.house import open_house
from consult.publish import publish
from tests.benchmarks.measuring import ROOT, Figure, Report
from tests.benchmarks.serving import free_port
from tests.fakes.twilio_server import ACCOUNT, TOKEN, sign

BEEPS, SECONDS, HANDS, LIMIT = 1000, 10.0, 32, 15_000
NUMBERS = ("+15005550008", "+15005550009", "+15005550010")
NAME, PATH = "safety", "/hooks/voice/twilio"


def run(rounds: int) -> Report:
    """Milliseconds until a beep was answered, and how many votes are missing."""
    del rounds  # it lasts ten seconds, whatever it shows
    with TemporaryDirectory(prefix="consult-bench-") as folder:
        port = free_port()
        environ = _environment(Path(folder) / "data", port)
        settings = Settings.from_env(environ)
        _aired(settings)
        words = [sys.executable, "-m", "consult.cli", "serve", "--port", str(port)]
        with subprocess.Popen(words, cwd=ROOT, env={**os.environ, **environ}, stderr=subprocess.DEVNULL) as server:
            try:
                _await(port)
                waits = _rings(port, environ["CONSULT_PUBLIC_URL"])
            finally:
                server.terminate()
        return _report(waits, BEEPS - _votes(settings))


def _environment(data: Path, port: int) -> dict[str, str]:
    return {
        "CONSULT_DATA": str(data),
        "CONSULT_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "CONSULT_TWILIO_ACCOUNT_SID": ACCOUNT,
        "CONSULT_TWILIO_AUTH_TOKEN": TOKEN,
        "CONSULT_TWILIO_BEEP": ", ".join(NUMBERS),
    }


def _aired(settings: Settings) -> None:
    house, at = open_house(settings), int(time())
    published = publish(
        house, (ROOT / "consult" / "examples" / f"{NAME}.toml").read_text(encoding="utf-8"), day=at // 86_400, test=True
    ).published
    edition = house.library.edition(published)
    given = material(edition, "en", 1, ("moving",))
    episode = Episode(NAME, 1, published.version, "radio", "en", at // 86_400, 300, "", "", "", opens_at=at - 60)
    plan(house, episode, given, at, assign(edition, given, "moving", NUMBERS))
    house.close()


def _await(port: int) -> None:
    for _ in range(200):
        try:
            HTTPConnection("127.0.0.1", port, timeout=1).request("GET", "/health")
            return
        except OSError:
            sleep(0.05)
    raise RuntimeError("the server does not listen")


def _rings(port: int, public: str) -> list[float]:
    begun = perf_counter()

    def one(n: int) -> float:
        sleep(max(0.0, begun + n * SECONDS / BEEPS - perf_counter()))
        fields = {
            "AccountSid": ACCOUNT, "CallSid": f"CA{n:032x}", "CallStatus": "ringing", "Direction": "inbound",
            "From": f"+2376{50_000_000 + n}", "To": NUMBERS[n % len(NUMBERS)],
        }  # fmt: skip
        head = {
            "X-Twilio-Signature": sign(public + PATH, fields),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        start = perf_counter()
        connection = HTTPConnection("127.0.0.1", port, timeout=LIMIT / 1000)
        connection.request("POST", PATH, urlencode(fields), head)
        body = connection.getresponse().read()
        connection.close()
        if b"<Reject" not in body:
            raise RuntimeError("a beep was not refused on the line")
        return perf_counter() - start

    with ThreadPoolExecutor(HANDS) as hands:
        return sorted(hands.map(one, range(BEEPS)))


def _votes(settings: Settings) -> int:
    house = open_house(settings)
    try:
        facts = house.store.read(lambda view: list(view.facts(NAME)))
    finally:
        house.close()
    return len({fact.person for fact in facts if fact.frame == "beep"})


def _report(waits: list[float], lost: int) -> Report:
    shown = [each * 1000 for each in waits]
    tail = shown[int(len(shown) * 0.99)]
    figures = [
        Figure("1,000 beeps in ten seconds: lost", lost, "", 0, "less"),
        Figure("the slowest answer to a beep", shown[-1], "ms", LIMIT, "less"),
    ]
    values = {"beeps": BEEPS, "lost": lost, "median_ms": median(shown), "p99_ms": tail, "most_ms": shown[-1]}
    return Report(values, tuple(figures))
