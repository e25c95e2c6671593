"""The codebook: the same for the same version, another for anything else, and nothing of an answer in it."""

from __future__ import annotations

from dataclasses import fields, replace

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consult.sync.pages import BadCodebook, codebook, read_codebook
from tests.sync.samples import KNOWN, book, edition

NAMES = ("priorities", "pulse", "safety")


@pytest.mark.parametrize("name", NAMES)
def test_a_codebook_is_read_as_it_was_written(name: str) -> None:
    assert read_codebook(book(name).write()) == book(name)
    assert read_codebook(book(name).write()).id == book(name).id


@pytest.mark.parametrize("name", NAMES)
def test_the_same_edition_gives_the_same_codebook(name: str) -> None:
    assert codebook(edition(name), {"area": ("north", "south")}, KNOWN).write() == book(name).write()


def test_whatever_changes_gives_another_id() -> None:
    one = book()
    changed = {
        **{"consultation": "other", "version": 2, "entries": one.entries[1:], "consents": one.consents[1:]},
        **{"segments": (), "words": one.words[1:], "texts": one.texts[1:]},
    }
    assert changed.keys() == {field.name for field in fields(one)}
    ids = {replace(one, **{name: value}).id for name, value in changed.items()}  # type: ignore[arg-type]
    assert len(ids | {one.id}) == len(changed) + 1


@pytest.mark.parametrize("name", NAMES)
def test_the_dictionary_is_made_of_what_women_read(name: str) -> None:
    consultation = edition(name).consultation
    for question in consultation.questions:
        for label in question.label.values():
            assert label.encode() in book(name).texts


def test_each_language_has_the_consent_that_its_women_saw() -> None:
    assert dict(book().consents) == {tongue.tag: tongue.consent_hash for tongue in edition().tongues}


@settings(deadline=None)
@given(data=st.one_of(st.binary(max_size=60), st.recursive(st.integers() | st.text(), st.lists).map(cbor2.dumps)))
def test_what_is_no_codebook_is_refused(data: bytes) -> None:
    with pytest.raises(BadCodebook):
        read_codebook(data)


def test_a_codebook_that_was_touched_is_refused_or_another() -> None:
    whole = book().write()
    for place in range(0, len(whole), 7):
        try:
            got = read_codebook(whole[:place] + bytes((whole[place] ^ 1,)) + whole[place + 1 :])
        except BadCodebook:
            continue
        assert got.id != book().id
