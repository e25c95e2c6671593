"""Kannel's two interfaces: as its requests look on the wire, and with the real bearerbox, smsbox and fake SMSC."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.providers.neighbour import REFUSALS, name_of
from channels.sms import Sms
from channels.sms.carriers.kannel import MOST, Kannel, open_carrier
from channels.sms.segments import split
from consult.channel import (
    Carrier,
    Delivery,
    Heard,
    Owed,
    Refused,
    Request,
    SendFailed,
    Text,
    UnsignedCarrier,
    WatchedCarrier,
)
from consult.config import BadSetting, Settings
from consult.house import House, open_house
from consult.jobs import EmbeddedWorker
from consult.store.records import Message
from consult.web import create_app
from tests.fakes import kannel as real
from tests.fakes.hub import serving
from tests.fakes.kannel import PASSWORD, SECRET, USER, free_port, until
from tests.fakes.post import published

HER, OURS = "+254711223344", "8080"
ID = "460fc942-09c9-4282-8ac4-5cc0639b26df"
NOW = 1_795_643_400
HOOK = f"http://127.0.0.1:8000/hooks/sms/kannel/{SECRET}"
STATUS = f"http://127.0.0.1:8000/hooks/sms/kannel/status/{SECRET}"
MESSAGE = {"id": ID, "from": HER, "to": OURS, "sent": str(NOW - 2)}
OWED = Owed(7, OURS, HER, "Do you agree?\n1 Yes\n2 No")
PLAIN = 'text/plain; charset="UTF-8"'

ours = Settings(
    kannel="http://127.0.0.1:13013",
    kannel_user=USER,
    kannel_password=PASSWORD,
    kannel_number=OURS,
    kannel_secret=SECRET,
    kannel_pace=1000.0,
    country="KE",
)


@pytest.fixture
def carrier() -> Kannel:
    return Kannel(ours)


def brings(text: bytes = b"RIVER", media: str = PLAIN, url: str = HOOK, **fields: str) -> Request:
    """An sms-service's request as Kannel 1.4.5 makes it."""
    return Request("POST", f"{url}?{urlencode(MESSAGE | fields)}", {"content-type": media}, text, "127.0.0.1")


def tells(state: str, name: str = name_of(OWED)) -> Request:
    """A delivery report as Kannel 1.4.5 makes it."""
    return Request("GET", f"{STATUS}?{urlencode({'name': name, 'state': state})}", {}, b"", "127.0.0.1")


def refusal(carrier: Kannel, request: Request) -> int:
    before = carrier.receive(brings(), NOW)
    with pytest.raises(Refused) as refused:
        carrier.receive(request, NOW)
    assert "254711" not in str(refused.value)
    assert SECRET not in str(refused.value)
    assert carrier.receive(brings(), NOW) == before
    return refused.value.status


# ---- opening


def test_it_is_opened_only_when_its_settings_are_given() -> None:
    assert open_carrier(Settings()) is None
    opened = open_carrier(ours)
    assert isinstance(opened, Carrier)
    assert isinstance(opened, UnsignedCarrier)
    assert isinstance(opened, WatchedCarrier)
    assert (opened.name, opened.ours, opened.pace, opened.can_find) == ("kannel", (OURS,), 1000.0, False)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"kannel": ""}, "CONSULT_KANNEL is missing"),
        ({"kannel_user": ""}, "CONSULT_KANNEL_USER is missing"),
        ({"kannel_password": ""}, "CONSULT_KANNEL_PASSWORD is missing"),
        ({"kannel_number": ""}, "CONSULT_KANNEL_NUMBER is missing"),
        ({"kannel_secret": ""}, "CONSULT_KANNEL_SECRET is missing"),
        ({"kannel_secret": "short"}, "CONSULT_KANNEL_SECRET"),
        ({"kannel_secret": "a" * 40}, "CONSULT_KANNEL_SECRET"),
        ({"kannel_number": "RIVER"}, "CONSULT_KANNEL_NUMBER"),
        ({"kannel_password": "s\r\nX-Kannel-To: 1"}, "CONSULT_KANNEL_PASSWORD"),
        ({"kannel_allow": "everybody"}, "CONSULT_KANNEL_ALLOW"),
        ({"kannel_allow": ""}, "CONSULT_KANNEL_ALLOW"),
        ({"kannel": "http://kannel.example.org:13013"}, "CONSULT_KANNEL: http only within"),
        ({"kannel": "127.0.0.1:13013"}, "CONSULT_KANNEL must look like"),
        ({"kannel": "http://127.0.0.1:none/"}, "CONSULT_KANNEL must look like"),
        ({"kannel": "http://user:pass@127.0.0.1:13013"}, "CONSULT_KANNEL must look like"),
        ({"kannel_reaches": "http://hub.example.org"}, "CONSULT_"),
    ],
)
def test_a_setting_that_is_missing_or_wrong_is_named_and_never_a_secret(wrong: dict[str, str], named: str) -> None:
    with pytest.raises(BadSetting, match=named) as bad:
        open_carrier(replace(ours, **wrong))
    assert not any(secret in str(bad.value) for secret in (PASSWORD, SECRET))


