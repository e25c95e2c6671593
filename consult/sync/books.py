"""Codebooks kept with the versions they belong to: a hub makes them, a node is given them.

Rule 1: a codebook, once pages may be written with it, never changes: it is kept as bytes and found by its id.
"""

from __future__ import annotations

from typing import Final

from consult.edition import Edition
from consult.store import Tx, View
from consult.store.fieldwork import Book
from consult.sync.pages import Codebook, codebook, read_codebook

# What facts of any consultation are made of, beside its own words.
WORDS: Final = (
    *("sms", "voice", "radio", "ussd", "console"),
    *("enrolled", "open", "beep", "slip", "assisted"),
    *("early", "in_time", "late", "invalid"),
)


def keep_book(tx: Tx, edition: Edition) -> Book:
    """The codebook of this version, made at the first asking."""
    name, version = edition.consultation.name, edition.version
    for book in tx.books(name):
        if book.version == version:
            return book
    made = codebook(edition, _segments(edition), WORDS)
    book = Book(made.id, name, tx.consultation_number(name), version, made.write())
    tx.add_book(book)
    return book


def _segments(edition: Edition) -> dict[str, tuple[str, ...]]:
    """What a list of contacts may tell of who she is."""
    questions = edition.consultation.questions
    return {each.name: tuple(option.name for option in each.choices) for each in questions if each.segment}


def book_of(view: View, name: str, version: int) -> Book | None:
    """The codebook that this version's pages are written with; None where there is none yet."""
    return next((book for book in view.books(name) if book.version == version), None)


def opened(book: Book) -> Codebook:
    """The codebook itself. Raises BadCodebook."""
    return read_codebook(book.data)
