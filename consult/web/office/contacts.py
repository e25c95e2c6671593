"""Contacts on the page: a list is sent and looked at, taken or given up, and taken back; codes, and how to join.

Rule 1: nothing is kept before its counts were seen; meanwhile the list lies closed (`consult.contacts.parked`).
Rule 2: no number and no name is on any page or in any file of this room: rows are told by their place.
Rule 3: fewer than ten of a kind are told as that.
"""

from __future__ import annotations

import io
import secrets
import time
from collections.abc import Iterable

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from consult import contacts, spreadsheets
from consult.accounts.roles import Right, rights
from consult.contacts import ContactsError, counting, parked, ways
from consult.edition import Edition
from consult.findings.gate import at_least
from consult.reading.labels import Labels
from consult.reading.lists import consented_in_words, reason_in_words
from consult.releases import wording
from consult.web.office.doors import house
from consult.web.office.telling import page, tongue
from consult.web.office.uploads import sent
from consult.web.office.visit import holder
from consult.wording import for_locale, for_pages, locale

SHOWN = 10  # bad rows on the page; the file has all
CODES = 500  # at once
blueprint = Blueprint("contacts", __name__, url_prefix="/office/consultations/<name>/contacts")


@blueprint.get("", endpoint="page")
def overview(name: str, refused: str = "", **done: object) -> ResponseReturnValue:
    """The lists so far, and the form for another. `done`: `taken` or `gone`, with a number of people."""
    edition = _edition(name)
    say = for_pages(tongue())
    return page(
        "contacts.html",
        refused=refused,
        name=name,
        listed=counting.listed(house(), name),
        kinds=_kinds(name, edition),
        consented=consented_in_words(say),
        segments=[each.name for each in edition.consultation.questions if each.segment],
        closed=not edition.consultation.open,
        country=house().settings.country,
        most=contacts.PAGE,
        done=done,
        launches=Right.LAUNCH in rights(holder().grants, name),
    )


@blueprint.post("/look")
def look(name: str) -> ResponseReturnValue:
    """What a list would do. It is kept closed until it is decided on."""
    _edition(name)
    content, region = sent("list"), request.form.get("region", "").upper()[:2]
    try:
        if not content:
            raise ContactsError("no file", "none")
        plan = contacts.plan(house(), name, content, region, contacts.PAGE)
        ticket = parked.park(house(), _whose(name), content, secrets.token_bytes(32), int(time.time()))
    except ContactsError as refused:
        return overview(name, f"list {refused.code}")
    return _shown(name, plan, ticket, region)


@blueprint.post("/take")
def take(name: str) -> ResponseReturnValue:
    form, at = request.form, int(time.time())
    try:
        plan = _planned(name)
        group = " ".join(form.get("group", "").split())
        terms = contacts.Terms(form.get("consented", "") or "?", group)
        contacts.apply(house(), plan, at, terms=terms)
        parked.drop(house(), _whose(name), form.get("ticket", ""), at)
    except ContactsError as refused:
        return _again(name, refused)
    return overview(name, taken=plan.new)


@blueprint.post("/drop")
def drop(name: str) -> ResponseReturnValue:
    try:
        parked.drop(house(), _whose(name), request.form.get("ticket", ""), int(time.time()))
    except ContactsError as refused:
        return overview(name, f"list {refused.code}")
    return overview(name)


@blueprint.post("/errors")
def errors(name: str) -> ResponseReturnValue:
    """The bad rows as a file; no cell of it is a formula."""
    say = for_pages(tongue())
    try:
        plan = _planned(name)
        rows = [(say("Row"), say("Why it is not taken")), *_reasons(plan.bad)]
        if request.form.get("as") != "xlsx":
            return _file(f"{spreadsheets.as_csv(rows)}\r\n".encode("utf-8-sig"), "text/csv; charset=utf-8", "rows.csv")
        made = spreadsheets.as_xlsx({"rows": rows})
    except ContactsError as refused:
        return overview(name, f"list {refused.code}")
    except spreadsheets.Missing:
        return overview(name, "list openpyxl")
    return _file(made, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "rows.xlsx")


@blueprint.post("/<int:number>/undo")
def undo(name: str, number: int) -> ResponseReturnValue:
    try:
        gone = contacts.undo(house(), number, name)
    except ContactsError as refused:
        return overview(name, f"list {refused.code}")
    return overview(name, gone=gone)


