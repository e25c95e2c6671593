"""The gate every shown figure passes: fewer than ten people are never a number.

Rule 1: a count from 0 to 9 is shown as "<10"; zero discloses as much as one.
Rule 2: where what is hidden of a question adds up to one to nine people, subtraction would find them: the
        smallest cell that could be shown is hidden too, behind the same sign.
        Of people the smaller of two counts, one within the other, is hidden where they differ by one to nine.
Rule 3: a full cell is shown: these figures stay with those who run the consultation. What is published passes more.
Rule 4: a frame's figures move only when ten of its people have begun or answered since (`moved`), a question's only
when ten more have answered it (`steady`): what two views differ by is never the answer of fewer.
"""

from __future__ import annotations

from typing import Any

from consult.findings.tally import FrameTable, QuestionTable

MINIMUM = 10  # people; upward only
SMALL = f"<{MINIMUM}"
PEOPLE = ("invited", "started", "consented", "finished", "stopped", "declined", "partial", "late", "shared")
WITHIN = {  # whose people are all among another's; the wider one stands before it in PEOPLE
    "started": ("invited",),
    "consented": ("started", "invited"),
    "finished": ("consented", "started", "invited"),
    "stopped": ("started", "invited"),
    "declined": ("started", "invited"),
    "partial": ("consented", "started", "invited"),
    "late": ("started", "invited"),
    "shared": ("started", "invited"),
}


def shown(table: FrameTable, *, raw: bool = False) -> dict[str, Any]:
    """A frame's table as plain values for JSON, CSV and pages; `raw` only for invented data and the audited tally."""
    out: dict[str, Any] = {"frame": table.frame}
    out.update({name: getattr(table, name) for name in PEOPLE} if raw else _people(table))
    out["questions"] = [_question(question, raw) for question in table.questions]
    return out


def _people(table: FrameTable) -> dict[str, int | str]:
    """Each count, unless it is small or taking it from one that is shown would leave one to nine people."""
    out: dict[str, int | str] = {}
    for name in PEOPLE:
        n = getattr(table, name)
        wider = [out[other] for other in WITHIN.get(name, ())]
        near = any(isinstance(other, int) and 0 < other - n < MINIMUM for other in wider)
        out[name] = SMALL if near else _count(n, raw=False)
    return _parted(out)


def _parted(out: dict[str, int | str]) -> dict[str, int | str]:
    """Who finished and who is half-way are apart: what both leave of those who consented tells of no few either."""
    whole, *parts = (out[name] for name in ("consented", "finished", "partial"))
    left = [n for n in (whole, *parts) if isinstance(n, int)]
    if len(left) < 3 or not 0 < left[0] - left[1] - left[2] < MINIMUM:
        return out
    return {**out, ("finished" if left[1] < left[2] else "partial"): SMALL}


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
    hidden = {code for code, n in counts.items() if n < MINIMUM}
    if 0 < sum(counts[code] for code in hidden) < MINIMUM and len(hidden) < len(counts):
        hidden.add(min((code for code in counts if code not in hidden), key=counts.__getitem__))
    return {code: SMALL if code in hidden else n for code, n in counts.items()}


def _count(n: int, raw: bool) -> int | str:
    return n if raw or n >= MINIMUM else SMALL


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
