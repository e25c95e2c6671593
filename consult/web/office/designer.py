"""The designer: drafts of definitions on one page, written question by question, checked as they are written.

Rule 1: every button is a form's, so the page works without script; the script only sends what was typed by itself and
puts the checks that come back beside the questions.
Rule 2: what was typed is kept before a button does anything; the ways to a draft's other pages are buttons too.
Rule 3: a draft is never mistaken for what is live: each page says which of both it shows, and what differs.
Rule 4: one language is written at a time here. All of them side by side is `translating`.
"""

from __future__ import annotations

import time
from typing import Any, Final

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consult import publish
from consult.accounts import NotAllowed, members
from consult.accounts.roles import Right, may
from consult.consultation import VARIANTS, Consultation, Refused, read
from consult.consultation.kinds import NAME, TAG
from consult.drafts import keeping, looking
from consult.drafts.changes import differences
from consult.drafts.fields import FLAGS, USES, flat
from consult.drafts.keeping import Kept
from consult.drafts.moves import moved, new, practice
from consult.store.records import Draft, Published
from consult.web.office import designing, faulting, ruling
from consult.web.office.doors import house
from consult.web.office.telling import page, tongue
from consult.web.office.visit import holder
from consult.wording import for_pages, locale

blueprint = Blueprint("designer", __name__, url_prefix="/office/designs")
WHOLE: Final = "-"  # in place of a question's name
LIVE: Final = "X-Live"  # the script's header: only what changes is wanted
ROOMS: Final = {  # of a draft, by the word of the button "go ..."
    "try": "trial.page",
    "recording": "prompts.page",
    "words": "translating.page",
    "publish": "publishing.page",
    "template": "lending.page",
}


@blueprint.get("", endpoint="list")
def overview(refused: str = "", why: str = "") -> ResponseReturnValue:
    """Drafts, what is live and has none, and the form for a new one."""
    mine = holder().grants
    drafts = [each for each in house().store.read(lambda view: view.drafts()) if may(mine, Right.DESIGN, each.name)]
    newest = house().store.read(house().library.current).newest
    live = {name: each for name, each in newest.items() if may(mine, Right.DESIGN, name)}
    rows = [(each, keeping.opened(each.toml), live.get(each.name)) for each in drafts]
    drafted = {draft.name for draft in drafts}
    without = [
        (each, house().library.edition(each).consultation.title) for name, each in live.items() if name not in drafted
    ]
    tags = [locale(tag) for tag in house().library.packs]
    return page("designs.html", refused=refused, unread=why, rows=rows, without=without, tags=tags)


@blueprint.post("", endpoint="begin")
def begin() -> ResponseReturnValue:
    name, tags = request.form.get("name", "").strip(), request.form.getlist("language")
    if not NAME.fullmatch(name):
        return overview("draft short name")
    tags = [tag for tag in tags if tag in house().library.packs] or ["en"]
    tags.sort(key=lambda tag: tag != tongue())  # what she reads herself is the source of the others
    try:
        made = practice if request.form.get("practice") else new
        keeping.begin(house(), made(name, tuple(tags[:12])), holder().id, int(time.time()))
    except NotAllowed as refused:
        return overview(refused.why)
    return redirect(url_for("designer.page", name=name), 303)


@blueprint.post("/<name>/from-live")
def from_live(name: str) -> ResponseReturnValue:
    """The draft is what is live now; what it was before can be undone to."""
    published = house().store.read(lambda view: view.published(name)) or abort(404)
    whole = read(published.toml)
    if house().store.read(lambda view: view.draft(name)):
        keeping.replace_all(house(), name, whole, holder().id, int(time.time()))
    else:
        keeping.begin(house(), whole, holder().id, int(time.time()))
    return redirect(url_for("designer.page", name=name), 303)


@blueprint.get("/<name>", endpoint="page")
def shown(name: str) -> ResponseReturnValue:
    return editor(Kept(standing(name)))


@blueprint.post("/<name>", endpoint="save")
def save(name: str) -> ResponseReturnValue:
    """What was typed, then what the button does."""
    base, button = request.form.get("base", "0"), request.form.get("do", "")
    if not base.isdecimal() or len(base) > 9:
        abort(400)
    given = {key: values[-1] for key, values in request.form.lists() if "." in key}
    at = int(time.time())
    try:
        kept = keeping.save(house(), name, int(base), given, lambda whole: moved(whole, button), holder().id, at)
        if button in ("undo", "redo"):
            kept = Kept(keeping.step(house(), name, "undo" if button == "undo" else "redo"))
    except LookupError:
        abort(404)
    except Refused:
        abort(413)
    if LIVE in request.headers:
        return _live(kept)
    if kept.unkept or kept.clashes:
        return editor(kept)
    return redirect(_next(button, kept), 303)


