"""The codebook: what node and hub both know of one version of a consultation, so that pages need not say it.

Questions with their codes, the strings that facts are made of, and the consultation's own texts as a dictionary for
what women write. It is shipped with the version and named by its hash; a page says which it was written with.

Rule 1: nothing of an answer goes into it. It is made of the definition, the languages and what a hub declares.
Rule 2: a page is read with the very codebook it was written with, and with nothing else, so later versions of the
consultation or of this program change nothing about it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args, get_origin, get_type_hints

import cbor2

from consult.consultation import Consultation, Question
from consult.edition import Edition
from consult.events import Event
from consult.understand import Why

NAME = "consult codebook 1"
ID = 4  # bytes
LARGEST = 64 * 1024  # bytes of dictionary; what does not fit is left out at its beginning, which is used least
_WORDINGS = ("label", "bare", "late", "unseen", "optional", "withdrawn", "channel")
_DEPTH = 5


class BadCodebook(Exception):
    """Bytes that are no codebook of this format."""


@dataclass(frozen=True)
class Entry:
    """A question as pages know it; `codes` as defined. `rotates`: their order turns with the conversation's seed."""

    name: str
    type: str
    codes: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    rotates: bool = False

    @cached_property
    def places(self) -> dict[str, int]:
        return {code: place for place, code in enumerate(self.codes)}


@dataclass(frozen=True)
class Codebook:
    """See the module's head. `consents`: per language the hash of its consent. `segments`: what is known of people
    before they come, each with its values. `words`: strings that may occur in a fact; `texts`: the dictionary.
    """

    consultation: str
    version: int
    entries: tuple[Entry, ...]
    consents: tuple[tuple[str, str], ...]
    segments: tuple[tuple[str, tuple[str, ...]], ...]
    words: tuple[str, ...]
    texts: bytes = field(repr=False)

    def write(self) -> bytes:
        """A CBOR array: name of the format, then the fields; the same bytes wherever it is written."""
        entries = [[e.name, e.type, list(e.codes), e.low, e.high, e.rotates] for e in self.entries]
        said = [self.consents, self.segments, self.words, self.texts]
        return cbor2.dumps([NAME, self.consultation, self.version, entries, *said])

    @cached_property
    def id(self) -> bytes:
        """The first four bytes of nothing less than all of it: BLAKE2b."""
        return hashlib.blake2b(self.write(), digest_size=ID).digest()

    @cached_property
    def languages(self) -> tuple[str, ...]:
        return tuple(language for language, _ in self.consents)

    @cached_property
    def wordings(self) -> dict[str, str]:
        return dict(self.consents)

    @cached_property
    def values(self) -> dict[str, tuple[str, ...]]:
        return dict(self.segments)

    @cached_property
    def places(self) -> dict[str, int]:
        return {entry.name: place for place, entry in enumerate(self.entries)}


def read_codebook(data: bytes) -> Codebook:
    """What `write` wrote. Raises BadCodebook."""
    try:
        name, consultation, version, entries, consents, segments, words, texts = cbor2.loads(data, max_depth=_DEPTH)
        book = Codebook(
            consultation,
            version,
            tuple(Entry(n, t, tuple(codes), low, high, rotates) for n, t, codes, low, high, rotates in entries),
            tuple((language, wording) for language, wording in consents),
            tuple((segment, tuple(values)) for segment, values in segments),
            tuple(words),
            texts,
        )
        texts.decode()
        sound = name == NAME and all(isinstance(word, str) for word in _strings(book)) and book.write() == data
    except (cbor2.CBORError, AttributeError, TypeError, ValueError):
        sound = False
    if not sound or not isinstance(texts, bytes):
        raise BadCodebook("not a codebook of this format")
    return book


def codebook(
    edition: Edition, segments: Mapping[str, Sequence[str]] | None = None, words: Iterable[str] = ()
) -> Codebook:
    """The codebook of an edition. `segments`: what a contact list knows of people, with every value it has; `words`:
    names of channels, ways to come, verdicts. What is in neither costs its letters once a page."""
    consultation = edition.consultation
    codes = (option.name for question in consultation.questions for option in question.choices)
    return Codebook(
        consultation.name,
        edition.version,
        tuple(_entry(question) for question in consultation.questions),
        tuple((tongue.tag, tongue.consent_hash) for tongue in edition.tongues),
        tuple((name, tuple(values)) for name, values in (segments or {}).items()),
        tuple(dict.fromkeys(map(str, (*_vocabulary(), *_WORDINGS, *Why, *codes, *words)))),
        "\n".join(dict.fromkeys(_texts(consultation))).encode()[-LARGEST:].decode(errors="ignore").encode(),
    )


def _entry(question: Question) -> Entry:
    codes = tuple(option.name for option in question.choices)
    return Entry(question.name, question.type, codes, question.low, question.high, question.order == "rotated")


def _vocabulary() -> Iterator[str]:
    """Every string that the events themselves name."""
    for kind in get_args(Event):
        for hint in get_type_hints(kind).values():
            if get_origin(hint) is Literal:
                yield from get_args(hint)


def _texts(consultation: Consultation) -> Iterator[str]:
    """What women have read, those texts last that their own words are nearest to."""
    around = (consultation.convenor, consultation.readers, consultation.can_promise, consultation.cannot_promise)
    for texts in (*around, consultation.title, consultation.background):
        yield from texts.values()
    for question in consultation.questions:
        for language in consultation.languages:
            yield from (option.label[language] for option in question.choices if language in option.label)
            yield question.label.get(language, "")


def _strings(book: Codebook) -> Iterator[Any]:
    yield from (book.consultation, *book.words)
    for pair in book.consents:
        yield from pair
    for name, values in book.segments:
        yield from (name, *values)
    for entry in book.entries:
        yield from (entry.name, entry.type, *entry.codes)
