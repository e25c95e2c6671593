"""What people wrote in their own words, as themes: how many distinct people hold each. Pure.

Rule 1: people are counted, never messages: of each person the answer that counts, in each frame by itself.
Rule 2: each theme is a table of yes and no over everybody who wrote, protected like any other question without a
breakdown; beside it what the release before said of it. A theme that fewer than ten hold is not there at all.
Rule 3: those who hold none of the themes shown are nobody or ten and more; else the smallest new theme waits too.
Rule 4: a theme is told by its definition and its paraphrases. No word that anybody wrote comes here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from consult.consultation import Question
from consult.findings.compiling import Earlier, table_of, table_values, without
from consult.findings.persons import NO, YES, Person
from consult.findings.protection import Before, Rules, Said, protect

Coded = Mapping[str, Any]  # of one question, as `consult.themes` keeps it
_NOBODY: Final[Mapping[str, str]] = {}


def with_themes(
    chapters: Sequence[dict[str, Any]],
    questions: Sequence[Question],
    frames: Mapping[str, Sequence[Person]],
    coded: Mapping[str, Coded],
    rules: Rules,
    earlier: Earlier | None,
) -> list[dict[str, Any]]:
    """The chapters, each with the themes of its questions that were coded; as they are, where none was."""
    asked = [each.name for each in questions if each.type == "text" and each.name in coded]
    if not asked:
        return list(chapters)
    return [
        {
            **each,
            "themes": [
                _Question(name, coded[name], frames[each["frame"]], rules, _then(name, each["frame"], earlier)).told()
                for name in asked
            ],
        }
        for each in chapters
    ]


def said(frame: Sequence[Person], question: str, coded: Coded, code: str) -> list[Said]:
    """Everybody who wrote, and whether this theme was found in it."""
    labels = coded["labels"]
    return [
        Said(each.id, YES if code in labels.get(each.written[question], ()) else NO, _NOBODY, each.source)
        for each in frame
        if question in each.written
    ]


def _read(frame: Sequence[Person], question: str, coded: Coded) -> list[Said]:
    """Everybody who wrote, and whether a coder read it."""
    return [
        Said(each.id, YES if each.written[question] in coded["labels"] else NO, _NOBODY, each.source)
        for each in frame
        if question in each.written
    ]


def named(code: str) -> str:
    """How a theme is called in a release: its own id may be anybody's words."""
    return f"~{hashlib.sha256(code.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class _Then:
    """The release before, of one question in one frame: what it told, its labels, its people, and how many are gone."""

    told: Mapping[str, Any]
    coded: Coded
    frame: Sequence[Person]
    erased: int


def _then(question: str, frame: str, earlier: Earlier | None) -> _Then | None:
    """None where the release before told no themes of it."""
    chapter = next((each for each in earlier.chapters if each["frame"] == frame), {}) if earlier else {}
    told = next((each for each in chapter.get("themes", ()) if each["question"] == question), None)
    if earlier is None or told is None:
        return None
    return _Then(told, earlier.coded[question], earlier.frames.get(frame, ()), earlier.erased.get(frame, 0))


@dataclass(frozen=True, slots=True)
class _Question:
    """The themes of one question in one frame."""

    name: str
    coded: Coded
    frame: Sequence[Person]
    rules: Rules
    then: _Then | None

    def told(self) -> dict[str, Any]:
        scheme = self.coded["scheme"]
        shown = [told for each in self.coded["themes"] if (told := self._theme(each))]
        return {
            "question": self.name,
            "scheme": {key: scheme[key] for key in ("name", "version", "sha256")},
            "coders": self.coded["coders"],
            "read": self._read(),
            "themes": self._complemented(shown),
        }

    def _read(self) -> dict[str, Any] | None:
        """How many of those who wrote were read by a coder; None where that were all, or nearly."""
        before, then = None, self.then
        if then:
            stood = [table_of(self.name, then.told["read"])] if then.told["read"] else []
            before = Before(stood, _read(then.frame, self.name, then.coded), then.erased)
        marked = _read(self.frame, self.name, self.coded)
        whole = protect(self.name, marked, (), rules=self.rules, codes=(YES, NO), before=before).whole()
        return table_values(whole) if whole and not whole.band else None

    def _theme(self, theme: Mapping[str, Any]) -> dict[str, Any] | None:
        """One theme as it is told; None where it may not be."""
        answered = said(self.frame, self.name, self.coded, theme["code"])
        stood, before = self._before(theme)
        made = protect(self.name, answered, (), rules=self.rules, codes=(YES, NO), before=before)
        whole = made.whole()
        if whole is None or whole.band == frozenset({NO}):
            return None
        if made.frozen and stood:
            return {**stood, "without_shared": None, "frozen": True}
        return {
            "id": named(theme["code"]),
            "definition": theme["definition"],
            "words": dict(theme["words"]),
            "agreement": theme["agreement"],
            "tables": [table_values(whole)],
            "without_shared": without(made, answered, self._alone(answered), self.rules),
            "frozen": False,
        }

    def _alone(self, answered: Iterable[Said]) -> list[Said]:
        shared = {each.id for each in self.frame if each.shared}
        return [one for one in answered if one.who not in shared]

    def _before(self, theme: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, Before | None]:
        """What the release before told of this theme, by its code or its words, and who held it then."""
        was = next((each for each in self.then.coded["themes"] if _same(each, theme)), None) if self.then else None
        if self.then is None or was is None:
            return None, None
        stood = next((each for each in self.then.told["themes"] if each["id"] == named(was["code"])), None)
        tables = [table_of(self.name, each) for each in stood["tables"]] if stood else []
        held = said(self.then.frame, self.name, self.then.coded, was["code"])
        return stood, Before(tables, held, self.then.erased)

    def _complemented(self, shown: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Without the smallest of the new ones, until the rest is nobody or ten and more (rule 3)."""
        kept = list(shown)
        stood = {each["id"] for each in self.then.told["themes"]} if self.then else set[str]()
        while 0 < self._rest({each["id"] for each in kept}) < self.rules.cell:
            fresh = [each for each in kept if each["id"] not in stood]
            if not fresh:
                break
            kept.remove(min(fresh, key=_size))
        return kept

    def _rest(self, shown: Container[str]) -> int:
        """How many wrote and hold none of these themes."""
        codes = {str(each["code"]) for each in self.coded["themes"] if named(each["code"]) in shown}
        labels, wrote = self.coded["labels"], [each for each in self.frame if self.name in each.written]
        return sum(codes.isdisjoint(labels.get(each.written[self.name], ())) for each in wrote)


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    alike: bool = one["definition"].casefold() == other["definition"].casefold()
    return alike or one["code"] == other["code"]


def _size(theme: Mapping[str, Any]) -> tuple[int, str]:
    """Those of a band are nearly everybody."""
    (table,) = theme["tables"]
    return (table["people"] if table["band"] else table["cells"][0][table["columns"].index([YES])]), theme["id"]
