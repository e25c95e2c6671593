"""The Twilio carrier through Twilio's real client, against a real server that behaves like Twilio."""

from __future__ import annotations

import logging
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlencode

import pytest

from channels.providers import twilio_api
from channels.sms.carriers.twilio import Twilio, open_carrier
from consult.channel import Carrier, Delivery, Heard, Owed, Receipt, Refused, Request, SendFailed, Text
from consult.config import BadSetting, Settings
from tests.fakes import twilio_server as fake
from tests.fakes.twilio_server import ACCOUNT, NUMBER, TOKEN, TwilioServer

HER = "+237650000001"
HOOK = "https://consult.example.org/hooks/sms/twilio"
STATUS = HOOK + "/status"
OWED = Owed(7, NUMBER, HER, "Do you agree?\n1 Yes\n2 No")


@pytest.fixture
def server() -> Iterator[TwilioServer]:
    with TwilioServer() as running:
        yield running


def given(server: TwilioServer | None = None, **more: object) -> Settings:
    api = server.url if server else "https://api.twilio.com"
    settings = Settings(twilio_account_sid=ACCOUNT, twilio_auth_token=TOKEN, twilio_from=NUMBER, twilio_api=api)
    return replace(settings, **more)


@pytest.fixture
def carrier(server: TwilioServer) -> Twilio:
    return Twilio(given(server))


# ---- opening


def test_it_is_opened_only_when_its_settings_are_given() -> None:
    assert open_carrier(Settings()) is None
    opened = open_carrier(given(twilio_pace=3.0))
    assert isinstance(opened, Carrier)
    assert (opened.name, opened.ours, opened.pace, opened.can_find) == ("twilio", (NUMBER,), 3.0, True)


@pytest.mark.parametrize("missing", ["twilio_account_sid", "twilio_auth_token", "twilio_from"])
def test_half_a_configuration_names_what_is_missing(missing: str) -> None:
    with pytest.raises(BadSetting, match=f"^CONSULT_{missing.upper()} is missing"):
        open_carrier(given(**{missing: ""}))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"twilio_account_sid": "AC123"}, "CONSULT_TWILIO_ACCOUNT_SID"),
        ({"twilio_from": "AIRTEL"}, "CONSULT_TWILIO_FROM"),
        ({"twilio_api": "http://api.twilio.com"}, "CONSULT_TWILIO_API"),
        ({"twilio_api": "ftp://x"}, "CONSULT_TWILIO_API"),
    ],
)
def test_a_wrong_setting_is_named_and_never_the_token(wrong: dict[str, str], named: str) -> None:
    with pytest.raises(BadSetting, match=named) as bad:
        open_carrier(given(**wrong))
    assert TOKEN not in str(bad.value)


def test_several_numbers_may_be_ours() -> None:
    assert Twilio(given(twilio_from=f"{NUMBER}, 32665")).ours == (NUMBER, "32665")


def test_the_heavy_client_is_imported_with_the_first_message_only() -> None:
    import subprocess

    code = "import sys, channels.sms as s; s.open_channel(__import__('consult.config').config.Settings()); "
    code += "print([m for m in ('twilio', 'requests') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ---- hearing


def webhook(fields: dict[str, str], url: str = HOOK) -> Request:
    return Request("POST", url, {"x-twilio-signature": fake.sign(url, fields)}, urlencode(fields).encode())


def message(sender: str = HER, body: str = "1", **more: object) -> fake.Message:
    return replace(fake.Message("SM" + "c" * 32, "inbound", sender, NUMBER, body, time.time()), **more)


def test_she_is_heard(carrier: Twilio) -> None:
    heard = carrier.receive(webhook(fake.inbound(ACCOUNT, message())), 1000)
    ref = f"{ACCOUNT}:SM{'c' * 32}"
    assert heard == Heard("sms", "twilio", NUMBER, HER, Text("1"), ref, 1000)


@pytest.mark.parametrize("sender", ["32665", "+266696687", "+7378742833", "237650000001", "+123"])
def test_who_has_no_number_is_nobody(carrier: Twilio, sender: str) -> None:
    assert carrier.receive(webhook(fake.inbound(ACCOUNT, message(sender))), 0).sender is None


