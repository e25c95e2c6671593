"""What machines ask stands before Flask: carriers' addresses and nodes'. Nothing they send breaks it.

The routes of these are no rules of `app.url_map`: carriers' are those of the channels that are open (`Hooks`), nodes'
the one pattern of `consult.web.nodes`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Final
from urllib.parse import urlencode

import pytest

from consult.config import Settings
from consult.house import House, open_house
from consult.publish import publish
from consult.web import create_app
from tests.conftest import EXAMPLES, WHOLE
from tests.fakes import twilio_server as twilio
from tests.journeys.stage import Houses
from tests.sync.field import Field, bare, field_of
from tests.sync.lines import reach
from tests.web import junk
from tests.web.conftest import DAY
from tests.web.driving import Errors, answered

PUBLIC: Final = "https://consult.example.org"
SECRET: Final = "Zq3v9-Kd81_xYw72LmNopQ"
HER: Final = "+254711000001"
FORM: Final = "application/x-www-form-urlencoded"
OURS: Final = {"sms": "22384", "voice": "+254711000006", "ussd": "*384*123#"}
TIMES: Final = 1500 if WHOLE else 12
# what a provider tells, by channel and whether it is a report
TOLD: Final[Mapping[tuple[str, bool], Mapping[str, str]]] = {
    ("sms", False): {"from": HER, "to": OURS["sms"], "text": "RIVER", "id": "in_1", "date": "2026-12-01 09:00:00"},
    ("sms", True): {"id": "ATXid_1", "status": "Success", "phoneNumber": HER},
    ("voice", False): {
        "sessionId": "ATVId_1",
        "isActive": "1",
        "direction": "Inbound",
        "callerNumber": HER,
        "destinationNumber": OURS["voice"],
        "dtmfDigits": "1",
        "recordingUrl": "https://example.org/x.mp3",
        "durationInSeconds": "9",
        "amount": "1.0",
    },
    ("ussd", False): {"sessionId": "ATUid_1", "serviceCode": OURS["ussd"], "phoneNumber": HER, "text": "1*2"},
}

# what Twilio tells of a call
CALLED: Final = {"CallSid": "CA" + "1" * 32, "CallStatus": "in-progress", "Direction": "inbound", "Digits": "1"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    settings = Settings(
        data=tmp_path_factory.mktemp("machines") / "data",
        public_url=PUBLIC,
        country="KE",
        twilio_account_sid=twilio.ACCOUNT,
        twilio_auth_token=twilio.TOKEN,
        twilio_from=twilio.NUMBER,
        twilio_voice="+15005550007 RIVER",
        africastalking_username="sandbox",
        africastalking_key="atsk_key-of-the-tests",
        africastalking_from=OURS["sms"],
        africastalking_secret=SECRET,
        africastalking_allow="127.0.0.1",
        africastalking_voice=f"{OURS['voice']} RIVER",
        africastalking_ussd=f"{OURS['ussd']} RIVER",
    )
    house = open_house(settings)
    publish(house, (EXAMPLES / "safety.toml").read_text(encoding="utf-8"), day=DAY, test=True)
    yield house
    house.close()


@pytest.fixture
def errors() -> Iterator[Errors]:
    errors = Errors()
    logging.getLogger().addHandler(errors)
    yield errors
    logging.getLogger().removeHandler(errors)


def other(fields: Mapping[str, str], chance: Random) -> list[tuple[str, str]]:
    """The same fields with one or two of them spoilt, left out or told twice."""
    pairs = [*fields.items()]
    for _ in range(chance.randrange(3)):
        n = chance.randrange(len(pairs))
        name, holds = pairs[n]
        wrong = (name, chance.choice((*junk.EDGES, holds + chance.choice(junk.EDGES))))
        pairs[n : n + 1] = chance.choice(([wrong], [wrong], [wrong], [], [wrong, (name, holds)]))
        if not pairs:
            break
    return pairs


def addresses(house: House) -> list[tuple[str, str, bool]]:
    """Channel, address and whether it is for reports, of every carrier that is open."""
    found = []
    for channel in house.channels.values():
        for name in channel.carriers:
            for end in ("", "/status"):
                at = f"/hooks/{channel.name}/{name}{end}"
                found.append((channel.name, at if name == "twilio" else f"{at}/{SECRET}", bool(end)))
    return found


def test_whatever_a_carrier_sends_its_address_does_not_break(house: House, errors: Errors) -> None:
    app, wrong = create_app(house), list[str]()
    held = twilio.Message("SM" + "1" * 32, "inbound", HER, twilio.NUMBER, "RIVER", 0.0)
    known = twilio.inbound(twilio.ACCOUNT, held) | CALLED
    assert {channel for channel, _, _ in addresses(house)} >= {"sms", "voice", "ussd"}
    for channel, path, report in addresses(house):
        for n in range(TIMES):
            chance = Random(f"{path} {n}")
            fields = _told(known, path, channel, report)
            pairs = other(fields, chance)
            body = urlencode(pairs).encode() if chance.random() < 0.9 else chance.choice(junk.BODIES)
            headers = {"X-Twilio-Signature": twilio.sign(PUBLIC + path, dict(pairs)), "Content-Type": FORM}
            headers |= chance.choice(junk.HEADERS) if chance.random() < 0.2 else {}
            about = {"CONTENT_LENGTH": chance.choice(junk.LENGTHS)} if chance.random() < 0.1 else {}
            verb = "POST" if chance.random() < 0.9 else chance.choice(junk.METHODS)
            answer = answered(app, path, method=verb, data=body, headers=headers, environ_overrides=about)
            if answer.status_code >= 500 or errors.lines:
                wrong.append(
                    f"{answer.status_code} {errors.taken()} <- {verb} {path} {headers} {about} {body[:1500]!r}"
                )
    assert not wrong, "\n".join(wrong[:9])


def _told(twilio_s: Mapping[str, str], path: str, channel: str, report: bool) -> Mapping[str, str]:
    if "twilio" not in path:
        return TOLD.get((channel, report), TOLD[channel, False])
    calls = {"MessageSid", "SmsSid", "SmsMessageSid", "Body", "NumMedia", "SmsStatus", "NumSegments"}
    left = calls if channel == "voice" else CALLED.keys()
    told = {name: value for name, value in twilio_s.items() if name not in left}
    return told | ({"To": "+15005550007"} if channel == "voice" else {"MessageStatus": "sent"} if report else {})


# ---- nodes


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Field]:
    """A hub and a node that has joined it."""
    made = field_of(tmp_path, Houses(tmp_path / "houses"), "market")
    made.join("village", bare(tmp_path / "village"))
    reach(made, "village", "http://127.0.0.1:1")
    yield made
    for stage in (made.hub, *made.nodes.values()):
        stage.house.close()


PLACES: Final = (
    *("", "/00000001/1", "/ffffffff/9999999999", "/00000000/0", "/orders/1", "/orders/9999999999"),
    *("/tapes/" + "0" * 32, "/sounds/" + "0" * 32 + ".wav", "/sounds/../x.wav", "/orders/-1", "/x", "/"),
)
PIECES: Final = (
    *("bytes 0-99/100", "bytes 5-1/200", "bytes 0-0/1", "bytes 0-8/99999999", "bytes 99999999-99999999/99999999"),
    *("bytes 0-99/9", "bytes 0-0/0", "bytes */*", "x", ""),
)


def bodies(page: bytes) -> tuple[bytes, ...]:
    """What a node says, and what no node would."""
    deep = b"\x81" * 5000
    return (
        *junk.BODIES,
        page,
        page[:-1],
        page + page,
        deep,
        b"\xbf" * 900,
        b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"x" * 100,
    )


def test_whatever_a_node_sends_its_address_does_not_break(village: Field, errors: Errors) -> None:
    village.nodes["village"].says("CANDLE", "1", sender=HER)
    page = (village.close("village") or [b"page"])[0]
    app, wrong = create_app(village.hub.house), list[str]()
    for n in range(3 * TIMES):
        chance = Random(f"node {n}")
        path = f"/p/{village.node('village').node.hex()}{chance.choice(PLACES)}"
        verb = chance.choice(("GET", "POST", "HEAD", "PATCH", *junk.METHODS))
        headers = {"Authorization": "Bearer its-own-token", "Content-Range": chance.choice(PIECES)}
        headers |= {"Range": chance.choice(("bytes=0-", "bytes=99999999-", "bytes=5-1", "x"))}
        body = junk.spoilt(chance.choice(bodies(page)), chance)
        about = {"CONTENT_LENGTH": chance.choice(junk.LENGTHS)} if chance.random() < 0.1 else {}
        answer = answered(app, path, method=verb, data=body, headers=headers, environ_overrides=about)
        if answer.status_code >= 500 or errors.lines:
            wrong.append(f"{answer.status_code} {errors.taken()} <- {verb} {path} {headers} {about} {body[:900].hex()}")
    assert not wrong, "\n".join(wrong[:9])
