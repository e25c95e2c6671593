"""Answers to what women asked in their own words: one moderator writes, another approves, and they are sent.

Rule 1: nobody is shown who asked; how many, by tens.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from consult.custody import NoKey
from consult.library import day_of
from consult.moderation import flags, replies
from consult.web.office.doors import house
from consult.web.office.moderators import by_language, definition, done
from consult.web.office.telling import page
from consult.web.office.visit import holder
from consult.wording import locale

blueprint = Blueprint("replies", __name__, url_prefix="/office/moderation/<name>/answers")


@blueprint.get("", endpoint="page")
def overview(name: str, refused: str = "") -> ResponseReturnValue:
    """What is asked, what was written, and what waits for another person."""
    at, published = int(time.time()), house().store.read(lambda view: view.published(name))
    tongues = [locale(tag) for tag in definition(name).languages]
    what = f"what is asked in {name} read by account {holder().id}"
    house().store.write(lambda tx: tx.note(day_of(at), what))
    try:
        asking, written = replies.asking(house(), name), replies.replies(house(), name, at)
    except NoKey:
        asking, written, refused = [], [], refused or "moderating key"
    return page(
        "answering.html",
        refused,
        name=name,
        asking=asking,
        replies=written,
        flagged=flags.flagged(house(), name),
        tongues=tongues,
        lines=[line for line in dict.fromkeys(definition(name).referral.values()) if line],
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
    """To everybody who asked by text message and was not told; again later for who could not be reached now."""
    at, by = int(time.time()), holder().id
    return _done(name, lambda: sum(replies.send(house(), name, id, at=at, by=by)))


def _done(name: str, deed: Callable[[], object]) -> ResponseReturnValue:
    return done(deed, lambda code: overview(name, code), url_for("replies.page", name=name))