def test_a_stop_that_twilio_acted_on_is_marked(carrier: Twilio) -> None:
    for word, opted_out in (("STOP", True), ("START", False), ("HELP", False)):
        fields = fake.inbound(ACCOUNT, message()) | {"OptOutType": word}
        assert carrier.receive(webhook(fields), 0).opted_out is opted_out


def test_anothers_account_is_refused(carrier: Twilio) -> None:
    with pytest.raises(Refused) as refused:
        carrier.receive(webhook(fake.inbound("AC" + "2" * 32, message())), 0)
    assert refused.value.status == 400


def test_the_answer_says_nothing(carrier: Twilio) -> None:
    said = carrier.acknowledge()
    assert (said.status, said.media) == (200, "text/xml; charset=utf-8")
    assert said.body == b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


# ---- reports


@pytest.mark.parametrize(
    ("status", "code", "receipt"),
    [
        ("sent", 0, {"state": Delivery.SENT}),
        ("delivered", 0, {"state": Delivery.DELIVERED}),
        ("queued", 0, {"state": Delivery.ACCEPTED}),
        ("undelivered", 30003, {"state": Delivery.FAILED, "why": "undelivered 30003", "retry": True}),
        ("undelivered", 30005, {"state": Delivery.FAILED, "why": "undelivered 30005", "dead": True}),
        ("undelivered", 30034, {"state": Delivery.FAILED, "why": "undelivered 30034", "halt": True}),
        ("failed", 21610, {"state": Delivery.FAILED, "why": "failed 21610", "opt_out": True}),
        ("failed", 0, {"state": Delivery.FAILED, "why": "failed 0"}),
    ],
)
def test_a_report_is_a_receipt(carrier: Twilio, status: str, code: int, receipt: dict[str, object]) -> None:
    sent = message()
    url = f"{STATUS}?id=7"
    got = carrier.report(webhook(fake.report(ACCOUNT, sent, status, code), url), 0)
    assert got == Receipt(ref=sent.sid, id=7, **receipt)


def test_a_report_without_our_id_still_counts(carrier: Twilio) -> None:
    assert carrier.report(webhook(fake.report(ACCOUNT, message(), "sent"), STATUS), 0).id is None


@pytest.mark.parametrize("query", ["?id=", "?id=1&id=2", "?id=x", "?id=-1", "?id=" + "9" * 19, "?id=٣"])
def test_a_report_with_an_odd_id_is_refused(carrier: Twilio, query: str) -> None:
    with pytest.raises(Refused) as refused:
        carrier.report(webhook(fake.report(ACCOUNT, message(), "sent"), STATUS + query), 0)
    assert refused.value.status == 400


def test_a_report_may_say_more(carrier: Twilio) -> None:
    more = {"ChannelToAddress": "+237650XXXXXX", "ErrorMessage": "Unreachable", "RawDlrDoneDate": "2611231200"}
    assert carrier.report(webhook(fake.report(ACCOUNT, message(), "sent") | more, STATUS), 0).state is Delivery.SENT


def test_an_inbound_message_is_no_report(carrier: Twilio) -> None:
    with pytest.raises(Refused) as refused:
        carrier.report(webhook(fake.inbound(ACCOUNT, message())), 0)
    assert refused.value.status == 400


# ---- sending


def test_a_message_is_handed_over(carrier: Twilio, server: TwilioServer) -> None:
    receipt = carrier.send(OWED, STATUS)
    (taken,) = server.accepted
    assert (taken.sender, taken.receiver, taken.body) == (NUMBER, HER, OWED.text)
    assert taken.callback == f"{STATUS}?id=7"
    assert taken.fields["SmartEncoded"] == "false"
    assert receipt == Receipt(taken.sid, Delivery.ACCEPTED, id=7, segments=1)


def test_without_an_address_no_reports_are_asked_for(carrier: Twilio, server: TwilioServer) -> None:
    carrier.send(OWED, "")
    assert "StatusCallback" not in server.accepted[0].fields


def flags(failed: SendFailed) -> set[str]:
    return {name for name in ("retry", "uncertain", "opt_out", "dead", "halt") if getattr(failed, name)}