def test_several_numbers_may_be_ours(carrier: Kannel) -> None:
    several = Kannel(replace(ours, kannel_number="8080, +254700000009"))
    assert several.ours == ("8080", "+254700000009")
    assert several.receive(brings(to="254700000009"), NOW).ours == "+254700000009"


# ---- hearing


def test_she_is_heard(carrier: Kannel) -> None:
    heard = carrier.receive(brings("هل 😀".encode()), NOW)
    assert (heard.channel, heard.carrier, heard.ours, heard.sender) == ("sms", "kannel", OURS, HER)
    assert (heard.said, heard.ref, heard.heard_at, heard.sent_at) == (Text("هل 😀"), ID, NOW, NOW - 2)


def test_a_message_that_comes_again_is_the_same(carrier: Kannel) -> None:
    assert carrier.receive(brings(), NOW).ref == carrier.receive(brings(), NOW + 9000).ref


def test_one_twice_said_is_two(carrier: Kannel) -> None:
    first, second = (carrier.receive(brings(b"1", id=ID[:-1] + end), NOW) for end in "12")
    assert first.ref != second.ref


@pytest.mark.parametrize(
    ("sender", "number"),
    [(HER, HER), ("254711223344", HER), ("0711223344", HER), ("AIRTEL", None), ("40405", None), ("+", None)],
)
def test_operators_write_numbers_in_their_own_way(carrier: Kannel, sender: str, number: str | None) -> None:
    assert carrier.receive(brings(**{"from": sender}), NOW).sender == number


def test_our_own_number_is_nobody() -> None:
    mine = Kannel(replace(ours, kannel_number="+254700000009"))
    assert mine.receive(brings(**{"from": "0700000009", "to": "254700000009"}), NOW).sender is None


def test_a_time_that_is_still_to_come_is_none(carrier: Kannel) -> None:
    assert carrier.receive(brings(sent=str(NOW + 9000)), NOW).sent_at is None
    assert carrier.receive(brings(sent="0"), NOW).sent_at is None


@pytest.mark.parametrize(
    ("body", "media", "text"),
    [
        (b"caf\xe9", "text/plain; charset=ISO-8859-1", "café"),
        ("هل😀".encode("utf-16-be"), 'text/plain; charset="UTF-16BE"', "هل😀"),
        (b"\xff\xfe1\x00", PLAIN, "\ufffd\ufffd1"),
        (b"\xd8\x3d", 'text/plain; charset="UTF-16BE"', "\ufffd"),
        (b"", PLAIN, ""),
        (b"1", "text/plain", "1"),
    ],
)
def test_what_she_wrote_is_read_as_kannel_says_and_cleaned(carrier: Kannel, body: bytes, media: str, text: str) -> None:
    assert carrier.receive(brings(body, media), NOW).said == Text(text)


