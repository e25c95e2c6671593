"""From a draft to what is live: the checks whole, what changes, and the recovery kit, which is shown once.

Rule 1: only `consult.publish` publishes; what it refuses is refused here.
Rule 2: other safety settings wait for another person, where two can decide (approval "safety", for these very words).
Rule 3: the first version of a consultation whose key is kept elsewhere is published with the command: there the kit is
the only copy, and a page can be lost on its way.
Rule 4: in the demo everything is test data, and so is what is published here; its words are read as in earnest.
Rule 5: each language goes or stays by itself (D25): one that lacks words is left out, and so is one that nobody but its
writer has read, unless the facilitator ticks that it goes out so.
"""

from __future__ import annotations

import time
from hashlib import sha256
from typing import Any, Final

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consult import publish
from consult.accounts import NotAllowed, approving, members
from consult.accounts.roles import HUB, Right, may
from consult.consultation import Consultation, Fault
from consult.custody import CustodyError
from consult.drafts import keeping, looking
from consult.drafts.changes import Difference
from consult.library import day_of
from consult.store.members import Approval
from consult.store.records import Draft
from consult.translations import states
from consult.web.office import designing, faulting
from consult.web.office.designer import compared, standing
from consult.web.office.doors import house
from consult.web.office.telling import page, tongue
from consult.web.office.visit import holder
from consult.wording import for_pages

blueprint = Blueprint("publishing", __name__, url_prefix="/office/designs/<name>")
LEVELS: Final = ("error", "warning", "note")


@blueprint.get("/publish", endpoint="page")
def overview(name: str, refused: str = "", faults: tuple[Fault, ...] = ()) -> ResponseReturnValue:
    """What is wrong, what changes, what happens next."""
    draft = standing(name)
    whole = keeping.opened(draft.toml)
    published, differing = compared(draft, whole)
    at, say = int(time.time()), for_pages(tongue())
    look = looking.look(house(), whole, whole.languages[0], at)
    told = [*look.told, *(looking.placed(each) for each in faults)]
    live = house().library.edition(published).consultation if published else whole
    return page(
        "publish.html",
        refused=refused,
        draft=draft,
        whole=whole,
        published=published,
        by=members.named(house(), draft.by),
        changes=[(designing.difference_in_words(say, each, live, whole), *_values(each)) for each in differing],
        told={level: [_placed(each, whole) for each in told if each.level == level] for level in LEVELS},
        blocked=any(each.level == "error" and not each.language for each in told) or not _sound(look, whole),
        left_out=[designing.tongue_name(tag) for tag in whole.languages if _broken(look, tag)],
        gaps=_gaps(whole),
        unchecked=_unchecked(look, whole, live if published else None),
        gone=_gone(look, whole, live) if published else [],
        outdated=[designing.tongue_name(tag) for tag in states.outdated(whole, live)] if published else [],
        invites=may(holder().grants, Right.PEOPLE, HUB),
        elsewhere=whole.custody == "offline" and published is None,
        waits=_waits(draft, at),
        call=look.call,
        prices=look.whole,
    )


def _gaps(whole: Consultation) -> list[tuple[str, str, list[str]]]:
    """Of each language that lacks words: its tag, its name, and what is missing, in words."""
    say = for_pages(tongue())
    return [
        (tag, designing.tongue_name(tag), [designing.field_in_words(say, whole, each.id) for each in lacking])
        for tag, lacking in states.gaps(whole).items()
    ]


def _unchecked(look: looking.Look, whole: Consultation, live: Consultation | None) -> list[tuple[str, str, bool]]:
    """Languages that could go out and had no second reader: tag, name, and whether these very words are live."""
    tags = [tag for tag in publish.unchecked(house(), whole) if not _broken(look, tag)]
    same = {tag for tag in tags if live and tag in live.languages and states.unchanged(whole, live, tag)}
    return [(tag, designing.tongue_name(tag), tag in same) for tag in tags]


