"""Coding: the texts of a question with the codes of its codebook, a few at a time; then both coders side by side.

Rule 1: the page works without script. With it, what was ticked is kept in the browser when there is no network, sealed,
and sent later (`coding.js`). Texts stand in the page only: no store keeps it, and no script writes them down.
Rule 2: a page shows its reader's own labels, and the other's only once both are done.
Rule 3: each page goes on after the last text of the one before, and begins anew at the end: what was left open comes
again when the others were seen. What was coded is shown again with its codes (`coded`), until both are done.
Rule 4: a text that tells of danger is said to first, whatever becomes of what was ticked beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final

from flask import Blueprint, Response, abort, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consult.coding import labelling, raising, settling
from consult.coding.books import Where, book
from consult.coding.labelling import NotCoded
from consult.consultation import Question
from consult.custody import CustodyError
from consult.edition import Edition
from consult.figures import NoSuch
from consult.house import House
from consult.moderation.batches import Text
from consult.web import answers
from consult.web.office.doors import house
from consult.web.office.telling import page, tongue
from consult.web.office.visit import holder

blueprint = Blueprint("coding", __name__, url_prefix="/office/coding/<name>")
PAGE: Final = 10  # texts
KEPT: Final = "X-Kept"  # the script's header: it wants to know how many were kept, not a page
_Shown = tuple[Text, tuple[str, ...]]  # with the codes that are ticked
_ID: Final = 32  # signs of a message's name


@blueprint.get("", endpoint="list")
def overview(name: str) -> ResponseReturnValue:
    """The questions that are answered in words."""
    edition = _edition(name)
    asked = [each for each in edition.consultation.questions if each.type == "text"]
    rows = [(each, _label(each, edition), book(house(), Where(name, each.name))) for each in asked]
    return page("codings.html", name=name, rows=rows)


@blueprint.get("/<question>", endpoint="page")
def shown(name: str, question: str) -> ResponseReturnValue:
    return _batch(where_of(name, question))


@blueprint.post("/<question>", endpoint="label")
def label(name: str, question: str) -> ResponseReturnValue:
    """What was ticked, text by text."""
    where = where_of(name, question)
    if "danger" in request.form:
        return _danger(where, request.form["danger"])
    try:
        codes = [code.id for code in settling.codebook(house(), where).scheme.codes]
        kept = labelling.label(house(), where, dict(_ticked()), codes, holder().id)
    except NotCoded as refused:
        return (jsonify(why=refused.code), 409) if KEPT in request.headers else _batch(where, refused.code)
    except (NoSuch, CustodyError):
        abort(404)
    if KEPT in request.headers:
        return jsonify(kept=kept)
    return redirect(_next(where, _after(request.form.get("after", "")), again="coded" in request.form), 303)


def _danger(where: Where, message: str) -> ResponseReturnValue:
    """One text goes to the guardians; then what was ticked is kept, and the same texts are shown again."""
    by, here = holder().id, _after(request.form.get("here", ""))
    try:
        raising.danger(house(), where, message, at=int(time.time()), by=by)
        codes = [code.id for code in settling.codebook(house(), where).scheme.codes]
        labelling.label(house(), where, dict(_ticked()), codes, by)
    except NotCoded as refused:
        return _batch(where, refused.code)
    except (NoSuch, CustodyError):
        abort(404)
    return redirect(_next(where, here, again="coded" in request.form, danger=1), 303)


def _next(where: Where, after: int, *, again: bool, danger: int | None = None) -> str:
    shown: dict[str, Any] = {"after": after, "coded": 1 if again else None, "danger": danger}
    return url_for("coding.page", name=where.name, question=where.question, **shown)


def _after(told: str) -> int:
    """The number of the last text that was shown; 0 for none."""
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 18 else 0


def _ticked() -> Iterator[tuple[str, list[str]]]:
    """Message and codes, as the form of a batch brings them."""
    for message in request.form.getlist("message")[: 4 * PAGE]:
        if len(message) == _ID:
            yield message, request.form.getlist(f"code-{message}")


@blueprint.post("/<question>/done")
def done(name: str, question: str) -> ResponseReturnValue:
    """Everything is coded; with the other's "done" both are compared."""
    return _then(where_of(name, question), labelling.finish)


@blueprint.post("/<question>/leave")
def leave(name: str, question: str) -> ResponseReturnValue:
    """The seat is free, and what was coded from it is gone."""
    return _then(where_of(name, question), labelling.leave)