@pytest.mark.parametrize(
    ("header", "incomplete"),
    [
        ("%05%00%03%07%02%01", True),
        ("%06%08%04%01%07%03%02", True),
        ("", False),
        ("%03%25%01%02", False),
        ("é\udcff", False),
    ],
)
def test_a_part_whose_others_did_not_come_is_no_answer(carrier: Kannel, header: str, incomplete: bool) -> None:
    part = replace(brings(b"1"), headers={"content-type": PLAIN, "x-kannel-udh": header})
    assert carrier.receive(part, NOW).incomplete is incomplete
    assert not carrier.receive(brings(b"1"), NOW).incomplete


# ---- who may call


@pytest.mark.parametrize(
    "url",
    [
        HOOK[:-1],
        HOOK + "0",
        HOOK.upper(),
        "http://127.0.0.1:8000/hooks/sms/kannel",
        "http://127.0.0.1:8000/hooks/sms/kannel/",
        f"http://127.0.0.1:8000/hooks/sms/kannel/\u00e9\udcff?x={SECRET}",
    ],
)
def test_who_does_not_know_the_secret_is_refused(carrier: Kannel, url: str) -> None:
    assert refusal(carrier, brings(url=url)) == 403


@pytest.mark.parametrize("remote", ["10.0.0.5", "::2", "", "localhost", "127.0.0.1.", "\u00e9"])
def test_who_calls_from_elsewhere_is_refused(carrier: Kannel, remote: str) -> None:
    assert refusal(carrier, replace(brings(), remote=remote)) == 403


def test_the_neighbours_may_be_named() -> None:
    named = Kannel(replace(ours, kannel_allow="10.0.0.0/28, ::1"))
    for remote in ("10.0.0.5", "::1", "::ffff:10.0.0.5"):
        assert named.receive(replace(brings(), remote=remote), NOW).sender == HER
    with pytest.raises(Refused):
        named.receive(replace(brings(), remote="127.0.0.1"), NOW)


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip"])
def test_who_comes_through_a_proxy_does_not_stand_here(carrier: Kannel, header: str) -> None:
    through = replace(brings(), headers={"content-type": PLAIN, header: "127.0.0.1"})
    assert refusal(carrier, through) == 403
    told_of = Kannel(replace(ours, proxies=1))  # then the server tells whose address it is
    assert told_of.receive(through, NOW).sender == HER
    with pytest.raises(Refused):
        told_of.receive(replace(through, remote="203.0.113.9"), NOW)


# ---- what may be said


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", ""),
        ("id", "1"),
        ("id", ID.upper()),
        ("id", ID + "\n"),
        ("from", ""),
        ("from", "x" * 65),
        ("from", "\x00"),
        ("to", ""),
        ("to", "RIVER"),
        ("to", "8080\n"),
        ("sent", "yesterday"),
        ("sent", "-1"),
        ("sent", "٣"),
    ],
)
def test_a_malformed_field_is_refused(carrier: Kannel, field: str, value: str) -> None:
    assert refusal(carrier, brings(**{field: value})) == 400


@pytest.mark.parametrize("field", ["id", "from", "to"])
def test_a_missing_or_repeated_field_is_refused(carrier: Kannel, field: str) -> None:
    without = urlencode({name: value for name, value in MESSAGE.items() if name != field})
    assert refusal(carrier, replace(brings(), url=f"{HOOK}?{without}")) == 400
    again = f"{brings().url}&{urlencode({field: MESSAGE[field]})}"
    assert refusal(carrier, replace(brings(), url=again)) == 400


@pytest.mark.parametrize(
    "media", ["", "application/octet-stream", "text/html", "text/plain; charset=utf-7", "text/plain; charset=x-y"]
)
def test_what_is_no_text_is_refused(carrier: Kannel, media: str) -> None:
    assert refusal(carrier, brings(media=media)) == 400


def test_words_in_an_address_are_refused(carrier: Kannel) -> None:
    assert refusal(carrier, replace(brings(text=b""), method="GET")) == 400


def test_a_flood_is_refused(carrier: Kannel) -> None:
    assert refusal(carrier, brings(b"x" * 65_537)) == 413
    assert refusal(carrier, replace(brings(), url=f"{brings().url}{'&x=1' * 50}")) == 400


