"""Answers to what women asked in their own words: one moderator writes, another approves, and they are sent.

Rule 1: nobody is shown who asked; how many, by tens.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from consult.custody import NoKey
from consult.library import day_of
from consult.moderation import replies
from consult.web.office.doors import house
from consult.web.office.moderators import by_language, definition, done
from consult.web.office.telling import page
from consult.web.office.visit import holder
from consult.wording import locale

blueprint = Blueprint("replies", __name__, url_prefix="/office/moderation/<name>/answers")
_DIALLED = re.compile(r"\+?[0-9 ]{3,20}")


@blueprint.get("", endpoint="page")
def overview(name: str, refused: str = "") -> ResponseReturnValue:
    """What is asked, what was written, and what waits for another person."""
    at, published = int(time.time()), house().store.read(lambda view: view.published(name))
    tongues = [locale(tag) for tag in definition(name).languages]
    what = f"what is asked in {name} read by account {holder().id}"
    house().store.write(lambda tx: tx.note(day_of(at), what))
    try:
        asking = replies.asking(house(), name)
    except NoKey:
        asking, refused = [], refused or "moderating key"
    return page(
        "answering.html",
        refused,
        name=name,
        asking=asking,
        replies=replies.replies(house(), name, at),
        tongues=tongues,
        elevated=published is not None and house().library.edition(published).elevated,
    )


@blueprint.post("")
def write(name: str) -> ResponseReturnValue:
    ids = {int(each) for each in request.form.getlist("text") if each.isdecimal() and len(each) < 16}
    texts, at, by = by_language(name), int(time.time()), holder().id
    return _done(name, lambda: replies.write(house(), name, ids, texts, at=at, by=by))


@blueprint.post("/<int:id>/approve")
def approve(name: str, id: int) -> ResponseReturnValue:
    return _done(name, lambda: replies.approve(house(), name, id, at=int(time.time()), by=holder().id))


@blueprint.post("/<int:id>/decline")
def decline(name: str, id: int) -> ResponseReturnValue:
    return _done(name, lambda: replies.decline(house(), name, id, at=int(time.time()), by=holder().id))


@blueprint.post("/<int:id>/send")
def send(name: str, id: int) -> ResponseReturnValue:
    """To everybody who asked and was not told; again later for who could not be reached now."""
    ring = request.form.get("ring", "").strip()
    if ring and not _DIALLED.fullmatch(ring):
        return overview(name, "moderating ring")
    return _done(name, lambda: sum(replies.send(house(), name, id, ring=ring, at=int(time.time()))))


def _done(name: str, deed: Callable[[], object]) -> ResponseReturnValue:
    return done(deed, lambda code: overview(name, code), url_for("replies.page", name=name))
