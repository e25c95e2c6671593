"""A page says what it was given, to the right reader and to nobody else, whatever it was given."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from typing import get_args

import cbor2
import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nacl.bindings import crypto_box_seal
from nacl.public import PrivateKey

from consult.events import Answered, Began, Consented, Escape, Event, Finished, Value
from consult.sync.pages import (
    MOST_ROWS,
    START,
    Codebook,
    Contents,
    Header,
    Lossy,
    NotTaken,
    Page,
    TooMuch,
    chain,
    codebook,
    seal,
    unseal,
    verify,
    whose,
)
from consult.sync.pages import contents as inside
from consult.sync.pages.codebook import Entry
from consult.sync.pages.columns import MOST_STEPS, Garbled
from consult.sync.pages.letters import packed, unpacked
from consult.sync.pages.page import sign
from consult.sync.pages.said import KINDS
from tests.conftest import example as shipped
from tests.conftest import many
from tests.engine.test_properties import REPLIES
from tests.sync import samples
from tests.sync.samples import NODE, NODE_KEY, OTHER, PRIVATE, PUBLIC, book, conversation, header, page, row

NAMES = ("priorities", "pulse", "safety")


def opened(data: bytes, codes: Codebook | None = None) -> Contents:
    known = codes or book()
    return unseal(verify(data, NODE_KEY), PRIVATE, {known.id: known})


def refused(data: bytes, codes: Codebook | None = None) -> NotTaken:
    with pytest.raises(NotTaken) as why:
        opened(data, codes)
    return why.value


# ---- what is sealed is read (14)


@settings(max_examples=many(150), deadline=None)
@given(contents=samples.contents(book("pulse")))
def test_a_page_says_what_it_was_given(contents: Contents) -> None:
    got = opened(page(contents, book("pulse")).data, book("pulse"))
    assert got == contents
    for mine, theirs in zip(got.rows, contents.rows, strict=True):
        for (event, _), (meant, _) in zip(mine.said, theirs.said, strict=True):
            assert type(event) is type(meant)
            if isinstance(event, Answered) and isinstance(meant, Answered):
                assert type(event.value) is type(meant.value)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None)
@given(talks=st.lists(st.tuples(st.integers(0, 255), st.lists(REPLIES, max_size=25)), max_size=5))
def test_whole_conversations_come_through(name: str, talks: list[tuple[int, list[str]]]) -> None:
    rows = tuple(row(*conversation(said, seed, name), session=n) for n, (seed, said) in enumerate(talks, 1))
    assert opened(page(Contents(1, rows), book(name)).data, book(name)).rows == rows


@pytest.mark.parametrize("value", ["", "𐌰🧺", "a\nb\x00c", "not_sure", Escape.NOT_SURE, 0, -1, 2**200, (), ("x",) * 9])
@pytest.mark.parametrize("question", ["first", "none of ours"])
def test_every_legal_answer_comes_back_as_it_is(value: object, question: str) -> None:
    name = book().entries[0].name if question == "first" else question
    contents = Contents(1, (row((Answered(name, value), "en")),))  # type: ignore[arg-type]
    got = opened(page(contents).data)
    assert got == contents
    assert type(got.rows[0].said[0][0].value) is type(value)  # type: ignore[union-attr]


@pytest.mark.parametrize("many", [0, 1, 64, MOST_ROWS])
def test_so_many_rows_come_back_and_stay_within_their_bound(many: int) -> None:
    said = conversation(["1", "1", "1", "2", "3", "1 2"])
    rows = tuple(row(*said, session=n) for n in range(1, many + 1))
    made = page(Contents(1, rows))
    assert opened(made.data).rows == rows
    assert len(made.data) <= 256 + 32 * many


def test_choices_may_have_any_name_and_orders_any_length() -> None:
    names = ("sort", "escape", "how many", "other", "0", "1", "True", "expected?")
    entries = tuple(Entry(kind, kind, names, 1, 5, rotates=True) for kind in ("select_one", "select_multiple", "rank"))
    odd = replace(book(), entries=entries, segments=(("other", names), ("expected?", ())))
    values: tuple[Value, ...] = (*names, names, names[:3], names[::-1], "sort", 3, 9, Escape.PREFER_NOT)
    answers = [Answered(e.name, v, "", o) for e in entries for v in values for o in ((), names, names[2:], names[::-1])]
    began = Began("keyword", 3, (("other", "other"), ("expected?", "sort"), ("0", "1")))
    contents = Contents(1, (row((began, "en"), *((answer, "en") for answer in answers * 2)),))
    assert opened(page(contents, odd).data, odd) == contents


def test_more_rows_than_a_page_holds_are_not_sealed() -> None:
    rows = tuple(row((Finished(), "en"), session=n) for n in range(MOST_ROWS + 1))
    with pytest.raises(TooMuch):
        page(Contents(1, rows))


def test_more_facts_than_a_page_holds_are_not_sealed() -> None:
    with pytest.raises(TooMuch):
        page(Contents(1, (row(*[(Finished(), "en")] * MOST_STEPS),)))


def test_what_would_be_lost_is_not_sealed() -> None:
    with pytest.raises(Lossy):
        page(Contents(1, (row((Finished(), "en")),), matched={99: b"somebody"}))


@pytest.mark.parametrize(
    "change", [{"node": b"short"}, {"epoch": b""}, {"number": 2**32}, {"consultation": -1}, {"previous": bytes(15)}]
)
def test_a_header_that_would_be_refused_is_not_signed(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no page"):
        seal(replace(header(), **change), Contents(1, ()), book(), PUBLIC, NODE)  # type: ignore[arg-type]


def test_a_page_that_would_be_too_large_is_not_signed() -> None:
    words = "".join(map(chr, random.Random(1).choices(range(0x4E00, 0x9FFF), k=700_000)))
    with pytest.raises(TooMuch):
        page(Contents(1, (row((Answered("why", words), "en")),)))
    with pytest.raises(TooMuch):
        page(Contents(1, (row((Answered("why", "a" * (5 << 20)), "en")),)))


def test_half_a_character_is_no_text() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        page(Contents(1, (row((Answered("why", "\ud800"), "en")),)))


def test_every_kind_of_event_has_its_number_in_the_format() -> None:
    assert set(KINDS[1:]) == set(get_args(Event))
    assert len(KINDS) == 15, "another kind is another format: raise FORMAT and keep the old numbers"


# ---- a page that changed (5)

SAMPLE = page(Contents(1, (row(*conversation(["1", "1", "1", "77"])),)))


def test_flipping_any_bit_makes_it_another_page_that_is_refused() -> None:
    for place in range(len(SAMPLE.data) * 8):
        data = bytearray(SAMPLE.data)
        data[place // 8] ^= 1 << place % 8
        assert not refused(bytes(data)).hold
    assert opened(SAMPLE.data)


@pytest.mark.parametrize("cut", [0, 1, 10, 44, 100, len(SAMPLE.data) - 65, len(SAMPLE.data) - 1])
def test_a_torn_or_longer_page_is_refused(cut: int) -> None:
    assert not refused(SAMPLE.data[:cut]).hold
    assert not refused(SAMPLE.data + SAMPLE.data[:cut] + b"\0").hold


@settings(max_examples=many(200), deadline=None)
@given(data=st.binary(max_size=300))
@example(data=b"\x81" * 300)
@example(data=b"\x8b\x01\x01\x48" + b"\xff" * 200)
def test_noise_is_refused_before_anything_is_opened(data: bytes) -> None:
    assert refused(data).why in ("shape", "forged")


def test_another_node_cannot_sign_a_stolen_page_as_its_own() -> None:
    thief = replace(SAMPLE.header, node=b"node-two")
    stolen = sign(thief, SAMPLE.sealed, OTHER)
    with pytest.raises(NotTaken) as why:
        unseal(verify(stolen.data, bytes(OTHER.verify_key)), PRIVATE, {book().id: book()})
    assert (why.value.why, why.value.hold) == ("moved", False)


@pytest.mark.parametrize("change", [{"epoch": b"\0" * 4}, {"number": 2}])
def test_a_box_is_bound_to_its_epoch_and_number(change: dict[str, object]) -> None:
    moved = sign(replace(SAMPLE.header, **change), SAMPLE.sealed, NODE)  # type: ignore[arg-type]
    assert refused(moved.data).why == "moved"


def test_another_nodes_signature_is_refused_before_the_box_is_opened() -> None:
    with pytest.raises(NotTaken) as why:
        verify(sign(SAMPLE.header, SAMPLE.sealed, OTHER).data, NODE_KEY)
    assert (why.value.why, why.value.hold) == ("forged", False)


def test_a_page_that_was_written_in_another_way_is_refused_although_it_is_signed() -> None:
    items = cbor2.loads(SAMPLE.data)
    items[4] = 1.0
    odd = cbor2.dumps(items[:-1])
    odd = b"\x8b" + odd[1:]
    signed = odd + b"\x58\x40" + NODE.sign(b"consult page\0" + odd).signature
    assert refused(signed).why == "shape"


# ---- what later versions will read (13)


def test_a_page_of_an_older_version_is_read_the_same_after_later_ones() -> None:
    first = book("pulse")
    rows = (row(*conversation(["1", "1", "2", "1", "3"], name="pulse")),)
    kept = page(Contents(1, rows), first).data
    books = {first.id: first}
    questions = samples.edition("pulse").consultation.questions
    for version in range(2, 6):
        fewer = replace(shipped("pulse"), questions=questions[::-1][version - 2 :])
        edition = replace(samples.edition("pulse"), consultation=fewer, version=version)
        later = codebook(edition)
        books[later.id] = later
    assert len(books) == 5
    assert unseal(verify(kept, NODE_KEY), PRIVATE, books).rows == rows


def test_an_unknown_version_is_held_not_refused() -> None:
    with pytest.raises(NotTaken) as why:
        unseal(verify(SAMPLE.data, NODE_KEY), PRIVATE, {})
    assert (why.value.why, why.value.hold) == ("codebook", True)


def test_an_unknown_format_is_held_if_the_node_signed_it() -> None:
    later = b"\x8b\x02" + SAMPLE.data[2:-64]
    assert refused(later + NODE.sign(b"consult page\0" + later[:-2]).signature).why == "format"
    assert refused(later + NODE.sign(b"consult page\0" + later[:-2]).signature).hold
    assert refused(later + OTHER.sign(b"consult page\0" + later[:-2]).signature).why == "forged"
    assert whose(later + bytes(64)) == SAMPLE.header.node


def test_another_codebook_never_gives_other_answers() -> None:
    wrong = replace(book(), words=book().words[::-1])
    with pytest.raises(NotTaken):
        unseal(verify(SAMPLE.data, NODE_KEY), PRIVATE, {book().id: replace(wrong, version=2)})
    with pytest.raises(ValueError, match="another codebook"):
        seal(SAMPLE.header, Contents(1, ()), wrong, PUBLIC, NODE)


# ---- who cannot read it (15)


@settings(max_examples=100, deadline=None)
@given(words=st.text(st.characters(exclude_categories=["Cs"]), min_size=5, max_size=120))
def test_no_piece_of_an_answer_can_be_seen_in_what_is_sealed(words: str) -> None:
    contents = Contents(1, (row((Began("keyword", 9), "en"), (Answered("why", words), "en")),))
    made, raw = page(contents), words.encode()
    assert not any(raw[start : start + 5] in made.sealed for start in range(len(raw) - 4))
    assert repr(made) == f"Page(header={made.header!r})"
    with pytest.raises(NotTaken) as why:
        unseal(made, bytes(PrivateKey(bytes(range(3, 35)))), {book().id: book()})
    assert why.value.why == "unopened"


def test_the_same_contents_never_give_the_same_box() -> None:
    assert page(Contents(1, ())).sealed != page(Contents(1, ())).sealed


def test_closed_answers_are_told_by_no_length() -> None:
    sizes = {len(page(Contents(1, (row(*conversation(["1", "1", a, b])),))).data) for a in "123" for b in "123"}
    assert len(sizes) == 1


@given(length=st.integers(0, 2**22))
def test_padding_is_padme_and_costs_at_most_an_eighth(length: int) -> None:
    padded = inside.padded(length)
    assert length <= padded <= length * 1.12 + 1
    assert inside.padded(padded) == padded


# ---- her words

SCRIPTS = st.one_of(*(st.text(st.characters(min_codepoint=low, max_codepoint=low + 300)) for low in (0, 0x600, 0x1200)))


@settings(max_examples=many(200), deadline=None)
@given(words=st.one_of(samples.WORDS, SCRIPTS, st.lists(SCRIPTS, max_size=6).map(" ".join)), times=st.integers(1, 20))
@example(words="\x10\x10é\x10🧺\x10", times=9)
@example(words="البئر \x10 جافة\x90\uffff", times=20)
def test_words_of_every_script_come_back(words: str, times: int) -> None:
    letters = words * times
    assert unpacked(packed(letters, book().texts), book().texts) == letters


def test_a_page_in_one_script_takes_a_byte_a_letter_at_most() -> None:
    arabic = "".join(chr(0x600 + n * 37 % 128) for n in range(500))
    assert len(packed(arabic, b"")) <= len(arabic) + 12


@settings(max_examples=many(300), deadline=None)
@given(window=st.integers(0, 65535), body=st.binary(max_size=60))
@example(window=432, body=b"\x80\xff")
@example(window=12, body=b"\x10")
@example(window=12, body=b"\x10\xe0\x80")
@example(window=65535, body=b"\x80")
def test_noise_behind_a_frame_is_text_or_refused(window: int, body: bytes) -> None:
    settings_ = zstandard.ZstdCompressionParameters.from_level(1, format=zstandard.FORMAT_ZSTD1_MAGICLESS)
    frame = zstandard.ZstdCompressor(compression_params=settings_).compress(body)
    try:
        unpacked(window.to_bytes(2, "big") + frame, b"").encode()
    except Garbled:
        return


# ---- a hostile page (18)


def hostile(plain: bytes) -> NotTaken:
    """As a node would sign and seal it that means harm."""
    return refused(sign(header(), crypto_box_seal(plain, PUBLIC), NODE).data)


def inner(coded: bytes, words: object, *more: object) -> bytes:
    at = header()
    whole = cbor2.dumps([at.node, at.epoch, at.number, coded, words, *more])
    return whole.ljust(inside.padded(len(whole)), b"\0")


def test_a_bomb_is_refused_at_its_cap_whatever_it_claims() -> None:
    for claimed in (False, True):
        settings_ = zstandard.ZstdCompressionParameters.from_level(
            19, format=zstandard.FORMAT_ZSTD1_MAGICLESS, write_content_size=claimed, window_log=20
        )
        frame = zstandard.ZstdCompressor(compression_params=settings_).compress(b"a" * (64 << 20))
        assert len(frame) < 10_000
        began = time.process_time()
        assert hostile(inner(b"\x01", frame)).why in ("bomb", "garbled")
        assert time.process_time() - began < 5


def test_a_number_that_means_choices_without_end_is_refused() -> None:
    began = time.process_time()
    for coded in (b"\xff" * (1 << 14), b"\xff" * 400, bytes(range(1, 256)) * 60):
        assert hostile(inner(coded, "x" * 1000)).why in ("bomb", "garbled")
    assert hostile(inner(b"\xff" * ((1 << 14) + 1), "")).why == "bomb"
    assert time.process_time() - began < 30


@settings(max_examples=many(200), deadline=None)
@given(coded=st.binary(max_size=200), words=st.one_of(samples.WORDS, st.binary(max_size=40)))
def test_any_columns_are_read_or_refused_within_bounds(coded: bytes, words: str | bytes) -> None:
    try:
        got = inside.read(header(), inner(coded, words), book())
    except NotTaken:
        return
    assert len(got.rows) <= MOST_ROWS


@settings(max_examples=100, deadline=None)
@given(
    plain=st.one_of(
        st.binary(max_size=120), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(cbor2.dumps)
    )
)
@example(plain=b"\x9f" * 500)
@example(plain=b"\x81" * 500)
@example(plain=b"\x5b" + b"\xff" * 8)
@example(plain=b"\xc5\x82\x1b\x00\x00\x00\xff\xff\xff\xff\xff\x01")
def test_any_plain_text_is_refused_not_believed(plain: bytes) -> None:
    assert hostile(plain).why in ("garbled", "bomb", "moved")


def test_what_is_left_over_makes_a_page_garbled() -> None:
    whole = inside.write(header(), Contents(1, (row((Finished(), "en")),)), book())
    _, _, _, coded, words = cbor2.loads(whole)
    assert hostile(inner(coded, words + "x")).why == "garbled"
    assert hostile(inner(coded, words, b"12345678")).why == "garbled"
    assert hostile(inner(b"\x01" + coded, words)).why in ("garbled", "bomb")
    assert hostile(inner(b"\0" + coded, words)).why == "garbled"


# ---- the chain


def test_each_page_names_what_it_follows_and_only_that() -> None:
    previous, pages = START, []
    for number in range(1, 5):
        made = seal(header(number, previous), Contents(number, ()), book(), PUBLIC, NODE)
        pages.append(made)
        previous = chain(previous, made.data)
    again = START
    for made in pages:
        assert verify(made.data, NODE_KEY).header.previous == again
        again = chain(again, made.data)
    assert again == previous
    assert chain(START, pages[0].data) != chain(START, page(Contents(1, ())).data)


def test_only_the_header_can_be_read_by_anyone() -> None:
    made = page(Contents(1, (row((Consented("take_part", True, "w"), "en")),)))
    assert verify(made.data, NODE_KEY) == Page(header(), made.sealed, made.data)
    assert verify(made.data, NODE_KEY).header == Header(b"node-one", b"\x01\x02\x03\x04", 1, 7, 1, book().id)
    assert book().consultation.encode() not in made.data
