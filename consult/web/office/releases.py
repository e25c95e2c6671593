"""Releases for whoever may read them: one page first, then tables, then method, and files of the same numbers.

Rule 1: a release never changes, so its files carry its hash as tag: what somebody has is not sent again.
Rule 2: making one is a facilitator's; where its key lies in a kit, the command asks for both halves.
"""

from __future__ import annotations

import json
import time

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from consult import coverage, printing, releases, spreadsheets
from consult.accounts.roles import Right, rights
from consult.custody import CustodyError
from consult.figures import NoSuch, figures
from consult.reading.files import MEDIA, made, named
from consult.reading.labels import Labels
from consult.reading.leaf import PARTS
from consult.store.records import Published, Release
from consult.web.office.doors import house
from consult.web.office.telling import page, tongue
from consult.web.office.visit import holder
from consult.wording import for_pages

blueprint = Blueprint("releases", __name__, url_prefix="/office/consultations/<name>/releases")
SIGNED = "json"  # the evidence pack


@blueprint.get("", endpoint="page")
def overview(name: str, refused: str = "") -> ResponseReturnValue:
    published = house().store.read(lambda view: view.published(name))
    if published is None:
        abort(404)
    found = house().store.read(lambda view: view.releases(name))
    practice = house().library.edition(published).consultation.practice
    return page(
        "releases.html",
        name=name,
        practice=practice,
        releases=found[::-1],
        makes=Right.RELEASE in rights(holder().grants, name),
        refused=refused,
        so_far=() if practice else _so_far(published),
    )


def _so_far(published: Published) -> list[tuple[str, str, int | str, int]]:
    """How many of each aim there are, in words; nothing without aims, or where the key is elsewhere."""
    kept = coverage.kept(house(), published.name)
    if not kept["targets"]:
        return []
    try:
        live = figures(house(), published.name)
    except CustodyError:
        return []
    definition = house().library.edition(published).consultation
    told = {"wording": releases.wording(definition.questions), "languages": list(definition.languages)}
    labels = Labels(told, for_pages(tongue()))
    return [
        (labels.frame(frame), labels.choice(target["variable"], target["value"]), n, target["people"])
        for frame, target, n in coverage.progress(kept, live)
    ]


@blueprint.post("")
def make(name: str) -> ResponseReturnValue:
    try:
        releases.release(house(), name, int(time.time()), by=f"account {holder().id}")
    except releases.NotYet:
        return overview(name, "not yet")
    except CustodyError:
        return overview(name, "kit")
    except NoSuch:
        abort(404)
    return overview(name)


@blueprint.get("/<int:number>", defaults={"part": "brief"})
@blueprint.get("/<int:number>/<part>")
def read(name: str, number: int, part: str) -> ResponseReturnValue:
    found = of(name, number)
    if part not in PARTS:
        abort(404)
    labels = Labels(json.loads(found.text), for_pages(tongue()))
    body, kinds = PARTS[part](labels), [*MEDIA, SIGNED]
    return page("release.html", title=labels.title(), body=body, name=name, release=found, part=part, kinds=kinds)


@blueprint.get("/<int:number>/files/<kind>")
def file(name: str, number: int, kind: str) -> Response:
    return as_file(of(name, number), kind)


def of(name: str, number: int) -> Release:
    """This release, or the page that says there is none."""
    found = house().store.read(lambda view: view.releases(name))
    return next((each for each in found if each.number == number), None) or abort(404)


def as_file(release: Release, kind: str) -> Response:
    """A file of a release; 501 where this machine lacks what makes it."""
    if kind == SIGNED:
        body, media = releases.pack(house(), release.consultation, release.number).encode(), "application/json"
    elif kind in MEDIA:
        try:
            body, media = made(release, kind, for_pages(tongue())), MEDIA[kind]
        except (printing.Missing, spreadsheets.Missing):
            abort(501)
    else:
        abort(404)
    response = Response(body, mimetype=media)
    response.headers["Content-Disposition"] = f"attachment; filename={named(release, kind)}"
    return tagged(response, f"{release.sha256}-{kind}-{tongue()}")


def tagged(response: Response, tag: str) -> Response:
    """With its tag; empty where the asker has it already."""
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response
