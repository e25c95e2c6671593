"""Resident memory of one hub process, `consult serve` with its worker inside: opened, and after a thousand messages.

The messages come by the webhook, signed; the replies leave by Twilio's client to a server that behaves like Twilio.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from consult.config import Settings
from consult.house import open_house
from consult.library import day_of
from consult.publish import publish
from tests.benchmarks.measuring import ROOT, Figure, Report, kilobytes
from tests.benchmarks.seeding import environment
from tests.benchmarks.serving import free_port
from tests.benchmarks.talking import FILE, KEYWORDS, LANGUAGES
from tests.fakes.twilio_server import TwilioServer

WOMEN = 250
SAID = ("", "1", "2", "3")  # after her keyword: consent, one of four, 1 to 5


def run(rounds: int) -> Report:
    """One process, measured three times in its life; `rounds` is not used."""
    del rounds
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="consult-bench-") as place, TwilioServer() as twilio:
        settings = environment(Path(place) / "data", f"http://127.0.0.1:{port}", twilio.url)
        settings["CONSULT_TWILIO_PACE"] = "10000"
        house = open_house(Settings.from_env(settings))
        publish(house, FILE.read_text(encoding="utf-8"), day=day_of(int(time.time())), test=True)
        house.close()
        program = str(Path(sys.executable).with_name("consult"))
        served = subprocess.Popen(
            [program, "serve", "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            return _measured(served, twilio, settings["CONSULT_PUBLIC_URL"])
        finally:
            served.terminate()
            served.communicate(timeout=30)


def _measured(served: subprocess.Popen[str], twilio: TwilioServer, url: str) -> Report:
    assert served.stdout is not None
    served.stdout.readline()  # it says when it is ready
    time.sleep(2)
    opened = kilobytes(served.pid)
    for step, said in enumerate(SAID):
        for i in range(WOMEN):
            text = said if step else KEYWORDS[LANGUAGES[i % 3]]
            status, _ = twilio.speak(f"{url}/hooks/sms/twilio", f"+2547{i:08d}", text)
            if status != 200:
                raise RuntimeError(f"the webhook answered {status}")
    time.sleep(2)
    talked, highest = kilobytes(served.pid), kilobytes(served.pid, "VmHWM")
    values = {
        "opened_kb": opened,
        "after_1000_messages_kb": talked,
        "highest_kb": highest,
        "sent": len(twilio.accepted),
    }
    return Report(
        values | {"sent": len(twilio.accepted)},
        (
            Figure("memory, opened", opened / 1024, "MB", 60, "less"),
            Figure("memory, after 1,000 messages in and their replies out", talked / 1024, "MB", 60, "less"),
        ),
    )
