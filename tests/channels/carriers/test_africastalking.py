"""The Africa's Talking carrier over a real socket, against a server that answers as their documentation has it."""

from __future__ import annotations

import json
import logging
import socket
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from channels.providers import wire
from channels.sms.carriers.africastalking import AfricasTalking, open_carrier
from consult.channel import (
    Carrier,
    Delivery,
    Heard,
    Owed,
    Receipt,
    Refused,
    Request,
    SendFailed,
    Text,
    UnsignedCarrier,
)
from consult.config import BadSetting, Settings
from tests.fakes import provider as fake
from tests.fakes.provider import Act, Call, Provider

HER, OURS, KEY, SECRET = "+254711000001", "22384", "atsk_key-of-the-tests", "Zq3v9-Kd81_xYw72LmNopQ"
HOOK = f"https://consult.example.org/hooks/sms/africastalking/{SECRET}"
STATUS = f"https://consult.example.org/hooks/sms/africastalking/status/{SECRET}"
THEIRS = "192.0.2.7"
OWED = Owed(7, OURS, HER, "Do you agree?\n1 Ndiyo & 2 La +é")


def told(code: int = 101, **more: object) -> bytes:
    one = {"statusCode": code, "number": HER, "cost": "KES 0.8000", "status": "x", "messageId": "ATXid_1", **more}
    return json.dumps(
        {"SMSMessageData": {"Message": "Sent to 1/1 Total Cost: KES 0.8000", "Recipients": [one]}}
    ).encode()


def nothing(message: str) -> bytes:
    return json.dumps({"SMSMessageData": {"Message": message, "Recipients": []}}).encode()


def fault(call: Call) -> Act | None:
    """What they have against a call, whoever makes it."""
    if call.path != "/version1/messaging":
        return Act(False, 404, b"not found", "text/plain")
    if call.headers.get("apikey") != KEY or call.form.get("username") != "sandbox":
        return Act(False, 401, b"The supplied authentication is invalid", "text/plain")
    missing = {"username", "to", "message"} - call.form.keys()
    return Act(False, 400, f"Request is missing required form field {missing}".encode()) if missing else None


@pytest.fixture
def server() -> Iterator[Provider]:
    with Provider(lambda _, n: told(messageId=f"ATXid_{n}"), fault) as running:
        yield running


def given(server: Provider | None = None, **more: object) -> Settings:
    settings = Settings(
        africastalking_username="sandbox",
        africastalking_key=KEY,
        africastalking_from=OURS,
        africastalking_secret=SECRET,
        africastalking_allow=f"{THEIRS}, 2001:db8::/32",
        africastalking_api=server.url if server else "https://api.africastalking.com",
    )
    return replace(settings, **more)


@pytest.fixture
def carrier(server: Provider) -> AfricasTalking:
    return AfricasTalking(given(server))


# ---- opening


def test_it_is_opened_only_when_its_settings_are_given() -> None:
    assert open_carrier(Settings()) is None
    opened = open_carrier(given(africastalking_pace=3.0, africastalking_from=f"{OURS}, +254711000009"))
    assert isinstance(opened, Carrier)
    assert isinstance(opened, UnsignedCarrier)
    assert (opened.name, opened.pace, opened.can_find) == ("africastalking", 3.0, False)
    assert opened.ours == (OURS, "+254711000009")


