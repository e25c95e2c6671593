"""A key press, one at a time: webhook in, committed, TwiML out; against the plain stack's one durable commit.

Both are called as a server calls them, without one, on one core and the same disk, in turns. What Twilio does (signing,
reading the answer) is not timed.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from consult.config import Settings
from consult.house import House, open_house
from consult.publish import publish
from consult.web import create_app
from tests.benchmarks import plain_stack
from tests.benchmarks.measuring import ROOT, Figure, Report, one_core
from tests.fakes.telephone import OURS, Telephone
from tests.fakes.twilio_server import ACCOUNT, TOKEN, sign

CALLS = 40  # a round
KEYS = ("1", "1", "1", "2", "2", "3", "2")  # English, agreed, four answers, no news
PUBLIC = "https://consult.example.org"
DAY = 20_790  # 2026-12-03, when the example is open
App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def run(rounds: int) -> Report:
    """Milliseconds of the median press, and how many times the plain stack's that is."""
    ours: list[float] = []
    plain: list[float] = []
    with TemporaryDirectory(prefix="consult-bench-") as folder, one_core():
        house = _house(Path(folder))
        app: App = create_app(house).wsgi_app
        other: App = plain_stack.create(str(Path(folder) / "plain.db"), TOKEN).wsgi_app
        _calls(app, -1)  # warms what is compiled and remembered
        for n in range(rounds):
            ours += _calls(app, n)
            plain += [_plain(other, n, each) for each in range(CALLS * len(KEYS))]
        house.close()
    return _report(median(ours) * 1000, median(plain) * 1000, len(ours))


def _report(mine: float, theirs: float, presses: int) -> Report:
    values = {"press_ms": mine, "plain_ms": theirs, "times_plain": mine / theirs, "presses": presses}
    what = "a key press, against one commit of the plain stack"
    return Report(values, (Figure(what, mine / theirs, "x", 3, "less"),))


def _house(folder: Path) -> House:
    house = open_house(
        Settings(
            data=folder / "data",
            public_url=PUBLIC,
            twilio_account_sid=ACCOUNT,
            twilio_auth_token=TOKEN,
            twilio_voice=f"{OURS} RIVER",
        )
    )
    example = ROOT / "consult" / "examples" / "safety.toml"
    publish(house, example.read_text(encoding="utf-8"), day=DAY, test=True)
    return house


def _calls(app: App, n: int) -> list[float]:
    """Whole calls, one woman after the other; the seconds of every key press. Raises RuntimeError where one fails."""
    spent: list[float] = []

    def post(url: str, fields: dict[str, str], signature: str) -> bytes:
        seconds, body = _ask(app, url, fields, signature)
        spent.append(seconds)
        return body

    pressed: list[float] = []
    for woman in range(CALLS):
        phone = Telephone(post, PUBLIC, f"+23480{3 + n:02d}{woman:06d}")
        phone.rings()
        spent.clear()
        phone.presses(*KEYS)
        pressed += spent
        if phone.open or "Goodbye" not in phone.said[-1]:
            raise RuntimeError("a call did not come to its end")
    return pressed


def _plain(app: App, n: int, each: int) -> float:
    fields = {"MessageSid": f"SM{n}-{each}", "From": f"+23480{n:02d}{each:06d}", "Body": "1"}
    url = f"{PUBLIC}/hooks/sms/twilio"
    return _ask(app, url, fields, sign(url, fields))[0]


def _ask(app: App, url: str, fields: Mapping[str, str], signature: str) -> tuple[float, bytes]:
    """Seconds it took, and the answer. Raises RuntimeError for one that is not 200."""
    path, _, query = url.removeprefix(PUBLIC).partition("?")
    body = urlencode(fields).encode()
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": path, "QUERY_STRING": query, "SCRIPT_NAME": "",
        "SERVER_NAME": "consult.example.org", "SERVER_PORT": "443", "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "consult.example.org", "HTTP_X_TWILIO_SIGNATURE": signature, "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body), "wsgi.url_scheme": "https", "wsgi.errors": io.StringIO(),
    }  # fmt: skip
    told: list[str] = []
    start = perf_counter()
    answer = b"".join(app(environ, lambda status, *_: told.append(status)))
    seconds = perf_counter() - start
    if told != ["200 OK"]:
        raise RuntimeError("a request was not taken")
    return seconds, answer
