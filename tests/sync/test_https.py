"""A node meets its hub over sockets: every page once, whatever breaks, and every byte is accounted for."""

from __future__ import annotations

import http.client
import os
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cbor2
import pytest

from consult import durable
from consult.jobs import EmbeddedWorker
from consult.library import day_of
from consult.sync import contact, uploads
from consult.sync.greetings import read_rest
from consult.sync.https import NoHub, spent_today
from consult.sync.talking import Unknown
from consult.sync.wire import NotTrusted
from tests.conftest import need
from tests.journeys.stage import HER, MORNING, Houses
from tests.sync.field import Field, bare, field_of
from tests.sync.lines import Line, certificate, context, reach, served, synced
from tests.sync.test_field import FINISHES, SHE, at_hub, every_page, spoken

WHOLE = os.environ.get("CONSULT_DRILL") == "whole"


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Houses:
    return Houses(tmp_path_factory.mktemp("houses"))


@pytest.fixture
def village(tmp_path: Path, houses: Houses) -> Iterator[Field]:
    made = field_of(tmp_path, houses, "market")
    made.join("village", bare(tmp_path / "village"))
    yield made
    for stage in (made.hub, *made.nodes.values()):
        stage.house.close()


@pytest.fixture
def line(village: Field) -> Iterator[Line]:
    """A line from the village to its hub, and both know of each other."""
    with served(village.hub.house) as port, Line(port) as made:
        reach(village, "village", f"http://127.0.0.1:{made.port}")
        yield made


def close(field: Field, *senders: str) -> list[bytes]:
    """A page for each of these, one after the other."""
    for sender in senders:
        field.nodes["village"].says(*FINISHES, sender=sender)
        field.close("village")
    return field.close("village")


SENDERS = (HER, SHE, "+2348030000003", "+2348030000004", "+2348030000005")


def test_pages_go_up_and_are_acknowledged(village: Field, line: Line) -> None:
    node = village.nodes["village"]
    close(village, *SENDERS)
    met = synced(node.house)
    assert (met.pages, met.tries, met.broke) == (5, 1, "")
    assert line.connections == 1
    assert at_hub(village) == spoken(node, village)
    assert node.house.store.read(lambda view: view.leaving(1)) == []
    assert village.node("village").seen_at > 0


def test_who_syncs_again_sends_nothing_again(village: Field, line: Line) -> None:
    close(village, HER)
    first, again = synced(village.nodes["village"].house), synced(village.nodes["village"].house)
    assert (first.pages, again.pages) == (1, 0)
    assert again.up < 400


@pytest.mark.parametrize("size", [120, 700, 4096])
@pytest.mark.parametrize("ahead", [1, 2, 5])
def test_windows_of_any_size_bring_the_same(village: Field, line: Line, size: int, ahead: int) -> None:
    told = close(village, *SENDERS[:3])
    assert synced(village.nodes["village"].house, window=size, ahead=ahead).pages == 3
    assert sorted(row.hash for row in every_page(village)) == sorted(map(hashed_of, told))


def hashed_of(page: bytes) -> bytes:
    from consult.sync.pages import hashed

    return hashed(page)


def test_wherever_the_line_is_cut_the_next_attempt_brings_the_page_as_it_was(village: Field, line: Line) -> None:
    """Every offset of the request, then of the answer: cut before the last byte, the hub has nothing."""
    house = village.nodes["village"].house
    (page,) = close(village, HER)
    step, whole = (1, 1) if WHOLE else (11, 7)
    for offset in range(1, 2000, step):
        line.cut(up=offset)
        synced(house, tries=1)
        if every_page(village):
            whole = offset
            break
        assert house.store.read(contact.outgoing)
    assert len(page) < whole < len(page) + 400
    for offset in range(0, 400, step):
        line.cut(down=offset)
        if not synced(house, tries=1).broke:
            break
    assert synced(house).broke == ""
    (row,) = every_page(village)
    assert row.hash == hashed_of(page)
    assert house.store.read(contact.outgoing) == []


@pytest.mark.parametrize("seed", range(4))
def test_a_long_page_goes_on_where_it_broke_off(village: Field, line: Line, seed: int) -> None:
    house, chance, window = village.nodes["village"].house, random.Random(seed), 100
    (page,) = close(village, HER)
    before = line.up
    for _ in range(200):
        line.cut(up=chance.randrange(600, 1200))
        met = synced(house, tries=1, window=window)
        if not met.broke:
            break
    assert met.pages + len(every_page(village)) >= 1
    assert house.store.read(contact.outgoing) == []
    assert hashed_of(page) == every_page(village)[0].hash
    assert line.up > before
    assert village.hub.house.store.read(lambda view: view.uploading(village.node("village").node)) == 0


