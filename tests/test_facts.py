"""A fact's payload: readable in ten years, whole, and nothing else passes for one."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult import facts
from consult.events import Answered, Began, Escape, Event, Finished, Skipped
from consult.facts import KINDS, UnreadableFact, pack, segments_of, unpack
from consult.store.records import Fact

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
CODES = st.lists(WORDS, max_size=4).map(tuple)
VALUES = st.one_of(WORDS, st.integers(-(10**14), 10**14), CODES, st.sampled_from(Escape))
ANSWERS = st.builds(Answered, WORDS, VALUES, WORDS, CODES, st.booleans())
EVENTS = st.one_of(ANSWERS, *(st.from_type(kind) for kind in get_args(Event) if kind is not Answered))


@given(event=EVENTS, locale=WORDS)
def test_what_is_packed_is_unpacked_the_same(event: Event, locale: str) -> None:
    got, tag = unpack(pack(event, locale))
    assert got == event
    assert type(got) is type(event)
    assert tag == locale
    if isinstance(event, Answered):
        assert type(got.value) is type(event.value)


def test_every_kind_of_event_has_its_name_in_the_payload() -> None:
    assert {kind.__name__ for kind in get_args(Event)} == set(KINDS)
    assert json.loads(pack(Finished(), "sw")) == {"e": "Finished", "l": "sw"}


def test_an_escape_is_told_from_a_choice_that_has_its_name() -> None:
    assert pack(Answered("q", "not_sure"), "en") != pack(Answered("q", Escape.NOT_SURE), "en")
    assert type(unpack(pack(Answered("q", "not_sure"), "en"))[0].value) is str


def test_what_is_at_its_default_takes_no_room() -> None:
    assert b"part" not in pack(Answered("q", "a"), "en")
    assert b"why" not in pack(Skipped("q"), "en")


def test_a_payload_is_bound_to_everything_it_lies_in() -> None:
    envelope = Fact("river", 1, 1, 7, 3, "sms", "open", 20_000, "in_time", b"", node="a", epoch=1, seq=5)
    others = {
        **{"consultation": "lake", "channel": "voice", "frame": "enrolled", "verdict": "late", "node": "b"},
        **{"entered_by": "7", "supersedes": 2},
        **{
            name: getattr(envelope, name) + 1
            for name in ("version", "round", "person", "session", "day", "epoch", "seq")
        },
    }
    assert others.keys() == set(Fact._fields) - {"sealed", "arrival"}
    bound = {facts.about(envelope._replace(**{name: value})) for name, value in others.items()}
    assert len(bound | {facts.about(envelope)}) == len(others) + 1
    assert facts.about(envelope._replace(sealed=b"x", arrival=9)) == facts.about(envelope)


def test_only_the_beginning_tells_who_she_is() -> None:
    assert segments_of(Began("invited", segments=(("area", "north"),))) == {"area": "north"}
    assert segments_of(Finished()) == {}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'"Answered"',
        b"\xff\xfe",
        b'{"e": "Answered"}',
        b'{"e": "Answered", "l": "en"}',
        b'{"e": "Invented", "l": "en"}',
        b'{"e": ["Answered"], "l": "en"}',
        b'{"e": "Finished", "l": "en", "extra": 1}',
        b'{"e": "Answered", "l": "en", "question": "q", "value": "x", "escape": true}',
        b"[" * 5000,
    ],
)
def test_what_is_no_fact_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableFact):
        unpack(data)


@given(data=st.binary(max_size=80))
def test_noise_is_refused_and_never_crashes(data: bytes) -> None:
    try:
        event, _ = unpack(data)
    except UnreadableFact:
        return
    assert type(event) in KINDS.values()


def test_the_fields_of_a_fact_are_plain_values() -> None:
    plain = {"str", "int", "bool", "Value", "tuple[str, ...]", "tuple[tuple[str, str], ...]"}
    for kind in KINDS.values():
        for field in fields(kind):
            assert str(field.type) in plain or str(field.type).startswith("Literal["), (kind, field)
    assert facts.__doc__
