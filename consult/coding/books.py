"""The codebook of a question: codes with a definition and a type, in the shape of a Coda scheme, edited as a whole.

Rule 1: it is kept as the text of its scheme file, so that what is taken along has the hash that a release tells.
Rule 2: each change is a version; who changes an older one is told, and nothing of either is lost.
Rule 3: a code keeps its id for ever: labels stand for it. Once somebody codes, no code means something else; one that
is taken away takes its labels along. Once both coders are done nothing changes any more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

from consult.coding import labelling
from consult.episodes.flagging import betrays
from consult.findings import coding
from consult.findings.coding import Code, Scheme, Unclear
from consult.house import House
from consult.library import day_of
from consult.store import Tx, View
from consult.templates.localness import unfit

MOST: Final = 40  # codes that a page offers; a file may bring more, and then is coded elsewhere


class Where(NamedTuple):
    """A question of a consultation."""

    name: str
    question: str


class NotKept(Exception):
    """The codebook stands as it did: `code` is "moved", "done" or "unclear"; the message names each fault."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True, slots=True)
class Book:
    """The scheme and the text of its file; `number` of its version, 0 where none was written yet."""

    number: int
    scheme: Scheme
    text: str


def book(house: House, where: Where) -> Book | None:
    """As it stands."""
    return house.store.read(partial(standing, where))


def standing(where: Where, view: View) -> Book | None:
    """The codebook of this question in this view."""
    text = view.setting(_setting(where))
    return _book(text) if text else None


def _book(text: str) -> Book:
    scheme = coding.scheme(text, _wrong)
    return Book(_number(scheme.version), scheme, text)


def _wrong(words: str) -> str:
    """What may not stand in words that a release tells."""
    return betrays(words) or ("sign that is obeyed elsewhere" if unfit(words) else "")


def write(house: House, where: Where, codes: Sequence[Code], base: int, at: int, by: int) -> Book:
    """These codes from now on. `base`: the version that was looked at. Raises NotKept."""
    made = _scheme(where, codes, base + 1)
    return _keep(house, where, made, base, at, by)


def bring(house: House, where: Where, text: str, base: int, at: int, by: int) -> Book:
    """A scheme from a file, under its own id, as the next version. Raises NotKept."""
    try:
        read = coding.scheme(text, _wrong)
    except Unclear as unclear:
        raise NotKept("unclear", str(unclear)) from None
    made = _scheme(where, read.codes, base + 1, read)
    return _keep(house, where, made, base, at, by)


def _scheme(where: Where, codes: Sequence[Code], number: int, of: Scheme | None = None) -> str:
    told = {
        "SchemeID": of.id if of else f"Scheme-{where.name}-{where.question}",
        "Name": of.name if of else where.question.replace("_", " "),
        "Version": f"{number // 100}.{number % 100}",
        "Codes": [_told(code, n) for n, code in enumerate(codes)],
    }
    return f"{json.dumps(told, ensure_ascii=False, indent=1)}\n"


def _told(code: Code, n: int) -> dict[str, Any]:
    told = {"CodeID": code.id, "CodeType": code.type, "DisplayText": code.definition}
    control: Mapping[str, Any] = {"ControlCode": code.name} if code.type == "Control" else {}
    return {**told, "NumericValue": n, "StringValue": code.name, "MatchValues": [], **control}


def _number(version: str) -> int:
    major, _, minor = version.partition(".")
    return int(major) * 100 + int(minor.partition(".")[0] or 0)


def _keep(house: House, where: Where, text: str, base: int, at: int, by: int) -> Book:
    try:
        made = _book(text)
    except Unclear as unclear:
        raise NotKept("unclear", str(unclear)) from None
    if len(made.scheme.codes) > MOST or base >= 9_999:
        raise NotKept("unclear", f"more than {MOST} codes cannot be coded on a page; put some together")
    house.store.write(partial(_write, house, where, made, base, at=at, by=by))
    return made


def _write(house: House, where: Where, made: Book, base: int, tx: Tx, *, at: int, by: int) -> None:
    now = standing(where, tx)
    if (now.number if now else 0) != base:
        raise NotKept("moved", "somebody changed the codebook meanwhile; look at it again")
    coded = labelling.state(house, where, tx)
    if coded.both_done:
        raise NotKept("done", "both coders are done: the codebook stands")
    if now and coded.coders:
        _demand_same_meaning(now.scheme, made.scheme)
        labelling.pass_over(house, where, {code.id for code in made.scheme.codes}, tx)
    tx.set(_setting(where), made.text)
    tx.note(day_of(at), f"codebook of {where.question} of {where.name}, version {made.number}, by account {by}")


def _demand_same_meaning(before: Scheme, after: Scheme) -> None:
    meant = {code.id: code for code in before.codes}
    changed = [
        meant[code.id] for code in after.codes if code.id in meant and _meaning(code) != _meaning(meant[code.id])
    ]
    if changed:
        cure = "somebody codes with it: leave its words and its type, or take it away and write another"
        raise NotKept("unclear", "\n".join(f"{code.definition}: {cure}" for code in changed))


def _meaning(code: Code) -> tuple[str, str]:
    return code.type, code.definition


def _setting(where: Where) -> str:
    return f"codebook:{where.name}:{where.question}"
