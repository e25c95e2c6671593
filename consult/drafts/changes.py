"""What a draft changes of the version that is live: each difference by itself, for a page to word. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from consult.consultation import Consultation
from consult.drafts.fields import flat

_UNSHOWN: Final = ("compounds", "dialect", "background_audio")  # what no field of the page shows


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` happened, to which question ("" for the whole); for a changed field its path and both values."""

    what: Literal["added", "removed", "order", "changed", "language added", "language removed", "file"]
    question: str = ""
    field: str = ""
    before: str = ""
    after: str = ""


def differences(live: Consultation, draft: Consultation) -> list[Difference]:
    """In the order of the page: the whole first, then question by question."""
    return list(_differences(live, draft))


def _differences(live: Consultation, draft: Consultation) -> Iterator[Difference]:
    yield from (Difference("language added", after=tag) for tag in draft.languages if tag not in live.languages)
    yield from (Difference("language removed", before=tag) for tag in live.languages if tag not in draft.languages)
    before, after = [each.name for each in live.questions], [each.name for each in draft.questions]
    yield from (Difference("removed", name) for name in before if name not in after)
    if [name for name in before if name in after] != [name for name in after if name in before]:
        yield Difference("order", before=", ".join(before), after=", ".join(after))
    both = set(before) & set(after)
    yield from _fields(live, draft, "")
    for name in after:
        yield from _fields(live, draft, name) if name in both else (Difference("added", name),)
    yield from (Difference("file", field=key) for key in _UNSHOWN if getattr(live, key) != getattr(draft, key))
    yield from _recordings(live, draft)


def _fields(live: Consultation, draft: Consultation, question: str) -> Iterator[Difference]:
    old, new = flat(live), flat(draft)
    for field in dict.fromkeys((*new, *old)):
        kind, *rest = field.split(".")
        of = "" if field.startswith("top.") else rest[0]
        if (
            kind != "only"
            and of == question
            and old.get(field, "") != new.get(field, "")
            and not _of_one_language(live, draft, rest)
        ):
            yield Difference("changed", question, field, old.get(field, ""), new.get(field, ""))


def _of_one_language(live: Consultation, draft: Consultation, path: list[str]) -> bool:
    """A text in a language that only one of them has: the language is told, not each of its texts."""
    return path[-1] in set(live.languages) ^ set(draft.languages) and len(path) > 1


def _recordings(live: Consultation, draft: Consultation) -> Iterator[Difference]:
    audio = {each.name: each.audio for each in live.questions}
    for question in draft.questions:
        if question.name in audio and audio[question.name] != question.audio:
            yield Difference("file", question.name, "audio")