def _next(button: str, kept: Kept) -> str:
    """The address of what is looked at next: another page of the draft, or this one."""
    name, room = kept.draft.name, ROOMS.get(button.removeprefix("go "))
    if room and button.startswith("go "):
        written: dict[str, Any] = {"in": request.form.get("in", "")} if room == "trial.page" else {}
        return url_for(room, name=name, **written)
    told: dict[str, Any] = {"kept": 1} if button == "save" else {}
    return url_for("designer.page", name=name, _anchor=_anchor(button, kept), **_writing(button), **told)


def _anchor(button: str, kept: Kept) -> str:
    """Where the page is to be looked at next: the question that was touched, or the new one."""
    match button.split(" "):
        case ["add", _]:
            return f"q-{keeping.opened(kept.draft.toml).questions[-1].name}"
        case ["more", "" | "-"]:
            return "about"
        case ["in", _]:
            return ""
        case [_, name, *_]:
            return f"q-{name}"
        case _:
            return ""


def standing(name: str) -> Draft:
    """The draft, or the page that says there is none."""
    return house().store.read(lambda view: view.draft(name)) or abort(404)


# ---- the page


def editor(kept: Kept, losses: tuple[str, ...] = (), unread: str = "") -> Response:
    """The page of what stands; with it what a form lost on its way in, or why a file was not read."""
    response = page("design.html", losses=losses, unread=unread, **_told(kept))
    response.status_code = 409 if kept.clashes else 400 if kept.unkept or unread else 200
    return response


def _live(kept: Kept) -> Response:
    """What changes while somebody types, and nothing else."""
    return page("design_live.html", **_told(kept))


def _writing(button: str) -> dict[str, Any]:
    """What is looked at: the language that is written, and what more is shown of."""
    tag = button.removeprefix("in ") if button.startswith("in ") else request.values.get("in", "")
    more = button.removeprefix("more ") if button.startswith("more ") else request.values.get("more", "")
    found = {"in": tag} if TAG.fullmatch(tag) else {}
    return found | ({"more": more} if more == WHOLE or NAME.fullmatch(more) else {})


def _told(kept: Kept) -> dict[str, Any]:
    say, draft = for_pages(tongue()), kept.draft
    whole = keeping.opened(draft.toml)
    wanted = request.values.get("in", "")
    tag = next(each for each in (wanted, tongue(), whole.languages[0]) if each in whole.languages)
    look = looking.look(house(), whole, tag, int(time.time()))
    published, differing = compared(draft, whole)
    back, forth = house().store.read(lambda view: keeping.steps(view, draft))
    return {
        "draft": draft,
        "whole": whole,
        "f": flat(whole),
        "tag": tag,
        "place": locale(tag) if tag in house().library.packs else None,
        "tongues": {each: (designing.tongue_name(each), _missing(look, each)) for each in whole.languages},
        "more_tongues": [locale(each) for each in house().library.packs if each not in whole.languages],
        "look": look,
        "about": lambda name: [faulting.shown(say, each, whole) for each in look.about(name, tag)],
        "elsewhere": lambda name: sum(each.question == name and each.language not in ("", tag) for each in look.told),
        "money": house().settings.price_per_segment,
        "published": published,
        "unchecked": publish.unchecked(house(), whole),
        "differing": len(differing),
        "back": back,
        "forth": forth,
        "theirs": members.named(house(), kept.theirs) if kept.clashes else "",
        "unkept": [(designing.field_in_words(say, whole, each.field), each) for each in kept.unkept],
        "clashes": [(designing.field_in_words(say, whole, each.field), each) for each in kept.clashes],
        "unkept_why": lambda why: designing.why_unkept(say, why),
        "types": designing.types(say),
        "media": designing.media(say),
        "variants": VARIANTS,
        "parts": designing.parts(say),
        "tops": designing.tops(say),
        "flags": FLAGS,
        "uses": USES,
        "more": request.values.get("more", ""),
        "extras": lambda question: designing.extras(say, question, tag),
        "ord": ord,
        "rule": lambda rule: ruling.rule_in_words(say, rule, whole, tag),
        "rules": lambda at: ruling.rules_offered(say, whole, at, tag),
        "programmes": sorted(house().programmes),
    }


def _missing(look: looking.Look, tag: str) -> int:
    return sum(each.level == "error" and each.language == tag for each in look.told)


def compared(draft: Draft, whole: Consultation) -> tuple[Published | None, list[Any]]:
    """What is live, and how the draft differs from it."""
    published = house().store.read(lambda view: view.published(draft.name))
    if published is None or published.retired is not None:
        return None, []
    return published, differences(house().library.edition(published).consultation, whole)
