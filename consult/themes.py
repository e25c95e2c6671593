"""Themes of what people wrote: a code scheme and labels that people made elsewhere, kept for one question.

Rule 1: labels say what a woman wrote about. They are kept sealed, by the name that her own key gives to a message
(`Opening.message`): nobody can tell whose a label is once she is erased or the consultation's key is destroyed.
Rule 2: the first coder's labels are counted, or what both settled. A second coder's are compared with the first's, over
the messages that both read, and kept nowhere.
Rule 3: each release keeps them as they were then. What a moderator holds back is in none (`consult.moderation`).
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
    """What was read from files or found on pages. `words`: code -> language -> paraphrase; None: those that
    stand stay. `settled`: what two coders
    agreed on afterwards; people are counted by it, while their agreement stays that of `labels` and `second`."""

    scheme: Scheme
    labels: Labels
    second: Labels | None = None
    words: Mapping[str, Mapping[str, str]] | None = field(default_factory=dict)
    settled: Labels | None = None


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
    counted = first if coding.settled is None else _known(coding.settled, known)
    if not counted:
        raise NothingKnown(f"no labelled message is an answer to {question}: code what findings texts wrote of it")
    themes: list[dict[str, Any]] = [
        {
            "code": code.id,
            "definition": code.definition,
            "words": dict((coding.words or {}).get(code.id, {})),
            "agreement": of_theme(code.id, first, second, Rules().base),
        }
        for code in coding.scheme.themes()
    ]
    scheme = coding.scheme
    told = {
        "scheme": {"id": scheme.id, "name": scheme.name, "version": scheme.version, "sha256": scheme.sha256},
        "coders": 1 if coding.second is None else 2,
        "themes": themes,
        "labels": counted,
    }
    house.store.write(partial(_keep, house, (name, question), told, f"{by}, scheme {scheme.sha256[:16]}", day, coding))
    unknown = len((coding.labels.keys() | (coding.second or {}).keys()) - known)
    return Kept(len(counted), unknown, tuple((each["definition"], each["agreement"]) for each in themes))


def _known(labels: Labels, known: frozenset[str]) -> dict[str, tuple[str, ...]]:
    return {message: codes for message, codes in labels.items() if message in known}


def _keep(
    house: House, where: tuple[str, str], told: Mapping[str, Any], by: str, day: int, coding: Coding, tx: Tx
) -> None:
    name, question = where
    if coding.words is None:
        stand = {each["code"]: each["words"] for each in _told(house, tx, name, question).get("themes", ())}
        told = {**told, "themes": [each | {"words": stand.get(each["code"], {})} for each in told["themes"]]}
    tx.set(f"themes:{name}:{question}", _sealed(house, name, question, told))
    tx.note(day, f"themes of {question} of {name} set by {by}")


def kept(house: House, name: str, questions: tuple[Question, ...]) -> dict[str, Any]:
    """Question -> its themes and labels as they were last set; none where they never were."""
    return house.store.read(partial(_standing, house, name, questions))


def _standing(house: House, name: str, questions: tuple[Question, ...], view: View) -> dict[str, Any]:
    found, held = dict[str, Any](), view.writings_held(name)
    for question in questions:
        if told := _told(house, view, name, question.name):
            labels = {message: codes for message, codes in told["labels"].items() if message not in held}
            found[question.name] = {**told, "labels": labels}
    return found


def reword(house: House, tx: Tx, theme: tuple[str, str, str], words: Mapping[str, str]) -> bool:
    """A theme (consultation, question, code) has these words by language from now on; False where it is none."""
    name, question, code = theme
    told = _told(house, tx, name, question)
    if not told or code not in {each["code"] for each in told["themes"]}:
        return False
    changed = [each | {"words": dict(words)} if each["code"] == code else each for each in told["themes"]]
    tx.set(f"themes:{name}:{question}", _sealed(house, name, question, {**told, "themes": changed}))
    return True


def _told(house: House, view: View, name: str, question: str) -> dict[str, Any]:
    sealed = view.setting(f"themes:{name}:{question}")
    found: dict[str, Any] = (
        json.loads(house.vault.unseal(bytes.fromhex(sealed), _about(name, question))) if sealed else {}
    )
    return found


def _sealed(house: House, name: str, question: str, told: Mapping[str, Any]) -> str:
    plain = json.dumps(told, sort_keys=True, ensure_ascii=False).encode()
    return house.vault.seal(plain, _about(name, question)).hex()


def _about(name: str, question: str) -> bytes:
    return f"themes|{name}|{question}".encode()
