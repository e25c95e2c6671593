"""A consultation while it runs, in one light page: campaigns, messages and their failures, how far people came.

Rule 1: all of it is behind the gate (`consult.live`, `consult.figures`); where people stand is for who may see figures.
Rule 2: the page has a tag that changes when what it shows does: looking again costs some two hundred bytes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from consult import live
from consult.accounts.roles import Right, rights
from consult.delivery import HALTED
from consult.delivery.reasons import kind
from consult.findings.gate import PEOPLE
from consult.reading import launching
from consult.reading.failing import failing_in_words
from consult.reading.labels import Labels
from consult.reading.progressing import breakdown_in_words, steps_in_words, value_in_words
from consult.releases import wording
from consult.store.records import Published, way
from consult.web import answers
from consult.web.office.doors import house
from consult.web.office.releases import tagged
from consult.web.office.telling import page, tongue
from consult.web.office.visit import holder, visit
from consult.wording import for_locale, for_pages

blueprint = Blueprint("live", __name__, url_prefix="/office/consultations/<name>/live")


@blueprint.get("", endpoint="page")
def overview(name: str) -> ResponseReturnValue:
    published = house().store.read(lambda view: view.published(name))
    if published is None or published.retired is not None:
        abort(404)
    say = for_pages(tongue())
    mine = rights(holder().grants, name)
    traffic = live.traffic(house(), name)
    campaigns = _campaigns(name)
    practice = house().library.edition(published).consultation.practice
    figures = Right.FIGURES in mine and not practice
    people = _people(published) if figures else {}
    tag = live.mark(name, tongue(), visit().token, traffic, campaigns, people)
    if request.if_none_match.contains(tag):
        return tagged(page("problem.html", cure=""), tag)
    response = page(
        "live.html",
        name=name,
        tag=tag,
        traffic=traffic,
        campaigns=campaigns,
        sorts=lambda sort: failing_in_words(say, sort),
        state=launching.states_of_campaigns(say),
        figures=figures,
        practice=practice,
        launches=Right.PROTECT in mine,
        steps=steps_in_words(say),
        labels=_labels(published),
        **people,
    )
    return tagged(response, tag)


def _campaigns(name: str) -> list[tuple[int, str, str, str]]:
    """Number, state, sort of the reason it stands, "" for none; and of what holds its carrier."""
    found = house().store.read(lambda view: view.campaigns(name))
    return [(one.id, one.state, kind(one.why) if one.why else "", _halted(one.channel, one.carrier)) for one in found]


def _halted(channel: str, carrier: str) -> str:
    why = house().store.read(lambda view: view.setting(HALTED + way(channel, carrier)))
    return kind(why) if why else ""


def _people(published: Published) -> dict[str, Any]:
    """Where people stand, by breakdown, and how many answered each question."""
    edition = house().library.edition(published)
    progress = live.progress(house(), published.name, int(time.time()))
    frames = answers.frames(house(), edition, for_locale(tongue()))
    say, labels = for_pages(tongue()), _labels(published)
    broken = {
        (frame, breakdown_in_words(say, labels, by)): [
            (value_in_words(say, labels, by, value), row) for value, row in sorted(rows.items())
        ]
        for (frame, _, by), rows in ((place.partition(" "), rows) for place, rows in (progress or {}).items())
    }
    return {
        "broken": broken,
        "drops": [(frame.name, _shown(frame), [*_drops(frame)]) for frame in frames or ()],
        "elsewhere": frames is None or progress is None,
    }


def _shown(frame: answers.Frame) -> dict[str, answers.Shown]:
    return {name: frame.people[name] for name in PEOPLE}


def _drops(frame: answers.Frame) -> Iterator[tuple[answers.Words, answers.Shown, int | None]]:
    """Each question, how many answered it, and how many fewer than the one before: of numbers that are shown."""
    before: answers.Shown = ""
    for block in frame.blocks:
        fewer = before - block.people if isinstance(before, int) and isinstance(block.people, int) else None
        yield block.label, block.people, fewer
        before = block.people


def _labels(published: Published) -> Labels:
    definition = house().library.edition(published).consultation
    told = {"wording": wording(definition.questions), "languages": list(definition.languages)}
    return Labels(told, for_pages(tongue()))
