"""The desk: which consultations one has a part in, and one of them as far as one's roles show it.

Rule 1: figures come through `consult.web.answers`, so behind the gate (D19); traffic is numbers of messages.
Rule 2: how many flags wait is told to guardians alone, here, where they begin.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from consult.accounts.roles import Right, may, rights, seen
from consult.drafts import keeping
from consult.edition import Edition
from consult.moderation import flags
from consult.store.members import Grant
from consult.store.records import Draft, Published
from consult.translations import states
from consult.web import answers
from consult.web.office.doors import house
from consult.web.office.telling import page, tongue
from consult.web.office.visit import holder
from consult.wording import for_locale

blueprint = Blueprint("desk", __name__, url_prefix="/office")


@blueprint.get("/")
def home() -> ResponseReturnValue:
    who = holder()
    newest = newest_of(house().store.read(lambda view: view.editions()))
    rows = [_row(newest[name], who.grants) for name in seen(who.grants, newest)]
    drafts = house().store.read(lambda view: view.drafts())
    words = [_words(each) for each in drafts if may(who.grants, Right.TRANSLATE, each.name)]
    designs = any(may(who.grants, Right.DESIGN, each.consultation) for each in who.grants)
    return page("home.html", consultations=rows, words=words, designs=designs)


def _words(draft: Draft) -> tuple[str, str, int]:
    """A draft's name, its title, and how many of its texts nobody but their writer has read."""
    whole = keeping.opened(draft.toml)
    known = states.known(house().store.read(lambda view: view.readings(draft.name)))
    wait = sum(each.state == "draft" for each in states.standings(whole, known))
    return draft.name, whole.title.get(tongue()) or next(iter(whole.title.values()), draft.name), wait


@blueprint.get("/consultations/<name>")
def consultation(name: str) -> ResponseReturnValue:
    published = house().store.read(lambda view: view.published(name))
    if published is None:
        abort(404)
    edition = house().library.edition(published)
    mine = rights(holder().grants, name)
    stats = house().store.read(lambda view: view.stats(name)) if Right.TRAFFIC in mine else None
    practice = edition.consultation.practice
    shown = _figures(edition, published) if Right.FIGURES in mine and not practice else {}
    title = answers.said(edition.consultation.title, edition.consultation, tongue())
    drafted = house().store.read(lambda view: view.draft(name)) is not None
    return page(
        "consultation.html",
        title=title,
        drafted=drafted,
        published=published,
        practice=practice,
        stats=stats,
        shown=shown,
        designs=Right.DESIGN in mine,
        words=Right.TRANSLATE in mine and drafted,
        records=Right.RECORD in mine,
        protects=Right.PROTECT in mine,
        flagged=_flagged(name),
        **_doors(mine, published, practice),
    )


def _doors(mine: frozenset[Right], published: Published, practice: bool) -> dict[str, Any]:
    """The rooms of what people answered, and of writing to them. Of a practice nothing is kept: none but a warning of
    danger, which is heard wherever it is sent."""
    doors = {"lists": Right.CONTACTS, "reads": Right.RELEASES, "codes": Right.CODE, "moderates": Right.MODERATE}
    found = {door: right in mine and not practice for door, right in doors.items()}
    airs = Right.AIR in mine and published.retired is None and not practice
    return {**found, "airs": airs, "guards": Right.FLAGS in mine}


def _flagged(name: str) -> int:
    """How many flags wait for whoever reads this; 0 for all but guardians."""
    if Right.FLAGS not in rights(holder().grants, name):
        return 0
    return house().store.read(partial(flags.open_ones, name))


def newest_of(editions: list[Published]) -> dict[str, Published]:
    """By name; editions come the newest last."""
    return {each.name: each for each in editions}


def _row(published: Published, grants: tuple[Grant, ...]) -> dict[str, Any]:
    edition = house().library.edition(published)
    mine = sorted({each.role for each in grants if each.consultation in ("*", published.name)})
    title = answers.said(edition.consultation.title, edition.consultation, tongue())
    known = {"name": published.name, "title": title, "roles": mine, "retired": published.retired is not None}
    return {**known, "practice": edition.consultation.practice, "flagged": _flagged(published.name)}


def _figures(edition: Edition, published: Published) -> dict[str, Any]:
    """What the table of answers is drawn from, in the respondents' words for this language."""
    words = for_locale(tongue())
    frames = None if published.retired is not None else answers.frames(house(), edition, words)
    invented = published.test or house().settings.demo
    return {"say": words, "frames": frames, "nobody": frames == (), "invented": invented, "elevated": edition.elevated}
