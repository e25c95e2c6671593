"""What a translator's file would change, string by string, before anything is changed. Pure.

Rule 1: the whole file is refused where it is evidently of another consultation or language: one wrong column undoes the
work of weeks.
Rule 2: an empty cell takes nothing away; a string that is not there is named and left alone.
Rule 3: what somebody else wrote since the file was made is not overwritten unless it is chosen; without the version the
file was made from, every difference counts as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from consult.consultation import Consultation
from consult.drafts.fields import cleaned
from consult.translations.sheets import Row, Sheet, Unfit
from consult.translations.strings import String, source, strings
from consult.translations.tongues import foreign, repeated, usual

What = Literal["changed", "same", "unknown", "source", "others", "long", "empty"]


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one row. `stands` and `comes` are the texts; `note` what the translator remarked.

    changed: it would stand; source: too, but of a source that was changed since; others: somebody else wrote here since
    the file was made; long: more than `most` characters.
    """

    what: What
    id: str
    stands: str = ""
    comes: str = ""
    note: str = ""
    most: int = 0

    @property
    def offered(self) -> bool:
        """Whether it can be kept."""
        return self.what in ("changed", "source", "others")


def compared(whole: Consultation, before: Consultation | None, tag: str, sheet: Sheet) -> list[Change]:
    """Every row of the file. `before`: the version it was made from, if that is still kept. Raises Unfit."""
    _demand_fit(whole, tag, sheet)
    here = {each.id: each for each in strings(whole)}
    then = {each.id: each for each in strings(before)} if before else {}
    return [_change(row, here.get(row.id), then.get(row.id), (source(whole), tag)) for row in sheet.rows if row.id]


def _change(row: Row, string: String | None, then: String | None, tags: tuple[str, str]) -> Change:
    first, tag = tags
    if string is None:
        return Change("unknown", row.id[:80], comes=row.text, note=row.note)
    stands, comes = string.text(tag), cleaned(row.text)
    return Change(_what(row, string, then, (first, tag)), row.id, stands, comes, row.note, string.most)


def _what(row: Row, string: String, then: String | None, tags: tuple[str, str]) -> What:
    first, tag = tags
    stands, comes = string.text(tag), cleaned(row.text)
    if comes == stands:
        return "same"
    if not comes:
        return "empty"
    if len(comes) > string.most:
        return "long"
    if stands and stands != (then.text(tag) if then else None):
        return "others"
    return "changed" if first == tag or cleaned(row.source) == string.text(first) else "source"


# ---- whose words


def _demand_fit(whole: Consultation, tag: str, sheet: Sheet) -> None:
    """Raises Unfit: consultation, language, script or column."""
    if sheet.name != whole.name:
        raise Unfit("consultation", sheet.name)
    if sheet.tag != tag:
        raise Unfit("language", sheet.tag)
    fresh = dict(_fresh(whole, tag, sheet))
    if foreign(fresh.values(), usual(tag, (each.text(tag) for each in strings(whole)))):
        raise Unfit("script")
    if other := repeated(fresh, _others(whole, tag)):
        raise Unfit("column", other)


def _fresh(whole: Consultation, tag: str, sheet: Sheet) -> Iterator[tuple[str, str]]:
    """The texts that are not what stands, by string."""
    stands = {each.id: each.text(tag) for each in strings(whole)}
    for row in sheet.rows:
        text = cleaned(row.text)
        if text and row.id in stands and text != stands[row.id]:
            yield row.id, text


def _others(whole: Consultation, tag: str) -> Mapping[str, Mapping[str, str]]:
    found = strings(whole)
    return {other: {each.id: each.text(other) for each in found} for other in whole.languages if other != tag}