@pytest.mark.parametrize("missing", ["username", "key", "from", "secret", "allow"])
def test_half_a_configuration_names_what_is_missing(missing: str) -> None:
    with pytest.raises(BadSetting, match=f"^CONSULT_AFRICASTALKING_{missing.upper()} is missing"):
        open_carrier(given(**{f"africastalking_{missing}": ""}))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"africastalking_from": "CONSULT"}, "CONSULT_AFRICASTALKING_FROM: 'CONSULT'"),
        ({"africastalking_secret": "short"}, "CONSULT_AFRICASTALKING_SECRET must be"),
        ({"africastalking_secret": "a" * 40}, "CONSULT_AFRICASTALKING_SECRET must be"),
        ({"africastalking_secret": SECRET + "/x"}, "CONSULT_AFRICASTALKING_SECRET must be"),
        ({"africastalking_allow": "example.org"}, "CONSULT_AFRICASTALKING_ALLOW: 'example.org'"),
        ({"africastalking_allow": "192.0.2.7/24"}, "CONSULT_AFRICASTALKING_ALLOW: '192.0.2.7/24'"),
        ({"africastalking_api": "http://api.africastalking.com"}, "CONSULT_AFRICASTALKING_API"),
        ({"africastalking_api": "file:///etc/passwd"}, "CONSULT_AFRICASTALKING_API"),
        ({"africastalking_key": "two\nlines"}, "CONSULT_AFRICASTALKING_KEY"),
        ({"public_url": "http://consult.example.org"}, "CONSULT_PUBLIC_URL"),
    ],
)
def test_a_wrong_setting_is_named_and_never_a_secret(wrong: dict[str, str], named: str) -> None:
    with pytest.raises(BadSetting, match=f"^{named}") as bad:
        open_carrier(given(**wrong))
    assert KEY not in str(bad.value)
    assert SECRET not in str(bad.value)


# ---- who may call

FIELDS = {"date": "2026-11-20T10:00:00Z", "from": HER, "id": "ATX_in_1", "linkId": "L1", "text": "1", "to": OURS}
AT = 1_795_200_000  # 2026-11-20 18:40 UTC


def webhook(fields: dict[str, str] | bytes, url: str = HOOK, remote: str = THEIRS) -> Request:
    return Request("POST", url, {}, fields if isinstance(fields, bytes) else urlencode(fields).encode(), remote)


def refusal(call: Callable[[], object]) -> int:
    with pytest.raises(Refused) as refused:
        call()
    assert HER not in refused.value.why
    assert SECRET not in refused.value.why
    return refused.value.status


@pytest.mark.parametrize(
    "url",
    [
        HOOK[:-1], HOOK + "x", HOOK.rpartition("/")[0], HOOK.rpartition("/")[0] + "/", HOOK.lower(), HOOK + "/",
        HOOK.replace(SECRET, "é"), HOOK.replace(SECRET, "\udce9"), HOOK.replace(SECRET, f"x?secret=/{SECRET}"),
    ],
)  # fmt: skip
def test_who_does_not_know_the_secret_is_refused_before_anything_is_read(carrier: AfricasTalking, url: str) -> None:
    for body in (urlencode(FIELDS).encode(), b"\xff" * 70_000, b"from=1&from=2"):
        assert refusal(lambda body=body: carrier.receive(webhook(body, url), AT)) == 403
        assert refusal(lambda body=body: carrier.report(webhook(body, url), AT)) == 403


