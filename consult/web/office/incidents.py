"""The register of incidents on the page: what was done to somebody over a consultation, and where nothing is started.

Rule 1: it is for those who protect (`Right.PROTECT`); that it was read is in the audit first.
"""

from __future__ import annotations

import time
from functools import partial

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from consult import incidents as register
from consult.library import day_of
from consult.reading.labels import Labels
from consult.reading.states import incidents_in_words
from consult.releases import wording
from consult.store import Tx
from consult.store.records import Published
from consult.web.office.doors import house
from consult.web.office.telling import page, tongue
from consult.web.office.visit import holder
from consult.wording import for_pages

blueprint = Blueprint("incidents", __name__, url_prefix="/office/consultations/<name>/incidents")


@blueprint.get("", endpoint="page")
def overview(name: str, refused: str = "") -> ResponseReturnValue:
    published = house().store.read(lambda view: view.published(name)) or abort(404)
    house().store.write(partial(_note, name, f"account {holder().id}"))
    say = for_pages(tongue())
    areas = _areas(published)
    return page(
        "incidents.html",
        refused=refused,
        name=name,
        listed=register.incidents(house(), name)[::-1],
        kinds=incidents_in_words(say),
        areas=areas,
        where=dict(areas) | {"=": say("everywhere")},
    )


@blueprint.post("")
def begin(name: str) -> ResponseReturnValue:
    form = request.form
    variable, _, value = form.get("area", "").partition("=")
    given = form.get("kind", ""), (variable, value), form.get("note", "")
    try:
        register.add(house(), name, *given, pauses="pauses" in form, day=_day(), by=f"account {holder().id}")
    except register.Unclear as unclear:
        return overview(name, f"incident {unclear.code}")
    except LookupError:
        abort(404)
    return overview(name)


@blueprint.post("/<int:number>/close")
def close(name: str, number: int) -> ResponseReturnValue:
    try:
        register.close(house(), name, number, day=_day(), by=f"account {holder().id}")
    except register.Unclear as unclear:
        return overview(name, f"incident {unclear.code}")
    return overview(name)


def _areas(published: Published) -> list[tuple[str, str]]:
    """What can be paused: the value of the field, and its words."""
    definition = house().library.edition(published).consultation
    told = {"wording": wording(definition.questions), "languages": list(definition.languages)}
    labels = Labels(told, for_pages(tongue()))
    return [
        (
            f"{question.name}={option.name}",
            f"{labels.variable(question.name)} {labels.choice(question.name, option.name)}",
        )
        for question in definition.questions
        if question.segment
        for option in question.choices
    ]


def _note(name: str, by: str, tx: Tx) -> None:
    tx.note(_day(), f"the incidents of {name} read by {by}")


def _day() -> int:
    return day_of(int(time.time()))
