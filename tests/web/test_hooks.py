"""Twilio's webhooks from end to end: what is not Twilio's leaves no trace, what is has its effect once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from consult import delivery
from consult.config import Settings
from consult.house import House, open_house
from consult.publish import publish
from consult.store.records import Message
from consult.web import LARGEST, create_app
from tests.conftest import EXAMPLES
from tests.fakes import twilio_server as twilio
from tests.web.conftest import DAY

PUBLIC = "https://consult.example.org"
INBOUND, STATUS = "/hooks/sms/twilio", "/hooks/sms/twilio/status"
HER = "+237650000001"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Hub:
    """A hub behind its public address, and Twilio as it would call there."""

    house: House
    client: FlaskClient
    twilio: twilio.TwilioServer

    def message(self, text: str = "RIVER", sender: str = HER) -> dict[str, str]:
        return twilio.inbound(twilio.ACCOUNT, self.twilio.hold(sender, text))

    def post(
        self, fields: dict[str, str] | bytes, path: str = INBOUND, signature: str | None = None, **headers: str
    ) -> TestResponse:
        body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
        if signature is None and isinstance(fields, dict):
            signature = twilio.sign(PUBLIC + path, fields)
        signed = {} if signature is None else {"X-Twilio-Signature": signature}
        return self.client.post(path, data=body, content_type=FORM, headers=signed | headers)

    def owed(self) -> list[Message]:
        """What waits to be sent."""
        at = int(time.time()) + 1
        ids = self.house.store.read(lambda view: view.payable("sms", "twilio", at))
        return [found for id in ids if (found := self.house.store.read(lambda view, id=id: view.message(id)))]

    def heard(self) -> int:
        return self.house.store.read(lambda view: view.last_heard("sms twilio"))

    def pay(self) -> list[twilio.Message]:
        """Send what is owed; what Twilio was given."""
        delivery.sweep(self.house, lambda: int(time.time()))
        return self.twilio.accepted

    def state(self, id: int) -> str:
        found = self.house.store.read(lambda view: view.message(id))
        assert found is not None
        return found.state


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with twilio.TwilioServer() as server:
        settings = Settings(
            data=tmp_path / "data",
            public_url=PUBLIC,
            twilio_account_sid=twilio.ACCOUNT,
            twilio_auth_token=twilio.TOKEN,
            twilio_from=twilio.NUMBER,
            twilio_api=server.url,
            twilio_pace=1000,
        )
        house = open_house(settings)
        publish(house, (EXAMPLES / "safety.toml").read_text(encoding="utf-8"), day=DAY, test=True)
        yield Hub(house, create_app(house).test_client(), server)
        house.close()


def test_a_genuine_message_is_answered_after_it_is_kept(hub: Hub) -> None:
    answer = hub.post(hub.message())
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert answer.text.endswith("<Response/>")
    assert [each.kind for each in hub.owed()] == ["reply"] * len(hub.owed())
    assert hub.owed()
    (first, *_) = hub.pay()
    assert first.receiver == HER
    assert first.callback.startswith(f"{PUBLIC}{STATUS}?id=")


@pytest.mark.parametrize(
    "signature",
    [None, "", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "\u00e9\u00ff", "x" * 5000, "not base64 at all", "="],
)
def test_what_twilio_did_not_sign_leaves_no_trace(hub: Hub, signature: str | None) -> None:
    answer = hub.post(urlencode(hub.message()).encode(), signature=signature)
    assert answer.status_code == 403
    assert HER not in answer.text
    assert "237650000001" not in answer.text
    assert (hub.heard(), hub.owed()) == (0, [])


def test_a_signature_is_for_one_address_and_one_token(hub: Hub) -> None:
    fields = hub.message()
    for signature in (
        twilio.sign(f"https://elsewhere.example.org{INBOUND}", fields),
        twilio.sign(f"{PUBLIC}{INBOUND}", fields, token="another token"),
        twilio.sign(f"{PUBLIC}{STATUS}", fields),
        twilio.sign(f"{PUBLIC}{INBOUND}", fields | {"Body": "STOP"}),
    ):
        assert hub.post(fields, signature=signature).status_code == 403
    assert hub.heard() == 0


def test_what_the_request_says_of_itself_does_not_count(hub: Hub) -> None:
    fields = hub.message()
    lies = {"Host": "evil.example.org", "X-Forwarded-Host": "evil.example.org", "X-Forwarded-Proto": "http"}
    assert (
        hub.post(fields, signature=twilio.sign(f"http://evil.example.org{INBOUND}", fields), **lies).status_code == 403
    )
    assert hub.post(fields, **lies).status_code == 200


def test_fields_moved_or_repeated_are_refused_although_the_signature_holds(hub: Hub) -> None:
    fields = hub.message()
    sender = fields.pop("From")
    moved = [*fields.items(), ("From", "+237999999999"), ("Zz", f"From{sender}")]
    repeated = [*hub.message().items(), ("Body", "2")]
    for pairs in (moved, repeated):
        answer = hub.post(urlencode(pairs).encode(), signature=twilio.sign(PUBLIC + INBOUND, MultiDict(pairs)))
        assert answer.status_code == 400
        assert "+237" not in answer.text
    assert (hub.heard(), hub.owed()) == (0, [])


@pytest.mark.parametrize(
    "change",
    [
        {"MessageSid": "SM123"},
        {"MessageSid": ""},
        {"From": "someone"},
        {"AccountSid": "AC" + "2" * 32},
        {"To": ""},
    ],
)
def test_a_signed_message_of_another_shape_is_refused(hub: Hub, change: dict[str, str]) -> None:
    assert hub.post(hub.message() | change).status_code == 400
    assert hub.heard() == 0


def test_a_field_twilio_added_yesterday_is_welcome(hub: Hub) -> None:
    assert hub.post(hub.message() | {"SomethingNew": "yes"}).status_code == 200
    assert hub.heard() > 0


def test_a_body_too_large_is_refused(hub: Hub) -> None:
    fields = hub.message("x" * LARGEST)
    assert hub.post(fields).status_code == 413
    assert hub.heard() == 0


def test_the_same_request_fifty_times_at_once_has_one_effect(hub: Hub) -> None:
    fields = hub.message()
    signature = twilio.sign(PUBLIC + INBOUND, fields)
    clients = [create_app(hub.house).test_client() for _ in range(8)]

    def call(n: int) -> int:
        posted = clients[n % 8].post(
            INBOUND, data=urlencode(fields), content_type=FORM, headers={"X-Twilio-Signature": signature}
        )
        return posted.status_code

    with ThreadPoolExecutor(8) as callers:
        assert set(callers.map(call, range(50))) == {200}
    once = len(hub.owed())
    assert once > 0
    assert hub.post(fields).status_code == 200  # and later again
    assert len(hub.owed()) == once
    hub.post(hub.message(sender="+237650000002"))  # another woman, who was heard once
    facts = Counter(fact.person for fact in hub.house.store.read(lambda view: list(view.facts("safety"))))
    assert len(facts) == 2
    assert len(set(facts.values())) == 1
    assert len(hub.owed()) == 2 * once


def test_the_carrier_may_mix_up_the_order_of_many_women(hub: Hub) -> None:
    women = [f"+2376500000{n:02}" for n in range(20)]
    messages = [hub.message(sender=woman) for woman in women]
    clients = [create_app(hub.house).test_client() for _ in range(8)]

    def call(n: int) -> int:
        fields = messages[n % 20]
        signature = {"X-Twilio-Signature": twilio.sign(PUBLIC + INBOUND, fields)}
        return clients[n % 8].post(INBOUND, data=urlencode(fields), content_type=FORM, headers=signature).status_code

    with ThreadPoolExecutor(8) as callers:
        assert set(callers.map(call, range(40))) == {200}
    people = {fact.person for fact in hub.house.store.read(lambda view: list(view.facts("safety")))}
    assert len(people) == 20


# ---- reports


def accepted(hub: Hub) -> tuple[int, twilio.Message]:
    """A message of ours that Twilio took: our row, and theirs."""
    hub.post(hub.message())
    id = hub.owed()[0].id
    sent = next(each for each in hub.pay() if each.callback.endswith(f"?id={id}"))
    return id, sent


def tell(hub: Hub, sent: twilio.Message, status: str, code: int = 0, path: str = "") -> int:
    """Twilio's report on it."""
    fields = twilio.report(twilio.ACCOUNT, sent, status, code)
    return hub.post(fields, path or sent.callback.removeprefix(PUBLIC)).status_code


