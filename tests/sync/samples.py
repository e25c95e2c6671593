"""Pages for tests: fixed keys, a codebook of a shipped example, and every fact there can be."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any, get_args

from hypothesis import strategies as st
from nacl.public import PrivateKey
from nacl.signing import SigningKey

from consult import engine
from consult.channel import Text
from consult.edition import Edition, compile_edition
from consult.engine import Reply
from consult.events import Answered, Escape, Event
from consult.sync.pages import START, Codebook, Contents, Header, Page, Row, codebook, seal
from consult.wording import packs
from tests.conftest import example

NODE = SigningKey(bytes(range(32)))
OTHER = SigningKey(bytes(range(1, 33)))
BOX = PrivateKey(bytes(range(2, 34)))
NODE_KEY, PRIVATE, PUBLIC = bytes(NODE.verify_key), bytes(BOX), bytes(BOX.public_key)
KNOWN = ("sms", "voice", "radio", "enrolled", "open", "beep", "slip", "assisted", "early", "in_time", "late", "invalid")

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NUMBERS = st.one_of(st.integers(0, 300), st.integers(-(2**80), 2**80))
CODES = st.lists(WORDS, max_size=4).map(tuple)


@cache
def edition(name: str = "priorities") -> Edition:
    return compile_edition(example(name), 1, packs())


@cache
def book(name: str = "priorities") -> Codebook:
    return codebook(edition(name), {"area": ("north", "south")}, KNOWN)


def header(number: int = 1, previous: bytes = START, codes: Codebook | None = None) -> Header:
    known = codes or book()
    return Header(b"node-one", b"\x01\x02\x03\x04", number, 7, known.version, known.id, previous)


def row(*said: tuple[Event, str], session: int = 1, first: int = 1) -> Row:
    return Row(session, session, 1, "sms", "open", 20_500, "in_time", said, tuple(range(first, first + len(said))))


def page(contents: Contents, codes: Codebook | None = None, number: int = 1) -> Page:
    return seal(header(number, codes=codes), contents, codes or book(), PUBLIC, NODE)


def conversation(replies: list[str], seed: int = 7, name: str = "priorities") -> tuple[tuple[Event, str], ...]:
    """What the engine makes of these messages, each fact with the language it was in."""
    heard = edition(name)
    turn = engine.begin(heard, 1000, how="keyword", seed=seed, segments=(("area", "north"),))
    said = [(event, heard.tongues[turn.session.locale].tag) for event in turn.events]
    for n, text in enumerate(replies):
        turn = engine.hear(heard, turn.session, Reply(Text(text), channel="sms"), 1000 + n)
        said += [(event, heard.tongues[turn.session.locale].tag) for event in turn.events]
    return tuple(said)


# ---- whatever there can be


def values(codes: Codebook) -> st.SearchStrategy[object]:
    """Values of these questions and of none."""
    known = [code for entry in codes.entries for code in entry.codes]
    some = st.lists(st.sampled_from(known), max_size=5, unique=True).map(tuple) if known else CODES
    return st.one_of(WORDS, st.sampled_from(known or [""]), some, NUMBERS, CODES, st.sampled_from(Escape))


def events(codes: Codebook) -> st.SearchStrategy[Event]:
    names = st.one_of(st.sampled_from([entry.name for entry in codes.entries]), WORDS)
    orders = st.one_of(st.just(()), CODES, st.sampled_from([entry.codes for entry in codes.entries]).map(_turned))
    answers = st.builds(Answered, names, values(codes), WORDS, orders, st.booleans(), WORDS)
    return st.one_of(answers, *(st.from_type(kind) for kind in get_args(Event) if kind is not Answered))


def _turned(order: tuple[str, ...]) -> tuple[str, ...]:
    return order[1:] + order[:1]


def rows(codes: Codebook) -> st.SearchStrategy[Row]:
    locales, numbers = st.one_of(st.sampled_from(["en", "fr"]), WORDS), st.one_of(st.integers(1, 20), NUMBERS)
    facts = st.lists(st.tuples(events(codes), locales, numbers), max_size=8)
    days, who, corrected = st.integers(0, 30_000), st.one_of(st.none(), WORDS), st.one_of(st.none(), NUMBERS)
    envelope = st.tuples(NUMBERS, NUMBERS, NUMBERS, WORDS, WORDS, days, WORDS)
    return st.builds(_row, envelope, facts, who, corrected)


def _row(envelope: tuple[Any, ...], facts: list[tuple[Event, str, int]], who: str | None, corrected: int | None) -> Row:
    said, numbers = tuple((event, locale) for event, locale, _ in facts), tuple(number for _, _, number in facts)
    return Row(*envelope, said, numbers, who, corrected)


def contents(codes: Codebook, most: int = 6) -> st.SearchStrategy[Contents]:
    first = st.integers(0, 2**40)
    before = st.one_of(st.just(b""), st.binary(min_size=4, max_size=4))
    some = st.lists(rows(codes), max_size=most).map(tuple)
    return st.builds(Contents, first, some, first, heard=before).flatmap(_matched)


def _matched(plain: Contents) -> st.SearchStrategy[Contents]:
    people = sorted({row.person for row in plain.rows})
    some = st.lists(st.sampled_from(people), unique=True) if people else st.just([])
    pseudonyms = some.flatmap(lambda who: st.fixed_dictionaries({n: st.binary(min_size=8, max_size=8) for n in who}))
    return pseudonyms.map(lambda matched: replace(plain, matched=matched))
