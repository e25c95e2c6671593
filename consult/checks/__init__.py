"""What is wrong with a consultation, before anyone hears it: every fault with its line or question, and the cure.

Errors refuse publication: of one language where the fault names a `language` (D25), else of the whole. Warnings and
notes are for the facilitator to weigh. What a medium makes of the texts (length, cost) is checked by its channel.

Rule 1: every fault is told, in the order of the file; no check stops another.
Rule 2: bounded work, whatever the definition; a definition that `read` gave never raises here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from consult.checks import airing, compounds, languages, logic, outline, questions, wording
from consult.checks.sensitive import Lists, lists, shipped
from consult.checks.surroundings import Pack
from consult.consultation import Consultation, Fault

__all__ = ["Lists", "Pack", "check", "lists"]


def check(
    consultation: Consultation,
    packs: Mapping[str, Pack],
    sensitive: Mapping[str, Lists] | None = None,
    *,
    today: date | None = None,
) -> list[Fault]:
    """Every fault. `packs` are the installed languages by tag; `sensitive` replaces the shipped word lists.

    `today`: the day that no date of a consultation to be held may lie before.
    """
    return list(_faults(consultation, packs, shipped() if sensitive is None else sensitive, today))


def _faults(
    consultation: Consultation, packs: Mapping[str, Pack], listed: Mapping[str, Lists], today: date | None
) -> Iterator[Fault]:
    lexicons = {tag: packs[tag].lexicon for tag in consultation.languages if tag in packs}
    yield from outline.check(consultation, today)
    yield from languages.check(consultation, packs)
    yield from questions.check(consultation, lexicons)
    yield from logic.check(consultation)
    yield from airing.check(consultation)
    yield from compounds.check(consultation)
    yield from wording.check(consultation, lexicons, listed)