def failure(call: Callable[[], object]) -> SendFailed:
    """What it raises, having made sure that it tells nobody who she is or what she was told."""
    with pytest.raises(SendFailed) as caught:
        call()
    told = "".join(traceback.format_exception(caught.value, chain=True)) + repr(caught.value.args)
    assert caught.value.__context__ is None
    for secret in (HER, HER[1:], "Do you agree", "secret-body", TOKEN):
        assert secret not in told
    return caught.value


@pytest.mark.parametrize(
    ("act", "expected", "taken"),
    [
        (fake.BUSY, {"retry"}, 0),
        (fake.BROKEN, {"retry", "uncertain"}, 0),
        (fake.BROKEN_AFTER, {"retry", "uncertain"}, 1),
        (fake.OPTED_OUT, {"opt_out"}, 0),
        (fake.NO_SUCH_NUMBER, {"dead"}, 0),
        (fake.UNREGISTERED, {"halt"}, 0),
        (fake.Act(False, 400, 21617), set(), 0),
        (fake.Act(False, 400, 21611), {"retry"}, 0),
        (fake.Act(False, 302), {"retry"}, 0),
        (fake.HTML, {"retry", "uncertain"}, 1),
        (fake.HUNG_UP, {"retry", "uncertain"}, 1),
    ],
)
def test_each_failure_says_what_to_do(
    carrier: Twilio, server: TwilioServer, act: fake.Act, expected: set[str], taken: int
) -> None:
    server.will(HER, act)
    assert flags(failure(lambda: carrier.send(OWED, STATUS))) == expected
    assert len(server.accepted) == taken
    assert server.posts == 1  # nothing tries again behind our back


@pytest.mark.parametrize(
    ("header", "after"),
    [("2", 2), ("", 0), ("99999999", 3600), ("soon", 0), ("-5", 0), ("Fri, 31 Dec 1999 23:59:59 GMT", 0)],
)
def test_twilio_says_how_long_to_wait(carrier: Twilio, server: TwilioServer, header: str, after: int) -> None:
    server.will(HER, replace(fake.BUSY, retry_after=header))
    assert failure(lambda: carrier.send(OWED, "")).after == after


def test_silence_after_acceptance_is_uncertain_and_found(server: TwilioServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio_api, "PATIENCE", 0.3)
    impatient, before = Twilio(given(server)), int(time.time())
    server.will(HER, fake.SILENT)
    assert flags(failure(lambda: impatient.send(OWED, STATUS))) == {"retry", "uncertain"}
    found = impatient.find(OWED, before)
    assert found is not None
    assert (found.ref, found.id) == (server.accepted[0].sid, 7)


def test_nobody_there_is_certain() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        assert flags(failure(lambda: Twilio(given(twilio_api=address)).send(OWED, ""))) == {"retry"}


def test_wrong_credentials_stop_the_run(server: TwilioServer) -> None:
    stranger = Twilio(given(server, twilio_auth_token="another"))
    assert flags(failure(lambda: stranger.send(OWED, ""))) == {"halt"}


def test_nothing_is_logged(carrier: Twilio, server: TwilioServer, caplog: pytest.LogCaptureFixture) -> None:
    server.will(HER, fake.ACCEPT, fake.BROKEN)
    with caplog.at_level(logging.DEBUG):
        carrier.send(OWED, STATUS)
        failure(lambda: carrier.send(OWED, STATUS))
        carrier.find(OWED, 0)
    assert "650000001" not in caplog.text
    assert "agree" not in caplog.text


# ---- asking


def test_what_was_never_taken_is_not_found(carrier: Twilio, server: TwilioServer) -> None:
    server.will(HER, fake.BROKEN)
    failure(lambda: carrier.send(OWED, ""))
    assert carrier.find(OWED, int(time.time()) - 60) is None


def test_an_earlier_twin_is_not_taken_for_it(carrier: Twilio, server: TwilioServer) -> None:
    carrier.send(OWED, "")
    earlier = server.accepted[0]
    server._held[earlier.sid] = replace(earlier, created=earlier.created - 600)
    now = int(time.time())
    assert carrier.find(OWED, now) is None
    receipt = carrier.send(OWED, "")
    found = carrier.find(OWED, now)
    assert found is not None
    assert found.ref == receipt.ref != earlier.sid
    found = carrier.find(OWED, now - 3600)
    assert found is not None
    assert found.ref == receipt.ref


