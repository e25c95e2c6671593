"""Themes of what people wrote: a code scheme and labels that people made elsewhere, kept for one question.

Rule 1: labels say what a woman wrote about. They are kept sealed, by the name that her own key gives to a message
(`Opening.message`): nobody can tell whose a label is once she is erased or the consultation's key is destroyed.
Rule 2: the first coder's labels are counted. A second coder's are compared with them, over the messages that both read,
and kept nowhere.
Rule 3: each release keeps them as they were then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from consult.consultation import Question
from consult.figures import opened
from consult.findings.agreement import of_theme
from consult.findings.coding import Labels, Scheme
from consult.findings.protection import Rules
from consult.house import House
from consult.store import Tx, View
from consult.writings import asked, names


class NothingKnown(Exception):
    """No message of the file is an answer to this question."""


@dataclass(frozen=True, slots=True)
class Coding:
    """What was read from the files. `words`: code -> language -> paraphrase."""

    scheme: Scheme
    labels: Labels
    second: Labels | None = None
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """How many messages' labels were kept, how many messages nobody knows, and each theme with its agreement."""

    messages: int
    unknown: int
    themes: tuple[tuple[str, float | None], ...]


def keep(
    house: House, name: str, question: str, coding: Coding, *, day: int, by: str, private: bytes | None = None
) -> Kept:
    """From now on these are the themes of `question`. Raises NothingKnown, figures.NoSuch, custody.NoKey."""
    opening = opened(house, name, private)
    asked(house, opening.published, question)
    known = names(opening, question)
    first, second = _known(coding.labels, known), _known(coding.second or {}, known)
    if not first:
        raise NothingKnown(f"no labelled message is an answer to {question}: code what findings texts wrote of it")
    themes: list[dict[str, Any]] = [
        {
            "code": code.id,
            "definition": code.definition,
            "words": dict(coding.words.get(code.id, {})),
            "agreement": of_theme(code.id, first, second, Rules().base),
        }
        for code in coding.scheme.themes()
    ]
    scheme = coding.scheme
    told = {
        "scheme": {"id": scheme.id, "name": scheme.name, "version": scheme.version, "sha256": scheme.sha256},
        "coders": 1 if coding.second is None else 2,
        "themes": themes,
        "labels": first,
    }
    sealed = house.vault.seal(json.dumps(told, sort_keys=True, ensure_ascii=False).encode(), _about(name, question))
    house.store.write(partial(_keep, name, question, sealed.hex(), scheme, day, by))
    unknown = len((coding.labels.keys() | (coding.second or {}).keys()) - known)
    return Kept(len(first), unknown, tuple((each["definition"], each["agreement"]) for each in themes))


def _known(labels: Labels, known: frozenset[str]) -> dict[str, tuple[str, ...]]:
    return {message: codes for message, codes in labels.items() if message in known}


def _keep(name: str, question: str, sealed: str, scheme: Scheme, day: int, by: str, tx: Tx) -> None:
    tx.set(f"themes:{name}:{question}", sealed)
    tx.note(day, f"themes of {question} of {name} set by {by}, scheme {scheme.sha256[:16]}")


def kept(house: House, name: str, questions: tuple[Question, ...]) -> dict[str, Any]:
    """Question -> its themes and labels as they were last set; none where they never were."""
    found: dict[str, Any] = {}
    for question in questions:
        sealed = house.store.read(partial(_setting, f"themes:{name}:{question.name}"))
        if sealed:
            found[question.name] = json.loads(house.vault.unseal(bytes.fromhex(sealed), _about(name, question.name)))
    return found


def _setting(name: str, view: View) -> str | None:
    return view.setting(name)


def _about(name: str, question: str) -> bytes:
    return f"themes|{name}|{question}".encode()
