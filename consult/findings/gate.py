"""The gate every shown figure passes: fewer than ten people are never a number.

Rule 1: a count from 0 to 9 is shown as "<10"; zero discloses as much as one.
Rule 2: where what is hidden of a question adds up to one to nine people, subtraction would find them: the smallest cell
        that could be shown is hidden too, and says so ("hidden"), since it is not small.
        Counts of who came and went tell no answer: each of them stands for itself.
Rule 3: a full cell (everybody who answered gave this answer) says as much of each of them as a small one: it is hidden.
Rule 4: a frame's figures move only when ten of its people have begun or answered since (`moved`), a question's only
when ten more have answered it (`steady`): what two views differ by is never the answer of fewer.
"""

from __future__ import annotations

from typing import Any

from consult.findings.tally import FrameTable, QuestionTable

MINIMUM = 10  # people; upward only
SMALL = f"<{MINIMUM}"
PEOPLE = ("invited", "started", "consented", "finished", "stopped", "declined", "partial", "late", "shared")
HIDDEN = "hidden"


def shown(table: FrameTable, *, raw: bool = False) -> dict[str, Any]:
    """A frame's table as plain values for JSON, CSV and pages; `raw` only for invented data and the audited tally."""
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
    shown = {code: _count(n, raw=False) for code, n in question.counts.items()}
    left = sum(n for code, n in question.counts.items() if shown[code] == SMALL)
    large = [code for code, n in shown.items() if isinstance(n, int)]
    if 0 < left < MINIMUM and large:
        shown[min(large, key=question.counts.__getitem__)] = HIDDEN
    return shown | dict.fromkeys((code for code in large if _full(question, code)), HIDDEN)


def _full(question: QuestionTable, code: str) -> bool:
    """Her own words and whole numbers are only counted ("answers"): that all gave one tells nothing."""
    return code != "answers" and question.counts[code] == question.people


def _count(n: int, raw: bool) -> int | str:
    return n if raw else at_least(n)


def at_least(n: int) -> int | str:
    """A number of people as it may be shown by itself."""
    return n if n >= MINIMUM else SMALL


def by_tens(n: int) -> int | str:
    """A number of messages, which may each be one person's: it moves by ten."""
    return n - n % MINIMUM if n >= MINIMUM else SMALL


def steady(table: dict[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
    """A shown table, with each question as it was last shown unless ten more people have answered it since."""
    known = {question["name"]: question for question in before["questions"]} if before else {}
    questions = [_grown(question, known.get(question["name"], question)) for question in table["questions"]]
    return {**table, "questions": questions}


def _grown(now: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    if before["people"] == SMALL or (now["people"] != SMALL and now["people"] - before["people"] >= MINIMUM):
        return now
    return before


def shows(table: dict[str, Any]) -> bool:
    """Whether a shown table gives any number at all."""
    return any(isinstance(table[name], int) for name in PEOPLE)


def moved(people_since: int) -> bool:
    """Whether enough people have begun or answered since figures were last shown."""
    return people_since >= MINIMUM
