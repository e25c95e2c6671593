"""A draft as a template: given to another country's team with what was learnt, or taken from one in place of the draft.

Rule 1: what would still tell something local is named with its place, and no file is made.
Rule 2: a template of a hub that is new here is taken once its fingerprint was typed; the page does not show it, or it
would be copied instead of asked for.
Rule 3: what came with a template is shown as the words it is: nothing of it is obeyed.
"""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consult import releases
from consult.drafts import keeping
from consult.reading.labels import Labels
from consult.templates import lending, lessons
from consult.templates.localness import segments
from consult.templates.sheet import NotTemplate, fingerprint
from consult.web.office.designer import standing
from consult.web.office.doors import house
from consult.web.office.telling import page, tongue
from consult.web.office.unlendable import unlendable
from consult.web.office.uploads import sent
from consult.web.office.visit import holder
from consult.wording import for_pages

blueprint = Blueprint("lending", __name__, url_prefix="/office/designs/<name>/template")


@blueprint.get("", endpoint="page")
def shown(name: str) -> ResponseReturnValue:
    return _page(name)


@blueprint.post("/file")
def give(name: str) -> ResponseReturnValue:
    """The signed file of what stands, with the lessons that were typed."""
    form, whole = request.form, keeping.opened(standing(name).toml)
    try:
        learnt = lessons.read(_written(form.get("lessons", "")[: lessons.LARGEST + 1]))
        terms = lending.Terms(form.get("origin", "")[:400], form.get("licence", "")[:400])
        text = lending.lent(house(), whole, learnt, terms, int(time.time()))
    except (lessons.Unclear, NotTemplate) as wrong:
        say = for_pages(tongue())
        return _page(name, wrong=[unlendable(say, line) for line in str(wrong).splitlines()[:20]], typed=form)
    response = make_response(text.encode())
    response.headers["Content-Type"] = "application/json"
    response.headers["Content-Disposition"] = f"attachment; filename={name}.template.json"
    return response


def _written(text: str) -> str:
    """Without the page's own headings below which nothing was written."""
    lines = [line.strip() for line in text.strip().split("\n")]
    own = {f"# {heading}" for heading in _headings()}
    rest = [next((each for each in lines[n + 1 :] if each), "#") for n in range(len(lines))]
    return "\n".join(line for line, next_ in zip(lines, rest, strict=True) if line not in own or next_[:1] != "#")


def _headings() -> list[str]:
    say = for_pages(tongue())
    return [say("What worked"), say("What we would change")]


@blueprint.post("", endpoint="take")
def take(name: str) -> ResponseReturnValue:
    """A template in place of the draft, as its next version."""
    standing(name)
    try:
        template = lending.taken(house(), sent("file"), request.form.get("fingerprint", ""))
    except NotTemplate as wrong:
        return _page(name, unread=str(wrong)[:2000])
    except lending.Unknown as unknown:
        return _page(name, unknown=unknown)
    lending.put(house(), template, name, holder().id, int(time.time()))
    return redirect(url_for("lending.page", name=name), 303)


def _page(name: str, **told: Any) -> Response:
    draft = standing(name)
    whole, say = keeping.opened(draft.toml), for_pages(tongue())
    labels = Labels({"wording": releases.wording(whole.questions), "languages": list(whole.languages)}, say)
    named = {each.name for each in whole.questions}
    response = page(
        "template.html",
        draft=draft,
        segments=segments(whole),
        ours=fingerprint(releases.public_key(house())),
        came=lending.beside(house(), name),
        frame=labels.frame,
        asked=lambda each: labels.question({"question": each, "choice": ""}) if each in named else each,
        sort=lambda sort: _sorts(labels).get(sort, sort),
        most=lessons.LARGEST,
        begun="".join(f"# {heading}\n\n\n" for heading in _headings()),
        **{"typed": {}, "wrong": (), "unread": "", "unknown": None, **told},
    )
    response.status_code = 400 if told else 200
    return response


def _sorts(labels: Labels) -> dict[str, str]:
    say = labels.say
    return {
        "answered": say("Answered"),
        "not_answered": say("Gave another answer"),
        **{code: labels.code(code) for code in ("not_sure", "not_understood", "prefer_not")},
    }
