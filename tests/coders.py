"""Texts of many women that a moderator found fine, and two coders who read them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from consult.coding import books, labelling
from consult.coding.books import Where
from consult.findings.coding import Code
from consult.house import House
from consult.moderation import batches
from consult.moderation.deciding import Decision, decide
from tests.coded import CODES, with_words
from tests.journeys.stage import Stage, set_up
from tests.test_releases import OPEN, number

WHY = Where("brief", "why")
ADA, BEA, CARO, MODERATOR = 71, 72, 73, 74  # accounts
BOOK = [Code(id, kind, text, name) for id, kind, text, name in CODES]
WORDS = ("water is far", "the road is bad", "water and road", "peace")


def written(folder: Path, people: int = 40) -> Stage:
    """A hub on which so many wrote to `why`."""
    stage = set_up(folder, at=OPEN, replies_per_day=10_000)
    stage.publish(with_words(), test=False)
    for woman in range(people):
        for said in ("CANDLE", "1", WORDS[woman % len(WORDS)], "1", "1"):
            stage.hears(said, number(woman))
            stage.sends()
    return stage


def moderate(house: House, at: int = OPEN, but: int = 0) -> None:
    """A batch is opened; all are found fine but the first few."""
    batches.open_batch(house, "brief", "why", at=at, by="Ruth")
    for n, text in enumerate(batches.texts(house, "brief", "why", "wait", batches.ALL)):
        decide(house, "brief", text.id, Decision("held" if n < but else "fine"), at=at, by=MODERATOR)


def book(house: House) -> books.Book:
    return books.write(house, WHY, BOOK, 0, OPEN, ADA)


def codes_of(text: str) -> tuple[str, ...]:
    """What a careful coder finds."""
    found = tuple(id for id, kind, _, word in CODES if kind == "Normal" and re.search(word, text))
    return found or ("code-NC",)


def code_all(house: House, by: int, wrong: Iterable[int] = ()) -> None:
    """This coder reads everything; in those texts (by their order) she finds a school."""
    texts = sorted(labelling.task(house, WHY, by).texts, key=lambda each: each.id)
    given = {each.message: ("code-school",) if n in set(wrong) else codes_of(each.text) for n, each in enumerate(texts)}
    labelling.label(house, WHY, given, [code.id for code in BOOK], by)
    labelling.finish(house, WHY, by, OPEN)
