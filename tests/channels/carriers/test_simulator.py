"""The demo's telephones: files that survive a torn line, and take a double click once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode

import phonenumbers
import pytest

from channels.sms.carriers.simulator import INVENTED, OURS, Simulator, open_carrier
from consult.channel import Carrier, Delivery, Heard, Owed, Refused, Request, SendFailed, Text
from consult.config import Settings

HER = "+12025550101"
REF = "4f6c1c52-0001"


@pytest.fixture
def carrier(tmp_path: Path) -> Simulator:
    return Simulator(tmp_path / "phones", clock=lambda: 1000.9)


def form(text: str = "1", sender: str = HER, ref: str = REF) -> Request:
    return Request("POST", "http://x/", {}, urlencode({"sender": sender, "text": text, "ref": ref}).encode())


def owed(id: int = 7, text: str = "Hello", receiver: str = HER) -> Owed:
    return Owed(id, OURS, receiver, text)


def test_it_is_opened_in_the_demo_only(tmp_path: Path) -> None:
    assert open_carrier(Settings(data=tmp_path)) is None
    opened = open_carrier(Settings(data=tmp_path, demo=True))
    assert isinstance(opened, Carrier)
    assert opened.phones() == []


@pytest.mark.parametrize("number", [OURS, HER, "+12025550199", "+13105550142"])
def test_invented_numbers_pass_as_numbers(number: str) -> None:
    assert INVENTED.fullmatch(number)
    assert phonenumbers.is_valid_number(phonenumbers.parse(number))


def test_a_message_is_on_her_telephone(carrier: Simulator) -> None:
    receipt = carrier.send(owed(text="مرحبا"), "")
    (bubble,) = carrier.thread(HER)
    assert (bubble.by, bubble.text, bubble.at, bubble.segments, bubble.encoding) == ("us", "مرحبا", 1000, 1, "UCS-2")
    assert (receipt.state, receipt.id, receipt.segments) == (Delivery.DELIVERED, 7, 1)
    assert carrier.phones() == [HER]


def test_spare_numbers_are_invented_valid_and_unused(carrier: Simulator) -> None:
    carrier.send(owed(), "")
    spare = list(carrier.spare())
    assert spare == sorted(set(spare))
    assert {HER, OURS}.isdisjoint(spare)
    assert all(INVENTED.fullmatch(number) for number in spare)
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in spare)


def test_she_writes_back(carrier: Simulator) -> None:
    heard = carrier.receive(form("1\x00 نعم"), 2000)
    assert heard == Heard("sms", "simulator", OURS, HER, Text("1 نعم"), f"{HER}:{REF}", 2000)
    assert [(each.by, each.text) for each in carrier.thread(HER)] == [("her", "1 نعم")]
    said = carrier.acknowledge()
    assert (said.status, said.location) == (303, "/")


def test_a_double_click_is_one_message(carrier: Simulator) -> None:
    threads = [Thread(target=carrier.receive, args=(form(), 2000)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(carrier.thread(HER)) == 1
    assert carrier.receive(form(), 3000).ref == f"{HER}:{REF}"


def test_two_genuine_ones_are_two(carrier: Simulator) -> None:
    carrier.receive(form(ref="a" * 8), 2000)
    carrier.receive(form(ref="b" * 8), 2001)
    assert [each.text for each in carrier.thread(HER)] == ["1", "1"]


@pytest.mark.parametrize(
    "wrong",
    [
        form(sender="+237650000001"), form(sender="../../etc/passwd"), form(sender=OURS), form(ref=""),
        form(ref="../../../x"), form(sender=HER + "\n"), Request("POST", "x", {}, b""),
        Request("POST", "x", {}, form().body + b"&text=2"), Request("POST", "x", {}, b"&a=1" * 100),
    ],
)  # fmt: skip
def test_another_form_is_refused(carrier: Simulator, wrong: Request) -> None:
    with pytest.raises(Refused) as refused:
        carrier.receive(wrong, 0)
    assert refused.value.status == 400
    assert carrier.phones() == []


def test_too_large_a_form_is_refused(carrier: Simulator) -> None:
    with pytest.raises(Refused) as refused:
        carrier.receive(form("a" * 70_000), 0)
    assert refused.value.status == 413


def test_no_real_number_is_ever_rung(carrier: Simulator) -> None:
    with pytest.raises(SendFailed) as failed:
        carrier.send(owed(receiver="+237650000001"), "")
    assert failed.value.dead
    assert not failed.value.retry
    assert carrier.find(owed(receiver="+237650000001"), 0) is None


def test_a_torn_line_costs_nothing_else(carrier: Simulator, tmp_path: Path) -> None:
    carrier.send(owed(1, "first"), "")
    file = tmp_path / "phones" / "12025550101.jsonl"
    file.write_bytes(file.read_bytes() + b'{"by": "us", "text": "\xd9')
    carrier.send(owed(2, "second"), "")
    assert [each.text for each in carrier.thread(HER)] == ["first", "second"]


def test_what_was_put_there_is_found(carrier: Simulator) -> None:
    carrier.send(owed(), "")
    found = carrier.find(owed(), 1000)
    assert found is not None
    assert found.id == 7
    assert carrier.find(owed(), 1001) is None  # of another time: the data folder may have been begun anew
    assert carrier.find(owed(8), 0) is None
    assert carrier.find(replace(owed(), text="Other"), 0) is None


def test_what_a_crash_interrupted_is_there_again(carrier: Simulator) -> None:
    heard = [carrier.receive(form(str(n), ref=f"ref-{n:08}"), 2000 + n) for n in range(3)]
    carrier.send(owed(), "")
    assert list(carrier.missed(2001)) == heard[1:]


def test_a_full_disk_is_a_failure_to_retry(tmp_path: Path) -> None:
    (tmp_path / "phones").write_text("a file where the folder should be")
    with pytest.raises(SendFailed) as failed:
        Simulator(tmp_path / "phones").send(owed(), "")
    assert failed.value.retry


def test_her_telephone_keeps_what_the_carrier_forgets(carrier: Simulator) -> None:
    heard = carrier.receive(form(), 2000)
    carrier.forget(heard.ref)
    assert len(carrier.thread(HER)) == 1
    with pytest.raises(Refused):
        carrier.report(form(), 0)