@pytest.mark.parametrize("remote", ["192.0.2.8", "", "unix:", "2001:db9::1", "::ffff:192.0.2.8", "192.0.2.7, 1.1.1.1"])
def test_who_comes_from_elsewhere_is_refused(
    carrier: AfricasTalking, remote: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert refusal(lambda: carrier.receive(webhook(b"from=1&from=2", remote=remote), AT)) == 403
    assert "CONSULT_AFRICASTALKING_ALLOW" in caplog.text  # the operator's cure, without the place or the secret
    assert SECRET not in caplog.text
    assert "192.0.2.8" not in caplog.text


@pytest.mark.parametrize("remote", [THEIRS, f"::ffff:{THEIRS}", "2001:db8::77"])
def test_who_knows_the_secret_and_comes_from_there_is_heard(carrier: AfricasTalking, remote: str) -> None:
    assert carrier.receive(webhook(FIELDS, remote=remote), AT).said == Text("1")


# ---- hearing


def test_she_is_heard(carrier: AfricasTalking) -> None:
    heard = carrier.receive(webhook(FIELDS), AT)
    ref, sent = f"{OURS}:ATX_in_1", 1_795_168_800
    assert heard == Heard("sms", "africastalking", OURS, HER, Text("1"), ref, AT, sent)
    assert carrier.receive(webhook(FIELDS), AT + 60).ref == ref  # they may repeat themselves


@pytest.mark.parametrize(
    ("date", "sent_at"),
    [
        ("2026-11-20T10:00:00Z", 1_795_168_800),
        ("2026-11-20 10:00:00", 1_795_168_800),
        ("2026-11-20T10:00:00.445Z", 1_795_168_800),
        ("2026-11-20T13:00:00+03:00", 1_795_168_800),
        ("2026-11-21 10:00:00", None),  # ahead of us: their local time, or a wrong clock
        ("yesterday", None),
        ("", None),
        ("0001-01-01", None),
        ("9999-99-99 00:00:00", None),
    ],
)
def test_dates_come_in_two_forms_and_others_lose_no_message(
    carrier: AfricasTalking, date: str, sent_at: int | None
) -> None:
    assert carrier.receive(webhook(FIELDS | {"date": date}), AT).sent_at == sent_at


@pytest.mark.parametrize("sender", ["22384", "Safaricom", "254711000001", "+2547110*****", "+0254711000001"])
def test_who_has_no_number_is_nobody(carrier: AfricasTalking, sender: str) -> None:
    assert carrier.receive(webhook(FIELDS | {"from": sender}), AT).sender is None


def test_our_number_may_lack_its_plus(server: Provider) -> None:
    carrier = AfricasTalking(given(server, africastalking_from=f"{OURS},+254711000009"))
    assert carrier.receive(webhook(FIELDS | {"to": "254711000009"}), AT).ours == "+254711000009"
    assert carrier.receive(webhook(FIELDS | {"to": " 254711000009"}), AT).ours == "+254711000009"  # a + not escaped


@pytest.mark.parametrize("missing", ["from", "to", "id", "text"])
def test_what_is_needed_must_be_there(carrier: AfricasTalking, missing: str) -> None:
    fields = {name: value for name, value in FIELDS.items() if name != missing}
    assert refusal(lambda: carrier.receive(webhook(fields), AT)) == 400


@pytest.mark.parametrize(
    "change", [{"to": "40404"}, {"to": ""}, {"id": ""}, {"id": "a b"}, {"id": "x" * 101}, {"from": ""}, {"from": "a\n"}]
)
def test_another_shape_is_refused(carrier: AfricasTalking, change: dict[str, str]) -> None:
    assert refusal(lambda: carrier.receive(webhook(FIELDS | change), AT)) == 400


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_no_field_is_repeated(carrier: AfricasTalking, name: str) -> None:
    for value in (FIELDS[name], "2"):
        body = urlencode([*FIELDS.items(), (name, value)]).encode()
        assert refusal(lambda body=body: carrier.receive(webhook(body), AT)) == 400


def test_too_large_and_too_many(carrier: AfricasTalking) -> None:
    assert refusal(lambda: carrier.receive(webhook(FIELDS | {"text": "x" * 65_536}), AT)) == 413
    many = urlencode(FIELDS).encode() + b"".join(b"&f%d=" % n for n in range(200))
    assert refusal(lambda: carrier.receive(webhook(many), AT)) == 400


@pytest.mark.parametrize(
    ("raw", "text"),
    [(b"%ff%fe", "\ufffd\ufffd"), (b"a%00b", "ab"), (b"1%0A2", "1\n2"), (b"+1+", " 1 "), (b"%zz", "%zz"), (b"", "")],
)
def test_broken_text_is_cleaned_not_refused(carrier: AfricasTalking, raw: bytes, text: str) -> None:
    others = urlencode({name: value for name, value in FIELDS.items() if name != "text"}).encode()
    assert carrier.receive(webhook(others + b"&text=" + raw), AT).said == Text(text)


@drawn(st.binary(max_size=300))
def test_nothing_posted_brings_it_down(body: bytes) -> None:
    carrier = AfricasTalking(given())
    for take in (carrier.receive, carrier.report):
        with pytest.raises(Refused):
            take(webhook(body), AT)


def test_they_get_an_empty_answer(carrier: AfricasTalking) -> None:
    assert (carrier.acknowledge().status, carrier.acknowledge().body) == (200, b"")


# ---- reports

SAID = {"id": "ATXid_1", "status": "Success", "phoneNumber": HER, "networkCode": "63902", "retryCount": "0"}


@pytest.mark.parametrize(
    ("status", "reason", "receipt"),
    [
        ("Sent", "", {"state": Delivery.SENT}),
        ("Submitted", "", {"state": Delivery.SENT}),
        ("Buffered", "", {"state": Delivery.ACCEPTED}),
        ("AbsentSubscriber", "", {"state": Delivery.ACCEPTED}),
        ("Brandnew", "", {"state": Delivery.ACCEPTED}),
        ("Success", "", {"state": Delivery.DELIVERED}),
        ("Failed", "", {"state": Delivery.FAILED, "why": "Failed"}),
        ("Failed", "DeliveryFailure", {"state": Delivery.FAILED, "why": "Failed DeliveryFailure", "retry": True}),
        ("Rejected", "UserInBlackList", {"state": Delivery.FAILED, "why": "Rejected UserInBlackList", "opt_out": True}),
        ("Failed", "UserDoesNotExist", {"state": Delivery.FAILED, "why": "Failed UserDoesNotExist", "dead": True}),
        ("Failed", "DoNotDisturbRejection", {"state": Delivery.FAILED, "why": "Failed DoNotDisturbRejection"}),
        ("Failed", HER, {"state": Delivery.FAILED, "why": "Failed"}),
        ("Expired", "", {"state": Delivery.FAILED, "why": "Expired", "retry": True}),
    ],
)
def test_a_report_is_a_receipt(carrier: AfricasTalking, status: str, reason: str, receipt: dict[str, object]) -> None:
    fields = SAID | {"status": status} | ({"failureReason": reason} if reason else {})
    assert carrier.report(webhook(fields, STATUS), AT) == Receipt(ref="ATXid_1", **receipt)


@pytest.mark.parametrize("change", [{"id": ""}, {"status": ""}, {"status": "<b>"}])
def test_a_report_of_another_shape_is_refused(carrier: AfricasTalking, change: dict[str, str]) -> None:
    assert refusal(lambda: carrier.report(webhook(SAID | change, STATUS), AT)) == 400
    assert refusal(lambda: carrier.report(webhook(FIELDS, STATUS), AT)) == 400


# ---- sending


def test_a_message_is_handed_over(carrier: AfricasTalking, server: Provider) -> None:
    receipt = carrier.send(OWED, "https://consult.example.org/hooks/sms/africastalking/status")
    (call,) = server.taken
    assert call.form == {
        "username": "sandbox", "to": HER, "message": OWED.text, "from": OURS, "bulkSMSMode": "1",
    }  # fmt: skip
    assert (call.method, call.headers["apikey"], call.headers["accept"]) == ("POST", KEY, "application/json")
    assert receipt == Receipt("ATXid_1", Delivery.ACCEPTED, id=7, price=0.8)


@pytest.mark.parametrize(
    ("more", "receipt"),
    [
        ({"messageId": "None"}, {"ref": "", "price": 0.8}),
        ({"messageId": None, "cost": "0"}, {"ref": ""}),
        ({"messageId": "<script>", "cost": "free"}, {"ref": ""}),
        ({"messageParts": 3, "cost": "UGX 105.0000"}, {"ref": "ATXid_1", "segments": 3, "price": 105.0}),
        ({"messageParts": -1, "cost": None}, {"ref": "ATXid_1"}),
    ],
)
def test_what_they_say_of_it_is_kept(
    carrier: AfricasTalking, server: Provider, more: dict[str, object], receipt: dict[str, object]
) -> None:
    server.will(Act(said=told(**more)))
    assert carrier.send(OWED, "") == Receipt(state=Delivery.ACCEPTED, id=7, **receipt)


def test_what_they_hold_for_review_is_not_sent_again(carrier: AfricasTalking, server: Provider) -> None:
    server.will(Act(said=told(401)))
    receipt = carrier.send(OWED, "")
    assert (receipt.state, receipt.halt) == (Delivery.FAILED, True)


def failure(call: Callable[[], object]) -> SendFailed:
    """What it raises, having made sure that it tells nobody who she is or what she was told."""
    with pytest.raises(SendFailed) as caught:
        call()
    said = "".join(traceback.format_exception(caught.value, chain=True)) + repr(caught.value.args)
    assert caught.value.__context__ is None
    for secret in (HER, HER[1:], "Do you agree", "secret-body", KEY):
        assert secret not in said
    return caught.value


def flags(failed: SendFailed) -> set[str]:
    return {name for name in ("retry", "uncertain", "opt_out", "dead", "halt") if getattr(failed, name)}


@pytest.mark.parametrize(
    ("act", "expected", "taken"),
    [
        (fake.BUSY, {"retry"}, 0),
        (fake.BROKEN, {"retry", "uncertain"}, 0),
        (fake.BROKEN_AFTER, {"retry", "uncertain"}, 1),
        (fake.HTML, {"retry", "uncertain"}, 1),
        (fake.ENDLESS, {"retry", "uncertain"}, 1),
        (fake.HUNG_UP, {"retry", "uncertain"}, 1),
        (fake.AWAY, {"retry"}, 0),
        (Act(said=b"{}"), {"retry", "uncertain"}, 1),
        (Act(said=b"[" * 60_000), {"retry", "uncertain"}, 1),
        (Act(said=told("x")), {"retry", "uncertain"}, 1),
        (Act(False, 400, b"Bad Request"), set(), 0),
        (Act(False, 201, told(402)), {"halt"}, 0),
        (Act(False, 201, told(403)), {"dead"}, 0),
        (Act(False, 201, told(405)), {"halt"}, 0),
        (Act(False, 201, told(406)), {"opt_out"}, 0),
        (Act(False, 201, told(409)), set(), 0),
        (Act(False, 201, told(500)), {"retry", "uncertain"}, 0),
        (Act(False, 201, told(999)), set(), 0),
        (Act(False, 201, nothing("InvalidSenderId")), {"halt"}, 0),
        (Act(False, 201, nothing(f"Sent to 0/1 {HER}")), set(), 0),
    ],
)
def test_each_failure_says_what_to_do(
    carrier: AfricasTalking, server: Provider, act: Act, expected: set[str], taken: int
) -> None:
    server.will(act)
    failed = failure(lambda: carrier.send(OWED, ""))
    assert flags(failed) == expected
    assert failed.after == (7 if act is fake.BUSY else 0)
    assert (len(server.calls), len(server.taken)) == (1, taken)  # nothing tries again, or elsewhere, behind our back


@pytest.mark.parametrize("act", [fake.SILENT, fake.DRIBBLE])
def test_silence_after_acceptance_is_uncertain(
    carrier: AfricasTalking, server: Provider, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "PATIENCE", 0.3)
    server.will(act)
    assert flags(failure(lambda: carrier.send(OWED, ""))) == {"retry", "uncertain"}
    assert len(server.taken) == 1
    assert carrier.find(OWED, 0) is None  # nobody can be asked


def test_nobody_there_is_certain() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        away = AfricasTalking(given(africastalking_api=f"http://127.0.0.1:{closed.getsockname()[1]}"))
        assert flags(failure(lambda: away.send(OWED, ""))) == {"retry"}


def test_a_wrong_key_stops_the_run(server: Provider) -> None:
    assert flags(failure(lambda: AfricasTalking(given(server, africastalking_key="another")).send(OWED, ""))) == {
        "halt"
    }


def test_nothing_is_logged(carrier: AfricasTalking, server: Provider, caplog: pytest.LogCaptureFixture) -> None:
    server.will(fake.ACCEPT, fake.BROKEN)
    with caplog.at_level(logging.DEBUG):
        carrier.send(OWED, "")
        failure(lambda: carrier.send(OWED, ""))
        carrier.receive(webhook(FIELDS), AT)
    for secret in ("254711000001", "agree", KEY, SECRET):
        assert secret not in caplog.text


def test_nothing_is_claimed_that_cannot_be_done(carrier: AfricasTalking) -> None:
    assert list(carrier.missed(0)) == []
    carrier.forget(f"{OURS}:1")
