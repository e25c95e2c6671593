"""Episodes on the pages: the list, script and call sheets, the desk where slips are written, what may be read on air.

Rule 1: a page without its answers' counts: before the window closes nobody at a station sees a tally (D19).
Rule 2: the desk is a page by itself: it names nobody, so that a browser may keep it for when there is no network.
Rule 3: slips are taken from a signed-in producer's page only, each by its own identity; an outcome never echoes one.
Rule 4: texts open with the station's key alone, which comes with each request and is kept nowhere here.
Rule 5: words of slips are shown where their callers agreed to be read, without their answers, while `readable`.
"""

from __future__ import annotations

import re
import time
from functools import partial
from typing import Any

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue

from consult.custody import CustodyError
from consult.edition import Edition
from consult.episodes import (
    Episode,
    Item,
    Material,
    NotNow,
    day_told,
    desk,
    material,
    readable,
    rung,
    stationkey,
    texts,
    until,
    zone,
)
from consult.episodes.feedback import heard
from consult.episodes.incidents import note_incident
from consult.episodes.programme import Aired
from consult.intake.slips import words_of
from consult.prompts import Pick
from consult.store.records import Published
from consult.web import answers
from consult.web.office.doors import house
from consult.web.office.printed import printed
from consult.web.office.telling import page, tongue
from consult.web.office.visit import holder
from consult.wording import for_locale, locale

blueprint = Blueprint("episodes", __name__, url_prefix="/office/consultations/<name>/episodes")
SHEETS = 4  # printed at once


@blueprint.get("", endpoint="page")
def overview(name: str) -> ResponseReturnValue:
    published, edition = _of(name)
    planned = house().store.read(lambda view: view.episodes(published.name))
    rows = [{"episode": each, "day": day_told(each), "until": until(each, edition.consultation)} for each in planned]
    title = answers.said(edition.consultation.title, edition.consultation, tongue())
    return page("episodes.html", name=name, title=title, rows=rows)


@blueprint.get("/<int:number>/script")
def script(name: str, number: int) -> ResponseReturnValue:
    episode, edition, given = _aired(name, number)
    programme = house().programmes.get(episode.channel) or abort(404)
    numbers = house().store.read(lambda view: rung(view, episode, given))
    aired = Aired(day_told(episode), until(episode, edition.consultation), numbers)
    return printed(programme.script_page(episode, given, aired, for_locale(given.tag)))


@blueprint.get("/<int:number>/sheet")
def sheet(name: str, number: int) -> ResponseReturnValue:
    episode, _, given = _aired(name, number)
    programme = house().programmes.get(episode.channel) or abort(404)
    return printed(programme.sheet_page(given, SHEETS, for_locale(given.tag)))


@blueprint.get("/<int:number>/desk", endpoint="desk")
def at_desk(name: str, number: int) -> ResponseReturnValue:
    episode, edition, given = _aired(name, number)
    asked = [_field(item, episode.channel, who=item in given.at_desk) for item in (*given.at_desk, *given.items)]
    tags = [(tag, edition.tongues[n].lexicon.name) for n, tag in enumerate(edition.consultation.languages)]
    clock = str(zone(edition.consultation))
    return page("slips.html", name=name, episode=episode, given=given, asked=asked, tags=tags, clock=clock)


@blueprint.post("/<int:number>/slips")
def take(name: str, number: int) -> ResponseReturnValue:
    episode, _, _ = _aired(name, number)
    try:
        told = request.get_json(silent=True)
    except RecursionError:  # lists within lists
        abort(400)
    if not isinstance(told, dict):
        abort(400)
    at, by = int(time.time()), f"account {holder().id}"
    try:
        done = desk.take_all(house(), episode, told, at, by)
    except desk.NotSlips:
        abort(400)
    for id in _texts(told.get("incidents")):
        note_incident(house(), episode, id, at)
    changed = desk.change_all(house(), episode, told, at)
    kept = [{"id": each.id, "state": each.state, "field": each.field, "why": each.why} for each in done]
    return jsonify(slips=kept, incidents=_texts(told.get("incidents")), changes=changed)