def _then(where: Where, deed: Callable[[House, Where, int, int], None]) -> ResponseReturnValue:
    try:
        deed(house(), where, holder().id, int(time.time()))
    except NotCoded as refused:
        return _batch(where, refused.code)
    except (NoSuch, CustodyError):
        abort(404)
    return redirect(url_for("coding.page", name=where.name, question=where.question), 303)


def _batch(where: Where, refused: str = "") -> Response:
    me = holder().id
    state = house().store.read(partial(labelling.state, house(), where))
    again = "coded" in request.values and me in state.coders and not state.both_done
    try:
        task, elsewhere = labelling.task(house(), where, me), False
        found = labelling.coded(house(), where, me) if again else [(each, ()) for each in task.texts]
    except CustodyError:
        task, elsewhere, found = labelling.Task((), 0, 0), True, []
    except NoSuch:
        abort(404)
    shown = _from(found, _after(request.values.get("after", "")))
    last = shown[-1][0].id if shown else 0
    return page(
        "coding.html",
        refused=f"coding {refused}" if refused else "",
        **told(where),
        book=book(house(), where),
        task=task,
        texts=shown,
        again=again,
        here=_after(request.values.get("here", request.values.get("after", ""))),
        raised="danger" in request.args,
        last=last,
        next=_next(where, last, again=again),
        elsewhere=elsewhere,
        seated=me in state.coders,
        full=me not in state.coders and len(state.coders) >= labelling.SEATS,
        finished=me in state.done,
        both_done=state.both_done,
    )


def _from(found: Sequence[_Shown], after: int) -> list[_Shown]:
    """A page of them, which begins after this text and goes on with the first."""
    return sorted(found, key=lambda each: (each[0].id <= after, each[0].id))[:PAGE]


# ---- both


@blueprint.get("/<question>/both", endpoint="both")
def compared(name: str, question: str) -> ResponseReturnValue:
    return _compared(where_of(name, question))


@blueprint.post("/<question>/settle")
def settle(name: str, question: str) -> ResponseReturnValue:
    where = where_of(name, question)
    try:
        settling.settle(house(), where, dict(_ticked()), holder().id, int(time.time()))
    except NotCoded as refused:
        return _compared(where, refused.code)
    except (NoSuch, CustodyError):
        abort(404)
    return redirect(url_for("coding.both", name=name, question=question), 303)


@blueprint.post("/<question>/keep")
def keep(name: str, question: str) -> ResponseReturnValue:
    """The themes stand: the next release tells how many people hold each."""
    where = where_of(name, question)
    try:
        kept = settling.keep(house(), where, holder().id, int(time.time()))
    except NotCoded as refused:
        return _compared(where, refused.code)
    except (NoSuch, CustodyError):
        abort(404)
    return _compared(where, kept=kept.messages)


def _compared(where: Where, refused: str = "", kept: int = 0) -> Response:
    """Nothing of the other's is shown before both are done."""
    try:
        comparison = settling.compare(house(), where)
    except NotCoded as early:
        return _batch(where, early.code)
    except (NoSuch, CustodyError):
        abort(404)
    open_ = [each for each in comparison.differences if each.settled is None]
    return page(
        "coded.html",
        refused=f"coding {refused}" if refused else "",
        **told(where),
        comparison=comparison,
        open=open_[:PAGE],
        left=len(open_),
        kept=kept,
        mine=holder().id in house().store.read(partial(labelling.state, house(), where)).coders,
    )


# ---- what they stand on


def where_of(name: str, question: str) -> Where:
    """The question, or the page that says there is none."""
    asked = {each.name: each for each in _edition(name).consultation.questions if each.type == "text"}
    if question not in asked or asked[question].sensitive:
        abort(404)
    return Where(name, question)


def told(where: Where) -> dict[str, Any]:
    """What every page of a question shows."""
    edition = _edition(where.name)
    asked = next(each for each in edition.consultation.questions if each.name == where.question)
    return {"name": where.name, "question": where.question, "asked": _label(asked, edition)}


def _label(question: Question, edition: Edition) -> Any:
    return answers.said(question.label, edition.consultation, tongue())


def _edition(name: str) -> Edition:
    published = house().store.read(lambda view: view.published(name))
    if published is None or published.retired is not None:
        abort(404)
    return house().library.edition(published)
