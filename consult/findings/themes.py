"""What people wrote in their own words, as themes: how many distinct people hold each. Pure.

Rule 1: people are counted, never messages: of each person the answer that counts, in each frame by itself.
Rule 2: each theme is a table of yes and no over everybody who wrote, protected like any other question without a
breakdown; beside it what the release before said of it. A theme that fewer than ten hold is not there at all.
Rule 3: those who hold none of the themes shown are nobody or ten and more; else the smallest new theme waits too.
Rule 4: a theme is told by its definition and its paraphrases. No word that anybody wrote comes here.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

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
                _Question.of(name, coded[name], each["frame"], frames[each["frame"]], rules, earlier).told()
                for name in asked
            ],
        }
        for each in chapters
    ]


class Writer(NamedTuple):
    """Somebody who wrote, or `n` people who are alike. `held`: the codes found in it; None where no coder read it."""

    who: Hashable
    held: tuple[str, ...] | None
    source: str
    shared: bool
    n: int = 1


def _writers(frame: Iterable[Person], question: str, labels: Mapping[str, Sequence[str]]) -> dict[int, Writer]:
    found: dict[int, Writer] = {}
    for each in frame:
        if question in each.written:
            codes = labels.get(each.written[question])
            found[each.id] = Writer(each.id, None if codes is None else tuple(codes), each.source, each.shared)
    return found


def _grouped(writers: Mapping[int, Writer], apart: Container[int]) -> list[Writer]:
    """Those who are alike as one, but for those who stay `apart`: themes are many, and so are people."""
    sizes = Counter(one[1:4] for id, one in writers.items() if id not in apart)
    groups = [Writer(("alike", *kind), *kind, n=n) for kind, n in sizes.items()]
    return [*groups, *(one for id, one in writers.items() if id in apart)]


def _said(writers: Iterable[Writer], code: str) -> list[Said]:
    """Whether this theme was found in what each wrote."""
    return [Said(one.who, YES if code in (one.held or ()) else NO, _NOBODY, one.source, one.n) for one in writers]


def _read(writers: Iterable[Writer]) -> list[Said]:
    """Whether a coder read what each wrote."""
    return [Said(one.who, NO if one.held is None else YES, _NOBODY, one.source, one.n) for one in writers]


def named(code: str) -> str:
    """How a theme is called in a release: its own id may be anybody's words."""
    return f"~{hashlib.sha256(code.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class _Then:
    """The release before, of one question in one frame: what it told, its labels, who wrote, and how many are gone."""

    told: Mapping[str, Any]
    coded: Coded
    writers: Sequence[Writer]
    erased: int


@dataclass(frozen=True, slots=True)
class _Question:
    """The themes of one question in one frame."""

    name: str
    coded: Coded
    writers: Sequence[Writer]
    rules: Rules
    then: _Then | None

    @classmethod
    def of(
        cls, name: str, coded: Coded, frame: str, people: Sequence[Person], rules: Rules, earlier: Earlier | None
    ) -> _Question:
        writers = _writers(people, name, coded["labels"])
        told = _told_before(name, frame, earlier)
        if earlier is None or told is None:
            return cls(name, coded, _grouped(writers, ()), rules, None)
        was = earlier.coded[name]
        before = _writers(earlier.frames.get(frame, ()), name, was["labels"])
        apart = {id for id in {*writers, *before} if writers.get(id) != before.get(id)}
        then = _Then(told, was, _grouped(before, apart), earlier.erased.get(frame, 0))
        return cls(name, coded, _grouped(writers, apart), rules, then)

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
            before = Before(stood, _read(then.writers), then.erased)
        made = protect(self.name, _read(self.writers), (), rules=self.rules, codes=(YES, NO), before=before)
        whole = made.whole()
        return table_values(whole) if whole and not whole.band else None

    def _theme(self, theme: Mapping[str, Any]) -> dict[str, Any] | None:
        """One theme as it is told; None where it may not be."""
        answered = _said(self.writers, theme["code"])
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
        shared = {one.who for one in self.writers if one.shared}
        return [one for one in answered if one.who not in shared]

    def _before(self, theme: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, Before | None]:
        """What the release before told of this theme, by its code or its words, and who held it then."""
        was = next((each for each in self.then.coded["themes"] if _same(each, theme)), None) if self.then else None
        if self.then is None or was is None:
            return None, None
        stood = next((each for each in self.then.told["themes"] if each["id"] == named(was["code"])), None)
        tables = [table_of(self.name, each) for each in stood["tables"]] if stood else []
        return stood, Before(tables, _said(self.then.writers, was["code"]), self.then.erased)

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
        none = [one for one in self.writers if codes.isdisjoint(one.held or ())]
        read = sum(one.n for one in none if one.held is not None)  # how many were read at all is told beside it
        return read if 0 < read < self.rules.cell else sum(one.n for one in none)


def _told_before(question: str, frame: str, earlier: Earlier | None) -> Mapping[str, Any] | None:
    """What the release before told of the themes of this question in this frame."""
    chapter = next((each for each in earlier.chapters if each["frame"] == frame), {}) if earlier else {}
    return next((each for each in chapter.get("themes", ()) if each["question"] == question), None)


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    alike: bool = one["definition"].casefold() == other["definition"].casefold()
    return alike or one["code"] == other["code"]


def _size(theme: Mapping[str, Any]) -> tuple[int, str]:
    """Those of a band are nearly everybody."""
    (table,) = theme["tables"]
    return (table["people"] if table["band"] else table["cells"][0][table["columns"].index([YES])]), theme["id"]
