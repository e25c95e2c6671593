"""Asks on the page: what was asked, what came of it, and the answer as women will hear it, before it is sent.

Rule 1: a mediator or representative proposes an answer; a facilitator, another person, approves it, looking at what
will be heard in each language.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue

from consult.accounts.roles import Right, rights
from consult.asks import keeping, states
from consult.asks.hearing import lines, nothing
from consult.asks.states import ANSWERS, MOVES, REASONS, Ask
from consult.library import day_of
from consult.reading.states import reasons_in_words, states_in_words
from consult.web.office.doors import house
from consult.web.office.releases import tagged
from consult.web.office.telling import page, tongue
from consult.web.office.visit import holder
from consult.wording import for_locale, for_pages, locale

blueprint = Blueprint("asks", __name__, url_prefix="/office/consultations/<name>/asks")


@blueprint.get("", endpoint="page")
def overview(name: str, refused: str = "") -> ResponseReturnValue:
    languages = _languages(name)
    found = house().store.read(lambda view: keeping.asks(view, name))
    today = date.fromordinal(date(1970, 1, 1).toordinal() + day_of(int(time.time())))
    mine = rights(holder().grants, name)
    listed = sorted(found.values(), key=lambda ask: (-ask.overdue(today), ask.id))
    say = for_pages(tongue())
    return page(
        "asks.html",
        refused=refused,
        name=name,
        asks=[ask for ask in listed if ask.state != "draft" or Right.RELEASE in mine],
        late={ask.id: ask.overdue(today) for ask in listed},
        heard={ask.id: _heard(ask, languages) for ask in listed},
        proposed={ask.id: _heard(_as_if(ask), languages) for ask in listed if ask.proposed},
        tongues=[locale(tag) for tag in languages],
        state=states_in_words(say),
        reason=reasons_in_words(say),
        moves=MOVES,
        none=_none_yet(name, languages, today),
        answers=sorted(ANSWERS),
        reasons=REASONS,
        publishes=Right.RELEASE in mine,
        replies=Right.ANSWER in mine,
    )


@blueprint.post("")
def begin(name: str) -> ResponseReturnValue:
    form = request.form
    values = {
        "texts": _by_language(name, "text"),
        "addressed_to": _by_language(name, "whom"),
        **{each: form[each].strip() for each in ("owner", "due", "session", "forum") if form.get(each, "").strip()},
    }
    return _happened(name, 0, "asked", values)


@blueprint.post("/<int:number>/move")
def move(name: str, number: int) -> ResponseReturnValue:
    return _happened(name, number, "moved", {"to": request.form.get("to", "")})


@blueprint.post("/<int:number>/answer")
def answer(name: str, number: int) -> ResponseReturnValue:
    form = request.form
    given = {each: form[each].strip() for each in ("to", "reason", "review_on") if form.get(each, "").strip()}
    return _happened(name, number, "proposed", {**given, "texts": _by_language(name, "text")})


@blueprint.post("/<int:number>/approve")
def approve(name: str, number: int) -> ResponseReturnValue:
    return _happened(name, number, "approved", {})


@blueprint.post("/<int:number>/decline")
def decline(name: str, number: int) -> ResponseReturnValue:
    return _happened(name, number, "declined", {})


def told(name: str) -> ResponseReturnValue:
    """For programs: what a release would tell of them today."""
    _languages(name)
    asks = keeping.told(house().store.read(lambda view: keeping.asks(view, name)), day_of(int(time.time())))
    response = jsonify(asks=asks)
    response.add_etag()
    return tagged(response, response.get_etag()[0] or "")


def _happened(name: str, number: int, kind: str, values: Mapping[str, Any]) -> ResponseReturnValue:
    by = f"account {holder().id}"
    try:
        keeping.add(house(), name, number, kind, values, day=day_of(int(time.time())), by=by)
    except states.Refused as refused:
        return overview(name, f"ask {refused.code}")
    except LookupError:
        abort(404)
    return overview(name)


def _none_yet(name: str, languages: tuple[str, ...], today: date) -> list[tuple[Any, list[str]]]:
    """What is said where news is late and there is none, by language; nothing where it is not."""
    owed = keeping.promised(house(), name, (today - date(1970, 1, 1)).days)
    news_by = date.fromordinal(date(1970, 1, 1).toordinal() + owed)
    return [(locale(tag), [nothing(for_locale(tag), news_by, today)]) for tag in languages] if owed else []


def _by_language(name: str, field: str) -> dict[str, str]:
    given = {tag: " ".join(request.form.get(f"{field}-{tag}", "").split()) for tag in _languages(name)}
    return {tag: text for tag, text in given.items() if text}


def _languages(name: str) -> tuple[str, ...]:
    published = house().store.read(lambda view: view.published(name))
    if published is None:
        abort(404)
    return tuple(house().library.edition(published).consultation.languages)


def _as_if(ask: Ask) -> Ask:
    """As it would stand once the proposal is approved."""
    told = ask.proposed or {}
    return replace(ask, answer=told.get("texts", {}), review_on=told.get("review_on", ""))


def _heard(ask: Ask, languages: tuple[str, ...]) -> list[tuple[Any, list[str]]]:
    """Language and sentences."""
    return [(locale(tag), lines(ask, for_locale(tag))) for tag in languages]
