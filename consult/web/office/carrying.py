"""A draft as a file, taken along and brought in: a definition, or its questions as an XLSForm.

Rule 1: what cannot be read whole changes nothing, and says where and why; what a form cannot hold is told.
"""

from __future__ import annotations

import time
from dataclasses import replace

from flask import Blueprint, abort, make_response, request
from flask.typing import ResponseReturnValue

from consult import forms, spreadsheets, workbooks
from consult.consultation import LARGEST, Consultation, Refused, read, write
from consult.consultation.kinds import TAG
from consult.drafts import keeping
from consult.drafts.keeping import Kept
from consult.drafts.moves import demand_unique
from consult.web.office.designer import editor, standing
from consult.web.office.doors import house
from consult.web.office.visit import holder

blueprint = Blueprint("carrying", __name__, url_prefix="/office/designs/<name>")


@blueprint.get("/files/<kind>")
def file(name: str, kind: str) -> ResponseReturnValue:
    """The draft as a definition (toml), or its questions as an XLSForm (xlsx)."""
    whole = keeping.opened(standing(name).toml)
    if kind == "toml":
        body, media = write(whole).encode(), "application/toml"
    elif kind == "xlsx":
        try:
            body = spreadsheets.as_xlsx(forms.write(whole)[0])
        except spreadsheets.Missing:
            abort(501)
        media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    else:
        abort(404)
    response = make_response(body)
    response.headers["Content-Type"] = media
    response.headers["Content-Disposition"] = f"attachment; filename={name}-draft.{kind}"
    return response


@blueprint.post("/import")
def bring(name: str) -> ResponseReturnValue:
    """An XLSForm or a definition in place of the draft, as its next version."""
    standing(name)
    given = request.files.get("file")
    content = given.read(workbooks.LARGEST + 1) if given else b""
    try:
        whole, losses = _brought(content, name, request.form.get("language", ""))
        demand_unique(whole)
    except (workbooks.WorkbookError, forms.FormError, Refused, ValueError) as error:
        return editor(Kept(standing(name)), unread=str(error)[:2000])
    draft = keeping.replace_all(house(), name, whole, holder().id, int(time.time()))
    return editor(Kept(draft), losses)


def _brought(content: bytes, name: str, language: str) -> tuple[Consultation, tuple[str, ...]]:
    """Raises WorkbookError, FormError, Refused, ValueError."""
    if content.startswith(workbooks.ZIP) or content.startswith(workbooks.OLE):
        tag = language if TAG.fullmatch(language) else ""
        imported = forms.read(workbooks.sheets(content, "the form"), tag, name)
        return imported.consultation, tuple(map(str, imported.losses))
    if len(content) > LARGEST:
        raise ValueError(f"a definition has at most {LARGEST // 1024} kB")
    whole = read(content.decode("utf-8"))
    return read(write(replace(whole, name=name))), ()
