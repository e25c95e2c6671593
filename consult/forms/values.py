"""What came of a form: a consultation, and everything that it could not take over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from consult.consultation import Consultation

LEFT_OUT, APPROXIMATED = "left out", "approximated"


class FormError(Exception):
    """The form cannot be used at all; the message says why and what would help."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that is not the same on the other side. `row` 0 and `column` "" where it has no such place."""

    sheet: str
    row: int
    column: str
    what: str
    done: Literal["left out", "approximated"] = "left out"

    def __str__(self) -> str:
        row = f", row {self.row}" if self.row else ""
        column = f", column {self.column}" if self.column else ""
        return f"{self.sheet}{row}{column}: {self.done}: {self.what}"


@dataclass(frozen=True, slots=True)
class Imported:
    """`owed` names each key that a definition needs and a form does not have, with what belongs there."""

    consultation: Consultation
    losses: tuple[Loss, ...]
    owed: tuple[tuple[str, str], ...]
