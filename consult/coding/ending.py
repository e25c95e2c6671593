"""When labels go: with their consultation. It stands apart so that closing one loads nothing that opens texts."""

from __future__ import annotations

from typing import Final

from consult.consultation import read
from consult.store import Tx

_OF: Final = ("coding:{}:{}", "codebook:{}:{}")  # settings of the consultation and the question


def forget(name: str, tx: Tx) -> None:
    """The consultation is retired: what coders found in its texts goes, and its codebooks."""
    versions = [each for each in tx.editions() if each.name == name]
    questions = {question.name for each in versions for question in read(each.toml).questions}
    for setting in (shape.format(name, question) for shape in _OF for question in questions):
        if tx.setting(setting):
            tx.set(setting, "")
