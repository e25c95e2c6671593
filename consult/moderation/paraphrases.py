"""What women say with a theme, in words that are nobody's: written by one, approved by another, told by releases.

Rule 1: nobody is quoted. A paraphrase is of a theme, which a release shows from ten people on; of one text there is
none, since it would be one woman's.
Rule 2: approved words take the place of those that came with the labels (`consult.themes`), and stand in the next
release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from consult import themes
from consult.house import House
from consult.moderation import wording
from consult.moderation.wording import NotSaid, opened
from consult.store import Tx
from consult.store.moderated import Worded

KIND: Final = "theme"


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme that labels stand for. `words`: how a release would tell it now, by language."""

    question: str
    code: str
    definition: str
    words: Mapping[str, str]


def told(house: House, name: str) -> list[Theme]:
    """Every theme of a consultation. Raises LookupError for none of this name."""
    published = house.store.read(lambda view: view.published(name))
    if published is None:
        raise LookupError(name)
    kept = themes.kept(house, name, house.library.edition(published).consultation.questions)
    return [
        Theme(question, each["code"], each["definition"], each["words"])
        for question, told in kept.items()
        for each in told["themes"]
    ]


def write(house: House, name: str, theme: tuple[str, str], texts: Mapping[str, str], *, at: int, by: int) -> int:
    """Words for a theme (question and code), by language; their number. Raises NotSaid, LookupError."""
    if theme not in {(each.question, each.code) for each in told(house, name)}:
        raise NotSaid("gone", "there is no such theme; bring in its labels first")
    kept = wording.clean(house, name, texts)
    row = wording.row_of(house, name, KIND, " ".join(theme), kept, at=at, by=by)
    return house.store.write(partial(_write, name, row))


def approve(house: House, name: str, id: int, *, at: int, by: int) -> None:
    """They stand in the next release. Raises NotSaid."""
    wording.approve(house, (name, KIND, id), at=at, by=by, then=partial(_stand, house))


def decline(house: House, name: str, id: int, *, at: int, by: int) -> None:
    """They are not said. Raises NotSaid."""
    wording.decline(house, (name, KIND, id), at=at, by=by)


def _write(name: str, row: Worded, tx: Tx) -> int:
    id = tx.keep_worded(row)
    tx.note(row.day, f"a paraphrase for {name} written by account {row.by} (words {id})")
    return id


def _stand(house: House, row: Worded, tx: Tx) -> None:
    question, _, code = row.about.partition(" ")
    if not themes.reword(house, tx, (row.consultation, question, code), opened(house, row)):
        raise NotSaid("gone", "the theme is not there any more: other labels came in")