def test_a_run_of_broken_lines_is_one_sync(village: Field, line: Line) -> None:
    house = village.nodes["village"].house
    close(village, *SENDERS)
    chance = random.Random(3)

    def pause(_: int) -> None:
        line.cut(up=chance.randrange(2600))

    from consult.sync.https import Pace, sync

    line.cut(up=700)
    met = sync(house, lambda: MORNING, Pace(window=600, tries=20), pause=pause)
    assert met.pages == 5
    assert met.tries > 1
    assert len(every_page(village)) == 5


def test_the_bytes_accounted_for_are_those_through_the_socket(village: Field, tmp_path: Path, monkeypatch) -> None:
    """Invariant 17, with TLS, over whole and broken attempts."""
    need("openssl", "apt-get install openssl")
    file = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with served(village.hub.house) as port, Line(port, context(file)) as inner, Line(inner.port) as line:
        house = reach(village, "village", f"https://localhost:{line.port}")
        close(village, *SENDERS)
        line.cut(up=1500)
        met = synced(house)
        spent = house.store.read(lambda view: spent_today(view, day_of(MORNING)))
        assert met.tries == 2
        assert met.pages == 5
        assert met.up + met.down == spent
        assert (met.up, met.down) == (line.up, line.down)
        (kept,) = house.store.read(lambda view: view.traffic_of(bytes.fromhex(view.origin_node())))
        assert (kept.way, kept.tries, kept.up, kept.down) == ("https", 2, line.up, line.down)


def test_a_certificate_nobody_vouches_for_gets_nothing(village: Field, tmp_path: Path) -> None:
    need("openssl", "apt-get install openssl")
    with served(village.hub.house) as port, Line(port, context(certificate(tmp_path))) as line:
        house = reach(village, "village", f"https://localhost:{line.port}")
        close(village, HER)
        with pytest.raises(NotTrusted, match="certificate of localhost"):
            synced(house)
        assert every_page(village) == []


def test_without_tls_it_speaks_to_this_machine_only(village: Field) -> None:
    house = reach(village, "village", "http://hub.example.org")
    with pytest.raises(NotTrusted, match="https://"):
        synced(house)


def test_who_is_no_node_is_told_so(village: Field) -> None:
    with pytest.raises(NoHub):
        synced(village.hub.house)


def test_the_days_bytes_end_it_until_tomorrow(village: Field, line: Line) -> None:
    house = village.nodes["village"].house
    close(village, *SENDERS)
    met = synced(house, window=400, cap=2_500)
    assert met.spent
    assert 0 < met.pages < 5
    assert met.up + met.down <= 2_500
    assert synced(house, window=400, cap=met.up + met.down + 300).tries == 0
    met = synced(house, MORNING + 86_400, cap=80_000)
    assert not met.spent
    assert len(every_page(village)) == 5


# ---- orders


def test_orders_come_down_and_are_not_sent_again(village: Field, line: Line) -> None:
    house = village.nodes["village"].house
    village.hub.says("STOP")
    assert synced(house).orders == 1
    assert house.store.read(lambda view: view.suppressed(house.vault.index(HER)))
    assert synced(house).orders == 0


def test_a_long_order_goes_on_where_it_broke_off(village: Field, line: Line) -> None:
    """Longer than what is asked for at once: another consultation, with its codebook."""
    house, hub = village.nodes["village"].house, village.hub.house
    long = b"x" * 9000
    node, body = village.node("village").node, sealed(village, long)
    hub.store.write(lambda tx: tx.give_order(node, "later", body, 20_000))
    line.cut(down=5000)
    met = synced(house, tries=1)
    assert met.broke
    before = line.down
    met = synced(house, tries=1)
    assert met.broke == ""
    assert 2_000 < line.down - before < 8_000


def sealed(field: Field, body: bytes) -> bytes:
    from nacl.bindings import crypto_box_seal

    return crypto_box_seal(cbor2.dumps([body]), field.node("village").box)


# ---- strangers and worse


def ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    told = answer.status, answer.read()
    connection.close()
    return told


def test_strangers_find_what_stands_where_nothing_is(village: Field, line: Line) -> None:
    node = village.node("village").node.hex()
    nothing = ask(line.port, "POST", "/nothing/here", b"x")
    for path in (f"/p/{node}", f"/p/{'0' * 16}", f"/p/{node}/orders/1", f"/p/{node}/00000001/1", "/p/", "/p/zz"):
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}):
            assert ask(line.port, "POST", path, b"x", **headers) == nothing, (path, headers)


def test_a_node_with_another_token_is_told_that_it_is_unknown(village: Field, line: Line) -> None:
    house = village.nodes["village"].house
    other = replace(village.node("village"), token=b"z" * 16)
    village.hub.house.store.write(lambda tx: tx.update_node(other))
    with pytest.raises(Unknown):
        synced(house)


