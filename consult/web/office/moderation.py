"""What women wrote, looked at before anybody else reads it: the queue of a consultation, for its moderators.

Rule 1: texts come from `consult.moderation.batches` and from nowhere else: masked, of ten people and more, in an order
that tells nothing.
Rule 2: opening takes another person's approval; that texts were read is in the audit before they are shown.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consult import figures
from consult.accounts import approving
from consult.custody import NoKey
from consult.library import day_of
from consult.moderation import batches, deciding, flags, leaving, listing
from consult.moderation.deciding import Decision
from consult.reading.moderating import states_of_texts
from consult.store.moderated import WritingState
from consult.web.office.doors import house
from consult.web.office.moderators import asked, definition, done, labels, refusal
from consult.web.office.telling import page, tongue
from consult.web.office.visit import holder
from consult.wording import for_pages

blueprint = Blueprint("moderation", __name__, url_prefix="/office/moderation/<name>")
MOST = 100_000  # texts before those of a page
LEFT = "leave"  # beside the states: it waits for another


@blueprint.get("", endpoint="page")
def overview(name: str, refused: str = "") -> ResponseReturnValue:
    """Each question, and what may be done with it now; without them where the key is elsewhere."""
    definition(name)
    queues, listed = _queues(name), listing.words(house(), name)
    return page(
        "moderation.html",
        refused,
        name=name,
        queues=queues,
        labels=labels(name),
        waits={each.question: asked("texts", name, each.question) for each in queues or ()},
        listed=listed or _places(name),
        base=listing.version(listed),
    )


def _queues(name: str) -> list[batches.Queue] | None:
    try:
        return batches.waiting(house(), name)
    except NoKey:
        return None


def _places(name: str) -> list[str]:
    """What areas are called, to begin a list of words with."""
    options = (option for each in definition(name).questions if each.segment for option in each.choices)
    named = {word for option in options for label in option.label.values() for word in label.split()}
    return sorted(word for word in named if word.isalpha() and len(word) > 2)


@blueprint.post("/words")
def words(name: str) -> ResponseReturnValue:
    given = request.form.get("words", "").replace(",", " ").split()
    base, day, by = request.form.get("base", ""), day_of(int(time.time())), f"account {holder().id}"
    try:
        code = refusal(lambda: listing.keep(house(), name, given, base=base, day=day, by=by))
    except listing.TooMany:
        abort(413)
    return overview(name, f"moderating {code}" if code else "")


# ---- two people


@blueprint.post("/questions/<question>/ask")
def ask(name: str, question: str) -> ResponseReturnValue:
    """Another person is asked whether this question's texts may be opened."""
    if code := refusal(lambda: batches.ready(house(), name, question)):
        return overview(name, f"moderating {code}")
    if asked("texts", name, question) is None:
        approving.ask(house(), "texts", name, holder().id, int(time.time()), question)
    return overview(name)


@blueprint.post("/questions/<question>/open")
def open_texts(name: str, question: str) -> ResponseReturnValue:
    """They are opened, once, for what was approved."""
    approval = asked("texts", name, question)
    if approval is None or approval.state != "approved":
        return overview(name, "approval")
    at, by, id = int(time.time()), holder().id, approval.id

    def deed() -> None:
        approving.claim(house(), id, "texts", name, by, at, question)
        batches.open_batch(house(), name, question, at=at, by=f"account {by}")

    return done(deed, lambda code: overview(name, code), url_for("moderation.queue", name=name, question=question))


# ---- texts


@blueprint.get("/questions/<question>")
def queue(name: str, question: str) -> ResponseReturnValue:
    """Ten texts of one state; of those that wait, without what she left for another, unless she asks for it."""
    wanted = request.args.get("state", "")
    state: WritingState = next((each for each in deciding.STATES if each == wanted), "wait")
    after, mine = _after(), house().store.read(partial(leaving.left, name, holder().id))
    besides = mine if state == "wait" and LEFT not in request.args else frozenset()
    _note(f"texts of {question} of {name} read by account {holder().id}" if question in labels(name) else "")
    try:
        found = batches.texts(house(), name, question, state, (batches.PAGE + 1, after), besides)
    except NoKey:
        return overview(name, "moderating key")
    except figures.NoSuch:
        return overview(name, "moderating question")
    return page(
        "moderating.html",
        name=name,
        question=question,
        state=state,
        states=states_of_texts(for_pages(tongue())),
        texts=found[: batches.PAGE],
        after=after + batches.PAGE if len(found) > batches.PAGE else 0,
        besides=besides,
        said=labels(name)[question],
        flagged=flags.flagged(house(), name),
    )


def _after() -> int:
    return max(min(request.args.get("after", 0, type=int), MOST), 0)


def _note(what: str) -> None:
    if what:
        house().store.write(lambda tx: tx.note(day_of(int(time.time())), what))


@blueprint.post("/texts/<int:id>")
def decide(name: str, id: int) -> ResponseReturnValue:
    form, at, by = request.form, int(time.time()), holder().id
    left = form.get("state") == LEFT
    state = next((each for each in deciding.STATES if each == ("wait" if left else form.get("state"))), None)
    if state is None:
        return overview(name, "moderating state")
    decision = replace(_ticked(id, state), left=left)
    return done(
        lambda: deciding.decide(house(), name, id, decision, at=at, by=by),
        lambda code: overview(name, code),
        url_for("moderation.queue", name=name, question=form.get("question") or "-", state=form.get("from", "wait")),
    )


def _ticked(id: int, state: WritingState) -> Decision:
    """What the form of the page says of this text, beside its state."""
    form = request.form
    danger, asks, asked_ = (f"{each}-{id}" in form for each in ("danger", "asks", "asked"))
    return Decision(state, danger, asks, (form.get("from", "wait"), asked_))


@blueprint.post("/questions/<question>/fine")
def all_fine(name: str, question: str) -> ResponseReturnValue:
    """Every text of the page that still waits, one by one, each with what is ticked of it."""
    at, by = int(time.time()), holder().id
    shown = [int(each) for each in request.form.getlist("text")[: batches.PAGE] if each.isdecimal() and len(each) < 16]
    if not shown:
        return overview(name, "moderating state")
    wrong = [code for id in shown if (code := refusal(partial(_fine, name, id, at, by)))]
    if wrong:
        return overview(name, f"moderating {'several' if 'gone' in wrong else wrong[0]}")
    return redirect(url_for("moderation.queue", name=name, question=question), 303)


def _fine(name: str, id: int, at: int, by: int) -> None:
    deciding.decide(house(), name, id, _ticked(id, "fine"), at=at, by=by)


@blueprint.get("/texts/<int:id>/words")
def mask(name: str, id: int) -> ResponseReturnValue:
    """The words of one text, each to be masked."""
    try:
        text = batches.one(house(), name, id)
    except (NoKey, figures.NoSuch):
        text = None
    if text is None or not text.text:
        return overview(name, "moderating gone")
    _note(f"a text of {text.question} of {name} read by account {holder().id}")
    return page("masking.html", name=name, text=text, words=deciding.words_of(text.text))


@blueprint.post("/texts/<int:id>/words")
def mask_words(name: str, id: int) -> ResponseReturnValue:
    numbers = {int(each) for each in request.form.getlist("word") if each.isdecimal() and len(each) < 6}
    at, by = int(time.time()), holder().id
    return done(
        lambda: deciding.mask_more(house(), name, id, numbers, at=at, by=by),
        lambda code: overview(name, code),
        url_for("moderation.mask", name=name, id=id),
    )