@given(st.binary(max_size=60), st.text(max_size=40), st.text(max_size=60))
def test_whatever_comes_is_heard_or_refused(body: bytes, media: str, query: str) -> None:
    carrier, statuses = Kannel(ours), set[int]()
    for request in (
        Request("POST", f"{HOOK}?{query}", {"content-type": media}, body, "127.0.0.1"),
        brings(body, media),
        Request("GET", f"{STATUS}?{query}", {}, body, "127.0.0.1"),
    ):
        for take in (carrier.receive, carrier.report):
            try:
                take(request, NOW)
            except Refused as refused:
                statuses.add(refused.status)
    assert statuses <= {400, 403, 413}


# ---- reports


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("1", Delivery.DELIVERED),
        ("2", Delivery.FAILED),
        ("4", Delivery.SENT),
        ("8", Delivery.SENT),
        ("16", Delivery.FAILED),
    ],
)
def test_a_report_tells_how_far_it_got(carrier: Kannel, told: str, state: Delivery) -> None:
    receipt = carrier.report(tells(told), NOW)
    assert (receipt.ref, receipt.id, receipt.state, receipt.halt) == (name_of(OWED), 7, state, False)
    assert bool(receipt.why) == receipt.retry == (state is Delivery.FAILED)


@pytest.mark.parametrize("told", ["0", "3", "32", "", "delivered", "-1", "1\n"])
def test_a_report_of_nothing_is_refused(carrier: Kannel, told: str) -> None:
    with pytest.raises(Refused) as refused:
        carrier.report(tells(told), NOW)
    assert refused.value.status == 400


@pytest.mark.parametrize("name", ["7", "7-xyz", "0-0123456789abcdef", "٧-0123456789abcdef", "7-0123456789abcdef "])
def test_a_report_on_no_message_of_ours_is_refused(carrier: Kannel, name: str) -> None:
    with pytest.raises(Refused) as refused:
        carrier.report(tells("1", name), NOW)
    assert refused.value.status == 400


def test_an_operator_that_refuses_everything_stops_the_run(carrier: Kannel) -> None:
    names = [name_of(replace(OWED, id=n)) for n in range(1, REFUSALS + 1)]
    halts = [carrier.report(tells("16", name), NOW).halt for name in (names[0], *names)]
    assert halts == [False] * REFUSALS + [True]
    carrier.report(tells("8"), NOW)
    assert not carrier.report(tells("16"), NOW).halt


# ---- at its address


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    opened = open_house(replace(ours, data=tmp_path / "data", public_url="https://hub.example.org"))
    published(opened)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/hooks/sms/kannel/{SECRET}", 200),
        (f"/hooks/sms/kannel/{SECRET[:-1]}", 403),
        (f"/hooks/sms/kannel/status/{SECRET[:-1]}", 403),
        (f"/hooks/sms/kannel/{SECRET}?id=1", 400),
        ("/hooks/sms/kannel", 404),
        ("/hooks/sms/kannel/status", 403),  # a secret might be called so, and this is not it
        (f"/hooks/sms/nobody/{SECRET}", 404),
    ],
)
def test_what_is_not_kannels_leaves_no_trace(house: House, path: str, status: int) -> None:
    client = create_app(house).test_client()
    url = path if "?" in path else f"{path}?{urlencode(MESSAGE)}"
    answer = client.post(url, data=b"RIVER", content_type=PLAIN)
    assert answer.status_code == status
    assert (answer.data == b"") == (status == 200)  # Kannel would send it to her
    assert SECRET not in answer.text
    owed = house.store.read(lambda view: view.payable("sms", "kannel", int(time.time()) + 1))
    assert bool(owed) == (status == 200)