OWN = {"Authorization": "Bearer its-own-token"}
HOSTILE = (
    ("POST", "", b"\xff", {}, 400),
    ("POST", "", b"\x9f\x01\xff", {}, 400),
    ("POST", "", b"\x84\x84\x84\x84\x84\x01", {}, 400),
    ("POST", "", b"\x87\x00" + b"\x81\x41x" * 6, {}, 400),
    ("POST", "", b"\x00" * 70_000, {}, 413),
    ("GET", "", b"", {}, 405),
    ("DELETE", "/00000001/1", b"", {}, 405),
    ("PATCH", "/00000001/1", b"x" * 100, {}, 400),
    ("PATCH", "/00000001/1", b"x" * 100, {"Content-Range": "bytes 0-99/9999999"}, 413),
    ("PATCH", "/00000001/1", b"x" * 100, {"Content-Range": "bytes 5-1/200"}, 400),
    ("PATCH", "/00000001/1", b"x" * 9, {"Content-Range": "bytes 0-8/200"}, 413),
    ("PATCH", "/00000001/1", b"x" * 100, {"Content-Range": "bytes 50-149/200"}, 409),
    ("PATCH", "/00000001/1", b"x" * 100, {"Content-Range": "bytes 0-99/100"}, 200),
    ("HEAD", "/ffffffff/9999999999", b"", {}, 200),
    ("GET", "/orders/4000000000", b"", {}, 404),
    ("GET", "/orders/1", b"", {"Range": "bytes=9999999-"}, 416),
)


@pytest.mark.parametrize(("method", "path", "body", "headers", "status"), HOSTILE)
def test_what_is_no_request_of_a_node_is_answered_shortly(
    village: Field, line: Line, method: str, path: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    place = f"/p/{village.node('village').node.hex()}{path}"
    assert ask(line.port, method, place, body, **OWN, **headers)[0] == status
    assert every_page(village) == []


def test_pages_of_others_and_broken_ones_are_refused_and_the_others_taken(village: Field, line: Line) -> None:
    (good,) = close(village, HER)
    broken = good[:-1] + bytes([good[-1] ^ 1])
    foreign = good.replace(good[4:12], b"another!", 1)
    status, told = ask(line.port, "POST", f"/p/{village.node('village').node.hex()}", broken + foreign + good, **OWN)
    assert status == 200
    size = told.index(b"\x83\x00")
    assert [why for _, why in read_rest(told[size:]).refused] == ["forged", "forged"]
    assert [row.hash for row in every_page(village)] == [hashed_of(good)]


def test_who_is_revoked_is_told_so_and_given_no_order(village: Field, line: Line) -> None:
    """Invariant 12: up to the cut pages are taken, what is above waits for the operator."""
    house = village.nodes["village"].house
    close(village, *SENDERS[:4])
    epoch = house.store.read(lambda view: view.epoch())
    revoked = replace(village.node("village"), cuts=f'{{"{epoch}": 2}}')
    village.hub.house.store.write(lambda tx: tx.update_node(revoked))
    village.hub.says("STOP")
    met = synced(house)
    assert met.revoked
    assert met.orders == 0
    assert [(row.number, row.state) for row in every_page(village)] == [
        (1, "merged"),
        (2, "merged"),
        (3, "quarantined"),
        (4, "quarantined"),
    ]


def test_pieces_of_a_page_wait_a_week_and_are_bounded(village: Field) -> None:
    hub, node = village.hub.house, village.node("village").node
    place, piece = uploads.Place(node, 7, 1), uploads.Piece(0, 1000, b"a" * 400)
    assert uploads.keep(hub, place, piece, MORNING).offset == 400
    assert uploads.keep(hub, place, piece, MORNING).fits is False
    assert uploads.reached(hub, place) == 400
    other = uploads.Place(node, 7, 2)
    assert uploads.keep(hub, other, piece, MORNING + uploads.KEPT + 1).offset == 400
    assert uploads.reached(hub, place) == 0
    large = uploads.Piece(0, uploads.LARGEST, b"a" * (uploads.LARGEST - 1))
    uploads.keep(hub, uploads.Place(node, 7, 3), large, MORNING)
    with pytest.raises(uploads.TooMuch):
        uploads.keep(hub, uploads.Place(node, 7, 4), large, MORNING)
    assert hub.store.read(lambda view: view.uploading(node)) <= uploads.ROOM


# ---- by the timer


def test_a_node_syncs_by_its_timer_and_a_hub_does_not(village: Field, line: Line) -> None:
    close(village, HER)
    house = village.nodes["village"].house
    quick = replace(house, settings=replace(house.settings, sync_every=0.01))
    worker = EmbeddedWorker(clock=lambda: MORNING)
    worker.start(quick)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and house.store.read(contact.outgoing):
        time.sleep(0.05)
    worker.stop()
    assert house.store.read(contact.outgoing) == []
    assert len(every_page(village)) == 1


def test_two_at_once_are_one_after_the_other(village: Field, line: Line) -> None:
    house = village.nodes["village"].house
    with durable.alone(durable.private_folder(house.settings.data / "sync")), pytest.raises(BlockingIOError):
        synced(house)