def test_reports_in_reverse_never_go_back(hub: Hub) -> None:
    id, sent = accepted(hub)
    assert hub.state(id) == "accepted"
    for status in ("delivered", "sent", "sending", "queued", "accepted"):
        assert tell(hub, sent, status) == 200
        assert hub.state(id) == "delivered"


def test_reports_in_order_climb(hub: Hub) -> None:
    id, sent = accepted(hub)
    seen = []
    for status in ("queued", "sent", "sent", "delivered"):
        assert tell(hub, sent, status) == 200
        seen.append(hub.state(id))
    assert seen == ["accepted", "sent", "sent", "delivered"]


def test_a_failure_is_final(hub: Hub) -> None:
    id, sent = accepted(hub)
    assert tell(hub, sent, "undelivered", 30003) == 200
    assert tell(hub, sent, "delivered") == 200
    assert hub.state(id) == "failed"


def test_a_report_on_a_message_that_is_not_ours_is_ignored(hub: Hub) -> None:
    id, sent = accepted(hub)
    other = replace(sent, sid="SM" + "f" * 32)
    assert tell(hub, other, "failed", 30003, path=STATUS) == 200
    assert tell(hub, other, "failed", 30003, path=f"{STATUS}?id=999999") == 200
    assert tell(hub, other, "failed", 30003) == 200  # our row's number, another message's name
    assert hub.state(id) == "accepted"


