"""The audit outside its database: one line each, day, what, hash, separated by tabs; the first line names the form.

Whoever keeps the last hash elsewhere (on paper, with another organisation) can tell later that no line before it was
changed, added or taken out. The chain itself is the store's (`consult.store.ledger`).
Rule 1: verifying needs the file alone: no data folder, no key, no network. The README has the three lines of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from consult.store.ledger import broken_chain

FORM = "consult audit 1"
Line = tuple[int, str, str, str]  # number, day, what, hash


@dataclass(frozen=True, slots=True)
class Verdict:
    """`broken` is the number of the first line that does not follow from those before it; `head` the last hash."""

    lines: int
    head: str
    broken: int | None = None
    passed: bool = True  # the hash that was asked for stands in the chain


def written(lines: Iterable[Line]) -> str:
    """The file."""
    return "\n".join((FORM, *(f"{day}\t{what}\t{hash}" for _, day, what, hash in lines))) + "\n"


def read(text: str) -> list[Line]:
    """Raises ValueError naming the line that is none."""
    first, *rest = text.removesuffix("\n").split("\n")
    if first.strip() != FORM:
        raise ValueError(f"this is no exported audit: its first line is not '{FORM}'")
    return [_line(number, text) for number, text in enumerate(rest, 1)]


def verify(lines: Sequence[Line], noted: str = "") -> Verdict:
    """Whether the chain holds, and holds the hash that was `noted` before."""
    known = {hash for *_, hash in lines}
    return Verdict(len(lines), lines[-1][3] if lines else "", broken_chain(list(lines)), not noted or noted in known)


def _line(number: int, text: str) -> Line:
    parts = text.split("\t")
    if len(parts) != 3:
        raise ValueError(f"line {number} is no line of an audit")
    return (number, parts[0], parts[1], parts[2])