def test_another_text_or_person_is_not_it(carrier: Twilio) -> None:
    now = int(time.time())
    carrier.send(replace(OWED, text="Something else"), "")
    carrier.send(replace(OWED, receiver="+237650000002"), "")
    assert carrier.find(OWED, now) is None


def test_a_found_message_brings_price_segments_and_fate(carrier: Twilio, server: TwilioServer) -> None:
    now = int(time.time())
    carrier.send(OWED, "")
    taken = server.accepted[0]
    server._held[taken.sid] = replace(taken, status="undelivered", code=30005, body="")  # its body deleted there
    found = carrier.find(OWED, now)
    assert found == Receipt(
        taken.sid, Delivery.FAILED, 7, "undelivered 30005", segments=1, price=0.0075, dead=True
    )  # fmt: skip


def test_a_carrier_that_cannot_be_asked_does_not_say_no(server: TwilioServer) -> None:
    stranger = Twilio(given(server, twilio_auth_token="another"))
    for ask in (lambda: stranger.find(OWED, 0), lambda: list(stranger.missed(0)), lambda: stranger.forget("SM1")):
        assert "halt" in flags(failure(ask))


def test_what_came_while_we_were_down_is_read_oldest_first(carrier: Twilio, server: TwilioServer) -> None:
    now = int(time.time())
    server.page = 2
    server.hold(HER, "long ago", created=now - 7200)
    for n in range(5):
        server.hold(HER, f"{n}", created=now - 100 + n)
    server.hold(HER, "to another", "+15005550009")
    carrier.send(OWED, "")
    heard = list(carrier.missed(now - 3600))
    assert [each.said for each in heard] == [Text(str(n)) for n in range(5)]
    assert [each.heard_at for each in heard] == [each.sent_at for each in heard] == [now - 100 + n for n in range(5)]


def test_a_missed_message_has_the_ref_of_its_webhook(carrier: Twilio, server: TwilioServer) -> None:
    held = server.hold(HER, "1")
    by_webhook = carrier.receive(webhook(fake.inbound(ACCOUNT, held)), 0)
    (by_list,) = carrier.missed(0)
    assert (by_list.ref, by_list.sender, by_list.said) == (by_webhook.ref, by_webhook.sender, by_webhook.said)


def test_a_forgotten_message_is_gone(carrier: Twilio, server: TwilioServer) -> None:
    server.hold(HER, "1")
    (heard,) = carrier.missed(0)
    carrier.forget(heard.ref)
    assert list(carrier.missed(0)) == []
    carrier.forget(heard.ref)  # twice is well


# ---- the server itself, since drills rely on it


class _Hook(BaseHTTPRequestHandler):
    """Hands what is posted to the carrier, as the web does."""

    carrier: Twilio
    base: str
    heard: list[object]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Request("POST", self.base + self.path, headers, body)
        take = self.carrier.report if "/status" in self.path else self.carrier.receive
        self.heard.append(take(asked, 0))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hook(carrier: Twilio) -> Iterator[type[_Hook]]:
    bound = type("Bound", (_Hook,), {"carrier": carrier, "heard": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), bound) as http:
        bound.base = f"http://127.0.0.1:{http.server_address[1]}"
        Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield bound
        http.shutdown()


def test_reports_come_signed_in_the_order_asked_for(carrier: Twilio, server: TwilioServer, hook: type[_Hook]) -> None:
    server.reports = ("delivered", "sent")
    ref = carrier.send(OWED, hook.base + "/status").ref
    server.settle()
    assert hook.heard == [Receipt(ref, Delivery.DELIVERED, 7), Receipt(ref, Delivery.SENT, 7)]


def test_the_server_speaks_as_a_telephone(server: TwilioServer, hook: type[_Hook]) -> None:
    assert server.speak(hook.base + "/sms", HER, "نعم & 1")[0] == 200
    (heard,) = hook.heard
    assert isinstance(heard, Heard)
    assert (heard.sender, heard.said) == (HER, Text("نعم & 1"))


def test_many_messages_at_once_are_each_taken_once(carrier: Twilio, server: TwilioServer) -> None:
    owed = [Owed(n, NUMBER, HER, f"message {n}") for n in range(40)]
    threads = [Thread(target=carrier.send, args=(each, "")) for each in owed]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.body for each in server.accepted) == sorted(each.text for each in owed)
