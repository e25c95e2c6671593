"""Coding: the texts of a question with the codes of its codebook, a few at a time; then both coders side by side.

Rule 1: the page works without script. With it, what was ticked is kept in the browser when there is no network, sealed,
and sent later (`coding.js`). Texts stand in the page only: no store keeps it, and no script writes them down.
Rule 2: a page shows its reader's own labels, and the other's only once both are done.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from flask import Blueprint, Response, abort, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consult.coding import labelling, settling
from consult.coding.books import Where, book
from consult.coding.labelling import NotCoded
from consult.consultation import Question
from consult.custody import CustodyError
from consult.edition import Edition
from consult.figures import NoSuch
from consult.house import House
from consult.web import answers
from consult.web.office.doors import house
from consult.web.office.telling import page, tongue
from consult.web.office.visit import holder

blueprint = Blueprint("coding", __name__, url_prefix="/office/coding/<name>")
PAGE: Final = 10  # texts
KEPT: Final = "X-Kept"  # the script's header: it wants to know how many were kept, not a page
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
    try:
        codes = [code.id for code in settling.codebook(house(), where).scheme.codes]
        kept = labelling.label(house(), where, dict(_ticked()), codes, holder().id)
    except NotCoded as refused:
        return (jsonify(why=refused.code), 409) if KEPT in request.headers else _batch(where, refused.code)
    except (NoSuch, CustodyError):
        abort(404)
    if KEPT in request.headers:
        return jsonify(kept=kept)
    return redirect(url_for("coding.page", name=name, question=question), 303)


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
    try:
        task, elsewhere = labelling.task(house(), where, me), False
    except CustodyError:
        task, elsewhere = labelling.Task((), 0, 0), True
    except NoSuch:
        abort(404)
    return page(
        "coding.html",
        refused=f"coding {refused}" if refused else "",
        **told(where),
        book=book(house(), where),
        task=task,
        texts=task.texts[:PAGE],
        elsewhere=elsewhere,
        seated=me in state.coders,
        full=me not in state.coders and len(state.coders) >= labelling.SEATS,
        finished=me in state.done,
        both_done=state.both_done,
    )


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
