"""Field nodes on the page: how each stands, and pages that were not believed, of which somebody decides.

Rule 1: it is for administrators: nothing of what anybody said is on it.
Rule 2: to merge or to drop wants password and code within ten minutes; the audit keeps who decided.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import cast

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from consult.sync import quarantine
from consult.sync.status import Standing, standings
from consult.web.office.doors import house
from consult.web.office.telling import page, tongue
from consult.web.office.visit import holder
from consult.wording import Say, for_pages

blueprint = Blueprint("nodes", __name__, url_prefix="/office/nodes")


@blueprint.get("", endpoint="page")
def overview(refused: str = "") -> ResponseReturnValue:
    say, nodes = for_pages(tongue()), standings(house(), int(time.time()))
    tails = quarantine.tails(house())
    return page(
        "nodes.html", refused=refused, nodes=nodes, waits=list(_waits(say, nodes)), tails=tails, whys=_whys(say)
    )


@blueprint.post("/decide")
def decide() -> ResponseReturnValue:
    form = request.form
    choice = form.get("choice", "")
    if choice not in ("merge", "drop"):
        abort(400)
    try:
        which = form.get("node", ""), int(form.get("epoch", "")), int(form.get("first", ""))
        chosen = cast(quarantine.Choice, choice)
        by, now = f"account {holder().id}", int(time.time())
        quarantine.decide(house(), *which, chosen, by=by, at=now, tail=form.get("tail", ""))
    except ValueError:
        abort(400)
    except quarantine.Undecided:
        return overview("tail")
    return overview()


def _waits(say: Say, nodes: list[Standing]) -> Iterator[tuple[str, str]]:
    """Who wants looking after, and why: two machines, an old version, pages that wait for what is not here."""
    for each in nodes:
        if each.twins:
            yield each.name, say("Two machines seem to speak as this node. Find the copy and switch it off.")
        if each.odd:
            yield each.name, say("Orders that this node does not understand: {many}. Upgrade the node.", many=each.odd)
        if many := each.unmerged.get("held"):
            yield (
                each.name,
                say(
                    "Pages that wait for a version that is not here: {many}. Publish it again, or upgrade this hub.",
                    many=many,
                ),
            )
        if many := each.unmerged.get("sealed"):
            yield each.name, say("Pages that wait for the key of their consultation: {many}.", many=many)


def _whys(say: Say) -> dict[str, str]:
    """Why pages wait, in words."""
    unread = say("The hub cannot read them: damaged, or sealed with another key.")
    return {
        "ahead": say(
            "They wait for an earlier page. Merge them only where that was lost with the node and never comes."
        ),
        "fork": say("Two machines told different things under one number: a copy of the node, or an old image of it."),
        "chain": say("They do not follow what came before: a copy of the node, or an old image of it."),
        "revoked": say("The node was revoked before these pages."),
        "unopened": unread,
        "garbled": unread,
        "moved": unread,
        "bomb": unread,
    }
