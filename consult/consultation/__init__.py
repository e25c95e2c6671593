"""The definition: one TOML file, read, written, and checked before anyone hears it. See `docs/definition.md`.

Rule 1: `read` gives a Consultation or raises Refused with every structural fault, its line and its cure; whatever the
text holds, in bounded time, it does nothing else.
Rule 2: `read(write(consultation)) == consultation`, for every consultation that `read` can give.
Rule 3: shape only. Whether the questions make sense, in every language, is for `consult.checks`.
"""

from consult.consultation.reading import LARGEST, MOST_CHOICES, MOST_QUESTIONS, VARIANTS, Refused, read
from consult.consultation.values import Compound, Consultation, Fault, Option, Question, Risk, Texts, Variants
from consult.consultation.writing import write

__all__ = [
    "LARGEST",
    "MOST_CHOICES",
    "MOST_QUESTIONS",
    "VARIANTS",
    "Compound",
    "Consultation",
    "Fault",
    "Option",
    "Question",
    "Refused",
    "Risk",
    "Texts",
    "Variants",
    "read",
    "write",
]