def _gone(look: looking.Look, whole: Consultation, live: Consultation) -> list[str]:
    """Languages that are live and would not be any more, unless somebody ticks them."""
    unread = {tag for tag, _, same in _unchecked(look, whole, live) if not same}
    gone = (tag for tag in live.languages if tag not in whole.languages or tag in unread or _broken(look, tag))
    return [designing.tongue_name(tag) for tag in gone]


def _values(one: Difference) -> tuple[str, str]:
    """Before and after, where it is a field that changed."""
    return (one.before, one.after) if one.what == "changed" else ("", "")


def _broken(look: looking.Look, tag: str) -> bool:
    return any(each.level == "error" and each.language == tag for each in look.told)


def _sound(look: looking.Look, whole: Consultation) -> bool:
    """Whether any language is free of errors."""
    return any(not _broken(look, tag) for tag in whole.languages)


def _placed(told: looking.Told, whole: Consultation) -> tuple[str, str, Any]:
    """Question, where its block stands on the page, and the fault in words."""
    number = next((n for n, each in enumerate(whole.questions, 1) if each.name == told.question), 0)
    say = for_pages(tongue())
    about = say("Question {n}", n=number) if number else ""
    return about, f"q-{told.question}" if number else "about", faulting.shown(say, told, whole)


# ---- two people


def _about(draft: Draft) -> str:
    return sha256(draft.toml.encode()).hexdigest()


def _waits(draft: Draft, at: int) -> str:
    """ "" where nobody else is needed; else "ask", "asked" or "approved", for these very words."""
    if not publish.changes_safety(house(), draft.toml) or not approving.needed(house()):
        return ""
    found = _approval(draft, at)
    return found.state if found else "ask"


def _approval(draft: Draft, at: int) -> Approval | None:
    mine = (
        each
        for each in house().store.read(lambda view: view.approvals())
        if (each.kind, each.consultation, each.about, each.asked_by)
        == ("safety", draft.name, _about(draft), holder().id)
    )
    return next((each for each in mine if each.state in ("asked", "approved") and each.until > at), None)


@blueprint.post("/approval")
def approval(name: str) -> ResponseReturnValue:
    """Ask another person for it."""
    draft, at = standing(name), int(time.time())
    if _waits(draft, at) == "ask":
        try:
            approving.ask(house(), "safety", name, holder().id, at, _about(draft))
        except NotAllowed as refused:
            return overview(name, refused.why)
    return redirect(url_for("publishing.page", name=name), 303)


# ---- publishing


@blueprint.post("/publish", endpoint="publish")
def go_live(name: str) -> ResponseReturnValue:
    """The draft that was looked at; another one since is shown first."""
    draft, at = standing(name), int(time.time())
    if request.form.get("number") != str(draft.number):
        return overview(name, "draft moved")
    whole = keeping.opened(draft.toml)
    if whole.custody == "offline" and compared(draft, whole)[0] is None:
        return overview(name, "draft elsewhere")
    waits = _waits(draft, at)
    if waits not in ("", "approved"):
        return overview(name, "draft approval")
    try:
        if found := _approval(draft, at) if waits else None:
            approving.claim(house(), found.id, "safety", name, holder().id, at, _about(draft))
        known = request.form.getlist("unreviewed")
        done = publish.publish(house(), draft.toml, day=day_of(at), test=house().settings.demo, unreviewed=known)
    except publish.Unpublishable as wrong:
        return overview(name, "draft faults", tuple(each for each in wrong.faults if each.level == "error"))
    except NotAllowed as refused:
        return overview(name, refused.why)
    except CustodyError:
        return overview(name, "draft key")
    house().learn_voices()
    if done.new:
        who, said = holder().id, f"published {name} from its draft"
        said += f"; without a second reader: {', '.join(done.unchecked)}" if done.unchecked else ""
        house().store.write(lambda tx: members.note(tx, at, who, said))
    left, unchecked = ([designing.tongue_name(tag) for tag in tags] for tags in (done.left_out, done.unchecked))
    told: dict[str, Any] = {
        "name": name,
        "published": done.published,
        "new": done.new,
        "kit": done.kit,
        "practice": whole.practice,
    }
    return page("published.html", left_out=left, unchecked=unchecked, **told)
