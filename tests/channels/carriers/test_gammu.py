"""A modem's letterbox: as rows that gammu-smsd writes, and with the real gammu-smsd on its dummy modem."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.providers.gammu import AT_ONCE, Letterbox
from channels.sms import Sms
from channels.sms.carriers.gammu import BEHIND, GIVES_UP, REFUSALS, REPORTED, Gammu, open_carrier
from channels.sms.segments import split
from consult import delivery
from consult.channel import (
    Carrier,
    Delivery,
    Heard,
    KeepingCarrier,
    Owed,
    Receipt,
    SendFailed,
    Text,
    WithdrawingCarrier,
)
from consult.config import BadSetting, Settings
from consult.house import House, open_house
from consult.jobs import EmbeddedWorker
from tests.drills.traces import found_under, of_number
from tests.fakes.modem import modem, until
from tests.fakes.post import published

HER, OTHER, OURS = "+254711223344", "+254711223345", "+254700000009"
NOW = int(time.time())
WHEN = datetime.fromtimestamp(NOW - 60).isoformat(" ", "seconds")


@pytest.fixture
def carrier(tmp_path: Path) -> Gammu:
    return Gammu(given_settings(tmp_path))


def given_settings(folder: Path) -> Settings:
    return Settings(data=folder / "data", gammu=folder / "smsd.db", gammu_number=OURS, country="KE")


def sql(folder: Path, statement: str, *values: Any) -> list[Any]:
    with closing(sqlite3.connect(folder / "smsd.db", isolation_level=None)) as box:
        return box.execute(statement, values).fetchall()


def came(folder: Path, text: str, *, sender: str = HER, header: str = "", when: str = WHEN, age: int = 0) -> None:
    """smsd writes a row."""
    Letterbox(folder / "smsd.db").parts()  # makes it
    sql(
        folder,
        "INSERT INTO inbox (ReceivingDateTime, Text, SenderNumber, UDH, Coding, RecipientID, UpdatedInDB) "
        "VALUES (?, ?, ?, ?, 'Unicode_No_Compression', 'consult', datetime('now', ?))",
        when,
        text.encode("utf-16-be", "surrogatepass").hex().upper(),
        sender,
        header,
        f"-{age} seconds",
    )


def part(n: int, total: int, reference: int = 7) -> str:
    return f"050003{reference:02X}{total:02X}{n:02X}"


def texts(carrier: Gammu) -> list[str]:
    return [heard.said.text for heard in carrier.held(NOW) if isinstance(heard.said, Text)]


# ---- opening


def test_it_is_opened_only_when_its_settings_are_given(tmp_path: Path) -> None:
    assert open_carrier(Settings()) is None
    opened = open_carrier(given_settings(tmp_path))
    assert isinstance(opened, Carrier)
    assert isinstance(opened, KeepingCarrier)
    assert (opened.name, opened.ours, opened.can_find) == ("gammu", (OURS,), True)


@pytest.mark.parametrize("half", [{"gammu_number": ""}, {"gammu": None}, {"gammu_number": "0711"}])
def test_half_a_configuration_is_refused(half: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"^CONSULT_GAMMU"):
        open_carrier(replace(given_settings(tmp_path), **half))


def test_its_letterbox_is_ours_alone_to_read(carrier: Gammu, tmp_path: Path) -> None:
    assert texts(carrier) == []
    assert (tmp_path / "smsd.db").stat().st_mode & 0o777 == 0o600


def test_a_letterbox_that_cannot_be_opened_is_named_and_nobody_else(tmp_path: Path) -> None:
    (tmp_path / "smsd.db").mkdir()
    carrier = Gammu(given_settings(tmp_path))
    with pytest.raises(SendFailed) as failed:
        list(carrier.held(NOW))
    assert (failed.value.retry, failed.value.uncertain) == (True, False)
    with pytest.raises(SendFailed) as failed:
        carrier.send(Owed(1, OURS, HER, "Salt"), "")
    assert failed.value.uncertain
    assert HER not in str(failed.value)
    assert "cannot be read" in next(iter(carrier.troubles()))


# ---- what came in


def test_a_message_is_heard_as_it_came_with_the_networks_time(carrier: Gammu, tmp_path: Path) -> None:
    came(tmp_path, "1 €\n[ع] 😀")
    (heard,) = carrier.held(NOW)
    assert heard == Heard("sms", "gammu", OURS, HER, Text("1 €\n[ع] 😀"), heard.ref, NOW, NOW - 60)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("0711223344", HER), ("+254711223344", HER), ("00254711223344", HER), ("AIRTEL", None), ("5050", None), ("", None),
     (OURS, None)],
)  # fmt: skip
def test_only_a_persons_number_is_a_person(written: str, meant: str | None, carrier: Gammu, tmp_path: Path) -> None:
    came(tmp_path, "hello", sender=written)
    assert [heard.sender for heard in carrier.held(NOW)] == [meant]


@pytest.mark.parametrize("when", ["", "soon", "2093-01-01 00:00:00", "0000-00-00 00:00:00"])
def test_a_time_that_cannot_be_is_no_time(when: str, carrier: Gammu, tmp_path: Path) -> None:
    came(tmp_path, "1", when=when)
    assert [heard.sent_at for heard in carrier.held(NOW)] == [None]


@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
def test_parts_are_joined_in_whatever_order_they_come(order: tuple[int, ...], carrier: Gammu, tmp_path: Path) -> None:
    for n in order:
        came(tmp_path, "abc"[n - 1] * 60, header=part(n, 3))
    assert texts(carrier) == ["a" * 60 + "b" * 60 + "c" * 60]


def test_a_sixteen_bit_reference_joins_as_well(carrier: Gammu, tmp_path: Path) -> None:
    for n, text in ((2, "road"), (1, "the ")):
        came(tmp_path, text, header=f"0608041234 02 0{n}".replace(" ", ""))
    assert texts(carrier) == ["the road"]


def test_a_message_waits_for_its_missing_part_and_is_then_kept_as_incomplete(carrier: Gammu, tmp_path: Path) -> None:
    came(tmp_path, "STOP", header=part(1, 2), age=GIVES_UP - 5)
    assert texts(carrier) == []
    sql(tmp_path, "DELETE FROM inbox")
    came(tmp_path, "STOP", header=part(1, 2), age=GIVES_UP + 1)
    assert [heard.incomplete for heard in carrier.held(NOW)] == [True]


def test_a_reference_used_again_makes_another_message(carrier: Gammu, tmp_path: Path) -> None:
    later = datetime.fromtimestamp(NOW - 50).isoformat(" ", "seconds")
    for n, text in ((1, "a"), (2, "b")):
        came(tmp_path, text, header=part(n, 2))
    for n, text in ((1, "c"), (2, "d")):
        came(tmp_path, text, header=part(n, 2), when=later)
    assert sorted(texts(carrier)) == ["ab", "cd"]


def test_parts_days_apart_are_not_joined(carrier: Gammu, tmp_path: Path) -> None:
    before = (datetime.fromtimestamp(NOW) - timedelta(days=3)).isoformat(" ", "seconds")
    came(tmp_path, "a", header=part(1, 2), when=before, age=GIVES_UP + 1)
    came(tmp_path, "b", header=part(2, 2), age=GIVES_UP + 1)
    assert [(heard.said, heard.incomplete) for heard in carrier.held(NOW)] == [(Text("a"), True), (Text("b"), True)]


def test_parts_of_two_women_are_not_joined(carrier: Gammu, tmp_path: Path) -> None:
    came(tmp_path, "a", header=part(1, 2))
    came(tmp_path, "b", header=part(2, 2), sender=OTHER)
    assert texts(carrier) == []


def test_a_message_brought_twice_is_the_same_message(carrier: Gammu, tmp_path: Path) -> None:
    for _ in range(2):
        came(tmp_path, "1")
    first, second = carrier.held(NOW)
    assert first.ref == second.ref
    carrier.forget(first.ref)
    carrier.forget(second.ref)
    assert sql(tmp_path, "SELECT count(*) FROM inbox") == [(0,)]


def test_a_part_brought_twice_is_one_part_and_both_are_deleted(carrier: Gammu, tmp_path: Path) -> None:
    for n in (1, 1, 2):
        came(tmp_path, "ab"[n - 1], header=part(n, 2))
    (heard,) = carrier.held(NOW)
    assert heard.said == Text("ab")
    carrier.forget(heard.ref)
    assert sql(tmp_path, "SELECT count(*) FROM inbox") == [(0,)]


def test_the_same_words_a_second_later_are_another_message(carrier: Gammu, tmp_path: Path) -> None:
    for ago in (60, 59):
        came(tmp_path, "1", when=datetime.fromtimestamp(NOW - ago).isoformat(" ", "seconds"))
    first, second = carrier.held(NOW)
    assert first.ref != second.ref


def test_without_a_sender_or_a_time_two_messages_are_two(carrier: Gammu, tmp_path: Path) -> None:
    for _ in range(2):
        came(tmp_path, "1", sender="")
    for _ in range(2):
        came(tmp_path, "1", when="")
    assert len({heard.ref for heard in carrier.held(NOW)}) == 4


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(header=st.binary(max_size=8), text=st.text(max_size=8), sender=st.text(max_size=8))
def test_whatever_a_modem_brings_is_read_without_an_error(
    header: bytes, text: str, sender: str, tmp_path: Path
) -> None:
    came(tmp_path, text, header=header.hex(), sender=sender.replace("\x00", ""), age=GIVES_UP + 1)
    carrier = Gammu(given_settings(tmp_path))
    for heard in list(carrier.held(NOW)):
        carrier.forget(heard.ref)
    assert sql(tmp_path, "SELECT count(*) FROM inbox") == [(0,)]


def test_a_heap_of_parts_without_their_rest_is_read_in_bounded_pieces(carrier: Gammu, tmp_path: Path) -> None:
    for n in range(AT_ONCE + 5):
        came(tmp_path, "x", header=part(1, 2, n % 256), sender=f"+2547{n:08d}", age=GIVES_UP + 1)
    first = list(carrier.held(NOW))
    assert len(first) == AT_ONCE
    for heard in first:
        carrier.forget(heard.ref)
    assert len(list(carrier.held(NOW))) == 5


# ---- what goes out


@pytest.mark.parametrize("text", ["Asante.", "سلام " * 40, "x" * 400, "€" * 100 + "😀"])
def test_a_text_is_cut_and_written_as_its_alphabet_asks(text: str, carrier: Gammu, tmp_path: Path) -> None:
    receipt = carrier.send(Owed(300, OURS, HER, text), "")
    first = sql(tmp_path, "SELECT ID, TextDecoded, Coding, UDH, MultiPart FROM outbox")
    more = sql(tmp_path, "SELECT ID, TextDecoded, Coding, UDH, 'true' FROM outbox_multipart ORDER BY SequencePosition")
    parts = split(text)
    assert [row[1] for row in first + more] == parts
    assert {row[2] for row in first + more} == {
        "Default_No_Compression" if text.isascii() else "Unicode_No_Compression"
    }
    total = len(parts)
    headers = [f"0500032C{total:02X}{n:02X}" for n in range(1, total + 1)] if total > 1 else [""]
    assert [row[3] for row in first + more] == headers
    assert {row[0] for row in first + more} == {int(receipt.ref)}
    assert receipt == Receipt(receipt.ref, Delivery.ACCEPTED, 300, segments=total)


def test_handing_over_twice_leaves_one_message(carrier: Gammu, tmp_path: Path) -> None:
    owed = Owed(7, OURS, HER, "Salt")
    first, again = carrier.send(owed, ""), carrier.send(owed, "")
    assert first.ref == again.ref
    assert sql(tmp_path, "SELECT count(*) FROM outbox") == [(1,)]
    assert carrier.find(owed, 0) == Receipt(first.ref, Delivery.ACCEPTED, 7)
    assert carrier.find(replace(owed, id=8), 0) is None


def left(folder: Path, owed: int, state: str, *, age: int = 0, parts: int = 1) -> None:
    """smsd moves a message out of the outbox."""
    for n in range(1, parts + 1):
        sql(
            folder,
            "INSERT INTO sentitems (ID, SequencePosition, Text, DestinationNumber, UDH, SenderID, CreatorID, Status, "
            "UpdatedInDB) SELECT ID, ?, '', DestinationNumber, '', 'consult', CreatorID, ?, datetime('now', ?) "
            "FROM outbox WHERE CreatorID = ?",
            n,
            state,
            f"-{age} seconds",
            f"consult:{owed}",
        )
    sql(folder, "DELETE FROM outbox WHERE CreatorID = ?", f"consult:{owed}")


@pytest.mark.parametrize(
    ("state", "means", "stays"),
    [
        ("SendingOK", Delivery.SENT, 1),
        ("SendingOKNoReport", Delivery.SENT, 1),
        ("DeliveryPending", Delivery.SENT, 1),
        ("DeliveryOK", Delivery.DELIVERED, 0),
        ("DeliveryFailed", Delivery.FAILED, 0),
        ("SendingError", Delivery.FAILED, 0),
    ],
)
def test_what_became_of_a_message_is_told_once(
    state: str, means: Delivery, stays: int, carrier: Gammu, tmp_path: Path
) -> None:
    carrier.send(Owed(7, OURS, HER, "Salt"), "")
    assert list(carrier.reports(NOW)) == []
    left(tmp_path, 7, state)
    assert [(receipt.id, receipt.state) for receipt in carrier.reports(NOW)] == [(7, means)]
    assert list(carrier.reports(NOW)) == []
    assert sql(tmp_path, "SELECT count(*) FROM sentitems") == [(stays,)]


def test_her_number_does_not_lie_there_longer_than_a_minute(carrier: Gammu, tmp_path: Path) -> None:
    carrier.send(Owed(7, OURS, HER, "quokkamarker"), "")
    left(tmp_path, 7, "SendingOK", age=REPORTED)
    assert [receipt.state for receipt in carrier.reports(NOW)] == [Delivery.SENT]
    markers = ("quokkamarker", of_number(HER))
    assert found_under([tmp_path], markers) == {}


def test_a_message_of_which_a_part_still_waits_is_not_told_of(carrier: Gammu, tmp_path: Path) -> None:
    carrier.send(Owed(7, OURS, HER, "x" * 200), "")
    sql(
        tmp_path,
        "INSERT INTO sentitems (ID, Text, UDH, SenderID, CreatorID, Status) "
        "SELECT ID, '', '', '', CreatorID, 'SendingOK' FROM outbox",
    )
    assert list(carrier.reports(NOW)) == []


def test_a_modem_that_refuses_everything_stops_the_run(carrier: Gammu, tmp_path: Path) -> None:
    heard: list[Receipt] = []
    for n in range(1, REFUSALS + 1):
        carrier.send(Owed(n, OURS, HER, "Salt"), "")
        left(tmp_path, n, "SendingError")
        heard += carrier.reports(NOW)
    assert [receipt.halt for receipt in heard] == [False] * (REFUSALS - 1) + [True]
    assert any("credit" in trouble for trouble in carrier.troubles())


def test_one_that_left_in_between_says_there_is_credit(carrier: Gammu, tmp_path: Path) -> None:
    for n in range(1, REFUSALS + 2):
        carrier.send(Owed(n, OURS, HER, "Salt"), "")
        left(tmp_path, n, "SendingOK" if n == 3 else "SendingError")
        assert not any(receipt.halt for receipt in carrier.reports(NOW))


# ---- what to look at


def test_what_somebody_should_see_to_is_said(carrier: Gammu, tmp_path: Path) -> None:
    assert "has not written" in next(iter(carrier.troubles()))
    sql(
        tmp_path,
        "INSERT INTO phones (ID, IMEI, IMSI, Client, Signal, NetCode, TimeOut) "
        "VALUES ('consult', '1', '1', '', 60, '639 02', datetime('now', '+10 seconds'))",
    )
    assert list(carrier.troubles()) == []
    sql(tmp_path, "UPDATE phones SET Signal = 3")
    assert "no network" in next(iter(carrier.troubles()))
    sql(tmp_path, "UPDATE phones SET Signal = 60, TimeOut = datetime('now', '-5 minutes')")
    assert "sign of life" in next(iter(carrier.troubles()))


def test_messages_that_do_not_leave_are_told_of(carrier: Gammu, tmp_path: Path) -> None:
    carrier.send(Owed(7, OURS, HER, "Salt"), "")
    sql(tmp_path, f"UPDATE outbox SET InsertIntoDB = datetime('now', '-{BEHIND + 60} seconds')")
    assert any("have waited" in trouble for trouble in carrier.troubles())


# ---- with the real smsd


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    settings = given_settings(tmp_path)
    worker = EmbeddedWorker(sweep_every=1)
    opened = open_house(replace(settings, gammu_pace=100.0), worker)
    carrier = Gammu(replace(settings, gammu_pace=100.0))
    opened = replace(opened, channels={"sms": Sms({"gammu": carrier})})
    published(opened)
    worker.start(opened)
    yield opened
    worker.stop()
    opened.close()


def test_a_conversation_is_held_over_a_real_smsd(house: House, tmp_path: Path) -> None:
    with modem(tmp_path) as sim:
        sim.receives(HER, "RIVER", when=datetime.fromtimestamp(NOW).strftime("%Y%m%dT%H%M%S"))
        until(lambda: answered(house) == 2)  # the consent, in two messages
        sim.receives(HER, "1", when=datetime.fromtimestamp(NOW + 1).strftime("%Y%m%dT%H%M%S"))
        until(lambda: answered(house) >= 3)
        until(lambda: sim.on_the_sim() == 0)


def answered(house: House) -> int:
    """How many of our messages smsd says have left."""

    def look(view: Any) -> int:
        address = view.address(house.vault.index(HER))
        return sum(one.state in ("sent", "delivered") for one in view.traffic(address.id)) if address else 0

    return int(house.store.read(look))


def test_the_real_smsd_reads_our_letterbox_and_leaves_nothing_of_hers(tmp_path: Path) -> None:
    carrier = Gammu(given_settings(tmp_path))
    carrier.send(Owed(1, OURS, HER, "سلام okapimarker " * 9), "")
    with modem(tmp_path) as sim:
        sim.receives(HER, "quokkamarker ع")
        for n, text in ((3, "!"), (1, "tamarin"), (2, "marker")):
            sim.receives(OTHER, text, header=part(n, 3))
        sim.receives(OTHER, "numbatmarker", header=part(1, 2, 9))  # its other part never comes
        heard: dict[str, Heard] = {}

        def emptied() -> bool:
            for each in carrier.held(NOW):
                heard[each.ref] = each
                carrier.forget(each.ref)
            return len(heard) == 2

        until(emptied)
        assert {each.said for each in heard.values()} == {Text("quokkamarker ع"), Text("tamarinmarker!")}
        reported: list[Receipt] = []
        until(lambda: reported.extend(carrier.reports(NOW)) or reported)
        assert [(each.id, each.state, each.segments) for each in reported] == [(1, Delivery.SENT, 3)]
        until(lambda: sql(tmp_path, "SELECT count(*) FROM inbox") == [(1,)])
        until(lambda: not [trouble for trouble in carrier.troubles() if "life" in trouble or "written" in trouble])
        for table in ("inbox", "sentitems"):
            sql(tmp_path, f"DROP TRIGGER update_{table}_time")
        sql(tmp_path, "UPDATE inbox SET UpdatedInDB = datetime('now', '-1 hour')")
        sql(tmp_path, f"UPDATE sentitems SET UpdatedInDB = datetime('now', '-{REPORTED} seconds')")
        (given_up,) = carrier.held(NOW)
        assert (given_up.said, given_up.incomplete) == (Text("numbatmarker"), True)
        carrier.forget(given_up.ref)
        assert list(carrier.reports(NOW)) == []
    words = ("okapimarker", "quokkamarker", "tamarin", "numbatmarker", of_number(HER), of_number(OTHER))
    assert found_under([tmp_path], words) == {}


def test_smsd_keeps_what_comes_while_we_are_away(tmp_path: Path) -> None:
    carrier = Gammu(given_settings(tmp_path))
    assert texts(carrier) == []
    with modem(tmp_path) as sim:
        for n in range(20):
            sim.receives(f"+2547112233{n:02d}", str(n))
        until(lambda: sim.on_the_sim() == 0)
    assert sorted(map(int, texts(Gammu(given_settings(tmp_path))))) == list(range(20))


# ---- taken back


def test_what_has_not_left_is_taken_back_and_what_has_is_forgotten(carrier: Gammu, tmp_path: Path) -> None:
    assert isinstance(carrier, WithdrawingCarrier)
    carrier.send(Owed(7, OURS, HER, "x" * 200), "")
    carrier.send(Owed(9, OURS, OTHER, "short"), "")
    carrier.send(Owed(-5, OURS, OTHER, "a locked node's receipt"), "")
    leaves(tmp_path, 9)
    assert carrier.withdraw() == [7]
    assert sql(tmp_path, "SELECT CreatorID FROM outbox") == [("consult:-5",)]
    assert sql(tmp_path, "SELECT * FROM outbox_multipart") == sql(tmp_path, "SELECT * FROM sentitems") == []
    assert found_under([tmp_path], (of_number(HER),)) == {}
    assert carrier.withdraw() == []


def leaves(folder: Path, owed: int) -> None:
    """smsd sent it, and waits for its report."""
    sql(
        folder,
        "INSERT INTO sentitems (Text, DestinationNumber, UDH, TextDecoded, ID, SenderID, CreatorID) "
        "SELECT '', DestinationNumber, '', TextDecoded, ID, 'consult', CreatorID FROM outbox WHERE CreatorID = ?",
        f"consult:{owed}",
    )
    sql(folder, "DELETE FROM outbox WHERE CreatorID = ?", f"consult:{owed}")


def test_a_receipt_of_no_row_of_ours_is_forgotten_as_soon_as_it_left(carrier: Gammu, tmp_path: Path) -> None:
    for id in (-5, 3):
        carrier.send(Owed(id, OURS, HER, "Thank you."), "")
        leaves(tmp_path, id)
    assert [receipt.id for receipt in carrier.reports(NOW)] == [0, 3]
    assert sql(tmp_path, "SELECT CreatorID FROM sentitems") == [("consult:3",)]


def test_a_reply_that_was_taken_back_is_owed_again(house: House, tmp_path: Path) -> None:
    came(tmp_path, "RIVER")
    until(lambda: sql(tmp_path, "SELECT * FROM outbox"))
    address = house.store.read(lambda view: view.address(house.vault.index(HER)))
    assert address is not None
    until(lambda: all(each.state == "accepted" for each in house.store.read(lambda view: view.traffic(address.id))))
    assert delivery.withdraw(house) >= 1
    assert {each.state for each in house.store.read(lambda view: view.traffic(address.id))} == {"expired"}
    (session,) = house.store.read(lambda view: view.sessions_at(address.id))
    assert session.owes
