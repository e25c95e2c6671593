"""Words for women that one person wrote and another approves, by language: answers and paraphrases.

Rule 1: in every language of the consultation, so that a language tells nobody who asked.
Rule 2: no number, no address, nothing hidden, and no word that is listed for the consultation; what may be a name
besides is shown to the second person. An answer may tell the consultation's own line to call for help, as it was
published: no other number.
Rule 3: whoever wrote them does not approve them, nor does who joined, started afresh or got a role only after they were
written (as in `consult.accounts.approving`); of two who decide at once, one is too late.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from consult.accounts.members import new_since
from consult.consultation import Consultation
from consult.episodes.flagging import betrays, maybe_names
from consult.house import House
from consult.library import day_of
from consult.moderation import listing
from consult.store import Tx
from consult.store.moderated import Worded, WordedState

LONGEST: Final = 300  # signs: thirty seconds of speech
_NUMBER: Final = re.compile(r"\+?\d[\d ().-]{1,18}\d")


class NotSaid(Exception):
    """These words cannot be kept or approved: `code` is "languages", "long", "betrays", "listed", "own", "new" or
    "gone"."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True, slots=True)
class Words:
    """As they stand: `texts` by language, `names` what may be a name in them, `by` the account that wrote them."""

    id: int
    about: str
    state: WordedState
    by: int
    texts: Mapping[str, str]
    names: tuple[str, ...]


def clean(
    house: House, name: str, texts: Mapping[str, str], longest: int = LONGEST, lines: Collection[str] = ()
) -> dict[str, str]:
    """The words as they are kept. `lines`: what may stand in them although it is a number (`referrals`). Raises
    NotSaid, LookupError for no consultation."""
    languages = languages_of(house, name)
    made = {tag: " ".join(texts.get(tag, "").split()) for tag in languages}
    if missing := [tag for tag, words in made.items() if not words]:
        raise NotSaid("languages", f"missing in {', '.join(missing)}; write it in every language of {name}")
    listed = {each.casefold() for each in listing.words(house, name)}
    for tag, words in made.items():
        if len(words) > longest:
            raise NotSaid("long", f"in {tag}: {longest} signs at most")
        if found := betrays(without(words, lines)):
            raise NotSaid("betrays", f"in {tag}: holds a {found}; word it without")
        if listed & {each.strip(".,;:!?").casefold() for each in words.split()}:
            raise NotSaid("listed", f"in {tag}: holds a word that is masked in texts; word it without")
    return made


def referrals(house: House, name: str) -> list[str]:
    """The consultation's own lines to call for help, and the numbers in them, the longest first."""
    told = [" ".join(each.split()) for each in _definition(house, name).referral.values()]
    numbers = [number for each in told for number in _NUMBER.findall(each)]
    return sorted({*told, *numbers} - {""}, key=lambda each: (-len(each), each))


def without(words: str, lines: Collection[str]) -> str:
    """The words with a dash for each of these lines, where it stands by itself: no digit touches it."""
    for line in lines:
        words = re.sub(rf"(?<!\d)(?<!\d[ ().-]){re.escape(line)}(?![ ().-]?\d)", "\N{EN DASH}", words)
    return words


def languages_of(house: House, name: str) -> Collection[str]:
    """In which women hear from this consultation."""
    return _definition(house, name).languages


def _definition(house: House, name: str) -> Consultation:
    published = house.store.read(lambda view: view.published(name))
    if published is None:
        raise LookupError(name)
    return house.library.edition(published).consultation


def written(house: House, name: str, kind: str) -> list[Words]:
    """What was written of this kind, the newest first."""
    rows = house.store.read(lambda view: view.worded(name, kind))
    return [_words(house, row) for row in reversed(rows)]


def row_of(house: House, name: str, kind: str, about: str, texts: Mapping[str, str], *, at: int, by: int) -> Worded:
    """Words that wait for another person, to be kept."""
    row = Worded(0, name, kind, about, day_of(at), "written", by, 0, b"")
    return replace(row, sealed=_sealed(house, row, texts, at))


Which = tuple[str, str, int]  # the consultation, the kind, the number of the words
Then = Callable[[Worded, Tx], None]


def approve(house: House, which: Which, *, at: int, by: int, then: Then | None = None) -> Worded:
    """Another person stands for them; `then` is done in the same commit. Raises NotSaid."""
    return house.store.write(partial(_decide, house, which, "approved", then, at=at, by=by))


def decline(house: House, which: Which, *, at: int, by: int, then: Then | None = None) -> Worded:
    """They are not said; whoever wrote them may take them back so. Raises NotSaid."""
    return house.store.write(partial(_decide, house, which, "declined", then, at=at, by=by))


def _decide(house: House, which: Which, to: WordedState, then: Then | None, tx: Tx, *, at: int, by: int) -> Worded:
    name, kind, id = which
    row = tx.worded_one(name, id)
    if row is None or row.kind != kind or row.state != "written":
        raise NotSaid("gone", "somebody decided it already, or it is not here")
    if to == "approved" and row.by == by:
        raise NotSaid("own", "another person than the one who wrote it must approve it")
    if to == "approved" and new_since(tx, by) > _unsealed(house, row)["at"]:
        raise NotSaid("new", "who was here already when it was written must approve it")
    tx.decide_worded(id, to, by)
    if then:
        then(row, tx)
    tx.note(day_of(at), f"{kind} words {id} of {name} {to} by account {by}, written by account {row.by}")
    return row


# ---- as they lie in the store


def opened(house: House, row: Worded) -> dict[str, str]:
    """The words of a row, by language."""
    found: dict[str, str] = _unsealed(house, row)["texts"]
    return found


def _sealed(house: House, row: Worded, texts: Mapping[str, str], at: int) -> bytes:
    """The words and when they were written, epoch seconds, bound to what they are."""
    return house.vault.seal(json.dumps({"at": at, "texts": dict(texts)}, ensure_ascii=False).encode(), _about(row))


def _unsealed(house: House, row: Worded) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(house.vault.unseal(row.sealed, _about(row)))
    return found


def _about(row: Worded) -> bytes:
    return f"worded|{row.consultation}|{row.kind}|{row.about}".encode()


def _words(house: House, row: Worded) -> Words:
    texts = opened(house, row)
    names = tuple(dict.fromkeys(each for words in texts.values() for each in maybe_names(words)))
    return Words(row.id, row.about, row.state, row.by, texts, names)
