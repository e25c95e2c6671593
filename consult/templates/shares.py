"""How a question went: who answered it, who was not sure, who did not understand. From a release, as it stands there.

Rule 1: nothing is counted here. A share is a sum of shares that the release told of everybody; what it held back, gave
as a band or put together with an answer is not told, and of which answer was chosen nothing is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from consult.findings.protection import ESCAPES

TOGETHER: Final = "not_answered"  # several of the escapes, which the release put together
SORTS: Final = ("answered", *ESCAPES, TOGETHER)
MOST: Final = 95  # percent: never everybody (S2)


def of_release(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """By frame and question: {frame, question, people, percent: sort -> share}. None of a flash brief."""
    if document["kind"] != "release":
        return []
    return [told for chapter in document["chapters"] for told in _of(chapter)]


def _of(chapter: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for item in chapter["questions"]:
        whole = next((each for each in item["tables"] if not each["variable"]), None)
        if item["question"] in seen or whole is None or whole["band"]:
            continue
        if percent := _percent(whole):
            seen.add(item["question"])
            told = {"frame": chapter["frame"], "question": item["question"], "people": whole["people"]}
            yield {**told, "percent": percent}


def _percent(whole: Mapping[str, Any]) -> dict[str, int]:
    """Empty where an escape stands together with an answer, since it cannot be told apart then."""
    found: dict[str, int] = {}
    for column, share in zip(whole["columns"], whole["percent"][0], strict=True):
        sort = _sort(frozenset(column))
        if not sort:
            return {}
        found[sort] = min(found.get(sort, 0) + share, MOST)
    return found


def _sort(column: frozenset[str]) -> str:
    escapes = column & {*ESCAPES, ""}
    if not escapes:
        return "answered"
    if escapes != column:
        return ""
    return TOGETHER if len(escapes) > 1 or "" in escapes else min(escapes)
