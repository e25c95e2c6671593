"""Who may pass which door: the one table of routes. A route without a line here is shut.

Rule 1: a door of one consultation looks at the name in the address and at rights for that very name (IDOR).
Rule 2: someone without the right, and someone who asks for what is not there, get the same answer.
Rule 3: whoever has not proved a second factor yet passes only the doors of `JOINING`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from flask import abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consult.accounts import entering
from consult.accounts.roles import HUB, Right, may
from consult.house import House
from consult.store.members import Grant
from consult.web.office.visit import visit

Where = Literal["open", "joining", "inside", "hub", "named", "somewhere", "program"]


@dataclass(frozen=True, slots=True)
class Door:
    """`where` the right must be held; `fresh`: password and code were shown within ten minutes."""

    where: Where
    right: Right | None = None
    fresh: bool = False


OPEN, JOINING, INSIDE = Door("open"), Door("joining"), Door("inside")
_AIR = Door("named", Right.AIR)
_READ = Door("named", Right.RELEASES)
_DESIGN = Door("named", Right.DESIGN)
_WORDS = Door("named", Right.TRANSLATE)
_LISTS = Door("named", Right.CONTACTS)
_RECORD = Door("named", Right.RECORD)
_CODE = Door("named", Right.CODE)
_MODERATE = Door("named", Right.MODERATE)
_FLAGS = Door("named", Right.FLAGS)
_PEOPLE = Door("hub", Right.PEOPLE, fresh=True)

DOORS: Final[Mapping[str, Door]] = {
    "entering.sign_in": OPEN,
    "entering.join": OPEN,
    "entering.invited": OPEN,
    "entering.by_link": OPEN,
    "own.factor": JOINING,
    "own.picture": JOINING,
    "own.sign_out": JOINING,
    "own.prove": INSIDE,
    "own.page": INSIDE,
    "own.password": Door("inside", fresh=True),
    "own.paper": Door("inside", fresh=True),
    "own.everywhere": INSIDE,
    "desk.home": INSIDE,
    "desk.consultation": Door("named", Right.SEE),
    "contacts.page": _LISTS,
    "contacts.look": _LISTS,
    "contacts.errors": _LISTS,
    "contacts.take": _LISTS,
    "contacts.drop": _LISTS,
    "contacts.undo": _LISTS,
    "contacts.codes": Door("named", Right.CONTACTS, fresh=True),
    "contacts.joining": _LISTS,
    "contacts.picture": _LISTS,
    "launch.page": Door("named", Right.PROTECT),
    "launch.sign": Door("named", Right.LAUNCH),
    "launch.start": Door("named", Right.LAUNCH, fresh=True),
    "launch.resume": Door("named", Right.LAUNCH),
    "launch.pause": Door("named", Right.PROTECT),
    "launch.stop": Door("named", Right.PROTECT),
    "live.page": Door("named", Right.TRAFFIC),
    "releases.page": _READ,
    "releases.read": _READ,
    "releases.file": _READ,
    "releases.make": Door("named", Right.RELEASE),
    "incidents.page": Door("named", Right.PROTECT),
    "incidents.begin": Door("named", Right.PROTECT),
    "incidents.close": Door("named", Right.PROTECT),
    "moderation.page": _MODERATE,
    "moderation.words": _MODERATE,
    "moderation.ask": Door("named", Right.MODERATE, fresh=True),
    "moderation.open_texts": Door("named", Right.MODERATE, fresh=True),
    "moderation.queue": _MODERATE,
    "moderation.all_fine": _MODERATE,
    "moderation.decide": _MODERATE,
    "moderation.mask": _MODERATE,
    "moderation.mask_words": _MODERATE,
    "replies.page": _MODERATE,
    "replies.write": _MODERATE,
    "replies.approve": _MODERATE,
    "replies.decline": _MODERATE,
    "replies.send": Door("named", Right.MODERATE, fresh=True),
    "paraphrases.page": _MODERATE,
    "paraphrases.write": _MODERATE,
    "paraphrases.approve": _MODERATE,
    "paraphrases.decline": _MODERATE,
    "flags.page": _FLAGS,
    "flags.ask": Door("named", Right.FLAGS, fresh=True),
    "flags.take": Door("named", Right.FLAGS, fresh=True),
    "flags.close": _FLAGS,
    "asks.page": _READ,
    "asks.begin": Door("named", Right.RELEASE),
    "asks.move": Door("named", Right.RELEASE),
    "asks.answer": Door("named", Right.ANSWER),
    "asks.approve": Door("named", Right.RELEASE),
    "asks.decline": Door("named", Right.RELEASE),
    "episodes.page": _AIR,
    "episodes.script": _AIR,
    "episodes.sheet": _AIR,
    "episodes.desk": _AIR,
    "episodes.take": _AIR,
    "episodes.words": _AIR,
    "episodes.texts": _AIR,
    "episodes.open_texts": _AIR,
    "episodes.topline": _AIR,
    "designer.list": Door("somewhere", Right.DESIGN),
    "designer.begin": Door("somewhere", Right.DESIGN),
    "designer.from_live": _DESIGN,
    "designer.page": _DESIGN,
    "designer.save": _DESIGN,
    "carrying.file": _DESIGN,
    "carrying.bring": _DESIGN,
    "lending.page": _DESIGN,
    "lending.give": _DESIGN,
    "lending.take": _DESIGN,
    "publishing.page": _DESIGN,
    "publishing.approval": Door("named", Right.DESIGN, fresh=True),
    "publishing.publish": Door("named", Right.DESIGN, fresh=True),
    "translating.page": _WORDS,
    "translating.tongue": _WORDS,
    "translating.save": _WORDS,
    "bringing.sheet": _WORDS,
    "bringing.look": _WORDS,
    "bringing.take": _WORDS,
    "trial.page": _DESIGN,
    "trial.play": _DESIGN,
    "trial.script": _DESIGN,
    "prompts.list": Door("somewhere", Right.RECORD),
    "prompts.page": _RECORD,
    "prompts.lines": _RECORD,
    "prompts.sheet": _RECORD,
    "prompts.line": _RECORD,
    "prompts.keep": _RECORD,
    "prompts.code": Door("named", Right.DESIGN, fresh=True),
    "coding.list": _CODE,
    "coding.page": _CODE,
    "coding.label": _CODE,
    "coding.done": _CODE,
    "coding.leave": _CODE,
    "coding.both": _CODE,
    "coding.settle": _CODE,
    "coding.keep": _CODE,
    "codebooks.page": _CODE,
    "codebooks.save": _CODE,
    "codebooks.bring": _CODE,
    "codebooks.file": _CODE,
    "worker.script": INSIDE,
    "people.page": Door("hub", Right.PEOPLE),
    "people.invite": _PEOPLE,
    "people.disable": _PEOPLE,
    "people.grant": _PEOPLE,
    "people.ungrant": _PEOPLE,
    "people.afresh": _PEOPLE,
    "approvals.page": Door("somewhere", Right.APPROVE),
    "approvals.ask": Door("somewhere", Right.ASK, fresh=True),
    "approvals.approve": Door("somewhere", Right.APPROVE, fresh=True),
    "approvals.refuse": Door("somewhere", Right.APPROVE, fresh=True),
    "audit.page": Door("hub", Right.AUDIT),
    "audit.export": Door("hub", Right.AUDIT),
    "nodes.page": Door("hub", Right.NODES),
    "nodes.decide": Door("hub", Right.NODES, fresh=True),
    "programs.page": Door("hub", Right.TOKENS),
    "programs.make": Door("hub", Right.TOKENS, fresh=True),
    "programs.revoke": Door("hub", Right.TOKENS),
    "programs.figures": Door("program", Right.FIGURES),
    "programs.releases": Door("program", Right.RELEASES),
    "programs.release": Door("program", Right.RELEASES),
    "programs.file": Door("program", Right.RELEASES),
    "programs.asks": Door("program", Right.RELEASES),
    "programs.description": OPEN,
}


def guard() -> ResponseReturnValue | None:
    """Before every request."""
    if request.endpoint is None:
        return None  # no such address: Flask says so
    door = DOORS.get(request.endpoint)
    if door is None:
        abort(403)
    return _let_in(door)


def _let_in(door: Door) -> ResponseReturnValue | None:
    who = visit().member
    if door.where == "open" or door.where == "program":
        return None
    if who is None:
        return redirect(url_for("entering.sign_in"), 303)
    if not who.account.ready and door.where != "joining":
        return redirect(url_for("own.factor"), 303)
    if door.right and not _allowed(who.grants, door):
        abort(404)
    if door.fresh and not _fresh():
        return redirect(url_for("own.prove", to=request.path), 303)
    return None


def _fresh() -> bool:
    """The demo's account has no password to show again."""
    signin = visit().signin
    return signin is not None and (house().settings.demo or entering.fresh(signin, int(time.time())))


def opens(endpoint: str, grants: tuple[Grant, ...]) -> bool:
    """Whether whoever has these grants may pass this door, in this request."""
    return _allowed(grants, DOORS[endpoint])


def _allowed(grants: tuple[Grant, ...], door: Door) -> bool:
    right = door.right
    assert right is not None
    match door.where:
        case "hub":
            return may(grants, right, HUB)
        case "named":
            return may(grants, right, (request.view_args or {})["name"])
        case "somewhere":
            return any(may(grants, right, each.consultation) for each in grants)
        case _:
            return False


def house() -> House:
    """The house of this request."""
    found: House = current_app.extensions["house"]
    return found
