"""What the pages of moderation share: the definition, words by language from a form, and refusals as codes.

Rule 1: whatever refuses is told in a sentence on the page it was asked on, and changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue

from consult import figures
from consult.consultation import Consultation
from consult.custody import NoKey
from consult.exporting import TooSoon
from consult.moderation.deciding import NotDecided
from consult.moderation.flags import Unclear
from consult.moderation.wording import NotSaid
from consult.store.members import Approval
from consult.web import answers
from consult.web.office.doors import house
from consult.web.office.telling import tongue
from consult.web.office.visit import holder


def definition(name: str) -> Consultation:
    """Of the newest version; 404 where there is none."""
    published = house().store.read(lambda view: view.published(name))
    if published is None:
        abort(404)
    return house().library.edition(published).consultation


def labels(name: str) -> dict[str, answers.Words]:
    """Each question as women hear it, in the page's language where there is one."""
    whole = definition(name)
    return {each.name: answers.said(each.label, whole, tongue()) for each in whole.questions}


def by_language(name: str) -> dict[str, str]:
    """What the form holds as text-en, text-ar, ..."""
    return {tag: request.form.get(f"text-{tag}", "") for tag in definition(name).languages}


def asked(kind: str, name: str, about: str = "") -> Approval | None:
    """One's own request for another's approval that is not over."""
    wanted, at = (kind, name, about, holder().id), int(time.time())
    for each in house().store.read(lambda view: view.approvals()):
        same = (each.kind, each.consultation, each.about, each.asked_by) == wanted
        if same and each.state in ("asked", "approved") and each.until > at:
            return each
    return None


def done(deed: Callable[[], object], refuse: Callable[[str], ResponseReturnValue], then: str) -> ResponseReturnValue:
    """Do it and go `then`; else the page that `refuse` makes of a code."""
    if code := refusal(deed):
        return refuse(f"moderating {code}")
    return redirect(then, 303)


def refusal(deed: Callable[[], object]) -> str:
    """Do it; the code of why it was not done, "" where it was."""
    try:
        deed()
    except (NotDecided, NotSaid, Unclear) as refused:
        return refused.code
    except TooSoon:
        return "soon"
    except NoKey:
        return "key"
    except figures.NoSuch:
        return "question"
    return ""
