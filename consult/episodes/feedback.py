"""What an episode may tell of the one before: which answers were named most often, never how often.

Rule 1: only after the window closed (D19), and only what passes the gate: an answer whose number is not shown is not
named, so a question of which little is shown is told as too few answers.
Rule 2: frames are never merged: a question is told from the frame that shows most people; no place, no group, no party.
Rule 3: an order, no percentages: they would be taken for an election.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from consult.edition import Edition
from consult.episodes.windows import NotNow
from consult.events import Escape
from consult.figures import figures
from consult.house import House
from consult.store.aired import Episode

_ESCAPES = frozenset(escape.value for escape in Escape)


@dataclass(frozen=True, slots=True)
class Told:
    """A question's words, and its answers by how often they were named: those named equally often stand together.
    Empty where too little may be shown."""

    question: str
    ranks: tuple[tuple[str, ...], ...]


def heard(house: House, episode: Episode, edition: Edition, tag: str, at: int) -> list[Told]:
    """Of each question with choices that this episode read, in this language. Raises NotNow, custody.CustodyError."""
    over = episode.closes_at is not None and at >= episode.closes_at
    if not over and episode.state not in ("closed", "booked"):
        raise NotNow(f"episode {episode.number} is {episode.state}; close its window first")
    tables = figures(house, episode.consultation)["frames"]
    asked = [edition.questions[edition.index[name]].definition for name in episode.asks.split()]
    return [
        Told(
            question.label[tag],
            _ranks(_best(tables, question.name), {each.name: each.label[tag] for each in question.choices}),
        )
        for question in asked
        if question.choices
    ]


def _best(tables: Iterable[Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    """The counts of the frame in which most people are shown for this question."""
    rows = [row for table in tables for row in table["questions"] if row["name"] == name]
    shown = [row for row in rows if isinstance(row["people"], int)]
    best: Mapping[str, Any] = max(shown, key=lambda row: int(row["people"]), default={"counts": {}})
    counts: Mapping[str, Any] = best["counts"]
    return counts


def _ranks(counts: Mapping[str, Any], labels: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    seen = {code: n for code, n in counts.items() if code not in _ESCAPES and isinstance(n, int) and n > 0}
    steps = sorted(set(seen.values()), reverse=True)
    return tuple(tuple(labels[code] for code in labels if seen.get(code) == step) for step in steps)
