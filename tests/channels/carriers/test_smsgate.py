"""The SMSGate app on a telephone: its webhooks as it signs them, and whole conversations with a program that does what
the app's source says (tests/fakes/smsgate_phone.py). The app itself was not run.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.providers.neighbour import REFUSALS, name_of
from channels.providers.smsgate import STALE, sign
from channels.sms import Sms
from channels.sms.carriers.smsgate import SmsGate, open_carrier
from channels.sms.segments import split
from consult.channel import Carrier, Delivery, Owed, Refused, Request, SendFailed, Text, WatchedCarrier
from consult.config import BadSetting, Settings
from consult.delivery import HALTED, recover
from consult.house import House, open_house
from consult.intake import take
from consult.jobs import EmbeddedWorker
from consult.store.records import Message
from tests.drills.traces import found_under, of_number
from tests.fakes.hub import serving
from tests.fakes.kannel import free_port, until
from tests.fakes.post import published
from tests.fakes.smsgate_phone import KEY, NUMBER, PASSWORD, Phone, post, register, signed, stamp

HER = "+254711223344"
NOW = 1_795_643_400
HOOK = "http://127.0.0.1:8000/hooks/sms/smsgate"
OWED = Owed(7, NUMBER, HER, "Do you agree?\n1 Yes\n2 No")

ours = Settings(
    smsgate="http://192.168.1.20:8080",
    smsgate_password=PASSWORD,
    smsgate_key=KEY,
    smsgate_number=NUMBER,
    smsgate_pace=1000.0,
    country="KE",
)


@pytest.fixture
def carrier() -> SmsGate:
    return SmsGate(ours)


def payload(**more: object) -> dict[str, Any]:
    about = {"messageId": "1f0b", "sender": HER, "recipient": None, "simNumber": None, "phoneNumber": HER}
    return about | {"message": "RIVER", "receivedAt": stamp(NOW - 5)} | more


def says(body: bytes | dict[str, Any] | None = None, *, at: float = NOW, key: str = KEY, **more: object) -> Request:
    """A webhook as the app makes it; `more` changes its payload."""
    if body is None:
        body = {"id": "hook-1", "webhookId": "w", "event": "sms:received", "deviceId": "d", "payload": payload(**more)}
    written = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {name.lower(): value for name, value in signed(written, key, at).items()}
    return Request("POST", HOOK, headers, written, "192.168.1.20")


def tells(event: str, name: str = name_of(OWED), **more: object) -> Request:
    about = {"messageId": name, "recipient": HER, "phoneNumber": HER}
    return says({"id": "hook-2", "webhookId": "w", "event": event, "deviceId": "d", "payload": about | more})


def refusal(carrier: SmsGate, request: Request) -> int:
    with pytest.raises(Refused) as refused:
        carrier.receive(request, NOW)
    assert "254711" not in str(refused.value)
    assert KEY not in str(refused.value)
    return refused.value.status


# ---- opening


def test_it_is_opened_only_when_its_settings_are_given() -> None:
    assert open_carrier(Settings()) is None
    opened = open_carrier(ours)
    assert isinstance(opened, Carrier)
    assert isinstance(opened, WatchedCarrier)
    assert (opened.name, opened.ours, opened.pace, opened.can_find) == ("smsgate", (NUMBER,), 1000.0, True)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"smsgate": ""}, "CONSULT_SMSGATE is missing"),
        ({"smsgate_password": ""}, "CONSULT_SMSGATE_PASSWORD is missing"),
        ({"smsgate_key": ""}, "CONSULT_SMSGATE_KEY is missing"),
        ({"smsgate_number": ""}, "CONSULT_SMSGATE_NUMBER is missing"),
        ({"smsgate_number": "0711"}, "CONSULT_SMSGATE_NUMBER must look like"),
        ({"smsgate_key": "12345678"}, "CONSULT_SMSGATE_KEY: 16 characters"),
        ({"smsgate": "http://phone.example.org:8080"}, "CONSULT_SMSGATE: http only within"),
        ({"smsgate": "192.168.1.20:8080"}, "CONSULT_SMSGATE must look like"),
    ],
)
def test_a_setting_that_is_missing_or_wrong_is_named_and_never_a_secret(wrong: dict[str, str], named: str) -> None:
    with pytest.raises(BadSetting, match=named) as bad:
        open_carrier(replace(ours, **wrong))
    assert not any(secret in str(bad.value) for secret in (PASSWORD, KEY, "12345678"))


@pytest.mark.parametrize("address", ["http://127.0.0.1:8080", "http://phone.local:8080", "https://phone.example.org"])
def test_within_the_house_no_tls_is_asked_for(address: str) -> None:
    assert open_carrier(replace(ours, smsgate=address)) is not None


# ---- is it our telephone?


def test_the_signature_is_that_of_openssl() -> None:
    # printf '{"a":"é"}1795643400' | openssl dgst -sha256 -hmac 'a-key-of-the-tests-0123'
    golden = "e28d5c373fb5cc180d497b7a462115d99ea075ba734348c81cc24eaa08473671"
    assert sign('{"a":"é"}'.encode(), "1795643400", KEY) == golden


def test_she_is_heard(carrier: SmsGate) -> None:
    heard = carrier.receive(says(), NOW)
    assert (heard.channel, heard.carrier, heard.ours, heard.sender) == ("sms", "smsgate", NUMBER, HER)
    assert (heard.said, heard.heard_at, heard.sent_at) == (Text("RIVER"), NOW, NOW - 5)


@pytest.mark.parametrize("header", ["x-signature", "x-timestamp"])
@pytest.mark.parametrize("value", [None, "", "é", "\udcff", "0", "-1", "1e9", "a" * 64, "٣" * 10, "9" * 400])
def test_what_is_not_signed_is_refused(carrier: SmsGate, header: str, value: str | None) -> None:
    good = says()
    headers = {name: given for name, given in good.headers.items() if name != header}
    assert refusal(carrier, replace(good, headers=headers if value is None else headers | {header: value})) == 403


def test_another_key_or_another_body_is_refused(carrier: SmsGate) -> None:
    assert refusal(carrier, says(key=KEY + "4")) == 403
    good = says()
    assert refusal(carrier, replace(good, body=good.body.replace(b"RIVER", b"rIVER"))) == 403
    assert refusal(carrier, replace(good, body=good.body + b" ")) == 403
    later = {**good.headers, "x-timestamp": str(NOW + 1)}
    assert refusal(carrier, replace(good, headers=later)) == 403


@pytest.mark.parametrize(("ago", "taken"), [(0, True), (STALE, True), (STALE + 1, False), (-STALE - 1, False)])
def test_a_stale_webhook_is_refused(carrier: SmsGate, ago: int, taken: bool) -> None:
    if taken:
        assert carrier.receive(says(at=NOW - ago), NOW).sender == HER
    else:
        assert refusal(carrier, says(at=NOW - ago)) == 403


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b"[" * 50_000,
        b"1" * 5000,
        b'{"event":"sms:received"}',
        b'{"event":"sms:received","id":"1","payload":[]}',
        b'{"event":"system:ping","id":"1","payload":{}}',
        b'{"event":["sms:received"],"id":"1","payload":{}}',
    ],
)
def test_a_malformed_webhook_is_refused(carrier: SmsGate, body: bytes) -> None:
    assert refusal(carrier, says(body)) == 400
    with pytest.raises(Refused, match=r"^(not|event|payload)") as refused:
        carrier.report(says(body), NOW)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message", None),
        ("message", 1),
        ("message", ["1"]),
        ("sender", 254711223344),
        ("sender", {"x": 1}),
        ("sender", "\x00"),
        ("sender", "x" * 65),
        ("receivedAt", None),
        ("receivedAt", 1795643400),
        ("receivedAt", "yesterday"),
        ("receivedAt", "2026-11-25T21:00:00"),
        ("receivedAt", "2026-13-45T21:00:00.000Z"),
    ],
)
def test_a_malformed_field_is_refused(carrier: SmsGate, field: str, value: object) -> None:
    assert refusal(carrier, says(**{field: value})) == 400


def test_a_flood_is_refused(carrier: SmsGate) -> None:
    assert refusal(carrier, says(message="x" * 70_000)) == 413


names = st.sampled_from(["id", "event", "payload", "message", "sender", "receivedAt", "messageId"])
values = st.none() | st.booleans() | st.floats() | st.text()
anything = st.recursive(values, lambda inner: st.lists(inner) | st.dictionaries(names, inner))


@given(anything)
def test_whatever_is_signed_is_heard_or_refused(said: Any) -> None:
    carrier, statuses = SmsGate(ours), set[int]()
    for body in (said, {"id": "1", "event": "sms:received", "payload": said}, {"event": "sms:sent", "payload": said}):
        for take_it in (carrier.receive, carrier.report):
            try:
                take_it(says(json.dumps(body).encode()), NOW)
            except Refused as refused:
                statuses.add(refused.status)
    assert statuses <= {400}


# ---- what came


@pytest.mark.parametrize(
    ("sender", "number"),
    [(HER, HER), ("0711223344", HER), ("SAFARICOM", None), ("40405", None), (NUMBER, None), ("0700000009", None)],
)
def test_networks_write_numbers_in_their_own_way(carrier: SmsGate, sender: str, number: str | None) -> None:
    assert carrier.receive(says(sender=sender), NOW).sender == number


def test_older_apps_name_her_differently(carrier: SmsGate) -> None:
    assert carrier.receive(says(sender=None), NOW).sender == HER


@pytest.mark.parametrize(
    ("message", "text"), [("هل 😀", "هل 😀"), ("1\x00\x07", "1"), ("\ud83d", "\ufffd"), ("a\nb", "a\nb"), ("", "")]
)
def test_what_she_wrote_is_cleaned(carrier: SmsGate, message: str, text: str) -> None:
    assert carrier.receive(says(message=message), NOW).said == Text(text)


def webhook(id: str, **more: object) -> dict[str, Any]:
    return {"id": id, "webhookId": "w", "event": "sms:received", "deviceId": "d", "payload": payload(**more)}


def ref(carrier: SmsGate, id: str = "hook-1", **more: object) -> str:
    return carrier.receive(says(webhook(id, **more)), NOW).ref


def test_one_message_in_two_webhooks_is_one(carrier: SmsGate) -> None:
    """The broadcast knows the SIM and writes milliseconds, the inbox may know neither."""
    ours_at = "2026-11-25T21:49:55.000+00:00"
    same = [
        ref(carrier, "hook-1", simNumber=1, messageId="1f0b", receivedAt=ours_at),
        ref(carrier, "hook-2", simNumber=None, messageId="77aa", receivedAt="2026-11-26T00:49:55.312+03:00"),
        ref(carrier, "hook-3", sender="0711223344", receivedAt="2026-11-25T21:49:55Z"),
    ]
    assert len(set(same)) == 1


def test_what_differs_in_anything_is_another(carrier: SmsGate) -> None:
    refs = [
        ref(carrier),
        ref(carrier, message="river"),
        ref(carrier, sender="+254711223345"),
        ref(carrier, receivedAt=stamp(NOW - 4)),
    ]
    assert len(set(refs)) == 4


def test_without_the_networks_time_the_webhook_tells_them_apart(carrier: SmsGate) -> None:
    lost = {"receivedAt": "1970-01-01T00:00:00.000+00:00", "message": "1"}
    assert carrier.receive(says(webhook("hook-1", **lost)), NOW).sent_at is None
    assert ref(carrier, "hook-1", **lost) == ref(carrier, "hook-1", **lost) != ref(carrier, "hook-2", **lost)


def test_a_time_that_is_still_to_come_is_none(carrier: SmsGate) -> None:
    assert carrier.receive(says(receivedAt=stamp(NOW + 9000)), NOW).sent_at is None


# ---- reports


def test_reports_tell_how_far_it_got(carrier: SmsGate) -> None:
    sent = carrier.report(tells("sms:sent", partsCount=3), NOW)
    assert (sent.ref, sent.id, sent.state, sent.segments) == (name_of(OWED), 7, Delivery.SENT, 3)
    assert carrier.report(tells("sms:sent", partsCount=-1), NOW).segments is None
    assert carrier.report(tells("sms:delivered"), NOW).state is Delivery.DELIVERED
    assert carrier.report(tells("sms:cancelled"), NOW).state is Delivery.FAILED


def test_a_failure_keeps_androids_word_and_never_her_number(carrier: SmsGate) -> None:
    failed = carrier.report(tells("sms:failed", reason="Send result: RESULT_ERROR_NO_SERVICE (Failed)"), NOW)
    assert (failed.state, failed.retry, failed.halt) == (Delivery.FAILED, True, False)
    assert failed.why == "the telephone refused it (RESULT_ERROR_NO_SERVICE)"
    assert HER not in carrier.report(tells("sms:failed", reason=f"sendSMS: Invalid {HER}"), NOW).why


def test_another_programs_message_on_the_same_telephone_is_none_of_ours(carrier: SmsGate) -> None:
    told = carrier.report(tells("sms:delivered", name="PyDmBQZZXYmyxMwED8Fzy"), NOW)
    assert (told.id, told.ref) == (None, "PyDmBQZZXYmyxMwED8Fzy")


def test_a_telephone_without_credit_stops_the_run(carrier: SmsGate) -> None:
    def fails(n: int, reason: str = "Send result: RESULT_ERROR_GENERIC_FAILURE") -> bool:
        return carrier.report(tells("sms:failed", name_of(replace(OWED, id=n)), reason=reason), NOW).halt

    assert [fails(n) for n in (1, 1, *range(2, REFUSALS + 1))] == [False] * REFUSALS + [True]
    carrier.report(tells("sms:sent"), NOW)
    assert not any(fails(n) for n in range(1, REFUSALS))
    assert not any(fails(n, "Delivery result from SC: 70") for n in range(20, 30))  # her telephone is off


# ---- with a telephone on the other end


@pytest.fixture
def phone() -> Iterator[Phone]:
    with Phone() as running:
        yield running


def test_a_message_is_handed_over_once_whatever_is_repeated(phone: Phone) -> None:
    carrier = SmsGate(replace(ours, smsgate=phone.url))
    assert carrier.find(OWED, NOW) is None
    for _ in range(3):
        assert carrier.send(OWED, "").ref == name_of(OWED)
    until(lambda: phone.sent)
    found = carrier.find(OWED, NOW)
    assert found is not None
    assert (found.id, found.ref, found.state) == (7, name_of(OWED), Delivery.DELIVERED)
    carrier.send(replace(OWED, text="After a restore this number is another message"), "")
    until(lambda: len(phone.sent) == 2)


def test_long_texts_go_in_one_piece_and_are_counted(phone: Phone) -> None:
    carrier = SmsGate(replace(ours, smsgate=phone.url))
    text = "هل توافقين؟ 😀 " * 12
    assert carrier.send(replace(OWED, text=text), "").segments == len(split(text))
    until(lambda: phone.sent)
    assert phone.sent == [(HER, split(text))]


def test_a_telephone_that_is_not_there_or_does_not_know_us_is_told_apart(phone: Phone) -> None:
    gone = SmsGate(replace(ours, smsgate=f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(SendFailed, match="cannot be reached") as failed:
        gone.send(OWED, "")
    assert (failed.value.retry, failed.value.uncertain) == (True, False)
    stranger = SmsGate(replace(ours, smsgate=phone.url, smsgate_password="another"))
    for ask in (lambda: stranger.send(OWED, ""), lambda: stranger.find(OWED, NOW), lambda: stranger.missed(NOW)):
        with pytest.raises(SendFailed, match="answered 401") as failed:
            ask()
        assert failed.value.halt
    assert phone.sent == []


@pytest.mark.parametrize(
    ("answer", "uncertain", "halt"),
    [
        (b"", True, False),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", True, False),
        (b"HTTP/1.1 503 Oh\r\nContent-Length: 0\r\n\r\n", False, False),
        (b"HTTP/1.1 400 Oh\r\nContent-Length: 0\r\n\r\n", False, False),
        (b"HTTP/1.1 302 Elsewhere\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n", False, True),
        (b"HTTP/1.1 two\r\n\r\n", True, False),
        (b"garbage\r\n", True, False),
    ],
)
def test_what_may_have_been_taken_is_never_sent_blindly_again(answer: bytes, uncertain: bool, halt: bool) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        carrier = SmsGate(replace(ours, smsgate=f"http://127.0.0.1:{listener.getsockname()[1]}"))
        thread = Thread(target=_answers, args=(listener, answer))
        thread.start()
        with pytest.raises(SendFailed) as failed:
            carrier.send(OWED, "")
        thread.join()
    assert (failed.value.uncertain, failed.value.halt) == (uncertain, halt)
    assert HER not in str(failed.value)
    assert failed.value.__context__ is None


def _answers(listener: socket.socket, answer: bytes) -> None:
    line, _ = listener.accept()
    with closing(line):
        line.recv(65_536)
        line.sendall(answer)


def test_what_somebody_should_see_to_is_said(phone: Phone) -> None:
    carrier = SmsGate(replace(ours, smsgate=phone.url, public_url="http://127.0.0.1:8000"))
    phone.internet_required = True
    troubles = list(carrier.troubles())
    assert sum("does not tell of" in trouble for trouble in troubles) == 4
    assert any("Require Internet" in trouble for trouble in troubles)
    assert any("FIFO" in trouble for trouble in troubles)
    assert any("one day" in trouble for trouble in troubles)
    register(phone, "http://127.0.0.1:8000")
    assert list(carrier.troubles()) == []
    stranger = SmsGate(replace(ours, smsgate=phone.url, smsgate_password="another"))
    assert "password right?" in next(iter(stranger.troubles()))


# ---- whole conversations


@dataclass
class Hub:
    """A house, the port it answers on, and its telephone."""

    house: House
    phone: Phone
    port: int
    folder: Path

    def traffic(self) -> list[Message]:
        def look(view: Any) -> list[Message]:
            address = view.address(self.house.vault.index(HER))
            return list(view.traffic(address.id)) if address else []

        return list(self.house.store.read(look))

    def delivered(self) -> int:
        return sum(one.state == "delivered" for one in self.traffic())


@pytest.fixture
def hub(phone: Phone, tmp_path: Path) -> Iterator[Hub]:
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    settings = replace(ours, data=tmp_path / "data", smsgate=phone.url, port=port, public_url=public)
    worker = EmbeddedWorker(sweep_every=1)
    house = open_house(settings, worker)
    house = replace(house, channels={"sms": Sms({"smsgate": SmsGate(settings)})})
    published(house)
    register(phone, public)
    worker.start(house)
    yield Hub(house, phone, port, tmp_path)
    worker.stop()
    house.close()


def test_a_conversation_is_held_without_internet_and_each_message_counts_once(hub: Hub) -> None:
    with serving(hub.house, hub.port):
        hub.phone.receives(HER, "RIVER", when=time.time() - 3, twice=True)
        until(lambda: hub.delivered() == 2)  # the consent, in two messages
        hub.phone.receives(HER, "1", when=time.time() - 2, twice=True)
        until(lambda: hub.delivered() >= 3)
        first = hub.delivered()
        hub.phone.receives(HER, "1", when=time.time() - 1, twice=True)  # the same word is the next answer
        until(lambda: hub.delivered() > first)
        time.sleep(0.5)
    assert set(hub.phone.answers) == {200}
    assert len(hub.phone.sent) == len(hub.phone.messages) == len(hub.traffic())
    assert not hub.phone.online


def test_what_comes_while_we_are_down_comes_when_we_are_up(hub: Hub) -> None:
    hub.phone.receives(HER, "RIVER", twice=True)
    until(lambda: hub.phone.answers.count(0) >= 2)
    with serving(hub.house, hub.port):
        until(lambda: hub.delivered() == 2)
        until(lambda: hub.phone.answers.count(200) == 2 + 2 * len(hub.phone.sent))
    assert len(hub.phone.sent) == 2


def test_what_the_app_slept_through_is_read_from_its_inbox(hub: Hub) -> None:
    hub.phone.keeps(HER, "RIVER", time.time() - 60)
    with serving(hub.house, hub.port):
        assert recover(hub.house, lambda heard: take(hub.house, heard, 0), int(time.time()), every=0) == 0
        until(lambda: hub.delivered() == 2)


def test_a_telephone_that_nobody_let_call_without_internet_calls_nobody(hub: Hub) -> None:
    hub.phone.internet_required = True
    with serving(hub.house, hub.port):
        hub.phone.receives(HER, "RIVER")
        time.sleep(0.5)
        assert hub.phone.answers == []
        hub.phone.online = True
        until(lambda: hub.delivered() == 2)


@pytest.mark.parametrize("wrong", [{"key": "another-key-0123456"}, {"ahead": 2 * STALE}, {"ahead": -2 * STALE}])
def test_a_forger_and_a_wrong_clock_leave_no_trace(hub: Hub, wrong: dict[str, Any]) -> None:
    for name, value in wrong.items():
        setattr(hub.phone, name, value)
    with serving(hub.house, hub.port):
        hub.phone.receives(HER, "RIVER")
        until(lambda: hub.phone.answers)
        hub.phone.tries = 0
        time.sleep(0.3)
    assert set(hub.phone.answers) == {403}
    assert hub.traffic() == []


def test_the_same_request_a_hundred_times_has_its_effect_once(hub: Hub) -> None:
    url, at = f"http://127.0.0.1:{hub.port}/hooks/sms/smsgate", time.time()
    body = json.dumps(webhook("hook-1", receivedAt=stamp(at))).encode()
    with serving(hub.house, hub.port):
        assert {post(url, body, KEY, at) for _ in range(100)} == {200}
        assert post(url, body + b"x" * 70_000, KEY, at) == 413
        assert post(url, b"{}", KEY, at) == 400
        until(lambda: hub.delivered() == 2)
    assert len(hub.traffic()) == 2


def test_a_telephone_without_credit_halts_the_carrier(hub: Hub) -> None:
    hub.phone.credit = False
    with serving(hub.house, hub.port):
        for n in range(REFUSALS):
            hub.phone.receives(f"+2547112233{n:02d}", "RIVER")
        until(lambda: "credit" in (hub.house.store.read(lambda view: view.setting(f"{HALTED}sms smsgate")) or ""))


def test_nothing_of_hers_stands_in_the_clear_here(hub: Hub) -> None:
    with serving(hub.house, hub.port):
        hub.phone.receives(HER, "RIVER quokkamarker")
        hub.phone.receives(HER, "RIVER", when=time.time() + 1)
        until(lambda: hub.delivered() >= 2)
    assert found_under([hub.folder], ("quokkamarker", of_number(HER))) == {}
