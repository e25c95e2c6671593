"""Who is on the lists, as numbers of people: by import, language and state, and by who they are.

Rule 1: fewer than ten of a kind are shown as that by whoever shows them: the counts here are for reckoning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from consult.contacts.enrolling import Terms, terms_of
from consult.house import House
from consult.letters import segments_in
from consult.store import View
from consult.store.records import Enrolment, Import


@dataclass(frozen=True, slots=True)
class Listed:
    """An import, what was told of it, and how its people stand now: by state (waiting, invited, ...)."""

    imported: Import
    terms: Terms
    states: Counter[str]


def listed(house: House, name: str) -> list[Listed]:
    """Every import of a consultation, the newest first."""

    def look(view: View) -> list[Listed]:
        states: dict[int, Counter[str]] = {}
        for each in view.enrolments(name):
            if each.imported is not None:
                states.setdefault(each.imported, Counter())[each.state] += 1
        return [Listed(one, terms_of(view, one.id), states.get(one.id, Counter())) for one in view.imports(name)][::-1]

    return house.store.read(look)


def waiting(house: House, name: str) -> Counter[str]:
    """How many were never written to, by the language they will be written to in."""
    published = house.store.read(lambda view: view.published(name))
    first = house.library.edition(published).consultation.languages[0] if published else ""
    return house.store.read(lambda view: Counter(each.locale or first for each in _waiting(view, name)))


def kinds(house: House, name: str) -> dict[str, Counter[str]]:
    """How many of those on the lists are who: segment -> value -> people."""
    found: dict[str, Counter[str]] = {}
    sealed = house.store.read(lambda view: [one.segments for one in view.enrolments(name) if one.frame == "enrolled"])
    for each in sealed:
        for segment, value in segments_in(house.vault, each):
            found.setdefault(segment, Counter())[value] += 1
    return found


def _waiting(view: View, name: str) -> Iterator[Enrolment]:
    return (each for each in view.enrolments(name) if each.state == "waiting" and each.frame == "enrolled")
