"""Both coders are done: how far they agree, where they differ, what they settle, and the themes that follow.

Rule 1: agreement is of what each found alone (`consult.findings.agreement`); settling does not raise it.
Rule 2: only themes differ: whether a text without one has "nothing said" or a greeting is nobody's matter.
Rule 3: themes are kept only when nothing differs any more; words that another person approved for a theme stay with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from consult import themes
from consult.coding import labelling
from consult.coding.books import Book, Where, book, standing
from consult.coding.labelling import Found, NotCoded, State, fine, state
from consult.findings.agreement import of_theme
from consult.findings.coding import Code, Labels
from consult.findings.protection import Rules
from consult.house import House
from consult.library import day_of
from consult.moderation.batches import Text
from consult.store import Tx, View
from consult.themes import Coding, Kept


@dataclass(frozen=True, slots=True)
class Difference:
    """A text in which both did not find the same themes; `settled`: what they agreed on, None for nothing yet."""

    text: Text
    one: tuple[str, ...]
    other: tuple[str, ...]
    settled: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`agreement`: each theme with its alpha, None where too few texts tell; `both`: how many texts both coded."""

    book: Book
    agreement: tuple[tuple[Code, float | None], ...]
    differences: tuple[Difference, ...]
    both: int

    @property
    def settled(self) -> bool:
        return all(each.settled is not None for each in self.differences)


@dataclass(frozen=True, slots=True)
class _Read:
    """What stands, as one reading saw it: of each coder the themes of each text that both coded."""

    book: Book
    state: State
    first: Labels
    second: Labels


def compare(house: House, where: Where) -> Comparison:
    """Where both stand. Raises NotCoded("apart") while one of them is not done, and as `batches.texts`."""
    texts = {each.message: each for each in fine(house, where)}
    read = _themes(house.store.read(partial(_read, house, where)), texts)
    differing = [message for message in texts if message in read.first and read.first[message] != read.second[message]]
    return Comparison(
        book=read.book,
        agreement=tuple(
            (code, of_theme(code.id, read.first, read.second, Rules().base)) for code in read.book.scheme.themes()
        ),
        differences=tuple(
            Difference(texts[each], read.first[each], read.second[each], read.state.settled.get(each))
            for each in differing
        ),
        both=len(read.first),
    )


def _read(house: House, where: Where, view: View) -> _Read:
    now, written = state(house, where, view), standing(where, view)
    if written is None or not now.both_done:
        raise NotCoded("apart", "both coders must be done first: until then neither sees what the other found")
    one, other = now.found.values()
    return _Read(written, now, one, other)


def _themes(read: _Read, texts: Mapping[str, Text]) -> _Read:
    """Of texts that are here and were coded by both, the themes alone, in the codebook's order."""
    order = {code.id: n for n, code in enumerate(read.book.scheme.themes())}
    both = [message for message in texts if message in read.first and message in read.second]

    def kept(labels: Found) -> Labels:
        return {m: tuple(sorted((c for c in labels[m] if c in order), key=order.__getitem__)) for m in both}

    settled = {message: tuple(c for c in codes if c in order) for message, codes in read.state.settled.items()}
    return replace(read, first=kept(read.first), second=kept(read.second), state=replace(read.state, settled=settled))


def settle(house: House, where: Where, given: Mapping[str, Iterable[str]], by: int, at: int) -> int:
    """What both agreed on, by message; of how many texts. Raises NotCoded("apart"), ("seat")."""
    now = compare(house, where)
    open_ = {each.text.message for each in now.differences}
    order = {code.id: n for n, code in enumerate(now.book.scheme.themes())}
    fresh = {
        message: tuple(sorted({c for c in listed if c in order}, key=order.__getitem__))
        for message, listed in given.items()
        if message in open_
    }
    house.store.write(partial(_settle, house, where, fresh, by, at))
    return len(fresh)


def _settle(house: House, where: Where, fresh: Found, by: int, at: int, tx: Tx) -> None:
    now = state(house, where, tx)
    if by not in now.coders or not now.both_done:
        raise NotCoded("seat", "only the two who coded it settle it")
    labelling.keep(house, where, replace(now, settled={**now.settled, **fresh}), tx)
    tx.note(day_of(at), f"{len(fresh)} texts of {where.question} of {where.name} settled by account {by}")


def keep(house: House, where: Where, by: int, at: int) -> Kept:
    """From now on these are the themes of the question, as `consult findings themes` would set them.

    Raises NotCoded("apart"), ("seat"), ("unsettled"), ("nothing"); figures.NoSuch, custody.NoKey.
    """
    texts = {each.message: each for each in fine(house, where)}
    read = _themes(house.store.read(partial(_read, house, where)), texts)
    if by not in read.state.coders:
        raise NotCoded("seat", "only the two who coded it keep its themes")
    counted = {
        message: codes if codes == read.second[message] else read.state.settled.get(message)
        for message, codes in read.first.items()
    }
    agreed = {message: codes for message, codes in counted.items() if codes is not None}
    if len(agreed) < len(counted):
        raise NotCoded("unsettled", "some texts differ still")
    coding = Coding(read.book.scheme, read.first, read.second, None, agreed)
    try:
        return themes.keep(house, *where, coding, day=day_of(at), by=f"account {by}")
    except themes.NothingKnown as nothing:
        raise NotCoded("nothing", str(nothing)) from None


def codebook(house: House, where: Where) -> Book:
    """The codebook, to code by. Raises NotCoded("book")."""
    found = book(house, where)
    if found is None:
        raise NotCoded("book", "a codebook is written first")
    return found
