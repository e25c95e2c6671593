"""One language of a draft as a spreadsheet: taken along by a translator, looked at when it comes back, then kept.

Rule 1: looking keeps nothing; what is chosen of it comes back as a form, and is kept as if it had been typed.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from consult import spreadsheets, workbooks
from consult.consultation import Consultation
from consult.drafts import keeping
from consult.drafts.keeping import Kept
from consult.store.records import Draft
from consult.translations import bringing, sheets, states
from consult.web.office import designing, rendering
from consult.web.office.doors import house
from consult.web.office.telling import page, tongue
from consult.web.office.translating import called, common, laid, readings, spoken, written
from consult.web.office.uploads import sent
from consult.wording import for_pages

blueprint = Blueprint("bringing", __name__, url_prefix="/office/designs/<name>/words/<tag>")


@blueprint.get("/sheet", endpoint="sheet")
def sheet(name: str, tag: str) -> ResponseReturnValue:
    """This language for a translator."""
    draft = spoken(name, tag)
    whole, say = keeping.opened(draft.toml), rendering.states(for_pages(tongue()))
    found = states.standings(whole, readings(name), (tag,))
    rows = sheets.table(name, draft.number, [(each, called(whole, each), say[each.state]) for each in found])
    try:
        made = spreadsheets.as_xlsx({tag: rows})
    except spreadsheets.Missing:
        return written(Kept(draft), tag, refused="words xlsx")
    response = make_response(made)
    response.headers["Content-Type"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    response.headers["Content-Disposition"] = f"attachment; filename={name}-{tag}-draft-{draft.number}.xlsx"
    return response


@blueprint.post("/sheet", endpoint="look")
def look(name: str, tag: str) -> ResponseReturnValue:
    """What a file would change. Nothing is kept."""
    draft, content = spoken(name, tag), sent("file")
    if not content:
        return written(Kept(draft), tag, refused="words choose")
    whole, say = keeping.opened(draft.toml), for_pages(tongue())
    try:
        brought = sheets.read(content)
        before = house().store.read(lambda view: view.draft(name, brought.draft))
        changes = bringing.compared(whole, keeping.opened(before.toml) if before else None, tag, brought)
    except sheets.Unfit as wrong:
        return written(Kept(draft), tag, why=rendering.unfit(say, wrong.why, wrong.about))
    except workbooks.WorkbookError as wrong:
        return written(Kept(draft), tag, why=str(wrong)[:1000])
    return _report(draft, whole, tag, changes)


def _report(draft: Draft, whole: Consultation, tag: str, changes: Sequence[bringing.Change]) -> ResponseReturnValue:
    say = for_pages(tongue())
    by_what = {what: [each for each in changes if each.what == what] for what in rendering.whats(say)}
    return page(
        "brought.html",
        tag=tag,
        what=rendering.whats(say),
        by_what=by_what,
        offered=any(each.offered for each in changes),
        named=lambda id: designing.field_in_words(say, whole, id),
        **common(draft, whole),
    )


@blueprint.post("/take", endpoint="take")
def take(name: str, tag: str) -> ResponseReturnValue:
    """Keep what was chosen of a file that was looked at."""
    spoken(name, tag)
    chosen = {f"{id}.{tag}" for id in request.form.getlist("take")}
    kept = laid(name, tag, {field: text for field, text in request.form.items() if field in chosen})
    if kept.unkept or kept.clashes:
        return written(kept, tag)
    return redirect(url_for("translating.tongue", name=name, tag=tag), 303)
