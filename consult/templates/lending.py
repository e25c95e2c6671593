"""A hub gives a template and takes one: signed with the key of its releases, brought in as a draft.

Rule 1: a hub that is new here is believed once somebody typed the fingerprint she was told by another way; from then on
it is known. Our own key is known.
Rule 2: what came with the draft (lessons, shares, origin) is kept beside it, for who works on it, until the next one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, Final

from consult import __version__, releases
from consult.accounts.members import note
from consult.consultation import Consultation
from consult.drafts import keeping
from consult.house import House
from consult.library import day_of
from consult.store import Tx, View
from consult.store.records import Draft
from consult.templates.lessons import Lesson
from consult.templates.localness import bare, faults
from consult.templates.shares import of_release
from consult.templates.sheet import NotTemplate, Template, fingerprint, opened, sealed

_KNOWN: Final = "template keys"


class Unknown(Exception):
    """The hub that signed it is new here, or the fingerprint typed is not its own. `fingerprint`: what to compare."""

    def __init__(self, shown: str, *, typed: bool) -> None:
        super().__init__(shown)
        self.fingerprint, self.typed = shown, typed


@dataclass(frozen=True, slots=True)
class Terms:
    """What a team says about what it gives: who it is and under which licence, "" for neither."""

    origin: str = ""
    licence: str = ""


def lent(house: House, whole: Consultation, lessons: tuple[Lesson, ...], terms: Terms, at: int) -> str:
    """The file's text. Raises sheet.NotTemplate naming what still tells something local, vault.Locked."""
    if local := faults(whole, ((f"lessons, {each.heading}", f"{each.heading}\n{each.text}") for each in lessons)):
        raise NotTemplate("\n".join(local[:40]))
    packs = house.library.packs
    template = Template(
        whole=bare(whole),
        lessons=lessons,
        shares=tuple(_shares(house, whole)),
        words={tag: not packs[tag].lexicon.pending for tag in whole.languages if tag in packs},
        made=f"{date(1970, 1, 1) + timedelta(days=day_of(at)):%Y-%m}",
        origin=" ".join(terms.origin.split()),
        licence=" ".join(terms.licence.split()),
        code=__version__,
    )
    return sealed(template, releases.signing(house))


def _shares(house: House, whole: Consultation) -> Iterator[dict[str, Any]]:
    """Of the newest release, for the questions that are still asked under these names."""
    names = {each.name for each in whole.questions}
    found = house.store.read(lambda view: view.releases(whole.name))
    told = of_release(json.loads(found[-1].text)) if found else []
    return (each for each in told if each["question"] in names)


# ---- taken


def taken(house: House, content: bytes, typed: str) -> Template:
    """What it says, once its hub is known. `typed`: the fingerprint somebody was told. Raises NotTemplate, Unknown."""
    template, key = opened(content)
    if key == releases.public_key(house) or key in house.store.read(_known):
        return template
    shown = fingerprint(key)
    if _digits(typed) != _digits(shown):
        raise Unknown(shown, typed=bool(typed.strip()))
    house.store.write(lambda tx: _know(tx, key))
    return template


def _digits(text: str) -> str:
    return "".join(sign for sign in text[:80] if sign.isdecimal())


def _known(view: View) -> list[str]:
    return list(json.loads(view.setting(_KNOWN) or "[]"))


def _know(tx: Tx, key: str) -> None:
    tx.set(_KNOWN, json.dumps(sorted({*_known(tx), key})))


def begin(house: House, template: Template, name: str, by: int, at: int) -> Draft:
    """A new draft of it under this name. Raises NotAllowed where the name is somebody's."""
    draft = keeping.begin(house, replace(template.whole, name=name), by, at)
    _keep(house, template, name, by, at)
    return draft


def put(house: House, template: Template, name: str, by: int, at: int) -> Draft:
    """It stands in place of this draft, as its next version. Raises LookupError."""
    draft = keeping.replace_all(house, name, replace(template.whole, name=name), by, at)
    _keep(house, template, name, by, at)
    return draft


def _keep(house: House, template: Template, name: str, by: int, at: int) -> None:
    told = {field.name: getattr(template, field.name) for field in fields(template) if field.name != "whole"}
    told |= {"lessons": [asdict(each) for each in template.lessons], "name": template.whole.name}

    def work(tx: Tx) -> None:
        tx.set(_beside(name), json.dumps(told, ensure_ascii=False, sort_keys=True))
        note(tx, at, by, f"brought a template in as the draft of {name}")

    house.store.write(work)


def beside(house: House, name: str) -> dict[str, Any] | None:
    """What came with the template that became this draft: lessons, shares, words, made, origin, licence, its name."""
    found = house.store.read(lambda view: view.setting(_beside(name)))
    told: dict[str, Any] | None = json.loads(found) if found else None
    return told


def _beside(name: str) -> str:
    return f"template {name}"
