"""A release of the shipped example on safety, of invented people: everything a page can show stands in it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from consult.consultation import Consultation, Question, read
from consult.findings.compiling import Aims, chapters
from consult.findings.persons import CHANNEL, Person
from consult.findings.protection import Rules
from consult.findings.themes import with_themes
from consult.releases import canonical, wording
from consult.store.records import Release
from tests.conftest import EXAMPLES

NOT_REACHED = [{"area": "North <b>bank</b>", "why": "no_network"}, {"area": "الضفة", "why": "unsafe"}]

ASK = {
    **{"id": 1, "texts": {"en": "Mend the <i>road</i>"}, "addressed_to": {"en": "the mayors"}, "forum": ""},
    **{"agenda_item": "", "session": "", "tabled_on": "", "hindrance": "no quorum", "due": "2026-12-01"},
    **{"review_on": "", "state": "heard", "reason": "", "answer": {}, "overdue": 9, "release": 0, "question": ""},
    **{"choice": "", "returned": []},
}


def consultation() -> Consultation:
    return read((EXAMPLES / "safety.toml").read_text(encoding="utf-8"))


def crowd(asked: Consultation, n: int = 240) -> list[Person]:
    """What they say follows from their number; the second third is of one mind."""
    return [_person(asked, at) for at in range(n)]


def _person(asked: Consultation, at: int) -> Person:
    answers: dict[str, Any] = {}
    segments = {CHANNEL: "voice" if at % 3 == 0 else "sms"}
    for place, question in enumerate(asked.questions):
        codes = [option.name for option in question.choices]
        if question.segment and codes:
            segments[question.name] = codes[at % 2]
            answers[question.name] = codes[at % 2]
        elif question.type == "select_one":
            answers[question.name] = codes[0 if at % 2 == 0 and at % 5 else (at + place) % len(codes)]
        elif question.type == "select_multiple":
            answers[question.name] = tuple(sorted({codes[at % len(codes)], codes[(at + 1) % len(codes)]}))
    return Person(at, at % 12 == 0, "", False, True, True, at % 4 != 0, answers, segments)


def document(n: int = 240, *, flash: bool = False) -> dict[str, Any]:
    """As `consult.releases` makes it."""
    asked = consultation()
    segment = next(question for question in asked.questions if question.segment)
    codes = [option.name for option in segment.choices]
    wanted = [(codes[0], 100, 0.4), (codes[1], 400, 0.6)]
    source = {"source": "Census", "dated": "2019-06-30"}
    targets = [{"variable": segment.name, "value": v, "people": p, "share": s, **source} for v, p, s in wanted]
    aims = Aims({(segment.name, v): p for v, p, _ in wanted}, {segment.name: {v: s for v, _, s in wanted}})
    people = {"enrolled": crowd(asked, n), "open": crowd(asked, 12)}
    return {
        "format": 1,
        "kind": "release",
        "consultation": asked.name,
        "number": 1,
        "title": dict(asked.title),
        "languages": list(asked.languages),
        "risk": asked.risk,
        "round": 1,
        "version": 1,
        "definition": "d" * 64,
        "wording": wording(asked.questions),
        "window": ["2026-12", "2027-01"],
        "convenor": dict(asked.convenor),
        "readers": dict(asked.readers),
        "await_native_review": ["ha"],
        "input": {"arrival": 7, "sha256": "e" * 64},
        "before": None,
        "rules": {"cell": 10, "base": 30, "width": 5, "rounding": 5, "dominance": 0.5, "band": 100},
        "code": "0",
        "coverage": {"targets": targets, "not_reached": NOT_REACHED},
        "spent": [{"channel": "sms", "segments": 900, "money": 7.5}],
        "chapters": chapters(asked, people, Rules(), None, aims, flash=flash),
        "asks": [ASK],
    }


def as_kept(made: dict[str, Any]) -> Release:
    text = canonical(made)
    return Release(
        made["consultation"], made["number"], 20_800, 7, hashlib.sha256(text.encode()).hexdigest(), text, b""
    )


SCHEME = {"name": "Why <b>", "version": "0.1", "sha256": "c" * 64}


def themed(n: int = 240) -> dict[str, Any]:
    """The same with a question in people's own words: two thirds say water, a third of them the road too."""
    told = document(n)
    question = Question("text", "why", {"en": "What <i>matters</i>?", "fr": "Pourquoi ?"})
    frame = [replace(each, written={"why": f"m{each.id}"}) for each in crowd(consultation(), n)]
    labels = {f"m{at}": ["w", "r"] if at % 9 == 0 else ["w"] if at % 3 else [] for at in range(n - 40)}
    words = {"en": "The well is <u>far</u>.", "ar": "البئر بعيدة."}
    themes = [
        {"code": "w", "definition": "Water is <em>far</em>", "words": words, "agreement": 0.8},
        {"code": "r", "definition": "The road", "words": {}, "agreement": None},
        {"code": "s", "definition": "The school", "words": {}, "agreement": None},
    ]
    coded = {"why": {"scheme": SCHEME, "coders": 2, "themes": themes, "labels": labels}}
    people = {"enrolled": frame, "open": crowd(consultation(), 12)}
    made = with_themes(told["chapters"], (question,), people, coded, Rules(), None)
    return {**told, "wording": [*told["wording"], *wording((question,))], "chapters": made}
