"""What women say with each theme, in other words than theirs: one moderator writes, another approves."""

from __future__ import annotations

import time
from collections.abc import Callable

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from consult.moderation import paraphrases, wording
from consult.web.office.doors import house
from consult.web.office.moderators import by_language, definition, done, labels
from consult.web.office.telling import page
from consult.web.office.visit import holder
from consult.wording import locale

blueprint = Blueprint("paraphrases", __name__, url_prefix="/office/moderation/<name>/paraphrases")


@blueprint.get("", endpoint="page")
def overview(name: str, refused: str = "") -> ResponseReturnValue:
    """Every theme, how it would be told now, and what waits for another person."""
    tongues = [locale(tag) for tag in definition(name).languages]
    written = wording.written(house(), name, paraphrases.KIND)
    return page(
        "paraphrases.html",
        refused,
        name=name,
        themes=paraphrases.told(house(), name),
        waits=[each for each in written if each.state == "written"],
        tongues=tongues,
        labels=labels(name),
    )


@blueprint.post("")
def write(name: str) -> ResponseReturnValue:
    question, _, code = request.form.get("theme", "").partition(" ")
    texts, at, by = by_language(name), int(time.time()), holder().id
    return _done(name, lambda: paraphrases.write(house(), name, (question, code), texts, at=at, by=by))


@blueprint.post("/<int:id>/approve")
def approve(name: str, id: int) -> ResponseReturnValue:
    return _done(name, lambda: paraphrases.approve(house(), name, id, at=int(time.time()), by=holder().id))


@blueprint.post("/<int:id>/decline")
def decline(name: str, id: int) -> ResponseReturnValue:
    return _done(name, lambda: paraphrases.decline(house(), name, id, at=int(time.time()), by=holder().id))


def _done(name: str, deed: Callable[[], object]) -> ResponseReturnValue:
    return done(deed, lambda code: overview(name, code), url_for("paraphrases.page", name=name))