def test_from_elsewhere_the_secret_opens_nothing(house: House) -> None:
    client = create_app(house).test_client()
    url = f"/hooks/sms/kannel/{SECRET}?{urlencode(MESSAGE)}"
    for remote, headers in (("203.0.113.9", {}), ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"})):
        answer = client.post(
            url, data=b"RIVER", content_type=PLAIN, headers=headers, environ_base={"REMOTE_ADDR": remote}
        )
        assert answer.status_code == 403
    assert house.store.read(lambda view: view.last_heard("sms kannel")) == 0


def test_reports_come_by_get_and_only_to_their_address(house: House) -> None:
    client = create_app(house).test_client()
    report = urlencode({"name": name_of(OWED), "state": "1"})
    assert client.get(f"/hooks/sms/kannel/status/{SECRET}?{report}").status_code == 200
    assert client.get(f"/hooks/sms/kannel/status/{SECRET}?{report}2").status_code == 400
    assert client.get(f"/hooks/sms/kannel/{SECRET}?{urlencode(MESSAGE)}").status_code == 400


# ---- with the real Kannel


class Listening(Kannel):
    """It remembers what it heard."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.heard: list[str] = []

    def receive(self, request: Request, at: int) -> Heard:
        heard = super().receive(request, at)
        self.heard.append(heard.ref)
        return heard


@dataclass
class Hub:
    """A house, the port it answers on, and the Kannel that calls it."""

    house: House
    kannel: real.Kannel
    carrier: Listening
    port: int

    def traffic(self) -> list[Message]:
        def look(view: Any) -> list[Message]:
            address = view.address(self.house.vault.index(HER))
            return list(view.traffic(address.id)) if address else []

        return list(self.house.store.read(look))

    def delivered(self) -> int:
        return sum(one.state == "delivered" for one in self.traffic())


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    port = free_port()
    with real.kannel(tmp_path, port) as running:
        settings = replace(
            ours, data=tmp_path / "data", kannel=running.sendsms, port=port, public_url=f"http://127.0.0.1:{port}"
        )
        worker = EmbeddedWorker(sweep_every=1)
        house = open_house(settings, worker)
        carrier = Listening(settings)
        house = replace(house, channels={"sms": Sms({"kannel": carrier})})
        published(house)
        worker.start(house)
        try:
            yield Hub(house, running, carrier, port)
        finally:
            worker.stop()
            house.close()


def test_a_conversation_is_held_over_a_real_kannel(hub: Hub) -> None:
    with serving(hub.house, hub.port):
        hub.kannel.attach((HER, OURS, "RIVER"))
        until(lambda: hub.delivered() == 2)  # the consent, in two messages
        hub.kannel.detach()
        hub.kannel.attach((HER, OURS, "1"))
        until(lambda: hub.delivered() >= 3)
    assert {(each.sender, each.receiver) for each in hub.kannel.taken()} == {(OURS, HER)}


def test_what_came_while_we_were_down_is_taken_once_and_she_is_told_nothing_of_it(hub: Hub) -> None:
    hub.kannel.attach((HER, OURS, "RIVER"))
    time.sleep(2.5)  # Kannel tries each second
    assert hub.kannel.taken() == []
    with serving(hub.house, hub.port):
        until(lambda: hub.delivered() == 2)
        time.sleep(1.5)
        assert len(hub.kannel.taken()) == 2


def test_long_texts_arrive_whole_in_their_alphabet(hub: Hub) -> None:
    hub.kannel.attach()
    latin, arabic = "ab@£$é ñ{}[]~\\|€ Ωß\n" * 20, "هل توافقين؟ 😀 " * 12
    for n, text in enumerate((latin, arabic, "Caf\u00e9 e\u0301"), start=1):
        receipt = hub.carrier.send(Owed(n, OURS, HER, text), "")
        assert (receipt.state, receipt.id, receipt.segments) == (Delivery.ACCEPTED, n, len(split(text)))
    until(lambda: len(hub.kannel.taken()) == len(split(latin)) + len(split(arabic)) + 1)
    whole: dict[bytes, bytes] = {}
    for part in hub.kannel.taken():  # header: 05 00 03, reference, parts, which one
        assert part.header[:3] in (b"", b"\x05\x00\x03")
        whole[part.header[3:4]] = whole.get(part.header[3:4], b"") + part.said
    first, second, short = whole.values()
    assert first.decode() == latin
    assert second.decode("utf-16-be") == arabic
    assert short.decode() == "Café é"


def test_what_is_too_long_is_refused_before_kannel_would_cut_it_off(carrier: Kannel) -> None:
    with pytest.raises(SendFailed) as failed:
        carrier.send(replace(OWED, text="x" * (153 * MOST + 1)), "")
    assert (failed.value.retry, failed.value.uncertain, failed.value.halt) == (False, False, False)


def test_the_longest_text_arrives_whole(hub: Hub) -> None:
    hub.kannel.attach()
    longest = "0123456789" * 153
    assert hub.carrier.send(replace(OWED, text=longest), "").segments == MOST
    until(lambda: b"".join(part.said for part in hub.kannel.taken()) == longest.encode())


def test_what_waits_in_bearerbox_survives_a_crash_under_the_same_name(hub: Hub) -> None:
    """smsbox keeps what it took in memory only, so it is what has to be down while we are (docs/gateways.md)."""
    hub.kannel.stop("smsbox")
    hub.kannel.attach((HER, OURS, "RIVER"))
    store = hub.kannel.folder / "kannel.store"
    until(lambda: store.exists() and b"RIVER" in store.read_bytes())
    hub.kannel.stop("bearerbox", kill=True)
    kept = store.read_bytes()
    hub.kannel.detach()
    with serving(hub.house, hub.port):
        hub.kannel.start()
        hub.kannel.attach()
        until(lambda: hub.delivered() == 2)
    (ref,) = hub.carrier.heard
    assert ref.encode() in kept


def test_a_message_that_we_refuse_is_no_reason_to_write_to_her(hub: Hub) -> None:
    """As with a wrong secret in kannel.conf: Kannel's own words would tell whoever holds the telephone."""
    hub.house.channels["sms"].carriers["kannel"]._door = replace(hub.carrier._door, secret="b" + SECRET)  # type: ignore
    with serving(hub.house, hub.port):
        hub.kannel.attach((HER, OURS, "RIVER"))
        time.sleep(3)
    assert hub.traffic() == []
    assert hub.kannel.taken() == []


def test_wrong_credentials_halt_and_what_is_not_there_waits(hub: Hub) -> None:
    assert list(hub.carrier.troubles()) == []
    stranger = Kannel(replace(hub.house.settings, kannel_password="another"))
    with pytest.raises(SendFailed, match="403") as failed:
        stranger.send(OWED, "")
    assert failed.value.halt
    assert not failed.value.uncertain
    assert "does not know us" in next(iter(stranger.troubles()))
    elsewhere = Kannel(replace(hub.house.settings, kannel=f"{hub.kannel.sendsms}/nowhere"))
    with pytest.raises(SendFailed, match="404"):
        elsewhere.send(OWED, "")
    assert "is CONSULT_KANNEL its sendsms address?" in next(iter(elsewhere.troubles()))
    hub.kannel.stop("smsbox")
    with pytest.raises(SendFailed, match="cannot be reached") as failed:
        hub.carrier.send(OWED, "")
    assert (failed.value.retry, failed.value.uncertain, failed.value.halt) == (True, False, False)
    assert "running" in next(iter(hub.carrier.troubles()))
    assert hub.kannel.taken() == []


def test_without_an_operator_kannel_keeps_what_it_was_given(hub: Hub) -> None:
    assert hub.carrier.send(OWED, "").state is Delivery.ACCEPTED
    hub.kannel.attach()
    until(lambda: [part.said.decode() for part in hub.kannel.taken()] == [OWED.text])


def test_kannels_logs_tell_neither_numbers_nor_words(hub: Hub) -> None:
    hub.kannel.attach((HER, OURS, "RIVER"))
    time.sleep(1.5)  # nobody listens yet
    with serving(hub.house, hub.port):
        until(lambda: hub.delivered() == 2)
        assert hub.carrier.send(replace(OWED, receiver="+1"), "").ref
    assert len(list(hub.kannel.folder.glob("*box.*"))) == 4  # logs, and what they said aloud
    for told in (log.read_text() for log in hub.kannel.folder.glob("*box.*")):
        assert not any(word in told for word in ("711223344", "RIVER", SECRET, PASSWORD))
