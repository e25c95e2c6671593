"""Providers that sign nothing, from end to end: who lacks the secret or comes from elsewhere leaves no trace."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from channels.providers import wire
from consult import delivery
from consult.config import Settings
from consult.house import House, open_house
from consult.publish import publish
from consult.store.records import Message
from consult.web import LARGEST, create_app
from tests.conftest import EXAMPLES
from tests.fakes.provider import SILENT, Call, Provider
from tests.web.conftest import DAY

HER, OURS, SECRET, THEIRS = "+254711000001", "22384", "Zq3v9-Kd81_xYw72LmNopQ", "192.0.2.7"
NAME = "africastalking"
INBOUND, STATUS = f"/hooks/sms/{NAME}/{SECRET}", f"/hooks/sms/{NAME}/status/{SECRET}"
FORM = "application/x-www-form-urlencoded"


def told(call: Call, n: int) -> bytes:
    one = {"statusCode": 101, "number": call.form["to"], "cost": "KES 0.8", "messageId": f"ATXid_{n}"}
    return json.dumps({"SMSMessageData": {"Message": "Sent to 1/1", "Recipients": [one]}}).encode()


@dataclass
class Hub:
    house: House
    client: FlaskClient
    provider: Provider

    def post(
        self, fields: dict[str, str] | bytes, path: str = INBOUND, remote: str = THEIRS, verb: str = "POST"
    ) -> int:
        body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
        answer = self.client.open(
            path, method=verb, data=body, content_type=FORM, environ_overrides={"REMOTE_ADDR": remote}
        )
        assert HER not in answer.text
        assert SECRET not in answer.text
        return answer.status_code

    def waiting(self) -> list[Message]:
        at = int(time.time()) + 1
        ids = self.house.store.read(lambda view: view.payable("sms", NAME, at))
        return [found for id in ids if (found := self.house.store.read(lambda view, id=id: view.message(id)))]

    def heard(self) -> int:
        return self.house.store.read(lambda view: view.last_heard(f"sms {NAME}"))

    def state(self, id: int) -> str:
        found = self.house.store.read(lambda view: view.message(id))
        assert found is not None
        return found.state

    def sent(self) -> tuple[int, str]:
        """A reply that the provider took: our row, and their name of it."""
        self.post(message())
        id = self.waiting()[0].id
        delivery.sweep(self.house, lambda: int(time.time()))
        found = self.house.store.read(lambda view: view.message(id))
        assert found is not None
        return id, found.ref


_numbers = count(1)


def message(text: str = "RIVER", sender: str = HER) -> dict[str, str]:
    now = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
    return {"date": now, "from": sender, "id": f"in_{next(_numbers)}", "text": text, "to": OURS}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with Provider(told) as provider:
        settings = Settings(
            data=tmp_path / "data",
            public_url="https://consult.example.org",
            africastalking_username="sandbox",
            africastalking_key="atsk_key-of-the-tests",
            africastalking_from=OURS,
            africastalking_secret=SECRET,
            africastalking_allow=THEIRS,
            africastalking_api=provider.url,
            africastalking_pace=1000,
        )
        house = open_house(settings)
        publish(house, (EXAMPLES / "safety.toml").read_text(encoding="utf-8"), day=DAY, test=True)
        yield Hub(house, create_app(house).test_client(), provider)
        house.close()


def test_she_is_heard_and_answered_over_the_wire(hub: Hub) -> None:
    assert hub.post(message()) == 200
    assert hub.heard() > 0
    delivery.sweep(hub.house, lambda: int(time.time()))
    assert hub.provider.taken
    assert {call.form["to"] for call in hub.provider.taken} == {HER}
    assert {call.form["from"] for call in hub.provider.taken} == {OURS}


@pytest.mark.parametrize(
    ("path", "remote"),
    [
        (f"/hooks/sms/{NAME}/status", THEIRS),
        (INBOUND + "x", THEIRS),
        (INBOUND[:-1], THEIRS),
        (f"/hooks/sms/{NAME}/x?{SECRET}", THEIRS),
        (f"/hooks/sms/{NAME}/%FF", THEIRS),
        (STATUS[:-1], THEIRS),
        (INBOUND, "192.0.2.8"),
        (STATUS, "192.0.2.8"),
    ],
)
def test_who_may_not_call_leaves_no_trace(hub: Hub, path: str, remote: str) -> None:
    for body in (message(), b"\xff=\xff&from=1&from=2"):
        assert hub.post(body, path, remote) == 403
    assert (hub.heard(), hub.waiting()) == (0, [])


def test_what_the_request_says_of_its_place_does_not_count(hub: Hub) -> None:
    answer = hub.client.post(
        INBOUND, data=message(), headers={"X-Forwarded-For": THEIRS}, environ_overrides={"REMOTE_ADDR": "192.0.2.8"}
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        f"/hooks/sms/{NAME}",
        f"/hooks/sms/{NAME}/",
        f"/hooks/sms/{NAME}/status/",
        f"/hooks/sms/{NAME}/a/b",
        f"/hooks/voice/{NAME}/{SECRET}",
    ],
)
def test_other_addresses_are_nowhere(hub: Hub, path: str) -> None:
    assert hub.post(message(), path) == 404
    assert hub.heard() == 0


def test_hostile_bodies_leave_no_trace(hub: Hub) -> None:
    assert hub.post(message("x" * LARGEST)) == 413
    assert hub.post(urlencode([*message().items(), ("text", "2")]).encode()) == 400
    assert hub.post(message() | {"to": "40404"}) == 400
    assert hub.post(b"", verb="GET") == 400
    assert hub.heard() == 0
    broken = urlencode({name: value for name, value in message().items() if name != "text"}).encode() + b"&text=%ff%fe"
    assert hub.post(broken) == 200  # hers all the same


def test_the_same_message_fifty_times_at_once_has_one_effect(hub: Hub) -> None:
    fields = message()
    clients = [Hub(hub.house, create_app(hub.house).test_client(), hub.provider) for _ in range(8)]
    with ThreadPoolExecutor(8) as callers:
        assert set(callers.map(lambda n: clients[n % 8].post(fields), range(50))) == {200}
    once = len(hub.waiting())
    assert once > 0
    assert hub.post(fields) == 200  # and later again
    assert len(hub.waiting()) == once


def test_reports_in_reverse_never_go_back(hub: Hub) -> None:
    id, ref = hub.sent()
    assert (hub.state(id), ref) == ("accepted", "ATXid_1")
    for status in ("Success", "Sent", "Submitted", "Buffered", "Success", "Failed"):
        assert hub.post({"id": ref, "status": status, "phoneNumber": HER}, STATUS) == 200
        assert hub.state(id) == "delivered"


def test_reports_in_order_climb(hub: Hub) -> None:
    id, ref = hub.sent()
    for status, state in (("Buffered", "accepted"), ("Sent", "sent"), ("Success", "delivered")):
        assert hub.post({"id": ref, "status": status}, STATUS) == 200
        assert hub.state(id) == state
    assert hub.post({"id": "ATXid_unknown", "status": "Success"}, STATUS) == 200


def test_what_may_have_been_taken_is_not_sent_again_at_once(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "PATIENCE", 0.3)
    hub.post(message())
    id = hub.waiting()[0].id
    hub.provider.will(SILENT)
    for later in (0, 60, 300):
        delivery.sweep(hub.house, lambda later=later: int(time.time()) + later)
    assert hub.state(id) == "uncertain"
    assert len({call.form["message"] for call in hub.provider.taken}) == len(hub.provider.taken)


# ---- a provider that a file describes, and that calls by GET

DESCRIBED = Path(__file__).parents[1] / "channels" / "provider.toml"


@pytest.fixture
def described(tmp_path: Path) -> Iterator[Hub]:
    with Provider(lambda _, n: f"OK: {n}".encode()) as provider:
        file = tmp_path / "provider.toml"
        file.write_text(DESCRIBED.read_text().replace("https://sms.example.net", provider.url))
        house = open_house(Settings(data=tmp_path / "data", public_url="https://consult.example.org", http_sms=file))
        publish(house, (EXAMPLES / "safety.toml").read_text(encoding="utf-8"), day=DAY, test=True)
        yield Hub(house, create_app(house).test_client(), provider)
        house.close()


def test_a_described_provider_is_heard_answered_and_reports(described: Hub) -> None:
    words = urlencode({"msisdn": HER[1:], "message": "RIVER", "ts": int(time.time()), "ref": "a1"})
    called = f"/hooks/sms/http/{SECRET}?{words}"
    assert described.post(b"", called, remote="192.0.2.8", verb="GET") == 403
    assert described.post(b"", called.replace(SECRET, SECRET[::-1]), verb="GET") == 403
    assert described.post(b"", called) == 400  # by POST
    assert described.house.store.read(lambda view: view.last_heard("sms http")) == 0
    for _ in range(2):  # it repeats itself
        assert described.post(b"", called, verb="GET") == 200
    delivery.sweep(described.house, lambda: int(time.time()))
    sent = described.provider.taken
    assert sent
    assert {call.query["to"] for call in sent} == {HER[1:]}
    assert len({call.query["msg"] for call in sent}) == len(sent)
    id = int(sent[0].query["ref"])
    assert described.state(id) == "accepted"
    for word in ("2", "1", "9", "5"):  # delivered, then what came before it
        report = urlencode({"id": "1", "ref": id, "state": word})
        assert described.post(b"", f"/hooks/sms/http/status/{SECRET}?{report}", verb="GET") == 200
        assert described.state(id) == "delivered"