@pytest.mark.parametrize("path", [f"{STATUS}?id=1&id=2", f"{STATUS}?id=x", f"{STATUS}?id="])
def test_a_report_with_another_address_is_refused(hub: Hub, path: str) -> None:
    _, sent = accepted(hub)
    assert tell(hub, sent, "delivered", path=path) == 400


def test_a_report_nobody_signed_changes_nothing(hub: Hub) -> None:
    id, sent = accepted(hub)
    fields = twilio.report(twilio.ACCOUNT, sent, "delivered")
    path = sent.callback.removeprefix(PUBLIC)
    assert hub.post(urlencode(fields).encode(), path).status_code == 403
    moved = twilio.sign(PUBLIC + path, fields)
    assert hub.post(fields, f"{STATUS}?id={id + 1}", signature=moved).status_code == 403
    assert hub.state(id) == "accepted"


# ---- the address itself


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", [INBOUND, STATUS])
def test_only_post_is_taken(hub: Hub, method: str, path: str) -> None:
    answer = hub.client.open(path, method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, POST")


@pytest.mark.parametrize("path", ["/hooks/sms/nobody", "/hooks/pigeon/twilio", "/hooks/sms/twilio/x", "/hooks/"])
def test_a_carrier_that_is_not_there_is_404(hub: Hub, path: str) -> None:
    assert hub.post(hub.message(), path).status_code == 404


def test_without_a_public_address_everything_is_refused(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    house = replace(hub.house, settings=replace(hub.house.settings, public_url=""))
    fields = hub.message()
    answer = (
        create_app(house)
        .test_client()
        .post(INBOUND, data=fields, headers={"X-Twilio-Signature": twilio.sign(f"http://localhost{INBOUND}", fields)})
    )
    assert answer.status_code == 503
    assert "CONSULT_PUBLIC_URL" in caplog.text


def test_what_cannot_be_kept_is_not_acknowledged(hub: Hub) -> None:
    fields = hub.message()
    hub.house.store.close()
    answer = hub.post(fields)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"


def test_nothing_of_a_request_is_logged(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    hub.post(hub.message("marker-of-hers"))
    hub.post(urlencode(hub.message("marker-of-hers")).encode(), signature="wrong")
    hub.post(hub.message("marker-of-hers") | {"MessageSid": "marker-of-hers"})
    assert "marker-of-hers" not in caplog.text
    assert "237650000001" not in caplog.text
