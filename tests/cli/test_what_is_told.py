"""A hub that serves, from a conversation to its faults: no number and no word of hers in its log, nor in what it tells
those who watch it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

from consult.config import Settings
from consult.house import House, open_house
from consult.library import day_of
from consult.publish import publish
from consult.store import Tx
from tests.cli.conftest import free_port
from tests.cli.test_serving import answered, ends, get, process, wait_for
from tests.drills.scene import NAME, definition, environment
from tests.drills.traces import found_in, of_number
from tests.fakes.twilio_server import BROKEN, BROKEN_AFTER, HTML, HUNG_UP, NUMBER, TwilioServer

HER, OTHER = "+254711223344", "+254712226347"
WORDS = ("quokkamarker", "tamarinmarker", "زرافةعلامة")
MARKERS = (*WORDS, of_number(HER), of_number(OTHER), NAME)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("form", ["json", "text"])
def test_nothing_of_hers_is_told(form: str, tmp_path: Path) -> None:
    port = free_port()
    with TwilioServer() as twilio:
        settings = environment(tmp_path / "data", port, twilio.url)
        house = open_house(Settings.from_env(settings))
        publish(house, definition(), day=day_of(int(time.time())), test=True)
        with process("serve", "--port", str(port), **settings | {"CONSULT_LOG": form}) as (running, line):
            address = line.split()[-1].rstrip("/")
            converses(twilio, f"{address}/hooks/sms/twilio")
            breaks(twilio, house, f"{address}/hooks/sms/twilio")
            refused(f"{address}/hooks/sms/twilio")
            wait_for(lambda: answered(f"{address}/readyz", None, {}) == 200)
            told = get(f"{address}/metrics")[1] + get(f"{address}/readyz")[1]
            logged = ends(running)
        answers = len(house.store.read(lambda view: list(view.facts(NAME))))
        house.close()
    assert answers > 5, "the conversation was held"
    assert "consult_held_messages 1\n" in told
    assert "could not be applied" in logged
    assert found_in(f"{told}{logged}".encode(), MARKERS) == set()
    if form == "json":
        records = [json.loads(each) for each in logged.splitlines() if not each.startswith("consult: ")]
        assert {frozenset(each) for each in records} == {frozenset({"time", "level", "logger", "message"})}


def converses(twilio: TwilioServer, hook: str) -> None:
    """She answers everything, at first wrongly, while her carrier fails in every way it has."""
    twilio.will(HER, BROKEN, HTML)
    says(twilio, hook, "BASKET", 1)
    for said in ("1", WORDS[0], "1", "2", "4", "1 3", f"{WORDS[1]} {HER}"):
        says(twilio, hook, said, 1)


def breaks(twilio: TwilioServer, house: House, hook: str) -> None:
    """Another's carrier breaks, and then what she says cannot be applied."""
    twilio.will(OTHER, HUNG_UP, BROKEN_AFTER)
    says(twilio, hook, "BASKET", 1)
    says(twilio, hook, "BASKET", 1, OTHER)
    house.store.write(spoiled(house))
    assert twilio.speak(hook, OTHER, f"{WORDS[2]} {OTHER}")[0] == 200


def says(twilio: TwilioServer, hook: str, said: str, more: int, sender: str = HER) -> None:
    """She writes, and something was handed to her carrier for it."""
    before = twilio.posts
    assert twilio.speak(hook, sender, said)[0] == 200
    wait_for(lambda: twilio.posts >= before + more, 40)


def spoiled(house: House) -> Callable[[Tx], None]:
    """The state of the other's conversation becomes unreadable."""

    def work(tx: Tx) -> None:
        address = tx.address(house.vault.index(OTHER))
        assert address is not None
        row = tx.open_session(address.id, NUMBER)
        assert row is not None
        tx.save(replace(row, state=b"\0" * len(row.state)))

    return work


def refused(hook: str) -> None:
    """Webhooks that nobody signed, of another shape, too long, to no address of ours."""
    body = urlencode({"From": HER, "Body": WORDS[0]}).encode()
    signed = {"X-Twilio-Signature": f"{WORDS[1]}="}
    assert answered(f"{hook}?From={of_number(HER)}", body, {}) == 403
    assert answered(hook, body, signed) == 403
    assert answered(hook, body * 5_000, signed) == 413
    assert answered(f"{hook}/{WORDS[0]}", body, signed) == 404
    assert answered(f"{hook}x/{of_number(HER)}", body, {"X-Forwarded-For": of_number(HER)}) == 404
