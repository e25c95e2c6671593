"""The test vectors of `docs/pages.md`: what others may compare with, read here as they would be."""

from __future__ import annotations

import itertools
import json
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from nacl.bindings import crypto_scalarmult_base
from nacl.signing import SigningKey

from consult.sync.pages import Codebook, Contents, Header, NotTaken, chain, read_codebook, unseal, verify
from consult.sync.pages.contents import write
from consult.sync.pages.letters import unpacked
from consult.sync.pages.page import sign
from tests.sync import samples, second_reader
from tests.sync.samples import PUBLIC
from tests.sync.writing import EPHEMERAL, FOLDER, box, row_of

NAMES = ("empty", "closed", "words", "odd")


def vector(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return told


def header_of(told: dict[str, Any]) -> Header:
    fields: dict[str, Any] = {name: bytes.fromhex(v) if isinstance(v, str) else v for name, v in told.items()}
    return Header(**fields)


def contents_of(told: dict[str, Any]) -> Contents:
    matched = {int(person): bytes.fromhex(pseudonym) for person, pseudonym in told["matched"].items()}
    rows, heard = tuple(map(row_of, told["rows"])), bytes.fromhex(told["heard"])
    return Contents(told["first"], rows, told["obeyed"], matched, heard)


def book_of(told: dict[str, Any]) -> Codebook:
    return read_codebook(bytes.fromhex(told["codebook"]))


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_a_vector_says_what_the_vector_says(name: str) -> None:
    told = vector(name)
    key, book = SigningKey(bytes.fromhex(told["node_seed"])), book_of(told)
    page = verify(bytes.fromhex(told["page"]), bytes(key.verify_key))
    assert page.header == header_of(told["header"])
    assert unseal(page, bytes.fromhex(told["box_private"]), {book.id: book}) == contents_of(told["contents"])


@pytest.mark.parametrize("name", NAMES)
def test_what_a_vector_says_gives_its_bytes(name: str) -> None:
    told = vector(name)
    header, book, meant = header_of(told["header"]), book_of(told), bytes.fromhex(told["plain"])
    node, epoch, number, columns, words, *pseudonyms = cbor2.loads(write(header, contents_of(told["contents"]), book))
    theirs = cbor2.loads(meant)
    assert columns.hex() == told["columns"]
    assert [node, epoch, number, columns, *pseudonyms] == [*theirs[:4], *theirs[5:]]
    assert unpacked(words, book.texts) == unpacked(theirs[4], book.texts)  # another zstd may find a shorter frame
    assert words == theirs[4] or isinstance(words, bytes)


@pytest.mark.parametrize("name", NAMES)
def test_box_signature_and_chain_of_a_vector_can_be_made_again(name: str) -> None:
    told = vector(name)
    assert crypto_scalarmult_base(bytes.fromhex(told["box_private"])) == PUBLIC
    assert bytes.fromhex(told["box_ephemeral"]) == EPHEMERAL
    key, header = SigningKey(bytes.fromhex(told["node_seed"])), header_of(told["header"])
    page = sign(header, box(bytes.fromhex(told["plain"])), key)
    assert page.data.hex() == told["page"]
    assert chain(header.previous, page.data).hex() == told["chain"]
    assert book_of(told).id.hex() == told["codebook_id"]


def test_the_vectors_follow_each_other() -> None:
    chains = [(header_of(vector(name)["header"]).previous.hex(), vector(name)["chain"]) for name in NAMES]
    assert all(after[0] == before[1] for before, after in itertools.pairwise(chains))


@pytest.mark.parametrize("n", range(8))
def test_what_is_to_be_refused_is_refused_for_its_reason(n: int) -> None:
    told = vector("refused")
    assert len(told["pages"]) == 8
    case, book = told["pages"][n], book_of(vector("empty"))
    private = bytes.fromhex(vector("empty")["box_private"])
    with pytest.raises(NotTaken) as why:
        unseal(verify(bytes.fromhex(case["page"]), bytes.fromhex(told["node_public"])), private, {book.id: book})
    assert (why.value.why, why.value.hold) == (case["why"], case["hold"])


@pytest.mark.parametrize("name", NAMES)
def test_a_second_reader_that_follows_the_document_reads_the_same(name: str) -> None:
    told = vector(name)
    node = bytes(SigningKey(bytes.fromhex(told["node_seed"])).verify_key)
    keys = node, bytes.fromhex(told["box_private"]), bytes.fromhex(told["codebook"])
    assert second_reader.read(bytes.fromhex(told["page"]), *keys) == told["contents"]


@settings(max_examples=60, deadline=None)
@given(contents=samples.contents(samples.book("pulse")))
def test_both_readers_agree_about_whatever_there_can_be(contents: Contents) -> None:
    book = samples.book("pulse")
    made = samples.page(contents, book)
    keys = samples.NODE_KEY, samples.PRIVATE, book.write()
    assert contents_of(second_reader.read(made.data, *keys)) == contents