@blueprint.post("/codes")
def codes(name: str) -> ResponseReturnValue:
    """Shown once, on the answer that made them; only their keyed hashes are kept."""
    count = request.form.get("count", "")
    try:
        if not count.isdecimal() or len(count) > 6 or not 1 <= int(count) <= CODES:
            raise ContactsError("how many", "codes")
        made = contacts.make_codes(house(), name, int(count))
    except ContactsError as refused:
        return overview(name, f"list {refused.code}")
    return page("codes.html", name=name, codes=made, ways=_joined(name))


@blueprint.get("/join")
def joining(name: str) -> ResponseReturnValue:
    """How to join, for a poster or to be read out: one for each language and number, or one alone with its picture."""
    only, found = request.args.get("only", ""), _joined(name)
    alone = [each for each in found if str(each[0]) == only]
    closed = not _edition(name).consultation.open
    return page("joining.html", name=name, ways=alone or found, alone=bool(alone), closed=closed)


@blueprint.get("/join/<int:place>.svg")
def picture(name: str, place: int) -> Response:
    """What a telephone's camera reads: the number and the word, ready to send."""
    import segno

    found = ways.ways(house(), _edition(name))
    if place >= len(found):
        abort(404)
    drawn = io.BytesIO()
    made = segno.make(found[place].link, micro=False, error="m")
    made.save(drawn, kind="svg", scale=4, light="#fff", svgclass=None, lineclass=None, xmldecl=False)
    return Response(drawn.getvalue(), mimetype="image/svg+xml")


# ---- what the page is made of


def _edition(name: str) -> Edition:
    published = house().store.read(lambda view: view.published(name))
    if published is None or published.retired is not None:
        abort(404)
    return house().library.edition(published)


def _whose(name: str) -> str:
    return f"{name}|{holder().id}"


def _planned(name: str) -> contacts.Plan:
    """The list of the form's ticket, looked at anew. Raises ContactsError."""
    content = parked.parked(house(), _whose(name), request.form.get("ticket", ""), int(time.time()))
    return contacts.plan(house(), name, content, request.form.get("region", "")[:2], contacts.PAGE)


def _again(name: str, refused: ContactsError) -> ResponseReturnValue:
    """The counts once more where only the terms are at fault."""
    if refused.code not in ("consented", "group"):
        return overview(name, f"list {refused.code}")
    form = request.form
    return _shown(name, _planned(name), form["ticket"], form.get("region", "")[:2], f"list {refused.code}")


def _shown(name: str, plan: contacts.Plan, ticket: str, region: str, refused: str = "") -> ResponseReturnValue:
    first = _edition(name).tongues[0].tag
    return page(
        "list.html",
        refused=refused,
        name=name,
        plan=plan,
        bad=_reasons(plan.bad[:SHOWN]),
        more=max(0, len(plan.bad) - SHOWN),
        first=locale(first),
        ticket=ticket,
        region=region,
        consented=consented_in_words(for_pages(tongue())),
        chosen=request.form.get("consented", ""),
        group=request.form.get("group", "")[:40],
    )


def _reasons(bad: Iterable[tuple[int, contacts.Reason]]) -> list[tuple[int, str]]:
    say = for_pages(tongue())
    return [(row, reason_in_words(say, reason)) for row, reason in bad]


def _kinds(name: str, edition: Edition) -> list[tuple[str, list[tuple[str, int | str]]]]:
    """Segments in words, and how many are on the lists of each value."""
    definition = edition.consultation
    told = {"wording": wording(definition.questions), "languages": list(definition.languages)}
    labels = Labels(told, for_pages(tongue()))
    return [
        (labels.variable(segment), [(labels.choice(segment, value), at_least(n)) for value, n in sorted(found.items())])
        for segment, found in counting.kinds(house(), name).items()
    ]


def _joined(name: str) -> list[tuple[int, ways.Way, str]]:
    """Place, way, and the sentence in her language."""
    found = ways.ways(house(), _edition(name))
    return [(place, way, ways.sentence(for_locale(way.tag), way)) for place, way in enumerate(found)]


def _file(content: bytes, kind: str, called: str) -> Response:
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = f"attachment; filename={called}"
    return response
