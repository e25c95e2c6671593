"""A data folder with thousands of women in the midst of a conversation, made by the real intake; their next messages.

Each has joined with the keyword of her language and consented, and her first question was delivered: what she sends
next is an answer. The messages are signed for one address and written to a file, one a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from time import time
from urllib.parse import urlencode

from consult import intake
from consult.channel import Heard, Text
from consult.config import Settings
from consult.house import House, open_house
from consult.library import day_of
from consult.publish import publish
from consult.store import Tx
from tests.benchmarks.talking import FILE, KEYWORDS, LANGUAGES
from tests.fakes.twilio_server import ACCOUNT, NUMBER, TOKEN, Message, inbound, sign

HANDS = 32
MANY = 10**9


@dataclass(frozen=True)
class Seeded:
    """A folder to copy for each run, and the file of signed messages made for `url`."""

    folder: Path
    bodies: Path
    women: int


def environment(data: Path, url: str, api: str = "https://127.0.0.1:9") -> dict[str, str]:
    """The settings of a hub that Twilio reaches at `url`; without limits on replies, as one machine plays all women."""
    return {
        "CONSULT_DATA": str(data),
        "CONSULT_PUBLIC_URL": url,
        "CONSULT_TWILIO_ACCOUNT_SID": ACCOUNT,
        "CONSULT_TWILIO_AUTH_TOKEN": TOKEN,
        "CONSULT_TWILIO_FROM": NUMBER,
        "CONSULT_TWILIO_API": api,
        "CONSULT_REPLIES_PER_DAY": str(MANY - 1),
    }


def seed(place: Path, url: str, women: int) -> Seeded:
    """Make it in `place`. `url` is the address without path at which the server will listen."""
    data = place / "seeded"
    house = open_house(Settings.from_env(environment(data, url)))
    try:
        publish(house, FILE.read_text(encoding="utf-8"), day=day_of(int(time())), test=True)
        for step, said in enumerate((KEYWORDS, dict.fromkeys(LANGUAGES, "1"))):
            _everyone_says(house, women, step, said)
            _everything_arrives(house)
    finally:
        house.close()
    bodies = place / "bodies.txt"
    bodies.write_text("".join(f"{line}\n" for line in _messages(url, women)))
    return Seeded(data, bodies, women)


def number(i: int) -> str:
    return f"+2547{i:08d}"


def _everyone_says(house: House, women: int, step: int, said: dict[str, str]) -> None:
    at = int(time())

    def say(i: int) -> None:
        text = Text(said[LANGUAGES[i % 3]])
        intake.take(house, Heard("sms", "twilio", NUMBER, number(i), text, f"{ACCOUNT}:seed{step}-{i}", at), i % 256)

    with ThreadPoolExecutor(HANDS) as hands:
        for _ in hands.map(say, range(women)):
            pass


def _everything_arrives(house: House) -> None:
    """Mark what is owed as delivered, so that nobody has a question she has not seen."""
    due = iter(house.store.read(lambda view: view.payable("sms", "twilio", int(time()) + 3600, MANY)))
    while some := list(islice(due, 500)):
        house.store.write(partial(_deliver, some))


def _deliver(ids: list[int], tx: Tx) -> None:
    for id in ids:
        message = tx.message(id)
        if message:
            tx.update_message(replace(message, state="delivered", text=b""))


def _messages(url: str, women: int) -> Iterator[str]:
    """Her answer to the first question, one of four, as Twilio would post it."""
    for i in range(women):
        message = Message(f"SM{i:032x}", "inbound", number(i), NUMBER, str(1 + i * 5 % 4), 0.0)
        fields = inbound(ACCOUNT, message)
        yield f"{sign(f'{url}/hooks/sms/twilio', fields)}\t{urlencode(fields)}"
