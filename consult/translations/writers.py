"""Who wrote each text of a draft: an account for every field, carried from version to version.

Rule 1: who changes a text is its writer; whoever undoes a change or moves a text to another field has written nothing.
Rule 2: of versions from before writers were kept, whoever kept the version is taken to have written all of it.
Rule 3: it is kept short: one account for each language, and the fields that somebody else wrote.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

from consult.consultation import Consultation
from consult.store import View
from consult.store.records import Draft
from consult.translations.strings import fields

Writers = Mapping[str, int]  # field -> account


def of(view: View, draft: Draft, whole: Consultation) -> dict[str, int]:
    """The writer of every text of this version."""
    kept: dict[str, int] = json.loads(view.writers(draft.name, draft.number) or "{}")
    return {field: kept.get(field, kept.get(_tongue(field), draft.by)) for field in fields(whole)}


def carried(before: Writers, old: Mapping[str, str], new: Mapping[str, str], by: int) -> dict[str, int]:
    """Of the texts of a next version; `old` and `new` are what stood and what stands."""
    left = [field for field, text in old.items() if new.get(field) != text]
    wrote = {(_tongue(field), old[field]): before.get(field, by) for field in (*old, *left)}  # who left a field, last
    return {
        field: before.get(field, by) if text == old.get(field) else wrote.get((_tongue(field), text), by)
        for field, text in new.items()
    }


def packed(writers: Writers) -> str:
    """As it is kept."""
    usual = {tag: _most_often(writers, tag) for tag in sorted({_tongue(field) for field in writers})}
    others = {field: by for field, by in writers.items() if by != usual[_tongue(field)]}
    return json.dumps(usual | others, separators=(",", ":"))


def _most_often(writers: Writers, tag: str) -> int:
    return Counter(by for field, by in writers.items() if _tongue(field) == tag).most_common(1)[0][0]


def _tongue(field: str) -> str:
    return field.rpartition(".")[2]