@blueprint.get("/<int:number>/words", endpoint="words")
def to_be_read(name: str, number: int) -> ResponseReturnValue:
    episode, _, _ = _aired(name, number)
    rows: list[dict[str, str]] = []
    if readable(episode, int(time.time())):
        slips = house().store.read(lambda view: view.slips(name, number))
        rows = [words_of(house(), row) for row in slips if row.agreed != "count" and not row.danger]
    told = texts.to_tell(house(), episode, int(time.time()))
    spoken = [row for row in rows if row.get("point")]
    spoken += [{"ticket": "-", "language": tag, "point": words} for tag, words in told]
    return page("words.html", name=name, episode=episode, rows=spoken, open=readable(episode, int(time.time())))


@blueprint.get("/<int:number>/texts", endpoint="texts")
def closed_texts(name: str, number: int) -> ResponseReturnValue:
    """The queue of texts, closed: how many, and the field for the station's key."""
    episode, _, _ = _aired(name, number)
    return _texts_page(episode, rows=None)


@blueprint.post("/<int:number>/texts", endpoint="open_texts")
def open_texts(name: str, number: int) -> ResponseReturnValue:
    """The queue opened with the key that was typed, after what was settled of one of them. The key is kept nowhere."""
    episode, _, _ = _aired(name, number)
    typed, at, wrong = request.form.get("key", ""), int(time.time()), ""
    try:
        if request.form.get("id"):
            wrong = _settled(episode)
        rows = texts.opened(house(), episode, typed, f"account {holder().id}", at)
    except stationkey.WrongKey:
        return _texts_page(episode, rows=None, wrong="key")
    shown = [(row, words, texts.told_of(house(), row)) for row, words in rows]
    return _texts_page(episode, rows=shown, key=typed, wrong=wrong)


def _settled(episode: Episode) -> str:
    """Why what is to be told of a text cannot be said, "" where it can."""
    form = request.form
    try:
        stationkey.Opener(house(), episode.consultation, form.get("key", ""))
        checked = bool(form.get("checked"))
        texts.settle(
            house(), episode, int(form["id"]), form.get("state", ""), form.get("told", "")[:400], checked=checked
        )
    except texts.NotSaid as why:
        return str(why)
    except (LookupError, ValueError):
        abort(400)
    return ""


def _texts_page(episode: Episode, **shown: Any) -> ResponseReturnValue:
    waiting = len(house().store.read(lambda view: view.texts(episode.consultation, episode.number)))
    is_open = readable(episode, int(time.time()))
    return page("texts.html", name=episode.consultation, episode=episode, waiting=waiting, open=is_open, **shown)


@blueprint.get("/<int:number>/topline")
def topline(name: str, number: int) -> ResponseReturnValue:
    """What may be said on air, once the window has closed."""
    episode, edition, given = _aired(name, number)
    programme = house().programmes.get(episode.channel) or abort(404)
    lines: list[str] | None = None
    try:
        told = heard(house(), episode, edition, given.tag, int(time.time()))
        lines = programme.report(told, for_locale(given.tag))
    except (NotNow, CustodyError):
        pass
    return page("topline.html", name=name, episode=episode, lines=lines, spoken=locale(given.tag))


# ---- what they stand on


def _of(name: str) -> tuple[Published, Edition]:
    published = house().store.read(lambda view: view.published(name))
    if published is None or published.retired is not None:
        abort(404)
    return published, house().library.edition(published)


def _aired(name: str, number: int) -> tuple[Episode, Edition, Material]:
    """An episode with the version it was planned on."""
    _of(name)
    episode = house().store.read(lambda view: view.episode(name, number))
    if episode is None:
        abort(404)
    edition = house().store.read(partial(house().library.version, name=name, version=episode.version))
    return episode, edition, material(edition, episode.locale, number, episode.asks.split())


def _field(item: Item, channel: str, *, who: bool) -> dict[str, Any]:
    """A question as the desk's form shows it."""
    prompt = item.prompt
    choices = prompt.choices if isinstance(prompt, Pick) else ()
    kind = ""  # keys are typed: an order, a number, words
    if isinstance(prompt, Pick) and not prompt.ranked:
        kind = "radio" if prompt.most == 1 else "checkbox"
    return {"name": item.name, "text": prompt.wording(channel), "choices": choices, "kind": kind, "who": who}


def _texts(given: Any) -> list[str]:
    """Identities of incidents, at most a batch of them."""
    listed = given if isinstance(given, list) else []
    return [each for each in listed[:50] if isinstance(each, str) and re.fullmatch(r"[A-Za-z0-9-]{8,64}", each)]
