"""The gate every shown figure passes: fewer than ten people are never a number.

Rule 1: a count from 0 to 9 is shown as "<10"; zero discloses as much as one.
Rule 2: where a single cell of a question is hidden, its neighbour of least size is hidden too, else subtraction finds it.
Rule 3: a full cell discloses: where everybody gave one answer, no cell of the question is shown.
Rule 4: figures move only when at least ten more people have spoken (`moved`).
"""

from __future__ import annotations

from typing import Any

from consult.findings.tally import FrameTable, QuestionTable

MINIMUM = 10  # people; upward only
SMALL = f"<{MINIMUM}"
PEOPLE = ("started", "consented", "finished", "stopped", "declined", "partial", "late", "shared")


def shown(table: FrameTable, *, raw: bool = False) -> dict[str, Any]:
    """A frame's table as plain values for JSON, CSV and pages; `raw` only for invented data and the audited local tally."""
    out: dict[str, Any] = {"frame": table.frame}
    out.update({name: _count(getattr(table, name), raw) for name in PEOPLE})
    out["questions"] = [_question(question, raw) for question in table.questions]
    return out


def _question(question: QuestionTable, raw: bool) -> dict[str, Any]:
    counts: dict[str, int | str] = dict(question.counts) if raw else _cells(question)
    return {
        "name": question.name,
        "type": question.type,
        "people": _count(question.people, raw),
        "skipped": _count(question.skipped, raw),
        "counts": counts,
    }


def _cells(question: QuestionTable) -> dict[str, int | str]:
    counts = question.counts
    if any(n >= question.people for n in counts.values()):
        return dict.fromkeys(counts, SMALL)
    hidden = {code for code, n in counts.items() if n < MINIMUM}
    left = sorted((n, code) for code, n in counts.items() if code not in hidden)
    if len(hidden) == 1 and left:
        hidden.add(left[0][1])
    return {code: SMALL if code in hidden else n for code, n in counts.items()}


def _count(n: int, raw: bool) -> int | str:
    return n if raw or n >= MINIMUM else SMALL


def moved(people_since: int) -> bool:
    """Whether enough people have spoken since figures were last shown."""
    return people_since >= MINIMUM
