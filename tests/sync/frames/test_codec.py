"""The frame without a house: any of them, in any order, as often as they like, and whatever a gateway makes of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.events import Answered
from consult.sync.frames.frame import (
    LARGEST,
    ROOM,
    Forged,
    Frame,
    Head,
    Kind,
    a_machine_wrote,
    candidates,
    mark_of,
    written,
)
from consult.sync.frames.hello import greet, greeted
from consult.sync.frames.inside import Acked, Told, fit, pack, piece_of, pieces, read_ack, unpack, write_ack
from consult.sync.frames.ratchet import WINDOW, Ratchet, Replayed, TooFar, chains, first, take, use
from consult.sync.pages import Row
from tests.sync import samples

NODE, SECRET = b"node-one", bytes(range(32))
VECTORS = Path(__file__).with_name("vectors.json")


def frames(many: int, secret: bytes = SECRET) -> list[str]:
    """The first frames of a chain: each says its number."""
    up, out = chains(secret)[0], []
    for n in range(1, many + 1):
        counter, key, up = use(up)
        out.append(written(Head(Kind.ROWS, mark_of(NODE), counter), b"frame %d" % n, key))
    return out


def opened(ratchet: Ratchet, text: str) -> tuple[bytes, Ratchet]:
    """What a receiver makes of a text. Raises Forged, Replayed, TooFar; Forged too where it is no frame."""
    for frame in candidates(text):
        return take(ratchet, frame.head.counter, frame.open)
    raise Forged("no frame")


TWENTY = frames(20)


@given(st.lists(st.integers(0, 19), max_size=40))
def test_any_frames_in_any_order_open_exactly_themselves_and_a_frame_that_came_is_none(order: list[int]) -> None:
    ratchet, seen = chains(SECRET)[0], set[int]()
    for n in order:
        if n in seen:
            with pytest.raises(Replayed):
                opened(ratchet, TWENTY[n])
            continue
        plain, ratchet = opened(ratchet, TWENTY[n])
        assert plain == b"frame %d" % (n + 1)
        seen.add(n)
    assert set(ratchet.passed) == set(range(1, ratchet.next)) - {n + 1 for n in seen}
    assert first(ratchet) == next(n for n in range(21) if n not in seen)


@given(st.integers(0, WINDOW + 3), st.integers(0, 40))
def test_what_is_further_ahead_than_the_window_is_refused_and_nothing_changes(ahead: int, before: int) -> None:
    ratchet, up = chains(SECRET)[0], chains(SECRET)[0]
    for _ in range(before):
        _, _, up = use(up)
        ratchet = Ratchet(up.chain, up.next)
    for _ in range(ahead):
        _, _, up = use(up)
    counter, key, _ = use(up)
    text = written(Head(Kind.ROWS, mark_of(NODE), counter), b"here", key)
    if ahead > WINDOW:
        with pytest.raises(TooFar):
            opened(ratchet, text)
    else:
        plain, after = opened(ratchet, text)
        assert plain == b"here"
        assert len(after.passed) == ahead


def test_no_more_keys_are_kept_than_the_window() -> None:
    ratchet, all_ = chains(SECRET)[0], frames(3 * WINDOW)
    for n in range(WINDOW - 1, 3 * WINDOW, WINDOW):
        _, ratchet = opened(ratchet, all_[n])
    assert len(ratchet.passed) == WINDOW
    with pytest.raises(Replayed):
        opened(ratchet, all_[0])


def test_a_key_that_was_used_is_in_nothing_that_is_kept() -> None:
    up = chains(SECRET)[0]
    _, key, after = use(up)
    assert key not in (after.chain, *after.passed.values())
    assert up.chain != after.chain
    _, hears = opened(chains(SECRET)[0], TWENTY[3])
    _, hears = opened(hears, TWENTY[0])
    assert key not in (hears.chain, *hears.passed.values())
    assert chains(SECRET)[0].chain != chains(SECRET)[1].chain


@given(st.integers(0, 8 * 40))
def test_whatever_bit_is_flipped_it_does_not_open_and_nothing_is_lost_by_it(bit: int) -> None:
    (frame,) = candidates(TWENTY[2])
    known = frame.head.write() + frame.sealed
    broken = bytearray(known)
    bit %= 8 * len(known)
    broken[bit // 8] ^= 1 << bit % 8
    wrong = Frame(Head(Kind.ROWS, bytes(broken[1:3]), int.from_bytes(broken[3:6], "big")), bytes(broken[6:]))
    ratchet = chains(SECRET)[0]
    if broken[0] == known[0]:
        with pytest.raises((Forged, Replayed, TooFar)):
            take(ratchet, wrong.head.counter, wrong.open)
    assert opened(ratchet, TWENTY[2])[0] == b"frame 3"


SPACES = st.sampled_from(["", " ", "\n", "\r\n", "\u00a0", "\t"])


@settings(max_examples=60)
@given(st.integers(0, 19), st.lists(st.tuples(st.integers(1, 30), SPACES), max_size=4), st.booleans(), st.booleans())
def test_a_frame_is_read_through_what_gateways_make_of_it(
    n: int, breaks: list[tuple[int, str]], plus: bool, padded: bool
) -> None:
    text = TWENTY[n]
    if plus:
        text = text.replace("-", "+")
    if padded:
        text = text.replace("/", "_") + "=" * (-len(text) % 4)
    for at, space in breaks:
        text = text[:at] + space + text[at:]
    found = list(candidates(f"  {text}\n"))
    assert found[0] == next(candidates(TWENTY[n]))


@given(st.lists(st.integers(0, 19), min_size=2, max_size=4, unique=True))
def test_frames_that_a_carrier_put_into_one_text_are_found_in_it(several: list[int]) -> None:
    text = "\n".join(TWENTY[n] for n in several)
    found = list(candidates(text))
    assert {next(candidates(TWENTY[n])) for n in several} <= set(found)


@given(st.text(max_size=170))
def test_any_text_is_looked_at_without_failing(text: str) -> None:
    for frame in candidates(text):
        assert len(frame.sealed) <= LARGEST
        with pytest.raises((Forged, TooFar, Replayed)):
            take(chains(SECRET)[0], frame.head.counter, frame.open)


@pytest.mark.parametrize(
    "text",
    [
        "0", "1 because the well is dry and nobody repairs the pump since the rains ended last year",
        "STOP", "2", "0" * 35, "0803 000 0001 0803 000 0002 0803 000 0003", "",
    ],
)  # fmt: skip
def test_what_people_write_is_nobody_elses(text: str) -> None:
    assert not a_machine_wrote(text)


def test_a_frame_is_one_sms_of_letters_that_no_gateway_changes() -> None:
    _, key, _ = use(chains(SECRET)[0])
    text = written(Head(Kind.ROWS, b"no", 1), bytes(ROOM), key)
    assert len(text) == 160
    assert a_machine_wrote(text)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/")
    with pytest.raises(ValueError, match="more than a frame"):
        written(Head(Kind.ROWS, b"no", 1), bytes(ROOM + 1), key)


# ---- what is said


@settings(max_examples=15, deadline=None)
@given(
    contents=samples.contents(samples.book("pulse"), most=3), epoch=st.integers(0, 2**31), obeyed=st.integers(0, 2**20)
)
def test_rows_say_the_same_again_however_many_frames_they_take(contents: Any, epoch: int, obeyed: int) -> None:
    book = samples.book("pulse")
    told = Told(epoch, obeyed, contents.rows)
    sayings = list(fit(told, book, ROOM - 2))
    back = [unpack(said.ljust(ROOM, b"\0"), book) for said in sayings]
    assert {(each.epoch, each.obeyed) for each in back} <= {(epoch, obeyed)}
    facts = [facts_of(row) for each in back for row in each.rows]
    assert [one for each in facts for one in each] == [one for row in contents.rows for one in facts_of(row)]


def facts_of(row: Row) -> list[tuple[object, ...]]:
    """Each fact with its envelope."""
    envelope = row._replace(said=(), numbers=())
    return [(envelope, *each) for each in zip(row.said, row.numbers, strict=True)]


@pytest.mark.parametrize("length", [0, 40, 200])
def test_only_words_longer_than_a_frame_are_cut_in_pieces(length: int) -> None:
    book = samples.book("pulse")
    text = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(length))
    row = samples.row((Answered(book.entries[-1].name, text), "en"))
    (said,) = fit(Told(1, 0, (row,)), book, ROOM)
    if length < 20:
        assert len(said) <= ROOM
        return
    cut = pieces(Kind.ROWS, said)
    assert all(len(piece) <= ROOM for piece in cut)
    assert b"".join(piece_of(piece)[3] for piece in cut) == said
    assert unpack(said, book).rows == (row,)


SMALL = st.integers(0, 2**20)


@given(st.integers(0, 2**31), SMALL, SMALL, SMALL, st.integers(0, 2**28 - 1), st.one_of(st.none(), SMALL))
def test_an_ack_says_what_it_was_given(
    epoch: int, received: int, durable: int, upto: int, mask: int, cut: int | None
) -> None:
    acked = Acked(epoch, received, min(durable, received), upto, mask, cut, bytes(range(8)))
    assert read_ack(write_ack(acked)) == acked


def test_an_ack_is_52_letters() -> None:
    _, key, _ = use(chains(SECRET)[1])
    text = written(Head(Kind.ACK, b"no", 1), write_ack(Acked(2**31 - 1, 120, 90, 100)), key)
    assert len(text) <= 52


# ---- another chain


def test_a_greeting_opens_for_both_and_for_nobody_else() -> None:
    hub, node = samples.PRIVATE, bytes(range(5, 37))
    from nacl.bindings import crypto_scalarmult_base

    text, made = greet(Kind.HELLO, NODE, 7, node, crypto_scalarmult_base(hub), bytes(range(9, 41)))
    (frame,) = candidates(text)
    assert greeted(frame, NODE, hub, crypto_scalarmult_base(node)) == made
    for private, other, whose in (
        (bytes(range(6, 38)), crypto_scalarmult_base(node), NODE),
        (hub, crypto_scalarmult_base(hub), NODE),
        (hub, crypto_scalarmult_base(node), b"node-two"),
    ):
        with pytest.raises(Forged):
            greeted(frame, whose, private, other)


def test_the_vectors_of_the_document_can_be_made_again() -> None:
    told = json.loads(VECTORS.read_text(encoding="utf-8"))
    book, rows = samples.book("pulse"), (samples.row((Answered(samples.book("pulse").entries[0].name, 3), "en")),)
    up, down = chains(bytes.fromhex(told["secret"]))
    assert [up.chain.hex(), down.chain.hex()] == [told["up"], told["down"]]
    said = pack(Told(told["epoch"], told["obeyed"], rows), book)
    assert said.hex() == told["said"]
    counter, key, after = use(up)
    assert [counter, key.hex(), after.chain.hex()] == [1, told["key"], told["next"]]
    plain = bytes.fromhex(told["plain"])
    assert plain == bytes([2, 1]) + said.ljust(ROOM - 2, b"\0")
    assert written(Head(Kind.ROWS, bytes.fromhex(told["mark"]), 1), plain, key) == told["frame"]
    _, key, _ = use(down)
    assert written(Head(Kind.ACK, bytes.fromhex(told["mark"]), 1), bytes.fromhex(told["ack"]), key) == told["ack_frame"]
    assert read_ack(bytes.fromhex(told["ack"])) == Acked(**told["acked"], chain=bytes.fromhex(told["chain"]))
    text, greeting = greet(Kind.HELLO, NODE, 2, *(bytes.fromhex(each) for each in told["hello"]))
    assert (text, greeting.secret.hex()) == (told["hello_frame"], told["hello_secret"])
